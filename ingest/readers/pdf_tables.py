"""Ruled tables of a PDF page: grid lines to cells, cells to rows."""

import ctypes
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import pairwise
from typing import Any

import pypdfium2
import pypdfium2.raw as pdfium_c

from ingest.readers.lines import Line
from ingest.readers.tables import table_lines

_THIN = 3.0  # points: a rule, drawn as a line or as a narrow rectangle
_TOLERANCE = 3.0
_MIN_RULE = 6.0
_BOX_SEGMENTS = 5
_MAX_FORM_DEPTH = 4
_MAX_RULES = 800  # a drawing or a map, not a table


@dataclass(frozen=True, slots=True)
class Shape:
    """A drawing or picture of a page, with PDF coordinates (origin at the bottom left).

    Attributes:
        is_outlined_box: A drawn rectangle; shading and highlighting behind text are filled but not outlined.
    """

    left: float
    bottom: float
    right: float
    top: float
    is_picture: bool
    is_outlined_box: bool


def read_shapes(page: pypdfium2.PdfPage) -> list[Shape]:
    """Drawings and pictures of `page`, those inside form objects too."""
    shapes: list[Shape] = []
    # The bindings' own iterator makes an object of every word on the page, which takes longer than reading it.
    _collect_shapes(
        pdfium_c.FPDFPage_CountObjects(page), lambda index: pdfium_c.FPDFPage_GetObject(page, index), shapes, depth=0
    )
    return shapes


def _collect_shapes(count: int, at: Callable[[int], Any], shapes: list[Shape], *, depth: int) -> None:
    edges = [ctypes.c_float() for _ in range(4)]
    fill, stroked = ctypes.c_int(), ctypes.c_int()
    for index in range(count):
        item = at(index)
        kind = pdfium_c.FPDFPageObj_GetType(item)
        if kind == pdfium_c.FPDF_PAGEOBJ_FORM and depth < _MAX_FORM_DEPTH:
            inner = pdfium_c.FPDFFormObj_CountObjects(item)
            _collect_shapes(inner, partial(pdfium_c.FPDFFormObj_GetObject, item), shapes, depth=depth + 1)
        elif kind in {pdfium_c.FPDF_PAGEOBJ_PATH, pdfium_c.FPDF_PAGEOBJ_IMAGE}:
            if not pdfium_c.FPDFPageObj_GetBounds(item, *edges):
                continue
            box = False
            if kind == pdfium_c.FPDF_PAGEOBJ_PATH and pdfium_c.FPDFPath_CountSegments(item) <= _BOX_SEGMENTS:
                pdfium_c.FPDFPath_GetDrawMode(item, fill, stroked)
                box = bool(stroked.value)
            left, bottom, right, top = (edge.value for edge in edges)
            shapes.append(Shape(left, bottom, right, top, kind == pdfium_c.FPDF_PAGEOBJ_IMAGE, box))


@dataclass(frozen=True, slots=True)
class _Rule:
    """A straight rule: its fixed coordinate and its extent along the other axis."""

    at: float
    start: float
    end: float


@dataclass(frozen=True, slots=True)
class Table:
    """A ruled region, with PDF coordinates (origin at the bottom left), and its lines."""

    left: float
    bottom: float
    right: float
    top: float
    lines: tuple[Line, ...]

    def holds(self, x: float, y: float) -> bool:
        """Whether the point lies inside the table."""
        return self.left - _TOLERANCE <= x <= self.right + _TOLERANCE and self.bottom <= y <= self.top


def find_tables(shapes: Sequence[Shape], text_in: Callable[[float, float, float, float], str]) -> list[Table]:
    """Tables drawn by `shapes` with at least two columns, top to bottom.

    `text_in` gives the text within left, bottom, right, top, with line ends between its lines.
    """
    horizontal, vertical = _rules(shapes)
    if len(horizontal) < 2 or len(vertical) < 2 or len(horizontal) + len(vertical) > _MAX_RULES:
        return []
    tables = []
    for rows, columns in _regions(horizontal, vertical):
        ys = sorted(_merged([rule.at for rule in rows]), reverse=True)
        xs = sorted(_merged([rule.at for rule in columns]))
        if len(ys) < 2 or len(xs) < 3:
            continue  # a frame around text is no table
        grid = _cells(xs, ys, rows, columns, text_in)
        if sum(1 for row in grid for cell in row if cell) < 2:
            continue
        tables.append(Table(xs[0], ys[-1], xs[-1], ys[0], tuple(table_lines(grid, ruled=True))))
    return sorted(tables, key=lambda table: -table.top)


def with_tables(lines: list[Line], tables: Sequence[Table], height: float) -> list[Line]:
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


def _rules(shapes: Sequence[Shape]) -> tuple[list[_Rule], list[_Rule]]:
    horizontal, vertical = [], []
    for shape in shapes:
        wide, high = shape.right - shape.left, shape.top - shape.bottom
        if shape.is_picture:
            continue
        if high <= _THIN and wide > _MIN_RULE:
            horizontal.append(_Rule((shape.top + shape.bottom) / 2, shape.left, shape.right))
        elif wide <= _THIN and high > _MIN_RULE:
            vertical.append(_Rule((shape.left + shape.right) / 2, shape.bottom, shape.top))
        elif wide > _MIN_RULE and high > _MIN_RULE and shape.is_outlined_box:
            horizontal += [_Rule(at, shape.left, shape.right) for at in (shape.top, shape.bottom)]
            vertical += [_Rule(at, shape.bottom, shape.top) for at in (shape.left, shape.right)]
    return _connected(horizontal), _connected(vertical)


def _connected(rules: Sequence[_Rule]) -> list[_Rule]:
    """`rules` with the pieces that Word and Excel draw cell by cell made into whole ones."""
    connected: list[_Rule] = []
    for rule in sorted(rules, key=lambda rule: (round(rule.at / _TOLERANCE), rule.start)):
        last = connected[-1] if connected else None
        if last and abs(rule.at - last.at) <= _TOLERANCE and last.start <= rule.start <= last.end + _TOLERANCE:
            connected[-1] = _Rule(last.at, last.start, max(last.end, rule.end))
        else:
            connected.append(rule)
    return connected


def _regions(horizontal: list[_Rule], vertical: list[_Rule]) -> list[tuple[list[_Rule], list[_Rule]]]:
    """Groups of rules that touch one another."""
    regions: list[tuple[list[_Rule], list[_Rule]]] = []
    for column in sorted(vertical, key=lambda rule: -rule.end):
        touching = [
            region
            for region in regions
            if any(_overlap(column, other) and _near(column, other, region[0]) for other in region[1])
        ]
        merged: tuple[list[_Rule], list[_Rule]] = ([], [column])
        for region in touching:
            merged[0].extend(region[0])
            merged[1].extend(region[1])
            regions.remove(region)
        if not touching:
            merged[0].extend(rule for rule in horizontal if _crosses(rule, column))
        else:
            known = {id(rule) for rule in merged[0]}
            merged[0].extend(rule for rule in horizontal if id(rule) not in known and _crosses(rule, column))
        regions.append(merged)
    return regions


def _overlap(one: _Rule, other: _Rule) -> bool:
    return one.start - _TOLERANCE <= other.end and other.start - _TOLERANCE <= one.end


def _near(column: _Rule, other: _Rule, rows: Sequence[_Rule]) -> bool:
    if abs(column.at - other.at) <= _TOLERANCE:
        return True
    return any(_crosses(rule, column) for rule in rows)


def _crosses(row: _Rule, column: _Rule) -> bool:
    return (
        row.start - _TOLERANCE <= column.at <= row.end + _TOLERANCE
        and column.start - _TOLERANCE <= row.at <= column.end + _TOLERANCE
    )


def _merged(values: list[float]) -> list[float]:
    merged: list[float] = []
    for value in sorted(values):
        if not merged or value - merged[-1] > _TOLERANCE:
            merged.append(value)
    return merged


def _cells(
    xs: list[float],
    ys: list[float],
    rows: list[_Rule],
    columns: list[_Rule],
    text_in: Callable[[float, float, float, float], str],
) -> list[list[list[str]]]:
    """Texts of the grid; a merged cell is read once, at its top left."""
    taken: set[tuple[int, int]] = set()
    grid: list[list[list[str]]] = []
    for r, (top, _) in enumerate(pairwise(ys)):
        row: list[list[str]] = []
        for c, (left, _) in enumerate(pairwise(xs)):
            if (r, c) in taken:
                row.append([])
                continue
            last_c = c
            while last_c + 2 < len(xs) and not _drawn(columns, xs[last_c + 1], ys[r + 1], top):
                last_c += 1
            last_r = r
            while last_r + 2 < len(ys) and not _drawn(rows, ys[last_r + 1], left, xs[c + 1]):
                last_r += 1
            taken.update((i, j) for i in range(r, last_r + 1) for j in range(c, last_c + 1))
            text = text_in(left, ys[last_r + 1], xs[last_c + 1], top)
            row.append(text.splitlines() if text.strip() else [])
        grid.append(row)
    return grid


def _drawn(rules: list[_Rule], at: float, start: float, end: float) -> bool:
    """Whether a rule at `at` covers the middle of `start`..`end`."""
    middle = (start + end) / 2
    return any(abs(rule.at - at) <= _TOLERANCE and rule.start <= middle <= rule.end for rule in rules)
