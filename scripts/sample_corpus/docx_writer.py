"""Sample documents as DOCX: Times New Roman, letterhead and signature as borderless tables, real tables."""

from datetime import UTC, datetime, time
from io import BytesIO
from typing import cast
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import docx
from docx.document import Document
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_ALIGN_PARAGRAPH, WD_BREAK
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.oxml.text.paragraph import CT_P
from docx.shared import Mm, Pt
from docx.table import _Cell
from docx.text.paragraph import Paragraph

from scripts.sample_corpus.source import (
    MOTTO,
    SAMPLE_MARK,
    Block,
    BlockKind,
    SampleDocument,
    Style,
    bold_runs,
    is_number,
)

_TEXT_WIDTH_MM = 163
_BODY = "Sample Body"


def write_docx(document: SampleDocument) -> bytes:
    """The document as a DOCX file; equal bytes for equal documents."""
    word = _open(document)
    _add_line(word, SAMPLE_MARK, size=10, italic=True, space_after=6)
    _letterhead(word, document, numbered=True)
    if document.kind:
        _add_line(word, document.kind, size=14, bold=True)
        _add_line(word, document.title, bold=True, space_after=10)
    for block in document.blocks:
        _write_block(word, document, block)
    return _zip_again(word)


def _open(document: SampleDocument) -> Document:
    word = docx.Document()
    section = word.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.top_margin = section.bottom_margin = Mm(20)
    section.left_margin, section.right_margin = Mm(30), Mm(17)
    section.different_first_page_header_footer = True
    _page_number(section.header.paragraphs[0])
    normal = word.styles["Normal"]
    normal.font.name, normal.font.size = "Times New Roman", Pt(13)
    normal.paragraph_format.space_after = Pt(0)
    body = word.styles.add_style(_BODY, WD_STYLE_TYPE.PARAGRAPH)
    body.base_style = normal
    body.paragraph_format.alignment = WD_ALIGN_PARAGRAPH.JUSTIFY
    body.paragraph_format.first_line_indent = Mm(10)
    body.paragraph_format.space_after = Pt(5)
    body.paragraph_format.line_spacing = 1.15
    properties = word.core_properties
    properties.title = f"{document.kind} {document.number}".strip()
    properties.author = properties.last_modified_by = "Văn bản mẫu"
    properties.comments = ""
    # The clock would change the file at every run.
    properties.created = properties.modified = datetime.combine(document.issued_on, time(8), UTC)
    return word


def _page_number(paragraph: Paragraph) -> None:
    paragraph.alignment = WD_ALIGN_PARAGRAPH.CENTER
    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), "PAGE")
    paragraph._p.append(cast("CT_P", field))  # the stubs know only children of the parent's own type


def _zip_again(word: Document) -> bytes:
    """The package with the same date on every member; python-docx writes the time of the run."""
    written, fixed = BytesIO(), BytesIO()
    word.save(written)
    with ZipFile(written) as source, ZipFile(fixed, "w", ZIP_DEFLATED) as target:
        for member in source.infolist():
            target.writestr(ZipInfo(member.filename), source.read(member), compress_type=ZIP_DEFLATED)
    return fixed.getvalue()


def _add_line(
    container: Document | _Cell, text: str, *, size: int = 13, bold: bool = False, italic: bool = False,
    align: WD_ALIGN_PARAGRAPH = WD_ALIGN_PARAGRAPH.CENTER, space_after: int = 0,
) -> None:  # fmt: skip
    """Adds one paragraph; a new cell's own empty paragraph is used first."""
    first = container.paragraphs[0] if isinstance(container, _Cell) and not container.text else None
    paragraph = first or container.add_paragraph()
    paragraph.alignment = align
    paragraph.paragraph_format.space_after = Pt(space_after)
    run = paragraph.add_run(text)
    run.font.size, run.bold, run.italic = Pt(size), bold, italic


def _two_columns(word: Document, left_mm: int) -> tuple[_Cell, _Cell]:
    table = word.add_table(rows=1, cols=2)
    table.autofit = False
    left, right = table.rows[0].cells
    left.width, right.width = Mm(left_mm), Mm(_TEXT_WIDTH_MM - left_mm)
    table.columns[0].width, table.columns[1].width = left.width, right.width
    return left, right


def _letterhead(word: Document, document: SampleDocument, *, numbered: bool) -> None:
    left, right = _two_columns(word, 66)
    for line in document.issuer[:-1]:
        _add_line(left, line, size=12, bold=document.issuer_is_one_name)
    _add_line(left, document.issuer[-1], size=12, bold=True)
    _add_line(left, "*" if document.style is Style.PARTY else "-------", size=10)
    for index, line in enumerate(MOTTO[document.style]):
        _add_line(right, line, size=12 if index == 0 else 13, bold=True)
    _add_line(right, "---------------", size=10)
    if numbered:
        _add_line(left, document.number_line)
        _add_line(right, document.dated, italic=True)
        if not document.kind:
            _add_line(left, document.title, size=12)
    _add_line(word, "", size=6)


def _write_block(word: Document, document: SampleDocument, block: Block) -> None:
    match block.kind:
        case BlockKind.TEXT | BlockKind.GROUND:
            paragraph = word.add_paragraph(style=_BODY)
            for text, bold in bold_runs(block.text):
                run = paragraph.add_run(text)
                run.bold = bold or None
                run.italic = block.kind is BlockKind.GROUND or None
        case BlockKind.HEADING:
            paragraph = word.add_paragraph(style=_BODY)
            paragraph.paragraph_format.keep_with_next = True
            paragraph.add_run(block.text).bold = True
        case BlockKind.CENTRED:
            _add_line(word, block.text, bold=True, space_after=4)
        case BlockKind.NOTE:
            _add_line(word, block.text, italic=True, space_after=8)
        case BlockKind.TABLE:
            _table(word, block)
        case BlockKind.SIGNATURE:
            _signature(word, document)
        case BlockKind.ATTACHMENT:
            word.add_paragraph().add_run().add_break(WD_BREAK.PAGE)
            _letterhead(word, document, numbered=False)
        case BlockKind.PAGE_BREAK:
            word.add_paragraph().add_run().add_break(WD_BREAK.PAGE)


def _table(word: Document, block: Block) -> None:
    table = word.add_table(rows=0, cols=len(block.widths), style="Table Grid")
    table.autofit = False
    for row_index, cells in enumerate(block.rows):
        row = table.add_row()
        for column, (cell, text) in enumerate(zip(row.cells, cells, strict=True)):
            cell.width = Mm(_TEXT_WIDTH_MM * block.widths[column] / sum(block.widths))
            left, right = WD_ALIGN_PARAGRAPH.LEFT, WD_ALIGN_PARAGRAPH.RIGHT
            align = right if is_number(text) else left
            if row_index == 0 or column == 0:
                align = WD_ALIGN_PARAGRAPH.CENTER
            _add_line(cell, text, size=11, bold=row_index == 0, align=align)
    for column, width in zip(table.columns, block.widths, strict=True):
        column.width = Mm(_TEXT_WIDTH_MM * width / sum(block.widths))
    _add_line(word, "", size=6)


def _signature(word: Document, document: SampleDocument) -> None:
    _add_line(word, "", size=6)
    left, right = _two_columns(word, 78)
    _add_line(left, "Nơi nhận:", size=12, bold=True, italic=True, align=WD_ALIGN_PARAGRAPH.LEFT)
    for recipient in document.recipients:
        _add_line(left, f"- {recipient}", size=11, align=WD_ALIGN_PARAGRAPH.LEFT)
    for line in document.signed_for:
        _add_line(right, line, bold=True)
    for _ in range(4):
        right.add_paragraph()
    _add_line(right, document.signer, bold=True)
