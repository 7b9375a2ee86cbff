"""Tables as lines: one row a line, cells joined by ` | `; tables that only lay out a page, cell by cell."""

import re
from collections.abc import Sequence

from ingest.readers.lines import Line, clean, whole_lines

Cell = Sequence[str]
"""Paragraphs of one cell."""

# Decree 30/2020/NĐ-CP, appendix I: letterhead and signature stand in invisible tables of two columns.
_LETTERHEAD = re.compile(r"CỘNG H(?:ÒA|OÀ) XÃ HỘI|ĐẢNG CỘNG SẢN VIỆT NAM|Độc lập\s?[-–]\s?Tự do", re.IGNORECASE)
_SIGNATURE = re.compile(r"^\s*(?:Nơi nhận\s*:?|TM\.|T/M|KT\.|TL\.|TUQ\.)", re.MULTILINE)
_MAX_LAYOUT_ROWS = 6


def table_lines(rows: Sequence[Sequence[Cell]], *, ruled: bool) -> list[Line]:
    """Lines of a table, blank rows left out.

    Args:
        rows: Cells row by row; a merged cell stands once, at its first place, with empty cells after it.
        ruled: The table has visible borders; one without is taken for page layout.
    """
    if _is_layout(rows, ruled=ruled):
        # Left column down, then the next: a letterhead and a signature block are read that way.
        columns = max((len(row) for row in rows), default=0)
        return whole_lines(text for c in range(columns) for row in rows if c < len(row) for text in row[c])
    lines = []
    for row in rows:
        cells = [clean(" ".join(cell)) for cell in row]
        if any(cells):
            lines.append(Line(clean(" | ".join(cells))))
    return lines


def _is_layout(rows: Sequence[Sequence[Cell]], *, ruled: bool) -> bool:
    if max((len(row) for row in rows), default=0) <= 1:
        return True
    if len(rows) > _MAX_LAYOUT_ROWS:
        return False
    texts = ["\n".join(cell) for row in rows for cell in row]
    if any(_LETTERHEAD.search(text) or _SIGNATURE.search(text) for text in texts):
        return True
    return not ruled and len(rows) <= 2
