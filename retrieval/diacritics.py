"""Diacritics for questions typed without them, learnt from the library's own texts.

Counts of syllables and of adjacent pairs live in the catalogue and move with each document; a question is read by
Viterbi over the spellings that the library knows for each of its syllables.
"""

import json
import math
import re
import sqlite3
from collections import Counter
from collections.abc import Sequence
from itertools import chain, pairwise

from core.text import fold_diacritics, has_vietnamese_marks, nfc, syllables

_WORD = re.compile(r"[^\W_]+")
# A spelling seen fewer times than this share of the commonest one is a misprint.
_RAREST_SHARE = 0.0005
_MOST_SPELLINGS = 16
# k of the smoothing below; 0.5 to 20 differ by 0.1 % of syllables on ALQAC-2025, ALQAC-2022 and XQuAD-vi.
_PRIOR_STRENGTH = 5.0
# What people say when they ask and policy documents never do; each phrase counts as if the library held it once in so
# many syllables. Lifts the syllables restored rightly in ALQAC-2022's questions from 0.948 to 0.985.
_SYLLABLES_PER_ASKING = 20_000
_ASKED = tuple(
    phrase.split()
    for phrase in (
        "bao nhiêu", "bao lâu", "khi nào", "thế nào", "như thế nào", "ở đâu", "tại đâu", "từ đâu", "là gì", "gì",
        "là ai", "do ai", "mấy", "vì sao", "tại sao", "bao giờ", "cho tôi biết", "cho hỏi", "đúng không",
        "đúng hay sai", "có phải không", "được không", "hãy liệt kê", "hãy nêu", "so sánh", "cái nào", "những ai",
        "ngày nào",
    )
)  # fmt: skip
_ASKED_SYLLABLES = Counter(chain(*_ASKED))
_ASKED_PAIRS = Counter(chain(*(pairwise(phrase) for phrase in _ASKED)))
_ASKED_BY_FOLDED = {
    bare: [word for word in _ASKED_SYLLABLES if fold_diacritics(word) == bare]
    for bare in map(fold_diacritics, _ASKED_SYLLABLES)
}


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


def restore_diacritics(connection: sqlite3.Connection, question: str) -> str:
    """`question` with the likeliest diacritics on each bare syllable; marked and unknown ones stay as typed."""
    question = nfc(question)
    words = list(_WORD.finditer(question))
    if not words:
        return question
    (total,) = connection.execute("SELECT coalesce(sum(count), 0) FROM syllables").fetchone()
    asked_times = 1 + total // _SYLLABLES_PER_ASKING
    spellings = [_spellings(connection, match.group(), asked_times) for match in words]
    chosen = _likeliest(connection, spellings, total + 1, asked_times)
    pieces, end = [], 0
    for match, spelling in zip(words, chosen, strict=True):
        pieces += [question[end : match.start()], _in_case_of(match.group(), spelling)]
        end = match.end()
    return "".join([*pieces, question[end:]])


def _spellings(connection: sqlite3.Connection, word: str, asked_times: int) -> dict[str, int]:
    """Spellings of `word` that are known, with their counts; itself alone when marked or unknown."""
    typed = word.lower()
    if has_vietnamese_marks(word) or word.isdigit():
        return {typed: 1}
    rows = connection.execute(
        "SELECT syllable, count FROM syllables WHERE folded = ? ORDER BY count DESC LIMIT ?",
        (typed, _MOST_SPELLINGS),
    )
    counts = Counter(dict(rows.fetchall()))
    for asked in _ASKED_BY_FOLDED.get(typed, ()):
        counts[asked] += asked_times * _ASKED_SYLLABLES[asked]
    if not counts:
        return {typed: 1}
    floor = max(counts.values()) * _RAREST_SHARE
    return {syllable: count for syllable, count in counts.items() if count >= floor}


def _likeliest(
    connection: sqlite3.Connection, spellings: Sequence[dict[str, int]], total: int, asked_times: int
) -> list[str]:
    """Viterbi path under P(second | first) = (pairs + k · P(second)) / (first + k), P from single counts."""
    best = {spelling: math.log(count / total) for spelling, count in spellings[0].items()}
    steps: list[dict[str, str]] = []
    for previous, current in pairwise(spellings):
        pairs = _pair_counts(connection, list(previous), list(current))
        reached: dict[str, float] = {}
        came_from: dict[str, str] = {}
        for second, count in current.items():
            prior = _PRIOR_STRENGTH * count / total
            scores = {
                first: best[first]
                + math.log(
                    (pairs.get((first, second), 0) + asked_times * _ASKED_PAIRS[first, second] + prior)
                    / (times + _PRIOR_STRENGTH)
                )
                for first, times in previous.items()
            }
            came_from[second] = max(scores, key=lambda first: scores[first])
            reached[second] = scores[came_from[second]]
        best = reached
        steps.append(came_from)
    path = [max(best, key=lambda spelling: best[spelling])]
    for came_from in reversed(steps):
        path.append(came_from[path[-1]])
    return path[::-1]


def _pair_counts(
    connection: sqlite3.Connection, firsts: Sequence[str], seconds: Sequence[str]
) -> dict[tuple[str, str], int]:
    rows = connection.execute(
        "SELECT first, second, count FROM syllable_pairs"
        " WHERE first IN (SELECT value FROM json_each(?)) AND second IN (SELECT value FROM json_each(?))",
        (json.dumps(firsts), json.dumps(seconds)),
    )
    return {(first, second): count for first, second, count in rows}


def _in_case_of(typed: str, spelling: str) -> str:
    if typed.lower() == spelling:
        return typed
    if len(typed) > 1 and typed.isupper():
        return spelling.upper()
    return spelling.capitalize() if typed[0].isupper() else spelling
