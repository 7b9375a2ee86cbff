"""Ranking metrics against values worked out by hand, and the reading of question sets."""

import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.beir_folder import read_beir
from core.errors import UsageError
from evaluation.metrics import ndcg, recall, reciprocal_rank, score_rankings


def test_recall_is_the_share_of_relevant_documents_found() -> None:
    relevance = {"a": 1, "b": 1, "c": 0}
    assert recall(["a", "x", "b"], relevance, depth=1) == 0.5
    assert recall(["a", "x", "b"], relevance, depth=3) == 1.0
    assert recall(["c", "x", "y"], relevance, depth=3) == 0.0


def test_reciprocal_rank_looks_at_the_first_relevant_document_only() -> None:
    assert reciprocal_rank(["x", "a", "b"], {"a": 1, "b": 1}, depth=10) == 1 / 2
    assert reciprocal_rank(["x", "y", "a"], {"a": 1}, depth=2) == 0.0
    assert reciprocal_rank([], {"a": 1}, depth=10) == 0.0


def test_ndcg_with_graded_relevance() -> None:
    # Gains 0, 2, 1 at ranks 1 to 3 against the best order 2, 1.
    found = 2 / math.log2(3) + 1 / math.log2(4)
    best = 2 / math.log2(2) + 1 / math.log2(3)
    assert ndcg(["x", "a", "b"], {"a": 2, "b": 1}, depth=10) == pytest.approx(found / best)
    assert ndcg(["a", "b", "x"], {"a": 2, "b": 1}, depth=10) == 1.0
    assert ndcg(["x", "a"], {"a": 1}, depth=1) == 0.0


def test_scores_are_means_over_judged_questions_answered_or_not() -> None:
    scores = score_rankings(
        {"q1": ["a"], "q2": ["x", "b"], "unjudged": ["a"]},
        {"q1": {"a": 1}, "q2": {"b": 1}, "q3": {"c": 1}, "only-zero": {"d": 0}},
    )
    assert scores["recall@1"] == pytest.approx(1 / 3)
    assert scores["recall@5"] == pytest.approx(2 / 3)
    assert scores["mrr@10"] == pytest.approx((1 + 1 / 2 + 0) / 3)
    assert scores["ndcg@10"] == pytest.approx((1 + 1 / math.log2(3) + 0) / 3)
    assert list(scores) == ["recall@1", "recall@5", "recall@10", "recall@20", "mrr@10", "ndcg@10"]


_IDS = [f"d{number}" for number in range(30)]


@given(
    st.permutations(_IDS),
    st.dictionaries(st.sampled_from(_IDS), st.integers(1, 3), min_size=1),
)
def test_metrics_stay_between_0_and_1_and_grow_with_depth(ranking: list[str], relevance: dict[str, int]) -> None:
    scores = score_rankings({"q": ranking}, {"q": relevance})
    assert all(0 <= score <= 1 + 1e-12 for score in scores.values())
    assert scores["recall@1"] <= scores["recall@5"] <= scores["recall@10"] <= scores["recall@20"]
    best = sorted(ranking, key=lambda document: -relevance.get(document, 0))
    perfect = score_rankings({"q": best}, {"q": relevance})
    assert perfect["mrr@10"] == 1
    assert perfect["ndcg@10"] == pytest.approx(1)


def test_a_ranking_that_repeats_a_document_is_refused() -> None:
    with pytest.raises(ValueError, match="repeat"):
        score_rankings({"q": ["a", "a"]}, {"q": {"a": 1}})
    with pytest.raises(ValueError, match="no judged question"):
        score_rankings({"q": ["a"]}, {"q": {"a": 0}})


def _write_set(folder: Path, qrels: str) -> Path:
    (folder / "corpus.jsonl").write_text('{"_id": "d1", "title": "Điều 1", "text": "Phạm vi"}\n', encoding="utf-8")
    (folder / "queries.jsonl").write_text(
        '{"_id": "q1", "text": "Pha\u0323m vi?"}\n{"_id": "q2", "text": "Khác?"}\n', encoding="utf-8"
    )
    (folder / "qrels.tsv").write_text(qrels, encoding="utf-8")
    return folder


def test_a_question_set_is_read_with_its_judged_questions_only(tmp_path: Path) -> None:
    question_set = read_beir(_write_set(tmp_path, "query-id\tcorpus-id\tscore\nq1\td1\t1\n"))
    assert question_set.queries == {"q1": "Phạm vi?"}
    assert question_set.qrels == {"q1": {"d1": 1}}
    assert question_set.corpus[0].title == "Điều 1"


@pytest.mark.parametrize("row", ["q9\td1\t1", "q1\td1", "q1\td1\tone"])
def test_a_malformed_question_set_is_refused(tmp_path: Path, row: str) -> None:
    with pytest.raises(UsageError, match="sai định dạng"):
        read_beir(_write_set(tmp_path, f"query-id\tcorpus-id\tscore\n{row}\n"))


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"corpus\.jsonl"):
        read_beir(tmp_path)
