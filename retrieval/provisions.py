"""From a chunk to the whole provision that it is a piece of."""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from core.references import ProvisionReference
from core.text import table_cells
from core.types import Chunk, PathStep, Section, SectionKind, Span

# A passage never reaches beyond these: a chapter or an appendix is a place, not a provision.
_UNITS = frozenset(
    {SectionKind.ARTICLE, SectionKind.CLAUSE, SectionKind.POINT, SectionKind.ITEM, SectionKind.LETTER,
     SectionKind.BULLET, SectionKind.ROMAN, SectionKind.HEADING}
)  # fmt: skip

_ALSO_CALLED = {
    SectionKind.DIVISION: {SectionKind.ROMAN, SectionKind.ITEM, SectionKind.SUBDIVISION},
    SectionKind.PART: {SectionKind.ROMAN},
    SectionKind.ITEM: {SectionKind.CLAUSE},
    SectionKind.LETTER: {SectionKind.POINT},
}


@dataclass(frozen=True, slots=True)
class OpenedDocument:
    """A document's text and section tree, kept in memory while it is being answered from."""

    text: str
    sections: tuple[Section, ...]
    chunks: tuple[Chunk, ...]
    page_starts: tuple[int, ...]

    def provision_of(self, chunk: Chunk, *, max_chars: int) -> Section:
        """The largest provision around `chunk` of at most `max_chars` characters; the chunk itself where none is.

        Headings of a chapter or above do not count: they hold many provisions.
        """
        around = [section for section in self._holding(chunk.span) if section.path[-1].kind in _UNITS]
        for section in around:  # outermost first
            if section.span.end - section.span.start <= max_chars:
                return section
        path = around[-1].path if around else chunk.section_path
        return Section(path, chunk.label, "", chunk.span, chunk.page_start)

    def innermost(self, span: Span) -> Section | None:
        """The smallest section that holds the whole of `span`; `None` outside every section."""
        holding = self._holding(span)
        return holding[-1] if holding else None

    def referred(self, reference: ProvisionReference, question: str) -> list[Section]:
        """Sections that `reference` names.

        Its steps must stand in the section's path in order and end it, so `khoản 2 Điều 5` is found whatever chapter
        holds Điều 5. Levels of a plan are cited by the names of other levels (`khoản 2 Mục II`), and of several `Mục 1`
        those are meant that stand highest. Where a decision and the regulation issued with it both have one, the
        regulation's is meant if the `question` speaks of it by its kind.
        """
        named = [section for section in self.sections if _names(section.path, reference.steps)]
        if reference.steps[0].kind is SectionKind.DIVISION:
            highest = min((_depth(section.path) for section in named), default=0)
            named = [section for section in named if _depth(section.path) == highest]
        asked = question.casefold()
        attached = [
            section
            for section in named
            if section.path[0].kind is SectionKind.ATTACHMENT and self._attachment(section).casefold() in asked
        ]
        return attached or named

    def _attachment(self, section: Section) -> str:
        """Kind of the attached text that holds `section`: `Quy chế`."""
        return next(other.label for other in self.sections if other.path == section.path[:1])

    def page_at(self, offset: int) -> int:
        """Page, from 1, of the character at `offset`."""
        return max(1, bisect_right(self.page_starts, offset))

    def chunk_at(self, offset: int) -> Chunk:
        """The chunk that holds the character at `offset`, or the nearest before it."""
        return self.chunks[max(0, bisect_right(self.chunks, offset, key=lambda chunk: chunk.span.start) - 1)]

    def breadcrumb(self, section: Section) -> str:
        """Headings above `section` and its own, outermost first."""
        headed = [above for above in self._holding(section.span) if above.heading]
        return " › ".join(f"{above.label}. {above.heading}" for above in headed)

    def heading_over(self, span: Span) -> str:
        """The innermost heading over `span`, in sentence case; empty where there is none."""
        heading = next((section.heading for section in reversed(self._holding(span)) if section.heading), "")
        return heading.capitalize() if heading.isupper() else heading

    def lead_in(self, span: Span) -> str:
        """What `span` needs to be understood, outermost first.

        That is the headings above it, the opening words of every list that it is an item of, and the column heads of
        the table that it is a row of.
        """
        parts = []
        for section in self._holding(span):
            if section.heading:
                parts.append(section.heading)
            if opening := self._opening(section, span):
                parts.append(self.text[opening.start : opening.end])
        if heads := self.column_heads(span):
            parts.append(self.text[heads.start : heads.end])
        return " ".join(parts)

    def list_openings(self, span: Span) -> list[Span]:
        """The lines above `span`, outermost first, that open the lists it is an item of: "2. Phạt tiền …:"."""
        openings = (self._opening(section, span) for section in self._holding(span))
        return [line for line in openings if line and self.text[line.start : line.end].rstrip().endswith(":")]

    def above(self, span: Span) -> list[Span]:
        """What `span` is quoted with: the lines that open its lists, and the heads of its table's columns."""
        heads = self.column_heads(span)
        return [*self.list_openings(span), *([heads] if heads else [])]

    def _opening(self, section: Section, span: Span) -> Span | None:
        """The first line of `section` where it stands wholly above `span`.

        Under a heading it is the line after it, if that opens a list and is no provision of its own.
        """
        start, end = section.span.start, self.text.find("\n", section.span.start)
        if section.heading and end >= 0:
            start, end = end + 1, self.text.find("\n", end + 1)
            if not self.text[start : max(start, end)].rstrip().endswith(":") or any(
                other.span.start == start for other in self.sections
            ):
                return None
        return Span(start, end) if 0 <= end <= span.start else None

    def column_heads(self, span: Span) -> Span | None:
        """The first row of the table that the line at `span` is a later row of; rows are lines of cells with bars."""
        start = self.text.rfind("\n", 0, span.start) + 1
        first = start
        while table_cells(self._line_from(first)) and first:
            above = self.text.rfind("\n", 0, first - 1) + 1
            if not table_cells(self._line_from(above)):
                break
            first = above
        return Span(first, first + len(self._line_from(first))) if first < start else None

    def _line_from(self, start: int) -> str:
        end = self.text.find("\n", start)
        return self.text[start : len(self.text) if end < 0 else end]

    def list_around(self, span: Span, *, max_chars: int) -> Span | None:
        """The innermost section around `span` of several lines and at most `max_chars`: a list with its lead-in."""
        for section in reversed(self._holding(span)):
            whole = section.span
            if whole.end - whole.start > max_chars:
                return None
            if self.text.count("\n", whole.start, whole.end) >= 2:
                return whole
        return None

    def parent_of(self, span: Span, *, max_chars: int) -> Span | None:
        """The smallest clause or article of at most `max_chars` that holds more than `span`; `None` where none does."""
        wider = [section for section in self._holding(span) if section.span != span and section.path[-1].kind in _UNITS]
        around = wider[-1].span if wider else None
        return around if around and around.end - around.start <= max_chars else None

    def _holding(self, span: Span) -> list[Section]:
        """Sections that hold `span`, outermost first."""
        held = (s for s in self.sections if s.span.start <= span.start and span.end <= s.span.end)
        return sorted(held, key=lambda section: len(section.path))


def _names(path: Sequence[PathStep], steps: Sequence[PathStep]) -> bool:
    if not path or not _is_called(path[-1], steps[-1]):
        return False
    position = 0
    for step in path:
        if position < len(steps) and _is_called(step, steps[position]):
            position += 1
    return position == len(steps)


def _is_called(step: PathStep, named: PathStep) -> bool:
    """Whether a reference may call `step` what it calls `named`; `2.1` is the first item of the second."""
    alike = step.kind is named.kind or step.kind in _ALSO_CALLED.get(named.kind, ())
    return alike and named.number in {step.number, step.number.rpartition(".")[2]}


def _depth(path: Sequence[PathStep]) -> int:
    return sum(step.kind is not SectionKind.ATTACHMENT for step in path)


def first_line(opened: OpenedDocument, span: Span) -> Span:
    """The first line of `span`."""
    end = opened.text.find("\n", span.start, span.end)
    return Span(span.start, span.end if end < 0 else end)


def overlaps(span: Span, others: Iterable[Span]) -> bool:
    """Whether `span` shares a character with any of `others`."""
    return any(span.start < other.end and other.start < span.end for other in others)
