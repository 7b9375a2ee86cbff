"""The sentences and lines of passages, scored for how well they answer a question."""

import math
import re
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from typing import NamedTuple

from answering.fitting import counted_in, decisive_matches, defines, fits
from answering.questions import QuestionKind, content_words, fact_asked, listed_words
from core.text import fold_diacritics, sentences, syllables, table_cells
from core.types import Passage, Span
from retrieval.abbreviations import Abbreviation, other_forms
from retrieval.provisions import OpenedDocument, first_line

_BAR = re.compile(r"(?:^| )\|(?= |$)")
_YEAR = re.compile(r"(?<![\d/])20\d\d(?![\d/])")
# A definition must define this share of the question's words.
_DEFINED_SHARE = 0.5
# A list is quoted whole up to this length.
WHOLE_LIST_CHARS = 6000

Rarity = Callable[[Sequence[str]], Mapping[str, float]]


class Features(NamedTuple):
    """What a sentence is scored by, each 0 to 1.

    Attributes:
        context: Share of the question's weight that it holds together with the headings and openings above it.
        telling: The same in its context, words counting the more the fewer of the candidates hold them.
        order: Share of the question's pairs of neighbouring syllables, function words too, that it holds.
        fit: It holds what the kind of question asks for.
        passage: Its passage's place, 1 for the best, 1/2 for the next.
        outside: It stands in no provision: letterhead and legal grounds name everything and settle nothing.
        opens: Where a list is asked for, share of the words that say what is listed in the line that opens it.
    """

    context: float
    telling: float
    order: float
    fit: float
    passage: float
    outside: float
    opens: float


# Fitted by `python -m evaluation.sentences`, which describes the data and the figures.
WEIGHTS = Features(context=2.1, telling=3.1, order=3.2, fit=2.8, passage=3.3, outside=-2.1, opens=3.5)


@dataclass(frozen=True, slots=True)
class Unit:
    """A sentence or line that may answer.

    Attributes:
        span: In the document's text.
        context: The headings and the lead-in above it, then itself: what it is scored by.
        heads: Column heads, of a table row; empty elsewhere.
        coverage: Share of the question's words that the context holds, weighted by rarity, 0 to 1.
        fits: It holds what the kind of question asks for (a number, a time, a body).
        score: What units are ordered by.
        odds: Log-odds that the quote around it answers; `None` where that was not judged.
    """

    passage: Passage
    span: Span
    text: str
    context: str
    heads: str = ""
    coverage: float = 0.0
    fits: bool = True
    score: float = 0.0
    odds: float | None = None


class QuestionWords:
    """The words of a question that carry meaning, weighted by how rare they are in the library.

    Args:
        question: With diacritics restored where that was possible.
        folded: Compare without diacritics.
        rarity: Weight per syllable or pair of adjacent syllables (`a_b`), from the library's own counts.
        abbreviations: Of the question; a text that has the other form of one holds it all the same.
    """

    def __init__(
        self, question: str, *, folded: bool, rarity: Rarity, abbreviations: Sequence[Abbreviation] = ()
    ) -> None:
        self._folded = folded
        self._abbreviations = abbreviations
        words = content_words(question)
        weights = rarity([*words, *_pairs(words)])
        # A pair says more than its halves, and nothing when the question's own order made it.
        self.weights = {self._key(term): weights.get(term, 0.0) for term in (*words, *_pairs(words))}
        self.counted = counted_in(question)
        self.fact = fact_asked(question)
        listed = listed_words(question)
        self.listed = {self._key(term): weights.get(term, 0.0) for term in (*listed, *_pairs(listed))}
        self.asked = frozenset(syllables(question))
        self.years = frozenset(_YEAR.findall(question))
        self._order = {self._key(pair) for pair in _pairs(syllables(question))}

    def coverage(self, text: str) -> float:
        """Share of the question's weight found in `text`, 0 to 1; 0 for a question without content words."""
        return self.share(self.terms(text))

    def share(self, held: set[str], weights: Mapping[str, float] | None = None) -> float:
        """Share of the question's weight, or of other `weights` of its terms, in what `terms` gave, 0 to 1."""
        weights = self.weights if weights is None else weights
        total = sum(weights.values())
        return sum(weight for term, weight in weights.items() if term in held) / total if total else 0.0

    def order(self, held: set[str]) -> float:
        """Share of the question's pairs of neighbouring syllables in what `terms` gave, 0 to 1."""
        return len(self._order & held) / max(1, len(self._order))

    def missing_share(self, text: str) -> float:
        """Share of the weight of the question's single words that `text` lacks, 0 to 1; 0 without content words."""
        single = {term: weight for term, weight in self.weights.items() if "_" not in term}
        return 1 - self.share(self.terms(text), single) if sum(single.values()) else 0.0

    def terms(self, text: str) -> set[str]:
        """Syllables and pairs of neighbouring ones of `text`, in every form that abbreviations give it."""
        held: set[str] = set()
        written = syllables(text)
        for variant in (written, *other_forms(written, self._abbreviations)):
            words = [self._key(word) for word in variant]
            held.update(words, _pairs(words))
        return held

    def keys(self, syllables_: Iterable[str]) -> set[str]:
        """`syllables_` as `terms` gives them."""
        return {self._key(syllable) for syllable in syllables_}

    def _key(self, term: str) -> str:
        return fold_diacritics(term) if self._folded else term


class Sentence(NamedTuple):
    """A candidate as it is weighed.

    Attributes:
        heads: Column heads of a table row; empty elsewhere.
        rank: Of its passage, from 1.
        passage: Where it stands; `None` for running text without a document.
        opening: The line that opens the list which it is the opening or an item of.
    """

    text: str
    context: str
    heads: str = ""
    rank: int = 1
    passage: Passage | None = None
    opening: str = ""


def score_units(
    kind: QuestionKind,
    passages: Sequence[Passage],
    *,
    words: QuestionWords,
    opened: Callable[[str], OpenedDocument],
) -> list[Unit]:
    """Every sentence and line of `passages`, best answer first.

    Words decide, together with the rank of the passage, which meaning had its say in.
    """
    candidates = candidates_in(kind, passages, opened)
    features = weigh_sentences(kind, [sentence for _, sentence in candidates], words)
    units = [
        replace(unit, coverage=given.context, fits=bool(given.fit), score=score(given))
        for (unit, _), given in zip(candidates, features, strict=True)
    ]
    return sorted(units, key=lambda unit: -unit.score)


def candidates_in(
    kind: QuestionKind, passages: Sequence[Passage], opened: Callable[[str], OpenedDocument]
) -> list[tuple[Unit, Sentence]]:
    """Every sentence and line of `passages`, given best first, not scored yet, and what it is weighed by."""
    candidates = []
    seen: Counter[str] = Counter()
    for rank, passage in enumerate(passages, start=1):
        seen[passage.document.id] += 1
        # Sides of a comparison compete each with its own kind.
        place = seen[passage.document.id] if kind is QuestionKind.COMPARISON else rank
        for unit, opening in _units_of(passage, opened(passage.document.id)):
            candidates.append((unit, Sentence(unit.text, unit.context, unit.heads, place, passage, opening)))
    return candidates


def weigh_sentences(kind: QuestionKind, candidates: Sequence[Sentence], words: QuestionWords) -> list[Features]:
    """The features of each of `candidates`, which are weighed against each other."""
    held = [words.terms(candidate.context) for candidate in candidates]
    counts = Counter(term for terms in held for term in terms & words.weights.keys())
    telling = {
        term: weight * math.log(1 + (len(held) - counts[term] + 0.5) / (counts[term] + 0.5))
        for term, weight in words.weights.items()
        if counts[term]
    }
    # The items of the list that answers hold its heading in common, which is no less telling for it.
    is_list = kind is QuestionKind.LIST
    features = []
    for candidate, terms in zip(candidates, held, strict=True):
        own = terms if candidate.context == candidate.text else words.terms(candidate.text)
        passage = candidate.passage
        features.append(
            Features(
                context=words.share(terms),
                telling=words.share(terms, None if is_list else telling),
                order=words.order(own),
                fit=float(_fits(candidate, kind, words)),
                passage=1 / candidate.rank,
                outside=float(passage is not None and not passage.path),
                opens=words.share(words.terms(candidate.opening), words.listed) if is_list else 0.0,
            )
        )
    return features


def titles(passage: Passage) -> str:
    """What the passage's document is known by."""
    return f"{passage.document.name} {passage.document.metadata.title}"


def score(features: Features) -> float:
    """What sentences are ordered by; comparable among the candidates for one question."""
    return sum(weight * feature for weight, feature in zip(WEIGHTS, features, strict=True))


def decisive_spans(unit: Unit, kind: QuestionKind, words: QuestionWords) -> list[Span]:
    """The figures, times or words of rule in `unit` that `kind` asks for, else all of it; in the document's offsets.

    Of a list it is nothing in particular, of a table row it is the cell in the column that the question names.
    """
    if kind is QuestionKind.LIST:
        return []  # the whole list answers
    start = unit.span.start
    if cell := _asked_cell(unit, words):
        return [Span(start + cell[0], start + cell[1])]
    return [Span(start + first, start + last) for first, last in decisive_matches(unit.text, kind)] or [unit.span]


def _asked_cell(unit: Unit, words: QuestionWords) -> tuple[int, int] | None:
    """Where in the row `unit` the cell stands whose column head is a year or words of the question."""
    heads, cells = table_cells(unit.heads), table_cells(unit.text)
    if len(heads) != len(cells):
        return None
    asked = [number for number, head in enumerate(heads) if head and set(syllables(head)) <= words.asked]
    # Several columns that the question names, or the one that names the row, tell nothing apart.
    if len(asked) != 1 or asked[0] == 0 or not cells[asked[0]]:
        return None
    bars = [match.end() for match in _BAR.finditer(unit.text)]
    first = bars[asked[0] - 1] if len(bars) == len(cells) - 1 else -1
    found = unit.text.find(cells[asked[0]], first) if first >= 0 else -1
    return (found, found + len(cells[asked[0]])) if found >= 0 else None


def _fits(candidate: Sentence, kind: QuestionKind, words: QuestionWords) -> bool:
    if kind is QuestionKind.DEFINITION:
        term = defines(candidate.text, words.asked)
        return bool(term) and words.coverage(term) >= _DEFINED_SHARE
    if kind is QuestionKind.COMPARISON:
        kind = words.fact
    # What is asked of one year is not answered by a figure of another or of several together.
    if kind is QuestionKind.QUANTITY and words.years and candidate.passage:
        scope = f"{candidate.context} {titles(candidate.passage)}"
        if not words.years <= set(_YEAR.findall(scope)):
            return False
    # A rule may stand in the heading: "Điều 4. Các hành vi không được làm"; so may the unit of a table's figures.
    text = candidate.context if kind is QuestionKind.YES_NO else candidate.text
    return fits(text, candidate.context if candidate.heads else "", kind, words.counted, words.asked)


def _units_of(passage: Passage, opened: OpenedDocument) -> list[tuple[Unit, str]]:
    """Sentences of the passage, with the opening line of the list that they stand in."""
    units = []
    for inner in sentences(passage.text):
        span = Span(passage.span.start + inner.start, passage.span.start + inner.end)
        text = opened.text[span.start : span.end]
        if len(syllables(text)) < 2:
            continue  # a label on its own
        context = " ".join(part for part in (opened.lead_in(span), text) if part)
        heads = opened.column_heads(span)
        head = opened.text[heads.start : heads.end] if heads else ""
        listing = opened.list_around(span, max_chars=WHOLE_LIST_CHARS)
        opening = opened.text[slice(*first_line(opened, listing))] if listing else ""
        units.append((Unit(passage, span, text, context, head), opening))
    return units


def _pairs(words: Sequence[str]) -> list[str]:
    return [f"{first}_{second}" for first, second in pairwise(words)]
