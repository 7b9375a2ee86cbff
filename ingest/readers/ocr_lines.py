"""Recognised words to lines in reading order, without what is no print."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, pairwise
from statistics import fmean, median

from core.syllable import is_vietnamese_syllable
from core.text import fold_diacritics
from ingest.readers.lines import Line, clean
from ingest.readers.ocr_spelling import repaired

_POINTS_PER_MM = 72 / 25.4
_COLUMN_GAP = 2.5  # in letter heights, as for text that was typed
_BLOCK_GAP = 26.0  # points: more than two blank lines of the letterhead's type
# Tesseract's confidence: print of the files at hand has 85 to 96, pen strokes and stamps 0 to 60.
_NO_PRINT = 40.0
_DOUBTFUL = 65.0
_SURE_PRINT = 92.0
_SURE_LETTERS = 75.0
_STROKE_LETTERS = 4
_EDGE_JITTER = 0.025  # share of the column's width by which a full line's recognised end varies

# What stands at the right of a letterhead's first lines (Decree 30/2020/NĐ-CP, appendix I), diacritics off.
_RIGHT_COLUMN = re.compile(r"CONG HOA XA HOI|DANG CONG SAN|Doc lap\W+Tu do")
_NUMBER_LINE = re.compile(
    r"(?P<label>\W?(?:Luật |Nghị quyết )?[S§][^\W\d_]\s?[:;.]?)\s*(?P<serial>[^/]{0,10}?)\s*(?P<code>/.*)"
)
_SERIAL = re.compile(r"\d{1,5}[a-z]?|\d+\.\d+|")
_LETTERS = re.compile(r"[^\W\d_]{2,}")
_MARK = re.compile(r"[-–—+*•]|\d{1,3}|[.,;:)]|&|[IVX]{1,4}|\|")
_STRAY_START = re.compile(r"^[_`´'ˆ°„“”‘’.,:;|\\\-–—]*[_`´ˆ°„|\\](?=\w)|^[.,;:](?=\w)")
_STRAY = re.compile(r"[.,;:_'\"`]+")
_STRAY_END = re.compile(r"[_`´ˆ°„|\\]+$")
# The stamp of an office's registry: "ĐẾN  Giờ: … Ngày: …", "CÔNG VĂN ĐẾN Số: … Chuyển: …".
_INCOMING = "DEN"
_INCOMING_FIELD = re.compile(r"\.{3,}|^(?:Gi[ờò]|chuy[ểe]n)\W*$|^Ngày[:.]")
_INCOMING_WORDS = re.compile(r"(?:GIO|NGAY|SO|CHUYEN|KINH|CONG|VAN|DEN|THONG|TIN|DIEN|TU|CHINH|PHU)\W*")
_INCOMING_REACH_MM = (32.0, 15.0, 65.0)  # left of the word, above and below it, right of it


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
    """Lines of a page or a table cell, columns one after the other, known slips of recognition put right."""
    printed = list(words)
    segments: list[Line] = []
    for _, group in groupby(printed, key=lambda word: word.line):
        segments += [_line(part) for part in _columns_apart(list(group)) if _is_print(part)]
    return _with_even_edge(_in_reading_order([line for line in segments if line.text]))


def without_stamps(words: Sequence[Word]) -> list[Word]:
    """`words` of a page without pen strokes at the ends of lines and the registry's stamp for incoming documents."""
    kept: list[Word] = []
    for _, group in groupby(words, key=lambda word: word.line):
        line = [stripped for word in group if (stripped := _stripped(word)).text]
        # Within a line a stroke is kept as it was read: leaving a figure out would change what the line says.
        while line and (_is_stroke(line[0]) or _STRAY.fullmatch(line[0].text)):
            line.pop(0)
        while line and _is_stroke(line[-1]):
            line.pop()
        kept += line
    for stamp in [word for word in kept if re.sub(r"\W", "", fold_diacritics(word.text)) == _INCOMING]:
        if any(_INCOMING_FIELD.search(word.text) and _is_near(word, stamp) for word in kept):
            kept = [word for word in kept if not _belongs(word, stamp)]
    return kept


def _stripped(word: Word) -> Word:
    return replace(word, text=_STRAY_END.sub("", _STRAY_START.sub("", word.text)))


def _is_stroke(word: Word) -> bool:
    if _MARK.fullmatch(word.text):
        return word.confidence < _NO_PRINT / 2
    printed = sum(map(str.isalnum, word.text))
    if printed == 0:
        return word.confidence < _DOUBTFUL
    has_figures = any(map(str.isdigit, word.text))
    return printed <= _STROKE_LETTERS and word.confidence < _NO_PRINT and not has_figures and not _is_well_formed(word)


def _is_well_formed(word: Word) -> bool:
    return any(is_vietnamese_syllable(part) for part in _LETTERS.findall(word.text))


def _with_number_read(words: Sequence[Word]) -> str:
    """The line; a number written by hand and not read left blank, as in a draft ("Số: /QĐ-UBND")."""
    text = " ".join(word.text for word in words)
    match = _NUMBER_LINE.match(text)
    if match is None:
        return text
    first_code = next(k for k, word in enumerate(words) if "/" in word.text)
    sure = min(word.confidence for word in words[: first_code + 1]) >= _NO_PRINT
    if sure and _SERIAL.fullmatch(match["serial"]):
        return text
    return f"{match['label']} {match['code']}"


def _folded(words: Sequence[Word]) -> str:
    return fold_diacritics(" ".join(word.text for word in words))


def _is_near(word: Word, stamp: Word) -> bool:
    before, around, after = (reach * _POINTS_PER_MM for reach in _INCOMING_REACH_MM)
    x, y = (word.left + word.right) / 2, (word.top + word.bottom) / 2
    return stamp.left - before < x < stamp.left + after and stamp.top - around < y < stamp.bottom + around


def _belongs(word: Word, stamp: Word) -> bool:
    """Whether `word` is part of the stamp around the word "ĐẾN", not print that happens to stand near it."""
    if not _is_near(word, stamp):
        return False
    caption = _INCOMING_WORDS.fullmatch(fold_diacritics(word.text).upper()) and word.confidence < _SURE_PRINT
    return (
        word is stamp
        or ".." in word.text
        or bool(caption)
        or (word.confidence < _DOUBTFUL and not _is_well_formed(word))
    )


def _is_print(words: Sequence[Word]) -> bool:
    text = "".join(word.text for word in words)
    confidence = fmean(word.confidence for word in words)
    if sum(map(str.isalnum, text)) <= 2 and not any(map(str.isdigit, text)):
        return confidence >= _SURE_LETTERS
    return confidence >= _NO_PRINT or any(map(_is_well_formed, words))


def _columns_apart(words: list[Word]) -> list[list[Word]]:
    height = median(word.bottom - word.top for word in words)
    parts = [[words[0]]]
    for index, (before, word) in enumerate(pairwise(words), 1):
        gap = word.left - before.right
        opens_right = _RIGHT_COLUMN.match(_folded(words[index : index + 4])) is not None
        # A number left blank ("Số:      /QĐ-UBND") is one line.
        blank = word.text.startswith("/")
        if (gap > _COLUMN_GAP * max(height, 6.0) and not blank) or opens_right:
            parts.append([word])
        else:
            parts[-1].append(word)
    return parts


def _line(words: Sequence[Word]) -> Line:
    return Line(
        repaired(clean(_with_number_read(words))),
        whole=False,
        left=words[0].left,
        right=words[-1].right,
        top=min(word.top for word in words),
        bottom=max(word.bottom for word in words),
        first_word=words[0].right - words[0].left,
    )


def _in_reading_order(lines: Iterable[Line]) -> list[Line]:
    """Top to bottom; where two columns stand side by side, the left one whole before the right one."""
    ordered: list[Line] = []
    rows = _rows(lines)
    index = 0
    while index < len(rows):
        left, right, count = _two_columns(rows[index:])
        ordered += [*left, *right] if count else rows[index]
        index += max(count, 1)
    return ordered


def _two_columns(rows: Sequence[Sequence[Line]]) -> tuple[list[Line], list[Line], int]:
    """Lines left and right of the gutter that the first of `rows` shows, and how many rows leave it free."""
    if len(rows[0]) != 2 or rows[0][0].right >= rows[0][1].left:
        return [], [], 0
    start, end = rows[0][0].right, rows[0][1].left
    left: list[Line] = []
    right: list[Line] = []
    for count, row in enumerate(rows):
        middle = (start + end) / 2
        apart = count > 0 and row[0].top - max(line.bottom for line in rows[count - 1]) > _BLOCK_GAP
        addressed = fold_diacritics(row[0].text).startswith("Kinh gui")
        if apart or addressed or any(line.left < middle < line.right for line in row):
            return left, right, count
        left += [line for line in row if line.right <= middle]
        right += [line for line in row if line.left >= middle]
        start = max([start, *(line.right for line in row if line.right <= middle)])
        end = min([end, *(line.left for line in row if line.left >= middle)])
    return left, right, len(rows)


def _rows(lines: Iterable[Line]) -> list[list[Line]]:
    """Lines at the same height, left to right."""
    rows: list[list[Line]] = []
    for line in sorted(lines, key=lambda line: (line.top + line.bottom) / 2):
        middle = (line.top + line.bottom) / 2
        if rows and any(other.top < middle < other.bottom for other in rows[-1]):
            rows[-1].append(line)
        else:
            rows.append([line])
    return [sorted(row, key=lambda line: line.left) for row in rows]


def _with_even_edge(lines: Sequence[Line]) -> list[Line]:
    """`lines` whose full ones end at the same place: what tells a wrapped line from a paragraph's last."""
    widest = max((line.right - line.left for line in lines), default=0.0)
    full = [line.right for line in lines if line.right - line.left > 0.8 * widest]
    if len(full) < 3:
        return list(lines)
    edge = median(full)
    return [replace(line, right=edge) if line.right > edge - _EDGE_JITTER * widest else line for line in lines]
