"""Bootstrap intervals of means and of paired differences: pure functions, repeatable."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

_RESAMPLES = 2000
_SEED = 20_261_123
_LEVEL = 95


@dataclass(frozen=True, slots=True)
class Interval:
    """A mean over questions and the bounds that hold it in 95 % of resamples (percentile bootstrap)."""

    value: float
    low: float
    high: float

    @property
    def excludes_zero(self) -> bool:
        """Both bounds lie on one side of 0."""
        return self.low > 0 or self.high < 0


def mean_interval(scores: Sequence[float]) -> Interval:
    """The mean of `scores`, one a question.

    Raises:
        ValueError: there are none.
    """
    if not scores:
        raise ValueError("no scores")
    values = np.asarray(scores, np.float64)
    drawn = np.random.default_rng(_SEED).integers(len(values), size=(_RESAMPLES, len(values)))
    low, high = np.percentile(values[drawn].mean(axis=1), [(100 - _LEVEL) / 2, (100 + _LEVEL) / 2])
    return Interval(*(round(float(bound), 4) for bound in (values.mean(), low, high)))


def paired_difference(scores: Sequence[float], reference: Sequence[float]) -> Interval:
    """The mean of `scores` minus `reference`, both on the same questions in the same order.

    Raises:
        ValueError: there are none, or not as many of one as of the other.
    """
    return mean_interval([ours - theirs for ours, theirs in zip(scores, reference, strict=True)])
