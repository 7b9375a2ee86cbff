"""What a document does to others: its legal grounds, what it amends, replaces, repeals or guides.

A wrong REPLACES makes the assistant call a valid document expired, so a document number counts only where the sentence
says that this document acts on that one; numbers inside quotations and inside descriptions of another document do not.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import date
from typing import NamedTuple

from core.references import find_dates, find_document_numbers, find_provisions, number_key
from core.types import PathStep, Relation, RelationKind, Section, SectionKind

_QUOTATION = re.compile(r"“[^“”]*”")
_GROUND = re.compile(r"^[*\s–-]*Căn cứ\s+(?:vào\s+)?(?P<ground>.+)$", re.MULTILINE)
_ACT_NAME = re.compile(
    r"(?:Hiến pháp|Bộ luật|Luật|Pháp lệnh)\s[^;,.()\d]*?(?=\s+(?:số|ngày|năm|đã|được|và)\b|[;,.()\d]|$)"
)
_GUIDED = re.compile(r"quy định chi tiết|hướng dẫn|biện pháp (?:tổ chức,? )?(?:hướng dẫn )?thi hành", re.IGNORECASE)
_AMENDED = re.compile(r"sửa đổi|bổ sung|đính chính", re.IGNORECASE)
_AMENDING_LINE = re.compile(
    r"(?:Điều\s+\w+[.:]\s*|\d{1,3}[a-zđ]?[.\-/]\s*|[a-zđ]\)\s*)?"
    r"(?P<act>Sửa đổi|Bổ sung|Thay thế|Thay cụm từ|Đính chính|Bãi bỏ|Bỏ)\b",
    re.IGNORECASE,
)
_REPLACES = re.compile(
    r"(?:này|và|,|điều lệ|quy chế|quy định|kế hoạch)\s+(?:\S+\s+){0,4}?thay thế(?:\s+cho)?\s|^thay thế\s", re.IGNORECASE
)
_REPEALS = re.compile(r"(?<!được )(?<!bị )\bbãi bỏ\s", re.IGNORECASE)
_ENDS = re.compile(r"thay thế|bãi bỏ|hết hiệu lực", re.IGNORECASE)
_EXPIRES = re.compile(r"\bhết hiệu lực\b", re.IGNORECASE)
# The words that make a number part of another document's description instead of an item of the list.
_DESCRIBES = re.compile(
    r"\b(?:bổ sung|sửa đổi|quy định|hướng dẫn|theo|căn cứ|thi hành|tại|trong|bởi|thực hiện|về)\b", re.IGNORECASE
)
_FURTHER_ACTS = re.compile(r"(?:\s*,?\s*(?:và\s+)?(?:sửa đổi|bổ sung|thay thế|bãi bỏ|đính chính)\b)+", re.IGNORECASE)
# Where a list of documents goes on: a comma inside "Luật Trưng mua, trưng dụng tài sản" does not count.
_NEXT_ITEM = re.compile(
    r";\s|(?:,|\bvà)\s+(?=(?:các\s+|toàn bộ\s+)*(?:luật|bộ luật|pháp lệnh|nghị|thông tư|quyết định|chỉ thị"
    r"|kế hoạch|số\s|điểm\s|khoản\s|điều\s|chương\s|mục\s|phần\s|phụ lục\s|quy định\s))",
    re.IGNORECASE,
)
_ISSUED_WITH = re.compile(r"(?:được\s+)?ban hành\s+(?:kèm\s+)?theo\s", re.IGNORECASE)
_REFERS = re.compile(r"\b(?:theo|căn cứ|thực hiện|hướng dẫn|bởi)\b", re.IGNORECASE)
_HAS_BEEN_AMENDED = re.compile(r"được\s+(?:sửa đổi|bổ sung|thay thế|đính chính)", re.IGNORECASE)
# "Luật sửa đổi, bổ sung một số điều của Bộ luật hình sự số 37/2009/QH12": the number is the amending law's own.
_AMENDING_LAW = re.compile(r"(?:^|và|,|;)\s*(?:Luật|Pháp lệnh) sửa đổi, bổ sung[^;]*$")
_PROVISION_NAMED = re.compile(
    r"\b(?:điểm\s+[a-zđ]\b|(?:khoản|điều|mục)\s+\d|(?:chương|phần|mục|phụ lục)\s+[IVX\d])", re.IGNORECASE
)
_NORMATIVE = frozenset({SectionKind.ARTICLE, SectionKind.CLAUSE, SectionKind.POINT})
_PROVISIONS = _NORMATIVE | {SectionKind.ROMAN, SectionKind.ITEM, SectionKind.LETTER}
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
    found = [
        *_grounds(head),
        *_guided(title, head),
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


def _guided(title: str, head: str) -> Iterator[Relation]:
    verbs = list(_GUIDED.finditer(title))
    if not verbs or _AMENDED.search(title[: verbs[0].start()]):
        return
    numbers = find_document_numbers(title)
    before = numbers[0].span.start if numbers else len(title)
    rest = title[max((verb.end() for verb in verbs if verb.end() <= before), default=verbs[0].end()) :]
    if targets := list(_listed(rest)):
        yield from (Relation(RelationKind.GUIDES, target.number, "", target.issued_on) for target in targets)
    elif named := re.search(r"(?:Bộ luật|Luật|Pháp lệnh)\s.+", rest, re.IGNORECASE):
        # A law named without its number: the grounds give it.
        name = named.group().rstrip(" .")
        ground = re.search(re.escape(name) + r"\s+số\s+[^;\n]+", head, re.IGNORECASE)
        numbers = find_document_numbers(ground.group()) if ground else []
        yield Relation(RelationKind.GUIDES, numbers[0].text if numbers else name)


def _listed(fragment: str) -> Iterator[_Target]:
    """Documents that `fragment` lists after its verb, each with the provisions named before its number.

    A number that describes an item (`… được sửa đổi theo Luật số …`) hides those after it up to a semicolon, except
    one of the list's own kind among descriptions of another (`Thông tư … hướng dẫn Nghị định … và Thông tư …`).
    """
    end = 0
    own_kind = described_kind = None
    for found in find_document_numbers(fragment):
        between = fragment[end : found.span.start]
        described_kind = None if ";" in between else described_kind
        if described_kind is None or (found.kind == own_kind and found.kind != described_kind):
            if _is_item(between):
                yield _Target(found.text, _date_after(fragment, found.span.end), tuple(_scopes(between)))
                own_kind, described_kind = own_kind or found.kind, None
            else:
                described_kind = found.kind
        end = found.span.end


def _is_item(between: str) -> bool:
    """Whether the words between two numbers make the second one a further item of the list."""
    if _HAS_BEEN_AMENDED.search(between.rsplit(";", 1)[-1]):
        return False
    # "Quy chế … ban hành kèm theo Quyết định số 31/2025/QĐ-UBND": the decision and its regulation are one.
    item = _NEXT_ITEM.split(_ISSUED_WITH.sub(" ", between))[-1]
    if provision := _PROVISION_NAMED.search(item):
        return not _REFERS.search(item[: provision.start()])
    return not _DESCRIBES.search(item) or _AMENDING_LAW.search(between) is not None


def _scopes(between: str) -> Iterator[str]:
    """Provisions named in `between` as they are cited; containers that follow each other are one (`Mục 7 Phần VI`)."""
    references = find_provisions(between)
    i = 0
    while i < len(references):
        first = last = references[i]
        while (
            i + 1 < len(references)
            and last.steps[0].kind not in _NORMATIVE
            and between[last.span.end : references[i + 1].span.start].strip() in {"", "của"}
        ):
            i += 1
            last = references[i]
        yield _cited(first.steps) if first is last else " ".join(between[first.span.start : last.span.end].split())
        i += 1


def _cited(steps: Sequence[PathStep]) -> str:
    return " ".join(f"{_STEP_NAMES[step.kind]} {step.number}" for step in reversed(steps))


def _relations(kind: RelationKind, target: _Target) -> Iterator[Relation]:
    for scope in target.scopes or ("",):
        yield Relation(kind, target.number, scope, target.issued_on)


def _amended(text: str, sections: Sequence[Section], title: str) -> Iterator[Relation]:
    """Targets of `Sửa đổi, bổ sung khoản 2 Điều 5 …`; a provision without a number takes that of the one above it."""
    inherited: dict[tuple[PathStep, ...], str] = {}
    if amended := _AMENDED.search(title):
        targets = list(_listed(_after_acts(title, amended.end())))
        for target in targets:
            yield Relation(RelationKind.AMENDS, target.number, "", target.issued_on)
        if len(targets) == 1:
            inherited[()] = targets[0].number
    for section in sections:
        above = next(
            (inherited[section.path[:n]] for n in range(len(section.path), -1, -1) if section.path[:n] in inherited), ""
        )
        end = text.find("\n", section.span.start, section.span.end)
        line = _masked(text[section.span.start : end if end > 0 else section.span.end])
        act = _AMENDING_LINE.match(line)
        if not act or section.path[-1].kind not in _NORMATIVE:
            continue
        listed = _after_acts(line, act.end())
        targets = list(_listed(listed))
        kind = RelationKind.REPEALS if act["act"].lower() in {"bãi bỏ", "bỏ"} else RelationKind.AMENDS
        for target in targets:
            yield from _relations(kind, target)
        if targets:
            inherited[section.path] = targets[0].number
        elif above:
            scopes = tuple(_scopes(listed))
            # "Bãi bỏ cụm từ …" names no provision of its own: it amends.
            yield from _relations(kind if scopes else RelationKind.AMENDS, _Target(above, None, scopes))


def _after_acts(text: str, end: int) -> str:
    """`text` from `end` on, without the further verbs of `Sửa đổi, bổ sung, thay thế …`."""
    further = _FURTHER_ACTS.match(text, end)
    return text[further.end() if further else end :]


def _masked(text: str) -> str:
    """`text` with quotations blanked, same length."""
    return _QUOTATION.sub(lambda match: " " * len(match.group()), text)


def _ended(text: str, sections: Sequence[Section]) -> Iterator[Relation]:
    """Documents replaced, repealed or declared expired by the provisions on validity."""
    masked = _masked(_masked(text))
    for section in (section for section in sections if section.path[-1].kind in _PROVISIONS):
        body = masked[section.span.start : section.span.end]
        if not _ENDS.search(body):
            continue
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
        # Only the sentence with the verb; the one before it may be about this document.
        return RelationKind.REPEALS, re.split(r"\.\s+(?=[A-ZĐ])", line[: match.start()])[-1]
    if match := _REPEALS.search(line):
        return RelationKind.REPEALS, line[match.end() :]
    return None, ""


def _first_of(kind: RelationKind, item: str) -> Iterator[Relation]:
    """The document that a line of a list is about: the first it names, if it is named at the start."""
    for target in _listed(re.sub(r"^\s*(?:\d{1,3}[.)]|[a-zđ]\)|[-+–])\s*", "", item)):
        yield from _relations(kind, target)
        return
