"""Letterheads of all kinds of issuers, recognised from scans, copied from portals, old, broken and incomplete."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.text import fold_diacritics
from core.types import Metadata
from ingest.issuers import known_issuer, with_province
from ingest.letterhead_lines import folded, kind_of_line, number_in, number_value, read_date_line
from ingest.metadata import is_request, read_metadata, request_for
from ingest.structure import find_sections

STATE = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM\nĐộc lập - Tự do - Hạnh phúc"
PARTY = "ĐẢNG CỘNG SẢN VIỆT NAM"
ARTICLES = "Điều 1. Mở lớp tập huấn\nGiao các cơ quan mở lớp.\nĐiều 2. Hiệu lực\nQuyết định này có hiệu lực từ ngày ký."


def read(text: str) -> tuple[Metadata, tuple[str, ...]]:
    return read_metadata(text, find_sections(text, (0,)))


def head(issuer: str, number: str, dated: str, rest: str, *, state: str = STATE) -> Metadata:
    return read(f"{issuer}\n-------\nSố: {number}\n{state}\n{dated}\n{rest}\n{ARTICLES}")[0]


@pytest.mark.parametrize(
    ("lines", "number", "kind", "issuer"),
    [
        ("NGÂN HÀNG NHÀ NƯỚC\nVIỆT NAM", "9/2026/TT-NHNN", "THÔNG TƯ", "Ngân hàng Nhà nước Việt Nam"),
        ("TỔNG LIÊN ĐOÀN\nLAO ĐỘNG VIỆT NAM", "8/QĐ-TLĐ", "QUYẾT ĐỊNH", "Tổng Liên đoàn Lao động Việt Nam"),
        ("VIỆN KIỂM SÁT NHÂN DÂN\nTỐI CAO", "6/QĐ-VKSTC", "QUYẾT ĐỊNH", "Viện kiểm sát nhân dân tối cao"),
        ("BỘ LAO ĐỘNG - THƯƠNG BINH\nVÀ XÃ HỘI", "5/2026/TT-BL", "THÔNG TƯ", "Bộ Lao động - Thương binh và Xã hội"),
        ("UBND TỈNH PHÚ THỌ\nVĂN PHÒNG", "12/TB-VP", "THÔNG BÁO", "Văn phòng Ủy ban nhân dân tỉnh Phú Thọ"),
        ("ỦY BAN NHÂN DÂN\nHUYỆN LÂM THAO", "3/KH-UBND", "KẾ HOẠCH", "Ủy ban nhân dân huyện Lâm Thao"),
        ("CHỦ TỊCH ỦY BAN\nNHÂN DÂN TỈNH X", "4/2026/QĐ-CTUBND", "QUYẾT ĐỊNH", "Chủ tịch Ủy ban nhân dân tỉnh X"),
        (
            "BAN CHỈ ĐẠO TRUNG ƯƠNG\nCÁC CHƯƠNG TRÌNH MỤC TIÊU\nQUỐC GIA GIAI ĐOẠN\n2021 - 2025",
            "18/QĐ-BCĐ",
            "QUYẾT ĐỊNH",
            "Ban Chỉ đạo trung ương các chương trình mục tiêu quốc gia giai đoạn 2021 - 2025",
        ),
    ],
)  # fmt: skip
def test_a_name_over_several_lines_is_one_issuer(lines: str, number: str, kind: str, issuer: str) -> None:
    metadata = head(lines, number, "Hà Nội, ngày 05 tháng 01 năm 2026", f"{kind}\nVề lớp tập huấn\nCăn cứ Luật A;")
    assert metadata.issuer.lower() == issuer.lower()
    assert metadata.number == number
    assert metadata.kind.upper() == kind


@pytest.mark.parametrize(
    ("lines", "number", "issuer"),
    [
        ("BAN CHẤP HÀNH TRUNG ƯƠNG\nVĂN PHÒNG\n*", "36-HD/VPTW", "Văn phòng Trung ương Đảng"),
        ("BAN CHẤP HÀNH TRUNG ƯƠNG\nBAN TỔ CHỨC\n*", "7-HD/BTCTW", "Ban Tổ chức Trung ương"),
        ("TỈNH ỦY PHÚ THỌ\nBAN TỔ CHỨC\n*", "45-HD/BTCTU", "Ban Tổ chức Tỉnh ủy Phú Thọ"),
        ("TỈNH ỦY PHÚ THỌ\n*", "12-HD/TU", "Tỉnh ủy Phú Thọ"),
    ],
)
def test_bodies_of_the_party_are_named_with_the_committee_they_serve(lines: str, number: str, issuer: str) -> None:
    metadata = head(lines, number, "Phú Thọ, ngày 05/3/2026", "HƯỚNG DẪN\nkiểm điểm năm 2026\nI- MỤC ĐÍCH", state=PARTY)
    assert (metadata.issuer.lower(), metadata.number) == (issuer.lower(), number)
    assert metadata.kind == "Hướng dẫn"


@pytest.mark.parametrize(
    ("lines", "number", "issuer"),
    [
        ("BỘ TÀI CHÍNH -\nBỘ NỘI VỤ", "7/2014/TTLT-BTC-BNV", "Bộ Tài chính, Bộ Nội vụ"),
        ("BỘ QUỐC PHÒNG-BỘ TÀI CHÍNH", "4/2010/TTLT-BQP-BTC", "Bộ Quốc phòng, Bộ Tài chính"),
        ("BỘ CÔNG AN\nBỘ TƯ PHÁP", "3/2015/TTLT-BCA-BTP", "Bộ Công an, Bộ Tư pháp"),
        (
            "TÒA ÁN NHÂN DÂN TỐI CAO\nVIỆN KIỂM SÁT NHÂN DÂN TỐI CAO",
            "01-TANDTC-VKSNDTC/TTLT",
            "Tòa án nhân dân tối cao, Viện kiểm sát nhân dân tối cao",
        ),
        (
            "BỘ LAO ĐỘNG - THƯƠNG BINH VÀ XÃ HỘI - BỘ TÀI CHÍNH",
            "2/2012/TTLT-BLĐTBXH-BTC",
            "Bộ Lao động - Thương binh và Xã hội, Bộ Tài chính",
        ),
    ],
)
def test_joint_circulars_name_every_issuer_and_signer(lines: str, number: str, issuer: str) -> None:
    text = (
        f"{lines}\nSố: {number}\n{STATE}\nHà Nội, ngày 14 tháng 01 năm 2010\nTHÔNG TƯ LIÊN TỊCH\nHướng dẫn hỗ trợ\n"
        f"Căn cứ Luật A;\n{ARTICLES}\nKT. BỘ TRƯỞNG BỘ NỘI VỤ\nTHỨ TRƯỞNG\nTrần Văn Tú\nKT. BỘ TRƯỞNG BỘ TÀI CHÍNH\n"
        "THỨ TRƯỞNG\nLê Công Nghĩa\nNơi nhận:\n- Lưu: VT."
    )
    metadata = read(text)[0]
    assert (metadata.kind, metadata.number, metadata.issuer) == ("Thông tư liên tịch", number, issuer)
    assert metadata.signer == "Trần Văn Tú, Lê Công Nghĩa"
    assert metadata.signer_title == "THỨ TRƯỞNG, THỨ TRƯỞNG"
    assert metadata.place == "Hà Nội"


def test_the_chairmans_own_decision_is_his_and_not_the_committees() -> None:
    title = "QUYẾT ĐỊNH\nVề lớp tập huấn\n{}\nCăn cứ Luật A;"
    dated = "Phú Thọ, ngày 05 tháng 01 năm 2026"
    committee = "ỦY BAN NHÂN DÂN TỈNH PHÚ THỌ"
    own = head("ỦY BAN NHÂN DÂN\nTỈNH PHÚ THỌ", "7/QĐ-UBND", dated, title.format(f"CHỦ TỊCH {committee}"))
    common = head("ỦY BAN NHÂN DÂN\nTỈNH PHÚ THỌ", "7/QĐ-UBND", dated, title.format(committee))
    assert own.issuer == "Chủ tịch Ủy ban nhân dân tỉnh Phú Thọ"
    assert common.issuer == "Ủy ban nhân dân tỉnh Phú Thọ"
    assert own.title == common.title == "Về lớp tập huấn"


def test_slips_of_recognition_in_fixed_words_and_figures_are_seen_through() -> None:
    text = (
        "ỦY BAN NHÂN DÂN CỌNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM\n_ TỈNH PHÚ THỌ Độc lập — Tự do - Hạnh phúc\n"
        "Sô: l2/201 9/QĐ-UBND Phú Thọ, ngàv 05 thắng O1 năm 2O19\nQUYÉT ĐỊNH\nVề lớp tập huấn\nCăn cứ Luật A;\n"
        f"{ARTICLES}"
    )
    metadata, warnings = read(text)
    assert (metadata.kind, metadata.number) == ("Quyết định", "12/2019/QĐ-UBND")
    assert metadata.issuer == "Ủy ban nhân dân tỉnh Phú Thọ"
    assert (metadata.issued_on, metadata.place) == (date(2019, 1, 5), "Phú Thọ")
    assert warnings == ()


@pytest.mark.parametrize("number", ["45+ /QĐ-UBND", "//4/QĐ-UBND", "Ä§Đ /QĐ-UBND", "      /QĐ-UBND", ".../QĐ-UBND"])
def test_a_number_that_cannot_be_read_stays_empty_and_is_asked_for(number: str) -> None:
    text = (
        f"UBND TỈNH PHÚ THỌ\nSố: {number}\n{STATE}\nPhú Thọ, ngày {{ tháng 3 năm 2026\nQUYẾT ĐỊNH\nVề lớp\n{ARTICLES}"
    )
    metadata, warnings = read(text)
    assert (metadata.number, metadata.issued_on) == ("", None)
    assert metadata.missing == ("number", "issued_on")
    assert "số hiệu" in warnings[0] and "ngày ban hành" in warnings[1]
    assert all(map(is_request, warnings))


def test_attachments_tell_number_and_day_that_the_head_leaves_blank() -> None:
    blank = (
        f"BỘ TÀI CHÍNH\nSố:  /{{0}}/TT-BTC\n{STATE}\nHà Nội, ngày    tháng 3 năm {{0}}\nTHÔNG TƯ\nVề phí\n"
        f"Căn cứ Luật A;\n{ARTICLES}\n"
    )
    form = "Phụ lục I\nMẪU ĐƠN\n(Kèm theo Thông tư số 7/2026/TT-BTC ngày 12/3/2026 của Bộ Tài chính)\nNội dung đơn."
    told = read(blank.format(2026) + form)[0]
    assert (told.number, told.issued_on) == ("7/2026/TT-BTC", date(2026, 3, 12))
    # A draft that amends a circular cites the older one in its forms: no proof of its own number.
    draft = read(blank.format(2027) + form)[0]
    assert (draft.number, draft.issued_on) == ("", None)


def test_a_date_of_another_year_than_the_number_is_not_believed() -> None:
    dated = "Hà Nội, ngày 20 tháng 11 năm 2016"
    text = f"QUỐC HỘI\nLuật số: 35/2018/QH14\n{STATE}\n{dated}\nLUẬT\nQUY HOẠCH\n{ARTICLES}"
    metadata, warnings = read(text)
    assert metadata.issued_on is None
    assert "20/11/2016" in warnings[0] and "35/2018/QH14" in warnings[0]


def test_a_portals_table_gives_the_field_of_government_and_what_the_head_lacks() -> None:
    text = (
        "Quyết định 44/2025/QĐ-UBND phân cấp quản lý tài sản\nSố hiệu | 44/2025/QĐ-UBND\nNgày ban hành | 20/11/2025\n"
        "Ngày hiệu lực: 01/12/2025 Cơ quan ban hành: Tỉnh Gia Lai Người ký: Nguyễn Văn Tám\n"
        "Lĩnh vực | Tài chính nhà nước\nỦY BAN NHÂN DÂN |\nCỘNG HÒA XÃ HỘI\nCHỦ NGHĨA VIỆT NAM |\n"
        f"Số: 44/2025/QĐ-UBND |\nGia Lai, ngày 20 tháng 11 năm 2025 |\nCăn cứ Luật A;\n{ARTICLES}"
    )
    metadata = read(text)[0]
    assert (metadata.kind, metadata.issuer) == ("Quyết định", "Ủy ban nhân dân tỉnh Gia Lai")
    assert (metadata.domain, metadata.signer) == ("Tài chính nhà nước", "Nguyễn Văn Tám")
    assert metadata.title == "phân cấp quản lý tài sản"
    assert metadata.effective_from == date(2025, 11, 20)  # the text's own article goes before the table


def test_one_heading_may_hold_issuer_number_and_date() -> None:
    heading = "THÔNG TƯ\nCỦA BỘ TÀI CHÍNH SỐ 2/2010/TT-BTC\nNGÀY 14 THÁNG 01 NĂM 2010\nHƯỚNG DẪN VỀ PHÍ"
    text = f"{heading}\nCăn cứ Luật A;\n{ARTICLES}"
    metadata = read(text)[0]
    assert (metadata.number, metadata.issuer) == ("2/2010/TT-BTC", "Bộ Tài chính")
    assert (metadata.issued_on, metadata.title) == (date(2010, 1, 14), "HƯỚNG DẪN VỀ PHÍ")


def test_decree_laws_of_1945_have_bare_numbers() -> None:
    text = (
        "SắC LệNH\nCủA CHủ TịCH CHíNH PHủ LâM THờI Số 9\nNGàY 4 THáNG 9 NăM 1945\nCHủ TịCH CHíNH PHủ\n"
        "VIệT NAM DâN CHủ CộNG HOà\nChiểu theo lời đề nghị của Bộ trưởng;\n"
        "Điều thứ nhất: Lập quỹ.\nĐiều thứ hai: Thi hành."
    )
    metadata = read(text)[0]
    assert (metadata.kind, metadata.number) == ("Sắc lệnh", "9")
    assert metadata.issuer.lower() == "chủ tịch chính phủ lâm thời"
    assert metadata.issued_on == date(1945, 9, 4)


def test_lines_broken_in_narrow_cells_are_one_field() -> None:
    text = (
        "ỦY\nBAN NHÂN DÂN\nTỈNH PHÚ THỌ\n|\nCỘNG\nHÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM\nĐộc lập - Tự do - Hạnh phúc\n|\n"
        "Số:\n14/2027/QĐ-UBND\n|\nPhú Thọ, ngày 19 tháng 6\nnăm 2027\n|\nQUYẾT ĐỊNH\nVỀ LỚP TẬP HUẤN\n"
        f"Căn cứ Luật A;\n{ARTICLES}"
    )
    metadata = read(text)[0]
    assert (metadata.number, metadata.issued_on) == ("14/2027/QĐ-UBND", date(2027, 6, 19))
    assert metadata.issuer == "Ủy ban nhân dân tỉnh Phú Thọ"


@pytest.mark.parametrize(
    ("block", "signer", "office"),
    [
        ("TM. CHÍNH PHỦ\nKT. THỦ TƯỚNG\nPHÓ THỦ TƯỚNG\n(Đã ký)\nTrần Văn Hà", "Trần Văn Hà", "PHÓ THỦ TƯỚNG"),
        ("TL. CHỦ TỊCH\nKT. CHÁNH VĂN PHÒNG\nPHÓ CHÁNH VĂN PHÒNG\nLê Thị Hà", "Lê Thị Hà", "PHÓ CHÁNH VĂN PHÒNG"),
        ("TUQ. BỘ TRƯỞNG\nVỤ TRƯỞNG\nĐã ký: Vũ Đức Khoa", "Vũ Đức Khoa", "VỤ TRƯỞNG"),
        ("T/M BAN THƯỜNG VỤ\nPHÓ BÍ THƯ\nPHẠM VŨ HỒNG", "Phạm Vũ Hồng", "PHÓ BÍ THƯ"),
        ("KT. THỦ TƯỚNG PHÓ THỦ TƯỚNG Mai Văn Chí", "Mai Văn Chí", "PHÓ THỦ TƯỚNG"),
        ("Nơi nhận: THỨ TRƯỞNG\n- Như Điều 3;\n- Sở Nội vụ;\n- Lưu: VT. Trần Quý Kim", "Trần Quý Kim", "THỨ TRƯỞNG"),
        ("Nơi nhận:\n- Điều 3;\nKT. BỘ TRƯỞNG\nTHỨ TRƯỞNG\n- Công báo;\n- VT.\nVũ Thị Mai", "Vũ Thị Mai", "THỨ TRƯỞNG"),
        ("Nơi nhận:\n- Như Điều 3;\n- Lưu: VT.", "", ""),
    ],
)  # fmt: skip
def test_signer_and_office_are_found_in_either_order_of_columns(block: str, signer: str, office: str) -> None:
    rest = f"QUYẾT ĐỊNH\nVề lớp tập huấn\nCăn cứ Luật A;\n{ARTICLES}"
    text = f"BỘ NỘI VỤ\nSố: 5/QĐ-BNV\n{STATE}\nHà Nội, ngày 05 tháng 3 năm 2026\n{rest}\n{block}"
    metadata = read(text)[0]
    assert (metadata.signer, metadata.signer_title) == (signer, office)


def test_an_official_letter_is_signed_after_its_text_without_sections() -> None:
    text = (
        f"BỘ TÀI CHÍNH\nSố: 10420/BTC-QLCS\nV/v giao đất\n{STATE}\nHà Nội, ngày 27 tháng 8 năm 2026\nKính gửi: Sở.\n"
        + "Bộ Tài chính đề nghị các địa phương rà soát việc giao đất và báo cáo kết quả.\n" * 60
        + "Nơi nhận:\n- Như trên;\n- Lưu: VT.\nKT. BỘ TRƯỞNG\nTHỨ TRƯỞNG\nTrần Xuân Hạ"
    )
    metadata = read(text)[0]
    assert (metadata.kind, metadata.issuer) == ("Công văn", "Bộ Tài chính")
    assert (metadata.signer, metadata.signer_title) == ("Trần Xuân Hạ", "THỨ TRƯỞNG")


def test_what_is_no_official_document_is_asked_for_nothing() -> None:
    metadata, warnings = read(
        "Hỏi đáp về cư trú\nCâu hỏi: Ai được đăng ký?\nTrả lời: Công dân có chỗ ở hợp pháp.\n" * 5
    )
    assert (metadata.missing, warnings, request_for(metadata)) == ((), (), "")
    assert Metadata(kind="Hiến pháp", issuer="Quốc hội", issued_on=date(2013, 11, 28)).missing == ()
    assert Metadata(kind="Kế hoạch").missing == ("number", "issuer", "issued_on")


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("QUYÉT ĐỊNH", "Quyết định"),
        ("THỎNG TƯ LIÊN TỊCH", "Thông tư liên tịch"),
        ("CHƯƠNG TRÌNH PHÓI HỢP", "Chương trình phối hợp"),
        ("Quyết định này có hiệu lực", "Quyết định"),
        ("Quyét định", ""),
        ("BỘ LUẬT", "Bộ luật"),
    ],
)
def test_kinds_in_capitals_are_known_without_their_diacritics(line: str, kind: str) -> None:
    assert kind_of_line(line) == kind


@pytest.mark.parametrize(
    ("line", "number"),
    [
        ("Số: 30a/2008/NQ-CP", "30a/2008/NQ-CP"),
        ("Số: 1961/QĐUBND", "1961/QĐ-UBND"),
        ("Luật sô: 35/2018/QHI4", "35/2018/QH14"),
        ("Số 57-NQ/TW", "57-NQ/TW"),
        ("Số: 46 /VKSTC", "46/VKSTC"),
        ("Số: /2026/TT-BTC", ""),
        ("CÔNG BÁO/Số 427+428/Ngày 15-11-2024", ""),
    ],
)
def test_number_fields(line: str, number: str) -> None:
    assert number_in(number_value(line) or "") == number


@pytest.mark.parametrize(
    "line",
    [
        "Sửa đổi Thông tư số 72/2024/TT-BCA ngày 15 tháng 11 năm 2024",
        "ngày 15 tháng 11 năm 2024 của Bộ trưởng Bộ Công an",
        "(Kèm theo Quyết định số 5/QĐ-UBND ngày 05/3/2026)",
        "Ngày ký: 14-11-2024 11:47:00 +07:00",
        "Hà Nội, ngày 200 tháng 999 năm 2026",
        "Hà Nội, ngày    tháng 3 năm 2026",
    ],
)
def test_dates_of_other_things_are_no_dates_of_issue(line: str) -> None:
    assert read_date_line(line) is None


@pytest.mark.parametrize(
    ("number", "issuer"),
    [
        ("2450/VPCP-KGVX", "Văn phòng Chính phủ"),
        ("4/2010/TTLT-BQP-BTC", "Bộ Quốc phòng, Bộ Tài chính"),
        ("43/2024/QH15", "Quốc hội"),
        ("7/QĐ-UBND", ""),
        ("", ""),
    ],
)
def test_letters_of_a_number_name_the_issuer(number: str, issuer: str) -> None:
    assert known_issuer(number) == issuer


def test_provinces_are_written_as_listed() -> None:
    assert with_province("Ủy ban nhân dân thành phó hò chí minh") == "Ủy ban nhân dân thành phố Hồ Chí Minh"
    assert with_province("Thành phó Hỗ Chỉ Minh") == "Thành phố Hồ Chí Minh"
    assert with_province("Sở Nội vụ") == "Sở Nội vụ"


@given(st.text(max_size=80))
def test_folding_keeps_every_offset(text: str) -> None:
    assert len(folded(text)) == len(text)


@given(
    st.integers(1, 28), st.integers(1, 12), st.integers(1946, 2030), st.integers(1, 9999),
    st.sampled_from(["QUYẾT ĐỊNH", "KẾ HOẠCH", "THÔNG BÁO", "BÁO CÁO", "TỜ TRÌNH", "CHỈ THỊ"]), st.booleans(),
)  # fmt: skip
def test_a_letterhead_says_the_same_with_and_without_diacritics(
    day: int, month: int, year: int, serial: int, kind: str, is_bare: bool
) -> None:
    dated = f"Phú Thọ, ngày {day:02} tháng {month} năm {year}"
    text = f"UBND TỈNH PHÚ THỌ\nSỞ NỘI VỤ\nSố: {serial}/ABC-SNV\n{STATE}\n{dated}\n{kind}\n"
    metadata = read((fold_diacritics(text) if is_bare else text) + f"Về lớp tập huấn\nCăn cứ Luật A;\n{ARTICLES}")[0]
    assert metadata.kind.upper() == kind
    assert metadata.number == f"{serial}/ABC-SNV"
    assert metadata.issued_on == date(year, month, day)
    assert metadata.issuer == "Sở Nội vụ tỉnh Phú Thọ"


def test_a_files_own_heading_is_not_the_kind_of_the_letterhead() -> None:
    text = """QUYẾT ĐỊNH
Số: 12/2026/QĐ-UBND
Tỉnh Thử Nghiệm, ngày 15 tháng 01 năm 2026
QUYẾT ĐỊNH
Về việc ban hành Quy định hỗ trợ thành viên
Điều 1. Phạm vi điều chỉnh
"""
    metadata, warnings = read_metadata(text, find_sections(text, (0,)))
    assert metadata.title == "Về việc ban hành Quy định hỗ trợ thành viên"
    assert metadata.issuer == ""
    assert any("cơ quan ban hành" in warning for warning in warnings)


def test_a_long_title_that_implements_another_document_is_kept_whole() -> None:
    title = "thực hiện Nghị quyết số 57-NQ/TW ngày 22 tháng 12 năm 2024 về " + "đột phá phát triển khoa học " * 7
    text = (
        f"TỈNH ỦY THỬ NGHIỆM\nSố 03-CTr/TU\n{PARTY}\nThử Nghiệm, ngày 08 tháng 7 năm 2025\nCHƯƠNG TRÌNH HÀNH ĐỘNG\n"
        f"{title.strip()}\nThực hiện Nghị quyết số 57-NQ/TW, Ban Thường vụ ban hành Chương trình với nội dung sau:\n"
    )
    assert read_metadata(text, find_sections(text, (0,)))[0].title == title.strip()
