"""Chunks of a document: exact slices along its provisions, each small enough to embed together with its breadcrumb.

Tokens are counted once per sentence and summed, so a 100-page law costs two batched calls of the tokenizer.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import NamedTuple

from core.references import joint_label
from core.text import sentences, table_cells
from core.types import Chunk, Metadata, Section, SectionKind, Span
from ingest.headings import is_capitals, is_recipients

CountTokens = Callable[[Sequence[str]], list[int]]

_ARROW = " › "
# What the breadcrumb may take of a chunk, and how long its steps may be: the lead-in of a clause ("Phạt tiền từ … đối
# với một trong các hành vi sau đây:") makes a point understandable, the titles above it only place it.
_HEADER_SHARE = 0.35
_TITLE_CHARS = 70
_CONTAINER_CHARS = 60
_PROVISION_CHARS = 150
_SHORT_STEP_CHARS = 40
# Text above a chunk's only provision that counts as its heading, not as content of its own.
_HEADING_TOKENS = 60
_HEADING_CHARS = 250
# A longer line is no line of a list of recipients: the list has ended unnoticed.
_RECIPIENT_CHARS = 150
_RECIPIENT = re.compile(r"[-–+•*]|.*[;,.:)]$")
# Their parts are never put into one chunk: `Chương II` is no useful citation for Điều 5 and Điều 6.
_CONTAINERS = frozenset(
    {
        SectionKind.ATTACHMENT, SectionKind.APPENDIX, SectionKind.PART, SectionKind.CHAPTER, SectionKind.DIVISION,
        SectionKind.SUBDIVISION, SectionKind.HEADING,
    }
)  # fmt: skip


def make_chunks(
    document_id: str,
    text: str,
    page_starts: Sequence[int],
    sections: Sequence[Section],
    metadata: Metadata,
    *,
    count_tokens: CountTokens,
    max_tokens: int,
) -> tuple[Chunk, ...]:
    """Chunks that cover `text` in order, trimmed and without overlap; only lists of recipients are left out.

    An article is one chunk if it fits, else groups of its clauses, a clause, its points, sentences; a sentence is cut
    only when it alone is too long, a word likewise. A heading goes with what follows it, so a chunk may begin above
    the section its `section_path` names. Header and text together, joined by a line break, stay within `max_tokens`.
    """
    tree = _Tree(text, sections, count_tokens)
    layout = _Layout(text, page_starts, sections, title=_document_title(metadata))
    spans = [tree.span(first, last) for first, last in _split(tree.root, tree.root.first, tree, layout, max_tokens)]
    fitted = _fit([layout.draft(span) for span in spans], tree, layout, count_tokens, max_tokens)
    return tuple(
        Chunk(
            id=f"{document_id}-{ordinal:05d}",
            document_id=document_id,
            section_path=draft.section.path if draft.section else (),
            label=layout.label(draft),
            header=draft.header,
            text=text[draft.span.start : draft.span.end],
            span=draft.span,
            page_start=layout.page(draft.span.start),
            page_end=layout.page(draft.span.end - 1),
            token_count=count,
        )
        for ordinal, (draft, count) in enumerate(fitted)
    )


@dataclass(slots=True)
class _Node:
    """A section and what it contains, as a range of atoms; the root is the whole document."""

    section: Section | None
    first: int
    last: int
    children: list["_Node"] = field(default_factory=list)

    @property
    def is_container(self) -> bool:
        return self.section is None or self.section.path[-1].kind in _CONTAINERS

    @property
    def may_be_whole(self) -> bool:
        return self.section is not None and not (self.is_container and self.children)


class _Tree:
    """The document as atoms (sentences and table rows) with their tokens, and its sections over them."""

    def __init__(self, text: str, sections: Sequence[Section], count_tokens: CountTokens) -> None:
        self._text = text
        self._atoms = list(_atoms(text))
        starts = [atom.start for atom in self._atoms]
        empty, *counts = count_tokens(["", *(text[atom.start : atom.end] for atom in self._atoms)])
        self._sums = [0, *accumulate(count - empty for count in counts)]
        self.root = _Node(None, 0, len(self._atoms))
        path = [self.root]
        for section in sections:
            node = _Node(section, bisect_left(starts, section.span.start), bisect_left(starts, section.span.end))
            while path[-1].section and path[-1].section.span.end < section.span.end:
                path.pop()
            path[-1].children.append(node)
            path.append(node)

    def tokens(self, first: int, last: int) -> int:
        return self._sums[last] - self._sums[first]

    def text(self, span: Span) -> str:
        return self._text[span.start : span.end]

    def span(self, first: int, last: int) -> Span:
        return Span(self._atoms[first].start, self._atoms[last - 1].end)

    def pieces(self, first: int, last: int, budget: int) -> Iterator[tuple[int, int]]:
        """Ranges that fill `budget`; an atom that alone exceeds it is a range of its own."""
        start = first
        for i in range(first, last):
            if i > start and self.tokens(start, i + 1) > budget:
                yield start, i
                start = i
        if start < last:
            yield start, last

    def halves(self, span: Span) -> tuple[Span, Span]:
        """`span` cut near its middle: between atoms, else between words, else within the word."""
        middle = (span.start + span.end) // 2
        inner = [atom.start for atom in self._atoms if span.start < atom.start < span.end]
        cut = min(inner, key=lambda start: abs(start - middle), default=0) or _word_start(self._text, span) or middle
        return _trimmed(self._text, span.start, cut), _trimmed(self._text, cut, span.end)

    def without_recipients(self, first: int, last: int) -> Iterator[tuple[int, int]]:
        """What remains of a range when `Nơi nhận:` and its list, up to the signature, are taken out."""
        start = first
        skipping = False
        for i in range(first, last):
            line = self._text[self._atoms[i].start : self._atoms[i].end]
            if not skipping and is_recipients(line):
                if i > start:
                    yield start, i
                skipping = True
            elif skipping and (is_capitals(line) or not _RECIPIENT.match(line) or len(line) > _RECIPIENT_CHARS):
                skipping, start = False, i
        if not skipping and start < last:
            yield start, last


def _split(node: _Node, first: int, tree: _Tree, layout: "_Layout", max_tokens: int) -> Iterator[tuple[int, int]]:
    """Ranges of atoms for the chunks of `node`, from `first` on, which lies above it to take in a lone heading."""
    budget = max(1, max_tokens - min(layout.header_tokens(node.section), int(max_tokens * _HEADER_SHARE)) - 2)
    if node.may_be_whole and tree.tokens(first, node.last) <= budget:
        yield first, node.last
        return
    group = at = first  # the atoms from `group` to `at` wait for a chunk
    for part in _parts(node, first):
        too_big = tree.tokens(part.first, part.last) > budget
        overflows = tree.tokens(group, part.last) > budget
        # A lone heading goes into the first chunk below it.
        is_first = node.section is not None and bool(node.children) and part is node.children[0]
        below_heading = is_first and group < at and tree.tokens(group, at) <= _HEADING_TOKENS
        if part.section and (node.is_container or too_big or (overflows and below_heading)):
            if not below_heading:
                yield from tree.pieces(group, at, budget)
                group = at
            yield from _split(part, group, tree, layout, max_tokens)
            group = part.last
        elif node.is_container and (node.section is None or part.first > first):
            for kept in tree.without_recipients(part.first, part.last):
                yield from tree.pieces(*kept, budget)
            group = part.last
        elif overflows:
            yield from tree.pieces(group, at, budget)
            group = at
        at = part.last
    yield from tree.pieces(group, at, budget)


def _parts(node: _Node, first: int) -> Iterator[_Node]:
    """Children of `node` in order, with the text before, between and after them as nodes without a section."""
    at = first
    for child in node.children:
        if child.first > at:
            yield _Node(None, at, child.first)
        yield child
        at = child.last
    if node.last > at:
        yield _Node(None, at, node.last)


class _Draft(NamedTuple):
    span: Span
    section: Section | None
    header: str


class _Layout:
    """What is said of a span: the section it belongs to, its breadcrumb and its pages."""

    def __init__(self, text: str, page_starts: Sequence[int], sections: Sequence[Section], *, title: str) -> None:
        self._text = text
        self._page_starts = page_starts
        self._sections = sections
        self._starts = [section.span.start for section in sections]
        self._by_path = {section.path: section for section in sections}
        self._title = title
        self._tables = list(_tables(text))
        self._table_starts = [span.start for span, _ in self._tables]

    def page(self, offset: int) -> int:
        return max(1, bisect_right(self._page_starts, offset))

    def label(self, draft: _Draft) -> str:
        """How the whole of a chunk is cited: `khoản 3 đến khoản 5 Điều 2` for provisions without their head."""
        section, span = draft.section, draft.span
        if section is None:
            return self._label_outside(span)
        place = bisect_left(self._starts, span.start)
        begun = self._sections[place : bisect_left(self._starts, span.end)]
        parts = [part for part in begun if part.path[:-1] == section.path]
        is_run = len(parts) > 1 and parts[0].span.start == span.start
        return joint_label(parts[0].label, parts[-1].label) if is_run else section.label

    def _label_outside(self, span: Span) -> str:
        if not self._sections:
            return ""
        return "Phần mở đầu" if span.start < self._starts[0] else "Phần cuối"

    def draft(self, span: Span) -> _Draft:
        section = self._section_of(span)
        steps = [self._title] if self._title else []
        steps += [self._step(above) for above in self._chain(section) if above.span.start < span.start]
        table = bisect_right(self._table_starts, span.start) - 1
        if table >= 0 and self._tables[table][0].start < span.start < self._tables[table][0].end:
            steps.append(_shortened(f"Bảng: {self._tables[table][1]}", _PROVISION_CHARS))
        return _Draft(span, section, _ARROW.join(steps))

    def header_tokens(self, section: Section | None) -> int:
        """Rough size of a header below `section`, on the large side; `_fit` counts exactly."""
        steps = [self._title, *(self._step(above) for above in self._chain(section))]
        return sum(len(step) // 3 + 2 for step in steps)

    def _chain(self, section: Section | None) -> list[Section]:
        if section is None:
            return []
        return [self._by_path[section.path[:depth]] for depth in range(1, len(section.path) + 1)]

    def _section_of(self, span: Span) -> Section | None:
        # The innermost that holds the whole span …
        place = bisect_right(self._starts, span.start) - 1
        section = first = self._sections[place] if place >= 0 else None
        while section and section.span.end < span.end:
            section = self._by_path.get(section.path[:-1])
        # … or, when all above it is a heading, the one below that holds the rest.
        below = place + 1
        while section and section is first and below < len(self._sections):
            inner = self._sections[below]
            lead = inner.span.start - span.start
            if inner.span.end < span.end or inner.span.start >= span.end or lead > _HEADING_CHARS:
                break
            section = first = inner
            below += 1
        return section

    def _step(self, section: Section) -> str:
        """What a breadcrumb says of a section: heading of a container, heading or lead-in of a provision."""
        line = self._text[section.span.start : section.span.end].split("\n", 1)[0].strip()
        if section.heading and section.heading not in line:
            line = section.heading if section.heading.startswith(line) else f"{line}. {section.heading}"
        return _shortened(line, _CONTAINER_CHARS if section.path[-1].kind in _CONTAINERS else _PROVISION_CHARS)


def _fit(
    drafts: list[_Draft], tree: _Tree, layout: _Layout, count_tokens: CountTokens, max_tokens: int
) -> list[tuple[_Draft, int]]:
    """`drafts` with their real token counts; what is too long gets a shorter header, then is cut in two."""
    counts: dict[_Draft, int] = {}
    while waiting := [draft for draft in drafts if draft not in counts]:
        texts = [tree.text(draft.span) for draft in waiting]
        wholes = count_tokens(
            [f"{draft.header}\n{text}" if draft.header else text for draft, text in zip(waiting, texts, strict=True)]
        )
        replaced: dict[_Draft, list[_Draft]] = {}
        for draft, text, count in zip(waiting, texts, wholes, strict=True):
            if count <= max_tokens or (not draft.header and len(text) == 1):
                counts[draft] = count
            elif draft.header and (
                len(text) == 1 or len(draft.header) > _HEADER_SHARE * (len(draft.header) + len(text))
            ):
                replaced[draft] = [draft._replace(header=_shorter_header(draft.header))]
            else:
                replaced[draft] = [layout.draft(half) for half in tree.halves(draft.span)]
        drafts = [new for old in drafts for new in replaced.get(old, [old])]
    return [(draft, counts[draft]) for draft in drafts]


def _shorter_header(header: str) -> str:
    """`header` with less in it: shorter steps, then fewer, the innermost kept longest; empty at last."""
    steps = header.split(_ARROW)
    if any(len(step) > _SHORT_STEP_CHARS for step in steps):
        return _ARROW.join(_shortened(step, _SHORT_STEP_CHARS) for step in steps)
    return _ARROW.join([*steps[:-2], steps[-1]]) if len(steps) > 1 else ""


def _word_start(text: str, span: Span) -> int:
    """Start of the word nearest to the middle of `span`; 0 when it holds one word only."""
    middle = (span.start + span.end) // 2
    starts = [match.start() for match in re.finditer(r"(?<=\s)\S", text[span.start : span.end])]
    nearest = min(starts, key=lambda start: abs(start + span.start - middle), default=0)
    return nearest and nearest + span.start


def _trimmed(text: str, start: int, end: int) -> Span:
    content = text[start:end]
    return Span(start + len(content) - len(content.lstrip()), start + len(content.rstrip()))


def _atoms(text: str) -> Iterator[Span]:
    """Sentences, and table rows whole."""
    at = 0
    for line in text.split("\n"):
        if table_cells(line):
            start = at + len(line) - len(line.lstrip())
            yield Span(start, at + len(line.rstrip()))
        else:
            yield from (Span(at + span.start, at + span.end) for span in sentences(line))
        at += len(line) + 1


def _tables(text: str) -> Iterator[tuple[Span, str]]:
    """Runs of two or more table rows with the first row, which holds the column heads."""
    at = 0
    rows: list[str] = []
    start = 0
    for line in [*text.split("\n"), ""]:
        if table_cells(line):
            start = start if rows else at
            rows.append(line.strip())
        elif rows:
            if len(rows) > 1:
                yield Span(start, at - 1), rows[0]
            rows = []
        at += len(line) + 1


def _document_title(metadata: Metadata) -> str:
    named = " ".join(part for part in (metadata.kind, metadata.number) if part)
    return " – ".join(part for part in (named, _shortened(metadata.title, _TITLE_CHARS)) if part)


def _shortened(step: str, limit: int) -> str:
    if len(step) <= limit:
        return step
    return step[:limit].rsplit(" ", 1)[0].rstrip(" ,;:.–") + "…"
