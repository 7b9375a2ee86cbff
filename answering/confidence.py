"""How far an answer can be trusted: a calibrated chance that the library holds what was asked."""

import math
import re
from dataclasses import dataclass

from answering.questions import QuestionKind
from answering.units import QuestionWords, Unit
from core.text import fold_diacritics
from core.types import Passage

_FIGURES = re.compile(r"\d[\d.,/]*")


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks for the best unit being an answer, each from 0 to 1.

    Attributes:
        similarity: Cosine of the question and the best chunk, stretched over the range e5 uses.
        unit_similarity: The same for the best sentence with the headings above it.
        coverage: Share of the question's words in the best sentence with its headings.
        passage_coverage: Share of the question's words in the passage, its headings and its document's title.
        rarest_missing: Weight of the rarest word that the passage lacks, as a share of the heaviest word.
        figures_missing: Share of the years and figures in the question that the passage lacks.
        fits: 1 when the sentence holds what the question asks for.
    """

    similarity: float
    unit_similarity: float
    coverage: float
    passage_coverage: float
    rarest_missing: float
    figures_missing: float
    fits: float


# Logistic regression on `Evidence`, in the order of its fields, then the intercept.
# Fitted by `python -m evaluation.fit_confidence`; figures in evaluation/README.md.
_WEIGHTS = (1.0, 2.0, 2.0, 4.0, -2.0, -2.0, 1.0)
_INTERCEPT = -4.0


def gather(question: str, kind: QuestionKind, unit: Unit, words: QuestionWords) -> Evidence:
    """The evidence for `unit` as an answer to `question`."""
    passage = unit.passage
    around = surroundings(passage)
    missing = words.missing(around)
    heaviest = max(words.weights.values(), default=0.0)
    figures = [figure.rstrip(".,/") for figure in _FIGURES.findall(question)]
    held = fold_diacritics(around)
    return Evidence(
        similarity=_stretched(passage.similarity or 0.0),
        unit_similarity=_stretched(unit.similarity),
        coverage=unit.coverage,
        passage_coverage=words.coverage(around),
        rarest_missing=words.weights[missing[0]] / heaviest if missing and heaviest else 0.0,
        figures_missing=sum(figure not in held for figure in figures) / len(figures) if figures else 0.0,
        fits=float(unit.fits),
    )


def confidence(evidence: Evidence) -> float:
    """Chance, 0 to 1, that the library holds the answer."""
    values = (
        evidence.similarity,
        evidence.unit_similarity,
        evidence.coverage,
        evidence.passage_coverage,
        evidence.rarest_missing,
        evidence.figures_missing,
        evidence.fits,
    )
    return 1 / (1 + math.exp(-_INTERCEPT - sum(w * v for w, v in zip(_WEIGHTS, values, strict=True))))


def surroundings(passage: Passage) -> str:
    """All that a reader of the passage knows: document, headings, text."""
    return "\n".join((passage.document.name, passage.document.metadata.title, passage.header, passage.text))


def _stretched(similarity: float) -> float:
    return min(1.0, max(0.0, (similarity - 0.75) / 0.2))
