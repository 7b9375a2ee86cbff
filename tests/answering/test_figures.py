"""What may be reckoned from quotes, and what is left alone."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from answering.figures import Figure, deadline, only_figure, reckoned


@pytest.mark.parametrize(
    ("text", "counted", "value"),
    [
        ("Mức hỗ trợ 1.500.000 đồng/người/tháng.", None, Decimal(1500000)),
        ("Tổng kinh phí 86,5 tỷ đồng theo Điều 12.", None, Decimal("86.5")),
        ("Chương trình nâng cao (48 tiết)", "tiết", Decimal(48)),
        ("Từ 5 triệu đồng đến 10 triệu đồng.", None, None),
        ("Thực hiện theo khoản 3 Điều 5.", None, None),
    ],
)
def test_a_figure_counts_only_where_it_is_the_only_one(text: str, counted: str | None, value: Decimal | None) -> None:
    figure = only_figure(text, counted)
    assert (figure.value if figure else None) == value


def test_sums_and_differences_show_their_working() -> None:
    figures = [Figure(Decimal(1200), "1.200", "triệu đồng"), Figure(Decimal(300), "300", "triệu đồng")]
    assert "1.200 + 300 = 1.500 triệu đồng" in reckoned("Tổng kinh phí của A và B là bao nhiêu?", figures)
    assert "1.200 − 300 = 900 triệu đồng" in reckoned("A và B chênh lệch bao nhiêu?", figures)


def test_nothing_is_reckoned_that_was_not_asked_or_does_not_go_together() -> None:
    money, hours = Figure(Decimal(5), "5", "triệu đồng"), Figure(Decimal(8), "8", "tiết")
    assert not reckoned("Tổng kinh phí của A và B?", [money, hours])
    assert not reckoned("Tổng kinh phí của A và B?", [money])
    assert not reckoned("Mức hỗ trợ là bao nhiêu?", [money, money])


@given(st.dates(date(2000, 1, 1), date(2090, 1, 1)), st.integers(1, 365))
def test_a_term_of_days_ends_that_many_days_after_the_first(start: date, days: int) -> None:
    question = f"Nhận hồ sơ ngày {start:%d/%m/%Y} thì hạn chót là ngày nào?"
    said = deadline(question, f"Giải quyết trong thời hạn {days:02d} ngày kể từ ngày nhận đủ hồ sơ.")
    assert f"ngày {start + timedelta(days=days):%d/%m/%Y}" in said


def test_a_term_of_months_ends_on_the_last_day_of_a_shorter_month() -> None:
    said = deadline("Kể từ ngày 31/01/2026 thì đến khi nào?", "Có giá trị trong thời hạn 1 tháng.")
    assert "28/02/2026" in said


@pytest.mark.parametrize(
    "quote",
    [
        "Trong thời hạn 05 ngày làm việc kể từ ngày nhận hồ sơ.",
        "Thời hạn 30 ngày; vụ việc phức tạp không quá 45 ngày.",
        "Thực hiện theo quy định hiện hành.",
    ],
)
def test_working_days_several_terms_and_no_term_are_left_alone(quote: str) -> None:
    assert not deadline("Nhận hồ sơ ngày 15/3/2026 thì hạn chót là ngày nào?", quote)
