"""Nesting of headings: which of them are real in their place, what they contain, and how an official cites them.

`2. …` opens khoản 2 only after khoản 1 of the same Điều; regulations issued with a decision and appendices number
anew, so each is a scope of its own.
"""

import re
from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

from core.text import SUPERSCRIPT_DIGITS
from core.types import PathStep, SectionKind
from ingest.headings import Heading, is_capitals, is_issued_with, is_letterhead, is_signature

_RANKS = {
    SectionKind.ATTACHMENT: 0, SectionKind.APPENDIX: 1, SectionKind.PART: 3, SectionKind.CHAPTER: 4,
    SectionKind.DIVISION: 5, SectionKind.SUBDIVISION: 6, SectionKind.HEADING: 7, SectionKind.ROMAN: 8,
    SectionKind.ARTICLE: 9, SectionKind.ITEM: 12, SectionKind.CLAUSE: 12, SectionKind.LETTER: 20,
}  # fmt: skip
_ROMAN_IN_ARTICLE = 11
CONTAINERS = frozenset({SectionKind.PART, SectionKind.CHAPTER, SectionKind.DIVISION, SectionKind.SUBDIVISION})
SCOPES = frozenset({SectionKind.ATTACHMENT, SectionKind.APPENDIX})
_OUTLINE = frozenset({SectionKind.ROMAN, SectionKind.ITEM, SectionKind.LETTER})

_LETTERS_OF_LISTS = frozenset({SectionKind.LETTER, SectionKind.POINT})
_D_LETTERS = {"d": 4, "đ": 5}  # with their places in the alphabet
_LIST_LINES = 5000
_TITLE_CHARS = 250
_LEADERS = re.compile(r"\.{4}|…\s?[.…]")  # dots to write on, in forms
_NOTE_MARK = re.compile(f"[{SUPERSCRIPT_DIGITS}]+$")


class TextLine(NamedTuple):
    """A trimmed line of the text with its offsets."""

    start: int
    end: int
    text: str


@dataclass(slots=True)
class SectionNode:
    """A section while the tree grows; `end` is -1 until it closes."""

    kind: SectionKind
    heading: Heading
    rank: int
    step: PathStep
    label: str
    title: str
    start: int
    parent: "SectionNode | None"
    end: int = -1
    children: set[PathStep] = field(default_factory=set)

    @property
    def path(self) -> tuple[PathStep, ...]:
        """Steps from the outermost section to this one."""
        return (*(self.parent.path if self.parent else ()), self.step)


def build_tree(lines: Sequence[TextLine], headings: Sequence[Heading | None], articles: set[int]) -> list[SectionNode]:
    """Sections in reading order, parents before children.

    Args:
        lines: The lines of the text that are not blank.
        headings: What each line may open.
        articles: Indices of the lines that do open an article.
    """
    return _Builder(lines, headings, articles).build()


class _Builder:
    """Goes through the lines with the open sections on a stack, outermost first."""

    def __init__(self, lines: Sequence[TextLine], headings: Sequence[Heading | None], articles: set[int]) -> None:
        self._lines = lines
        self._headings = headings
        self._articles = articles
        self._places: dict[tuple[SectionKind, tuple[int, ...], int], list[int]] = {}
        for i, heading in enumerate(headings):
            if heading:
                self._places.setdefault((heading.kind, heading.prefix, heading.ordinal), []).append(i)
        self._stack: list[SectionNode] = []
        self._nodes: list[SectionNode] = []
        self._top: set[PathStep] = set()
        self._last: dict[SectionKind, Heading] = {}
        self._scope_has_articles = False
        self._signed = False

    def build(self) -> list[SectionNode]:
        self._enter_scope(0)
        for i, line in enumerate(self._lines):
            heading = self._headings[i]
            if heading is None:
                if is_signature(line.text):
                    self._sign(line.start)
                continue
            if heading.kind in SCOPES:
                self._enter_scope(i + 1)
            heading = self._read_again(i, self._without_footnote(heading))
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

    def _read_again(self, i: int, heading: Heading) -> Heading:
        """`heading` as the list wants it where OCR confuses two signs: `l.` and `I.` for 1., `d)` and `đ)`."""
        if heading.is_one_misread and not self._within(SectionKind.ROMAN) and self._rank(i, heading) is None:
            one = replace(heading, kind=SectionKind.ITEM, number="1", ordinal=1, cited="khoản 1")
            return one if self._comes_later(i, one, 2) else heading
        if heading.kind is SectionKind.LETTER and heading.number in _D_LETTERS:
            open_letter = next((node.heading.number for node in self._stack if node.kind in _LETTERS_OF_LISTS), "")
            number = {"d": "đ", "c": "d"}.get(open_letter, heading.number)
            if number != heading.number:
                return replace(heading, number=number, ordinal=_D_LETTERS[number], cited=f"điểm {number}")
        return heading

    def _is_scope(self, i: int) -> bool:
        heading = self._headings[i]
        return heading is not None and heading.kind in SCOPES

    def _sign(self, at: int) -> None:
        # Forms in an appendix carry signatures of their own.
        if not any(node.kind is SectionKind.APPENDIX for node in self._stack):
            self._close(1, at)
            self._signed = True

    def _rank(self, i: int, heading: Heading) -> int | None:
        """Rank at which the heading is to be opened; `None` when it is text after all."""
        kind = heading.kind
        if kind in SCOPES:
            return _RANKS[kind] + len(heading.prefix)
        if kind is SectionKind.ARTICLE:
            return _RANKS[kind] if i in self._articles else None
        if kind in CONTAINERS or kind is SectionKind.HEADING:
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
        return other.kind in SCOPES or (_RANKS[other.kind] < _RANKS[heading.kind] and self._is_real(i, other))

    def _is_real(self, i: int, heading: Heading) -> bool:
        return i in self._articles if heading.kind is SectionKind.ARTICLE else heading.strong

    def _within(self, *kinds: SectionKind) -> bool:
        return any(node.kind in kinds for node in self._stack)

    def _open(self, i: int, heading: Heading, rank: int) -> None:
        line = self._lines[i]
        self._close(rank, line.start)
        if heading.kind in CONTAINERS or heading.kind is SectionKind.ARTICLE:
            self._last[heading.kind] = heading
        self._signed = False
        parent = self._stack[-1] if self._stack else None
        kind = self._resolved(heading.kind)
        step = self._unique(PathStep(kind, heading.number), parent)
        node = SectionNode(kind, heading, rank, step, "", self._title(i, heading), line.start, parent)
        node.label = _label(node)
        self._stack.append(node)
        self._nodes.append(node)

    def _resolved(self, kind: SectionKind) -> SectionKind:
        """`1.` under an article is a clause and `a)` a point; elsewhere they are the items of an outline."""
        in_article = self._within(SectionKind.ARTICLE) and not self._within(SectionKind.ROMAN)
        if in_article and kind is SectionKind.ITEM:
            return SectionKind.CLAUSE
        return SectionKind.POINT if in_article and kind is SectionKind.LETTER else kind

    def _unique(self, step: PathStep, parent: SectionNode | None) -> PathStep:
        taken = parent.children if parent else self._top
        unique, count = step, 1
        while unique in taken:
            count += 1
            unique = PathStep(step.kind, f"{step.number} ({count})".strip())
        taken.add(unique)
        return unique

    def _title(self, i: int, heading: Heading) -> str:
        """The heading's text: what follows the number, or for a container the capitals of the next lines."""
        rest = _NOTE_MARK.sub("", self._lines[i].text[heading.title :].strip())
        has_own_lines = heading.kind in SCOPES or heading.kind in CONTAINERS
        if has_own_lines and (heading.kind is SectionKind.ATTACHMENT or not rest or is_capitals(rest)):
            goes_on_in_capitals = bool(rest) and heading.kind is not SectionKind.ATTACHMENT
            return " ".join([rest, *self._title_lines(i + 1, goes_on_in_capitals)]).strip()
        if _LEADERS.search(rest):
            return ""
        if heading.kind in {*CONTAINERS, SectionKind.ROMAN, SectionKind.HEADING, *SCOPES}:
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
            titles.append(_NOTE_MARK.sub("", content))
        return titles

    def _close(self, rank: int, at: int) -> None:
        while self._stack and self._stack[-1].rank >= rank:
            self._stack.pop().end = at


def _label(node: SectionNode) -> str:
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
    if container in SCOPES:
        return True
    if kind in {SectionKind.DIVISION, SectionKind.SUBDIVISION}:
        return container in CONTAINERS
    return kind in _OUTLINE and container in {SectionKind.ARTICLE, SectionKind.PART, SectionKind.HEADING}


def _outline_number(node: SectionNode) -> str:
    numbers: list[str] = []
    outer: SectionNode | None = node
    while outer and outer.kind in _OUTLINE:
        numbers.append(outer.heading.number)
        # A dotted number (2.1) already names the items above it.
        skip = len(outer.heading.prefix) + 1 if outer.kind is SectionKind.ITEM else 1
        for _ in range(skip):
            outer = outer.parent if outer and outer.kind in _OUTLINE else outer
    return ".".join(reversed(numbers))
