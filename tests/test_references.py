"""The grammar of document numbers, dates and provisions, as printed and as people type them."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.references import (
    DOCUMENT_KINDS,
    canonical_number,
    find_dates,
    find_document_numbers,
    find_document_references,
    find_provisions,
    kind_of_code,
    number_key,
)
from core.text import fold_diacritics

serials = st.integers(1, 99_999)
years = st.integers(1945, 2045)
codes = st.sampled_from(sorted(DOCUMENT_KINDS))
bodies = st.sampled_from(["CP", "TTg", "UBND", "HĐND", "BKHCN", "BTC", "CTUBND", "VPCP"])
surroundings = st.sampled_from(["", "Số: ", "theo ", "(", "Căn cứ Kế hoạch số "])


@given(serials, st.none() | years, codes, bodies, surroundings)
def test_a_state_number_is_found_whole_wherever_it_stands(
    serial: int, year: int | None, code: str, body: str, before: str
) -> None:
    number = "/".join(part for part in (f"{serial:02d}", str(year) if year else "", f"{code}-{body}") if part)
    text = f"{before}{number}, ngày"
    found = find_document_numbers(text)
    assert [(item.text, item.serial, item.year, item.kind) for item in found] == [
        (number, str(serial), year, DOCUMENT_KINDS[code])
    ]
    assert text[found[0].span.start : found[0].span.end] == number


@given(serials, codes, st.sampled_from(["TW", "TU", "VPTW", "HU"]))
def test_a_party_number_is_found_whole(serial: int, code: str, body: str) -> None:
    number = f"{serial}-{code}/{body}"
    assert [(item.text, item.kind) for item in find_document_numbers(f"Chỉ thị {number}.")] == [
        (number, DOCUMENT_KINDS[code])
    ]


@given(serials, st.none() | years, codes, bodies)
def test_spellings_of_one_number_share_a_key(serial: int, year: int | None, code: str, body: str) -> None:
    number = "/".join(part for part in (str(serial), str(year) if year else "", f"{code}-{body}") if part)
    spellings = [f"0{number}", number.lower(), fold_diacritics(number), number.replace("/", " / "), f" {number} "]
    assert {number_key(spelling) for spelling in spellings} == {number_key(number)}
    assert canonical_number(canonical_number(number)) == canonical_number(number) == number


@pytest.mark.parametrize(
    ("printed", "canonical"),
    [
        ("63 /2025/QĐ-CTUBND", "63/2025/QĐ-CTUBND"),
        ("66.15/2026/NQ-CP", "66.15/2026/NQ-CP"),
        ("07/2025/NĐ-СР", "07/2025/NĐ-CP"),  # Cyrillic С and Р, as on a public law portal
        ("1234/QÐ-UBND", "1234/QĐ-UBND"),  # Icelandic Ð
        ("01/2020/TTLT-BTP-BNV", "01/2020/TTLT-BTP-BNV"),
        ("10/BC-HĐND&UBND", "10/BC-HĐND&UBND"),
        ("43/2024/QH15", "43/2024/QH15"),
        ("12/UBND–KGVX", "12/UBND-KGVX"),
    ],
)
def test_numbers_as_offices_print_them(printed: str, canonical: str) -> None:
    assert [number.text for number in find_document_numbers(f"Số: {printed} ngày")] == [canonical]


@pytest.mark.parametrize("text", ["24/7/2024", "tỷ lệ 5/10", "9/1/2025", "và/hoặc", "2021-2025", "km 5/7"])
def test_other_slashes_are_no_numbers(text: str) -> None:
    assert find_document_numbers(text) == []


def test_kinds_are_known_with_or_without_diacritics() -> None:
    assert all(kind_of_code(code) == kind for code, kind in DOCUMENT_KINDS.items())
    assert kind_of_code("nd") == "Nghị định"
    assert kind_of_code("XYZ") == ""


@given(st.dates(date(1900, 1, 1), date(2099, 12, 31)))
def test_dates_are_read_back_in_every_style(day: date) -> None:
    styles = [
        f"ngày {day.day} tháng {day.month} năm {day.year}",
        f"ngày {day.day:02d} tháng {day.month:02d} năm {day.year}",
        f"{day.day:02d}/{day.month:02d}/{day.year}",
        f"{day.day}-{day.month}-{day.year}",
        f"{day.day}.{day.month}.{day.year}",
    ]
    for style in styles:
        text = f"Có hiệu lực từ {style}."
        [(found, span)] = find_dates(text)
        assert found == day
        assert text[span.start : span.end] == style


@pytest.mark.parametrize("text", ["31/02/2024", "ngày 200 tháng 999 năm 2020", "12/2024", "2024/05/01"])
def test_impossible_or_partial_dates_are_left_out(text: str) -> None:
    assert find_dates(text) == []


def test_dates_come_in_order_of_appearance() -> None:
    found = find_dates("từ 01/01/2025 đến ngày 31 tháng 12 năm 2026 hoặc 05/5/2027")
    assert [day for day, _ in found] == [date(2025, 1, 1), date(2026, 12, 31), date(2027, 5, 5)]


@pytest.mark.parametrize(
    ("question", "steps"),
    [
        ("điểm a khoản 2 Điều 5 quy định gì?", ["article 5", "clause 2", "point a"]),
        ("Điều 5, khoản 2, điểm đ", ["article 5", "clause 2", "point đ"]),
        ("diem d khoan 1 dieu 3", ["article 3", "clause 1", "point d"]),
        ("khoản 3 của Điều 12", ["article 12", "clause 3"]),
        ("Điều 5a", ["article 5a"]),
        ("Chương iv nói gì", ["chapter IV"]),
        ("phụ lục số 2", ["appendix 2"]),
        ("Mục II", ["division II"]),
        ("mục III.4 Chương trình", ["division III", "item 4"]),
        ("muc 1.d chi thi 09", ["division 1", "letter d"]),
        ("Mục II.4.đ", ["division II", "item 4", "letter đ"]),
        ("điểm a khoản 2 Mục III", ["division III", "item 2", "letter a"]),
        ("điểm 3 mục IV của kế hoạch", ["division IV", "item 3"]),
        ("mục 2 phần III", ["part III", "division 2"]),
        ("Mục 1 Chương II", ["chapter II", "division 1"]),
        ("Mục III.2.a Phần I Phụ lục VI", ["appendix VI", "part I", "division III", "item 2", "letter a"]),
    ],
)
def test_a_provision_is_read_outermost_level_first(question: str, steps: list[str]) -> None:
    [found] = find_provisions(question)
    assert [f"{step.kind.value} {step.number}" for step in found.steps] == steps


def test_each_article_named_is_a_reference_of_its_own() -> None:
    found = find_provisions("so sánh Điều 5 và khoản 1 Điều 7")
    assert [[step.number for step in reference.steps] for reference in found] == [["5"], ["7", "1"]]


@pytest.mark.parametrize(
    "question", ["điều kiện tham gia", "muc tieu chung", "phần mềm", "chuong trinh 5 ngay", "mức 2"]
)
def test_ordinary_words_are_no_provisions(question: str) -> None:
    assert find_provisions(question) == []


@pytest.mark.parametrize(
    ("question", "kind", "serial", "year"),
    [
        ("Kế hoạch 4407 nói gì?", "Kế hoạch", "4407", None),
        ("NĐ 13/2023 có hiệu lực khi nào", "Nghị định", "13", 2023),
        ("ke hoach so 4407 nam 2025", "Kế hoạch", "4407", 2025),
        ("kế hoạch số 12 ngày 05/3/2025", "Kế hoạch", "12", 2025),
        ("nghị quyết 57", "Nghị quyết", "57", None),
        ("quyết định số 05 của tỉnh", "Quyết định", "5", None),
        ("Kế hoạch 5 năm 2025", "Kế hoạch", "5", 2025),
        ("Nghị quyết 57 mục tiêu là gì", "Nghị quyết", "57", None),
        ("NĐ13", "Nghị định", "13", None),
        ("nghị định 13-2023", "Nghị định", "13", 2023),
        ("nghị định 13.2023", "Nghị định", "13", 2023),
        ("nghị định 13, ban hành năm 2023", "Nghị định", "13", 2023),
        ("nghi dinh 13 ngay 17 thang 4 nam 2023", "Nghị định", "13", 2023),
        ("Nghị định của Chính phủ số 13/2023", "Nghị định", "13", 2023),
        ("NĐ-CP 13/2023", "Nghị định", "13", 2023),
        ("QĐ-TTg 749", "Quyết định", "749", None),
        ("Nghị quyết 66.15/2026", "Nghị quyết", "66.15", 2026),
        ("4407 KH-UBND nói gì", "Kế hoạch", "4407", None),
        ("so 31 2025 qd ubnd", "Quyết định", "31", 2025),
    ],
)
def test_a_document_named_loosely_is_understood(question: str, kind: str, serial: str, year: int | None) -> None:
    [found] = find_document_references(question)
    assert (found.kind, found.serial, found.year, found.key) == (kind, serial, year, "")


@pytest.mark.parametrize("question", ["Điều 9 Nghị định 13/2023/NĐ-CP", "dieu 9 nghi dinh 13/2023/nd-cp"])
def test_a_full_number_wins_over_the_loose_name(question: str) -> None:
    [found] = find_document_references(question)
    assert (found.kind, found.serial, found.year, found.key) == ("Nghị định", "13", 2023, "13/2023/nd-cp")


@pytest.mark.parametrize(
    "question",
    [
        "kế hoạch 5 năm có mấy mục tiêu",
        "hướng dẫn 3 bước đăng ký",
        "thông tư hỗ trợ 5 triệu đồng",
        "kế hoạch năm 2026",
        "kế hoạch 2026 có gì mới",
        "kế hoạch đạt 80%",
        "chương trình 2,5 ngày",
    ],
)
def test_a_count_is_not_taken_for_a_document(question: str) -> None:
    assert find_document_references(question) == []


@given(st.text(max_size=80))
def test_any_text_can_be_searched_for_references(text: str) -> None:
    for reference in find_document_references(text):
        assert reference.serial.replace(".", "").isdigit()
    for provision in find_provisions(text):
        assert provision.steps
