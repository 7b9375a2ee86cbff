"""How much is quoted and of what, over the sample corpus."""

from collections.abc import Sequence

import pytest

from core.types import Answer, Span, ValidityState
from web.application import Application


def quotes(answer: Answer) -> str:
    return "\n".join(citation.quote for citation in answer.citations)


def leads(answer: Answer) -> Sequence[str]:
    return [statement.text for statement in answer.statements if statement.is_lead]


def test_an_amended_provision_brings_the_one_that_amends_it(assistant: Application) -> None:
    answer = assistant.chain.ask("Hiện nay tổ nòng cốt AI cấp xã phải có bao nhiêu thành viên?")
    assert "từ 05 đến 09 thành viên" in quotes(answer)
    old = next(c for c in answer.citations if "từ 03 đến 05 thành viên" in c.quote)
    assert old.validity.state is ValidityState.AMENDED
    assert any("được sửa đổi, bổ sung từ ngày 01/06/2026" in text for text in leads(answer))
    assert any("Được sửa đổi" in warning for warning in answer.warnings)


def test_a_comparison_of_two_documents_shows_one_provision_of_each_and_the_difference(assistant: Application) -> None:
    answer = assistant.chain.ask(
        "Khóa học cho thành viên nòng cốt ở Kế hoạch 214 và Kế hoạch 68 khác nhau bao nhiêu tiết?"
    )
    assert answer.side_by_side
    assert list(dict.fromkeys(c.document.metadata.number for c in answer.citations)) == ["214/KH-UBND", "68/KH-UBND"]
    reckoned = answer.statements[-1]
    assert "48 − 40 = 8 tiết" in reckoned.text and not reckoned.is_lead
    assert len(reckoned.markers) == 2


def test_a_comparison_within_one_document_shows_both_sides(assistant: Application) -> None:
    answer = assistant.chain.ask(
        "Mức hỗ trợ hằng tháng của tổ cấp tỉnh và tổ cấp xã theo Nghị quyết 12/2025/NQ-HĐND khác nhau thế nào?"
    )
    assert "1.500.000 đồng/người/tháng" in quotes(answer) and "800.000 đồng/người/tháng" in quotes(answer)


def test_a_comparison_that_names_no_document_keeps_to_what_is_in_force(assistant: Application) -> None:
    answer = assistant.chain.ask("Khóa nòng cốt và khóa phổ cập khác nhau bao nhiêu tiết?")
    assert answer.citations
    assert ValidityState.EXPIRED not in {c.validity.state for c in answer.citations}


def test_what_stands_in_a_judged_quote_shares_its_odds(assistant: Application) -> None:
    findings = assistant.chain.examine("Công an tỉnh phải trả lời kết quả đánh giá an toàn trong thời hạn bao lâu?")
    assert findings is not None
    odds: dict[tuple[str, Span], set[float | None]] = {}
    for unit in findings.units:
        provision = assistant.retriever.opened(unit.passage.document.id).innermost(unit.span)
        if provision and provision.span.end - provision.span.start < 400:
            odds.setdefault((unit.passage.document.id, provision.span), set()).add(unit.odds)
    assert any(None not in given for given in odds.values())
    assert all(len(given) == 1 for given in odds.values())


def test_the_cell_of_the_year_asked_for_is_marked_in_its_table(assistant: Application) -> None:
    answer = assistant.chain.ask("Năm 2027 kế hoạch mở bao nhiêu lớp phổ cập AI?")
    citation = next(c for c in answer.citations if "Lớp phổ cập (lớp) | 60 | 70" in c.quote)
    text = assistant.knowledge_base.text(citation.document.id)
    assert "70" in [text[span.start : span.end] for span in citation.decisive]
    assert "TT | Chỉ tiêu | 2026 | 2027" in quotes(answer)


@pytest.mark.parametrize(
    ("question", "place", "members"),
    [
        ("Ban Điều hành chương trình có những ủy viên nào?", "Điều 1", ("Giám đốc Sở Nội vụ", "Bí thư Tỉnh đoàn")),
        (
            "Muốn làm thành viên nòng cốt AI thì phải đủ những tiêu chuẩn gì?",
            "Điều 6 Quy chế",
            ("Là công dân Việt Nam", "ít nhất 16 giờ mỗi tháng"),
        ),
    ],
)
def test_the_list_that_is_asked_for_is_quoted_whole_with_its_opening(
    assistant: Application, question: str, place: str, members: tuple[str, str]
) -> None:
    answer = assistant.chain.ask(question)
    assert len(leads(answer)) == 1
    assert answer.citations[-1].label.endswith(place)
    assert all(member in answer.citations[-1].quote for member in members)


def test_a_yes_or_no_question_is_answered_with_the_rule_and_what_it_hangs_on(assistant: Application) -> None:
    answer = assistant.chain.ask("Có được nhập dữ liệu cá nhân vào công cụ AI công cộng không?")
    assert answer.citations[0].label == "khoản 2 Điều 4 Quy chế"
    assert answer.statements[0].text.startswith("Các hành vi không được làm – theo")


def test_the_day_of_effect_is_given_for_a_document_named_by_its_title(assistant: Application) -> None:
    answer = assistant.chain.ask("Quyết định sửa đổi Quy chế lực lượng nòng cốt AI có hiệu lực từ ngày nào?")
    assert [c.document.metadata.number for c in answer.citations] == ["17/2026/QĐ-UBND"]
    assert "ngày 01 tháng 6 năm 2026" in quotes(answer)
