"""Section tree of a document: which lines are headings, what they contain, and how an official cites them.

A line that looks like a heading counts only in its place: `Điều 28 Luật …` at a line's start is a reference because
Điều 5 came before it, `2. …` opens khoản 2 only after khoản 1 of the same Điều. Regulations issued with a decision and
appendices number anew, so each is a scope of its own.
"""

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from core.types import PathStep, Section, SectionKind, Span
from ingest.headings import (
    Heading,
    attached_kind,
    is_capitals,
    is_issued_with,
    is_letterhead,
    is_signature,
    read_heading,
)
from ingest.quotations import quoted_lines

_RANKS = {
    SectionKind.ATTACHMENT: 0, SectionKind.APPENDIX: 1, SectionKind.PART: 3, SectionKind.CHAPTER: 4,
    SectionKind.DIVISION: 5, SectionKind.SUBDIVISION: 6, SectionKind.HEADING: 7, SectionKind.ROMAN: 8,
    SectionKind.ARTICLE: 9, SectionKind.ITEM: 12, SectionKind.LETTER: 20,
}  # fmt: skip
_ROMAN_IN_ARTICLE = 11
_CONTAINERS = frozenset({SectionKind.PART, SectionKind.CHAPTER, SectionKind.DIVISION, SectionKind.SUBDIVISION})
_SCOPES = frozenset({SectionKind.ATTACHMENT, SectionKind.APPENDIX})
_OUTLINE = frozenset({SectionKind.ROMAN, SectionKind.ITEM, SectionKind.LETTER})

_LOOK_AHEAD = 300  # article headings; keeps a text full of stray ones from taking minutes
_LIST_LINES = 5000
_TITLE_CHARS = 250
_LEADERS = re.compile(r"\.{4}|…\s?[.…]")  # dots to write on, in forms
_NOT_A_TITLE = re.compile(r"\.(?:jpe?g|png|gif|webp)\b|Ảnh:|https?://|\d{1,2}:\d{2}", re.IGNORECASE)


class _Line(NamedTuple):
    start: int
    end: int
    text: str


@dataclass(slots=True)
class _Node:
    kind: SectionKind
    heading: Heading
    rank: int
    step: PathStep
    label: str
    title: str
    start: int
    parent: "_Node | None"
    end: int = -1
    children: set[PathStep] = field(default_factory=set)

    @property
    def path(self) -> tuple[PathStep, ...]:
        return (*(self.parent.path if self.parent else ()), self.step)


def find_sections(text: str, page_starts: Sequence[int]) -> tuple[Section, ...]:
    """Sections of `text` in reading order, parents before children; empty when it has no headings.

    Paths are unique, spans of children lie within their parent's and siblings do not overlap. The letterhead and
    legal grounds belong to no section, nor do recipients and signatures.
    """
    lines = _lines(text)
    headings = _candidates(lines)
    articles = _articles(headings)
    if not _has_numbering(headings, articles) and not any(is_letterhead(line.text) for line in lines[:40]):
        headings = _with_title_lines(lines, headings)
    nodes = _Builder(lines, headings, articles).build()
    return tuple(
        Section(
            node.path, node.label, node.title, Span(node.start, _trimmed_end(text, node.start, node.end)),
            max(1, bisect_right(page_starts, node.start)),
        )
        for node in nodes
    )  # fmt: skip


def _lines(text: str) -> list[_Line]:
    lines = []
    for match in re.finditer(r"[^\n]+", text):
        content = match.group().strip()
        if content:
            start = match.start() + match.group().index(content[0])
            lines.append(_Line(start, start + len(content), content))
    return lines


def _trimmed_end(text: str, start: int, end: int) -> int:
    return start + len(text[start:end].rstrip())


def _candidates(lines: Sequence[_Line]) -> list[Heading | None]:
    """What each line may open; quoted provisions open nothing, titles of attached documents become ATTACHMENT."""
    headings: list[Heading | None] = []
    quoted = quoted_lines([line.text for line in lines])
    in_appendix = has_body = False
    for i, line in enumerate(lines):
        heading = None if quoted[i] else read_heading(line.text)
        if heading and heading.kind is SectionKind.APPENDIX:
            in_appendix = True
        has_body = has_body or (heading is not None and heading.kind in {SectionKind.ARTICLE, SectionKind.ROMAN})
        kind = attached_kind(line.text)
        if kind and has_body and not in_appendix and _is_attached_title(lines, headings, i):
            heading = Heading(SectionKind.ATTACHMENT, kind, 0, "", (), kind, 0, True)
        headings.append(heading)
    return headings


def _is_attached_title(lines: Sequence[_Line], headings: Sequence[Heading | None], i: int) -> bool:
    """Whether a second letterhead stands above the title in line `i`, or `(Ban hành kèm theo …)` below it."""
    for j in range(i - 1, max(-1, i - 9), -1):
        if headings[j]:
            break
        if is_letterhead(lines[j].text):
            return True
    for line in lines[i + 1 : i + 9]:
        if is_issued_with(line.text):
            return True
        if read_heading(line.text):
            break
    return False


def _articles(headings: Sequence[Heading | None]) -> set[int]:
    """Lines that open an article: those that continue the numbering of their scope."""
    accepted: set[int] = set()
    last: Heading | None = None
    waiting = [i for i, heading in enumerate(headings) if heading and heading.kind in {SectionKind.ARTICLE, *_SCOPES}]
    for place, i in enumerate(waiting):
        heading = headings[i]
        if heading is None or heading.kind in _SCOPES:
            last = None
            continue
        if heading.follows(last) or (
            heading.strong and _fills_gap(headings, waiting[place + 1 : place + _LOOK_AHEAD], heading, last)
        ):
            accepted.add(i)
            last = heading
    return accepted


def _fills_gap(
    headings: Sequence[Heading | None], later: Sequence[int], heading: Heading, last: Heading | None
) -> bool:
    """Whether `heading` goes on after lost ones: the expected number never comes, but the one after `heading` does.

    A part file (`Điều 51` first) is the same case with nothing before.
    """
    if last and not last.ordinal < heading.ordinal <= last.ordinal + 20:
        return False
    continues = False
    for i in later:
        other = headings[i]
        if other is None or other.kind in _SCOPES:
            break
        if other.strong and other.follows(last):
            return False
        continues = continues or other.follows(heading)
    return continues


def _has_numbering(headings: Sequence[Heading | None], articles: set[int]) -> bool:
    kinds = [heading.kind for heading in headings if heading]
    return (
        bool(articles)
        or kinds.count(SectionKind.ROMAN) > 1
        or bool({*_SCOPES, *_CONTAINERS, SectionKind.HEADING} & set(kinds))
    )


def _with_title_lines(lines: Sequence[_Line], headings: Sequence[Heading | None]) -> list[Heading | None]:
    """`headings` plus the short title lines between long paragraphs, as in a news article."""
    found = list(headings)
    count = 0
    long_before = False
    for i in range(1, len(lines) - 1):
        content = lines[i].text
        is_title = (
            headings[i] is None
            and 8 <= len(content) <= 120
            and content[0].isupper()
            and content[-1] not in '.;:,!…”"'
            and not _NOT_A_TITLE.search(content)
        )
        long_before = long_before or len(lines[i - 1].text) >= 200
        if is_title and long_before and len(lines[i - 1].text) >= 80 and len(lines[i + 1].text) >= 120:
            count += 1
            found[i] = Heading(SectionKind.HEADING, str(count), count, "", (), content, 0, True)
    return found


class _Builder:
    """Goes through the lines with the open sections on a stack, outermost first."""

    def __init__(self, lines: Sequence[_Line], headings: Sequence[Heading | None], articles: set[int]) -> None:
        self._lines = lines
        self._headings = headings
        self._articles = articles
        self._places: dict[tuple[SectionKind, tuple[int, ...], int], list[int]] = {}
        for i, heading in enumerate(headings):
            if heading:
                self._places.setdefault((heading.kind, heading.prefix, heading.ordinal), []).append(i)
        self._stack: list[_Node] = []
        self._nodes: list[_Node] = []
        self._top: set[PathStep] = set()
        self._last: dict[SectionKind, Heading] = {}
        self._scope_has_articles = False
        self._signed = False

    def build(self) -> list[_Node]:
        self._enter_scope(0)
        for i, line in enumerate(self._lines):
            heading = self._headings[i]
            if heading is None:
                if is_signature(line.text):
                    self._sign(line.start)
                continue
            if heading.kind in _SCOPES:
                self._enter_scope(i + 1)
            heading = self._without_footnote(heading)
            if (rank := self._rank(i, heading)) is not None:
                self._open(i, heading, rank)
        self._close(0, self._lines[-1].end if self._lines else 0)
        return self._nodes

    def _enter_scope(self, first: int) -> None:
        self._last.clear()
        self._signed = False
        last = next((i for i in range(first, len(self._lines)) if self._is_scope(i)), len(self._lines))
        self._scope_has_articles = any(i in self._articles for i in range(first, last))

    def _without_footnote(self, heading: Heading) -> Heading:
        """`2.6 Khiếu nại …` under an article whose next clause is 2: a consolidated text's footnote 6 is glued on."""
        if heading.kind is not SectionKind.ITEM or len(heading.prefix) != 1 or not self._within(SectionKind.ARTICLE):
            return heading
        number = heading.prefix[0]
        clause = replace(heading, number=str(number), ordinal=number, prefix=(), cited=f"khoản {number}")
        previous = next((node.heading for node in self._stack if node.rank == _RANKS[SectionKind.ITEM]), None)
        return clause if clause.follows(previous) else heading

    def _is_scope(self, i: int) -> bool:
        heading = self._headings[i]
        return heading is not None and heading.kind in _SCOPES

    def _sign(self, at: int) -> None:
        # Forms in an appendix carry signatures of their own.
        if not any(node.kind is SectionKind.APPENDIX for node in self._stack):
            self._close(1, at)
            self._signed = True

    def _rank(self, i: int, heading: Heading) -> int | None:
        """Rank at which the heading is to be opened; `None` when it is text after all."""
        kind = heading.kind
        if kind in _SCOPES:
            return _RANKS[kind] + len(heading.prefix)
        if kind is SectionKind.ARTICLE:
            return _RANKS[kind] if i in self._articles else None
        if kind in _CONTAINERS or kind is SectionKind.HEADING:
            return self._container_rank(i, heading)
        if self._signed and kind is not SectionKind.ROMAN:
            return None
        if kind is SectionKind.ROMAN:
            return self._roman_rank(i, heading)
        if self._scope_has_articles and not self._within(SectionKind.ARTICLE, SectionKind.ROMAN, SectionKind.DIVISION):
            return None
        return self._list_rank(i, heading)

    def _container_rank(self, i: int, heading: Heading) -> int | None:
        previous = self._last.get(heading.kind)
        rank = _RANKS[heading.kind]
        if heading.kind is SectionKind.PART and not heading.strong and previous is None:
            return rank if heading.ordinal == 1 and self._comes_later(i, heading, 2) else None
        restarts = heading.ordinal == 1 and not heading.suffix
        in_order = heading.follows(previous) or restarts or (heading.strong and heading.skips_after(previous))
        return rank if in_order else None

    def _roman_rank(self, i: int, heading: Heading) -> int | None:
        rank = _ROMAN_IN_ARTICLE if self._within(SectionKind.ARTICLE) else _RANKS[SectionKind.ROMAN]
        open_roman = next((node for node in self._stack if node.kind is SectionKind.ROMAN), None)
        if open_roman and (heading.follows(open_roman.heading) or self._is_lost(i, heading, open_roman.heading)):
            return open_roman.rank
        starts = heading.ordinal == 1 and not (open_roman and self._scope_has_articles)
        return rank if starts and self._comes_later(i, heading, 2) else None

    def _list_rank(self, i: int, heading: Heading) -> int | None:
        """Rank of `1.`, `1.1` or `a)`: in order within the innermost list of its sort."""
        rank = _RANKS[heading.kind] + len(heading.prefix)
        sibling = next((node for node in reversed(self._stack) if node.rank == rank), None)
        previous = sibling.heading if sibling else None
        if heading.prefix:
            parent = next((node for node in reversed(self._stack) if node.rank == rank - 1), None)
            numbers = (*parent.heading.prefix, parent.heading.ordinal) if parent else ()
            if numbers != heading.prefix:
                return None
            if previous and previous.prefix != heading.prefix:
                previous = None
        if heading.follows(previous) or self._is_lost(i, heading, previous):
            return rank
        return None

    def _is_lost(self, i: int, heading: Heading, previous: Heading | None) -> bool:
        """Whether `heading` continues the list although one or two before it are missing from the text."""
        if previous is None or not heading.skips_after(previous):
            return False
        missing = range(previous.ordinal + 1, heading.ordinal)
        return not any(self._comes_later(i, heading, ordinal) for ordinal in missing)

    def _comes_later(self, i: int, heading: Heading, ordinal: int) -> bool:
        """Whether number `ordinal` of the same list stands below line `i`, before the list's container ends."""
        places = self._places.get((heading.kind, heading.prefix, ordinal), [])
        after = bisect_right(places, i)
        if after == len(places) or places[after] - i > _LIST_LINES:
            return False
        return not any(self._ends_list(j, heading) for j in range(i + 1, places[after]))

    def _ends_list(self, i: int, heading: Heading) -> bool:
        other = self._headings[i]
        if other is None:
            return False
        return other.kind in _SCOPES or (_RANKS[other.kind] < _RANKS[heading.kind] and self._is_real(i, other))

    def _is_real(self, i: int, heading: Heading) -> bool:
        return i in self._articles if heading.kind is SectionKind.ARTICLE else heading.strong

    def _within(self, *kinds: SectionKind) -> bool:
        return any(node.kind in kinds for node in self._stack)

    def _open(self, i: int, heading: Heading, rank: int) -> None:
        line = self._lines[i]
        self._close(rank, line.start)
        if heading.kind in _CONTAINERS or heading.kind is SectionKind.ARTICLE:
            self._last[heading.kind] = heading
        self._signed = False
        parent = self._stack[-1] if self._stack else None
        kind = self._resolved(heading.kind)
        step = self._unique(PathStep(kind, heading.number), parent)
        node = _Node(kind, heading, rank, step, "", self._title(i, heading), line.start, parent)
        node.label = _label(node)
        self._stack.append(node)
        self._nodes.append(node)

    def _resolved(self, kind: SectionKind) -> SectionKind:
        """`1.` under an article is a clause and `a)` a point; elsewhere they are the items of an outline."""
        in_article = self._within(SectionKind.ARTICLE) and not self._within(SectionKind.ROMAN)
        if in_article and kind is SectionKind.ITEM:
            return SectionKind.CLAUSE
        return SectionKind.POINT if in_article and kind is SectionKind.LETTER else kind

    def _unique(self, step: PathStep, parent: _Node | None) -> PathStep:
        taken = parent.children if parent else self._top
        unique, count = step, 1
        while unique in taken:
            count += 1
            unique = PathStep(step.kind, f"{step.number} ({count})".strip())
        taken.add(unique)
        return unique

    def _title(self, i: int, heading: Heading) -> str:
        """The heading's text: what follows the number, or for a container the capitals of the next lines."""
        rest = self._lines[i].text[heading.title :].strip()
        has_own_lines = heading.kind in _SCOPES or heading.kind in _CONTAINERS
        if has_own_lines and (heading.kind is SectionKind.ATTACHMENT or not rest or is_capitals(rest)):
            goes_on_in_capitals = bool(rest) and heading.kind is not SectionKind.ATTACHMENT
            return " ".join([rest, *self._title_lines(i + 1, goes_on_in_capitals)]).strip()
        if _LEADERS.search(rest):
            return ""
        if heading.kind in {*_CONTAINERS, SectionKind.ROMAN, SectionKind.HEADING, *_SCOPES}:
            return rest.rstrip(" .:;")
        if (
            heading.kind is SectionKind.ITEM
            and rest.endswith(":")
            and len(rest) <= 80
            and not self._within(SectionKind.ARTICLE)
        ):
            return rest.rstrip(" :")
        has_more = i + 1 < len(self._lines)
        return rest if has_more and rest[-1:] not in ".;:," and len(rest) <= _TITLE_CHARS else ""

    def _title_lines(self, first: int, only_capitals: bool) -> list[str]:
        titles: list[str] = []
        for i in range(first, min(first + 4, len(self._lines))):
            content = self._lines[i].text
            if self._headings[i] or is_issued_with(content) or is_letterhead(content) or len(content) > _TITLE_CHARS:
                break
            capitals = is_capitals(content)
            if content[-1] in ".;:" or (not capitals and (only_capitals or content[-1] == ",")):
                break
            titles.append(content)
        return titles

    def _close(self, rank: int, at: int) -> None:
        while self._stack and self._stack[-1].rank >= rank:
            self._stack.pop().end = at


def _label(node: _Node) -> str:
    """The citation of a section, built from its own part and its parent's label."""
    own, parent = node.heading.cited, node.parent
    if node.kind is SectionKind.CLAUSE or node.kind is SectionKind.POINT:
        return f"{own} {parent.label}" if parent else own
    if node.kind in {SectionKind.ITEM, SectionKind.LETTER}:
        own = f"Mục {_outline_number(node)}"
    container = parent
    while container and not _is_cited_in(container.kind, node.kind):
        container = container.parent
    return f"{own} {container.label}" if container else own


def _is_cited_in(container: SectionKind, kind: SectionKind) -> bool:
    """Whether a section of `kind` is named with its container: `Mục 1 Chương II`, but `Điều 5` alone."""
    if container in _SCOPES:
        return True
    if kind in {SectionKind.DIVISION, SectionKind.SUBDIVISION}:
        return container in _CONTAINERS
    return kind in _OUTLINE and container in {SectionKind.ARTICLE, SectionKind.PART, SectionKind.HEADING}


def _outline_number(node: _Node) -> str:
    numbers: list[str] = []
    outer: _Node | None = node
    while outer and outer.kind in _OUTLINE:
        numbers.append(outer.heading.number)
        # A dotted number (2.1) already names the items above it.
        skip = len(outer.heading.prefix) + 1 if outer.kind is SectionKind.ITEM else 1
        for _ in range(skip):
            outer = outer.parent if outer and outer.kind in _OUTLINE else outer
    return ".".join(reversed(numbers))
