"""Pages of a PDF whose text layer is missing or damaged: read again by pypdf, then from their picture."""

import io
import logging
import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import pypdf
import pypdfium2
from PIL import Image
from pypdf.errors import PyPdfError

from ingest.readers.legacy_encodings import convert_pages
from ingest.readers.lines import Line, ReadLimits, clean
from ingest.readers.ocr import OCR_DPI, OnPage, RecognisedPage, recognise_pages
from ingest.text_quality import vietnamese_score, word_count

_logger = logging.getLogger(__name__)

SIGNATURE_BOX = re.compile(
    r"(?:Người ký|Ký bởi|Email|Cơ quan|Thời gian ký|Ngày ký|Chức vụ)\s?:.*|Cổng Thông tin điện tử Chính phủ\s*",
    re.IGNORECASE,
)
_POINTS_PER_INCH = 72
_MAX_PIXELS = 40_000_000  # A3 at 600 dpi; a poster is drawn smaller
# Score of a text layer: text printed over a scan by good OCR has 0.98 and more, by OCR for another language 0.0 to
# 0.77, a broken font map under 0.5 in the files at hand.
MIN_SCAN_SCORE = 0.85
_MIN_TEXT_SCORE = 0.55
_ENOUGH_WORDS = 30
_LETTER = re.compile(r"[^\W\d_]")
_ENGLISH = re.compile(r"\b(?:the|of|and|to|in|for|shall|by)\b", re.IGNORECASE)
_ENGLISH_SHARE = 0.08
_HOLE = "\ufffd"
_CLEARLY_BETTER = 0.1
_WORD = re.compile(r"[^\W\d_]+")
_HOLED_WORD = re.compile(rf"[^\W\d_]*{_HOLE}(?:{_HOLE}|[^\W\d_])*")


@dataclass(frozen=True)
class TextLayer:
    """What a page's text layer gave.

    Attributes:
        letters: Those outside signature boxes.
        pictured: A picture, or drawings in place of letters, fill the page.
        damaged: The page could not be loaded.
    """

    lines: tuple[Line, ...]
    letters: int
    pictured: bool = False
    damaged: bool = False

    @cached_property
    def score(self) -> float:
        """`vietnamese_score` of its text."""
        return vietnamese_score(_text(self.lines))

    @property
    def has_holes(self) -> bool:
        """Whether glyphs without a code left holes in words."""
        return any(_HOLE in line.text for line in self.lines)

    def is_unread(self, few_letters: int) -> bool:
        """Whether it is a picture whose text is missing or no Vietnamese."""
        return self.pictured and (self.letters < few_letters or self.score < MIN_SCAN_SCORE)

    @cached_property
    def is_garbled(self) -> bool:
        """Whether typed text came out as something that is no language: a font without a usable map."""
        if self.pictured or self.score >= _MIN_TEXT_SCORE:
            return False
        text = _text(self.lines)
        words = word_count(text)
        if words < _ENOUGH_WORDS or len(_ENGLISH.findall(text)) > _ENGLISH_SHARE * words:
            return False
        return convert_pages([self.lines])[1] is None  # TCVN3 and VNI are converted, exactly, later

    def is_suspect(self, few_letters: int) -> bool:
        """Whether the page's picture may tell more than its text layer."""
        return self.is_unread(few_letters) or self.is_garbled or self.has_holes


def _text(lines: Sequence[Line]) -> str:
    return "\n".join(line.text for line in lines)


def read_with_pypdf(data: bytes, layers: Mapping[int, TextLayer]) -> dict[int, TextLayer]:
    """Those of the garbled `layers` (by page index) that pypdf reads clearly better than PDFium did."""
    garbled = [index for index, layer in layers.items() if layer.is_garbled]
    better = {}
    try:
        reader = pypdf.PdfReader(io.BytesIO(data)) if garbled else None
        for index in garbled if reader else ():
            rows = reader.pages[index].extract_text().splitlines() if reader else []
            lines = tuple(Line(text, whole=False, right=len(text)) for row in rows if (text := clean(row)))
            if vietnamese_score(_text(lines)) > layers[index].score + _CLEARLY_BETTER:
                better[index] = replace(layers[index], lines=lines)
    except (PyPdfError, ValueError, KeyError, TypeError, IndexError, AttributeError, RecursionError) as error:
        _logger.info("pypdf cannot read the page either: %s", type(error).__name__)  # damaged files raise any of these
    return better


def recognise(
    document: pypdfium2.PdfDocument, indices: Sequence[int], limits: ReadLimits, on_page: OnPage | None
) -> dict[int, RecognisedPage]:
    """What stands on the pages at `indices`, from their pictures."""
    pictures = _pictures(document, indices)
    pages = recognise_pages(pictures, len(indices), limits, on_page)
    return {index: _without_signature_box(page) for index, page in zip(indices, pages, strict=True)}


def _without_signature_box(page: RecognisedPage) -> RecognisedPage:
    boxed = [line for line in page.lines if SIGNATURE_BOX.match(line.text)]
    # One such line alone may be a field of a form.
    return replace(page, lines=tuple(line for line in page.lines if line not in boxed)) if len(boxed) > 1 else page


def _pictures(document: pypdfium2.PdfDocument, indices: Sequence[int]) -> Iterator[Image.Image]:
    # PDFium serves one thread at a time: pages are drawn here, by the thread that waits for the workers.
    for index in indices:
        page = document[index]
        width, height = page.get_size()
        scale = min(OCR_DPI / _POINTS_PER_INCH, math.sqrt(_MAX_PIXELS / max(1.0, width * height)))
        # Annotations are signature boxes and comments, not the document.
        yield page.render(scale=scale, draw_annots=False).to_pil()
        page.close()


def better_of(layer: TextLayer, page: RecognisedPage, few_letters: int) -> TextLayer | None:
    """`layer` with the recognised lines where they read better; `None` where neither can be used."""
    if layer.has_holes and not layer.is_garbled and page.lines:
        return replace(layer, lines=with_holes_filled(layer.lines, page.lines))
    recognised = _text(page.lines)
    if page.lines and layer.pictured and layer.letters < few_letters:
        # A signature box or a caption is well spelt and still not the page.
        return replace(layer, lines=page.lines) if len(_LETTER.findall(recognised)) > layer.letters else layer
    if page.lines and vietnamese_score(recognised) > layer.score:
        return replace(layer, lines=page.lines)
    unusable = layer.letters == 0 or layer.score < MIN_SCAN_SCORE
    return None if layer.pictured and unusable else layer


def with_holes_filled(lines: Sequence[Line], recognised: Sequence[Line]) -> tuple[Line, ...]:
    """`lines` whose holes hold the letters that recognition saw in the same words; all else stays as it was typed."""
    words = [word for line in recognised for word in _WORD.findall(line.text)]
    known = set(words)

    def filled(match: re.Match[str]) -> str:
        word = match.group()
        pattern = re.compile("".join("[^\\W\\d_]" if letter == _HOLE else re.escape(letter) for letter in word))
        candidates = {other for other in known if pattern.fullmatch(other)}
        return max(sorted(candidates), key=words.count) if candidates else word

    return tuple(replace(line, text=_HOLED_WORD.sub(filled, line.text)) for line in lines)
