"""A page, or several, as JPEG, PNG or TIFF: every frame recognised as a page."""

import io
import struct
from collections.abc import Iterator
from contextlib import contextmanager

from PIL import Image, ImageOps, UnidentifiedImageError

from core.errors import UnreadableFileError
from ingest.readers.lines import RawDocument, ReadLimits
from ingest.readers.ocr import OCR_DPI, OnPage, check_available, recognise_pages, recognition_warnings
from ingest.readers.paragraphs import with_footnotes_marked, without_running_heads
from ingest.readers.tables import joined_over_pages

_FORMATS = ("JPEG", "PNG", "TIFF")
_MAX_PIXELS = 80_000_000  # A3 at 600 dpi
# Paper that offices scan, in inches along the longer side: A5 to A3. A photograph says nothing true about its size.
_PAPER = (8.0, 17.0)
_A4_LENGTH = 11.7


def read_image(data: bytes, name: str, limits: ReadLimits, on_page: OnPage | None = None) -> RawDocument:
    """The text on a picture of a page, or on each frame of a TIFF.

    Raises:
        UnreadableFileError: damaged, too many pixels or frames.
        OcrUnavailableError: Tesseract is not installed.
    """
    with _opened(data, name) as picture:
        count = getattr(picture, "n_frames", 1)
        if count > limits.max_pages:
            raise UnreadableFileError(
                f"Ảnh {name} có {count} trang, vượt giới hạn {limits.max_pages} trang. "
                "Hãy tách tệp, hoặc tăng MAX_PAGES."
            )
        check_available()
        pages = list(recognise_pages(_frames(picture, count, name), count, limits, on_page))
    body = joined_over_pages(without_running_heads([page.lines for page in pages]))
    return RawDocument("image", with_footnotes_marked(body), tuple(recognition_warnings(dict(enumerate(pages, 1)))))


@contextmanager
def _opened(data: bytes, name: str) -> Iterator[Image.Image]:
    try:
        with Image.open(io.BytesIO(data), formats=_FORMATS) as picture:
            yield picture
    except (UnidentifiedImageError, OSError, SyntaxError, EOFError, ValueError, struct.error, TypeError) as error:
        raise UnreadableFileError(
            f"Ảnh {name} bị hỏng hoặc chưa tải xuống hết ({type(error).__name__}). Hãy tải lại hoặc quét lại."
        ) from error
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        raise _too_large(name) from error


def _too_large(name: str) -> UnreadableFileError:
    return UnreadableFileError(
        f"Ảnh {name} có hơn {_MAX_PIXELS // 1_000_000} triệu điểm ảnh. Hãy quét lại ở 200–300 dpi, mỗi trang một ảnh."
    )


def _frames(picture: Image.Image, count: int, name: str) -> Iterator[Image.Image]:
    for index in range(count):
        picture.seek(index)
        if picture.width * picture.height > _MAX_PIXELS:
            raise _too_large(name)
        upright = ImageOps.exif_transpose(picture)
        flat = upright.convert("RGBA")
        page = Image.alpha_composite(Image.new("RGBA", flat.size, "white"), flat).convert("RGB")
        scale = _scale(page, picture.info.get("dpi"))
        yield page.resize((round(page.width * scale), round(page.height * scale)), Image.Resampling.LANCZOS)


def _scale(page: Image.Image, dpi: object) -> float:
    """The factor that brings `page` to `OCR_DPI`: by the resolution it states, else as a whole page of A4."""
    longer = max(page.size)
    match dpi:
        case (int() | float() as across, _) if across > 0 and _PAPER[0] <= longer / float(across) <= _PAPER[1]:
            return OCR_DPI / float(across)
        case _:
            return OCR_DPI * _A4_LENGTH / longer
