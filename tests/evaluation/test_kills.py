"""A short run of the kills; the long one is `python -m evaluation.kills`."""

from evaluation.kills import run


def test_kills_at_random_moments_lose_nothing_and_leave_nothing_half() -> None:
    score = run(12, 6, seed=1)
    assert score.kills == 6
    assert score.is_clean, score
    assert score.documents == 12
    assert score.searches > 50
