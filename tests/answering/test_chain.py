"""What an official sees for a question, over the sample corpus with the model that users get."""

import asyncio
from datetime import date
from itertools import pairwise
from pathlib import Path

import pytest

from answering.conversation import Turn
from core.errors import UsageError
from core.settings import load_settings
from core.types import Answer, AnswerMethod, SearchFilter, ValidityState
from web.application import Application, open_application

DECISION = """ỦY BAN NHÂN DÂN TỈNH THỬ NGHIỆM

Số: 5/QĐ-UBND

QUYẾT ĐỊNH
Về việc tổ chức thực hiện chương trình chuyển đổi số

Điều 1. Tổ chức thực hiện
{body}

Điều 2. Hiệu lực thi hành
Quyết định này có hiệu lực kể từ ngày ký.
"""


def labels(answer: Answer) -> list[tuple[str, str]]:
    return [(citation.document.metadata.number, citation.label) for citation in answer.citations]


def test_an_article_asked_for_is_given_whole(assistant: Application) -> None:
    answer = assistant.chain.ask("Điều 10 Quy chế ban hành kèm theo Quyết định 31/2025/QĐ-UBND")
    assert labels(answer) == [("31/2025/QĐ-UBND", "Điều 10 Quy chế")]
    assert answer.citations[0].quote.startswith("Điều 10.")
    assert "5. Ghi nhật ký" in answer.citations[0].quote


def test_a_list_is_given_whole(assistant: Application) -> None:
    answer = assistant.chain.ask("Tổ nòng cốt AI cấp xã có những nhiệm vụ gì?")
    quote = answer.citations[0].quote
    assert all(f"\n{number}. " in quote for number in range(1, 6))


def test_an_answer_without_diacritics_is_found_and_the_question_restored(assistant: Application) -> None:
    answer = assistant.chain.ask("nhiem ky cua thanh vien nong cot AI la may nam")
    assert "nhiệm kỳ của thành viên nòng cốt" in answer.question
    assert any("02 năm" in citation.quote for citation in answer.citations)


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("Nghị định 999/2026/NĐ-CP quy định gì?", "Nghị định 999/2026/NĐ-CP"),
        ("ke hoach 9999 co muc tieu gi", "ke hoach 9999"),
        ("Điều 99 Quyết định 31/2025/QĐ-UBND nói gì?", "Điều 99"),
        ("Cách nấu phở bò ngon?", "không có nội dung"),
        ("What is the capital of France?", "không có nội dung"),
    ],
)
def test_what_the_library_lacks_is_said_plainly(assistant: Application, question: str, said: str) -> None:
    answer = assistant.chain.ask(question)
    assert answer.method is AnswerMethod.ABSTAINED
    assert said in answer.text
    assert not answer.citations


def test_a_refusal_offers_the_nearest_documents(assistant: Application) -> None:
    assert assistant.chain.ask("Nghị định 999/2026/NĐ-CP quy định gì về trí tuệ nhân tạo?").nearest


def test_a_replaced_plan_is_not_cited_for_today(assistant: Application) -> None:
    question = "Chương trình học cho thành viên nòng cốt có bao nhiêu tiết?"
    today = assistant.chain.ask(question, search_filter=SearchFilter(as_of=date(2026, 11, 23)))
    assert "214/KH-UBND" not in {number for number, _ in labels(today)}
    then = assistant.retriever.retrieve(question, SearchFilter(as_of=date(2025, 10, 1), only_in_force=True))
    assert "68/KH-UBND" not in {passage.document.metadata.number for passage in then}


def test_a_replaced_plan_asked_for_by_number_is_answered_with_a_warning(assistant: Application) -> None:
    answer = assistant.chain.ask("Kế hoạch 214/KH-UBND có yêu cầu gì về sĩ số học viên?")
    assert {number for number, _ in labels(answer)} == {"214/KH-UBND"}
    assert answer.citations[0].validity.state is ValidityState.EXPIRED
    assert any("68/KH-UBND" in warning for warning in answer.warnings)


def test_validity_is_answered_with_the_sentence_that_ends_it(assistant: Application) -> None:
    answer = assistant.chain.ask("Kế hoạch 214/KH-UBND còn hiệu lực không?")
    assert "hết hiệu lực" in answer.text
    assert labels(answer) == [("68/KH-UBND", "Mục VII.1")]
    assert "thay thế Kế hoạch số 214/KH-UBND" in answer.citations[0].quote


@pytest.mark.parametrize(
    "question", ["Luật Dữ liệu còn hiệu lực không?", "Kế hoạch đào tạo Mặt Trăng còn hiệu lực không?"]
)
def test_validity_is_not_told_of_a_document_that_was_not_asked_for(assistant: Application, question: str) -> None:
    assert "còn hiệu lực theo" not in assistant.chain.ask(question).text


def test_a_document_named_by_its_title_is_known_for_the_validity_asked(assistant: Application) -> None:
    answer = assistant.chain.ask("Chỉ thị sử dụng trí tuệ nhân tạo an toàn, có trách nhiệm còn hiệu lực không?")
    assert "Chỉ thị 09/CT-UBND: còn hiệu lực theo các văn bản có trong kho" in answer.text
    assert any("chưa được đưa vào kho" in warning for warning in answer.warnings)


def test_a_point_is_quoted_with_the_opening_words_of_its_list(assistant: Application) -> None:
    answer = assistant.chain.ask("điểm c khoản 1 Điều 3 Nghị quyết 12/2025/NQ-HĐND")
    opening, point = answer.citations
    assert (opening.label, point.label) == ("khoản 1 Điều 3", "điểm c khoản 1 Điều 3")
    assert opening.quote.startswith("1. ") and opening.quote.endswith(":")
    assert point.quote.startswith("c) ")


def test_a_follow_up_is_asked_of_the_same_document(assistant: Application) -> None:
    first = "Sáng kiến AI loại khá theo Nghị quyết 12/2025/NQ-HĐND được thưởng bao nhiêu?"
    history = [Turn(first, assistant.chain.ask(first))]
    answer = assistant.chain.ask("Nghị quyết đó có hiệu lực từ ngày nào?", history=history)
    assert "Nghị quyết 12/2025/NQ-HĐND" in answer.question
    assert {number for number, _ in labels(answer)} == {"12/2025/NQ-HĐND"}


def test_the_stream_grows_and_ends_with_the_answer(assistant: Application) -> None:
    question = "So sánh tiền ăn khi đi học giữa Nghị quyết 12/2025/NQ-HĐND và Nghị quyết 27/2026/NQ-HĐND"
    snapshots = list(assistant.chain.stream(question))
    assert snapshots[-1] == assistant.chain.ask(question)
    assert all(later.text.startswith(earlier.text) for earlier, later in pairwise(snapshots))
    assert {number for number, _ in labels(snapshots[-1])} == {"12/2025/NQ-HĐND", "27/2026/NQ-HĐND"}


@pytest.mark.parametrize("question", ["", "   ", "?!", "a" * 20_000])
def test_a_question_that_cannot_be_asked_says_why(assistant: Application, question: str) -> None:
    with pytest.raises(UsageError, match="Câu hỏi"):
        assistant.chain.ask(question)


def test_the_retriever_is_a_langchain_runnable_and_keeps_its_filter_when_asynchronous(assistant: Application) -> None:
    plan = next(d for d in assistant.knowledge_base.documents() if d.metadata.number == "68/KH-UBND")
    only = SearchFilter(document_ids=frozenset({plan.id}))
    found = assistant.retriever.invoke("học viên", search_filter=only)
    also = asyncio.run(assistant.retriever.ainvoke("học viên", search_filter=only))
    assert {document.metadata["passage"].document.id for document in (*found, *also)} == {plan.id}
    assert [document.id for document in found] == [document.id for document in also]


def test_a_passage_is_a_whole_provision_of_its_document(assistant: Application) -> None:
    for passage in assistant.retriever.retrieve("trách nhiệm của Sở Nội vụ"):
        text = assistant.knowledge_base.text(passage.document.id)
        assert text[passage.span.start : passage.span.end] == passage.text


def test_filtering_by_kind_keeps_only_that_kind(assistant: Application) -> None:
    found = assistant.retriever.retrieve("lực lượng nòng cốt", SearchFilter(kinds=frozenset({"chỉ thị"})))
    assert {passage.document.metadata.kind for passage in found} == {"Chỉ thị"}


def test_an_answer_is_remembered_until_the_library_changes(tmp_path: Path) -> None:
    settings = load_settings(data_dir=tmp_path / "data", embedding_model="none")
    file = tmp_path / "quyet-dinh.txt"
    question = "Điều 1 Quyết định 5/QĐ-UBND"

    def publish(body: str) -> None:
        file.write_text(DECISION.format(body=body), encoding="utf-8")
        assert application.ingest([file]).added

    with open_application(settings) as application:
        publish("Sở Nội vụ chủ trì tổ chức thực hiện Quyết định này.")
        first = application.chain.ask(question)
        assert "Sở Nội vụ" in first.text
        assert application.chain.ask(question) is first
        publish("Sở Tài chính chủ trì tổ chức thực hiện Quyết định này.")
        assert "Sở Tài chính" in application.chain.ask(question).text


@pytest.mark.parametrize(
    "greeting", ["Chào bạn", "xin chao", "Cảm ơn bạn nhiều nhé!", "Chào bạn, hôm nay bạn khỏe không?", "Tạm biệt"]
)
def test_a_greeting_is_answered_with_a_welcome(assistant: Application, greeting: str) -> None:
    answer = assistant.chain.ask(greeting)
    assert answer.method is AnswerMethod.ABSTAINED
    assert "Mời anh/chị" in answer.text and not answer.nearest


def test_a_question_after_a_greeting_is_answered(assistant: Application) -> None:
    assert assistant.chain.ask("Chào bạn, nhiệm kỳ của thành viên nòng cốt AI là mấy năm?").citations
