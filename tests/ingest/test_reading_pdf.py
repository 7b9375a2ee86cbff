"""Paragraphs, pages, heads, tables and footnotes of PDF files."""

import pytest
from fpdf.fonts import FontFace
from hypothesis import given, settings
from hypothesis import strategies as st

from core.text import table_cells
from ingest.readers.lines import Line, clean
from ingest.readers.paragraphs import assemble, with_footnotes_marked, without_running_heads
from ingest.readers.tables import joined_over_pages, table_lines
from ingest.reading import ReadLimits
from tests.ingest.conftest import Read
from tests.ingest.sample_files import close_pdf, make_pdf, open_pdf, stamp

LONG = (
    "Ủy ban nhân dân tỉnh giao Sở Khoa học và Công nghệ chủ trì, phối hợp với các sở, ban, ngành và Ủy ban nhân dân "
    "các xã, phường tổ chức tập huấn kỹ năng sử dụng trí tuệ nhân tạo cho lực lượng nòng cốt trong quý III năm 2026."
)


def test_wrapped_lines_become_one_paragraph_and_provisions_keep_their_lines(read: Read) -> None:
    paragraphs = [
        "Chương I",
        "QUY ĐỊNH CHUNG",
        f"Điều 1. {LONG}",
        f"1. {LONG}",
        f"a) {LONG}",
        f"- {LONG}",
        "Điều 2. Hiệu lực",
    ]
    assert read("a.pdf", make_pdf(paragraphs)).text.split("\n") == paragraphs


def test_letterhead_lines_are_not_run_together(read: Read) -> None:
    rows = [
        "ỦY BAN NHÂN DÂN",
        "TỈNH LAM GIANG",
        "Số: 31/2025/QĐ-UBND",
        "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM",
        "Độc lập - Tự do - Hạnh phúc",
        "Lam Giang, ngày 24 tháng 10 năm 2025",
        "QUYẾT ĐỊNH",
    ]
    assert read("a.pdf", make_pdf([*rows, LONG])).text.split("\n") == [*rows, LONG]


def test_a_paragraph_over_a_page_end_is_joined_and_the_page_starts_inside_it(read: Read) -> None:
    first, second = LONG[: LONG.index("Ủy ban nhân dân các")], LONG[LONG.index("Ủy ban nhân dân các") :]
    pdf = open_pdf()
    for part in (f"1. {first}", second):
        pdf.add_page()
        pdf.multi_cell(0, 6, part, align="L", new_x="LMARGIN", new_y="NEXT")
    extracted = read("a.pdf", close_pdf(pdf))
    lines = extracted.text.split("\n")
    assert extracted.text[extracted.page_starts[1] :].startswith("Ủy ban nhân dân các")
    assert len(extracted.page_starts) == 2
    assert " ".join(lines) == f"1. {first}{second}"


def test_gazette_heads_and_page_numbers_are_left_out_and_the_text_goes_on(read: Read) -> None:
    heads = [f"CÔNG BÁO/Số 1011 + 1012/Ngày 31-12-2025 {number}" for number in (3, 4, 5)]
    paragraphs = [
        f"1. Sở Nội vụ. {LONG}",
        f"2. Sở Tài chính cấp kinh phí. {LONG}",
        "3. Công an tỉnh phối hợp thực hiện.",
    ]
    text = read("a.pdf", make_pdf(*([paragraph] for paragraph in paragraphs), heads=heads)).text
    assert text.split("\n") == paragraphs


def test_a_number_alone_that_does_not_count_along_with_the_pages_is_text() -> None:
    pages = [[Line("Mẫu số 01", whole=False), Line("17", whole=False)], [Line("Mẫu số 02", whole=False)]]
    assert [line.text for page in without_running_heads(pages) for line in page] == ["Mẫu số 01", "17", "Mẫu số 02"]


@pytest.mark.parametrize("cut", ["40/2022/QĐ-|UBND", "151/2025/|NĐ-CP", "57-NQ/|TW"])
def test_a_document_number_cut_at_a_line_end_is_made_whole(read: Read, cut: str) -> None:
    head, tail = cut.split("|")
    assert cut.replace("|", "") in read("a.pdf", make_pdf([f"Căn cứ Quyết định số {head}", f"{tail} của tỉnh;"])).text


def test_a_reference_at_a_line_start_opens_no_paragraph() -> None:
    lines = [
        Line("Hành vi vi phạm quy định tại khoản 1 Điều", whole=False, left=50, right=500, first_word=20),
        Line("28. Luật Xử lý vi phạm hành chính thì bị phạt", whole=False, left=50, right=480, first_word=20),
    ]
    assert "\n" not in assemble([lines])[0]


def test_a_ruled_table_becomes_rows_and_its_repeated_head_is_dropped(read: Read) -> None:
    pdf = open_pdf()
    rows = [["TT", "Nhiệm vụ", "Kinh phí (triệu đồng)"], ["1", f"Tập huấn. {LONG}", "1.250"], ["2", "Mua sắm", "300"]]
    for part in (rows, [rows[0], ["3", "Tổng kết", "50"]]):
        pdf.add_page()
        pdf.cell(0, 6, "Phụ lục I" if part is rows else "2", new_x="LMARGIN", new_y="NEXT")
        with pdf.table(col_widths=(10, 100, 40), headings_style=FontFace()) as table:
            for cells in part:
                table.row(cells)
    lines = read("a.pdf", close_pdf(pdf)).text.split("\n")
    assert [line for line in lines if "|" in line] == [
        "TT | Nhiệm vụ | Kinh phí (triệu đồng)",
        f"1 | Tập huấn. {LONG} | 1.250",
        "2 | Mua sắm | 300",
        "3 | Tổng kết | 50",
    ]
    assert lines[0] == "Phụ lục I"


def test_shading_behind_words_is_no_table(read: Read) -> None:
    pdf = open_pdf()
    pdf.add_page()
    pdf.set_fill_color(255, 255, 0)
    for _ in range(3):
        pdf.cell(60, 8, "Nội dung được tô màu", fill=True)
        pdf.cell(80, 8, "phần tiếp theo của dòng", fill=True, new_x="LMARGIN", new_y="NEXT")
    assert "|" not in read("a.pdf", close_pdf(pdf)).text


def test_footnotes_stand_after_the_text_also_when_they_run_over_a_page() -> None:
    def line(text: str, size: float, *, left: float = 50, right: float = 500) -> Line:
        return Line(text, whole=False, left=left, right=right, first_word=30, size=size)

    first = [line(f"dòng {number} của khoản", 14) for number in range(4)] + [
        line("8 Điều này được sửa đổi", 10, right=300)
    ]
    second = [
        line("thì được giải quyết.", 14, right=200),
        line("2. Khoản sau.", 14, left=80),
        line("“Điều 3. Điều khoản thi hành", 10, right=300),
    ]
    text, page_starts, notes_start = assemble(with_footnotes_marked([first, second]))
    paragraphs = text.split("\n")
    assert paragraphs[0].endswith("của khoản thì được giải quyết.")
    assert paragraphs[1:] == ["2. Khoản sau.", "8 Điều này được sửa đổi", "“Điều 3. Điều khoản thi hành"]
    assert text[notes_start:].startswith("8 Điều này")
    assert text[page_starts[1] :].startswith("thì được giải quyết.")


def test_raised_numbers_stay_apart_from_the_words_they_stand_at(read: Read) -> None:
    pdf = open_pdf()
    pdf.add_page()
    for words, mark, more in (
        ("Điều 10. Rút khiếu nại", "8", ""),
        ("quy định tại các khoản 5, 6 và 7", "32", " Điều 6 của Luật này"),
        ("Diện tích tối thiểu 50 m", "2", " cho một lớp học"),
    ):
        pdf.write(8, words)
        pdf.char_vpos = "SUP"
        pdf.write(8, mark)
        pdf.char_vpos = "LINE"
        pdf.write(8, more)
        pdf.ln(12)
    text = read("a.pdf", close_pdf(pdf)).text
    assert "Rút khiếu nại⁸" in text
    assert "các khoản 5, 6 và 7³² Điều 6 của Luật này" in text
    assert "50 m2 cho một lớp học" in text


def test_a_table_row_cut_by_the_page_is_whole_again() -> None:
    def rows(*texts: str, top: float = 100) -> list[Line]:
        return [Line(text, top=top) for text in texts]

    head = ["TT | Nhiệm vụ | Thời hạn", "| | Từ | Đến"]
    pages = [
        rows(*head, "1 | Tập huấn cho cán bộ | Không quá 15 ngày kể từ"),
        rows(*head, "| các xã, phường | ngày nhận đủ hồ sơ", "2 | Mua sắm | 5 ngày"),
        rows("| Gói thầu số 2 | 3 ngày"),
    ]
    assert [[line.text for line in page] for page in joined_over_pages(pages)] == [
        [*head, "1 | Tập huấn cho cán bộ các xã, phường | Không quá 15 ngày kể từ ngày nhận đủ hồ sơ"],
        ["2 | Mua sắm | 5 ngày"],
        ["| Gói thầu số 2 | 3 ngày"],
    ]


CELLS = st.lists(st.text(st.sampled_from("aĐ1 .-"), max_size=6).map(str.strip), min_size=2, max_size=4)


@given(CELLS.filter(lambda cells: any(c.isalnum() for cell in cells for c in cell)))
def test_the_cells_of_a_row_are_found_again_also_where_they_are_empty(cells: list[str]) -> None:
    (line,) = table_lines(
        [[[cell] for cell in cells], [["x"], *([[""]] * (len(cells) - 1))], *[[["y"]]] * 5], ruled=True
    )[:1]
    expected = [clean(cell) for cell in cells]
    assert table_cells(line.text) == expected


def test_d_stroke_printed_as_eth_is_put_right(read: Read) -> None:
    text = read("a.pdf", make_pdf(["Ðiều 1. Quyết ðịnh này có hiệu lực kể từ ngày ký."])).text
    assert text == "Điều 1. Quyết định này có hiệu lực kể từ ngày ký."


LINES = st.lists(
    st.builds(
        Line,
        st.text(st.sampled_from("aĐiều 1.,;-/)QNABC"), min_size=1).map(str.strip).filter(bool),
        whole=st.booleans(),
        left=st.integers(0, 100),
        right=st.integers(100, 500),
        first_word=st.integers(1, 80),
        note=st.booleans(),
    ),
    max_size=8,
)


@settings(max_examples=200, deadline=None)
@given(st.lists(LINES, min_size=1, max_size=5))
def test_no_line_is_lost_and_page_starts_stay_inside(pages: list[list[Line]]) -> None:
    text, page_starts, notes_start = assemble(pages)
    assert not text[notes_start:] or any(line.note for page in pages for line in page)
    assert len(page_starts) == len(pages)
    assert page_starts[0] == 0
    assert list(page_starts) == sorted(page_starts)
    assert page_starts[-1] <= len(text)
    printed = sorted(letter for page in pages for line in page for letter in line.text if not letter.isspace())
    assert sorted(letter for letter in text if not letter.isspace()) == printed


def test_a_heading_that_ends_like_a_reference_keeps_its_first_clause_apart() -> None:
    lines = [
        Line("Điều 27. Chính sách đối với đồng bào dân tộc thiểu số", whole=False, left=50, right=400, first_word=20),
        Line("1. Có chính sách về đất ở cho đồng bào.", whole=False, left=50, right=300, first_word=8),
        Line("Thực hiện theo Nghị định số", whole=False, left=50, right=495, first_word=30),
        Line("226/2025/NĐ-CP.", whole=False, left=50, right=160, first_word=110),
    ]
    assert assemble([lines])[0].split("\n") == [
        "Điều 27. Chính sách đối với đồng bào dân tộc thiểu số",
        "1. Có chính sách về đất ở cho đồng bào.",
        "Thực hiện theo Nghị định số 226/2025/NĐ-CP.",
    ]


def test_a_line_repeated_on_every_page_is_left_out_but_not_the_heads_of_forms() -> None:
    names = ("Sở Nội vụ", "Sở Tài chính", "Công an tỉnh", "Sở Y tế")
    pages = [
        [
            Line(text, whole=False, top=top)
            for top, text in enumerate((f"Mẫu số {number}", "Đơn vị", name, f"Hướng dẫn nghiệp vụ - Trang {number}"), 1)
        ]
        for number, name in enumerate(names, 1)
    ]
    assert [[line.text for line in page] for page in without_running_heads(pages)] == [
        [f"Mẫu số {number}", "Đơn vị", name] for number, name in enumerate(names, 1)
    ]


def test_a_large_grid_drawn_cell_by_cell_is_read_in_time(read: Read) -> None:
    pdf = open_pdf(6)
    pdf.add_page()
    for row in range(60):
        for column in range(12):
            pdf.cell(14, 4, f"{row}.{column}", border=1, new_x="LMARGIN" if column == 11 else "RIGHT", new_y="TOP")
        pdf.ln(4)
    lines = read("a.pdf", close_pdf(pdf), ReadLimits(timeout_s=20)).text.split("\n")
    assert len(lines) == 60
    assert lines[59] == " | ".join(f"59.{column}" for column in range(12))


def test_number_and_day_laid_over_the_blanks_by_a_signing_tool_are_read(read: Read) -> None:
    pdf = open_pdf()
    pdf.add_page()
    pdf.text(20, 30, "SỞ NỘI VỤ")
    pdf.text(20, 40, "Số:")
    pdf.text(40, 40, "/TTr-SNV")
    pdf.text(20, 50, "Lam Giang, ngày")
    pdf.text(68, 50, "tháng 3 năm 2026")
    pdf.text(20, 60, LONG[:80])
    millimetre = 72 / 25.4
    content = stamp(
        close_pdf(pdf),
        (31 * millimetre, (297 - 40) * millimetre - 3, "108"),
        (57 * millimetre, (297 - 50) * millimetre - 3, "12"),
        (150 * millimetre, (297 - 60) * millimetre - 3, "Ngay: 03.07"),  # a time of signing is no blank filled in
    )
    lines = read("a.pdf", content).text.split("\n")
    assert lines[:3] == ["SỞ NỘI VỤ", "Số: 108 /TTr-SNV", "Lam Giang, ngày 12 tháng 3 năm 2026"]
    assert lines[3:] == [LONG[:80].strip()]
