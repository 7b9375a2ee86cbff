"""Sample documents as PDF: A4, Times-like serif, letterhead and signature in two columns, page numbers on top."""

from datetime import UTC, datetime, time
from itertools import pairwise
from pathlib import Path

from fpdf import FPDF
from fpdf.enums import Align, XPos, YPos
from fpdf.fonts import FontFace

from scripts.sample_corpus.source import (
    MOTTO,
    SAMPLE_MARK,
    Block,
    BlockKind,
    SampleDocument,
    bold_runs,
    is_number,
)

_FONTS = Path(__file__).parent / "fonts"
_FAMILY = "serif"
# Margins, sizes and indent of Decree 30/2020/NĐ-CP, appendix I, in millimetres and points.
_LEFT, _RIGHT, _TOP, _BOTTOM = 30, 17, 20, 20
_SIZE = 13
_INDENT = 10
_LINE = 5.8
_LEFT_COLUMN = 66
_SIGNATURE_GAP = 22


class _Page(FPDF):
    def header(self) -> None:
        """Page number at the top, centred, from the second page on (Decree 30/2020/NĐ-CP, appendix I, section II)."""
        if self.page_no() > 1:
            self.set_font(_FAMILY, "", _SIZE)
            self.set_y(10)
            self.cell(0, 5, str(self.page_no()), align=Align.C)
            self.set_y(_TOP)


def write_pdf(document: SampleDocument) -> bytes:
    """The document as a PDF file; equal bytes for equal documents."""
    pdf = _open(document)
    _mark(pdf)
    _letterhead(pdf, document, numbered=True)
    if document.kind:
        _centred(pdf, document.kind, size=14)
        _centred(pdf, document.title)
        _rule(pdf, pdf.l_margin + pdf.epw / 2, 40)
    for block, following in pairwise((*document.blocks, None)):
        # A signature never stands alone on a page.
        if following and following.kind is BlockKind.SIGNATURE:
            _keep_together(pdf, _signature_height(document) + 4 * _LINE)
        if block:
            _write_block(pdf, document, block)
    return bytes(pdf.output())


def _open(document: SampleDocument) -> FPDF:
    pdf = _Page(format="A4")
    pdf.set_margins(_LEFT, _TOP, _RIGHT)
    pdf.set_auto_page_break(True, margin=_BOTTOM)
    for style, face in (("", "Regular"), ("B", "Bold"), ("I", "Italic")):
        pdf.add_font(_FAMILY, style, _FONTS / f"SampleCorpusSerif-{face}.ttf")
    pdf.set_title(f"{document.kind} {document.number}".strip())
    pdf.set_lang("vi")
    # The clock would change the file at every run.
    pdf.set_creation_date(datetime.combine(document.issued_on, time(8), UTC))
    pdf.add_page()
    return pdf


def _mark(pdf: FPDF) -> None:
    pdf.set_y(11)
    pdf.set_font(_FAMILY, "I", 10)
    pdf.cell(0, 5, SAMPLE_MARK, align=Align.C)
    pdf.set_y(_TOP)


def _letterhead(pdf: FPDF, document: SampleDocument, *, numbered: bool) -> None:
    """Issuer and number on the left, motto, place and date on the right."""
    top = pdf.get_y()
    superiors, issuer = document.issuer[:-1], document.issuer[-1:]
    left = [(line, "B" if document.issuer_is_one_name else "", 12) for line in superiors] + [
        (line, "B", 12) for line in issuer
    ]
    _column(pdf, left, x=_LEFT, width=_LEFT_COLUMN, y=top)
    _rule(pdf, _LEFT + _LEFT_COLUMN / 2, 22)
    if numbered:
        below = [(document.number_line, "", _SIZE)]
        if not document.kind:
            below.append((document.title, "", 12))
        _column(pdf, below, x=_LEFT, width=_LEFT_COLUMN, y=pdf.get_y() + 2)
    left_end = pdf.get_y()
    right_x = _LEFT + _LEFT_COLUMN
    right_width = pdf.w - _RIGHT - right_x
    motto = [(line, "B", 12 if index == 0 else _SIZE) for index, line in enumerate(MOTTO[document.style])]
    _column(pdf, motto, x=right_x, width=right_width, y=top)
    _rule(pdf, right_x + right_width / 2, 60)
    if numbered:
        _column(pdf, [(document.dated, "I", _SIZE)], x=right_x, width=right_width, y=pdf.get_y() + 2)
    pdf.set_y(max(left_end, pdf.get_y()) + 6)


def _column(pdf: FPDF, lines: list[tuple[str, str, int]], *, x: float, width: float, y: float) -> None:
    pdf.set_xy(x, y)
    for text, style, size in lines:
        pdf.set_font(_FAMILY, style, size)
        pdf.multi_cell(width, _LINE, text, align=Align.C, new_x=XPos.LEFT, new_y=YPos.NEXT)


def _rule(pdf: FPDF, centre: float, length: float) -> None:
    y = pdf.get_y() + 0.8
    pdf.line(centre - length / 2, y, centre + length / 2, y)
    pdf.set_y(y + 1.5)


def _centred(pdf: FPDF, text: str, *, style: str = "B", size: int = _SIZE) -> None:
    pdf.set_font(_FAMILY, style, size)
    pdf.multi_cell(0, _LINE + 0.4, text, align=Align.C, new_x=XPos.LMARGIN, new_y=YPos.NEXT)


def _write_block(pdf: FPDF, document: SampleDocument, block: Block) -> None:
    match block.kind:
        case BlockKind.TEXT:
            _paragraph(pdf, bold_runs(block.text))
        case BlockKind.GROUND:
            _paragraph(pdf, [(block.text, False)], plain="I")
        case BlockKind.HEADING:
            _paragraph(pdf, [(block.text, True)])
        case BlockKind.CENTRED | BlockKind.NOTE:
            pdf.ln(1.2)
            _keep_together(pdf, 3 * _LINE)
            _centred(pdf, block.text, style="B" if block.kind is BlockKind.CENTRED else "I")
            pdf.ln(1.2)
        case BlockKind.TABLE:
            _table(pdf, block)
        case BlockKind.SIGNATURE:
            _signature(pdf, document)
        case BlockKind.ATTACHMENT:
            pdf.add_page()
            _letterhead(pdf, document, numbered=False)
        case BlockKind.PAGE_BREAK:
            pdf.add_page()


def _paragraph(pdf: FPDF, runs: list[tuple[str, bool]], *, plain: str = "") -> None:
    # A heading or lead-in alone at the foot of a page looks lost.
    _keep_together(pdf, 2 * _LINE)
    with (
        pdf.text_columns(text_align=Align.J, line_height=1.27) as region,
        region.paragraph(first_line_indent=_INDENT, bottom_margin=1.6) as paragraph,
    ):
        for text, bold in runs:
            pdf.set_font(_FAMILY, "B" if bold else plain, _SIZE)
            paragraph.write(text)


def _keep_together(pdf: FPDF, height: float) -> None:
    if pdf.will_page_break(height):
        pdf.add_page()


def _table(pdf: FPDF, block: Block) -> None:
    pdf.ln(1)
    pdf.set_font(_FAMILY, "", 11)
    heads = FontFace(emphasis="BOLD")
    with pdf.table(
        col_widths=block.widths, line_height=5.4, padding=1, headings_style=heads, text_align=Align.L
    ) as table:
        for row_index, cells in enumerate(block.rows):
            row = table.row()
            for column, cell in enumerate(cells):
                centred = row_index == 0 or column == 0
                row.cell(cell, align=Align.C if centred else Align.R if is_number(cell) else Align.L)
    pdf.ln(3)


def _signature(pdf: FPDF, document: SampleDocument) -> None:
    recipients = ("Nơi nhận:", *(f"- {recipient}" for recipient in document.recipients))
    _keep_together(pdf, _signature_height(document))
    pdf.ln(3)
    top = pdf.get_y()
    pdf.set_xy(_LEFT, top)
    for index, line in enumerate(recipients):
        pdf.set_font(_FAMILY, "I" if index == 0 else "", 12 if index == 0 else 11)
        pdf.multi_cell(_LEFT_COLUMN + 8, 5, line, align=Align.L, new_x=XPos.LEFT, new_y=YPos.NEXT)
    left_end = pdf.get_y()
    right_x = _LEFT + _LEFT_COLUMN + 8
    right_width = pdf.w - _RIGHT - right_x
    _column(pdf, [(line, "B", _SIZE) for line in document.signed_for], x=right_x, width=right_width, y=top)
    signed_y = pdf.get_y() + _SIGNATURE_GAP
    _column(pdf, [(document.signer, "B", _SIZE)], x=right_x, width=right_width, y=signed_y)
    pdf.set_y(max(left_end, pdf.get_y()) + 6)


def _signature_height(document: SampleDocument) -> float:
    return max((len(document.recipients) + 1) * 5.5, _SIGNATURE_GAP + 5 * _LINE)
