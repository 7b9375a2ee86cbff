"""What a document does to others: its legal grounds, what it amends, replaces, repeals, extends or guides.

A wrong REPLACES makes the assistant call a valid document expired, so a document number counts only where the sentence
says that this document acts on that one; numbers inside quotations and inside descriptions of another document do not.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from core.provisions import list_provisions
from core.references import find_document_numbers, number_key
from core.types import Relation, RelationKind, Section, SectionKind, Span
from ingest.acts import find_acts
from ingest.operands import (
    KIND_NAMES,
    Target,
    date_after,
    first_target,
    law_name,
    listed_targets,
    named_law,
    without_asides,
)

_GROUND = re.compile(
    rf"^[*\s–-]*(?P<verb>Căn cứ\s+(?:vào\s+)?|Thực hiện\s+(?=(?:{KIND_NAMES})\s+số\s))(?P<ground>.+)$", re.MULTILINE
)
_GUIDED = re.compile(r"quy định chi tiết|hướng dẫn|biện pháp (?:tổ chức,? )?(?:hướng dẫn )?thi hành", re.IGNORECASE)
_GUIDED_OBJECT = re.compile(r"(?:\s*(?:và|hướng dẫn|thi hành|thực hiện|biện pháp|việc)\b)*", re.IGNORECASE)
_AMENDED = re.compile(r"sửa đổi|bổ sung|đính chính", re.IGNORECASE)
_FURTHER_ACTS = re.compile(r"(?:\s*,?\s*(?:và\s+)?(?:sửa đổi|bổ sung|thay thế|bãi bỏ|đính chính)\b)+", re.IGNORECASE)
# "Nghị định này quy định chi tiết khoản 2 Điều 2 Luật …" in the article on scope.
_DETAILS = re.compile(
    r"(?:^|\bnày\s+(?:quy định:?\s+)?)(?:quy định chi tiết|hướng dẫn)(?:,?\s+(?:và\s+)?(?:hướng dẫn|biện pháp))*"
    r"(?:\s+(?:thi hành|thực hiện))?\s",
    re.IGNORECASE,
)
_COMPRISING = re.compile(r"\s*,?\s*(?:bao\s+)?gồm\s*:?\s")
_RULED_BY = re.compile(r"(?:hướng dẫn|quy định chi tiết)\b[^;]*?(?<!theo )quy định tại\s+(?P<what>.+)như sau\s*:\s*$")


def find_relations(
    text: str, sections: Sequence[Section], *, head: str, title: str, number: str
) -> tuple[Relation, ...]:
    """Relations of the document numbered `number`, without repetition, grounds first.

    `text` is the main body only (attachments quote and describe other documents freely), `head` what stands before
    the first section.
    """
    amended = list(_amended(title, head))
    found = [
        *_grounds(head, is_official=bool(number)),
        *_guided(title, head),
        *_detailed(text, sections),
        *amended,
        *_acts(text, sections, amended, title),
    ]
    numbers = _numbers_of_laws(head)
    unique: dict[tuple[RelationKind, str, str], Relation] = {}
    for stated in found:
        target = (
            numbers.get(_law_key(stated.target), stated.target)
            if stated.kind is not RelationKind.BASED_ON
            else stated.target
        )
        relation = replace(stated, target=target)
        if number_key(relation.target) != number_key(number):
            unique.setdefault((relation.kind, number_key(relation.target), relation.scope), relation)
    return tuple(unique.values())


def _acts(text: str, sections: Sequence[Section], amended: Sequence[Relation], title: str) -> list[Relation]:
    """What the clauses do; those that name no document act on the one that the title, or else the rest, amends."""
    if amended:
        named = {relation.target for relation in amended}
        only = Target(amended[0].target, amended[0].target_issued_on) if len(named) == 1 else None
        return find_acts(text, sections, only)
    found = find_acts(text, sections, None)
    if not _AMENDED.search(title):
        return found
    # "Sửa đổi một số điều của Quy chế …": the number of the decision that issued it stands in Article 1.
    changed = {r.target: r.target_issued_on for r in found if r.kind is RelationKind.AMENDS}
    return find_acts(text, sections, Target(*changed.popitem())) if len(changed) == 1 else found


def _numbers_of_laws(head: str) -> dict[str, str]:
    """Numbers that the grounds give to laws, by name."""
    found = {}
    for match in _GROUND.finditer(head):
        for part in match["ground"].split(";"):
            law = named_law(part)
            numbers = find_document_numbers(part)
            if law and numbers and law.end() <= numbers[0].span.start <= law.end() + 5:
                found[_law_key(law.group())] = numbers[0].text
    return found


def _law_key(name: str) -> str:
    return " ".join(name.split()).casefold()


def _grounds(head: str, *, is_official: bool) -> Iterator[Relation]:
    for match in _GROUND.finditer(head):
        if match["verb"].startswith("Thực hiện") and not is_official:
            continue  # a news report also begins so
        where = Span(match.start() + len(match.group()) - len(match.group().lstrip("*\n –-")), match.end())
        for part in match["ground"].split(";"):
            numbers = find_document_numbers(part)
            for found in numbers:
                yield Relation(RelationKind.BASED_ON, found.text, "", date_after(part, found.span.end), where)
            law = named_law(part)
            if law and not numbers:
                yield Relation(RelationKind.BASED_ON, law_name(law, part), "", date_after(part, law.end()), where)


def _guided(title: str, head: str) -> Iterator[Relation]:
    """Documents that the title, or the sentence of enactment, says that this one details or guides."""
    verbs = list(_GUIDED.finditer(title))
    if verbs and not _AMENDED.search(title[: verbs[0].start()]):
        numbers = find_document_numbers(title)
        before = numbers[0].span.start if numbers else len(title)
        rest = title[max((verb.end() for verb in verbs if verb.end() <= before), default=verbs[0].end()) :]
        rest = _GUIDED_OBJECT.sub("", rest, count=1)
        where = _title_span(title, head)
        if targets := listed_targets(rest):
            yield from (Relation(RelationKind.GUIDES, t.name, "", t.issued_on, where) for t in targets)
        elif named := re.search(r"(?:Bộ luật|Luật|Pháp lệnh)\s.+", rest, re.IGNORECASE):
            yield Relation(RelationKind.GUIDES, named.group().rstrip(" ."), span=where)
    for line in re.finditer(r"^.+$", head, re.MULTILINE):
        if (ruled := _RULED_BY.search(line.group())) and (target := first_target(ruled["what"])):
            yield Relation(RelationKind.GUIDES, target.name, "", target.issued_on, Span(*line.span()))


def _detailed(text: str, sections: Sequence[Section]) -> Iterator[Relation]:
    """Provisions that the article on scope says that this document details."""
    articles = (section for section in sections if section.path[-1].kind is SectionKind.ARTICLE)
    scope = next(articles, None)
    if scope is None or "sửa đổi" in scope.heading.lower():
        return
    for line in re.finditer(r"[^\n]+(?:\n(?=\d+\)?[,;]).+)?", text[scope.span.start : scope.span.end]):
        said = without_asides(line.group()).replace("\n", " ")
        label = re.match(r"\s*(?:Điều\s+\d+\.|\d{1,2}\.|[a-zđ]\))\s*", said)
        body = said[label.end() :] if label else said
        details = _DETAILS.search(body)
        if not details:
            continue
        operand = body[details.end() :]
        where = Span(scope.span.start + line.start(), scope.span.start + line.end())
        yield from _details(operand, where)


def _details(operand: str, where: Span) -> Iterator[Relation]:
    target = first_target(operand)
    law = named_law(operand)
    numbers = find_document_numbers(operand)
    if target is None and law and (not numbers or law.start() < numbers[0].span.start):
        before = operand[: law.start()]
        target = Target(law_name(law, operand), date_after(operand, law.end()), tuple(list_provisions(before)))
    if target is None:
        return
    provisions = target.provisions
    if not provisions and (comprising := _COMPRISING.search(operand)):
        provisions = tuple(list_provisions(operand[comprising.end() :]))
    for scope in [each.scope for each in provisions] or [""]:
        yield Relation(RelationKind.GUIDES, target.name, scope, target.issued_on, where)


def _amended(title: str, head: str) -> Iterator[Relation]:
    if amended := _AMENDED.search(title):
        further = _FURTHER_ACTS.match(title, amended.end())
        operand = title[further.end() if further else amended.end() :]
        where = _title_span(title, head)
        for target in listed_targets(operand) or list(filter(None, [first_target(operand)])):
            for scope in [each.scope for each in target.provisions] or [""]:
                yield Relation(RelationKind.AMENDS, target.name, scope, target.issued_on, where)


def _title_span(title: str, head: str) -> Span | None:
    words = r"\s+".join(map(re.escape, title.split()))
    match = re.search(words, head) if words else None
    return Span(*match.span()) if match else None
