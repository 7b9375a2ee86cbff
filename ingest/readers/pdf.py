"""PDF with a text layer: PDFium reads the text, pypdf checks and repairs the file and stands in where PDFium fails.

On the gazette's files pypdf splits words where PDFium has 0.1 % unknown syllables, hence the order (DESIGN §4).
"""

import ctypes
import io
import logging
import math
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from statistics import median

import pypdf
import pypdfium2
import pypdfium2.raw as pdfium_c
from pypdf.errors import PyPdfError

from core.errors import OcrUnavailableError, UnreadableFileError
from ingest.readers.lines import Deadline, Line, RawDocument, ReadLimits, clean
from ingest.readers.paragraphs import with_footnotes_marked, without_repeated_table_heads, without_running_heads
from ingest.readers.pdf_stamps import Stamp, filled_in, read_stamps
from ingest.readers.pdf_tables import Shape, Table, find_tables, read_shapes
from ingest.text_quality import text_quality

_logger = logging.getLogger(__name__)

_HYPHENS = "\ufffe\x02"  # what PDFium prints for a hyphen at a line's end; Vietnamese hyphens are real
_SIGNATURE_BOX = re.compile(
    r"(?:Người ký|Ký bởi|Email|Cơ quan|Thời gian ký|Ngày ký|Chức vụ)\s?:.*|Cổng Thông tin điện tử Chính phủ\s*",
    re.IGNORECASE,
)
_LETTER = re.compile(r"[^\W\d_]")
_FEW_LETTERS = 100
# Share of well-formed syllables: text printed over a scan by good OCR has 0.98 and more, by OCR for another language
# 0.44 to 0.77, in the files at hand.
_MIN_SCAN_QUALITY = 0.85
_PICTURE_SHARE = 0.5
_TURNED = 0.7  # sine of a line's angle: upright text has 0, text up the side 1


@dataclass(frozen=True, slots=True)
class _PageFacts:
    """What tells a scan from text: letters outside signature boxes, their quality, a picture over half the page."""

    letters: int
    quality: float = 1.0
    pictured: bool = False
    damaged: bool = False

    @property
    def is_garbage(self) -> bool:
        return self.pictured and self.quality < _MIN_SCAN_QUALITY

    @property
    def is_unread(self) -> bool:
        return self.is_garbage or (self.pictured and self.letters < _FEW_LETTERS)


def read_pdf(data: bytes, limits: ReadLimits) -> RawDocument:
    """The text layer of a PDF, ruled tables as rows, pages without usable text left empty and named in a warning.

    Raises:
        UnreadableFileError: encrypted, damaged beyond repair, without pages or with too many.
        OcrUnavailableError: pictures of pages only.
    """
    deadline = Deadline(limits.timeout_s)
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        return _read_with_pypdf(data, limits, deadline, error)
    try:
        _check_page_count(len(document), limits)
        pages, facts = [], []
        for number in range(len(document)):
            deadline.check()
            lines, page_facts = _read_page(document, number)
            pages.append(lines)
            facts.append(page_facts)
    finally:
        document.close()
    return _judged(pages, facts)


def _check_page_count(count: int, limits: ReadLimits) -> None:
    if count == 0:
        raise UnreadableFileError("Tệp PDF không có trang nào. Hãy kiểm tra lại tệp gốc hoặc xuất lại PDF.")
    if count > limits.max_pages:
        raise UnreadableFileError(
            f"Tệp PDF có {count} trang, vượt giới hạn {limits.max_pages} trang. Hãy tách tệp, hoặc tăng MAX_PAGES."
        )


def _judged(pages: list[list[Line]], facts: Sequence[_PageFacts]) -> RawDocument:
    unread = [number for number, page in enumerate(facts, 1) if page.is_unread]
    if unread and sum(page.letters for page in facts if not page.is_garbage) < _FEW_LETTERS:
        raise OcrUnavailableError(
            f"Tệp PDF là bản quét ảnh ({len(unread)}/{len(pages)} trang không có lớp chữ dùng được), "
            "cần nhận dạng chữ (OCR) mà bản này chưa có. Hãy dùng tệp gốc dạng chữ (.docx, PDF xuất từ Word) nếu có."
        )
    warnings = []
    if damaged := [number for number, page in enumerate(facts, 1) if page.damaged]:
        warnings.append(f"Trang {_ranges(damaged)} bị hỏng, không đọc được. Hãy xuất lại tệp PDF.")
    if unread:
        warnings.append(
            f"Trang {_ranges(unread)} là ảnh quét hoặc hình vẽ; chữ trong ảnh chưa đọc được, không có trong kho."
        )
    if sum(1 for page in facts if page.pictured and not page.is_unread) > len(facts) / 2:
        warnings.append("Chữ của tệp do máy nhận dạng từ ảnh quét (OCR), có thể sai dấu; nên đối chiếu với bản gốc.")
    kept = [[] if page.is_garbage else lines for lines, page in zip(pages, facts, strict=True)]
    if any("\ufffd" in line.text for page in kept for line in page):
        warnings.append(
            "Phông chữ của PDF thiếu mã của một số chữ; chỗ thiếu hiện là “\ufffd”. Nên dùng bản Word nếu có."
        )
    body = with_footnotes_marked(without_repeated_table_heads(without_running_heads(kept)))
    return RawDocument("pdf", body, tuple(warnings))


def _ranges(numbers: Sequence[int]) -> str:
    """`1–3, 7` for 1, 2, 3, 7."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return ", ".join(str(first) if first == last else f"{first}–{last}" for first, last in runs)


# --- one page with PDFium -------------------------------------------------------------------------------------------


def _read_page(document: pypdfium2.PdfDocument, number: int) -> tuple[list[Line], _PageFacts]:
    try:
        page = document[number]
        text_page = page.get_textpage()
    except pypdfium2.PdfiumError as error:
        _logger.warning("Page %d cannot be loaded: %s", number + 1, error)
        return [], _PageFacts(0, damaged=True)
    height = page.get_height()
    shapes = read_shapes(page)
    tables = find_tables(
        shapes, lambda left, bottom, right, top: _unhyphenated(text_page.get_text_bounded(left, bottom, right, top))
    )
    stamps = read_stamps(document, number, text_page.count_chars())
    lines = _with_tables(_page_lines(text_page, height, stamps), tables, height)
    text = _SIGNATURE_BOX.sub("", "\n".join(line.text for line in lines))
    pictured = _is_pictured(shapes, page.get_width() * height)
    quality = text_quality(text) if pictured else 1.0
    return lines, _PageFacts(len(_LETTER.findall(text)), quality, pictured)


def _is_pictured(shapes: Sequence[Shape], page_area: float) -> bool:
    covered = sum((shape.right - shape.left) * (shape.top - shape.bottom) for shape in shapes if shape.is_picture)
    return covered > _PICTURE_SHARE * page_area


def _unhyphenated(text: str) -> str:
    return text.replace("\ufffe", "-").replace("\x02", "-")


def _page_lines(text_page: pypdfium2.PdfTextPage, height: float, stamps: list[Stamp]) -> list[Line]:
    text = _page_text(text_page)
    box = _box_reader(text_page)
    lines: list[Line] = []
    turned: list[Line] = []
    for match in re.finditer(r"[^\r\n]+", text):
        for start, end in _visual_lines(text, match.start(), match.end(), box):
            printed = [k for k in range(start, end) if not text[k].isspace()]
            content = clean(filled_in(text, start, end, box, stamps))
            if not printed or not content:
                continue
            left, bottom, _, top = box(printed[0])
            word_end = next((k for k in printed if k + 1 == end or text[k + 1].isspace()), printed[-1])
            angle = pdfium_c.FPDFText_GetCharAngle(text_page, printed[0])
            (turned if abs(math.sin(angle)) > _TURNED else lines).append(
                Line(
                    content,
                    whole=False,
                    left=left,
                    right=box(printed[-1])[2],
                    top=height - top,
                    bottom=height - bottom,
                    first_word=box(word_end)[2] - left,
                    size=_letter_height(text_page, (printed[0], printed[len(printed) // 2], printed[-1])),
                )
            )
    # Gazettes print the running head of a landscape table up its side.
    return lines if len(lines) >= len(turned) else turned


def _page_text(text_page: pypdfium2.PdfTextPage) -> str:
    """Text with one character for each of PDFium's character indices, end-of-line hyphens restored."""
    count = text_page.count_chars()
    text = text_page.get_text_range() if count else ""
    if len(text) != count:
        codes = (pdfium_c.FPDFText_GetUnicode(text_page, k) for k in range(count))
        text = "".join(chr(code) if 0 < code < 0x110000 else "\ufffe" for code in codes)
    if not any(mark in text for mark in _HYPHENS):
        return text
    return "".join(
        _hyphen_or_hole(text_page, k) if character in _HYPHENS else character for k, character in enumerate(text)
    )


def _hyphen_or_hole(text_page: pypdfium2.PdfTextPage, index: int) -> str:
    # 254/2025/QH15: glyphs without a code come out as the same character as hyphens do
    return "-" if pdfium_c.FPDFText_IsHyphen(text_page, index) == 1 else "\ufffd"


Box = tuple[float, float, float, float]


def _box_reader(text_page: pypdfium2.PdfTextPage) -> Callable[[int], Box]:
    left, right, bottom, top = (ctypes.c_double() for _ in range(4))

    def box(index: int) -> Box:
        pdfium_c.FPDFText_GetCharBox(text_page, index, left, right, bottom, top)
        return left.value, bottom.value, right.value, top.value

    return box


def _letter_height(text_page: pypdfium2.PdfTextPage, indices: Sequence[int]) -> float:
    """Median height of the letters' boxes: some are raised numbers, some come from a stand-in font."""
    # The font size itself is useless where the page scales its text (size 1.0 throughout a gazette file).
    rectangle = pdfium_c.FS_RECTF()
    heights = []
    for index in indices:
        pdfium_c.FPDFText_GetLooseCharBox(text_page, index, rectangle)
        heights.append(abs(rectangle.top - rectangle.bottom))
    return float(median(heights))


def _visual_lines(text: str, start: int, end: int, box: Callable[[int], Box]) -> list[tuple[int, int]]:
    """Cut where PDFium put two columns on one line: a gap wider than twice the letters' height."""
    cuts = [start]
    for match in re.finditer(r"\s+", text[start:end]):
        before, after = start + match.start() - 1, start + match.end()
        # A number left blank in a draft ("Số:      /QĐ-UBND") is one line.
        if before < start or after >= end or text[before] == ":" or text[after] in "/-–":
            continue
        _, low, right, high = box(before)
        left = box(after)[0]
        if left - right > 2.5 * max(high - low, 6.0):
            cuts.append(after)
    return list(zip(cuts, [*cuts[1:], end], strict=True))


def _with_tables(lines: list[Line], tables: Sequence[Table], height: float) -> list[Line]:
    """`lines` with those inside a table replaced by its rows, after the lines that stand above it."""
    if not tables:
        return lines
    # One band above each table and one below the last; within a band the order stays that of the file.
    bands: list[list[Line]] = [[] for _ in range(len(tables) + 1)]
    for line in lines:
        x, y = (line.left + min(line.right, line.left + line.first_word)) / 2, height - (line.top + line.bottom) / 2
        if not any(table.holds(x, y) for table in tables):
            bands[sum(1 for table in tables if table.top > y)].append(line)
    result = bands[0]
    for table, below in zip(tables, bands[1:], strict=True):
        result += [replace(row, top=height - table.top, bottom=height - table.bottom) for row in table.lines]
        result += below
    return result


# --- pypdf: repair and fallback ---------------------------------------------------------------------------------------


def _read_with_pypdf(data: bytes, limits: ReadLimits, deadline: Deadline, cause: Exception) -> RawDocument:
    try:
        reader = pypdf.PdfReader(io.BytesIO(data))
        if reader.is_encrypted:
            raise UnreadableFileError(
                "Tệp PDF được đặt mật khẩu nên không đọc được. "
                "Hãy mở bằng mật khẩu, lưu bản mới không mật khẩu rồi nạp lại."
            ) from cause
        _check_page_count(len(reader.pages), limits)
        pages = []
        for page in reader.pages:
            deadline.check()
            pages.append(
                [
                    Line(text, whole=False, right=len(text))
                    for row in page.extract_text().splitlines()
                    if (text := clean(row))
                ]
            )
    except (PyPdfError, ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError) as error:
        # pypdf meets damaged files with any of these
        raise UnreadableFileError(
            f"Tệp PDF bị hỏng hoặc chưa tải xuống hết ({type(error).__name__}). Hãy tải lại hoặc xuất lại tệp PDF."
        ) from error
    letters = [len(_LETTER.findall(" ".join(line.text for line in page))) for page in pages]
    read = _judged(pages, [_PageFacts(count, pictured=count == 0) for count in letters])
    repaired = "Cấu trúc tệp PDF bị lỗi; đã đọc bằng cách dự phòng nên có thể có từ bị tách rời. Nên xuất lại tệp PDF."
    return replace(read, warnings=(*read.warnings, repaired))
