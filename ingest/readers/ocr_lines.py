"""Recognised words to lines in reading order, without what is no print."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from statistics import median

from ingest.readers.lines import Line, clean


@dataclass(frozen=True, slots=True)
class Word:
    """A word as recognised, positions in points, the vertical axis pointing down.

    Attributes:
        line: Words of the same line share it.
        confidence: 0 to 100, Tesseract's own.
    """

    text: str
    line: tuple[int, int, int]
    left: float
    top: float
    right: float
    bottom: float
    confidence: float


def lines_of(words: Sequence[Word]) -> list[Line]:
    """Lines of a page or a table cell, columns one after the other."""
    segments = []
    for _, group in groupby(words, key=lambda word: word.line):
        segments += [_line(part) for part in _columns_apart(list(group))]
    return [line for line in _in_reading_order(segments) if line.text]


def _columns_apart(words: list[Word]) -> list[list[Word]]:
    height = median(word.bottom - word.top for word in words)
    parts = [[words[0]]]
    for before, word in zip(words, words[1:], strict=False):
        # A number left blank ("Số:      /QĐ-UBND") is one line.
        blank = word.text.startswith("/")
        if word.left - before.right > 2.5 * max(height, 6.0) and not blank:
            parts.append([word])
        else:
            parts[-1].append(word)
    return parts


def _line(words: list[Word]) -> Line:
    return Line(
        clean(" ".join(word.text for word in words)),
        whole=False,
        left=words[0].left,
        right=words[-1].right,
        top=min(word.top for word in words),
        bottom=max(word.bottom for word in words),
        first_word=words[0].right - words[0].left,
        size=0,
    )


def _in_reading_order(lines: list[Line]) -> list[Line]:
    """Top to bottom; where two columns stand side by side, the left one whole before the right one."""
    ordered: list[Line] = []
    region: list[Line] = []  # lines of two columns met so far
    gutter = (0.0, 0.0)
    rows = _rows(lines)
    index = 0
    while index < len(rows):
        row = rows[index]
        if len(row) == 2:
            # Grow the region over the rows that leave its gutter free.
            region, gutter, index = _two_columns(rows, index)
            middle = sum(gutter) / 2
            ordered += [line for line in region if line.right <= middle]
            ordered += [line for line in region if line.right > middle]
        else:
            ordered += row
            index += 1
    return ordered


def _two_columns(rows: list[list[Line]], index: int) -> tuple[list[Line], tuple[float, float], int]:
    left, right = rows[index][0].right, rows[index][1].left
    region: list[Line] = []
    while index < len(rows):
        narrower_left, narrower_right = left, right
        for line in rows[index]:
            if line.right <= (left + right) / 2:
                narrower_left = max(narrower_left, line.right)
            elif line.left >= (left + right) / 2:
                narrower_right = min(narrower_right, line.left)
            else:
                return region, (left, right), index
        left, right = narrower_left, narrower_right
        region += rows[index]
        index += 1
    return region, (left, right), index


def _rows(lines: list[Line]) -> list[list[Line]]:
    """Lines at the same height, left to right."""
    rows: list[list[Line]] = []
    for line in sorted(lines, key=lambda line: (line.top + line.bottom) / 2):
        middle = (line.top + line.bottom) / 2
        if rows and any(other.top < middle < other.bottom for other in rows[-1]):
            rows[-1].append(line)
        else:
            rows.append([line])
    return [sorted(row, key=lambda line: line.left) for row in rows]
