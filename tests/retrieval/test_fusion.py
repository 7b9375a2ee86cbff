"""Weighing two ranked lists."""

import math
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from retrieval.fusion import Hit, fuse

_hits = st.lists(st.tuples(st.sampled_from("abcdefgh"), st.floats(0, 1)), unique_by=lambda hit: hit[0], max_size=8).map(
    lambda hits: sorted((Hit(*hit) for hit in hits), key=lambda hit: -hit.score)
)


@given(_hits, _hits, st.floats(0, 1))
def test_every_candidate_of_either_side_is_ranked_once_by_falling_score(
    vectors: list[Hit], words: list[Hit], weight: float
) -> None:
    fused = fuse(vectors, words, vector_weight=weight)
    assert sorted(hit.chunk_id for hit in fused) == sorted({hit.chunk_id for hit in (*vectors, *words)})
    assert all(first.score >= second.score for first, second in pairwise(fused))
    assert all(math.isfinite(hit.score) for hit in fused)


@pytest.mark.parametrize(("weight", "first"), [(1.0, "a"), (0.0, "b")])
def test_the_weight_decides_which_side_leads(weight: float, first: str) -> None:
    vectors = [Hit("a", 0.9), Hit("b", 0.1), Hit("c", 0.1)]
    words = [Hit("b", 12.0), Hit("a", 1.0), Hit("c", 1.0)]
    assert fuse(vectors, words, vector_weight=weight)[0].chunk_id == first


def test_what_each_side_said_is_kept() -> None:
    (hit, other) = fuse([Hit("a", 0.9)], [Hit("b", 3.0), Hit("a", 2.0)], vector_weight=0.7)
    assert {hit.chunk_id, other.chunk_id} == {"a", "b"}
    by_id = {hit.chunk_id: hit, other.chunk_id: other}
    assert (by_id["a"].similarity, by_id["a"].vector_rank, by_id["a"].word_rank) == (0.9, 1, 2)
    assert (by_id["b"].similarity, by_id["b"].vector_rank, by_id["b"].word_rank) == (None, None, 1)
