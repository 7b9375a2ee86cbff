"""What a chat model may say of a passage, and what may not be shown."""

from collections.abc import Sequence
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from answering.verification import Verifier
from core.text import sentences
from core.types import Document, Metadata, Passage, Span, Validity, ValidityState
from prompts import ABBREVIATIONS
from retrieval.abbreviations import Abbreviations
from web.application import Application

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


RULES = """Điều 2. Mức hỗ trợ hằng tháng
1. Tổ trưởng tổ nòng cốt được hỗ trợ 900.000 đồng mỗi tháng.
2. Thành viên tổ nòng cốt được hỗ trợ 650.000 đồng mỗi tháng.
3. Thời hạn giải quyết tối đa 30 ngày; hồ sơ phải nộp trước ngày 15 tháng 6.
4. Cán bộ không được sử dụng AI công cộng để xử lý bí mật nhà nước.
5. Sở Khoa học và Công nghệ chủ trì tham mưu; Sở Nội vụ phối hợp tuyển chọn.
6. UBND cấp xã có thể cử thêm người. Năm 2026 mở 10 lớp; năm 2027 mở 20 lớp.
7. Nghiêm cấm các hành vi sau:
a) Cung cấp mật khẩu cho người khác;
b) Nhập dữ liệu cá nhân vào công cụ công cộng.
Nhóm | Số buổi học
Lãnh đạo | 12
Chuyên viên | 24"""


@pytest.mark.parametrize(
    "sentence",
    [
        "Tổ trưởng được hỗ trợ 900.000 đồng mỗi tháng, thành viên được 650.000 đồng mỗi tháng.",
        "Mức hỗ trợ của thành viên là 650.000 đồng/tháng.",
        "Thời hạn tối đa là 30 ngày và hồ sơ phải nộp trước ngày 15/6.",
        "Thời hạn giải quyết là ba mươi ngày.",
        "Cán bộ không được dùng AI công cộng để xử lý bí mật nhà nước.",
        "Sở KH&CN chủ trì tham mưu.",
        "Sở Khoa học và Công nghệ chủ trì tham mưu, Sở Nội vụ phối hợp.",
        "Ủy ban nhân dân cấp xã có thể cử thêm người.",
        "Năm 2026 mở mười lớp, năm 2027 mở 20 lớp.",
        "Cấm cung cấp mật khẩu cho người khác.",
        "Nhóm chuyên viên học 24 buổi.",
    ],
)
def test_a_true_paraphrase_is_let_through(sentence: str) -> None:
    assert judge(sentence, texts=[RULES]) == []


@pytest.mark.parametrize(
    "sentence",
    [
        "Tổ trưởng được hỗ trợ 650.000 đồng mỗi tháng.",
        "Tổ trưởng được hỗ trợ 650.000 đồng mỗi tháng, thành viên 900.000 đồng mỗi tháng.",
        "Thời hạn giải quyết tối thiểu 30 ngày.",
        "Thời hạn giải quyết ít nhất 30 ngày.",
        "Thời hạn giải quyết là bốn mươi ngày.",
        "Hồ sơ phải nộp sau ngày 15 tháng 6.",
        "Hồ sơ có thể nộp trước ngày 15 tháng 6.",
        "Hồ sơ không phải nộp trước ngày 15 tháng 6.",
        "Cán bộ được sử dụng AI công cộng để xử lý bí mật nhà nước.",
        "Cán bộ được phép sử dụng AI công cộng để xử lý bí mật nhà nước.",
        "Sở Nội vụ chủ trì tham mưu.",
        "Sở Tài chính chủ trì tham mưu.",
        "Sở Nội chính phối hợp tuyển chọn.",
        "Sở Khoa học và Đào tạo chủ trì tham mưu.",
        "UBND cấp tỉnh có thể cử thêm người.",
        "Ủy ban nhân dân cấp xã phải cử thêm người.",
        "Ủy ban nhân dân cấp xã không cử thêm người.",
        "Năm 2026 mở 20 lớp.",
        "Không mở 10 lớp năm 2026.",
        "Cung cấp mật khẩu cho người khác.",
        "Được nhập dữ liệu cá nhân vào công cụ công cộng.",
        "Nhóm chuyên viên học 36 buổi.",
        "Ông Nguyễn Văn An chủ trì tham mưu.",
    ],
)
def test_what_stands_there_of_something_else_or_the_other_way_round_is_removed(sentence: str) -> None:
    assert judge(sentence, texts=[RULES])


def test_what_is_forbidden_may_be_told_below_the_words_that_forbid_it() -> None:
    item = "Cung cấp mật khẩu cho người khác."
    assert judge(item, texts=[RULES], lead="Nghiêm cấm các hành vi sau:") == []
    assert judge(item, texts=[RULES], lead="Được làm các việc sau:")


BODIES = ("Sở Nội vụ", "Sở Tài chính", "Sở Y tế", "Sở Xây dựng", "Ủy ban nhân dân tỉnh Phú Thọ", "Bộ Công an",
          "Sở Khoa học và Công nghệ", "Văn phòng Chính phủ", "Ban Tổ chức Tỉnh ủy", "Trường Chính trị")  # fmt: skip
PEOPLE = ("Nguyễn Văn An", "Trần Thị Bích", "Lê Hoàng", "Phạm Quốc Khánh")
ACTS = ("tổng hợp báo cáo", "bố trí kinh phí đào tạo", "thẩm định hồ sơ đề nghị", "mở lớp bồi dưỡng cán bộ")
UNITS = ("ngày làm việc", "triệu đồng", "học viên", "buổi học", "%")


@st.composite
def provisions(draw: st.DrawFn) -> tuple[str, str, int, str, str]:
    """A sentence with its body, figure, unit and person."""
    body, unit, person = draw(st.sampled_from(BODIES)), draw(st.sampled_from(UNITS)), draw(st.sampled_from(PEOPLE))
    figure = draw(st.integers(11, 9_999))
    act = draw(st.sampled_from(ACTS))
    space = "" if unit == "%" else " "
    sentence = f"{body} {act} cho {figure}{space}{unit} và giao ông {person} theo dõi."
    return sentence, body, figure, unit, person


@given(provisions(), st.integers(11, 9_999))
def test_a_changed_figure_fails_and_the_sentence_itself_passes(
    provision: tuple[str, str, int, str, str], other: int
) -> None:
    sentence, _, figure, _, _ = provision
    text = f"1. Phạm vi điều chỉnh của Quy chế.\n2. {sentence}\n3. Điều khoản thi hành."
    assert judge(sentence, texts=[text]) == []
    if other != figure:
        assert judge(sentence.replace(str(figure), str(other)), texts=[text])


@given(provisions(), st.sampled_from(BODIES), st.sampled_from(PEOPLE))
def test_a_changed_name_fails(provision: tuple[str, str, int, str, str], body: str, person: str) -> None:
    sentence, own_body, _, _, own_person = provision
    text = f"1. Phạm vi điều chỉnh của Quy chế.\n2. {sentence}"
    if body != own_body:
        assert judge(sentence.replace(own_body, body), texts=[text])
    if person != own_person:
        assert judge(sentence.replace(own_person, person), texts=[text])


@given(st.text(max_size=200))
def test_any_words_are_judged(sentence: str) -> None:
    verdict = VERIFIER.judge(sentence, [passage(RULES)])
    assert 0 <= verdict.support <= 1


def test_every_sentence_of_the_sample_corpus_passes_below_its_own_words(assistant: Application) -> None:
    judged = 0
    for document in assistant.knowledge_base.documents():
        whole = assistant.knowledge_base.text(document.id)
        for text in (whole[start : start + 2000] for start in range(0, min(len(whole), 6000), 2000)):
            opening = ""
            for start, end in sentences(text):
                sentence = text[start:end]
                verdict = VERIFIER.judge(sentence, [passage(text)], lead=opening)
                assert verdict.support == 1 and verdict.is_verified, (sentence, verdict)
                opening = sentence if sentence.endswith(":") else opening
                judged += 1
    assert judged > 300
