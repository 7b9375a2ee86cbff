"""The sentences and lines of passages, scored for how well they answer a question."""

import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from langchain_core.embeddings import Embeddings

from answering.questions import QuestionKind, content_words
from core.text import fold_diacritics, sentences, syllables
from core.types import Passage, Span
from retrieval.provisions import OpenedDocument

# Units embedded per question; the others are left at their word score. Each costs some 10 ms on one core.
EMBEDDED_UNITS = 8

_NUMBER = re.compile(r"\d|\b(?:một|hai|ba|bốn|năm|sáu|bảy|tám|chín|mười|nửa|toàn bộ|tối đa|tối thiểu)\b", re.IGNORECASE)
_TIME = re.compile(
    r"\d{1,2}\s?[/-]\s?\d{1,4}|(?:ngày|tháng|năm|quý|tuần|giờ)\s+\S*\d|\d+\s+(?:ngày|tháng|năm|giờ|tuần|buổi)|"
    r"h[ằà]ng (?:ngày|tuần|tháng|quý|năm)|kể từ ngày|định kỳ",
    re.IGNORECASE,
)
_BODY = re.compile(
    r"[ỦU][ỷy] ban|UBND|HĐND|Hội đồng|Sở |Bộ |Ban |Cục |Chi cục|Phòng |Văn phòng|Trung tâm|Trường |Chủ tịch|Giám đốc|"
    r"Thủ tướng|Chính phủ|Quốc hội|Tỉnh [uủ]|Tổ |Bí thư|Thủ trưởng|người|cơ quan|đơn vị|cán bộ|công chức"
)
_FITTING: Mapping[QuestionKind, re.Pattern[str]] = {
    QuestionKind.QUANTITY: _NUMBER,
    QuestionKind.TIME: _TIME,
    QuestionKind.WHO: _BODY,
}

# Shares of one unit's score; see `evaluation/README.md` for how they were found.
_SIMILARITY_SHARE = 0.45
_COVERAGE_SHARE = 0.35
_PASSAGE_SHARE = 0.20
_MISFIT_PENALTY = 0.15

Rarity = Callable[[Sequence[str]], Mapping[str, float]]


@dataclass(frozen=True, slots=True)
class Unit:
    """A sentence or line that may answer.

    Attributes:
        span: In the document's text.
        context: The headings and the lead-in above it, then itself: what it is scored by.
        coverage: Share of the question's words that the context holds, weighted by rarity, 0 to 1.
        similarity: Cosine of the question and the context, -1 to 1; 0 when it was not embedded.
        fits: It holds what the kind of question asks for (a number, a time, a body).
        score: What units are ordered by.
    """

    passage: Passage
    span: Span
    text: str
    context: str
    coverage: float = 0.0
    similarity: float = 0.0
    fits: bool = True
    score: float = 0.0


class QuestionWords:
    """The words of a question that carry meaning, weighted by how rare they are in the library.

    Args:
        question: With diacritics restored where that was possible.
        folded: Compare without diacritics.
        rarity: Weight per syllable or pair of adjacent syllables (`a_b`), from the library's own counts.
    """

    def __init__(self, question: str, *, folded: bool, rarity: Rarity) -> None:
        self._folded = folded
        words = content_words(question)
        pairs = [f"{first}_{second}" for first, second in pairwise(words)]
        weights = rarity([*words, *pairs])
        # A pair says more than its halves, and nothing when the question's own order made it.
        self.weights = {self._key(term): weights.get(term, 0.0) for term in (*words, *pairs)}
        self.total = sum(self.weights.values())

    def coverage(self, text: str) -> float:
        """Share of the question's weight found in `text`, 0 to 1; 0 for a question without content words."""
        if not self.total:
            return 0.0
        held = self._terms(text)
        return sum(weight for term, weight in self.weights.items() if term in held) / self.total

    def missing_share(self, text: str) -> float:
        """Share of the weight of the question's single words that `text` lacks, 0 to 1; 0 without content words."""
        single = {term: weight for term, weight in self.weights.items() if "_" not in term}
        total = sum(single.values())
        held = self._terms(text)
        return sum(weight for term, weight in single.items() if term not in held) / total if total else 0.0

    def _terms(self, text: str) -> set[str]:
        words = [self._key(word) for word in syllables(text)]
        return {*words, *(f"{first}_{second}" for first, second in pairwise(words))}

    def _key(self, term: str) -> str:
        return fold_diacritics(term) if self._folded else term


def score_units(
    question: str,
    kind: QuestionKind,
    passages: Sequence[Passage],
    *,
    words: QuestionWords,
    opened: Callable[[str], OpenedDocument],
    embedder: Embeddings | None,
) -> list[Unit]:
    """Every sentence and line of `passages`, best answer first."""
    fitting = _FITTING.get(kind)
    units = []
    for passage in passages:
        for unit in _units_of(passage, opened(passage.document.id)):
            coverage = words.coverage(unit.context)
            fits = fitting is None or fitting.search(unit.text) is not None
            units.append(replace(unit, coverage=coverage, fits=fits, score=coverage - (0 if fits else _MISFIT_PENALTY)))
    units.sort(key=lambda unit: -unit.score)
    units = _with_similarity(question, units, embedder)
    best_passage = {passage.chunk_id: 1 / rank for rank, passage in enumerate(passages, start=1)}
    scored = [
        replace(
            unit,
            score=_SIMILARITY_SHARE * _stretched(unit.similarity)
            + _COVERAGE_SHARE * unit.coverage
            + _PASSAGE_SHARE * best_passage[unit.passage.chunk_id]
            - (0 if unit.fits else _MISFIT_PENALTY),
        )
        for unit in units
    ]
    return sorted(scored, key=lambda unit: -unit.score)


def _units_of(passage: Passage, opened: OpenedDocument) -> list[Unit]:
    """Sentences of the passage; each knows the headings above it and the lead-in of its list."""
    units = []
    for inner in sentences(passage.text):
        span = Span(passage.span.start + inner.start, passage.span.start + inner.end)
        text = opened.text[span.start : span.end]
        if len(syllables(text)) < 2:
            continue  # a label on its own
        context = " ".join(part for part in (opened.lead_in(span), text) if part)
        units.append(Unit(passage, span, text, context))
    return units


def _with_similarity(question: str, units: list[Unit], embedder: Embeddings | None) -> list[Unit]:
    """`units` with the first EMBEDDED_UNITS compared by meaning."""
    if embedder is None or not units:
        return units
    head, tail = units[:EMBEDDED_UNITS], units[EMBEDDED_UNITS:]
    asked = embedder.embed_query(question)
    vectors = embedder.embed_documents([unit.context for unit in head])
    near = [replace(unit, similarity=_cosine(asked, vector)) for unit, vector in zip(head, vectors, strict=True)]
    return near + tail


def _cosine(a: Sequence[float], b: Sequence[float]) -> float:
    norm = math.hypot(*a) * math.hypot(*b)
    return sum(x * y for x, y in zip(a, b, strict=True)) / norm if norm else 0.0


def _stretched(similarity: float) -> float:
    """Cosines of e5 crowd between 0.75 and 0.95; stretched to 0..1 so that they weigh like coverage."""
    return min(1.0, max(0.0, (similarity - 0.75) / 0.2))
