"""Slips of recognition put right, and recognised words in the order they are read in."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.readers.ocr_lines import Word, lines_of, without_stamps
from ingest.readers.ocr_spelling import repaired


@pytest.mark.parametrize(
    ("read", "printed"),
    [
        ("QUYÉT ĐỊNH:", "QUYẾT ĐỊNH:"),
        ("Sửa đỗi, bỗ sung một sô điều của Luật", "Sửa đổi, bổ sung một số điều của Luật"),
        ("Điêu 5. Tô chức thực hiện", "Điều 5. Tổ chức thực hiện"),
        ("Sô: 12/2025/QĐ-UBND", "Số: 12/2025/QĐ-UBND"),
        ("Cần cứ Luật Đầu tư số 61/2020/QHI4;", "Căn cứ Luật Đầu tư số 61/2020/QH14;"),
        ("~ Lưu: VT.", "- Lưu: VT."),
        ("Hà Nội, ngày 1Š tháng l1 năm 2010", "Hà Nội, ngày 15 tháng 11 năm 2010"),
        ("Mức tiền tại văn bản 12/2025⁄NQ-HĐND", "Mức tiền tại văn bản 12/2025/NQ-HĐND"),
        ("l. Phạm vỉ", "1. Phạm vi"),
        ("thông qua ngày 13 thẳng 11 năm 2020.", "thông qua ngày 13 tháng 11 năm 2020."),
        ("ø) Khoản 1 Điều 48", "g) Khoản 1 Điều 48"),
    ],
)
def test_what_can_only_be_a_slip_is_put_right(read: str, printed: str) -> None:
    assert repaired(read) == printed


@pytest.mark.parametrize(
    "line",
    [
        "Văn bản có số hiệu thì có quan hệ với từ đó; cần cù, chỉ trả một lần, truyền thống.",
        "Điều 5 Luật này; khoản 1 Điều 28 của 15 đơn vị, ngày 31 tháng 12 năm 2025.",
        "1.250 triệu đồng, 70%, mục II, Phụ lục I, Lê Lợi, QH15",
        "The provisions of Vietnamese law, Nguyễn Thị Hoà, Đắk Lắk, Krông Pắc",
    ],
)
def test_correct_text_is_left_alone(line: str) -> None:
    assert repaired(line) == line


@given(st.text(st.sampled_from("quyếtđnsôổbĐSUNG0123456789./:- QHI[]l"), max_size=40))
def test_repairing_twice_is_repairing_once_and_figures_stay(line: str) -> None:
    once = repaired(line)
    assert repaired(once) == once
    unlike_figures = re.compile(r"[^\d]")
    if not re.search(r"[Il|]|ngày", line):
        assert unlike_figures.sub("", once) == unlike_figures.sub("", line)


def words(*lines: tuple[float, float, str], confidence: float = 95) -> list[Word]:
    """Words of lines given by left edge, top edge and text, ten points high."""
    made = []
    for number, (left, top, text) in enumerate(lines):
        x = left
        for part in text.split():
            made.append(Word(part, (1, 1, number), x, top, x + 6 * len(part), top + 10, confidence))
            x += 6 * (len(part) + 1)
    return made


def test_a_letterhead_is_read_column_by_column_and_the_text_below_line_by_line() -> None:
    page = words(
        (60, 50, "BỘ CÔNG AN"),
        (300, 50, "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"),
        (320, 65, "Độc lập - Tự do - Hạnh phúc"),
        (60, 85, "Số: 51/2025/TT-BCA"),
        (320, 85, "Hà Nội, ngày 30 tháng 6 năm 2025"),
        (200, 120, "THÔNG TƯ quy định về đăng ký xe"),
    )
    assert [line.text for line in lines_of(page)] == [
        "BỘ CÔNG AN",
        "Số: 51/2025/TT-BCA",
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        "Độc lập - Tự do - Hạnh phúc",
        "Hà Nội, ngày 30 tháng 6 năm 2025",
        "THÔNG TƯ quy định về đăng ký xe",
    ]


def test_letterhead_columns_without_a_gap_between_them_are_told_apart() -> None:
    line = words((60, 50, "BỘ LAO ĐỘNG CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"))
    assert [line.text for line in lines_of(line)] == ["BỘ LAO ĐỘNG", "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"]
    within = words((60, 50, "nước Cộng hòa xã hội chủ nghĩa Việt Nam"))
    assert [line.text for line in lines_of(within)] == ["nước Cộng hòa xã hội chủ nghĩa Việt Nam"]


def test_a_number_written_by_hand_is_left_blank_and_a_printed_one_kept() -> None:
    assert [line.text for line in lines_of(words((60, 50, "Số:£5+/CTPH-LĐLĐ")))] == ["Số: /CTPH-LĐLĐ"]
    unsure = words((60, 50, "Số: 417/QĐ-UBND"), confidence=30)
    assert [line.text for line in lines_of(unsure)] == ["Số: /QĐ-UBND"]
    assert [line.text for line in lines_of(words((60, 50, "Số: 06 /2024/TT-BCT")))] == ["Số: 06 /2024/TT-BCT"]


def test_the_registry_stamp_goes_and_a_heading_with_the_same_word_stays() -> None:
    stamp = words((60, 100, "ĐẾN Giờ........ Ngày:......."), confidence=60)
    page = [*stamp, *words((200, 101, "Kính gửi: Bộ trưởng Bộ Công an"))]
    assert [line.text for line in lines_of(without_stamps(page))] == ["Kính gửi: Bộ trưởng Bộ Công an"]
    heading = words((60, 50, "CÓ LIÊN QUAN ĐẾN QUY HOẠCH"))
    assert [line.text for line in lines_of(without_stamps(heading))] == ["CÓ LIÊN QUAN ĐẾN QUY HOẠCH"]


def test_an_unsure_word_within_a_line_is_kept_as_it_was_read() -> None:
    line = words((60, 50, "sửa đổi khoản"))
    line += [Word("§", (1, 1, 0), 150, 50, 156, 60, 20), Word("Điều", (1, 1, 0), 160, 50, 184, 60, 95)]
    assert [line.text for line in lines_of(without_stamps(line))] == ["sửa đổi khoản § Điều"]
