"""The floor under the quality of whole answers, on the sample corpus with the model that users get."""

from pathlib import Path

import pytest

from core.errors import UsageError
from evaluation.sample import SampleResult, read_questions, score_answers
from web.application import Application

QUESTIONS = Path("evaluation/questions")


@pytest.fixture(scope="module")
def result(assistant: Application) -> SampleResult:
    return score_answers(assistant, read_questions(QUESTIONS))


def test_every_quote_is_the_documents_own_text_at_its_offsets(result: SampleResult) -> None:
    assert sum(len(outcome.answer.citations) for outcome in result.outcomes) > 60
    assert all(outcome.verbatim for outcome in result.outcomes)
    assert all(citation.verified for outcome in result.outcomes for citation in outcome.answer.citations)


def test_retrieval_answers_and_refusals_stay_above_their_floor(result: SampleResult) -> None:
    scores = result.scores
    assert scores.gold_retrieved >= 0.90
    assert scores.answer_contained >= 0.74
    assert scores.citations_complete >= 0.72
    assert scores.correct_refusals >= 0.85
    assert scores.wrong_refusals <= 0.13


def test_a_document_or_provision_that_is_not_there_is_always_refused(result: SampleResult) -> None:
    missing = [o for o in result.outcomes if not o.question.answerable and any(c.isdigit() for c in o.question.text)]
    named = [o for o in missing if "/" in o.question.text]
    assert named
    assert all(outcome.refused for outcome in named)


def test_the_table_names_every_kind_and_every_score(result: SampleResult) -> None:
    table = "\n".join(result.as_table())
    for outcome in result.outcomes:
        assert outcome.question.kind in table
    assert "wrong_refusals" in table


def test_a_malformed_question_names_its_line(tmp_path: Path) -> None:
    file = tmp_path / "q.jsonl"
    file.write_text('{"id": "1"}\n', encoding="utf-8")
    with pytest.raises(UsageError, match="dòng 1"):
        read_questions(file)
    with pytest.raises(UsageError, match="Không có câu hỏi"):
        read_questions(tmp_path / "none" if (tmp_path / "none").mkdir() is None else tmp_path)
