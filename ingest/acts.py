"""What the provisions of a document do to others: amend, replace, repeal, extend; read clause by clause.

A clause acts by its first word (`Sửa đổi khoản 2 Điều 5 …`), by its predicate (`… hết hiệu lực kể từ ngày …`) or by
what stands above it (`Bãi bỏ các Quyết định sau đây:`); what it leaves unsaid (the document, the article) the clause
above says.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import NamedTuple

from core.provisions import Provision, list_provisions
from core.references import find_dates, find_document_numbers
from core.text import sentences
from core.types import PathStep, Relation, RelationKind, Section, SectionKind, Span
from ingest.operands import KIND_NAMES, Target, first_target, listed_targets, without_asides
from ingest.quotations import quoted_lines

_LABEL = re.compile(r"\s*(?:Điều\s+\w+\s*[.:]|\d{1,3}[a-zđ]?(?:\.\d{1,3})*\s?[.\-/)]|[a-zđ]\d{0,2}\s?\)|[-+–*•])\s*")
_AS_FOLLOWS = re.compile(r"như sau\s*:?\s*$", re.IGNORECASE)
# A line that can only be the rest of the paragraph above: "39), khoản 5 …", "Điều 25, cụm từ …".
_GOES_ON = re.compile(
    r"(?!\s*(?:\d{1,3}[a-zđ]?(?:\.\d{1,3})*\s?[.\-/]|[a-zđ]\d{0,2}\s?\)))\s*(?:[a-zà-ỹđ\d]|Điều\s+\d+\w?[\s,;])"
)
_LETTERED = re.compile(r"\s*[a-zđ]\d{0,2}\s?\)")
_LEADING = re.compile(
    r"(?P<act>sửa đổi|bổ sung|thay thế|thay(?=\s+(?:các\s+)?(?:cụm )?từ)|đính chính|bãi bỏ|hủy bỏ|huỷ bỏ|bỏ)"
    r"(?P<more>(?:\s*(?:,|và|hoặc)\s*(?:sửa đổi|bổ sung|thay thế|bãi bỏ|đính chính)\b)*)(?!\w)",
    re.IGNORECASE,
)
_PASSIVE = re.compile(
    r"(?P<subject>(?:(?:tên|tiêu đề|đoạn \w+)\s+)?(?:điểm|khoản|điều|mục|chương|phụ lục|mẫu)\s[^:]{1,120}?)"
    r"\s+(?:được|bị)\s+(?P<act>sửa đổi|bổ sung|thay thế|thay|bãi bỏ|hủy bỏ|đính chính)"
    r"(?:\s*(?:,|và)\s*(?:bổ sung|thay thế))*(?P<object>.*)",
    re.IGNORECASE,
)
# "Quyết định này có hiệu lực … và thay thế Quyết định số …": nothing that could act instead stands between.
_BY_THIS = re.compile(
    r"\bnày\b(?P<between>.{0,250}?)(?<!được )(?<!bị )(?<!không )\b(?P<act>thay thế|bãi bỏ|hủy bỏ|huỷ bỏ)(?:\s+cho)?\s"
    r"(?!(?:bởi|bằng)\b)",
    re.IGNORECASE,
)
_NEXT_ACT = re.compile(
    r"(?:,|;|và|đồng thời)\s+(?P<act>thay thế|bãi bỏ|hủy bỏ|huỷ bỏ)\s+(?=(?:cho\s+)?(?:các\s+|toàn bộ\s+)?"
    rf"(?:{KIND_NAMES}|điều\s+\d|khoản\s+\d|điểm\s+\w\s))",
    re.IGNORECASE,
)
_EXPIRES = re.compile(
    r"\b(?:hết hiệu(?: lực)?|không còn hiệu lực|chấm dứt hiệu lực|(?:đều |sẽ )?bị (?:bãi bỏ|hủy bỏ|huỷ bỏ))\b",
    re.IGNORECASE,
)
_SINCE = re.compile(r"\bnày\b|từ ngày\s+\d|từ\s+\d", re.IGNORECASE)
_EXTENDS = re.compile(r"\btiếp tục có hiệu lực\b", re.IGNORECASE)
_SUPPOSES = re.compile(r"(?:trường hợp|khi|nếu|trong thời gian|trước khi)\b", re.IGNORECASE)
_OWN_DATE = re.compile(r"từ\s+(?:ngày\s+)?(?=\d|tháng)|từ\s+(?=ngày\s+\d)", re.IGNORECASE)
_EXCEPT = re.compile(r"[\s,;(]+trừ\s+(?P<what>.+)$", re.IGNORECASE | re.DOTALL)
_WORDS = re.compile(
    r"\s*(?:các |một số )?(?:cụm từ|từ(?: ngữ)?|chữ|dấu|số|nội dung|đoạn|gạch đầu dòng)(?!\w)", re.IGNORECASE
)
_PART = re.compile(
    r"\s*(?:một số|một phần|các|những)\s+"
    r"(?:(?:nội dung|quy định|tiêu đề|tên|điều|khoản|điểm|mục|chương|phần|phụ lục|mẫu)[\s,]*(?:và\s+)?)+"
    r"(?=\s*(?:của|tại|trong|thuộc|ban hành|sau|$))",
    re.IGNORECASE,
)
# What a clause that begins with a verb may be about; anything else is a task or a rule of its own.
_OBJECT = re.compile(
    rf"\s*(?:{_WORDS.pattern}|{_PART.pattern}|(?:toàn bộ|các|tên|tiêu đề|đoạn|khổ|vào|từ|nội dung)\s"
    rf"|(?:điểm|khoản|điều|điểu|mục|chương|phần|phụ lục|mẫu|gạch đầu dòng|(?:{KIND_NAMES}))\s)",
    re.IGNORECASE,
)
_NEW_WORDING = re.compile(
    r"(?:như sau|được viết lại)\b.*$|\s+(?:bằng|thành)\s+(?:các\s+)?(?:cụm\s+)?từ(?: ngữ)?(?=\s)"
    r"|\s+(?:bằng|thành)\s+(?:các\s+)?(?:phụ lục|mẫu|khoản|điểm|điều|quy định)\b.*$",
    re.IGNORECASE | re.DOTALL,
)
_IN_FORCE_FROM = re.compile(r"\bnày\s+có hiệu lực(?: thi hành)?\s+(?:kể\s+)?từ\s+(?=ngày\s+\d)")
_NORMATIVE = frozenset({SectionKind.ARTICLE, SectionKind.CLAUSE, SectionKind.POINT})
_ACTING = _NORMATIVE | {SectionKind.ROMAN, SectionKind.ITEM, SectionKind.LETTER}
# Without one of these a paragraph outside lists does nothing to another document.
_ACT_WORDS = ("sửa đổi", "bổ sung", "thay ", "đính chính", "bỏ ", "hiệu lực", "hết hiệu")
_LONGEST_PROOF = 1200  # characters from the head of a list to its item that are still quoted together
_KINDS = {
    "thay thế": RelationKind.REPLACES, "bãi bỏ": RelationKind.REPEALS, "hủy bỏ": RelationKind.REPEALS,
    "huỷ bỏ": RelationKind.REPEALS, "bỏ": RelationKind.REPEALS,
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Context:
    """What a clause says for those below it.

    Attributes:
        kind: What is done to the items of a list; `None` outside lists.
        target: The document acted upon.
        container: The provision that holds those named below.
        stated: Where the head of the list stands.
    """

    kind: RelationKind | None = None
    target: Target | None = None
    container: Provision | None = None
    exception: str = ""
    effective_on: date | None = None
    stated: Span | None = None


class _Line(NamedTuple):
    """One paragraph of a clause without its label; `text` has quotations and asides blanked, same length."""

    text: str
    raw: str
    start: int
    is_lettered: bool


class _Found(NamedTuple):
    path: tuple[PathStep, ...]
    relation: Relation


def find_acts(text: str, sections: Sequence[Section], amended: Target | None) -> list[Relation]:
    """Relations that the clauses of `text` state, in order; `amended` is the one document that the title amends."""
    quoted = _quoted_starts(text)
    contexts: dict[tuple[PathStep, ...], _Context] = {(): _Context(target=amended)}
    found: list[_Found] = []
    for i, section in enumerate(sections):
        above = next(
            contexts[section.path[:n]] for n in range(len(section.path) - 1, -1, -1) if section.path[:n] in contexts
        )
        if section.path[-1].kind not in _ACTING:
            contexts[section.path] = above
            continue
        end = next((s.span.start for s in sections[i + 1 : i + 2] if s.span.start < section.span.end), section.span.end)
        if above.kind is None and not _may_act(text[section.span.start : end]):
            contexts[section.path] = above
            continue
        is_normative = any(step.kind is SectionKind.ARTICLE for step in section.path)
        reader = _ClauseReader(above, is_normative)
        for line in _lines(text, Span(section.span.start, end), quoted):
            found += (_Found(section.path, relation) for relation in reader.read(line))
        contexts[section.path] = reader.context
    # What no section holds: letters, and closing words that the section tree lost.
    tail = Span(max((section.span.end for section in sections), default=0), len(text))
    outside = _ClauseReader(_Context(), is_normative=False)
    for line in _lines(text, tail, quoted):
        found += (_Found((), relation) for relation in outside.read(line))
    apart = _days_apart(text)
    return [
        replace(relation, effective_on=relation.effective_on or _day_of(path, apart))
        for path, relation in _without_heads(found)
    ]


def _may_act(paragraphs: str) -> bool:
    lowered = paragraphs.lower()
    return any(word in lowered for word in _ACT_WORDS)


def _without_heads(found: Sequence[_Found]) -> Iterator[_Found]:
    """Without `Sửa đổi Điều 3 như sau:` whose points name what of it is changed."""
    for head in found:
        own = head.relation
        is_head = own.scope and any(
            other.path[: len(head.path)] == head.path
            and len(other.path) > len(head.path)
            and other.relation.target == own.target
            and (other.relation.scope == own.scope or other.relation.scope.endswith(f" {own.scope}"))
            for other in found
        )
        if not is_head:
            yield head


class _ClauseReader:
    """Reads the paragraphs of one clause; `context` is what it says for the clauses below."""

    def __init__(self, above: _Context, is_normative: bool) -> None:
        self.context = above
        self._is_normative = is_normative
        self._in_exception = False
        self._in_wording = False

    def read(self, line: _Line) -> Iterator[Relation]:
        if self._in_wording or (self._in_exception and not line.is_lettered):
            return
        self._in_exception = False
        for n, span in enumerate(sentences(line.text)):
            sentence = line.text[span.start : span.end]
            where = Span(line.start + span.start, line.start + span.end)
            yield from self._read_sentence(sentence, line.raw[span.start : span.end], where, is_first=n == 0)

    def _read_sentence(self, sentence: str, raw: str, where: Span, *, is_first: bool) -> Iterator[Relation]:
        excepted = _EXCEPT.search(sentence)
        exception = (
            " ".join(raw[excepted.start("what") : excepted.end("what")].split()).rstrip(" .;:)") if excepted else ""
        )
        said = sentence[: excepted.start()] if excepted else sentence
        opens = sentence.rstrip().endswith(":")
        if (
            self._is_normative
            and is_first
            and (leading := _LEADING.match(said))
            and self._is_object(said, leading.end())
        ):
            yield from self._lead(leading, said, where, opens, exception)
        elif (passive := _PASSIVE.match(said)) and is_first and self._is_normative and self.context.target:
            yield from self._passive(passive, where)
        elif (
            (by_this := _BY_THIS.search(said))
            and not find_document_numbers(by_this["between"])
            and not _SUPPOSES.match(said)
        ):
            yield from self._by_this(said, by_this, where, opens, exception)
        elif (expires := _EXPIRES.search(said)) and _SINCE.search(said) and not _SUPPOSES.match(said):
            yield from self._expire(said, expires, where, opens, exception)
        elif (extends := _EXTENDS.search(said)) and not _SUPPOSES.match(said):
            yield from self._emit(RelationKind.EXTENDS, listed_targets(said[: extends.start()]), where)
        elif self.context.kind and is_first:
            yield from self._item(said, where, opens, exception)

    def _is_object(self, said: str, start: int) -> bool:
        return _OBJECT.match(said, start) is not None or (
            self.context.target is not None and _AS_FOLLOWS.search(said) is not None
        )

    def _lead(self, match: re.Match[str], said: str, where: Span, opens: bool, exception: str) -> Iterator[Relation]:
        operand = _NEW_WORDING.sub("", said[match.end() :])
        kind = _KINDS.get(match["act"].lower(), RelationKind.AMENDS)
        if _WORDS.match(operand) or match["more"]:
            kind = RelationKind.AMENDS
        targets = listed_targets(operand) or list(filter(None, [first_target(operand)]))
        if not targets and self.context.target:
            targets = [replace(self.context.target, provisions=self._named(operand), part="")]
            if not targets[0].provisions and (not _WORDS.match(operand) or opens):
                targets = []
        for target in targets:
            done = kind
            if done is RelationKind.REPLACES and target.provisions:
                done = RelationKind.AMENDS
            is_part = _PART.match(operand) is not None
            if is_part and not target.provisions and done is not RelationKind.AMENDS and not opens:
                done = RelationKind.AMENDS if not target.part else done
            if not (is_part and opens and not target.provisions and done is not RelationKind.AMENDS):
                yield from self._emit(done, [target], where, exception)
        # What follows "như sau:" is the new wording, in quotation marks or not, unless words or whole provisions go.
        self._in_wording = (
            _AS_FOLLOWS.search(said) is not None and kind is RelationKind.AMENDS and not _WORDS.match(operand)
        )
        heads_list = opens and not self._in_wording
        self._set_context(kind if heads_list else None, targets, where, exception, _own_date(said[match.end() :]))

    def _passive(self, match: re.Match[str], where: Span) -> Iterator[Relation]:
        target = self.context.target
        if target is None or listed_targets(match["object"]):
            return
        subject = self._named(match["subject"])
        objects = list_provisions(_NEW_WORDING.sub("", match["object"]))
        named = tuple(each.within(subject[0]) for each in objects) if objects and subject else subject
        kind = _KINDS.get(match["act"].lower(), RelationKind.AMENDS)
        kind = RelationKind.AMENDS if kind is RelationKind.REPLACES else kind
        if named:
            yield from self._emit(kind, [replace(target, provisions=named)], where)

    def _by_this(self, said: str, match: re.Match[str], where: Span, opens: bool, exception: str) -> Iterator[Relation]:
        kind, start = _KINDS[match["act"].lower()], match.end()
        targets: list[Target] = []
        for following in (*_NEXT_ACT.finditer(said, start), None):
            operand = said[start : following.start() if following else len(said)]
            targets = listed_targets(operand) or list(filter(None, [first_target(operand)]))
            yield from self._emit(kind, targets, where, exception, _own_date(operand))
            if following:
                kind, start = _KINDS[following["act"].lower()], following.end()
        self._set_context(kind if opens else None, targets, where, exception, None)

    def _expire(self, said: str, match: re.Match[str], where: Span, opens: bool, exception: str) -> Iterator[Relation]:
        operand, since = said[: match.start()], _own_date(said[match.end() :])
        targets = listed_targets(operand) or list(filter(None, [first_target(operand)]))
        yield from self._emit(RelationKind.REPEALS, targets, where, exception, since)
        self._set_context(RelationKind.REPEALS if opens else None, targets, where, exception, since)

    def _item(self, said: str, where: Span, opens: bool, exception: str) -> Iterator[Relation]:
        """The document, or the provisions of the document above, that an item of a list is about."""
        context = self.context
        kind = RelationKind.AMENDS if _WORDS.match(said) else context.kind
        stated = where
        if context.stated and where.end - context.stated.start <= _LONGEST_PROOF:
            stated = Span(context.stated.start, where.end)
        target = first_target(_NEW_WORDING.sub("", said))
        is_head = opens and target is not None and not target.provisions
        if target is None and context.target:
            named = self._named(_NEW_WORDING.sub("", said))
            target = replace(context.target, provisions=named, part="") if named else None
        if target is None or kind is None:
            return
        exception = exception or context.exception
        if not is_head:
            yield from self._emit(kind, [target], stated, exception, context.effective_on)
        self._in_exception = opens and bool(exception)
        if opens and not self._in_exception:
            self.context = replace(context, target=replace(target, provisions=(), part=""), container=None)

    def _named(self, operand: str) -> tuple[Provision, ...]:
        return tuple(each.within(self.context.container) for each in list_provisions(operand))

    def _set_context(
        self, kind: RelationKind | None, targets: Sequence[Target], where: Span, exception: str, since: date | None
    ) -> None:
        target, container = self.context.target, None
        if len({each.name for each in targets}) == 1:
            target = replace(targets[0], provisions=(), part="")
            container = targets[0].provisions[0] if len(targets[0].provisions) == 1 else None
        self.context = _Context(kind, target, container, exception, since, where if kind else None)

    def _emit(
        self,
        kind: RelationKind,
        targets: Sequence[Target],
        where: Span,
        exception: str = "",
        since: date | None = None,
    ) -> Iterator[Relation]:
        for target in targets:
            for scope in [each.scope for each in target.provisions] or [target.part]:
                yield Relation(kind, target.name, scope, target.issued_on, where, since, exception)


def _lines(text: str, span: Span, quoted: frozenset[int]) -> Iterator[_Line]:
    """Paragraphs of a clause outside quotations and tables, a paragraph cut in two by the reader joined again."""
    start, pieces = span.start, text[span.start : span.end].split("\n")
    gathered: tuple[int, str] | None = None
    for piece in pieces:
        is_quoted = start in quoted or " | " in piece
        if not is_quoted:
            if gathered and _GOES_ON.match(piece) and not re.search(r"[.:;”\"!?]\s*$", gathered[1]):
                gathered = gathered[0], f"{gathered[1]}\n{piece}"
            else:
                if gathered:
                    yield _line(*gathered)
                gathered = start, piece
        start += len(piece) + 1
    if gathered:
        yield _line(*gathered)


def _line(start: int, raw: str) -> _Line:
    label = _LABEL.match(raw)
    skip = label.end() if label else 0
    body = raw[skip:]
    return _Line(without_asides(body).replace("\n", " "), body, start + skip, _LETTERED.match(raw) is not None)


def _quoted_starts(text: str) -> frozenset[int]:
    lines = text.split("\n")
    start, starts = 0, set()
    for line, is_quoted in zip(lines, quoted_lines(lines), strict=True):
        if is_quoted:
            starts.add(start)
        start += len(line) + 1
    return frozenset(starts)


def _own_date(after: str) -> date | None:
    """The day of `kể từ ngày 01 tháng 01 năm 2026` in what follows a verb."""
    if match := _OWN_DATE.search(after):
        dates = find_dates(after[match.start() :])
        return dates[0][0] if dates and dates[0][1].start <= match.end() - match.start() + 2 else None
    return None


def _days_apart(text: str) -> list[tuple[Provision, date]]:
    """Provisions of this document that take effect on a day of their own: `Điều 14 Nghị định này có hiệu lực từ …`."""
    found = []
    for match in _IN_FORCE_FROM.finditer(text):
        dates = find_dates(text[match.end() : match.end() + 40])
        starts = max(text.rfind(mark, 0, match.start()) for mark in ("\n", ". ", "; "))
        if dates and not dates[0][1].start:
            what = _LABEL.sub("", text[starts + 1 : match.start()], count=1)
            found += [(each, dates[0][0]) for each in list_provisions(what)]
    return found


def _day_of(path: Sequence[PathStep], apart: Sequence[tuple[Provision, date]]) -> date | None:
    return next((day for provision, day in apart if set(provision.steps) <= set(path)), None)
