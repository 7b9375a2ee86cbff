import re
from datetime import date

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from training.bodies import find_bodies, may_be_same
from training.facts import Fact, FactKind, alternatives, find_facts
from training.wording import comparable

PERCENTAGES = st.integers(1, 100).map(lambda value: f"đạt {value}%")
MONEY = st.integers(1, 9999).map(lambda value: f"là {value * 1000:,} đồng".replace(",", "."))
DURATIONS = st.tuples(st.integers(1, 90), st.sampled_from(["ngày", "giờ", "ngày làm việc", "tháng"])).map(
    lambda parts: f"trong thời hạn {parts[0]:02d} {parts[1]}"
)
COUNTS = st.integers(2, 50_000).map(lambda value: f"có {value:,} học viên".replace(",", "."))
RANGES = st.tuples(st.integers(2, 60), st.integers(1, 30)).map(lambda pair: f"đạt {pair[0]} - {pair[0] + pair[1]}%")
DATES = st.dates(date(2020, 1, 1), date(2040, 12, 31)).map(
    lambda day: f"trước ngày {day.day:02d} tháng {day.month} năm {day.year}"
)
STATED = st.one_of(PERCENTAGES, MONEY, DURATIONS, COUNTS, RANGES, DATES)


@pytest.mark.parametrize(
    ("text", "kind", "shown"),
    [
        ("Tỉ lệ đạt tối thiểu 62,5% vào cuối kỳ", FactKind.PERCENTAGE, "62,5%"),
        ("hỗ trợ 150.000 đồng/người/ngày cho học viên", FactKind.MONEY, "150.000 đồng/người/ngày"),
        ("tổng kinh phí là 2,5 tỷ đồng từ ngân sách", FactKind.MONEY, "2,5 tỷ đồng"),
        ("trong thời hạn năm (05) ngày làm việc kể từ khi nhận", FactKind.DURATION, "05 ngày làm việc"),
        ("mỗi lớp có không quá 40 học viên", FactKind.QUANTITY, "40 học viên"),
        ("có từ 40 - 50 tổ chức được xếp hạng", FactKind.QUANTITY, "40 - 50 tổ chức"),
        ("hoàn thành trước ngày 31 tháng 12 năm 2026", FactKind.DAY, "ngày 31 tháng 12 năm 2026"),
        ("báo cáo trước ngày 05/6/2026 để tổng hợp", FactKind.DAY, "ngày 05/6/2026"),
        ("trình trong quý III năm 2026", FactKind.QUARTER, "quý III năm 2026"),
        ("vận hành từ tháng 6 năm 2026", FactKind.MONTH, "tháng 6 năm 2026"),
        ("đến hết năm 2030 hoàn thành", FactKind.YEAR, "năm 2030"),
    ],
)
def test_facts_are_found_as_people_write_them(text: str, kind: FactKind, shown: str) -> None:
    (fact,) = find_facts(text)
    assert (fact.kind, fact.text) == (kind, shown)
    assert fact.is_stated


@pytest.mark.parametrize(
    "text",
    [
        "theo khoản 2 Điều 15 của Luật này",
        "Nghị định số 13/2023/NĐ-CP ngày 17 tháng 4 năm 2023 của Chính phủ",
        "trực từ 07 giờ 30 phút",
        "vào ngày 15 tháng 7 hằng năm",
        "theo Luật Đất đai, 01 tổ chức",
    ],
)
def test_references_names_and_clock_times_are_no_facts(text: str) -> None:
    assert not [fact for fact in find_facts(text) if fact.kind is not FactKind.DURATION or fact.text != "07 giờ"]


@pytest.mark.parametrize("other", ["5 ngày", "05 ngày", "năm (05) ngày"])
def test_one_value_written_differently_is_equal(other: str) -> None:
    (fact,), (same,) = find_facts("trong thời hạn 05 ngày"), find_facts(f"trong thời hạn {other}")
    assert fact.equals(same)


@given(STATED, st.lists(STATED, max_size=8))
def test_alternatives_are_other_values_of_the_same_kind_in_the_same_form(text: str, elsewhere: list[str]) -> None:
    for fact in find_facts(text):
        others = [other for place in elsewhere for other in find_facts(place)]
        found = list(alternatives(fact, others))
        assert not any(other.equals(fact) for other in found)
        shown = [comparable(other.text) for other in (fact, *found)]
        assert len(set(shown)) == len(shown)
        for other in found:
            assert (other.kind, other.unit) == (fact.kind, fact.unit)
            assert _reads_back(other), (fact.text, other.text)


def _reads_back(fact: Fact) -> bool:
    if fact.values == (1,):
        return re.match(r"0*1(?!\d)", fact.text) is not None  # "1 học viên", "1%": options, but no facts to ask for
    return any(found.values == fact.values for found in find_facts(f"trong thời hạn {fact.text}"))


@given(st.one_of(PERCENTAGES, MONEY, DURATIONS, COUNTS))
@example("đạt 5%")
@example("đạt 99%")
@example("đạt 100%")
def test_every_single_figure_has_three_alternatives_without_help(text: str) -> None:
    (fact,) = find_facts(text)
    assert len(list(alternatives(fact, []))) >= 3


def test_values_of_the_documents_come_before_invented_ones() -> None:
    (fact,) = find_facts("trong thời hạn 10 ngày")
    elsewhere = find_facts("trong thời hạn 12 ngày")
    assert next(alternatives(fact, elsewhere)).text == "12 ngày"


@given(st.text())
def test_any_text_is_searched_without_error(text: str) -> None:
    for fact in find_facts(text):
        assert 0 <= fact.span.start < fact.span.end <= len(text)
    for body in find_bodies(text):
        assert body.name


@pytest.mark.parametrize(
    ("text", "names"),
    [
        (
            "Giao Sở Khoa học và Công nghệ chủ trì, phối hợp với Công an tỉnh",
            ["Sở Khoa học và Công nghệ", "Công an tỉnh"],
        ),
        ("Ủy ban nhân dân các xã, phường bố trí kinh phí", ["Ủy ban nhân dân các xã, phường"]),
        ("do Chủ tịch Ủy ban nhân dân tỉnh quyết định", ["Chủ tịch Ủy ban nhân dân tỉnh"]),
        ("Sở Nội vụ tỉnh để theo dõi", ["Sở Nội vụ"]),
        ("UBND tỉnh Phú Thọ ban hành", ["UBND tỉnh Phú Thọ"]),
        ("Trung tâm Chuyển đổi số tỉnh chủ trì vận hành", ["Trung tâm Chuyển đổi số tỉnh"]),
    ],
)
def test_bodies_are_found_with_their_whole_names(text: str, names: list[str]) -> None:
    assert [body.name for body in find_bodies(text)] == names


def test_office_holders_are_told_from_bodies() -> None:
    assert [body.is_person for body in find_bodies("Giám đốc Sở Nội vụ báo cáo Bộ Nội vụ")] == [True, False]


def test_an_abbreviated_or_longer_name_may_be_the_same_body() -> None:
    assert may_be_same("UBND tỉnh", "Ủy ban nhân dân tỉnh")
    assert may_be_same("Uỷ ban nhân dân tỉnh", "Ủy ban nhân dân tỉnh An Khê")
    assert not may_be_same("Sở Nội vụ", "Sở Tài chính")
