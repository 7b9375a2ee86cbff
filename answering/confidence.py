"""The chance that the library holds what was asked, from how far the best passage stands out and what it lacks."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

from answering.units import QuestionWords
from core.types import Passage


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks for and against an answer being there.

    Attributes:
        vector_z: Standard deviations by which the best passage stands out by meaning among all candidates; `None`
            where there is no model or were too few candidates.
        word_z: The same by words.
        missing: Share of the question's words, weighted by rarity, that the passage, its headings and its document's
            title lack, 0 to 1.
    """

    vector_z: float | None
    word_z: float | None
    missing: float


# Logistic regressions: intercept, then weights of vector_z, word_z and missing; one for each set of evidence at hand.
# Fitted on ALQAC-2022, XQuAD-vi and MLQA-vi, where a question is made unanswerable by taking its gold passage away, and
# on the sample corpus's questions, each set weighing the same. The first three sets fitted alone in pairs, the first
# regression ranks answerable above unanswerable on the third with an AUC of .91, .95 and .88. The intercepts are
# raised by 0.94, so that one half is where the sample's questions are told apart best.
_BOTH = (-1.27, 0.41, 0.43, -4.76)
_WORDS_ONLY = (-0.20, 0.0, 0.50, -5.00)
_FEW_CANDIDATES = (2.60, 0.0, 0.0, -6.00)


# Passages of which the one that lacks least counts.
_LOOKED_AT = 3


def gather(passages: Sequence[Passage], words: QuestionWords) -> Evidence:
    """The evidence that `passages`, best first and not empty, answer the question of `words`."""
    best = passages[0]
    return Evidence(
        vector_z=best.vector_z,
        word_z=best.word_z,
        missing=min(words.missing_share(surroundings(passage)) for passage in passages[:_LOOKED_AT]),
    )


def confidence(evidence: Evidence) -> float:
    """Chance, 0 to 1, that the library holds the answer."""
    weights = _FEW_CANDIDATES
    if evidence.word_z is not None:
        weights = _WORDS_ONLY if evidence.vector_z is None else _BOTH
    intercept, of_vectors, of_words, of_missing = weights
    logit = (
        intercept
        + of_vectors * (evidence.vector_z or 0.0)
        + of_words * (evidence.word_z or 0.0)
        + of_missing * evidence.missing
    )
    return 1 / (1 + math.exp(-logit))


def surroundings(passage: Passage) -> str:
    """All that a reader of the passage knows: document, headings, text."""
    return "\n".join((passage.document.name, passage.document.metadata.title, passage.header, passage.text))
