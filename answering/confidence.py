"""The chance that the library holds what was asked, from how far the best passage stands out and what it lacks.

The weights stand in `confidence.json`; `python -m evaluation.calibration … --fit` writes them anew, which every change
of the retrieval or of the embedding model calls for.
"""

import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

from answering.questions import QuestionKind
from answering.units import QuestionWords, Unit
from core.types import Passage

WEIGHTS = Path(__file__).with_name("confidence.json")

# "Bao nhiêu xã?" is hardly answered where none of so many best sentences has a figure before "xã".
_COUNTED_UNITS = 5
# A lower cosine of the best passage tells that the library is silent; a higher one tells nothing more.
_NEAR = 0.87


@dataclass(frozen=True, slots=True)
class Evidence:
    """What speaks for and against an answer being there.

    Attributes:
        model: Fingerprint of the embedding model; cosines of different models do not compare.
        similarity: Cosine of the question and the best passage's chunk, as far as it tells; `None` where meaning did
            not find it.
        word_z: Standard deviations by which it stands out by words among all candidates; `None` where it has none of
            them or there were too few candidates.
        missing: Words of the question that the passage, its headings and its document's title lack, the rare ones
            counting for more, the common ones for less; all together count as many as they are.
        uncounted: 1 when the question counts something that none of the best sentences counts, else 0.
        judged: Highest log-odds of an answer among the quotes that were judged; `None` where none was.
    """

    model: str
    similarity: float | None
    word_z: float | None
    missing: float
    uncounted: float
    judged: float | None = None

    def features(self) -> dict[str, float]:
        """The figures at hand, by name."""
        return {name: value for name, value in asdict(self).items() if name != "model" and value is not None}


@dataclass(frozen=True, slots=True)
class Regression:
    """A logistic regression over some features of `Evidence`.

    Attributes:
        model: Fingerprint of the only embedding model it holds for; empty for any.
        weights: By name of the feature.
    """

    model: str
    intercept: float
    weights: dict[str, float]

    def fits(self, evidence: Evidence) -> bool:
        """Whether `evidence` has all that it weighs."""
        return self.model in {"", evidence.model} and self.weights.keys() <= evidence.features().keys()

    def chance(self, evidence: Evidence) -> float:
        """0 to 1."""
        features = evidence.features()
        logit = self.intercept + sum(weight * features[name] for name, weight in self.weights.items())
        return 1 / (1 + math.exp(-logit))


def read_regressions(path: Path = WEIGHTS) -> list[Regression]:
    """Regressions in the order in which they are tried; the last one fits any evidence."""
    return [Regression(**record) for record in json.loads(path.read_text(encoding="utf-8"))["regressions"]]


_REGRESSIONS = tuple(read_regressions())


def gather(
    kind: QuestionKind, passages: Sequence[Passage], words: QuestionWords, units: Sequence[Unit], *, model: str
) -> Evidence:
    """The evidence that `passages`, best first and not empty, answer the question of `words`.

    Args:
        kind: Of the question.
        passages: As found.
        words: Of the question.
        units: The passages' sentences, best first.
        model: Fingerprint of the embedding model that found them.
    """
    best = passages[0]
    single = sum("_" not in term for term in words.weights)
    counts = kind is QuestionKind.QUANTITY and words.counted is not None
    uncounted = counts and not any(unit.fits for unit in units[:_COUNTED_UNITS])
    return Evidence(
        model=model,
        similarity=None if best.similarity is None else min(best.similarity, _NEAR),
        word_z=best.word_z,
        missing=single * words.missing_share(surroundings(best)),
        uncounted=float(uncounted),
        judged=max((unit.odds for unit in units if unit.odds is not None), default=None),
    )


def confidence(evidence: Evidence, regressions: Sequence[Regression] = _REGRESSIONS) -> float:
    """Chance, 0 to 1, that the library holds the answer, by the first of `regressions` that fits."""
    return next(regression for regression in regressions if regression.fits(evidence)).chance(evidence)


def surroundings(passage: Passage) -> str:
    """All that a reader of the passage knows: document, headings, text."""
    return "\n".join((passage.document.name, passage.document.metadata.title, passage.header, passage.text))
