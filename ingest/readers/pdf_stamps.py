"""Numbers and days that a signing tool prints over the blanks of a page: they are annotations, not page text.

Documents are signed with number and day left blank; the registry's tool then lays `108` and `12` over `Số:  /TTr-SNV`
and `ngày  tháng 3` as the pictures of signature fields. PDFium shows their letters only after flattening.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

import pypdfium2
import pypdfium2.raw as pdfium_c

_NEAR = 3.5  # line heights
# A number, a day or a month; names, times and pictures of other signatures are no part of the text.
_FILLED_IN = re.compile(r"\d{1,5}")


@dataclass(frozen=True, slots=True)
class Stamp:
    """Figures printed over a page, with their box in PDF points from the lower left."""

    text: str
    left: float
    bottom: float
    top: float


def read_stamps(document: pypdfium2.PdfDocument, number: int, printed: int) -> list[Stamp]:
    """Figures that annotations of page `number` (from 0) show over its `printed` characters of text.

    The page is flattened in memory, after it was read: what was taken from it before stays valid.
    """
    page = document[number]
    if pdfium_c.FPDFPage_GetAnnotCount(page) == 0:
        return []
    if pdfium_c.FPDFPage_Flatten(page, pdfium_c.FLAT_NORMALDISPLAY) != pdfium_c.FLATTEN_SUCCESS:
        return []
    page.close()
    text_page = document[number].get_textpage()
    text = text_page.get_text_range(printed) if text_page.count_chars() > printed else ""
    stamps = []
    for match in _FILLED_IN.finditer(text):
        before, after = text[: match.start()][-1:], text[match.end() :][:1]
        if before.strip() or after.strip():
            continue  # part of a longer text, such as a time of signing
        left, bottom, _, top = text_page.get_charbox(printed + match.start())
        stamps.append(Stamp(match.group(), left, bottom, top))
    return stamps


def filled_in(
    text: str, start: int, end: int, box: Callable[[int], tuple[float, float, float, float]], stamps: list[Stamp]
) -> str:
    """`text[start:end]`, one printed line, with the stamps that lie in its blanks; `box` gives a character's place."""
    printed = [k for k in range(start, end) if not text[k].isspace()]
    if not stamps or not printed:
        return text[start:end]
    boxes = [box(k) for k in printed]
    low = boxes[0][1]
    height = max(top - bottom for _, bottom, _, top in boxes)
    inserted: dict[int, str] = {}
    for stamp in stamps:
        if not low - 0.3 * height <= (stamp.bottom + stamp.top) / 2 <= low + 1.2 * height:
            continue
        right = next(((k, left) for k, (left, *_) in zip(printed, boxes, strict=True) if left >= stamp.left), None)
        # A line cut at the blank begins right behind the stamp; another column begins farther off.
        if right and (right[0] != printed[0] or right[1] - stamp.left <= _NEAR * height):
            inserted[right[0]] = f"{inserted.get(right[0], '')} {stamp.text} "
    return "".join(inserted.get(k, "") + text[k] for k in range(start, end))
