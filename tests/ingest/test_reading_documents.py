"""Word, HTML, Markdown and plain text: numbering, tables, portals, wrapped lines."""

import zipfile
from io import BytesIO

import pytest
from docx.document import Document as WordDocument
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from core.errors import UnreadableFileError
from tests.ingest.conftest import Read
from tests.ingest.sample_files import make_docx

LETTERHEAD = (
    ("UBND TỈNH LAM GIANG", "SỞ NỘI VỤ", "Số: 12/KH-SNV"),
    ("CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Độc lập - Tự do"),
)


def _cell_with(cell: object, rows: tuple[str, ...]) -> None:
    cell.text = rows[0]  # type: ignore[attr-defined]
    for row in rows[1:]:
        cell.add_paragraph(row)  # type: ignore[attr-defined]


def test_word_paragraphs_and_tables_come_in_document_order(read: Read) -> None:
    def fill(document: WordDocument) -> None:
        head = document.add_table(1, 2)
        for cell, rows in zip(head.rows[0].cells, LETTERHEAD, strict=True):
            _cell_with(cell, rows)
        document.add_paragraph("KẾ HOẠCH")
        table = document.add_table(2, 3, style="Table Grid")
        for row, texts in zip(
            table.rows, (("TT", "Chỉ tiêu", "Năm 2026"), ("1", "Cán bộ\nđược tập huấn", "80%")), strict=True
        ):
            for cell, text in zip(row.cells, texts, strict=True):
                cell.text = text
        document.add_paragraph("Điều 1.\tHiệu lực\u00a0thi hành")

    assert read("a.docx", make_docx(fill)).text.split("\n") == [
        *LETTERHEAD[0],
        *LETTERHEAD[1],
        "KẾ HOẠCH",
        "TT | Chỉ tiêu | Năm 2026",
        "1 | Cán bộ được tập huấn | 80%",
        "Điều 1. Hiệu lực thi hành",
    ]


def test_merged_word_cells_stand_once(read: Read) -> None:
    def fill(document: WordDocument) -> None:
        table = document.add_table(3, 3, style="Table Grid")
        for r, row in enumerate(table.rows):
            for c, cell in enumerate(row.cells):
                cell.text = f"ô {r}{c}"
        table.cell(0, 0).merge(table.cell(0, 1)).text = "ngang"
        table.cell(1, 0).merge(table.cell(2, 0)).text = "dọc"

    assert read("a.docx", make_docx(fill)).text.split("\n") == ["ngang | | ô 02", "dọc | ô 11 | ô 12", "| ô 21 | ô 22"]


NUMBERING = f"""<w:numbering {nsdecls("w")}>
  <w:abstractNum w:abstractNumId="0">
    <w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:lvlText w:val="Điều %1."/></w:lvl>
    <w:lvl w:ilvl="1"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:lvlText w:val="%1.%2."/></w:lvl>
    <w:lvl w:ilvl="2"><w:start w:val="1"/><w:numFmt w:val="lowerLetter"/><w:lvlText w:val="%3)"/></w:lvl>
    <w:lvl w:ilvl="3"><w:numFmt w:val="bullet"/><w:lvlText w:val="&#xF0B7;"/></w:lvl>
  </w:abstractNum>
  <w:abstractNum w:abstractNumId="1">
    <w:lvl w:ilvl="0"><w:start w:val="3"/><w:numFmt w:val="upperRoman"/><w:lvlText w:val="%1."/></w:lvl>
  </w:abstractNum>
  <w:num w:numId="1"><w:abstractNumId w:val="0"/></w:num>
  <w:num w:numId="2"><w:abstractNumId w:val="1"/></w:num>
  <w:num w:numId="3"><w:abstractNumId w:val="0"/>
    <w:lvlOverride w:ilvl="0"><w:startOverride w:val="1"/></w:lvlOverride></w:num>
</w:numbering>"""


def test_automatic_list_numbers_are_written_as_word_prints_them(read: Read) -> None:
    listed = [
        ("1", 0, "Phạm vi"), ("1", 1, "Nội dung"), ("1", 2, "Mục tiêu"), ("1", 2, "Yêu cầu"), ("1", 3, "Chi tiết"),
        ("1", 0, "Đối tượng"), ("1", 1, "Nội dung"), ("2", 0, "Tổ chức"), ("2", 0, "Kinh phí"), ("3", 0, "Điều khoản"),
    ]  # fmt: skip

    def fill(document: WordDocument) -> None:
        part = document.part.numbering_part
        numbering = part.element
        for child in list(numbering):
            numbering.remove(child)
        for child in list(parse_xml(NUMBERING)):
            numbering.append(child)
        for list_id, level, text in listed:
            properties = document.add_paragraph(text)._p.get_or_add_pPr()
            properties.append(
                parse_xml(f'<w:numPr {nsdecls("w")}><w:ilvl w:val="{level}"/><w:numId w:val="{list_id}"/></w:numPr>')
            )

    assert read("a.docx", make_docx(fill)).text.split("\n") == [
        "Điều 1. Phạm vi", "1.1. Nội dung", "a) Mục tiêu", "b) Yêu cầu", "- Chi tiết", "Điều 2. Đối tượng",
        "2.1. Nội dung", "III. Tổ chức", "IV. Kinh phí", "Điều 1. Điều khoản",
    ]  # fmt: skip


def test_text_boxes_are_read_once_and_deleted_words_not_at_all(read: Read) -> None:
    content = "<w:txbxContent><w:p><w:r><w:t>Chữ trong khung</w:t></w:r></w:p></w:txbxContent>"
    box = f"""<w:r {nsdecls("w")}>
      <mc:AlternateContent xmlns:mc="http://schemas.openxmlformats.org/markup-compatibility/2006">
      <mc:Choice Requires="wps">{content}</mc:Choice><mc:Fallback>{content}</mc:Fallback>
    </mc:AlternateContent></w:r>"""

    def fill(document: WordDocument) -> None:
        paragraph = document.add_paragraph("Đoạn có khung")._p
        paragraph.append(parse_xml(box))
        paragraph.append(parse_xml(f"<w:del {nsdecls('w')}><w:r><w:delText>đã xóa</w:delText></w:r></w:del>"))
        paragraph.append(parse_xml(f"<w:ins {nsdecls('w')}><w:r><w:t> và chữ thêm</w:t></w:r></w:ins>"))

    assert read("a.docx", make_docx(fill)).text == "Đoạn có khung và chữ thêm\nChữ trong khung"


def test_a_zip_bomb_is_refused_before_it_is_opened(read: Read) -> None:
    buffer = BytesIO(make_docx(lambda document: document.add_paragraph("x")))
    with zipfile.ZipFile(buffer, "a", zipfile.ZIP_DEFLATED) as archive, archive.open("word/media/a.xml", "w") as member:
        for _ in range(80):
            member.write(b" " * 1024 * 1024)
    with pytest.raises(UnreadableFileError, match="bung ra quá lớn"):
        read("bomb.docx", buffer.getvalue())


def test_xml_entities_are_not_expanded(read: Read) -> None:
    content = make_docx(lambda document: document.add_paragraph("TEXT"))
    source = zipfile.ZipFile(BytesIO(content))
    buffer = BytesIO()
    with source, zipfile.ZipFile(buffer, "w") as target:
        for name in source.namelist():
            data = source.read(name)
            if name == "word/document.xml":
                start = data.index(b"<w:document")
                data = b'<!DOCTYPE d [<!ENTITY e SYSTEM "file:///etc/hostname">]>' + data[start:].replace(
                    b"TEXT", b"A&e;B"
                )
            target.writestr(name, data)
    assert read("a.docx", buffer.getvalue()).text in {"AB", "A"}


PAGE = """<!DOCTYPE html><html><head><title>Báo</title><style>p {{}}</style><meta charset="utf-8"></head><body>
<nav><a href="/">Trang chủ</a><a href="/tin">Tin tức</a></nav>
<div class="menu"><a>Thời sự</a> <a>Kinh tế</a> <a>Văn hóa</a> <a>Thể thao</a></div>
<div><h1>Tập huấn  trí tuệ
nhân tạo</h1><p>Sở Khoa học và <b>Công nghệ</b> tổ chức<br>tập huấn.</p>{extra}</div>
<script>var x = "không phải văn bản";</script><footer>Bản quyền</footer></body></html>"""


def test_html_keeps_the_text_and_drops_the_page_around_it(read: Read) -> None:
    lines = read("a.html", PAGE.format(extra="")).text.split("\n")
    assert lines == ["Tập huấn trí tuệ nhân tạo", "Sở Khoa học và Công nghệ tổ chức", "tập huấn."]


def test_html_lists_and_tables_are_written_out(read: Read) -> None:
    extra = """<ol start="3"><li>Mục tiêu</li><li>Kinh phí<ul><li>Ngân sách</li></ul></li></ol>
    <table border="1"><tr><th>TT</th><th>Đơn vị</th><th>Số người</th></tr>
    <tr><td rowspan="2">1</td><td>Sở A</td><td>10</td></tr><tr><td>Sở B</td><td>20</td></tr>
    <tr><td colspan="2">Cộng</td><td>30</td></tr></table>"""
    assert read("a.html", PAGE.format(extra=extra)).text.split("\n")[3:] == [
        "3. Mục tiêu", "4. Kinh phí", "- Ngân sách", "TT | Đơn vị | Số người", "1 | Sở A | 10", "| Sở B | 20",
        "Cộng | | 30",
    ]  # fmt: skip


PORTAL = """<!DOCTYPE html><html><head><meta property="og:url" content="https://vbpl.vn/van-ban/chi-tiet/1"></head><body>
<div>TRANG CHỦ</div><h1>Nghị định số 285/2025/NĐ-CP Bãi bỏ một số nghị định</h1><span>Còn hiệu lực</span>
<span>Ngày có hiệu lực:30/12/2025</span>{body}<div>Bộ Tư pháp, 60 Trần Phú</div></body></html>"""


def test_a_law_portal_page_gives_the_document_and_hints_about_it(read: Read) -> None:
    body = '<div class="x preview-content"><p class="prov-article">Điều 1. Bãi bỏ toàn bộ các nghị định</p></div>'
    extracted = read("a.html", PORTAL.format(body=body))
    assert extracted.text == "Điều 1. Bãi bỏ toàn bộ các nghị định"
    assert extracted.hints["number"] == "285/2025/NĐ-CP"
    assert extracted.hints["effective_from"] == "30/12/2025"
    assert extracted.hints["status"] == "Còn hiệu lực"


def test_a_portal_page_without_the_document_is_said_to_have_no_content(read: Read) -> None:
    with pytest.raises(UnreadableFileError, match="không có nội dung"):
        read("stub.html", PORTAL.format(body="<div>Thuộc tính</div>"))


def test_html_nested_without_end_is_refused(read: Read) -> None:
    with pytest.raises(UnreadableFileError, match="quá sâu"):
        read("a.html", "<!DOCTYPE html><html><body>" + "<div>" * 20_000 + "chữ")


def test_markdown_marks_are_removed_and_every_word_kept(read: Read) -> None:
    text = read(
        "a.md",
        "---\ntitle: x\n---\n\n## Chương I — **QUY ĐỊNH CHUNG**\n\n**Điều 1\\.** *Phạm vi* "
        "[điều chỉnh](https://a.vn/b(c))\n\n1\\. Mức **phạt**: 5\\*3 \\- `mã`<br>dòng sau\n\n"
        "| TT | Tên |\n|:--|--:|\n| 1 | **Sở**<br>A |\n\n> Trích dẫn_dở\n",
    ).text
    assert text.split("\n") == [
        "Chương I — QUY ĐỊNH CHUNG",
        "Điều 1. Phạm vi điều chỉnh",
        "1. Mức phạt: 5*3 - mã",
        "dòng sau",
        "TT | Tên",
        "1 | Sở A",
        "Trích dẫn_dở",
    ]


def test_hand_wrapped_markdown_is_joined_within_its_paragraphs(read: Read) -> None:
    text = read(
        "a.md",
        "**NGHỊ\nĐỊNH**\n\nTheo đề nghị của Bộ trưởng\nBộ Văn hóa, Thể thao và Du lịch, căn cứ khoản 3 "
        "Điều\n7 của Luật;\n\n1. Khoản thứ nhất gồm:\na) Điểm a\nviết tiếp;\nb) Điểm b.\n",
    ).text
    assert text.split("\n") == [
        "NGHỊ ĐỊNH",
        "Theo đề nghị của Bộ trưởng Bộ Văn hóa, Thể thao và Du lịch, căn cứ khoản 3 Điều 7 của Luật;",
        "1. Khoản thứ nhất gồm:",
        "a) Điểm a viết tiếp;",
        "b) Điểm b.",
    ]


def test_a_markdown_letterhead_table_becomes_lines(read: Read) -> None:
    text = read(
        "a.md",
        "| CHÍNH PHỦ\n\\-------- | CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM\n\\------- |\n"
        "| :--: | :--: |\n| Số: 13/2023/NĐ-CP | *Hà Nội* |\n",
    ).text
    assert text.split("\n") == ["CHÍNH PHỦ", "Số: 13/2023/NĐ-CP", "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "Hà Nội"]


def test_hard_wrapped_text_is_joined_and_form_feeds_part_pages(read: Read) -> None:
    extracted = read(
        "a.txt",
        "Điều 1. Phạm vi\nQuy chế này quy định về tổ chức, hoạt động của lực lượng\n"
        "nòng cốt trí tuệ nhân tạo trong các cơ quan\nnhà nước thuộc tỉnh.\nĐiều 2. Đối tượng\f Trang hai.",
    )
    assert extracted.text.split("\n") == [
        "Điều 1. Phạm vi",
        "Quy chế này quy định về tổ chức, hoạt động của lực lượng nòng cốt trí tuệ nhân tạo trong các cơ quan "
        "nhà nước thuộc tỉnh.",
        "Điều 2. Đối tượng",
        "Trang hai.",
    ]
    assert extracted.text[extracted.page_starts[1] :] == "Trang hai."


def test_word_segmentation_is_undone_only_where_the_whole_text_shows_it(read: Read) -> None:
    assert read("a.txt", "Nghị_quyết về phát_triển thương_mại ( 2020 ) , tỉnh Phú_Thọ .").text == (
        "Nghị quyết về phát triển thương mại (2020), tỉnh Phú Thọ."
    )
    plain = "Tệp du_lieu.txt nằm trong thư mục chung của cơ quan, mọi cán bộ đều mở được khi cần đến nó. " * 2
    assert read("b.txt", plain).text == plain.strip()
