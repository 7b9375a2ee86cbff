"""From printed lines to the document's text: wrapped lines joined, running heads dropped, page starts kept.

The text has one paragraph, heading or table row a line. A line that opens a provision always starts a new one.
"""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from statistics import median
from typing import NamedTuple

from ingest.headings import ARTICLE_WORD
from ingest.readers.lines import Line

# Ranges will not do: in Unicode, Vietnamese capitals and small letters alternate.
_SMALL = "a-zđàáảãạăằắẳẵặâầấẩẫậèéẻẽẹêềếểễệìíỉĩịòóỏõọôồốổỗộơờớởỡợùúủũụưừứửữựỳýỷỹỵ"
_CAPITAL = "A-Z" + _SMALL[3:].upper()

# Openings that never continue a sentence, given how official documents are set (Decree 30/2020/NĐ-CP, appendix I).
_OPENING = re.compile(
    rf"""[“"'(\[]?(?:
      {ARTICLE_WORD}\s+(?:[\dl]+[a-zđ]?\s?[.:](?!\d)|thứ\s|[IVXL]+\s?:)
    | (?:Chương|CHƯƠNG|Phần|PHẦN|Mục|MỤC|Tiểu\smục|TIỂU\sMỤC)\s+(?:thứ\s\w+|THỨ\s\w+|[IVXLC]+|\d+)\b\s*
      (?:[.:\-–]|$|[{_CAPITAL}]{{2}})
    | (?:Phụ\slục|PHỤ\sLỤC)(?:\s+(?:số\s)?[\dIVXLC]+)?\s*(?:[.:\-–]|$|[{_CAPITAL}]{{2}})
    | Mẫu\s(?:số\s)?\d+ | [A-ZĐ]{{2,}}(?:-[A-ZĐ\d]+)+$
    | [IVXLC]{{1,6}}\s?[.)\-–/]\s*[^\W\d_]
    | [A-ZĐ]\s?[.\-–]\s+[^\W\d_]
    | \d{{1,3}}[.)](?!\d|\s?000\b|\s?\d{{3}}\.\d{{3}}\b)
    | \d{{1,2}}(?:\.\d{{1,2}}){{1,3}}(?:[.)]\s?[^\d,]|\s+[{_CAPITAL}])
    | \d{{1,2}}(?:\.\d{{1,2}})*\s?[-–]\s+[{_CAPITAL}]
    | [a-zđ]\d{{0,2}}\s?\)
    | [-–—+*]\s*[{_CAPITAL}\d(“"]
    | Căn\scứ\b | Theo\sđề\snghị\s(?:của|tại) | Xét\s(?:đề\snghị|Tờ\strình) | Nơi\snhận\s*: | Kính\sgửi\s*:
    | (?:QUYẾT\sĐỊNH|QUYẾT\sNGHỊ|NGHỊ\sQUYẾT|NGHỊ\sĐỊNH|THÔNG\sTƯ|LUẬT|CHỈ\sTHỊ|KẾ\sHOẠCH)\s*:?$
    | (?:Số|Luật\ssố|Nghị\squyết\ssố|Bộ\sluật\ssố|Pháp\slệnh\ssố)\s*:
    | CỘNG\sH(?:ÒA|OÀ)\sXÃ\sHỘI | ĐẢNG\sCỘNG\sSẢN | Độc\slập\s?[-–]\s?Tự\sdo
    | (?:TM|KT|TL|TUQ|Q)\.\s?[{_CAPITAL}] | T/M\s
    | [^,;.]{{2,40}},\sngày\s[\d\s.…]*\stháng\s[\d\s.…]*\snăm
    )""",
    re.VERBOSE,
)
# After these words a number at the start of the next line is the end of a reference, not the start of a provision.
_MID_REFERENCE = re.compile(
    r"\b(?:khoản|điều|điểm|mục|chương|phần|số|ngày|tháng|năm|quý|phụ lục|tiểu mục|là|và|hoặc|đến|từ|bằng|của)$",
    re.IGNORECASE,
)
_NUMBER_CUT = re.compile(r"\d/(?:\d{4}/)?(?:[A-ZĐ\d&]+[-–])*$|\d{1,5}-[A-ZĐ]+[a-z]*/$")
_NUMBER_GOES_ON = re.compile(r"[A-ZĐƯ\d]{2,}")
_SMALL_START = re.compile(rf"[“\"'(]?[{_SMALL}]")
_SENTENCE_END = re.compile(r"[.;:!?…][”\"')]?$|/\.?$")
_LABEL_ALONE = re.compile(
    r"(?:Chương|Phần|Mục|Tiểu mục|Phụ lục)\s+(?:thứ\s\w+|số\s\d+|[IVXLC]+|\d+)[.:]?$|Phụ lục$", re.IGNORECASE
)
_HEADING_LABEL = re.compile(
    r"(?:[IVXLC]{1,6}|[A-ZĐ]|\d{1,2}(?:\.\d{1,2})*)\s?[.\-–)/]\s*\S|(?:Chương|Phần|Mục)\s", re.IGNORECASE
)
_CAPITALS_WORDS = 2
_WORD = re.compile(r"(?<![\w/-])[^\W\d_]{2,}(?![\w/-])")  # the letters of a document number are no words

# Consolidated laws print who amended a provision in notes two sizes smaller than the text.
_NOTE_START = re.compile(rf"\d{{1,3}}(?:\s?[{_CAPITAL}“]|$)")
_NOTE_SIZE = 0.93

_PAGE_NUMBER = re.compile(r"(?:[-–—]\s?|Trang\s|trang\s)?(\d{1,4})(?:\s?/\s?\d{1,4})?(?:\s?[-–—])?")
_TRAILING_PAGE = re.compile(r"\s*(?:[-–|]|\b[Tt]rang)\s*\d{1,4}(?:\s?/\s?\d{1,4})?$")
_GAZETTE_HEAD = re.compile(r"(?:\d{1,4}\s+)?CÔNG BÁO\b.{0,20}/Số\s[\d\s+]+.{0,10}/Ngày\s[\d\s/-]+")
_EDGE_LINES = 3
_RUNNING_SHARE = 0.4
_MIN_RUNNING_PAGES = 3


def without_running_heads(pages: Sequence[Sequence[Line]]) -> list[list[Line]]:
    """`pages` without gazette heads, page numbers and lines repeated at the same edge of many pages."""
    edges = [_edge_lines(page) for page in pages]
    repeated = Counter(key for edge in edges for key in {_running_key(line.text) for line in _outermost(edge)})
    needed = max(_MIN_RUNNING_PAGES, _RUNNING_SHARE * len(pages))
    running = {key for key, count in repeated.items() if count >= needed and len(key) > 1}
    shifts = Counter(
        int(match[1]) - number
        for number, edge in enumerate(edges)
        for line in edge
        if (match := _PAGE_NUMBER.fullmatch(line.text))
    )
    cleaned = []
    for number, (page, edge) in enumerate(zip(pages, edges, strict=True)):
        dropped = set()
        for line in edge:
            match = _PAGE_NUMBER.fullmatch(line.text)
            # A number is a page number when it counts along with the pages, also on other pages.
            counted = match is not None and (shifts[int(match[1]) - number] > 1 or int(match[1]) == number + 1)
            if counted or _GAZETTE_HEAD.fullmatch(line.text):
                dropped.add(id(line))
        dropped.update(id(line) for line in _outermost(edge) if _running_key(line.text) in running)
        cleaned.append([line for line in page if id(line) not in dropped])
    return cleaned


def _edge_lines(page: Sequence[Line]) -> list[Line]:
    # Engines give a footer first or last; where positions are known they decide, not the order (the sort is stable).
    ordered = sorted((line for line in page if not line.whole), key=lambda line: line.top)
    return ordered if len(ordered) <= 2 * _EDGE_LINES else [*ordered[:_EDGE_LINES], *ordered[-_EDGE_LINES:]]


def _outermost(edge: Sequence[Line]) -> Sequence[Line]:
    return [*edge[:1], *edge[1:][-1:]]


def _running_key(text: str) -> str:
    """What a running head says on every page; empty for what forms and appendices repeat as their own text."""
    return "" if _OPENING.match(text) else _TRAILING_PAGE.sub("", text)


def with_footnotes_marked(pages: Sequence[Sequence[Line]]) -> list[list[Line]]:
    """`pages` with the small print at a page's foot marked as notes.

    It starts with a note's number, or goes on with the last note of the page before.
    """
    marked = []
    goes_on = False
    usual = median([line.size for page in pages for line in page if not line.whole and line.size] or [0.0])
    for page in pages:
        sizes = [line.size for line in page if not line.whole and line.size]
        # Where notes fill most of a page, its own middle size is theirs.
        body_size = usual if max(sizes, default=0.0) >= usual else median(sizes or [0.0])
        first = len(page)
        while first > 0 and not page[first - 1].whole and page[first - 1].size < _NOTE_SIZE * body_size:
            first -= 1
        notes = list(page[first:])
        goes_on = bool(notes) and (_NOTE_START.match(notes[0].text) is not None or goes_on)
        marked.append([*page[:first], *(_notes(notes) if goes_on else notes)])
    return marked


def _notes(lines: Sequence[Line]) -> list[Line]:
    notes: list[Line] = []
    for line in lines:
        opens = _NOTE_START.match(line.text) is not None
        if notes and notes[-1].text.isdecimal():  # a raised number that the engine took for a line
            notes[-1] = replace(line, text=f"{notes[-1].text} {line.text}", note=True, opens=True)
        else:
            notes.append(replace(line, note=True, opens=opens))
    return notes


class Assembled(NamedTuple):
    """The document's text, the offset of each page's first character, and where its footnotes begin."""

    text: str
    page_starts: tuple[int, ...]
    notes_start: int


def assemble(pages: Sequence[Sequence[Line]]) -> Assembled:
    """Wrapped lines joined, also across pages; footnotes, which may run over pages too, follow at the very end."""
    flow = _Flow()
    edges = list(zip(pages, _right_edges(pages), _left_edges(pages), strict=True))
    for page, right_edge, left_edge in edges:
        flow.open_page(left_edge, right_edge)
        flow.add_all([line for line in page if not line.note])
    notes_start = flow.length
    for page, right_edge, left_edge in edges:
        flow.set_edges(left_edge, right_edge)
        flow.add_all([line for line in page if line.note])
    return Assembled(flow.text, flow.page_starts, min(notes_start + 1, flow.length) if notes_start else 0)


class _Flow:
    """Text that grows line by line."""

    def __init__(self) -> None:
        self._parts: list[str] = []
        self._length = 0
        self._page_starts: list[int] = []
        self._page_is_open = False
        self._left_edge = self._right_edge = 0.0
        self._previous: Line | None = None
        self._heading_open = False

    @property
    def text(self) -> str:
        return "".join(self._parts)

    @property
    def length(self) -> int:
        return self._length

    @property
    def page_starts(self) -> tuple[int, ...]:
        return tuple(self._page_starts) or (0,)

    def open_page(self, left_edge: float, right_edge: float) -> None:
        # Until it has a line of its own, a page starts where the text ends.
        self._page_starts.append(self._length)
        self._page_is_open = True
        self.set_edges(left_edge, right_edge)

    def set_edges(self, left_edge: float, right_edge: float) -> None:
        self._left_edge, self._right_edge = left_edge, right_edge

    def add_all(self, lines: Sequence[Line]) -> None:
        for line in lines:
            self.add(line)

    def add(self, line: Line) -> None:
        glue = self._glue(line)
        if glue == "\n" or self._previous is None:
            after_label = self._previous is not None and _LABEL_ALONE.fullmatch(self._previous.text) is not None
            self._heading_open = after_label or _HEADING_LABEL.match(line.text) is not None
        if self._page_is_open:
            self._page_starts[-1] = self._length + len(glue)
            self._page_is_open = False
        self._parts += (glue, line.text)
        self._length += len(glue) + len(line.text)
        self._previous = line

    def _glue(self, line: Line) -> str:
        previous = self._previous
        if previous is None:
            return ""
        if previous.whole or line.whole or line.opens or previous.note != line.note:
            return "\n"
        if _NUMBER_CUT.search(previous.text) and _NUMBER_GOES_ON.match(line.text):
            return ""
        joined = _continues(
            previous,
            line,
            right_edge=self._right_edge,
            left_edge=self._left_edge,
            heading_open=self._heading_open,
        )
        return " " if joined else "\n"


def _continues(previous: Line, line: Line, *, right_edge: float, left_edge: float, heading_open: bool) -> bool:
    in_reference = _MID_REFERENCE.search(previous.text) is not None
    if _OPENING.match(line.text):
        # "dân tộc thiểu số" ends a heading as well as "Nghị định số" is cut: only a full line goes on.
        if not in_reference or not _fills(previous, line, left_edge, right_edge):
            return False
    elif in_reference and line.text[0].isdecimal():
        return True
    if line.soft:
        return True
    # Headings break anywhere because they are centred: capitals go with capitals, never with a body line.
    if _is_capitals(previous.text) != _is_capitals(line.text):
        return False
    width = right_edge - left_edge
    fills = _fills(previous, line, left_edge, right_edge)
    ended = _SENTENCE_END.search(previous.text) is not None
    if _is_capitals(line.text):
        long_enough = previous.right - previous.left > 0.6 * width
        return not ended and not _LABEL_ALONE.fullmatch(previous.text) and (heading_open or (fills and long_enough))
    if _SMALL_START.match(line.text):
        return fills or not ended
    indented = line.left > left_edge + 0.02 * width
    return fills and not (ended and indented)


def _fills(previous: Line, line: Line, left_edge: float, right_edge: float) -> bool:
    """Whether the first word of `line` had no room on the line before."""
    return previous.right + line.first_word > right_edge - 0.01 * (right_edge - left_edge)


def _is_capitals(text: str) -> bool:
    return text.isupper() and len(_WORD.findall(text)) >= _CAPITALS_WORDS


def _right_edges(pages: Sequence[Sequence[Line]]) -> list[float]:
    own = [max((line.right for line in page if not line.whole), default=0.0) for page in pages]
    typical = median([edge for edge in own if edge] or [0.0])
    return [max(edge, typical) for edge in own]


def _left_edges(pages: Sequence[Sequence[Line]]) -> list[float]:
    edges = []
    for page in pages:
        counts = Counter(round(line.left) for line in page if not line.whole)
        edges.append(min((left for left, count in counts.items() if count >= 3), default=min(counts, default=0)))
    return [float(edge) for edge in edges]
