"""Characters of page pictures, read by Tesseract: one process for each page, pages side by side on all cores."""

import io
import logging
import os
import shutil
import subprocess
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass

from PIL import Image

from core.errors import OcrUnavailableError
from ingest.readers.lines import Line, ReadLimits
from ingest.readers.ocr_lines import Word, lines_of, without_stamps
from ingest.readers.page_images import CleanPage, clean_page
from ingest.readers.pdf_tables import Shape, find_tables, with_tables

_logger = logging.getLogger(__name__)

# Chosen by measurement: worn scans of the sample corpus have 0.90 % wrong characters when read at 150 dpi, 0.74 % at
# 200, 0.82 % at 250 and 0.90 % at 300.
OCR_DPI = 200
OnPage = Callable[[int, int], None]
"""Told of each page recognised: pages done, pages to recognise."""

_LANGUAGE = "vie"
_INSTALL = "sudo apt install tesseract-ocr tesseract-ocr-vie"
_POINTS_PER_INCH = 72
_SURE = 70.0  # mean confidence of upright print; a page on its side has 30 to 50
_FEW_WORDS = 8
_PROBE_TIMEOUT_S = 20


@dataclass(frozen=True, slots=True)
class RecognisedPage:
    """What was read of one picture.

    Attributes:
        lines: In reading order, positions in points.
        failed: Tesseract gave up or ran out of time; `lines` is empty.
    """

    lines: tuple[Line, ...]
    failed: bool = False


def page_ranges(numbers: Sequence[int]) -> str:
    """`1–3, 7` for 1, 2, 3, 7."""
    runs: list[list[int]] = []
    for number in numbers:
        if runs and number == runs[-1][1] + 1:
            runs[-1][1] = number
        else:
            runs.append([number, number])
    return ", ".join(str(first) if first == last else f"{first}–{last}" for first, last in runs)


def recognition_warnings(pages: Mapping[int, RecognisedPage]) -> list[str]:
    """What the administrator is told of recognised pages, by page number."""
    read = [number for number, page in pages.items() if page.lines]
    failed = [number for number, page in pages.items() if page.failed]
    empty = [number for number, page in pages.items() if not page.lines and not page.failed]
    warnings = []
    if read:
        warnings.append(
            f"Trang {page_ranges(read)} được nhận dạng chữ từ ảnh (OCR), có thể sai dấu hoặc sai chữ số; "
            "hãy đối chiếu với bản gốc trước khi dùng."
        )
    if failed:
        warnings.append(
            f"Trang {page_ranges(failed)} không nhận dạng được hoặc quá thời gian; chữ trên đó không có trong kho. "
            "Hãy quét lại, hoặc tăng OCR_PAGE_TIMEOUT_S."
        )
    if empty:
        warnings.append(f"Trang {page_ranges(empty)} là ảnh quét hoặc hình vẽ mà không nhận ra chữ nào.")
    return warnings


def check_available() -> None:
    """Do nothing when Tesseract and its Vietnamese data are installed.

    Raises:
        OcrUnavailableError: they are not; the message names the packages.
    """
    command = shutil.which("tesseract")
    if command is None:
        raise OcrUnavailableError(
            f"Cần nhận dạng chữ (OCR) nhưng máy chưa có chương trình tesseract. Hãy cài bằng lệnh: {_INSTALL}, "
            "rồi nạp lại tệp; hoặc dùng tệp gốc dạng chữ (.docx, PDF xuất từ Word)."
        )
    listed = subprocess.run(
        [command, "--list-langs"], capture_output=True, text=True, timeout=_PROBE_TIMEOUT_S, check=False
    )
    if _LANGUAGE not in listed.stdout.split():
        raise OcrUnavailableError(
            f"Cần nhận dạng chữ (OCR) nhưng tesseract thiếu dữ liệu tiếng Việt ({_LANGUAGE}). "
            f"Hãy cài bằng lệnh: {_INSTALL}, rồi nạp lại tệp."
        )


def recognise_pages(
    pictures: Iterable[Image.Image], count: int, limits: ReadLimits, on_page: OnPage | None = None
) -> Iterator[RecognisedPage]:
    """What stands on each of `pictures` at `OCR_DPI`, in order.

    Pictures are drawn from the iterable as workers come free, so that only a few are in memory at a time.
    """
    workers = limits.ocr_workers or os.cpu_count() or 1
    waiting: deque[Future[RecognisedPage]] = deque()
    done = 0
    with ThreadPoolExecutor(max_workers=workers, thread_name_prefix="ocr") as pool:
        try:
            for picture in pictures:
                waiting.append(pool.submit(_recognise, picture, limits.ocr_page_timeout_s))
                if len(waiting) > workers:
                    yield waiting.popleft().result()
                    done += 1
                    if on_page is not None:
                        on_page(done, count)
            while waiting:
                yield waiting.popleft().result()
                done += 1
                if on_page is not None:
                    on_page(done, count)
        finally:
            for future in waiting:
                future.cancel()


def _recognise(picture: Image.Image, timeout_s: float) -> RecognisedPage:
    try:
        page = clean_page(picture, dpi=OCR_DPI)
        words = _read_words(page.picture, timeout_s)
        if _looks_turned(words) and (turn := _quarter_turns(page.picture, timeout_s)):
            turned = clean_page(picture.rotate(-90 * turn, expand=True), dpi=OCR_DPI)
            again = _read_words(turned.picture, timeout_s)
            if _confidence(again) > _confidence(words):
                page, words = turned, again
    except (subprocess.TimeoutExpired, subprocess.CalledProcessError, OSError) as error:
        _logger.warning("A page was not recognised: %s", type(error).__name__)
        return RecognisedPage((), failed=True)
    return RecognisedPage(tuple(_with_ruled_tables(without_stamps(words), page)))


def _tesseract(picture: Image.Image, timeout_s: float, *options: str) -> str:
    buffer = io.BytesIO()
    picture.save(buffer, "PPM")
    finished = subprocess.run(
        ["tesseract", "stdin", "stdout", "--dpi", str(OCR_DPI), *options],
        input=buffer.getvalue(),
        capture_output=True,
        timeout=timeout_s,
        check=True,
        # Pages run side by side; threads within one would fight over the same cores.
        env={**os.environ, "OMP_THREAD_LIMIT": "1"},
    )
    return finished.stdout.decode("utf-8", errors="replace")


def _read_words(picture: Image.Image, timeout_s: float) -> list[Word]:
    table = _tesseract(picture, timeout_s, "-l", _LANGUAGE, "--psm", "3", "tsv")
    scale = _POINTS_PER_INCH / OCR_DPI
    words = []
    for row in table.splitlines()[1:]:
        level, _, block, paragraph, line, _, left, top, width, height, confidence, text = row.split("\t", 11)
        if level != "5" or not text.strip():
            continue
        x, y = int(left) * scale, int(top) * scale
        words.append(
            Word(
                text.strip(),
                (int(block), int(paragraph), int(line)),
                x,
                y,
                x + int(width) * scale,
                y + int(height) * scale,
                float(confidence),
            )
        )
    return words


def _confidence(words: list[Word]) -> float:
    letters = sum(len(word.text) for word in words)
    return sum(word.confidence * len(word.text) for word in words) / letters if letters else 0.0


def _looks_turned(words: list[Word]) -> bool:
    return len(words) >= _FEW_WORDS and _confidence(words) < _SURE


def _quarter_turns(picture: Image.Image, timeout_s: float) -> int:
    """How many quarter turns clockwise set `picture` upright; 0 when Tesseract cannot tell."""
    try:
        said = _tesseract(picture, timeout_s, "--psm", "0", "-l", "osd")
    except subprocess.CalledProcessError:  # too few characters, or no orientation data
        return 0
    rotate = next((line.split(":")[1] for line in said.splitlines() if line.startswith("Rotate:")), "0")
    return int(rotate) // 90


def _with_ruled_tables(words: list[Word], page: CleanPage) -> list[Line]:
    """Lines of the page, those inside a ruled table as its rows."""
    scale = _POINTS_PER_INCH / OCR_DPI
    height = page.picture.height * scale
    shapes = [
        Shape(box.left * scale, height - box.bottom * scale, box.right * scale, height - box.top * scale,
              is_picture=False, is_outlined_box=False)
        for box in page.rules
    ]  # fmt: skip

    def text_in(left: float, bottom: float, right: float, top: float) -> str:
        inside = [
            word
            for word in words
            if left <= (word.left + word.right) / 2 <= right
            and height - top <= (word.top + word.bottom) / 2 <= height - bottom
        ]
        return "\n".join(line.text for line in lines_of(inside))

    return with_tables(lines_of(words), find_tables(shapes, text_in), height)
