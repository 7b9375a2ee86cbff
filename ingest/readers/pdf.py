"""PDF: PDFium reads the text layer, pypdf repairs the file and stands in where PDFium fails, Tesseract reads scans.

On the gazette's files pypdf splits words where PDFium has 0.1 % unknown syllables, hence the order (DESIGN §4).
"""

import ctypes
import io
import logging
import math
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from statistics import median

import pypdf
import pypdfium2
import pypdfium2.raw as pdfium_c
from pypdf.errors import PyPdfError

from core.errors import OcrUnavailableError, UnreadableFileError
from ingest.readers.lines import Deadline, Line, RawDocument, ReadLimits, clean
from ingest.readers.ocr import OnPage, RecognisedPage, check_available, page_ranges, recognition_warnings
from ingest.readers.paragraphs import with_footnotes_marked, without_running_heads
from ingest.readers.pdf_notes import joined_at_note_marks, with_note_marks
from ingest.readers.pdf_scans import SIGNATURE_BOX, TextLayer, better_of, read_with_pypdf, recognise
from ingest.readers.pdf_stamps import Stamp, filled_in, read_stamps
from ingest.readers.pdf_tables import Shape, find_tables, read_shapes, with_tables
from ingest.readers.tables import joined_over_pages

_logger = logging.getLogger(__name__)

_HYPHENS = "\ufffe\x02"  # what PDFium prints for a hyphen at a line's end; Vietnamese hyphens are real
_LETTER = re.compile(r"[^\W\d_]")
_FEW_LETTERS = 100
_PICTURE_SHARE = 0.5
_MANY_DRAWINGS = 300  # text turned into outlines: a drawing for each letter
_TURNED = 0.7  # sine of a line's angle: upright text has 0, text up the side 1


def read_pdf(data: bytes, limits: ReadLimits, on_page: OnPage | None = None) -> RawDocument:
    """The text of a PDF, ruled tables as rows; pages whose text layer is missing or damaged from their pictures.

    Args:
        data: The file.
        limits: Bounds; the time limit is for the text layer, recognition has its own for each page.
        on_page: Told of each page recognised.

    Raises:
        UnreadableFileError: encrypted, damaged beyond repair, without pages or with too many.
        OcrUnavailableError: pictures of pages only, and Tesseract is not installed.
    """
    deadline = Deadline(limits.timeout_s)
    try:
        document = pypdfium2.PdfDocument(data)
    except pypdfium2.PdfiumError as error:
        return _read_with_pypdf(data, limits, deadline, error)
    try:
        _check_page_count(len(document), limits)
        layers = []
        for number in range(len(document)):
            deadline.check()
            layers.append(_read_page(document, number))
        for index, layer in read_with_pypdf(data, dict(enumerate(layers))).items():
            layers[index] = layer
        wanted = [index for index, layer in enumerate(layers) if layer.is_suspect(_FEW_LETTERS)]
        recognised, refusal = _recognise(document, layers, wanted, limits, on_page)
    finally:
        document.close()
    return _judged(layers, recognised, refusal)


def _recognise(
    document: pypdfium2.PdfDocument,
    layers: Sequence[TextLayer],
    wanted: Sequence[int],
    limits: ReadLimits,
    on_page: OnPage | None,
) -> tuple[dict[int, RecognisedPage], str]:
    """Recognised pages by index; none, and the reason, where Tesseract is missing and other pages hold text."""
    if not wanted:
        return {}, ""
    try:
        check_available()
    except OcrUnavailableError as error:
        unread = {index for index in wanted if layers[index].is_unread(_FEW_LETTERS)}
        if sum(layer.letters for index, layer in enumerate(layers) if index not in unread) < _FEW_LETTERS:
            raise
        return {}, str(error)
    return recognise(document, wanted, limits, on_page), ""


def _check_page_count(count: int, limits: ReadLimits) -> None:
    if count == 0:
        raise UnreadableFileError("Tệp PDF không có trang nào. Hãy kiểm tra lại tệp gốc hoặc xuất lại PDF.")
    if count > limits.max_pages:
        raise UnreadableFileError(
            f"Tệp PDF có {count} trang, vượt giới hạn {limits.max_pages} trang. Hãy tách tệp, hoặc tăng MAX_PAGES."
        )


def _judged(layers: Sequence[TextLayer], recognised: Mapping[int, RecognisedPage], refusal: str = "") -> RawDocument:
    final = [
        better_of(layer, recognised.get(index, RecognisedPage(())), _FEW_LETTERS)
        if layer.is_suspect(_FEW_LETTERS)
        else layer
        for index, layer in enumerate(layers)
    ]
    warnings = []
    if damaged := [number for number, layer in enumerate(layers, 1) if layer.damaged]:
        warnings.append(f"Trang {page_ranges(damaged)} bị hỏng, không đọc được. Hãy xuất lại tệp PDF.")
    if refusal:
        unread = [number for number, layer in enumerate(layers, 1) if layer.is_suspect(_FEW_LETTERS)]
        warnings.append(f"Trang {page_ranges(unread)} thiếu chữ hoặc chữ bị hỏng. {refusal}")
    warnings += recognition_warnings(
        {
            index + 1: page
            for index, page in recognised.items()
            if not page.lines or (kept := final[index]) is None or kept.lines is page.lines
        }
    )
    if bad := [number for number, layer in enumerate(final, 1) if layer is not None and layer.is_garbled]:
        warnings.append(
            f"Chữ ở trang {page_ranges(bad)} vẫn bị hỏng sau khi thử mọi cách đọc. Hãy xem lại, hoặc dùng bản Word."
        )
    pages = [layer.lines if layer else () for layer in final]
    typed = [layer for layer, before in zip(final, layers, strict=True) if layer is before and before.pictured]
    if len(typed) > len(layers) / 2:
        warnings.append("Chữ của tệp do máy nhận dạng từ ảnh quét (OCR), có thể sai dấu; nên đối chiếu với bản gốc.")
    if any(layer is not None and layer.has_holes for layer in final):
        warnings.append(
            "Phông chữ của PDF thiếu mã của một số chữ; chỗ thiếu hiện là “\ufffd”. Nên dùng bản Word nếu có."
        )
    body = with_footnotes_marked(joined_over_pages(without_running_heads(pages)))
    return RawDocument("pdf", body, tuple(warnings))


# --- one page with PDFium -------------------------------------------------------------------------------------------


def _read_page(document: pypdfium2.PdfDocument, number: int) -> TextLayer:
    try:
        page = document[number]
        text_page = page.get_textpage()
    except pypdfium2.PdfiumError as error:
        _logger.warning("Page %d cannot be loaded: %s", number + 1, error)
        return TextLayer((), 0, damaged=True)
    height = page.get_height()
    shapes = read_shapes(page)
    tables = find_tables(
        shapes, lambda left, bottom, right, top: _unhyphenated(text_page.get_text_bounded(left, bottom, right, top))
    )
    stamps = read_stamps(document, number, text_page.count_chars())
    lines = with_tables(_page_lines(text_page, height, stamps), tables, height)
    letters = len(_LETTER.findall(SIGNATURE_BOX.sub("", "\n".join(line.text for line in lines))))
    pictured = _is_pictured(shapes, page.get_width() * height)
    return TextLayer(tuple(lines), letters, pictured or (not lines and len(shapes) > _MANY_DRAWINGS))


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
            if not printed or not clean(text[start:end]):
                continue
            size = _letter_height(text_page, (printed[0], printed[len(printed) // 2], printed[-1]))
            shown = filled_in(text, start, end, box, stamps)
            if shown == text[start:end]:
                shown = with_note_marks(text_page, text, start, end, size)
            left, bottom, _, top = box(printed[0])
            word_end = next((k for k in printed if k + 1 == end or text[k + 1].isspace()), printed[-1])
            angle = pdfium_c.FPDFText_GetCharAngle(text_page, printed[0])
            (turned if abs(math.sin(angle)) > _TURNED else lines).append(
                Line(
                    clean(shown),
                    whole=False,
                    left=left,
                    right=box(printed[-1])[2],
                    top=height - top,
                    bottom=height - bottom,
                    first_word=box(word_end)[2] - left,
                    size=size,
                )
            )
    # Gazettes print the running head of a landscape table up its side.
    return joined_at_note_marks(lines if len(lines) >= len(turned) else turned)


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
    read = _judged([TextLayer(tuple(page), sum(len(line.text) for line in page)) for page in pages], {})
    repaired = "Cấu trúc tệp PDF bị lỗi; đã đọc bằng cách dự phòng nên có thể có từ bị tách rời. Nên xuất lại tệp PDF."
    return replace(read, warnings=(*read.warnings, repaired))
