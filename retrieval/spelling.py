"""The spelling of questions, from what the library's own texts say: diacritics left out, slips of the keyboard mended.

Counts of syllables and of adjacent pairs live in the catalogue and move with each document. A question is read by
Viterbi over the spellings that each of its words may stand for: the likeliest words, less what each slip costs (a noisy
channel; Kernighan, Church & Gale 1990).
"""

import json
import math
import re
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise, product
from typing import NamedTuple

from rapidfuzz.distance import OSA

from core.syllable import is_vietnamese_syllable, without_tone
from core.text import fold_diacritics, has_vietnamese_marks, nfc, normalise_tone_placement, syllables
from core.types import Span
from retrieval.common_syllables import common_syllables
from retrieval.keystrokes import read_keystrokes

_WORD = re.compile(r"[^\W_]+")
# A spelling seen fewer times than this share of the commonest one is a misprint.
_RAREST_SHARE = 0.0005
_MOST_SPELLINGS = 16
# λ of the smoothing below (Jelinek & Mercer 1980).
_PAIR_SHARE = 0.5
# The common syllables count for so much of what the library holds, and for so many syllables at least. Syllables of our
# questions restored rightly on the sample library: 0.891 without them, 0.937 at 0.1, 0.944 at 0.3, 0.947 at 1;
# XQuAD's: 0.973, –, 0.978, 0.975.
_COMMON_SHARE = 0.5
_LEAST_COMMON = 5_000
# What a slip costs, in nats: a word is read as another only when that is so much likelier among its neighbours.
_KEYSTROKES_COST = 1.0
_LEFT_OUT_COST = 6.0
_OTHER_MARKS_COST = 9.0
_OTHER_LETTER_COST = 4.0
_RARE_WORD_COST = 10.0
_NAME_COST = 6.0
# A word that the library does not hold counts as seen so often: one built as Vietnamese, and any other.
_UNSEEN_SYLLABLE, _UNSEEN_WORD = 0.5, 0.05
_LEAST_LETTERS = 3
_LEAST_BARE_PAIRS = 2
_LEAST_NAME_LETTERS = 5


def count_text(connection: sqlite3.Connection, text: str, sign: int) -> None:
    """Adds (`sign` 1) or takes back (`sign` -1) the syllables of `text`, inside the caller's transaction."""
    words = syllables(text)
    single, pairs = Counter(words), Counter(pairwise(words))
    connection.executemany(
        "INSERT INTO syllables VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET count = count + excluded.count",
        [(word, fold_diacritics(word), sign * count) for word, count in single.items()],
    )
    connection.executemany(
        "INSERT INTO syllable_pairs VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET count = count + excluded.count",
        [(first, second, sign * count) for (first, second), count in pairs.items()],
    )
    if sign < 0:
        connection.executemany("DELETE FROM syllables WHERE syllable = ? AND count <= 0", [(word,) for word in single])
        connection.executemany("DELETE FROM syllable_pairs WHERE first = ? AND second = ? AND count <= 0", list(pairs))


class _Spelling(NamedTuple):
    """How often a spelling is written, and what reading the typed word so costs, in nats."""

    seen: float
    cost: float = 0.0


def restore_diacritics(connection: sqlite3.Connection, question: str) -> str:
    """`question` with the likeliest diacritics on each bare syllable; marked and unknown ones stay as typed."""
    return _Reader(connection).read(nfc(question), restored=True, repaired=False)


def repair_spelling(
    connection: sqlite3.Connection, question: str, *, undiacritic: bool = False, kept: Sequence[Span] = ()
) -> str:
    """`question` with slips of the keyboard mended; NFC.

    Raw keystrokes of Telex and VNI, missing or other marks, a letter too many, too few, mistyped or swapped, and lost
    spaces. A word is changed to one that the library holds, and only when that is much likelier than the word as typed;
    numbers and abbreviations in capitals never are.

    Args:
        connection: To the catalogue.
        question: NFC.
        undiacritic: It was typed without diacritics: restore them too.
        kept: What must stay as typed, such as references.
    """
    return _Reader(connection).read(nfc(question), restored=undiacritic, repaired=True, kept=kept)


class _Reader:
    """Reads one question by the counts of the library as it stands."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        (total,) = connection.execute("SELECT coalesce(sum(count), 0) FROM syllables").fetchone()
        self._common = common_syllables()
        borrowed = max(_COMMON_SHARE * total, _LEAST_COMMON)
        self._total = total + borrowed
        self._scale = borrowed / self._common.total
        self._vocabulary: Mapping[str, float] | None = None

    def read(self, question: str, *, restored: bool, repaired: bool, kept: Sequence[Span] = ()) -> str:
        words, gaps, fixed = [], [""], []
        end = 0
        for match in _WORD.finditer(question):
            gaps[-1] += question[end : match.start()]
            is_kept = any(span.start < match.end() and match.start() < span.end for span in kept)
            parts = self._separated(match.group()) if repaired and not is_kept else [match.group()]
            words += parts
            fixed += [is_kept] * len(parts)
            gaps += [" "] * (len(parts) - 1) + [""]
            end = match.end()
        if not words:
            return question
        gaps[-1] += question[end:]
        spellings = [
            {word.lower(): _Spelling(1)}
            if is_fixed
            else self._slips(word, restored=restored, first=not place)
            if repaired
            else self._restored(word)
            for place, (word, is_fixed) in enumerate(zip(words, fixed, strict=True))
        ]
        chosen = self._likeliest(spellings)
        pieces = [gaps[0]]
        for word, spelling, gap in zip(words, chosen, gaps[1:], strict=True):
            pieces += [_in_case_of(word, spelling), gap]
        return "".join(pieces)

    def _restored(self, word: str) -> dict[str, _Spelling]:
        """Spellings of a bare `word` that are known; itself alone when marked or unknown."""
        typed = word.lower()
        if has_vietnamese_marks(word) or word.isdigit():
            return {typed: _Spelling(1)}
        counts = self._folding_to(typed)
        floor = max(counts.values(), default=0) * _RAREST_SHARE
        return {spelling: _Spelling(count) for spelling, count in counts.items() if count >= floor} or {
            typed: _Spelling(1)
        }

    def _slips(self, word: str, *, restored: bool, first: bool) -> dict[str, _Spelling]:
        """Everything that `word` may stand for."""
        typed = normalise_tone_placement(word)
        if word.isdigit() or word[0].isdigit() or (word.isupper() and not first) or not any(map(str.isalpha, word)):
            return self._restored(word) if restored else {typed: _Spelling(1)}
        bare = not has_vietnamese_marks(word)
        if restored and bare and (known := self._folding_to(typed)):
            floor = max(known.values()) * _RAREST_SHARE
            return {spelling: _Spelling(count) for spelling, count in known.items() if count >= floor}
        # Names and titles begin with a capital; a slip there is less likely than a word that we do not know.
        more = _NAME_COST if word[0].isupper() and not first else 0.0
        alike = self._folding_to(fold_diacritics(typed))
        found = {typed: _Spelling(alike.get(typed, 0))}
        if typed not in alike:
            is_syllable = is_vietnamese_syllable(typed)
            found[typed] = _Spelling(_UNSEEN_SYLLABLE if is_syllable else _UNSEEN_WORD)
            if len(typed) >= _LEAST_LETTERS:
                for spelling, count in self._near(typed, folded=restored and bare):
                    found[spelling] = _Spelling(count, (_RARE_WORD_COST if is_syllable else _OTHER_LETTER_COST) + more)
            for spelling, count in self._keyed(typed):
                found[spelling] = _Spelling(count, _KEYSTROKES_COST + more)
        is_word = typed in alike or is_vietnamese_syllable(typed)
        for spelling, count in alike.items():
            if spelling != typed:
                # Marks on the wrong letters ("trừong") make no word; then any other marks are as likely as a letter.
                cost = _marks_cost(typed, spelling) if is_word else _OTHER_LETTER_COST
                found[spelling] = _Spelling(count, cost + more)
        return found

    def _folding_to(self, folded: str) -> dict[str, float]:
        """How often each spelling of a bare word is written in the library and commonly."""
        rows = self._connection.execute(
            "SELECT syllable, count FROM syllables WHERE folded = ? ORDER BY count DESC LIMIT ?",
            (folded, _MOST_SPELLINGS),
        )
        return self._with_common(dict(rows.fetchall()), self._common.folded.get(folded, ()))

    def _with_common(self, counts: dict[str, float], written: Iterable[str]) -> dict[str, float]:
        for syllable in written:
            counts[syllable] = counts.get(syllable, 0) + self._scale * self._common.counts[syllable]
        return counts

    def _near(self, typed: str, *, folded: bool) -> Iterator[tuple[str, float]]:
        """Words of the library one letter away, marks compared unless `folded`."""
        if self._vocabulary is None:
            held = self._connection.execute("SELECT syllable, count FROM syllables WHERE count > 1")
            self._vocabulary = self._with_common(dict(held.fetchall()), self._common.counts)
        for spelling, count in self._vocabulary.items():
            if abs(len(spelling) - len(typed)) > 1:
                continue
            written = fold_diacritics(spelling) if folded else spelling
            if OSA.distance(typed, written, score_cutoff=1) <= 1 and (
                is_vietnamese_syllable(spelling) or len(spelling) >= _LEAST_NAME_LETTERS
            ):
                yield spelling, count

    def _keyed(self, typed: str) -> Iterator[tuple[str, float]]:
        """Words of the library that `typed` is the keystrokes of."""
        for letters, tone in read_keystrokes(typed):
            for spelling, count in self._folding_to(fold_diacritics(letters)).items():
                if without_tone(spelling) == (letters, tone):
                    yield spelling, count

    def _separated(self, word: str) -> list[str]:
        """The two words that `word` is when the space between them was lost; itself otherwise."""
        typed = normalise_tone_placement(word)
        if len(typed) <= _LEAST_LETTERS or not typed.isalpha() or is_vietnamese_syllable(typed):
            return [word]
        bare = not has_vietnamese_marks(typed)
        halves = [(typed[:i], typed[i:], i) for i in range(1, len(typed))]
        splits = [s for s in halves if self._is_syllable(s[0], bare=bare) and self._is_syllable(s[1], bare=bare)]
        if not splits or self._seen(typed):
            return [word]
        if any(True for _ in self._keyed(typed)) or any(True for _ in self._near(typed, folded=False)):
            return [word]
        pairs = self._pairs_beside([s[:2] for s in splits], bare=bare)

        def likelihood(split: tuple[str, str, int]) -> tuple[float, float]:
            return pairs.get(split[:2], 0), min(self._seen(split[0]), self._seen(split[1]))

        best = max(splits, key=likelihood)
        together, alone = likelihood(best)
        # Two bare words beside each other may as well be one of another language.
        is_likely = together >= _LEAST_BARE_PAIRS if bare else together or alone
        return [word[: best[2]], word[best[2] :]] if is_likely else [word]

    def _is_syllable(self, half: str, *, bare: bool) -> bool:
        """`vien` is none as it stands, but `viên` without its marks."""
        return is_vietnamese_syllable(half) or (bare and any(map(is_vietnamese_syllable, self._folding_to(half))))

    def _pairs_beside(self, splits: Sequence[tuple[str, str]], *, bare: bool) -> dict[tuple[str, str], float]:
        """How often the halves of each split stand beside each other, with any marks where they are `bare`."""
        if not bare:
            return self._pair_counts(*map(list, zip(*splits, strict=True)))
        firsts, seconds = (
            {written for half in set(side) for written in self._folding_to(half)} for side in zip(*splits, strict=True)
        )
        pairs: dict[tuple[str, str], float] = defaultdict(float)
        for (first, second), count in self._pair_counts(list(firsts), list(seconds)).items():
            pairs[fold_diacritics(first), fold_diacritics(second)] += count
        return pairs

    def _seen(self, syllable: str) -> float:
        return self._folding_to(fold_diacritics(syllable)).get(syllable, 0)

    def _likeliest(self, spellings: Sequence[Mapping[str, _Spelling]]) -> list[str]:
        """Viterbi path under P(second | first) = λ · pairs / first + (1 - λ) · P(second), P from single counts."""
        total = self._total
        best = {spelling: math.log(known.seen / total) - known.cost for spelling, known in spellings[0].items()}
        steps: list[dict[str, str]] = []
        for previous, current in pairwise(spellings):
            pairs = self._pair_counts(list(previous), list(current))
            reached: dict[str, float] = {}
            came_from: dict[str, str] = {}
            for second, known in current.items():
                prior = (1 - _PAIR_SHARE) * known.seen / total
                scores = {
                    first: best[first]
                    + math.log(_PAIR_SHARE * pairs.get((first, second), 0) / max(before.seen, 1) + prior)
                    for first, before in previous.items()
                }
                came_from[second] = max(scores, key=lambda first: scores[first])
                reached[second] = scores[came_from[second]] - known.cost
            best = reached
            steps.append(came_from)
        path = [max(best, key=lambda spelling: best[spelling])]
        for came_from in reversed(steps):
            path.append(came_from[path[-1]])
        return path[::-1]

    def _pair_counts(self, firsts: Sequence[str], seconds: Sequence[str]) -> dict[tuple[str, str], float]:
        rows = self._connection.execute(
            "SELECT first, second, count FROM syllable_pairs"
            " WHERE first IN (SELECT value FROM json_each(?)) AND second IN (SELECT value FROM json_each(?))",
            (json.dumps(firsts), json.dumps(seconds)),
        )
        pairs: dict[tuple[str, str], float] = {(first, second): count for first, second, count in rows}
        for pair in product(set(firsts), set(seconds)):
            if times := self._common.pairs.get(pair):
                pairs[pair] = pairs.get(pair, 0) + self._scale * times
        return pairs


def _marks_cost(typed: str, spelling: str) -> float:
    """A tone, or all marks, left out, and hỏi for ngã, are slips made more often than any other of the marks."""
    (letters, tone), (meant_letters, meant_tone) = without_tone(typed), without_tone(spelling)
    if not has_vietnamese_marks(typed):
        return _LEFT_OUT_COST
    is_usual = letters == meant_letters and (not tone or {tone, meant_tone} == {"\u0309", "\u0303"})
    return _LEFT_OUT_COST if is_usual else _OTHER_MARKS_COST


def _in_case_of(typed: str, spelling: str) -> str:
    if normalise_tone_placement(typed) == spelling:
        return typed
    if len(typed) > 1 and typed.isupper():
        return spelling.upper()
    return spelling.capitalize() if typed[0].isupper() else spelling
