"""What a document does to others: its legal grounds, what it amends, replaces, repeals or guides.

A wrong REPLACES makes the assistant call a valid document expired, so a document number counts only where the sentence
says that this document acts on that one; numbers inside quotations and inside descriptions of another document do not.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import date
from typing import NamedTuple

from core.references import find_dates, find_document_numbers, find_provisions, number_key
from core.text import fold_diacritics
from core.types import PathStep, Relation, RelationKind, Section, SectionKind

_QUOTATION = re.compile(r"“[^“”]*”")
_GROUND = re.compile(r"^[*\s–-]*Căn cứ\s+(?:vào\s+)?(?P<ground>.+)$", re.MULTILINE)
_ACT_NAME = re.compile(
    r"(?:Hiến pháp|Bộ luật|Luật|Pháp lệnh)\s[^;,.()\d]*?(?=\s+(?:số|ngày|năm|đã|được|và)\b|[;,.()\d]|$)"
)
_GUIDED = re.compile(r"quy định chi tiết|hướng dẫn|biện pháp (?:tổ chức,? )?(?:hướng dẫn )?thi hành", re.IGNORECASE)
_AMENDED = re.compile(r"sửa đổi|bổ sung|đính chính", re.IGNORECASE)
_AMENDING_LINE = re.compile(
    r"(?:Điều\s+\w+[.:]\s*|\d{1,3}[a-zđ]?[.\-/]\s*|[a-zđ]\)\s*)?(?P<act>Sửa đổi|Bổ sung|Thay thế|Thay cụm từ|Đính chính|Bãi bỏ|Bỏ)\b",
    re.IGNORECASE,
)
_REPLACES = re.compile(
    r"(?:này|và|,|điều lệ|quy chế|quy định|kế hoạch)\s+(?:\S+\s+){0,4}?thay thế(?:\s+cho)?\s|^thay thế\s", re.IGNORECASE
)
_REPEALS = re.compile(r"\bbãi bỏ\s", re.IGNORECASE)
_EXPIRES = re.compile(r"\bhết hiệu lực\b", re.IGNORECASE)
# The words that make a number part of another document's description instead of an item of the list.
_DESCRIBES = re.compile(
    r"\b(?:bổ sung|sửa đổi|quy định|hướng dẫn|theo|căn cứ|thi hành|tại|trong|bởi|thực hiện|về)\b", re.IGNORECASE
)
_PROVISION_NAMED = re.compile(r"\b(?:điểm|khoản|điều|chương|mục|phụ lục)\s+\w", re.IGNORECASE)
_NORMATIVE = frozenset({SectionKind.ARTICLE, SectionKind.CLAUSE, SectionKind.POINT})
_STEP_NAMES = {
    SectionKind.ARTICLE: "Điều", SectionKind.CLAUSE: "khoản", SectionKind.POINT: "điểm", SectionKind.CHAPTER: "Chương",
    SectionKind.DIVISION: "Mục", SectionKind.PART: "Phần", SectionKind.APPENDIX: "Phụ lục",
}  # fmt: skip


class _Target(NamedTuple):
    number: str
    issued_on: date | None
    scopes: tuple[str, ...]


def find_relations(
    text: str, sections: Sequence[Section], *, head: str, title: str, number: str
) -> tuple[Relation, ...]:
    """Relations of the document numbered `number`, without repetition, grounds first.

    `text` is the main body only (attachments quote and describe other documents freely), `head` what stands before
    the first section.
    """
    grounds = list(_grounds(head))
    found = [
        *grounds,
        *_guided(title, grounds),
        *_amended(text, sections, title),
        *_ended(text, sections),
    ]
    unique: dict[tuple[RelationKind, str, str], Relation] = {}
    for relation in found:
        if number_key(relation.target) != number_key(number):
            unique.setdefault((relation.kind, number_key(relation.target), relation.scope), relation)
    return tuple(unique.values())


def _grounds(head: str) -> Iterator[Relation]:
    for match in _GROUND.finditer(head):
        for part in match["ground"].split(";"):
            numbers = find_document_numbers(part)
            for found in numbers:
                yield Relation(RelationKind.BASED_ON, found.text, "", _date_after(part, found.span.end))
            name = _ACT_NAME.search(part)
            if name and not numbers:
                yield Relation(RelationKind.BASED_ON, name.group(), "", _date_after(part, name.end()))


def _date_after(text: str, end: int) -> date | None:
    """Date given with a citation that ends at `end`: `… số 13/2023/NĐ-CP ngày 17 tháng 4 năm 2023`."""
    dates = find_dates(text[end : end + 45])
    return dates[0][0] if dates and dates[0][1].start <= 8 else None


def _guided(title: str, grounds: Sequence[Relation]) -> Iterator[Relation]:
    guided = _GUIDED.search(title)
    if not guided or _AMENDED.search(title[: guided.start()]):
        return
    rest = title[guided.end() :]
    if targets := list(_listed(rest)):
        for target in targets:
            yield Relation(RelationKind.GUIDES, target.number, "", target.issued_on)
        return
    # A law named without its number: the grounds give it.
    name = re.search(r"(?:Bộ luật|Luật|Pháp lệnh)\s.+", rest, re.IGNORECASE)
    if name:
        wanted = _name_key(name.group())
        yield Relation(RelationKind.GUIDES, _number_named(wanted, grounds) or name.group().rstrip(" ."))


def _number_named(wanted: str, grounds: Sequence[Relation]) -> str:
    return next((ground.target for ground in grounds if _name_key(ground.target) == wanted), "")


def _name_key(name: str) -> str:
    return " ".join(fold_diacritics(name).lower().split()).rstrip(" .")


def _listed(fragment: str) -> Iterator[_Target]:
    """Documents that `fragment` lists after its verb, each with the provisions named before its number."""
    end = 0
    for found in find_document_numbers(fragment):
        between = fragment[end : found.span.start]
        item = re.split(r"[;,]\s|\bvà\b(?=[^;,]*$)", between)[-1]
        if _DESCRIBES.search(item) and not _PROVISION_NAMED.search(item):
            continue
        scopes = tuple(_cited(reference.steps) for reference in find_provisions(between))
        yield _Target(found.text, _date_after(fragment, found.span.end), scopes)
        end = found.span.end


def _cited(steps: Sequence[PathStep]) -> str:
    return " ".join(f"{_STEP_NAMES[step.kind]} {step.number}" for step in reversed(steps) if step.kind in _STEP_NAMES)


def _relations(kind: RelationKind, target: _Target) -> Iterator[Relation]:
    for scope in target.scopes or ("",):
        yield Relation(kind, target.number, scope, target.issued_on)


def _amended(text: str, sections: Sequence[Section], title: str) -> Iterator[Relation]:
    """Targets of `Sửa đổi, bổ sung khoản 2 Điều 5 …`; a provision without a number takes that of the one above it."""
    inherited: dict[tuple[PathStep, ...], str] = {}
    if _AMENDED.search(title):
        targets = list(_listed(title[_AMENDED.search(title).end() :]))  # type: ignore[union-attr]
        for target in targets:
            yield Relation(RelationKind.AMENDS, target.number, "", target.issued_on)
        if len(targets) == 1:
            inherited[()] = targets[0].number
    for section in sections:
        above = next(
            (inherited[section.path[:n]] for n in range(len(section.path), -1, -1) if section.path[:n] in inherited), ""
        )
        line = _masked(text[section.span.start : section.span.end].split("\n", 1)[0])
        act = _AMENDING_LINE.match(line)
        if not act or section.path[-1].kind not in _NORMATIVE:
            continue
        targets = list(_listed(line[act.end() :]))
        kind = RelationKind.REPEALS if act["act"].lower() in {"bãi bỏ", "bỏ"} else RelationKind.AMENDS
        for target in targets:
            yield from _relations(kind, target)
        if targets:
            inherited[section.path] = targets[0].number
        elif above:
            scopes = tuple(_cited(reference.steps) for reference in find_provisions(line[act.end() :]))
            # "Bãi bỏ cụm từ …" names no provision of its own: it amends.
            yield from _relations(kind if scopes else RelationKind.AMENDS, _Target(above, None, scopes))


def _masked(text: str) -> str:
    """`text` with quotations blanked, same length."""
    return _QUOTATION.sub(lambda match: " " * len(match.group()), text)


def _ended(text: str, sections: Sequence[Section]) -> Iterator[Relation]:
    """Documents replaced, repealed or declared expired by the provisions on validity."""
    masked = _masked(_masked(text))
    leaves = [section for section in sections if section.path[-1].kind in _NORMATIVE]
    for section in leaves:
        body = masked[section.span.start : section.span.end]
        lines = body.split("\n")
        for i, line in enumerate(lines):
            kind, listed = _ending(line)
            if kind is None:
                continue
            if line.rstrip().endswith(":"):
                for item in lines[i + 1 :]:
                    yield from _first_of(kind, item)
            for target in _listed(listed):
                yield from _relations(kind, target)


def _ending(line: str) -> tuple[RelationKind | None, str]:
    """What `line` does, and the part of it that lists to which documents."""
    if match := _REPLACES.search(line):
        return RelationKind.REPLACES, line[match.end() :]
    if (match := _EXPIRES.search(line)) and re.search(r"\bnày\b", line[match.end() :] + line[: match.start()]):
        return RelationKind.REPEALS, re.sub(r"^\s*(?:\d{1,3}|[a-zđ])[.)]\s*", "", line[: match.start()])
    if match := _REPEALS.search(line):
        return RelationKind.REPEALS, line[match.end() :]
    return None, ""


def _first_of(kind: RelationKind, item: str) -> Iterator[Relation]:
    """The document that a line of a list is about: the first it names, if it is named at the start."""
    for target in _listed(re.sub(r"^\s*(?:\d{1,3}[.)]|[a-zđ]\)|[-+–])\s*", "", item)):
        yield from _relations(kind, target)
        return
