"""Questions about who is responsible: the body that a sentence, a lead-in or a heading names."""

import re
from collections.abc import Iterator
from functools import partial

from core.types import Span
from training.bodies import Body, find_bodies, may_be_same
from training.provisions import SourceText, Statement
from training.questions.drafts import DISTRACTORS, Candidate, Draft, QuestionPool, say_reference
from training.questions.statements import can_stand_alone, in_context
from training.types import QuestionKind
from training.wording import TASK, holds, is_catch_all, is_self_contained, likeness, one_of, tidy

_MAX_EVIDENCE_CHARS = 900
_SAME_TASK = 0.6
_DUTIES = """chủ trì|có trách nhiệm|chịu trách nhiệm|có nhiệm vụ|là cơ quan|là đơn vị|làm đầu mối|tổ chức|ban hành
    |quyết định|phê duyệt|hướng dẫn|xây dựng|thẩm định|trình|quy định|kiểm tra|tham mưu|bố trí|cân đối|thực hiện
    |tổng hợp|theo dõi|đôn đốc|công bố|cấp|giao|xem xét|lập|quản lý|báo cáo"""
_DUTY = re.compile(rf"\s+(?:{one_of(_DUTIES)})\b")
_ENTRUSTED = re.compile(r"\b(?:[Gg]iao|do)\s+$")
_RESPONSIBILITY_HEADING = re.compile(r"^(?:Trách nhiệm|Nhiệm vụ|Nhiệm vụ, quyền hạn)\s+(?:của\s+)?", re.IGNORECASE)
_TASK_LEAD = re.compile(r"\s+(?:có trách nhiệm|chịu trách nhiệm|có nhiệm vụ|chủ trì)[^:]{0,40}:?\s*$")

# Offered only when the documents name too few bodies of the key's level.
_SPARE_FIELDS = ("Nội vụ", "Tài chính", "Khoa học và Công nghệ", "Tư pháp", "Giáo dục và Đào tạo", "Y tế")


def responsibility_questions(pool: QuestionPool) -> Iterator[Candidate]:
    """`Cơ quan nào …?` questions, from subjects of sentences and from lead-ins and headings that name one body."""
    for statement in pool.statements():
        if not is_self_contained(statement.text) or is_catch_all(statement.text):
            continue
        named = _named_in_sentence(statement)
        if named and can_stand_alone(statement) and statement.lead_in is None:
            draft = partial(_ask_subject, pool, statement, named)
            yield Candidate(
                QuestionKind.RESPONSIBLE_BODY, statement.source, statement.provision, statement.span, 0.8, draft
            )
        elif TASK.match(statement.text) and len(statement.text.split()) >= 12 and (above := _named_above(statement)):
            body, evidence = above
            draft = partial(_ask_task, pool, statement, body, evidence)
            # A task right below the name of its body makes the shorter proof.
            quality = 0.75 - 0.4 * (evidence.end - evidence.start) / _MAX_EVIDENCE_CHARS
            yield Candidate(
                QuestionKind.RESPONSIBLE_BODY, statement.source, statement.provision, evidence, quality, draft
            )


def _named_in_sentence(statement: Statement) -> Body | None:
    text = statement.text
    for body in find_bodies(text):
        is_subject = body.span.start == 0
        if (is_subject or _ENTRUSTED.search(text[: body.span.start])) and _DUTY.match(text, body.span.end):
            return body if _is_specific(body.name) else None
    return None


def _named_above(statement: Statement) -> tuple[Body, Span] | None:
    """The body in the words that govern a task, with the span from there to the task's end."""
    source, provision = statement.source, statement.provision
    if statement.lead_in is not None:
        words = source.text[statement.lead_in.start : statement.lead_in.end]
        start = statement.lead_in.start
        bodies = [
            body for body in find_bodies(words) if body.span.start == 0 and _TASK_LEAD.fullmatch(words, body.span.end)
        ]
    elif provision.headings:
        words = _RESPONSIBILITY_HEADING.sub("", provision.headings[-1])
        start = provision.heading_start
        bodies = [body for body in find_bodies(words) if body.name == words]
    else:
        return None
    evidence = Span(start, statement.span.end)
    if not bodies or not _is_specific(bodies[0].name) or evidence.end - evidence.start > _MAX_EVIDENCE_CHARS:
        return None
    return bodies[0], evidence


def _ask_subject(pool: QuestionPool, statement: Statement, body: Body) -> Draft:
    text = statement.text
    asked = f"{text[: body.span.start]}{_who(body)}{text[body.span.end :]}"
    heading_leaks = any(
        may_be_same(body.name, found.name) for heading in statement.provision.headings for found in find_bodies(heading)
    )
    question = in_context(statement, asked, with_heading=not heading_leaks) + "?"
    return Draft(
        question,
        body.name,
        other_bodies(pool, statement.source, body, statement.text),
        statement.span,
        statement.provision.label,
    )


def _ask_task(pool: QuestionPool, statement: Statement, body: Body, evidence: Span) -> Draft:
    source = statement.source
    reference = say_reference(source, statement.provision, with_heading=False)
    question = f"Theo {reference}, {_who(body)} có nhiệm vụ {source.inside_sentence(tidy(statement.text))}?"
    return Draft(
        question,
        body.name,
        other_bodies(pool, statement.source, body, statement.text),
        evidence,
        statement.provision.label,
    )


def _who(body: Body) -> str:
    return "ai" if body.is_person else "cơ quan nào"


def _is_specific(name: str) -> bool:
    return len(name.split()) >= 3 or (
        name.split()[0] in {"Sở", "Bộ", "Chính", "UBND", "HĐND"} and len(name.split()) >= 2
    )


def other_bodies(pool: QuestionPool, source: SourceText, key: Body, task: str) -> tuple[str, ...]:
    """Bodies of the key's sort that are not given `task`: those of `source` first, then the most often named."""
    counts: dict[str, tuple[bool, int]] = {}
    shared: set[str] = set()
    for body, place in pool.bodies:
        if body.is_person != key.is_person or not _is_specific(body.name):
            continue
        near, count = counts.get(body.name, (False, 0))
        counts[body.name] = (near or place.source is source, count + 1)
        if likeness(place.text, task) >= _SAME_TASK:
            shared.add(body.name)
    same_sort = key.name.split()[0]
    ranked = sorted(
        counts, key=lambda name: (name.split()[0] != same_sort, not counts[name][0], -counts[name][1], name)
    )
    rank = "Sở" if _is_provincial(source) else "Bộ"
    spare = [] if key.is_person else [f"{rank} {field}" for field in _SPARE_FIELDS]
    chosen: list[str] = []
    for name in (*ranked, *spare):
        clashes = name in shared or holds(task, name) or any(may_be_same(name, other) for other in (key.name, *chosen))
        if not clashes:
            chosen.append(name)
    return tuple(chosen[:DISTRACTORS])


def _is_provincial(source: SourceText) -> bool:
    return re.search(r"\bSở\b|\btỉnh\b", source.text[:20_000]) is not None
