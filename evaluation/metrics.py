"""Ranking metrics over relevance judgements: pure functions, no library, no files.

Definitions are those of trec_eval as BEIR reports them (Thakur et al. 2021, arXiv 2104.08663): the gain of nDCG is
linear, recall is the share of a question's relevant documents, and every judged question counts, answered or not.
"""

import math
from collections.abc import Mapping, Sequence
from statistics import fmean

RECALL_DEPTHS = (1, 5, 10, 20)
RANK_DEPTH = 10


def recall(ranking: Sequence[str], relevance: Mapping[str, int], *, depth: int) -> float:
    """Share of the relevant documents (relevance above 0) among the first `depth` of `ranking`."""
    relevant = {document for document, grade in relevance.items() if grade > 0}
    return len(relevant.intersection(ranking[:depth])) / len(relevant)


def reciprocal_rank(ranking: Sequence[str], relevance: Mapping[str, int], *, depth: int) -> float:
    """1 / rank of the first relevant document; 0 when none stands among the first `depth`."""
    ranks = (rank for rank, document in enumerate(ranking[:depth], 1) if relevance.get(document, 0) > 0)
    return next((1 / rank for rank in ranks), 0.0)


def ndcg(ranking: Sequence[str], relevance: Mapping[str, int], *, depth: int) -> float:
    """Discounted cumulative gain of the first `depth`, divided by that of the best possible order."""
    gains = [max(relevance.get(document, 0), 0) for document in ranking]
    ideal = sorted((grade for grade in relevance.values() if grade > 0), reverse=True)
    return _dcg(gains[:depth]) / _dcg(ideal[:depth])


def _dcg(gains: Sequence[int]) -> float:
    return sum(gain / math.log2(rank + 1) for rank, gain in enumerate(gains, 1))


def score_rankings(rankings: Mapping[str, Sequence[str]], qrels: Mapping[str, Mapping[str, int]]) -> dict[str, float]:
    """Mean recall@1/5/10/20, mrr@10 and ndcg@10 over the questions that have a relevant document.

    Args:
        rankings: Per question id, document ids best first, each at most once; a missing question scores 0.
        qrels: Per question id, document id to relevance.

    Raises:
        ValueError: no question of `qrels` has a relevant document, or a ranking repeats a document.
    """
    judged = {question: grades for question, grades in qrels.items() if any(grade > 0 for grade in grades.values())}
    if not judged:
        raise ValueError("no judged question has a relevant document")
    if repeated := [question for question, ranking in rankings.items() if len(set(ranking)) < len(ranking)]:
        raise ValueError(f"rankings repeat a document: {repeated[:3]}")
    pairs = [(rankings.get(question, ()), grades) for question, grades in judged.items()]
    return {
        **{f"recall@{depth}": fmean(recall(*pair, depth=depth) for pair in pairs) for depth in RECALL_DEPTHS},
        f"mrr@{RANK_DEPTH}": fmean(reciprocal_rank(*pair, depth=RANK_DEPTH) for pair in pairs),
        f"ndcg@{RANK_DEPTH}": fmean(ndcg(*pair, depth=RANK_DEPTH) for pair in pairs),
    }
