"""Section tree of a document: which lines are headings, what they contain, and how an official cites them.

A line that looks like a heading counts only in its place: `Điều 28 Luật …` at a line's start is a reference because
Điều 5 came before it, `2. …` opens khoản 2 only after khoản 1 of the same Điều. Regulations issued with a decision and
appendices number anew, so each is a scope of its own.
"""

import re
from bisect import bisect_right
from collections.abc import Iterator, Sequence

from core.types import PathStep, Section, SectionKind, Span
from ingest.headings import Heading, attached_kind, is_issued_with, is_letterhead, read_heading
from ingest.quotations import quoted_lines
from ingest.section_tree import CONTAINERS, SCOPES, TextLine, build_tree

_LOOK_AHEAD = 300  # article headings; keeps a text full of stray ones from taking minutes
_NOTE = re.compile(r"^(?P<number>\d{1,3})\s?(?![.)\d/-])(?=\S)", re.MULTILINE)
_NOT_A_TITLE = re.compile(r"\.(?:jpe?g|png|gif|webp)\b|Ảnh:|https?://|\d{1,2}:\d{2}", re.IGNORECASE)


def find_sections(text: str, page_starts: Sequence[int], notes_start: int | None = None) -> tuple[Section, ...]:
    """Sections of `text` in reading order, parents before children; empty when it has no headings.

    Paths are unique, spans of children lie within their parent's and siblings do not overlap. The letterhead and
    legal grounds belong to no section, nor do recipients and signatures. What follows `notes_start` are footnotes:
    whole articles may be quoted in them, none is opened.
    """
    body_end = len(text) if notes_start is None else notes_start
    lines = _lines(text[:body_end])
    headings = _candidates(lines)
    articles = _articles(headings)
    if not _has_numbering(headings, articles) and not any(is_letterhead(line.text) for line in lines[:40]):
        headings = _with_title_lines(lines, headings)
    nodes = build_tree(lines, headings, articles)
    sections = [
        Section(
            node.path, node.label, node.title, Span(node.start, _trimmed_end(text, node.start, node.end)),
            max(1, bisect_right(page_starts, node.start)),
        )
        for node in nodes
    ]  # fmt: skip
    return (*sections, *_notes(text, page_starts, body_end))


def _notes(text: str, page_starts: Sequence[int], first: int) -> Iterator[Section]:
    """`Chú thích` with a section for each footnote below it; nothing when the text ends at `first`."""
    if not text[first:].strip():
        return
    start = first + len(text[first:]) - len(text[first:].lstrip())
    whole = (PathStep(SectionKind.ITEM, "chú thích"),)
    page = max(1, bisect_right(page_starts, start))
    yield Section(whole, "Chú thích", "", Span(start, _trimmed_end(text, start, len(text))), page)
    opened: list[tuple[int, str]] = []
    for match in _NOTE.finditer(text, start):
        # Quoted provisions are numbered too: a note's number is the next one.
        if not opened or int(match["number"]) == int(opened[-1][1]) + 1:
            opened.append((match.start(), match["number"]))
    ends = [at for at, _ in opened[1:]] + [len(text)]
    for (at, number), end in zip(opened, ends, strict=True):
        path = (*whole, PathStep(SectionKind.ITEM, f"chú thích {number}"))
        yield Section(path, f"Chú thích {number}", "", Span(at, _trimmed_end(text, at, end)), page)


def _lines(text: str) -> list[TextLine]:
    lines = []
    for match in re.finditer(r"[^\n]+", text):
        content = match.group().strip()
        if content:
            start = match.start() + match.group().index(content[0])
            lines.append(TextLine(start, start + len(content), content))
    return lines


def _trimmed_end(text: str, start: int, end: int) -> int:
    return start + len(text[start:end].rstrip())


def _candidates(lines: Sequence[TextLine]) -> list[Heading | None]:
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


def _is_attached_title(lines: Sequence[TextLine], headings: Sequence[Heading | None], i: int) -> bool:
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
    waiting = [i for i, heading in enumerate(headings) if heading and heading.kind in {SectionKind.ARTICLE, *SCOPES}]
    for place, i in enumerate(waiting):
        heading = headings[i]
        if heading is None or heading.kind in SCOPES:
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
        if other is None or other.kind in SCOPES:
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
        or bool({*SCOPES, *CONTAINERS, SectionKind.HEADING} & set(kinds))
    )


def _with_title_lines(lines: Sequence[TextLine], headings: Sequence[Heading | None]) -> list[Heading | None]:
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
