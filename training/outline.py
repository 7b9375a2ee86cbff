"""A course outline from the section trees of documents: sessions, time, objectives and the words to take away."""

import re
from collections.abc import Iterator, Sequence

from core.text import syllables
from core.types import Section, SectionKind, Span
from training.facts import find_facts
from training.provisions import Provision, SourceText, Statement, tidy
from training.questions.drafts import say_document
from training.questions.statements import can_stand_alone
from training.types import OutlineSession, SourceQuote

PERIOD_MINUTES = 45
_MAX_PERIODS = 4
_SYLLABLES_A_PERIOD = 900  # reading aloud with explanation, about 20 a minute
_MAX_SESSIONS_A_DOCUMENT = 12
_MAX_TOPICS = 12
_MAX_KEY_PROVISIONS = 4

# What participants can do afterwards, by what a heading is about; the first that fits, else the last.
_OBJECTIVES: tuple[tuple[str, str, str], ...] = (
    (r"giải thích từ ngữ|khái niệm|định nghĩa", "Giải thích được", "Cho học viên tự diễn đạt lại từng khái niệm và nêu ví dụ tại cơ quan mình."),
    (r"nghiêm cấm|không được|vi phạm", "Nhận biết được", "Nêu tình huống thực tế; học viên chỉ ra hành vi không được làm và quy định tương ứng."),
    (r"trách nhiệm|tổ chức thực hiện|phân công|nhiệm vụ, quyền hạn", "Xác định được", "Mỗi học viên lập danh sách việc cơ quan mình phải làm, thời hạn và đầu mối."),
    (r"trình tự|thủ tục|hồ sơ|quy trình|cách thức", "Thực hiện được", "Thực hành theo nhóm: làm thử từng bước với một trường hợp cụ thể."),
    (r"mục tiêu|chỉ tiêu|quan điểm", "Nêu được", "Đối chiếu chỉ tiêu với tình hình của địa phương, đơn vị; chỉ ra khoảng cách."),
    (r"kinh phí|hỗ trợ|mức chi|chế độ", "Vận dụng được", "Tính thử mức chi, mức hỗ trợ cho một trường hợp cụ thể."),
    (r"hiệu lực|thi hành|chuyển tiếp", "Nêu được", "Hỏi đáp nhanh: quy định nào áp dụng từ ngày nào."),
    (r"", "Trình bày được", "Thảo luận nhóm: liên hệ việc thực hiện tại cơ quan, đơn vị của học viên."),
)  # fmt: skip
_OPERATIVE = re.compile(
    r"\b(?:phải|không được|nghiêm cấm|có trách nhiệm|chậm nhất|thời hạn|tối thiểu|tối đa|không quá|bắt buộc|chỉ được)\b",
    re.IGNORECASE,
)
_MINOR = (SectionKind.CLAUSE, SectionKind.POINT, SectionKind.LETTER, SectionKind.BULLET)


def outline_sessions(source: SourceText) -> tuple[OutlineSession, ...]:
    """Sessions of one document in its own order: a chapter, roman section or appendix each, or a group of articles."""
    parts = _parts(source)
    return tuple(_session(source, title, provisions) for title, provisions in parts[:_MAX_SESSIONS_A_DOCUMENT])


def topic_session(source: SourceText) -> OutlineSession:
    """One session on what the document says about a topic: the provisions within its scope."""
    found = [
        provision
        for provision in source.walk()
        if provision.label
        and (source.covers(provision.span) or (not provision.children and _is_touched(source, provision.span)))
    ]
    outermost = [one for one in found if not any(other is not one and _holds(other, one) for other in found)]
    return _session(source, say_document(source).strip("“”"), outermost or list(source.provisions))


def objectives_of(sessions: Sequence[OutlineSession]) -> tuple[str, ...]:
    """The sessions' objectives, each once, in order."""
    return tuple(dict.fromkeys(session.objective for session in sessions))


def _parts(source: SourceText) -> list[tuple[str, list[Provision]]]:
    """Titles with the provisions taught under them."""
    parts: list[tuple[str, list[Provision]]] = []
    loose: list[Provision] = []
    for provision in _divisions(source):
        if provision.children and provision.heading and not _is_article(source, provision):
            parts += _grouped(loose)
            loose = []
            parts.append((_title(provision), list(provision.children)))
        elif provision.label or provision.heading:
            loose.append(provision)
    return parts + _grouped(loose)


def _divisions(source: SourceText) -> Iterator[Provision]:
    """The outermost provisions, an attached regulation or a part replaced by what it holds."""
    kinds: dict[Span, Section] = {section.span: section for section in source.sections}
    for provision in source.provisions:
        section = kinds.get(provision.span)
        holds_divisions = section is not None and section.path[-1].kind in (SectionKind.ATTACHMENT, SectionKind.PART)
        yield from provision.children if holds_divisions and provision.children else (provision,)


def _grouped(articles: list[Provision]) -> list[tuple[str, list[Provision]]]:
    """Articles that stand in no chapter, as one session named by the first and last of them."""
    if not articles:
        return []
    if len(articles) == 1:
        return [(_title(articles[0]), articles)]
    headed = [article.heading for article in articles if article.heading]
    place = f"{articles[0].label} đến {articles[-1].label}"
    return [(f"{place}: {headed[0]}" if len(headed) == 1 else place, articles)]


def _session(source: SourceText, title: str, provisions: list[Provision]) -> OutlineSession:
    statements = [
        statement
        for provision in provisions
        for statement in source.statements
        if provision.span.start <= statement.span.start < provision.span.end
    ]
    about = " ".join([title, *(provision.heading for provision in provisions)])
    verb, activity = next(
        (verb, activity) for pattern, verb, activity in _OBJECTIVES if re.search(pattern, title.lower())
    )
    if not verb or verb == _OBJECTIVES[-1][1]:
        verb, activity = next(
            (verb, activity) for pattern, verb, activity in _OBJECTIVES if re.search(pattern, about.lower())
        )
    topics = list(dict.fromkeys(topic for provision in provisions if (topic := _topic(source, provision))))
    length = sum(len(syllables(source.text[slice(*provision.span)])) for provision in provisions)
    periods = min(_MAX_PERIODS, max(1, round(length / _SYLLABLES_A_PERIOD)))
    return OutlineSession(
        title=title,
        objective=f"{verb} các nội dung về “{_bare(title)}” của {say_document(source)}.",
        minutes=periods * PERIOD_MINUTES,
        topics=tuple(topics[:_MAX_TOPICS]),
        key_provisions=tuple(_quoted(statement) for statement in _key_statements(statements)),
        activity=activity,
    )


def _key_statements(statements: list[Statement]) -> list[Statement]:
    """The statements most worth remembering, in the document's order: figures, deadlines, duties and prohibitions."""

    def weight(statement: Statement) -> float:
        facts = sum(fact.is_stated for fact in find_facts(statement.text))
        return min(facts, 2) + 1.5 * bool(_OPERATIVE.search(statement.text)) - 0.5 * (statement.lead_in is not None)

    worthy = [statement for statement in statements if can_stand_alone(statement) and weight(statement) > 0]
    best = sorted(worthy, key=lambda statement: (-weight(statement), statement.span))[:_MAX_KEY_PROVISIONS]
    return sorted(best, key=lambda statement: statement.span)


def _quoted(statement: Statement) -> SourceQuote:
    source = statement.source
    start = statement.span.start if statement.lead_in is None else min(statement.lead_in.start, statement.span.start)
    if statement.span.end - start > 600:
        start = statement.span.start
    quote = source.text[start : statement.span.end]
    label = statement.provision.label
    return SourceQuote(source.document.id, source.document.name, label, quote, start, statement.span.end)


def _topic(source: SourceText, provision: Provision) -> str:
    if provision.heading:
        return f"{provision.label}. {provision.heading}" if provision.label else provision.heading
    first = tidy(source.text[provision.body.start : provision.body.end].split("\n")[0])
    words = first.split()
    shortened = " ".join(words[:18]) + (" …" if len(words) > 18 else "")
    return f"{provision.label}. {shortened}" if shortened else ""


def _title(provision: Provision) -> str:
    return f"{provision.label}. {provision.heading}" if provision.heading else provision.label


def _bare(title: str) -> str:
    """`title` without its label, when a heading follows it."""
    label, separator, heading = title.partition(". ")
    return heading if separator and re.match(r"(?:Chương|Mục|Phần|Điều|Phụ lục)\b", label) else title


def _is_article(source: SourceText, provision: Provision) -> bool:
    return provision.label.startswith("Điều ")


def _is_touched(source: SourceText, span: Span) -> bool:
    return any(part.start < span.end and span.start < part.end for part in source.scope)


def _holds(outer: Provision, inner: Provision) -> bool:
    return outer.span.start <= inner.span.start and inner.span.end <= outer.span.end and outer.span != inner.span
