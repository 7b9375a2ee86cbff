"""What Word hides in a file: headers, notes, changes, fields, old fonts; and its older formats, through LibreOffice."""

import contextlib
import shutil
import subprocess
import tempfile
import time
import zipfile
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from pathlib import Path

import pytest
from docx.document import Document as WordDocument
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from core.errors import UnreadableFileError, UnsupportedFormatError
from ingest.reading import ReadLimits, extract_text
from tests.ingest.conftest import Read
from tests.ingest.sample_files import make_docx

W = nsdecls("w")
LEGACY_RTF = (
    rb"{\rtf1\ansi\ansicpg1252{\fonttbl{\f0 .VnTime;}{\f1 .VnTimeH;}{\f2 Times New Roman;}}"
    rb"\f1 S\'be\'43 L\'d6NH\par "
    rb"\f0 \'a7i\'d2u 1. Ph\'b9m vi \'ae\'e8i v\'edi n\-\'edc ta\par "
    rb"\f2 \u272?i\u7873?u 2. Hi\u7879?u l\u7921?c thi h\'e0nh\par "
    rb"\trowd\trbrdrb\brdrs\cellx2000\cellx5000\intbl\f2 STT\cell\'d0\u417?n v\u7883?\cell\row}"
)


def paragraph(content: str, properties: str = "") -> str:
    return f"<w:p {W}><w:pPr>{properties}</w:pPr>{content}</w:p>"


def run(text: str, properties: str = "") -> str:
    return f'<w:r><w:rPr>{properties}</w:rPr><w:t xml:space="preserve">{text}</w:t></w:r>'


def docx_of(*blocks: str) -> bytes:
    """A Word file whose body is these pieces of XML."""

    def fill(document: WordDocument) -> None:
        for block in reversed(blocks):
            document.element.body.insert(0, parse_xml(block))

    return make_docx(fill)


def lines(content: bytes, name: str = "a.docx") -> list[str]:
    return extract_text(content, name, ReadLimits()).text.split("\n")


def with_parts(content: bytes, changed: dict[str, Callable[[bytes], bytes]]) -> bytes:
    """The package with some of its parts rewritten, or made from nothing."""
    buffer = BytesIO()
    with zipfile.ZipFile(BytesIO(content)) as source, zipfile.ZipFile(buffer, "w") as target:
        names = source.namelist()
        for name in [*names, *(name for name in changed if name not in names)]:
            data = source.read(name) if name in names else b""
            target.writestr(name, changed.get(name, bytes)(data))
    return buffer.getvalue()


def test_changes_are_read_as_accepted() -> None:
    content = docx_of(
        paragraph(
            run("Điều 1. Phạm vi")
            + f"<w:del>{run('cũ').replace('w:t ', 'w:delText ').replace('w:t>', 'w:delText>')}</w:del>"
        ),
        paragraph(run("1. Mở đầu "), "<w:rPr><w:del w:id='1' w:author='a'/></w:rPr>"),
        paragraph(run("và tiếp theo.") + f"<w:ins w:id='2' w:author='a'>{run(' Thêm.')}</w:ins>"),
        f"<w:moveFrom {W}>{paragraph(run('chỗ cũ'))}</w:moveFrom>",
        f"<w:tbl {W}><w:tblPr/><w:tr><w:trPr><w:del w:id='3' w:author='a'/></w:trPr><w:tc>{paragraph(run('bỏ'))}"
        f"</w:tc></w:tr><w:tr><w:tc>{paragraph(run('giữ'))}</w:tc></w:tr></w:tbl>",
    )
    assert lines(content) == ["Điều 1. Phạm vi", "1. Mở đầu và tiếp theo. Thêm.", "giữ"]


def test_fields_show_their_result_and_hidden_words_nothing() -> None:
    def mark(kind: str) -> str:
        return f'<w:r><w:fldChar w:fldCharType="{kind}"/></w:r>'

    field = mark("begin") + "<w:r><w:instrText>IF 1</w:instrText></w:r>" + run("ẩn trong lệnh") + mark("separate")
    content = docx_of(
        paragraph(run("Số: ") + field + run("15") + mark("end") + run("/QĐ-UBND")),
        paragraph(f"<w:hyperlink>{run('Căn cứ Luật')}</w:hyperlink>{run(' ẩn', '<w:vanish/>')}{run(' số 1')}"),
        paragraph(f'<w:fldSimple w:instr="MERGEFIELD x">{run("Tên cơ quan")}</w:fldSimple>'),
        f"<w:sdt {W}><w:sdtPr><w:showingPlcHdr/></w:sdtPr><w:sdtContent>{paragraph(run('Bấm'))}</w:sdtContent></w:sdt>",
        f"<w:sdt {W}><w:sdtContent>{paragraph(run('Nội dung đã điền'))}</w:sdtContent></w:sdt>",
        paragraph(mark("begin") + run("lệnh không đóng")),
        paragraph(run("Điều 2. Vẫn còn")),
    )
    assert lines(content) == [
        "Số: 15/QĐ-UBND", "Căn cứ Luật số 1", "Tên cơ quan", "Nội dung đã điền", "Điều 2. Vẫn còn",
    ]  # fmt: skip


def test_signs_of_symbol_fonts_formulas_and_hyphens_are_kept() -> None:
    sign = '<w:r><w:sym w:font="{}" w:char="{}"/></w:r>'
    math = "http://schemas.openxmlformats.org/officeDocument/2006/math"
    content = docx_of(
        paragraph(run("n ") + sign.format("Symbol", "F0B3") + run(" 5, ") + sign.format("Wingdings", "F0FE")),
        paragraph(run("S = ") + f'<m:oMath xmlns:m="{math}"><m:r><m:t>a × b</m:t></m:r></m:oMath>'),
        paragraph(
            "<w:r><w:t>40/2022/QĐ</w:t><w:noBreakHyphen/><w:t>UBND ban</w:t><w:softHyphen/><w:t>hành</w:t></w:r>"
        ),
    )
    assert lines(content) == ["n ≥ 5, ☑", "S = a × b", "40/2022/QĐ-UBND banhành"]


def test_the_table_of_contents_is_no_second_set_of_headings() -> None:
    def fill(document: WordDocument) -> None:
        style = document.styles.add_style("TOC 1", 1)
        style.element.find(f"{{{nsdecls('w').split(chr(34))[1]}}}name").set(
            f"{{{nsdecls('w').split(chr(34))[1]}}}val", "toc 1"
        )
        document.add_paragraph("Điều 1. Phạm vi\t3", style=style)
        document.add_paragraph("Điều 1. Phạm vi")

    assert lines(make_docx(fill)) == ["Điều 1. Phạm vi"]


def test_a_letterhead_in_the_page_header_is_read_and_a_running_head_is_not() -> None:
    def letterhead(document: WordDocument) -> None:
        table = document.sections[0].header.add_table(1, 2, 400)
        table.cell(0, 0).text = "SỞ NỘI VỤ\nSố: 12/KH-SNV"
        table.cell(0, 1).text = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM"
        document.sections[0].footer.paragraphs[0].text = "Trang 1"
        document.add_paragraph("KẾ HOẠCH")

    def running_head(document: WordDocument) -> None:
        document.sections[0].header.paragraphs[0].text = "Kế hoạch năm 2026"
        document.add_paragraph("KẾ HOẠCH")

    assert lines(make_docx(letterhead)) == [
        "SỞ NỘI VỤ", "Số: 12/KH-SNV", "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM", "KẾ HOẠCH",
    ]  # fmt: skip
    assert lines(make_docx(running_head)) == ["KẾ HOẠCH"]


def test_notes_follow_the_block_that_refers_to_them() -> None:
    note = '<w:r><w:footnoteReference w:id="{}"/></w:r>'
    table = (
        f"<w:tbl {W}><w:tblPr><w:tblBorders><w:top w:val='single'/></w:tblBorders></w:tblPr>"
        f"<w:tr><w:tc>{paragraph(run('A') + note.format(3))}</w:tc><w:tc>{paragraph(run('B'))}</w:tc></w:tr></w:tbl>"
    )
    content = docx_of(
        paragraph(run("1. Khiếu nại là việc đề nghị.") + note.format(2)), paragraph(run("2. Khoản hai.")), table
    )
    notes = (
        f'<w:footnotes {W}><w:footnote w:type="separator" w:id="0">{paragraph(run("vạch"))}</w:footnote>'
        f'<w:footnote w:id="2">{paragraph(run("Khoản này được sửa đổi"))}{paragraph(run("năm 2025."))}</w:footnote>'
        f'<w:footnote w:id="3">{paragraph(run("Chú thích bảng."))}</w:footnote></w:footnotes>'
    )
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/footnotes"
    content = with_parts(
        content,
        {
            "word/footnotes.xml": lambda _: notes.encode(),
            "word/_rels/document.xml.rels": lambda data: data.replace(
                b"</Relationships>",
                f'<Relationship Id="n1" Type="{kind}" Target="footnotes.xml"/></Relationships>'.encode(),
            ),
        },
    )
    assert lines(content) == [
        "1. Khiếu nại là việc đề nghị.", "[1] Khoản này được sửa đổi năm 2025.", "2. Khoản hai.", "A | B",
        "[2] Chú thích bảng.",
    ]  # fmt: skip


def test_old_fonts_are_converted_run_by_run_and_styles_count() -> None:
    font = '<w:rFonts w:ascii="{0}" w:hAnsi="{0}"/>'

    def fill(document: WordDocument) -> None:
        style = document.styles.add_style("Cu", 1)
        style.font.name = ".VnTime"
        body = document.element.body
        body.insert(0, parse_xml(paragraph(run("§iÒu 1. ", font.format(".VnTime")) + run("Phạm vi là"))))
        body.insert(1, parse_xml(paragraph(run("QuyÕt ®Þnh", font.format(".VnTimeH")))))
        document.add_paragraph("C¨n cø LuËt", style=style)
        document.add_paragraph("Ñieàu 2. Haø Noäi").runs[0].font.name = "VNI-Times"

    extracted = extract_text(make_docx(fill), "a.docx", ReadLimits())
    assert extracted.text.split("\n") == ["Điều 1. Phạm vi là", "QUYẾT ĐỊNH", "Căn cứ Luật", "Điều 2. Hà Nội"]
    assert [warning for warning in extracted.warnings if "TCVN3" in warning]


def test_unicode_text_in_an_old_font_is_left_alone() -> None:
    def fill(document: WordDocument) -> None:
        for text in ("Điều 1. Phạm vi", "Hà Nam là nơi có nhà", "và các cơ quan nhà nước"):
            document.add_paragraph(text).runs[0].font.name = ".VnTime"

    assert lines(make_docx(fill))[1] == "Hà Nam là nơi có nhà"


def test_list_levels_that_are_linked_to_styles_legal_and_overridden_are_counted_as_word_does() -> None:
    numbering = f"""<w:numbering {W}><w:abstractNum w:abstractNumId="5">
      <w:lvl w:ilvl="0"><w:start w:val="1"/><w:numFmt w:val="upperRoman"/><w:suff w:val="nothing"/>
        <w:lvlText w:val="%1. "/></w:lvl>
      <w:lvl w:ilvl="1"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:pStyle w:val="Khoan"/><w:isLgl/>
        <w:lvlText w:val="%1.%2."/></w:lvl>
      <w:lvl w:ilvl="2"><w:start w:val="1"/><w:numFmt w:val="decimal"/><w:lvlRestart w:val="0"/>
        <w:lvlText w:val="(%3)"/></w:lvl></w:abstractNum>
      <w:num w:numId="7"><w:abstractNumId w:val="5"/></w:num>
      <w:num w:numId="8"><w:abstractNumId w:val="5"/><w:lvlOverride w:ilvl="0"><w:lvl w:ilvl="0"><w:start w:val="4"/>
        <w:numFmt w:val="decimal"/><w:lvlText w:val="Điều %1."/></w:lvl></w:lvlOverride></w:num></w:numbering>"""

    def fill(document: WordDocument) -> None:
        root = document.part.numbering_part.element
        for child in list(root):
            root.remove(child)
        for child in list(parse_xml(numbering)):
            root.append(child)
        style = document.styles.add_style("Khoan", 1)
        style.element.get_or_add_pPr().append(parse_xml(f'<w:numPr {W}><w:numId w:val="7"/></w:numPr>'))
        for list_id, depth, text in (
            (7, 0, "Một"), (0, 0, "theo kiểu"), (7, 2, "x"), (7, 0, "Hai"), (7, 2, "y"), (8, 0, "Ba"),
        ):  # fmt: skip
            added = document.add_paragraph(text, style=style if list_id == 0 else None)
            if list_id:
                properties = f'<w:numPr {W}><w:ilvl w:val="{depth}"/><w:numId w:val="{list_id}"/></w:numPr>'
                added._p.get_or_add_pPr().append(parse_xml(properties))

    assert lines(make_docx(fill)) == ["I. Một", "1.1. theo kiểu", "(1) x", "II. Hai", "(2) y", "Điều 3. Ba"]


# --- through LibreOffice ----------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def converted(tmp_path_factory: pytest.TempPathFactory) -> dict[str, bytes]:
    """One small document in the formats that LibreOffice writes."""
    folder = tmp_path_factory.mktemp("word")

    def fill(document: WordDocument) -> None:
        document.add_paragraph("Điều 1. Phạm vi điều chỉnh")
        for text in ("Quy chế này quy định về tổ chức.", "Quy chế này không áp dụng với xã."):
            document.add_paragraph(text, style="List Number")
        table = document.add_table(2, 2, style="Table Grid")
        for row, texts in zip(table.rows, (("TT", "Đơn vị"), ("1", "Sở Nội vụ")), strict=True):
            for cell, text in zip(row.cells, texts, strict=True):
                cell.text = text
        document.add_paragraph("Điều 2. Hiệu lực")  # a table at the very end does not survive LibreOffice's .doc

    source = folder / "a.docx"
    source.write_bytes(make_docx(fill))
    for target in ("doc:MS Word 97", "odt:writer8"):
        subprocess.run(
            ["soffice", "--headless", f"-env:UserInstallation={(folder / 'profile').as_uri()}", "--convert-to", target,
             "--outdir", folder, source],
            check=True, capture_output=True, timeout=120,
        )  # fmt: skip
    macros = b"application/vnd.ms-word.document.macroEnabled.main+xml"
    ordinary = b"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
    docm = with_parts(source.read_bytes(), {"[Content_Types].xml": lambda data: data.replace(ordinary, macros)})
    return {"doc": (folder / "a.doc").read_bytes(), "odt": (folder / "a.odt").read_bytes(), "docm": docm}


@pytest.mark.parametrize("kind", ["doc", "odt", "docm"])
def test_older_and_other_formats_give_the_same_lines_as_word(converted: dict[str, bytes], kind: str) -> None:
    extracted = extract_text(converted[kind], f"a.{kind}", ReadLimits())
    assert extracted.format == kind
    assert extracted.warnings == ()
    assert extracted.text.split("\n") == [
        "Điều 1. Phạm vi điều chỉnh", "1. Quy chế này quy định về tổ chức.", "2. Quy chế này không áp dụng với xã.",
        "TT | Đơn vị", "1 | Sở Nội vụ", "Điều 2. Hiệu lực",
    ]  # fmt: skip


def test_rich_text_with_old_and_new_fonts_is_read_in_unicode(read: Read) -> None:
    extracted = read("a.doc", LEGACY_RTF)
    assert extracted.format == "rtf"
    assert extracted.text.split("\n")[:3] == [
        "SẮC LỆNH",
        "Điều 1. Phạm vi đối với nước ta",
        "Điều 2. Hiệu lực thi hành",
    ]
    assert any(".rtf" in warning for warning in extracted.warnings)


def test_conversions_run_side_by_side(converted: dict[str, bytes]) -> None:
    with ThreadPoolExecutor(2) as pool:
        texts = list(pool.map(lambda kind: lines(converted[kind], f"a.{kind}"), ["doc", "odt"]))
    assert texts[0] == texts[1]


def test_a_conversion_that_takes_too_long_is_ended_with_all_it_started(
    converted: dict[str, bytes], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))  # tells these processes from all others
    with pytest.raises(UnreadableFileError, match="PARSE_TIMEOUT_S"):
        extract_text(converted["doc"], "a.doc", ReadLimits(timeout_s=0.3))
    deadline = time.monotonic() + 10
    while _processes_naming(tmp_path) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert _processes_naming(tmp_path) == []
    assert list(tmp_path.iterdir()) == []


def _processes_naming(folder: Path) -> list[str]:
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        with contextlib.suppress(OSError):  # it has just ended
            if str(folder).encode() in path.read_bytes():
                found.append(path.parent.name)
    return found


def test_without_libreoffice_the_message_says_how_to_install_it(
    converted: dict[str, bytes], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert shutil.which("soffice") is None
    with pytest.raises(UnsupportedFormatError, match="sudo apt install libreoffice-writer"):
        extract_text(converted["doc"], "a.doc", ReadLimits())


def test_a_file_cannot_bring_in_other_files_of_the_machine(tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("bí mật của máy chủ")
    fodt = f"""<?xml version="1.0"?><office:document
      xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" office:version="1.2"
      xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" xmlns:xlink="http://www.w3.org/1999/xlink"
      office:mimetype="application/vnd.oasis.opendocument.text"><office:body><office:text>
      <text:p>Điều 1. Phạm vi</text:p><text:section text:name="s">
      <text:section-source xlink:href="{secret.as_uri()}" text:filter-name="Text"/><text:p>cũ</text:p></text:section>
      </office:text></office:body></office:document>"""
    rtf = rb"{\rtf1 Dieu 1. {\field{\*\fldinst INCLUDETEXT " + f'"{secret}"'.encode() + rb"}{\fldrslt cu}}\par}"
    for name, content in (("a.fodt", fodt.encode()), ("a.rtf", rtf)):
        text = extract_text(content, name, ReadLimits()).text
        assert "1. " in text
        assert "bí mật" not in text
