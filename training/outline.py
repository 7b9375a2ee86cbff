"""A course outline from the section trees of documents: sessions, time, objectives and the words to take away."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from core.references import cite_provision, joint_label
from core.text import syllables
from core.types import Section, SectionKind, Span
from training.facts import find_facts
from training.provisions import Provision, SourceText, Statement
from training.questions.drafts import say_document
from training.questions.statements import can_stand_alone
from training.types import OutlineSession, SourceQuote
from training.wording import BLANK, one_of, tidy

STEP_MINUTES = 15
_MAX_STEPS = 12
_SYLLABLES_A_STEP = 300  # explained at about 20 syllables a minute
_SHORT = 450  # syllables; shorter neighbours share a session
_MAX_SESSIONS_A_DOCUMENT = 12
_MAX_HEADINGS = 4
_MAX_TOPICS = 12
_MAX_KEY_PROVISIONS = 4

# What participants can do afterwards and how to practise it, by what a heading is about; the first that fits.
_OBJECTIVES: tuple[tuple[str, str, str], ...] = (
    (
        "giải thích từ ngữ|khái niệm|định nghĩa",
        "Giải thích được",
        "Cho học viên tự diễn đạt lại từng khái niệm và nêu ví dụ tại cơ quan mình.",
    ),
    (
        "nghiêm cấm|không được|vi phạm",
        "Nhận biết được",
        "Nêu tình huống thực tế; học viên chỉ ra hành vi không được làm và quy định tương ứng.",
    ),
    (
        "trách nhiệm|tổ chức thực hiện|phân công|nhiệm vụ, quyền hạn",
        "Xác định được",
        "Mỗi học viên lập danh sách việc cơ quan mình phải làm, thời hạn và đầu mối.",
    ),
    (
        "trình tự|thủ tục|hồ sơ|quy trình|cách thức",
        "Thực hiện được",
        "Thực hành theo nhóm: làm thử từng bước với một trường hợp cụ thể.",
    ),
    (
        "mục tiêu|chỉ tiêu|quan điểm",
        "Nêu được",
        "Đối chiếu chỉ tiêu với tình hình của địa phương, đơn vị; chỉ ra khoảng cách.",
    ),
    ("kinh phí|hỗ trợ|mức chi|chế độ", "Vận dụng được", "Tính thử mức chi, mức hỗ trợ cho một trường hợp cụ thể."),
    ("hiệu lực|thi hành|chuyển tiếp", "Nêu được", "Hỏi đáp nhanh: quy định nào áp dụng từ ngày nào."),
    ("", "Trình bày được", "Thảo luận nhóm: liên hệ việc thực hiện tại cơ quan, đơn vị của học viên."),
)
_OPERATIVES = "phải|không được|nghiêm cấm|có trách nhiệm|chậm nhất|thời hạn|tối thiểu|tối đa|không quá|chỉ được"
_OPERATIVE = re.compile(rf"\b(?:{one_of(_OPERATIVES)})\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class _Part:
    """What one session teaches.

    Attributes:
        labels: Labels of its first and last provision, one when it is the same; empty for a topic.
    """

    labels: tuple[str, ...]
    headings: tuple[str, ...]
    taught: tuple[Provision, ...]

    @property
    def title(self) -> str:
        """`Chương II. Tổ chức lực lượng`, `Điều 1 đến Điều 9`; empty for a topic."""
        place = joint_label(self.labels[0], self.labels[-1]) if self.labels else ""
        heading = self.heading
        return f"{place}. {heading}" if heading and heading != place else place

    @property
    def heading(self) -> str:
        """Its headings in a row; empty when there are too many to name."""
        return "; ".join(self.headings) if len(self.headings) <= _MAX_HEADINGS else ""


def outline_sessions(source: SourceText) -> tuple[OutlineSession, ...]:
    """Sessions of one document in its own order: a chapter, roman section or appendix each, or a group of articles.

    Short neighbours share a session.
    """
    sessions: list[_Part] = []
    for part in _parts(source):
        before = sessions[-1] if sessions else None
        if before and _fit_together(before, part) and _length(source, before) + _length(source, part) <= _SHORT:
            headings = tuple(dict.fromkeys(before.headings + part.headings))
            sessions[-1] = _Part((before.labels[0], part.labels[-1]), headings, before.taught + part.taught)
        else:
            sessions.append(part)
    return tuple(_session(source, part) for part in sessions[:_MAX_SESSIONS_A_DOCUMENT])


def topic_session(source: SourceText) -> OutlineSession:
    """One session on what the document says about a topic: the provisions within its scope."""
    found = [
        provision
        for provision in source.walk()
        if provision.label
        and (source.covers(provision.span) or (not provision.children and _is_touched(source, provision.span)))
    ]
    outermost = [one for one in found if not any(other is not one and _holds(other, one) for other in found)]
    return _session(source, _Part((), (), tuple(outermost or source.provisions)))


def objectives_of(sessions: Sequence[OutlineSession]) -> tuple[str, ...]:
    """The sessions' objectives, each once, in order."""
    return tuple(dict.fromkeys(session.objective for session in sessions))


def _parts(source: SourceText) -> Iterator[_Part]:
    loose: list[Provision] = []
    for provision in _divisions(source):
        if _is_blank_form(source, provision):
            continue
        if provision.heading and provision.children and not provision.label.startswith("Điều "):
            yield from _grouped(loose)
            loose = []
            divided = all(
                child.children and child.label.startswith(("Mục ", "Tiểu mục ")) for child in provision.children
            )
            in_articles = divided and provision.label.startswith(("Chương ", "Phần "))
            for division in provision.children if in_articles else (provision,):
                yield _Part((division.label,), (division.heading,), division.children)
        elif provision.label:
            loose.append(provision)
    yield from _grouped(loose)


def _divisions(source: SourceText) -> Iterator[Provision]:
    """The outermost provisions, an attached regulation or a part replaced by what it holds."""
    kinds: dict[Span, Section] = {section.span: section for section in source.sections}
    for provision in source.provisions:
        section = kinds.get(provision.span)
        holds_divisions = section is not None and section.path[-1].kind in (SectionKind.ATTACHMENT, SectionKind.PART)
        yield from provision.children if holds_divisions and provision.children else (provision,)


def _grouped(loose: list[Provision]) -> Iterator[_Part]:
    """Provisions that stand in no chapter, as one part."""
    if loose:
        headings = tuple(provision.heading for provision in loose if provision.heading)
        yield _Part((loose[0].label, loose[-1].label), headings, tuple(loose))


def _fit_together(first: _Part, second: _Part) -> bool:
    """Whether both are numbered alike, are no chapters, and their headings together still make a title."""
    if first.labels[0].startswith(("Chương ", "Phần ")):
        return False
    alike = first.labels[0].split()[0] == second.labels[0].split()[0]
    return alike and len(first.headings + second.headings) <= _MAX_HEADINGS


def _session(source: SourceText, part: _Part) -> OutlineSession:
    statements = [
        [one for one in source.statements if provision.span.start <= one.span.start < provision.span.end]
        for provision in part.taught
    ]
    # Its first heading decides what is to be learnt; one without says it by the headings below.
    about = (part.headings[0] if part.heading else " ".join(one.heading for one in part.taught)).lower()
    verb, activity = next((verb, activity) for pattern, verb, activity in _OBJECTIVES if re.search(pattern, about))
    where = say_document(source)
    subject = (
        f"nội dung “{part.heading}” của {where}"
        if part.heading
        else f"quy định tại {cite_provision(part.title, where)}"
    )
    topics = list(dict.fromkeys(topic for provision in part.taught if (topic := _topic(source, provision))))
    steps = round(_length(source, part) / _SYLLABLES_A_STEP)
    return OutlineSession(
        title=part.title or where,
        objective=f"{verb} {subject}.",
        minutes=STEP_MINUTES * min(_MAX_STEPS, max(1, steps)),
        topics=tuple(topics[:_MAX_TOPICS]),
        key_provisions=tuple(_quoted(statement) for statement in _key_statements(statements)),
        activity=activity,
    )


def _key_statements(taught: Sequence[list[Statement]]) -> list[Statement]:
    """The statements most worth remembering, in order: figures, deadlines, duties and prohibitions.

    Every provision taught gives its best one before any gives a second, and no clause gives two.
    """

    def weight(statement: Statement) -> float:
        facts = sum(fact.is_stated for fact in find_facts(statement.text))
        return min(facts, 2) + 1.5 * bool(_OPERATIVE.search(statement.text)) - 0.5 * (statement.lead_in is not None)

    ranked: list[tuple[int, float, Statement]] = []
    for statements in taught:
        best: dict[Span, tuple[float, Statement]] = {}
        for statement in statements:
            worth = weight(statement) if can_stand_alone(statement) else -1
            if worth >= 0 and worth > best.get(statement.provision.span, (-1, statement))[0]:
                best[statement.provision.span] = worth, statement
        in_order = sorted(best.values(), key=lambda entry: -entry[0])
        ranked += [(turn, -worth, statement) for turn, (worth, statement) in enumerate(in_order)]
    ranked.sort(key=lambda entry: entry[:2])
    return sorted((statement for _, _, statement in ranked[:_MAX_KEY_PROVISIONS]), key=lambda one: one.span)


def _quoted(statement: Statement) -> SourceQuote:
    source = statement.source
    start = statement.span.start if statement.lead_in is None else min(statement.lead_in.start, statement.span.start)
    if statement.span.end - start > 600:
        start = statement.span.start
    end = start + len(source.text[start : statement.span.end].rstrip(" ;./"))
    document = source.document
    return SourceQuote(document.id, document.name, statement.provision.label, source.text[start:end], start, end)


def _topic(source: SourceText, provision: Provision) -> str:
    if provision.heading:
        return _title(provision)
    first = tidy(source.text[provision.body.start : provision.body.end].split("\n")[0])
    words = first.split()
    shortened = " ".join(words[:18]) + (" …" if len(words) > 18 else "")
    return f"{provision.label}. {shortened}" if shortened else ""


def _title(provision: Provision) -> str:
    is_named = provision.heading and provision.heading != provision.label
    return f"{provision.label}. {provision.heading}" if is_named else provision.label


def _length(source: SourceText, part: _Part) -> int:
    return sum(len(syllables(source.text[slice(*provision.span)])) for provision in part.taught)


def _is_blank_form(source: SourceText, provision: Provision) -> bool:
    """Whether it is a form to fill in, which is handed out, not taught."""
    return len(BLANK.findall(source.text, *provision.span)) >= 5


def _is_touched(source: SourceText, span: Span) -> bool:
    return any(part.start < span.end and span.start < part.end for part in source.scope)


def _holds(outer: Provision, inner: Provision) -> bool:
    return outer.span.start <= inner.span.start and inner.span.end <= outer.span.end and outer.span != inner.span
