"""Bootstrap intervals: they hold the mean, shrink with more questions, and pair what belongs together."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from evaluation.intervals import mean_interval, paired_difference

_SCORES = st.lists(st.sampled_from([0.0, 0.5, 1.0]), min_size=1, max_size=40)


@given(_SCORES)
def test_the_bounds_hold_the_mean_and_the_same_scores_give_the_same_bounds(scores: list[float]) -> None:
    interval = mean_interval(scores)
    assert interval.low <= interval.value <= interval.high
    assert interval == mean_interval(scores)
    assert min(scores) <= interval.low and interval.high <= max(scores)


def test_the_interval_of_a_share_is_that_of_the_binomial() -> None:
    # 80 of 100: standard error 0.04, so 95 % within 1.96 of them.
    interval = mean_interval([1.0] * 80 + [0.0] * 20)
    assert interval.low == pytest.approx(0.8 - 1.96 * 0.04, abs=0.015)
    assert interval.high == pytest.approx(0.8 + 1.96 * 0.04, abs=0.015)
    assert mean_interval([1.0] * 800 + [0.0] * 200).low > interval.low


def test_pairs_tell_apart_what_separate_intervals_cannot() -> None:
    reference = [0.0, 1.0] * 50
    better = [1.0, *reference[1:20], 1.0, *reference[21:40], 1.0, *reference[41:60], 1.0, *reference[61:80], 1.0]
    better += reference[81:]
    difference = paired_difference(better, reference)
    assert difference.value == pytest.approx(0.05)
    assert difference.excludes_zero
    assert mean_interval(better).low < mean_interval(reference).high
    assert not paired_difference(reference, reference).excludes_zero


def test_what_cannot_be_compared_is_refused() -> None:
    with pytest.raises(ValueError, match="no scores"):
        mean_interval([])
    with pytest.raises(ValueError, match="shorter"):
        paired_difference([1.0, 1.0], [1.0])
