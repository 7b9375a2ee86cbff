"""Follow-ups made to stand alone by rules."""

from datetime import UTC, datetime

import pytest

from answering.conversation import Turn, standalone
from core.types import Answer, AnswerMethod, Citation, Document, Metadata, Span, Statement, Validity, ValidityState

PLAN = Document(
    "d",
    "k.docx",
    "0",
    "docx",
    Metadata(kind="Kế hoạch", number="12/KH-UBND"),
    1,
    1,
    1.0,
    (),
    datetime(2026, 1, 1, tzinfo=UTC),
)


def asked(question: str) -> Turn:
    citation = Citation(1, PLAN, "khoản 2 Điều 5", 1, "q", Span(0, 1), True, Validity(ValidityState.IN_FORCE))
    return Turn(question, Answer(question, (Statement("…"),), AnswerMethod.EXTRACTIVE, (citation,)))


@pytest.mark.parametrize(
    ("first", "follow_up", "expected"),
    [
        (
            "Cán bộ cấp tỉnh được đào tạo bao nhiêu buổi?",
            "Còn cấp xã thì sao?",
            "Cán bộ cấp xã được đào tạo bao nhiêu buổi?",
        ),
        ("Mục tiêu năm 2026 là gì?", "thế còn năm 2027 thì sao", "Mục tiêu năm 2027 là gì?"),
        ("Ai chủ trì đào tạo?", "Kế hoạch đó có hiệu lực từ khi nào?", "Kế hoạch 12/KH-UBND có hiệu lực từ khi nào?"),
        (
            "Ai chủ trì đào tạo?",
            "khoản này có ngoại lệ không?",
            "khoản 2 Điều 5 Kế hoạch 12/KH-UBND có ngoại lệ không?",
        ),
        ("Ai chủ trì đào tạo?", "Ai ký?", "Ai ký (Kế hoạch 12/KH-UBND)?"),
    ],
)
def test_a_follow_up_takes_what_it_leaves_out_from_the_turn_before(first: str, follow_up: str, expected: str) -> None:
    assert standalone(follow_up, [asked(first)]) == expected


@pytest.mark.parametrize(
    "question",
    [
        "Nghị định 13/2023/NĐ-CP quy định gì về dữ liệu cá nhân?",
        "Mức hỗ trợ học viên tham gia khóa đào tạo giảng viên nguồn là bao nhiêu?",
    ],
)
def test_a_question_of_its_own_is_left_alone(question: str) -> None:
    assert standalone(question, [asked("Ai chủ trì đào tạo?")]) == question


def test_the_first_question_is_left_alone() -> None:
    assert standalone("Còn cấp xã thì sao?", []) == "Còn cấp xã thì sao?"
