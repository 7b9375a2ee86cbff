"""Weighing two ranked lists into one."""

from collections.abc import Sequence
from statistics import fmean, pstdev
from typing import NamedTuple

# From this many candidates on, how far one stands out among them says something of it.
_SPREAD_CANDIDATES = 40


class Hit(NamedTuple):
    """A chunk found by one side; higher scores are nearer, comparable within one list only."""

    chunk_id: str
    score: float


class FusedHit(NamedTuple):
    """A chunk found by either side, with what each side said of it.

    Attributes:
        score: Weighted sum of z-scores; comparable within one search only.
        similarity: Cosine as the vector side returned it; `None` when it did not return the chunk.
        vector_rank: Rank by meaning, from 1.
        word_rank: Rank by words, from 1.
        word_z: Standard deviations above the mean of the candidates by words; `None` when not among them, or when they
            are too few to have a spread.
    """

    chunk_id: str
    score: float
    similarity: float | None
    vector_rank: int | None
    word_rank: int | None
    word_z: float | None


def fuse(vectors: Sequence[Hit], words: Sequence[Hit], *, vector_weight: float) -> list[FusedHit]:
    """Every chunk of either list, best first, by the weighted sum of its z-scores.

    Each side's scores are centred and scaled over that side's own candidates; a chunk that a side did not return counts
    as that side's last candidate. Weighted scores beat reciprocal ranks wherever measured, since ranks throw away how
    far the first is ahead (README, table of retrieval figures).

    Weight and depth were cross-validated, leaving out each of ALQAC 2022 and 2025, XQuAD-vi and MLQA-vi in turn: 0.5
    with 200 candidates or 0.6 with 400 are chosen, and lose at most 0.007 of R@1 to the best for the set left out.
    Measured there and not kept: exact cosines for what only words found (within 0.002 of R@1 and 0.004 of R@10, either
    way), min-max in place of z-scores (-0.001 on ALQAC 2025), triples of syllables (-0.006 on MLQA-vi), and headings
    weighted in addition (-0.003 to -0.03 on ALQAC).

    Args:
        vectors: Candidates by meaning, best first.
        words: Candidates by words, best first.
        vector_weight: Share of the meaning, 0 to 1.
    """
    by_vector, vector_floor = _z_scores(vectors)
    by_words, words_floor = _z_scores(words)
    similarity = {hit.chunk_id: hit.score for hit in vectors}
    vector_ranks = {hit.chunk_id: rank for rank, hit in enumerate(vectors, start=1)}
    word_ranks = {hit.chunk_id: rank for rank, hit in enumerate(words, start=1)}
    fused = (
        FusedHit(
            chunk_id,
            vector_weight * by_vector.get(chunk_id, vector_floor)
            + (1 - vector_weight) * by_words.get(chunk_id, words_floor),
            similarity.get(chunk_id),
            vector_ranks.get(chunk_id),
            word_ranks.get(chunk_id),
            by_words.get(chunk_id) if len(words) >= _SPREAD_CANDIDATES else None,
        )
        for chunk_id in {**by_vector, **by_words}
    )
    return sorted(fused, key=lambda hit: (-hit.score, hit.chunk_id))


def _z_scores(hits: Sequence[Hit]) -> tuple[dict[str, float], float]:
    """z-score per chunk and the lowest of them (0 for an empty list)."""
    if not hits:
        return {}, 0.0
    scores = [hit.score for hit in hits]
    mean, deviation = fmean(scores), pstdev(scores) or 1.0
    scaled = {hit.chunk_id: (hit.score - mean) / deviation for hit in hits}
    return scaled, min(scaled.values())
