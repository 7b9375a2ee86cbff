"""What a comparison sets side by side."""

import pytest

from answering.comparison import before_and_after, sides_of


@pytest.mark.parametrize(
    ("question", "one", "other"),
    [
        ("Mức hỗ trợ của tổ cấp tỉnh và tổ cấp xã khác nhau thế nào?", "tỉnh", "xã"),
        ("So sánh thời hạn khiếu nại lần đầu và khiếu nại lần hai", "đầu", "hai"),
        ("Giảng viên so với học viên được hỗ trợ khác nhau bao nhiêu?", "giảng", "học"),
    ],
)
def test_two_sides_are_told_by_the_words_that_differ(question: str, one: str, other: str) -> None:
    sides = sides_of(question)
    assert sides is not None
    assert one in sides[0].own and other in sides[1].own
    assert (sides[0].own, sides[0].other) == (sides[1].other, sides[1].own)


def test_a_question_of_one_thing_has_no_sides() -> None:
    assert sides_of("Mức hỗ trợ hằng tháng là bao nhiêu?") is None


def test_before_and_after_an_amendment_is_told_with_and_without_diacritics() -> None:
    assert before_and_after("Thời hạn trước và sau khi sửa Quy chế khác nhau thế nào?")
    assert before_and_after("thoi han truoc va sau khi sua quy che")
    assert not before_and_after("Phải nộp trước ngày nào?")
