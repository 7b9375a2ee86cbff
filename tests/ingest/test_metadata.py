"""Metadata read from letterheads in any order, Party documents, drafts, laws, parts of documents and plain articles."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.types import Metadata, RelationKind
from ingest.metadata import read_metadata
from ingest.reading import ReadLimits, extract_text
from ingest.structure import find_sections

PLACE_AND_DATE = "Hà Nội, ngày 15 tháng 01 năm 2026"
STATE = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM\nĐộc lập - Tự do - Hạnh phúc"
LETTERHEAD = f"CHÍNH PHỦ\nSố: 9/2026/NĐ-CP\n{STATE}\n{PLACE_AND_DATE}\nNGHỊ ĐỊNH"
BODY = """Căn cứ Luật Tổ chức Chính phủ số 63/2025/QH15;
Căn cứ Luật Ngân sách nhà nước ngày 25 tháng 6 năm 2015;
Theo đề nghị của Bộ trưởng Bộ Khoa học và Công nghệ;
Điều 1. Phạm vi điều chỉnh
Nghị định này quy định về trợ lý số.
Điều 2. Hiệu lực thi hành
Nghị định này có hiệu lực thi hành kể từ ngày 01 tháng 3 năm 2026.
Nơi nhận:
- Lưu: VT.
TM. CHÍNH PHỦ
KT. THỦ TƯỚNG
PHÓ THỦ TƯỚNG
(Đã ký)
Nguyễn Văn An"""


def _read(text: str, **hints: str) -> tuple[Metadata, tuple[str, ...]]:
    return read_metadata(text, find_sections(text, (0,)), hints=hints)


def _metadata(text: str) -> Metadata:
    return _read(text)[0]


@pytest.mark.parametrize(
    "letterhead",
    [
        f"CHÍNH PHỦ\nSố: 09/2026/NĐ-CP\n{STATE}\n{PLACE_AND_DATE}",
        f"CHÍNH PHỦ\n-------\n{STATE}\n---------------\nSố: 09/2026/NĐ-CP {PLACE_AND_DATE}",
        f"CHÍNH PHỦ CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM\nĐộc lập- Tự do- Hạnh phúc\nSố: 09/2026/NĐ-CP\n{PLACE_AND_DATE}",
        "| CHÍNH PHỦ | CỘNG HOÀ XÃ HỘI CHỦ NGHĨA VIỆT NAM Độc lập – Tự do – Hạnh phúc |\n"
        f"| Số: 09 /2026/NĐ-CP | {PLACE_AND_DATE} |",
        f"VĂN BẢN QUY PHẠM PHÁP LUẬT\nCHÍNH PHỦ\nCHÍNH PHỦ\nSố: 09/2026/NĐ-СР\n{STATE}\n{PLACE_AND_DATE}",
    ],
    ids=["cell by cell", "number and date on a line", "interleaved", "table rows", "gazette, Cyrillic letters"],
)
def test_letterhead_is_read_in_any_order(letterhead: str) -> None:
    metadata = _metadata(f"{letterhead}\nNGHỊ ĐỊNH\nQuy định về trợ lý số\ntrong cơ quan nhà nước\n{BODY}")
    assert metadata.kind == "Nghị định"
    assert metadata.number == "09/2026/NĐ-CP"
    assert metadata.title == "Quy định về trợ lý số trong cơ quan nhà nước"
    assert metadata.issuer == "Chính phủ"
    assert metadata.signer == "Nguyễn Văn An"
    assert metadata.issued_on == date(2026, 1, 15)
    assert metadata.effective_from == date(2026, 3, 1)


def test_complete_document_gives_no_warning() -> None:
    text = f"{LETTERHEAD}\nVề trợ lý số\n{BODY}"
    assert _read(text)[1] == ()


@pytest.mark.parametrize(
    ("lines", "issuer"),
    [
        ("UBND TỈNH BÌNH THUẬN\nSỞ NỘI VỤ", "Sở Nội vụ tỉnh Bình Thuận"),
        ("ỦY BAN NHÂN DÂN\nTỈNH PHÚ THỌ", "Ủy ban nhân dân tỉnh Phú Thọ"),
        ("CHỦ TỊCH\nỦY BAN NHÂN DÂN\nTỈNH PHÚ THỌ", "Chủ tịch Ủy ban nhân dân tỉnh Phú Thọ"),
        ("BỘ QUỐC PHÒNG - BỘ TÀI CHÍNH", "Bộ Quốc phòng, Bộ Tài chính"),
        ("BỘ CÔNG AN\nCỤC CẢNH SÁT", "Cục Cảnh sát"),
        ("HỘI ĐỒNG NHÂN DÂN\nTHÀNH PHỐ HÀ NỘI", "Hội đồng nhân dân thành phố Hà Nội"),
    ],
)
def test_issuer_is_spelled_out_with_its_place(lines: str, issuer: str) -> None:
    text = f"{lines}\nSố: 12/QĐ-ABC\n{STATE}\n{PLACE_AND_DATE}\nQUYẾT ĐỊNH\nVề việc mở lớp\nĐiều 1. Mở lớp học."
    assert _metadata(text).issuer == issuer


def test_party_document() -> None:
    text = """BAN CHẤP HÀNH TRUNG ƯƠNG
*
Số: 20-NQ/TW
ĐẢNG CỘNG SẢN VIỆT NAM
Hà Nội, ngày 01 tháng 11 năm 2012
NGHỊ QUYẾT
VỀ PHÁT TRIỂN KHOA HỌC
I- QUAN ĐIỂM
1- Nội dung.
II- MỤC TIÊU
1- Nội dung.
T/M BAN CHẤP HÀNH TRUNG ƯƠNG
TỔNG BÍ THƯ
Nguyễn Phú Trọng"""
    metadata = _metadata(text)
    assert (metadata.kind, metadata.number) == ("Nghị quyết", "20-NQ/TW")
    assert metadata.issuer == "Ban Chấp hành Trung ương"
    assert metadata.signer == "Nguyễn Phú Trọng"
    assert metadata.issued_on == date(2012, 11, 1)


def test_official_letter_takes_its_subject_as_title() -> None:
    text = f"""UBND TỈNH PHÚ THỌ
SỞ NỘI VỤ
Số: 1410/SNV-CCVC
V/v đăng ký tham gia
lớp tập huấn trí tuệ nhân tạo
{STATE}
Phú Thọ, ngày 05 tháng 3 năm 2026
Kính gửi: Các sở, ban, ngành.
Thực hiện Kế hoạch số 4407/KH-UBND ngày 01/02/2026, đề nghị quý cơ quan đăng ký."""
    metadata = _metadata(text)
    assert (metadata.kind, metadata.number) == ("Công văn", "1410/SNV-CCVC")
    assert metadata.title == "đăng ký tham gia lớp tập huấn trí tuệ nhân tạo"
    assert metadata.issued_on == date(2026, 3, 5)


def test_law_without_a_date_line_is_dated_by_its_adoption() -> None:
    text = f"""QUỐC HỘI
Luật số: 20/2023/QH15
{STATE}
LUẬT
GIAO DỊCH ĐIỆN TỬ
Căn cứ Hiến pháp nước Cộng hòa xã hội chủ nghĩa Việt Nam;
Quốc hội ban hành Luật Giao dịch điện tử.
Điều 1. Phạm vi
Nội dung.
Điều 2. Hiệu lực
Luật này có hiệu lực thi hành từ ngày 01 tháng 7 năm 2024.
Luật này được Quốc hội nước Cộng hòa xã hội chủ nghĩa Việt Nam khóa XV thông qua ngày 22 tháng 6 năm 2023.
CHỦ TỊCH QUỐC HỘI
Vương Đình Huệ"""
    metadata = _metadata(text)
    assert metadata.kind == "Luật"
    assert metadata.title == "Giao dịch điện tử"
    assert metadata.issuer == "Quốc hội"
    assert metadata.issued_on == date(2023, 6, 22)
    assert metadata.signer == "Vương Đình Huệ"


def test_consolidated_text_has_number_and_date_at_its_end() -> None:
    text = f"""{STATE}
LUẬT
KHIẾU NẠI
Luật Khiếu nại số 02/2011/QH13 ngày 11 tháng 11 năm 2011 của Quốc hội được sửa đổi, bổ sung bởi:
1. Luật Tiếp công dân số 42/2013/QH13 ngày 25 tháng 11 năm 2013 của Quốc hội.
Điều 1. Phạm vi
Nội dung.
Điều 2. Hiệu lực
Luật này có hiệu lực từ ngày 01 tháng 7 năm 2012.
VĂN PHÒNG QUỐC HỘI
Số: 28/VBHN-VPQH
XÁC THỰC VĂN BẢN HỢP NHẤT
Hà Nội, ngày 13 tháng 3 năm 2026
CHỦ NHIỆM
Lê Quang Mạnh"""
    metadata = _metadata(text)
    assert (metadata.kind, metadata.number) == ("Văn bản hợp nhất", "28/VBHN-VPQH")
    assert (metadata.issuer, metadata.title) == ("Văn phòng Quốc hội", "Khiếu nại")
    assert metadata.issued_on == date(2026, 3, 13)


def test_draft_with_blank_number_and_date_is_warned_of() -> None:
    text = (
        f"BỘ TÀI CHÍNH\nSố:      /2026/TT-BTC\n{STATE}\nHà Nội, ngày     tháng     năm 2026\nTHÔNG TƯ\nVề phí\n{BODY}"
    )
    metadata, warnings = _read(text)
    assert (metadata.number, metadata.issued_on) == ("", None)
    assert (metadata.kind, metadata.issuer) == ("Thông tư", "Bộ Tài chính")
    assert [warning.split(".")[0] for warning in warnings] == [
        "Số hiệu để trống hoặc không đọc được (có thể là bản dự thảo)",
        "Không tìm thấy ngày ban hành của văn bản",
    ]


def test_appendix_file_is_named_after_its_document() -> None:
    text = """Phụ lục VI
HỆ THỐNG QUẢN LÝ TÀI LIỆU
(Kèm theo Nghị định số 30/2020/NĐ-CP
ngày 05 tháng 3 năm 2020 của Chính phủ)
I. NGUYÊN TẮC
1. An toàn.
II. YÊU CẦU
1. Thông suốt."""
    metadata = _metadata(text)
    assert (metadata.kind, metadata.number, metadata.issuer) == ("Nghị định", "30/2020/NĐ-CP", "Chính phủ")
    assert metadata.title == "Phụ lục VI. HỆ THỐNG QUẢN LÝ TÀI LIỆU"
    assert metadata.issued_on == date(2020, 3, 5)


def test_decree_copied_from_a_web_page_with_named_fields() -> None:
    fields = "Số hiệu: 30/2020/NĐ-CP\nNgày ban hành: 05/03/2020\nCơ quan ban hành: Chính phủ"
    metadata = _metadata(f"Nghị định 30/2020/NĐ-CP — Về công tác văn thư\n{fields}\n{BODY}")
    assert (metadata.number, metadata.title) == ("30/2020/NĐ-CP", "Về công tác văn thư")
    assert (metadata.issuer, metadata.issued_on) == ("Chính phủ", date(2020, 3, 5))


def test_news_article_has_a_headline_and_nothing_else() -> None:
    paragraph = "Thực hiện Nghị quyết số 57-NQ/TW ngày 22-12-2024 của Bộ Chính trị, tỉnh đã mở nhiều lớp học. " * 4
    metadata, warnings = _read(
        f"Kinh tế\nTỉnh hoàn thiện thể chế, thúc đẩy chuyển đổi số\nLinh Nga 26/12/2025\n{paragraph}"
    )
    assert metadata == Metadata(title="Tỉnh hoàn thiện thể chế, thúc đẩy chuyển đổi số")
    assert warnings == ()


def test_page_that_shows_another_document_is_warned_of_and_its_hints_dropped() -> None:
    text = f"{LETTERHEAD}\nVề trợ lý số\n{BODY}"
    metadata, warnings = _read(text, number="102/2016/QH13", title="Luật Trẻ em", effective_to="01/01/2027")
    assert (metadata.number, metadata.effective_to) == ("9/2026/NĐ-CP", None)
    assert "102/2016/QH13" in warnings[0]


def test_hints_fill_what_the_text_leaves_open() -> None:
    text = "Căn cứ Luật A số 1/2025/QH15;\nĐiều 1. Tên\nNội dung.\nĐiều 2. Tên\nNội dung."
    metadata, _ = _read(text, number="285/2025/NĐ-CP", title="Bãi bỏ một số nghị định", effective_from="30/12/2025")
    assert (metadata.number, metadata.kind) == ("285/2025/NĐ-CP", "Nghị định")
    assert (metadata.title, metadata.effective_from) == ("Bãi bỏ một số nghị định", date(2025, 12, 30))


@pytest.mark.parametrize(
    ("provision", "start", "end"),
    [
        ("Nghị định này có hiệu lực thi hành kể từ ngày ký ban hành.", date(2026, 1, 15), None),
        ("Nghị định này có hiệu lực thi hành sau 45 ngày kể từ ngày ký.", date(2026, 3, 1), None),
        (
            "Nghị định này có hiệu lực từ ngày 13 tháng 02 năm 2026 và được thực hiện đến hết ngày 28/02/2027.",
            date(2026, 2, 13),
            date(2027, 2, 28),
        ),
        (
            "Nghị định này được Hội đồng nhân dân tỉnh thông qua ngày 29/7/2025, có hiệu lực từ ngày 10/8/2025.",
            date(2025, 8, 10),
            None,
        ),
        ("Khoản 2 Điều này có nội dung khác.", None, None),
    ],
)
def test_validity_provision(provision: str, start: date | None, end: date | None) -> None:
    metadata = _metadata(f"{LETTERHEAD}\nVề trợ lý số\nĐiều 1. Hiệu lực\n{provision}")
    assert (metadata.effective_from, metadata.effective_to) == (start, end)


def _relations(title: str, *articles: str) -> set[tuple[str, str, str]]:
    body = "\n".join(f"Điều {n}. {article}" for n, article in enumerate(articles, 1))
    text = f"{LETTERHEAD}\n{title}\nCăn cứ Luật Dữ liệu số 60/2024/QH15;\n{body}"
    return {
        (relation.kind.value, relation.target, relation.scope)
        for relation in _metadata(text).relations
        if relation.kind is not RelationKind.BASED_ON
    }


def test_grounds_are_relations_by_number_or_by_name_and_date() -> None:
    text = f"{LETTERHEAD}\nVề trợ lý số\n{BODY}"
    assert [(relation.kind, relation.target, relation.target_issued_on) for relation in _metadata(text).relations] == [
        (RelationKind.BASED_ON, "63/2025/QH15", None),
        (RelationKind.BASED_ON, "Luật Ngân sách nhà nước", date(2015, 6, 25)),
    ]


def test_amending_decree_names_each_provision_it_changes() -> None:
    found = _relations(
        "Sửa đổi, bổ sung một số điều của Nghị định số 10/2022/NĐ-CP ngày 15 tháng 01 năm 2022 của Chính phủ",
        "Sửa đổi, bổ sung một số điều của Nghị định số 10/2022/NĐ-CP\n1. Sửa đổi khoản 7 Điều 3 như sau:\n“7. Nhà.”.\n"
        "2. Bãi bỏ điểm a khoản 1 Điều 8.",
        "Hiệu lực\nNghị định này có hiệu lực từ ngày ký.",
    )
    assert found == {
        ("amends", "10/2022/NĐ-CP", ""),
        ("amends", "10/2022/NĐ-CP", "khoản 7 Điều 3"),
        ("repeals", "10/2022/NĐ-CP", "điểm a khoản 1 Điều 8"),
    }


def test_amending_a_regulation_amends_the_decision_that_issued_it() -> None:
    issued = "Quy chế hoạt động ban hành kèm theo Quyết định số 31/2025/QĐ-UBND"
    found = _relations(
        f"Sửa đổi, bổ sung một số điều của {issued}",
        f"Sửa đổi, bổ sung một số điều của {issued}\n1. Sửa đổi khoản 2 Điều 7.",
    )
    assert found == {("amends", "31/2025/QĐ-UBND", ""), ("amends", "31/2025/QĐ-UBND", "khoản 2 Điều 7")}


def test_plan_replaces_an_earlier_plan() -> None:
    text = "KẾ HOẠCH\nI. MỤC TIÊU\n1. Chung.\nII. THỰC HIỆN\n1. Kế hoạch này thay thế Kế hoạch số 214/KH-UBND."
    assert [(relation.kind, relation.target) for relation in _metadata(text).relations] == [
        (RelationKind.REPLACES, "214/KH-UBND")
    ]


def test_party_number_without_a_colon_is_read_and_one_in_the_title_is_not() -> None:
    text = f"TỈNH ỦY LAM GIANG\n*\nSố 03-CTr/TU\nĐẢNG CỘNG SẢN VIỆT NAM\n{PLACE_AND_DATE}\nCHƯƠNG TRÌNH HÀNH ĐỘNG\n"
    metadata = _metadata(
        f"{text}thực hiện Nghị quyết số 57-NQ/TW của Bộ Chính trị\nI. MỤC TIÊU\n1. Chung.\nII. HẾT\nHết."
    )
    assert (metadata.kind, metadata.number, metadata.issuer) == (
        "Chương trình hành động",
        "03-CTr/TU",
        "Tỉnh ủy Lam Giang",
    )
    assert metadata.title == "thực hiện Nghị quyết số 57-NQ/TW của Bộ Chính trị"


def test_guided_law_gets_its_number_from_the_grounds() -> None:
    assert _relations("Quy định chi tiết một số điều của Luật Dữ liệu", "Tên\nNội dung.") == {
        ("guides", "60/2024/QH15", "")
    }


def test_replaced_documents_in_a_list() -> None:
    found = _relations(
        "Về trợ lý số",
        "Hiệu lực\n1. Nghị định này thay thế các Nghị định:\na) Nghị định số 1/2010/NĐ-CP ngày 01 tháng 3 năm 2010;\n"
        "b) Nghị định số 2/2015/NĐ-CP sửa đổi Nghị định số 3/2005/NĐ-CP.",
    )
    assert found == {("replaces", "1/2010/NĐ-CP", ""), ("replaces", "2/2015/NĐ-CP", "")}


def test_expired_document_is_repealed_but_not_those_that_describe_it() -> None:
    found = _relations(
        "Về thuế",
        "Hiệu lực\n1. Nghị định này có hiệu lực từ ngày ký.\n"
        "2. Luật Thuế số 04/2007/QH12 đã được sửa đổi, bổ sung theo Luật số 26/2012/QH13, Luật số 31/2024/QH15 "
        "hết hiệu lực kể từ ngày Nghị định này có hiệu lực.\n"
        "3. Thông tư số 27/2019/TT-BKHCN hướng dẫn Nghị định số 132/2008/NĐ-CP và Nghị định số 74/2018/NĐ-CP "
        "hết hiệu lực kể từ ngày Nghị định này có hiệu lực.",
    )
    assert found == {("repeals", "04/2007/QH12", ""), ("repeals", "27/2019/TT-BKHCN", "")}


@pytest.mark.parametrize(
    "sentence",
    [
        "Khoản này được bãi bỏ theo quy định tại khoản 16 Điều 2 của Luật số 136/2025/QH15.",
        "Trường hợp Nghị định số 5/2020/NĐ-CP được thay thế thì áp dụng văn bản thay thế.",
        "Thay thế cụm từ “Nghị định số 5/2020/NĐ-CP” bằng cụm từ “Nghị định số 6/2025/NĐ-CP”.",
        "Việc quản lý thực hiện theo Nghị định số 5/2020/NĐ-CP.",
    ],
)
def test_mere_mention_ends_no_document(sentence: str) -> None:
    assert _relations("Về trợ lý số", f"Tên\n1. {sentence}\n2. Nội dung khác.") == set()


def test_attached_regulation_does_not_speak_for_the_decision() -> None:
    text = f"""ỦY BAN NHÂN DÂN
TỈNH PHÚ THỌ
Số: 12/QĐ-UBND
{STATE}
Phú Thọ, ngày 02 tháng 02 năm 2026
QUYẾT ĐỊNH
Ban hành Quy chế
Điều 1. Ban hành kèm theo Quyết định này Quy chế làm việc.
Điều 2. Quyết định này có hiệu lực kể từ ngày ký.
KT. CHỦ TỊCH
PHÓ CHỦ TỊCH
Trần Duy Đông
QUY CHẾ
Làm việc
(Ban hành kèm theo Quyết định số 12/QĐ-UBND)
Điều 1. Hiệu lực
Quy chế này thay thế Quyết định số 99/QĐ-UBND ngày 01/01/2020 và có hiệu lực thi hành từ ngày 01/01/2030."""
    metadata = _metadata(text)
    assert metadata.signer == "Trần Duy Đông"
    assert metadata.effective_from == date(2026, 2, 2)
    assert metadata.relations == ()


@given(
    st.text(max_size=300), st.sampled_from([STATE, "Số: /QĐ-", "NGHỊ ĐỊNH\n", "Căn cứ ", "ngày 31 tháng 2 năm 2020"])
)
def test_any_text_is_read_without_error(text: str, piece: str) -> None:
    metadata, warnings = _read(f"{text}\n{piece}\n{text}")
    assert "\n" not in metadata.title
    assert all(warning.endswith(".") for warning in warnings)


def test_the_fields_above_a_markdown_text_fill_in_what_it_leaves_open() -> None:
    fields = '---\nso_ky_hieu: "9/QĐ-UBND"\nngay_ban_hanh: "2026-03-04"\nnguoi_ky: "Lê Thử"\nlinh_vuc: Nội vụ\n---\n'
    body = "# QUYẾT ĐỊNH\n\nĐiều 1. Giao Sở Nội vụ chủ trì.\n\nĐiều 2. Quyết định này có hiệu lực kể từ ngày ký.\n"
    extracted = extract_text((fields + body).encode(), "quyet-dinh.md", ReadLimits())
    assert "ngay_ban_hanh" not in extracted.text
    metadata, _ = read_metadata(extracted.text, (), hints=extracted.hints)
    assert (metadata.number, metadata.issued_on, metadata.signer) == ("9/QĐ-UBND", date(2026, 3, 4), "Lê Thử")
    assert metadata.domain == "Nội vụ"
