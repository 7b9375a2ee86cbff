"""Word files: paragraphs and tables in document order, list numbers, text boxes and notes included."""

import io
import re
import zipfile
import zlib
from collections.abc import Iterator

import docx
from docx.document import Document
from docx.opc.constants import RELATIONSHIP_TYPE
from docx.opc.exceptions import OpcError
from docx.oxml import parse_xml
from docx.oxml.ns import qn
from docx.oxml.xmlchemy import BaseOxmlElement
from lxml.etree import LxmlError

from core.errors import UnreadableFileError
from ingest.readers.docx_numbering import Numbering
from ingest.readers.docx_runs import RunReader, is_placeholder
from ingest.readers.docx_styles import Styles
from ingest.readers.legacy_encodings import conversion_warning
from ingest.readers.lines import Deadline, Line, RawDocument, ReadLimits, whole_lines
from ingest.readers.tables import table_lines

# A 200-page decree unpacks to some 5 MB; pictures barely pack at all. A parsed part takes six times its size.
_MAX_UNPACKED_MB = 1024
_MAX_XML_MB = 200
_MAX_RATIO = 200
_RATIO_MATTERS_MB = 50
_MAX_MEMBERS = 20_000
_MB = 1024 * 1024
_CONTAINERS = {qn("w:sdt"), qn("w:sdtContent"), qn("w:ins"), qn("w:moveTo"), qn("w:smartTag"), qn("w:customXml")}
_LETTERHEAD = re.compile(r"CỘNG H(?:ÒA|OÀ) XÃ HỘI|ĐẢNG CỘNG SẢN VIỆT NAM", re.IGNORECASE)
_LETTERHEAD_LINES = 15
_CONTENTS_STYLE = re.compile(r"(?:toc|contents|table of figures)\b", re.IGNORECASE)
_CONTENTS_ENTRY = re.compile(r".*\D\d{1,4}\s*", re.DOTALL)
_MAX_COLUMNS = 200


def read_docx(data: bytes, limits: ReadLimits) -> RawDocument:
    """The body of a Word file; page headers and footers are left out, except a letterhead that stands in one.

    Raises:
        UnreadableFileError: damaged, or packed so tightly that opening it would fill the memory.
    """
    try:
        _check_archive(data)
        document = docx.Document(io.BytesIO(data))
        reader = _BodyReader(document, Deadline(limits.timeout_s))
        lines = list(reader.lines(document.element.body))
        lines = [*_letterhead_in_header(document, reader, lines), *lines]
    except (
        OpcError,
        LxmlError,
        zipfile.BadZipFile,
        zlib.error,
        EOFError,
        OSError,
        KeyError,
        ValueError,
        TypeError,
        AttributeError,
        NotImplementedError,
        RecursionError,
        RuntimeError,
    ) as error:
        # python-docx meets damaged packages with any of these
        raise UnreadableFileError(
            f"Tệp Word bị hỏng ({type(error).__name__}). Hãy mở bằng Word, lưu lại thành .docx rồi nạp lại."
        ) from error
    return RawDocument("docx", [lines], tuple(map(conversion_warning, reader.encodings)))


def _check_archive(data: bytes) -> None:
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        members = archive.infolist()
    # zipfile never unpacks more than a member declares, so the declared sizes bound the real ones.
    unpacked_mb = sum(member.file_size for member in members) / _MB
    packed_mb = max(sum(member.compress_size for member in members), 1) / _MB
    xml_mb = sum(member.file_size for member in members if member.filename.endswith((".xml", ".rels"))) / _MB
    if (
        len(members) > _MAX_MEMBERS
        or unpacked_mb > _MAX_UNPACKED_MB
        or xml_mb > _MAX_XML_MB
        or (unpacked_mb > _RATIO_MATTERS_MB and unpacked_mb / packed_mb > _MAX_RATIO)
    ):
        raise UnreadableFileError(
            f"Tệp Word bung ra quá lớn ({unpacked_mb:.0f} MB từ {packed_mb:.1f} MB, {len(members)} phần) nên không mở "
            "vì lý do an toàn. Hãy mở bằng Word và lưu lại, hoặc xuất ra PDF."
        )


def _letterhead_in_header(document: Document, reader: "_BodyReader", body: list[Line]) -> list[Line]:
    """Lines of the first page's header when they are the document's letterhead and the body has none of its own."""
    if not document.sections or any(_LETTERHEAD.search(line.text) for line in body[:_LETTERHEAD_LINES]):
        return []
    section = document.sections[0]
    header = section.first_page_header if section.different_first_page_header_footer else section.header
    if header.is_linked_to_previous:  # it has none
        return []
    lines = list(reader.lines(header._element))
    return lines if any(_LETTERHEAD.search(line.text) for line in lines) else []


class _BodyReader:
    """Walks the body once; list numbers count along, so order matters."""

    def __init__(self, document: Document, deadline: Deadline) -> None:
        part = document.part
        has_lists = any(relation.reltype == RELATIONSHIP_TYPE.NUMBERING for relation in part.rels.values())
        self._styles = Styles(document.styles.element)
        self._runs = RunReader(document.element.body, self._styles)
        self.encodings = self._runs.encodings
        self._numbering = Numbering(
            part.numbering_part.element if has_lists else None, self._styles, self._runs.legacy_font
        )
        self._notes = {
            kind: _notes_of(document, reltype, kind)
            for kind, reltype in (("footnote", RELATIONSHIP_TYPE.FOOTNOTES), ("endnote", RELATIONSHIP_TYPE.ENDNOTES))
        }
        self._waiting: list[tuple[str, str]] = []  # notes referred to in the block at hand
        self._noted = 0
        self._deadline = deadline

    def lines(self, container: BaseOxmlElement, *, in_table: bool = False) -> Iterator[Line]:
        """Lines of the paragraphs and tables in `container`, each block followed by the notes it refers to."""
        joined = ""  # a paragraph whose end was deleted goes on in the next one
        for block in container:
            self._deadline.check()
            if block.tag == qn("w:p"):
                words = self._runs.words(block)
                self._waiting += words.notes
                text = joined + self._labelled(block, words.text)
                joined = text if _end_is_deleted(block) else ""
                if not joined:
                    yield from whole_lines(text.split("\n"))
                for box in words.boxes:
                    yield from self.lines(box, in_table=True)
            elif block.tag == qn("w:tbl"):
                yield from self._table(block)
            elif block.tag in _CONTAINERS and not is_placeholder(block):
                yield from self.lines(block, in_table=in_table)
            if not in_table and not joined:
                yield from self._notes_referred_to()
        yield from whole_lines(joined.split("\n"))

    def _labelled(self, paragraph: BaseOxmlElement, text: str) -> str:
        if not text.strip() or self._is_contents_entry(paragraph, text):
            return ""
        return self._numbering.label(paragraph) + text.lstrip()

    def _is_contents_entry(self, paragraph: BaseOxmlElement, text: str) -> bool:
        """Whether it is a line of the table of contents, which would read as a second heading."""
        style = paragraph.find(f"{qn('w:pPr')}/{qn('w:pStyle')}")
        name = "" if style is None else self._styles.name(style.get(qn("w:val"), ""))
        return _CONTENTS_STYLE.match(name) is not None and _CONTENTS_ENTRY.fullmatch(text) is not None

    def _notes_referred_to(self) -> Iterator[Line]:
        waiting, self._waiting = self._waiting, []
        for kind, note_id in waiting:
            self._noted += 1
            note = self._notes[kind].get(note_id)
            texts = [line.text for line in self.lines(note, in_table=True)] if note is not None else []
            yield from whole_lines([f"[{self._noted}] {' '.join(texts)}"] if texts else [])

    def _table(self, table: BaseOxmlElement) -> Iterator[Line]:
        rows = [
            self._cells(row)
            for row in table.iter(qn("w:tr"))
            if next(row.iterancestors(qn("w:tbl"))) is table and row.find(f"{qn('w:trPr')}/{qn('w:del')}") is None
        ]
        yield from table_lines(rows, ruled=self._is_ruled(table))

    def _cells(self, row: BaseOxmlElement) -> list[list[str]]:
        """Paragraphs cell by cell, an empty cell for each place that a merged one covers."""
        cells: list[list[str]] = [[] for _ in range(_count(row, "w:trPr", "w:gridBefore"))]
        for cell in row.iter(qn("w:tc")):
            if next(cell.iterancestors(qn("w:tr"))) is not row:
                continue
            properties = cell.find(qn("w:tcPr"))
            merges = () if properties is None else (properties.find(qn("w:vMerge")), properties.find(qn("w:hMerge")))
            covered = any(merge is not None and merge.get(qn("w:val"), "continue") == "continue" for merge in merges)
            cells.append([] if covered else [line.text for line in self.lines(cell, in_table=True)])
            cells.extend([] for _ in range(_count(cell, "w:tcPr", "w:gridSpan") - 1))
        return cells

    def _is_ruled(self, table: BaseOxmlElement) -> bool:
        borders = [*table.iter(qn("w:tblBorders")), *table.iter(qn("w:tcBorders"))]
        style = table.find(f"{qn('w:tblPr')}/{qn('w:tblStyle')}")
        if style is not None:
            for inherited in self._styles.chain(style.get(qn("w:val"), "")):
                borders += inherited.iter(qn("w:tblBorders"))
        return any(side.get(qn("w:val"), "nil") not in {"nil", "none"} for border in borders for side in border)


def _notes_of(document: Document, reltype: str, kind: str) -> dict[str, BaseOxmlElement]:
    """The file's notes of one kind by id; the lines that part them from the text are no notes."""
    relations = document.part.rels.values()
    part = next((relation.target_part for relation in relations if relation.reltype == reltype), None)
    if part is None:
        return {}
    notes = parse_xml(part.blob).findall(qn(f"w:{kind}"))
    return {note.get(qn("w:id"), ""): note for note in notes if note.get(qn("w:type"), "normal") == "normal"}


def _end_is_deleted(paragraph: BaseOxmlElement) -> bool:
    return paragraph.find(f"{qn('w:pPr')}/{qn('w:rPr')}/{qn('w:del')}") is not None


def _count(element: BaseOxmlElement, properties: str, name: str) -> int:
    """A number of columns from the properties of a row or cell, 0 when it has none."""
    found = element.find(f"{qn(properties)}/{qn(name)}")
    value = "" if found is None else found.get(qn("w:val"), "")
    return min(int(value), _MAX_COLUMNS) if value.isdecimal() else 0
