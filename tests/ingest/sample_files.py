"""Small files of every format, made on the spot."""

import zipfile
from collections.abc import Callable, Sequence
from io import BytesIO
from pathlib import Path

import docx
import pypdf
from docx.document import Document as WordDocument
from fpdf import FPDF
from pypdf.generic import (
    ArrayObject,
    DictionaryObject,
    FloatObject,
    NameObject,
    NumberObject,
    StreamObject,
)

FONT = Path(__file__).parents[2] / "scripts" / "sample_corpus" / "fonts" / "SampleCorpusSerif-Regular.ttf"


def make_pdf(*pages: Sequence[str], heads: Sequence[str] = (), size: float = 13) -> bytes:
    """A PDF whose paragraphs are set justified and wrapped, with an optional running head on each page."""
    pdf = open_pdf(size)
    for number, paragraphs in enumerate(pages):
        pdf.add_page()
        if heads:
            pdf.cell(0, 6, heads[number], align="C", new_x="LMARGIN", new_y="NEXT")
        for paragraph in paragraphs:
            pdf.multi_cell(0, 6, paragraph, align="J", new_x="LMARGIN", new_y="NEXT")
    return close_pdf(pdf)


def open_pdf(size: float = 13) -> FPDF:
    pdf = FPDF(format="A4")
    pdf.set_auto_page_break(False)
    pdf.add_font("serif", "", FONT)
    pdf.set_font("serif", "", size)
    return pdf


def close_pdf(pdf: FPDF) -> bytes:
    content = bytes(pdf.output())
    for font in pdf.fonts.values():
        font.close()
    return content


def stamp(content: bytes, *stamps: tuple[float, float, str]) -> bytes:
    """A PDF with figures laid over its first page as signing tools do: (left, bottom, text), points from below."""
    writer = pypdf.PdfWriter(clone_from=BytesIO(content))
    font = DictionaryObject(
        {
            NameObject("/Type"): NameObject("/Font"),
            NameObject("/Subtype"): NameObject("/Type1"),
            NameObject("/BaseFont"): NameObject("/Helvetica"),
        }
    )
    for left, bottom, text in stamps:
        width, height = 8.0 * len(text), 14.0
        shown = StreamObject()
        shown.set_data(f"BT /F1 13 Tf 1 2 Td ({text}) Tj ET".encode())
        shown.update(
            {
                NameObject("/Type"): NameObject("/XObject"),
                NameObject("/Subtype"): NameObject("/Form"),
                NameObject("/BBox"): ArrayObject(map(FloatObject, (0, 0, width, height))),
                NameObject("/Resources"): DictionaryObject(
                    {NameObject("/Font"): DictionaryObject({NameObject("/F1"): font})}
                ),
            }
        )
        field = DictionaryObject(
            {
                NameObject("/Type"): NameObject("/Annot"),
                NameObject("/Subtype"): NameObject("/Widget"),
                NameObject("/FT"): NameObject("/Sig"),
                NameObject("/F"): NumberObject(4),
                NameObject("/Rect"): ArrayObject(map(FloatObject, (left, bottom, left + width, bottom + height))),
                NameObject("/AP"): DictionaryObject({NameObject("/N"): writer._add_object(shown)}),
            }
        )
        writer.add_annotation(0, field)
    buffer = BytesIO()
    writer.write(buffer)
    return buffer.getvalue()


def make_docx(fill: Callable[[WordDocument], object]) -> bytes:
    document = docx.Document()
    fill(document)
    buffer = BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def make_zip(members: dict[str, bytes]) -> bytes:
    buffer = BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()
