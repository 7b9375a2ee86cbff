"""Word files: paragraphs and tables in document order, list numbers and text boxes included."""

import io
import zipfile
from collections.abc import Iterator

import docx
from docx.document import Document
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.exceptions import OpcError
from docx.oxml.ns import qn
from docx.oxml.xmlchemy import BaseOxmlElement
from lxml.etree import LxmlError

from core.errors import UnreadableFileError
from ingest.readers.docx_numbering import Numbering
from ingest.readers.lines import Deadline, Line, RawDocument, ReadLimits, whole_lines
from ingest.readers.tables import table_lines

# A 200-page decree unpacks to some 5 MB; pictures barely pack at all.
_MAX_UNPACKED_MB = 1024
_MAX_RATIO = 200
_RATIO_MATTERS_MB = 50
_MAX_MEMBERS = 20_000
_MB = 1024 * 1024
# Deletions, field codes and properties are no text.
_SKIPPED = {qn("w:del"), qn("w:instrText"), qn("w:delText"), qn("w:pPr"), qn("w:rPr"), qn("w:moveFrom")}
# A drawing is stored twice, the second time for Word 2007.
_SKIPPED.add("{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback")


def read_docx(data: bytes, limits: ReadLimits) -> RawDocument:
    """The body of a Word file; page headers and footers are left out, footnotes are named in a warning.

    Raises:
        UnreadableFileError: damaged, or packed so tightly that opening it would fill the memory.
    """
    _check_archive(data)
    try:
        document = docx.Document(io.BytesIO(data))
        reader = _BodyReader(document, Deadline(limits.timeout_s))
        lines = list(reader.lines(document.element.body))
    except (
        OpcError,
        LxmlError,
        zipfile.BadZipFile,
        KeyError,
        ValueError,
        AttributeError,
        NotImplementedError,
    ) as error:
        # python-docx meets damaged packages with any of these
        raise UnreadableFileError(
            f"Tệp Word bị hỏng ({type(error).__name__}). Hãy mở bằng Word, lưu lại thành .docx rồi nạp lại."
        ) from error
    notes = document.element.body.findall(f".//{qn('w:footnoteReference')}")
    warnings = (f"Văn bản có {len(notes)} chú thích cuối trang; phần chú thích không được lấy vào.",) if notes else ()
    return RawDocument("docx", [lines], warnings)


def _check_archive(data: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = archive.infolist()
    # zipfile never unpacks more than a member declares, so the declared sizes bound the real ones.
    unpacked_mb = sum(member.file_size for member in members) / _MB
    packed_mb = max(sum(member.compress_size for member in members), 1) / _MB
    if (
        len(members) > _MAX_MEMBERS
        or unpacked_mb > _MAX_UNPACKED_MB
        or (unpacked_mb > _RATIO_MATTERS_MB and unpacked_mb / packed_mb > _MAX_RATIO)
    ):
        raise UnreadableFileError(
            f"Tệp Word bung ra quá lớn ({unpacked_mb:.0f} MB từ {packed_mb:.1f} MB, {len(members)} phần) nên không mở "
            "vì lý do an toàn. Hãy mở bằng Word và lưu lại, hoặc xuất ra PDF."
        )


class _BodyReader:
    """Walks the body once; list numbers count along, so order matters."""

    def __init__(self, document: Document, deadline: Deadline) -> None:
        part = document.part
        has_lists = any(relation.reltype == RELATIONSHIP_TYPE.NUMBERING for relation in part.rels.values())
        self._styles = document.styles.element
        self._numbering = Numbering(part.numbering_part.element if has_lists else None, self._styles)
        self._deadline = deadline

    def lines(self, container: BaseOxmlElement) -> Iterator[Line]:
        for block in container:
            self._deadline.check()
            if block.tag == qn("w:p"):
                yield from whole_lines(self._paragraph(block))
            elif block.tag == qn("w:tbl"):
                yield from self._table(block)
            elif block.tag in {qn("w:sdt"), qn("w:sdtContent"), qn("w:ins"), qn("w:smartTag"), qn("w:customXml")}:
                yield from self.lines(block)

    def _paragraph(self, paragraph: BaseOxmlElement) -> list[str]:
        """Printed lines of a paragraph, then those of the text boxes anchored in it."""
        boxes: list[BaseOxmlElement] = []
        text = "".join(_run_text(paragraph, boxes))
        if text.strip():
            text = self._numbering.label(paragraph) + text.lstrip()
        return [*text.split("\n"), *(line.text for box in boxes for line in self.lines(box))]

    def _table(self, table: BaseOxmlElement) -> Iterator[Line]:
        rows = []
        for row in table.iter(qn("w:tr")):
            if next(row.iterancestors(qn("w:tbl"))) is not table:
                continue
            cells: list[list[str]] = []
            for cell in row.iter(qn("w:tc")):
                if next(cell.iterancestors(qn("w:tr"))) is not row:
                    continue
                properties = cell.find(qn("w:tcPr"))
                merge = None if properties is None else properties.find(qn("w:vMerge"))
                continued = merge is not None and merge.get(qn("w:val"), "continue") == "continue"
                cells.append([] if continued else [line.text for line in self.lines(cell)])
                span = None if properties is None else properties.find(qn("w:gridSpan"))
                cells.extend([] for _ in range(int(span.get(qn("w:val"), "1")) - 1 if span is not None else 0))
            rows.append(cells)
        yield from table_lines(rows, ruled=self._is_ruled(table))

    def _is_ruled(self, table: BaseOxmlElement) -> bool:
        borders = [*table.iter(qn("w:tblBorders")), *table.iter(qn("w:tcBorders"))]
        style = table.find(f"{qn('w:tblPr')}/{qn('w:tblStyle')}")
        if style is not None:
            name = style.get(qn("w:val"))
            borders += [
                border
                for element in self._styles.findall(qn("w:style"))
                if element.get(qn("w:styleId")) == name
                for border in element.iter(qn("w:tblBorders"))
            ]
        return any(side.get(qn("w:val"), "nil") not in {"nil", "none"} for border in borders for side in border)


def _run_text(element: BaseOxmlElement, boxes: list[BaseOxmlElement]) -> Iterator[str]:
    for child in element:
        if child.tag == qn("w:t"):
            yield child.text or ""
        elif child.tag == qn("w:tab"):
            yield " "
        elif child.tag in {qn("w:br"), qn("w:cr")}:
            yield "\n"
        elif child.tag == qn("w:noBreakHyphen"):
            yield "-"
        elif child.tag == qn("w:txbxContent"):
            boxes.append(child)
        elif child.tag not in _SKIPPED:
            yield from _run_text(child, boxes)
