"""What a chat model may say of a passage, and what may not be shown."""

from collections.abc import Sequence
from datetime import UTC, date, datetime

import pytest

from answering.verification import Verifier
from core.types import Document, Metadata, Passage, Span, Validity, ValidityState
from prompts import ABBREVIATIONS
from retrieval.abbreviations import Abbreviations

TEXT = (
    "2. Đến năm 2027, đào tạo 1.183 cán bộ nòng cốt AI, trong đó ít nhất 05% là lãnh đạo cấp xã; kinh phí 12,5 tỷ đồng "
    "theo Nghị quyết số 57-NQ/TW ngày 22 tháng 12 năm 2024. Sở Khoa học và Công nghệ chủ trì."
)


def passage(text: str = TEXT) -> Passage:
    metadata = Metadata(
        kind="Kế hoạch", number="12/KH-UBND", title="Đào tạo lực lượng nòng cốt", issued_on=date(2025, 3, 4)
    )
    document = Document("d", "k.docx", "0", "docx", metadata, 1, 1, 1.0, (), datetime(2026, 1, 1, tzinfo=UTC))
    return Passage(
        "d-00000", document, (), "Mục II.2", "Mục II. Mục tiêu", text, Span(0, len(text)), 1, 1, 1.0,
        Validity(ValidityState.IN_FORCE),
    )  # fmt: skip


VERIFIER = Verifier(Abbreviations.read(ABBREVIATIONS))


def judge(sentence: str, *, texts: Sequence[str] = (TEXT,), lead: str = "") -> list[str]:
    return list(VERIFIER.judge(sentence, [passage(text) for text in texts], lead=lead).problems)


@pytest.mark.parametrize(
    "sentence",
    [
        "Đến năm 2027 đào tạo 1.183 cán bộ nòng cốt AI.",
        "Đến năm 2027, đào tạo 1183 cán bộ nòng cốt AI.",
        "Ít nhất 5% là lãnh đạo cấp xã.",
        "Kinh phí là 12,5 tỷ đồng.",
        "Văn bản nêu “Sở Khoa học và Công nghệ chủ trì”.",
        "Kế hoạch 12/KH-UBND ngày 04/3/2025 đào tạo cán bộ nòng cốt AI.",
        "Theo Nghị quyết số 57-NQ/TW ngày 22/12/2024.",
    ],
)
def test_a_sentence_its_passage_bears_out_is_let_through(sentence: str) -> None:
    assert judge(sentence) == []


@pytest.mark.parametrize(
    ("sentence", "fault"),
    [
        ("Đến năm 2027 đào tạo 1.138 cán bộ nòng cốt AI.", "1.138"),
        ("Ít nhất 50% là lãnh đạo cấp xã.", "50"),
        ("Kinh phí là 125 tỷ đồng.", "125"),
        ("Đào tạo trong 12,5 tháng.", "12,5 tháng"),
        ("Đến năm 2027 có 1.183 lớp.", "1.183 lớp"),
        ("Văn bản nêu “Sở Khoa học và Công nghệ phối hợp chủ trì”.", "phối hợp"),
        ("Theo Nghị quyết số 75-NQ/TW.", "75-NQ/TW"),
        ("Theo Nghị quyết số 57-NQ/TW ngày 23/12/2024.", "23/12/2024"),
        ("Hội nghị thượng đỉnh bóng đá thế giới khai mạc tưng bừng.", "số từ"),
    ],
)
def test_a_sentence_with_something_its_passage_lacks_is_named(sentence: str, fault: str) -> None:
    problems = judge(sentence)
    assert any(fault in problem for problem in problems), problems


def test_a_sentence_without_a_passage_is_never_verified() -> None:
    assert judge("Đến năm 2027 đào tạo 1.183 cán bộ.", texts=())
