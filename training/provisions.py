"""Provisions, statements and lists of a document, read from its section tree for the makers of materials."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from core.text import sentences, syllables
from core.types import Document, Section, Span
from training.bodies import find_bodies
from training.wording import TASK, comparable, one_of, tidy

_LABEL = re.compile(
    r"\s*(?:(?:Phần|Chương|Mục|Tiểu mục|Điều|Phụ lục|PHỤ LỤC|PHẦN|CHƯƠNG|MỤC)"
    r"(?:[ \t]+(?:số[ \t]+)?(?:[IVXLC]+|\d+[a-zđ]?|[A-Z])\b|[ \t]+thứ[ \t]+\w+)?[.:]?"
    r"|[IVXLC]+\s*[.\-–]|\d{1,3}[a-zđ]?(?:\.\d{1,3})*\s*[.)\-–]|[a-zđ]{1,2}\)|[-+•*–])[ \t]*"
)
_BULLET = re.compile(r"\s*[-+•*–]\s+")
_LIST_NOUN = re.compile(r"\s*(?:như sau|sau đây|sau)?\s*:\s*$", re.IGNORECASE)
# A part of a sentence that opens so goes on with the subject of the part before.
_GOING_ON = "phối hợp|chủ trì|chỉ đạo|lãnh đạo|hướng dẫn|báo cáo|trình|thông báo|gửi|hoàn thành|tổ chức|xây dựng|và"
_SHARES_SUBJECT = re.compile(rf"(?:{one_of(_GOING_ON)})\b", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]+")
# Not before a number: "Điều 5" says nothing about how "điều" is written elsewhere.
_WORD_INSIDE = re.compile(r"(?<=[\w,] )(?P<word>[^\W\d_]+)(?! [\dIVX]+\b)(?= ?(?P<next>[^\W\d_]*))")
# A first word in small letters but for the first, with the word after it.
_OPENING = re.compile(r"(?P<word>[^\W\d_](?:(?![A-ZĐ])[^\W\d_])*)(?![^\W\d_])(?: (?P<next>[^\W\d_]*))?")
_LEADING_TIME = re.compile(r"(?:Đến|Trong|Giai đoạn|Từ|Năm)\b[^,;:]{0,40}\d{4}[^,;:\d]{0,12},\s")


@dataclass(frozen=True)
class SourceText:
    """A document with what is needed to make materials of it.

    Attributes:
        scope: Only provisions within one of these spans are asked about; empty means the whole text.
        nearness: For each span of `scope`, how near it is to the topic, 1 (nearest) to 0.
        overtaken: Provisions that a later document amends or repeals; never asked about.
    """

    document: Document
    text: str
    sections: tuple[Section, ...]
    scope: tuple[Span, ...] = ()
    nearness: tuple[float, ...] = ()
    overtaken: tuple[Span, ...] = ()

    def nearness_of(self, span: Span) -> float:
        """How near `span` is to the topic, 1 to 0; 0 without a topic."""
        weighed = zip(self.scope, self.nearness, strict=False)
        return max((near for part, near in weighed if part.start <= span.start < part.end), default=0.0)

    def covers(self, span: Span) -> bool:
        """Whether `span` lies within the chosen part of the document and stands as it was issued."""
        if any(part.start < span.end and span.start < part.end for part in self.overtaken):
            return False
        return not self.scope or any(part.start <= span.start and span.end <= part.end for part in self.scope)

    @cached_property
    def provisions(self) -> tuple["Provision", ...]:
        """The outermost provisions in order; one without label or children when the document has no sections."""
        if not self.sections:
            return (_whole(self),)
        ordered = sorted(self.sections, key=lambda section: (section.span.start, -section.span.end))
        return tuple(_build(self, ordered, (), 0, None))

    def walk(self) -> Iterator["Provision"]:
        """All provisions, each before its children."""
        pending = list(reversed(self.provisions))
        while pending:
            provision = pending.pop()
            yield provision
            pending.extend(reversed(provision.children))

    @cached_property
    def statements(self) -> tuple["Statement", ...]:
        """All statements in order, within the scope or not."""
        return tuple(statement for provision in self.walk() for statement in _statements(self, provision))

    @cached_property
    def lists(self) -> tuple["ProvisionList", ...]:
        """Enumerations of at least three items, in order."""
        return tuple(found for provision in self.walk() for found in _lists(self, provision))

    def mentions(self, words: str) -> bool:
        """Whether `words` stand anywhere in the document, however they are written."""
        return f" {comparable(words)} " in self._comparable

    @cached_property
    def _comparable(self) -> str:
        return f" {comparable(self.text)} "

    def sentence_case(self, heading: str) -> str:
        """`heading` as it would stand inside a sentence; capitals are set as this document usually sets each word."""
        words = " ".join(heading.split()).strip(" .:")
        if not words.isupper():
            return words
        return _capitalise(_WORD.sub(lambda match: self._usual_form(match.group()), words))

    def inside_sentence(self, statement: str) -> str:
        """`statement` with white space made plain and its first letter lowered unless a name begins there."""
        plain = " ".join(statement.split())
        begins_with_body = any(body.span.start == 0 for body in find_bodies(plain))
        opening = _OPENING.match(plain)
        if opening is None or begins_with_body or (opening["next"] or "")[:1].isupper():
            return plain
        word, lower = opening["word"], opening["word"].lower()
        forms = self._word_forms
        pair, lower_pair = f"{word} {opening['next']}", f"{lower} {opening['next']}"
        if (forms[pair] and not forms[lower_pair]) or (forms[word] > 2 and not forms[lower]):
            return plain
        return lower + plain[len(word) :]

    @cached_property
    def _word_forms(self) -> Counter[str]:
        """How often each word, and each word with the next, stands inside a sentence in which form."""
        forms: Counter[str] = Counter()
        for line in self.text.splitlines():
            if not line.isupper():
                for match in _WORD_INSIDE.finditer(line):
                    forms.update((match["word"], f"{match['word']} {match['next']}"))
        return forms

    def _usual_form(self, word: str) -> str:
        return max((word.lower(), word.capitalize(), word.upper()), key=lambda form: self._word_forms[form])


@dataclass(frozen=True, slots=True)
class Provision:
    """A section with its own words set apart from those of its children.

    Attributes:
        headings: Headings from the outermost section to this one, empty ones left out.
        heading_start: Where the section with the innermost heading starts.
        body: Its own words, without label and heading, up to its first child.
        lead_in: The parent's own words when they end in a colon and so govern this provision.
    """

    label: str
    heading: str
    headings: tuple[str, ...]
    heading_start: int
    span: Span
    body: Span
    lead_in: Span | None
    children: tuple["Provision", ...]


@dataclass(frozen=True, slots=True)
class Statement:
    """A sentence, or a part of one between semicolons, that can be understood on its own.

    Attributes:
        text: `source.text[span.start:span.end]`.
        lead_in: Words before a colon that govern it; `None` when it stands alone.
        time: `Đến năm 2030, ` when that opens the sentence it is a later part of.
    """

    source: SourceText
    provision: Provision
    span: Span
    lead_in: Span | None = None
    time: str = ""

    @property
    def text(self) -> str:
        """The words as they stand in the document."""
        return self.source.text[self.span.start : self.span.end]


@dataclass(frozen=True, slots=True)
class ProvisionList:
    """An enumeration in one provision.

    Attributes:
        lead: Words that govern the items, without the final colon; empty when only a heading does.
        items: Spans of the items' words, without their labels.
        span: From the lead, or the heading, to the end of the last item.
    """

    source: SourceText
    provision: Provision
    lead: str
    items: tuple[Span, ...]
    span: Span

    def item_texts(self) -> list[str]:
        """The items with white space made plain and no final punctuation."""
        return [tidy(self.source.text[item.start : item.end]) for item in self.items]

    @property
    def subject(self) -> str:
        """What it enumerates: its lead, or its heading with the one above when that alone says little (`Yêu cầu`)."""
        own = " ".join(self.provision.headings[-1:])
        if len(syllables(own)) < 4 and len(self.provision.headings) > 1:
            own = f"{self.provision.headings[-2]} - {own}"
        return self.lead or own


def _whole(source: SourceText) -> Provision:
    everything = Span(0, len(source.text))
    return Provision("", "", (), 0, everything, everything, None, ())


def _build(
    source: SourceText, ordered: Sequence[Section], headings: tuple[str, ...], heading_start: int, lead_in: Span | None
) -> Iterator[Provision]:
    index = 0
    while index < len(ordered):
        section = ordered[index]
        last = index + 1
        while last < len(ordered) and ordered[last].span.start < section.span.end:
            last += 1
        inner = ordered[index + 1 : last]
        body = _body(source.text, section, inner[0].span.start if inner else section.span.end)
        heading = source.sentence_case(section.heading)
        path, top = ((*headings, heading), section.span.start) if heading else (headings, heading_start)
        governs = body if source.text[body.start : body.end].endswith(":") else None
        children = tuple(_build(source, inner, path, top, governs))
        yield Provision(section.label, heading, path, top, section.span, body, lead_in, children)
        index = last


def _body(text: str, section: Section, end: int) -> Span:
    start = section.span.start
    if label := _LABEL.match(text, start, end):
        start = label.end()
    if section.heading:
        words = re.compile(r"\W*?" + r"\s+".join(map(re.escape, section.heading.split())) + r"[\s.:]*")
        if heading := words.match(text, start, end):
            start = heading.end()
    return _trim(text, start, end)


def _trim(text: str, start: int, end: int) -> Span:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    return Span(start, end)


def _lines(text: str, span: Span) -> Iterator[Span]:
    start = span.start
    for line in text[span.start : span.end].splitlines(keepends=True):
        trimmed = _trim(text, start, start + len(line))
        start += len(line)
        if trimmed.start < trimmed.end:
            yield trimmed


def _statements(source: SourceText, provision: Provision) -> Iterator[Statement]:
    lead_in = provision.lead_in
    for line in _lines(source.text, provision.body):
        words = source.text[line.start : line.end]
        bullet = _BULLET.match(words)
        if not bullet:
            lead_in = provision.lead_in
        inner = Span(line.start + (bullet.end() if bullet else 0), line.end)
        for sentence in sentences(source.text[inner.start : inner.end]):
            span = Span(inner.start + sentence.start, inner.start + sentence.end)
            for part in _parts(source, provision, span, lead_in):
                before = source.text[provision.body.start : part.span.start]
                # What amending text quotes belongs to the other document.
                if before.count("“") == before.count("”"):
                    yield part
        if words.endswith(":") and not bullet:
            lead_in = line


def _parts(source: SourceText, provision: Provision, sentence: Span, lead_in: Span | None) -> Iterator[Statement]:
    words = source.text[sentence.start : sentence.end]
    if words.endswith(":"):
        return
    parts = [part.strip() for part in words.rstrip(" ;.").split(";")]
    # Only parts that state something of their own are set apart; other semicolons join the members of a list.
    if len(parts) == 1 or ":" in words or not all(re.search(r"\d", part) or TASK.match(part) for part in parts):
        yield Statement(source, provision, sentence, lead_in)
        return
    time = _LEADING_TIME.match(words)
    start = sentence.start
    for part in re.finditer(r"[^;]+", words):
        span = _trim(source.text, start + part.start(), start + part.end())
        is_later = part.start() > 0
        if span.start < span.end and not (is_later and _SHARES_SUBJECT.match(source.text, span.start)):
            yield Statement(source, provision, span, lead_in, time.group() if time and is_later else "")


def _lists(source: SourceText, provision: Provision) -> Iterator[ProvisionList]:
    text = source.text
    body = text[provision.body.start : provision.body.end]
    if len(provision.children) >= 3:
        items = tuple(child.body for child in provision.children if not child.children and not child.heading)
        whole = len(items) == len(provision.children)
        lead = _LIST_NOUN.sub("", body) if body.endswith(":") else ""
        governed = (bool(lead) and "\n" not in lead) or (provision.heading and not body)
        if whole and governed:
            yield ProvisionList(source, provision, lead, items, Span(provision.span.start, items[-1].end))
    lead_line: Span | None = None
    bullets: list[Span] = []
    for line in (*_lines(text, provision.body), Span(provision.body.end, provision.body.end)):
        words = text[line.start : line.end]
        if lead_line and (bullet := _BULLET.match(words)):
            bullets.append(Span(line.start + bullet.end(), line.end))
            continue
        if lead_line and len(bullets) >= 3:
            lead = _LIST_NOUN.sub("", text[lead_line.start : lead_line.end])
            yield ProvisionList(source, provision, lead, tuple(bullets), Span(lead_line.start, bullets[-1].end))
        lead_line, bullets = (line if words.endswith(":") else None), []


def _capitalise(text: str) -> str:
    return text[:1].upper() + text[1:]
