"""Tables as lines: one row a line, cells joined by ` | `; tables that only lay out a page, cell by cell."""

import re
from collections.abc import Sequence
from dataclasses import replace

from core.text import table_cells
from ingest.readers.lines import Line, clean, whole_lines

Cell = Sequence[str]
"""Paragraphs of one cell."""

# Decree 30/2020/NĐ-CP, appendix I: letterhead and signature stand in invisible tables of two columns.
_LETTERHEAD = re.compile(r"CỘNG H(?:ÒA|OÀ) XÃ HỘI|ĐẢNG CỘNG SẢN VIỆT NAM|Độc lập\s?[-–]\s?Tự do", re.IGNORECASE)
_SIGNATURE = re.compile(r"^\s*(?:Nơi nhận\s*:?|TM\.|T/M|KT\.|TL\.|TUQ\.)", re.MULTILINE)
_MAX_LAYOUT_ROWS = 6
_HEAD_ROWS = 3


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


def joined_over_pages(pages: Sequence[Sequence[Line]]) -> list[list[Line]]:
    """`pages` where a table that goes on over a page is one: its head not repeated, a row cut in two made whole."""
    head: list[str] = []
    joined: list[list[Line]] = []
    last_row: Line | None = None  # that the page before ended in
    for page in pages:
        # Each row carries the position of its table.
        on_top = [line.text for line in page if line.whole and line.top == page[0].top] if page else []
        skipped = 0
        if last_row is not None and page and page[0].whole:
            while skipped < min(len(head), len(on_top)) and on_top[skipped] == head[skipped]:
                skipped += 1
        kept = list(page[skipped:])
        if last_row is not None and kept and (whole_row := _row_made_whole(last_row, kept[0])):
            joined[-1][-1] = replace(last_row, text=whole_row)
            kept = kept[1:]
        if page and page[-1].whole and not (page[-1].top == page[0].top and skipped):
            head = [line.text for line in page if line.whole and line.top == page[-1].top][:_HEAD_ROWS]
        joined.append(kept)
        last_row = kept[-1] if kept and kept[-1].whole else None
    return joined


def _row_made_whole(last_row: Line, row: Line) -> str:
    """Both texts cell by cell, when `row` has no first cell and goes on in the middle of a sentence; else empty."""
    above, below = table_cells(last_row.text), table_cells(row.text)
    if (
        not row.whole
        or not below
        or below[0]
        or len(above) != len(below)
        or not any(cell[:1].islower() for cell in below)
    ):
        return ""
    return " | ".join(" ".join(filter(None, cells)) for cells in zip(above, below, strict=True))


def _is_layout(rows: Sequence[Sequence[Cell]], *, ruled: bool) -> bool:
    if max((len(row) for row in rows), default=0) <= 1:
        return True
    if len(rows) > _MAX_LAYOUT_ROWS:
        return False
    texts = ["\n".join(cell) for row in rows for cell in row]
    if any(_LETTERHEAD.search(text) or _SIGNATURE.search(text) for text in texts):
        return True
    return not ruled and len(rows) <= 2
