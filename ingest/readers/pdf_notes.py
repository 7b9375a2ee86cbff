"""Footnote marks of a PDF: raised numbers stay raised, so that `khoản 7³²` does not read `khoản 732`."""

import re
from collections.abc import Iterable
from dataclasses import replace

import pypdfium2
import pypdfium2.raw as pdfium_c

from core.text import SUPERSCRIPT_DIGITS
from ingest.readers.lines import Line

_RAISED = 0.8  # of the line's letter height
_GAP = 2.5  # letter heights; what stands farther off is another column
_SUPERSCRIPT = str.maketrans("0123456789", SUPERSCRIPT_DIGITS)
_DIGITS = re.compile(r"\d+")
# What a raised number belongs to as a power: m², km³, x².
_UNIT = re.compile(r"(?<![^\W\d_])[kcdm]?[^\W\d_]$")


def with_note_marks(text_page: pypdfium2.PdfTextPage, text: str, start: int, end: int, line_height: float) -> str:
    """`text[start:end]`, one line, with its raised numbers in raised digits.

    A number at the line's start is left: it is that of a footnote itself. So are powers (`m2`) and small print that
    no full-sized character stands before.
    """
    parts: list[str] = []
    at = start
    for match in _DIGITS.finditer(text, start, end):
        raised = _raised_tail(text_page, match, _RAISED * line_height)
        stands_alone = raised == match.start() and (raised == start or text[raised - 1].isspace())
        if raised == match.end() or stands_alone or (raised == match.start() and _UNIT.search(text, start, raised)):
            continue
        parts += [text[at:raised], text[raised : match.end()].translate(_SUPERSCRIPT)]
        at = match.end()
    return "".join([*parts, text[at:end]])


def _raised_tail(text_page: pypdfium2.PdfTextPage, digits: re.Match[str], most: float) -> int:
    """Where in a run of digits the raised ones begin; its end when none is."""
    rectangle = pdfium_c.FS_RECTF()
    at = digits.end()
    while at > digits.start():
        pdfium_c.FPDFText_GetLooseCharBox(text_page, at - 1, rectangle)
        if not 0 < abs(rectangle.top - rectangle.bottom) < most:
            break
        at -= 1
    return at


def joined_at_note_marks(lines: Iterable[Line]) -> list[Line]:
    """`lines`, in the order of the file, with the pieces made whole that PDFium cuts where a number is raised."""
    joined: list[Line] = []
    for line in lines:
        before = joined[-1] if joined else None
        if before is None or not _is_same_row(before, line):
            joined.append(line)
        elif line.text.isdecimal() and line.size < _RAISED * before.size:
            joined[-1] = replace(before, text=before.text + line.text.translate(_SUPERSCRIPT), right=line.right)
        elif before.text[-1] in SUPERSCRIPT_DIGITS or (before.text.isdecimal() and before.size < _RAISED * line.size):
            goes_on = "" if line.text[0] in ".,;:)" else " "
            size, bottom = max(before.size, line.size), max(before.bottom, line.bottom)
            text = f"{before.text}{goes_on}{line.text}"
            joined[-1] = replace(before, text=text, right=line.right, size=size, bottom=bottom)
        else:
            joined.append(line)
    return joined


def _is_same_row(before: Line, line: Line) -> bool:
    shared = min(before.bottom, line.bottom) - max(before.top, line.top)
    low = min(before.bottom - before.top, line.bottom - line.top)
    gap = line.left - before.right
    return shared > 0.3 * low and -0.5 * line.size < gap < _GAP * max(before.size, line.size)
