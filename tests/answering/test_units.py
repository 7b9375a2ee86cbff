"""What a figure must stand before to answer a question that counts something, and what is marked of it."""

import pytest

from answering.fitting import counted_in, decisive_matches
from answering.questions import QuestionKind


@pytest.mark.parametrize(
    ("question", "answers", "passes_by"),
    [
        ("Tỉnh có bao nhiêu xã, phường?", "Toàn tỉnh có 148 xã, phường.", "Trong 03 năm, các xã đã hoàn thành."),
        ("Có bao nhiêu người tham gia?", "Đã đào tạo 397 thành viên nòng cốt.", "Đạt 99,4% chỉ tiêu."),
        ("Hết bao nhiêu tiền?", "Kinh phí 12,5 tỷ đồng.", "Gồm 12 nhiệm vụ."),
        ("Bao nhiêu phần trăm dân số?", "80% dân số trong độ tuổi.", "80 bộ giải pháp."),
        ("Nộp trong mấy ngày?", "Trong thời hạn 05 (năm) ngày làm việc.", "Nộp 05 bộ hồ sơ."),
    ],
)
def test_a_figure_answers_before_what_is_counted(question: str, answers: str, passes_by: str) -> None:
    counted = counted_in(question)
    assert counted is not None
    assert counted.stands_after_figure(answers)
    assert not counted.stands_after_figure(passes_by)


@pytest.mark.parametrize(
    "question",
    [
        "Trả vào ngày mấy theo nghị quyết?",
        "Xếp thứ mấy về phục vụ?",
        "Được bao nhiêu một tháng?",
        "Chiếm bao nhiêu GRDP?",
    ],
)
def test_a_question_that_names_nothing_counted_asks_for_any_figure(question: str) -> None:
    assert counted_in(question) is None


@pytest.mark.parametrize(
    ("text", "marked"),
    [
        ("c) Tổ nòng cốt AI cấp xã có từ 03 đến 05 thành viên, Tổ trưởng là công chức.", ["03 đến 05 thành viên"]),
        (
            "3. Mỗi khóa không quá 35 học viên/lớp, chi 1.500.000 đồng/tháng.",
            ["35 học viên/lớp", "1.500.000 đồng/tháng"],
        ),
    ],
)
def test_a_figure_is_marked_with_its_whole_unit(text: str, marked: list[str]) -> None:
    assert [text[first:last] for first, last in decisive_matches(text, QuestionKind.QUANTITY)] == marked
