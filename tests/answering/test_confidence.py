"""The chance of an answer, and the questions offered in its stead."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from answering.confidence import Evidence, confidence, read_regressions
from answering.suggestions import questions_about, questions_near
from core.types import AnswerMethod
from web.application import Application

NEAR = Evidence(model="", similarity=None, word_z=4.0, missing=1.0, uncounted=0.0)


@given(missing=st.floats(0, 20), more=st.floats(0.01, 20), word_z=st.none() | st.floats(0, 8))
def test_every_word_that_is_missing_lowers_the_chance(missing: float, more: float, word_z: float | None) -> None:
    evidence = replace(NEAR, missing=missing, word_z=word_z)
    worse = confidence(replace(evidence, missing=missing + more))
    assert 0 < worse < confidence(evidence) < 1


@pytest.mark.parametrize("judged", [None, -3.0, 3.0])
def test_a_question_that_counts_is_less_sure_where_nothing_is_counted(judged: float | None) -> None:
    near = replace(NEAR, judged=judged)
    assert confidence(replace(near, uncounted=1.0)) < confidence(near)


@given(judged=st.floats(-8, 8), more=st.floats(0.01, 8), word_z=st.none() | st.floats(0, 8))
def test_the_likelier_a_quote_is_judged_the_likelier_the_answer(
    judged: float, more: float, word_z: float | None
) -> None:
    evidence = replace(NEAR, judged=judged, word_z=word_z)
    assert confidence(evidence) < confidence(replace(evidence, judged=judged + more))


def test_cosines_of_another_model_are_not_weighed() -> None:
    regressions = read_regressions()
    fitted_with = next(regression.model for regression in regressions if "similarity" in regression.weights)
    near, far = (replace(NEAR, similarity=cosine) for cosine in (0.95, 0.75))
    assert confidence(near) == confidence(far)
    assert confidence(replace(near, model=fitted_with)) > confidence(replace(far, model=fitted_with))


@pytest.mark.parametrize(
    "question",
    [
        "Mức phạt khi vượt đèn đỏ đối với xe máy là bao nhiêu?",
        "Định mức sử dụng xe ô tô công của cấp huyện?",
        "Thủ tục cấp giấy khai sinh cho trẻ em cần giấy tờ gì?",
        "Cán bộ hợp đồng có được tăng lương khi có chứng chỉ AI không?",
    ],
)
def test_what_a_refusal_suggests_is_answered_when_asked(assistant: Application, question: str) -> None:
    refusal = assistant.chain.ask(question)
    assert refusal.method is AnswerMethod.ABSTAINED
    assert refusal.suggestions
    for suggestion in refusal.suggestions:
        assert assistant.chain.ask(suggestion).citations, suggestion


def test_whatever_is_near_the_suggestions_of_a_library_are_answered_from_their_document(assistant: Application) -> None:
    """Over every heading of the sample corpus that makes a question and is not out of force."""
    asked = 0
    for document in assistant.knowledge_base.documents():
        if assistant.knowledge_base.validity(document).state.value != "in_force":
            continue
        for question in questions_about(document, assistant.knowledge_base.sections(document.id)):
            answer = assistant.chain.ask(question)
            asked += 1
            if answer.method is AnswerMethod.EXTRACTIVE:
                assert document.id in {citation.document.id for citation in answer.citations}, question
                assert question[0].isupper() and question.endswith("?") and "  " not in question
    assert asked > 20


def test_suggestions_keep_to_what_is_in_force(assistant: Application) -> None:
    passages = assistant.retriever.retrieve("Kế hoạch 214/KH-UBND có mục tiêu gì?")
    expired = [passage for passage in passages if passage.validity.state.value == "expired"]
    assert expired
    assert not list(questions_near(expired, assistant.retriever.opened))
