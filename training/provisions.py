"""Provisions, statements and lists of a document, read from its section tree for the makers of materials."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

from core.text import sentences, syllables
from core.types import Document, Section, Span

# Verbs with which a task opens.
TASK = re.compile(
    r"(?:Chủ trì|Phối hợp|Tham mưu|Thực hiện|Tổ chức|Hướng dẫn|Xây dựng|Ban hành|Kiểm tra|Bố trí|Cân đối|Thẩm định|Theo dõi|Tổng hợp|Đôn đốc|Rà soát"
    r"|Cung cấp|Tiếp nhận|Quản lý|Trình|Cấp|Triển khai|Chỉ đạo|Bảo đảm|Đảm bảo|Định kỳ|Giám sát|Đề xuất|Lập|Lựa chọn|Báo cáo|Công bố|Đánh giá|Lồng ghép)\b",
    re.IGNORECASE,
)
_LABEL = re.compile(
    r"\s*(?:(?:Phần|Chương|Mục|Tiểu mục|Điều|Phụ lục|PHỤ LỤC)\s+[\w.]+[.:]?|[IVXLC]+\s*[.\-–]|\d{1,3}[a-z]?(?:\.\d{1,3})*\s*[.)\-–]"
    r"|[a-zđ]{1,2}\)|[-+•*–])[ \t]*"
)
_BULLET = re.compile(r"\s*[-+•*–]\s+")
_LIST_NOUN = re.compile(r"\s*(?:như sau|sau đây|sau)?\s*:\s*$", re.IGNORECASE)
_SHARES_SUBJECT = re.compile(
    r"(?:phối hợp|chủ trì|chỉ đạo|lãnh đạo|hướng dẫn|báo cáo|trình|thông báo|gửi|hoàn thành|tổ chức|xây dựng|và|đồng thời)\b",
    re.IGNORECASE,
)
_WORD = re.compile(r"[^\W\d_]+")
_WORD_INSIDE = re.compile(r"(?<=[\w,] )[^\W\d_]+")
_LEADING_TIME = re.compile(r"(?:Đến|Trong|Giai đoạn|Từ|Năm)\b[^,;:]{0,40}\d{4}[^,;:\d]{0,12},\s")

# A sentence that points elsewhere ("như nêu trên", "tại khoản này") cannot be understood on its own.
_POINTS_ELSEWHERE = re.compile(
    r"\b(?:nêu trên|nói trên|kể trên|ở trên|trên đây|dưới đây|như sau|(?:điều|khoản|điểm|mục|bảng|phụ lục|việc|nội dung"
    r"|trường hợp|nhiệm vụ|hành vi|thời hạn|thời gian|đối tượng|tổ chức|cơ quan|người|thông báo|văn bản|hồ sơ|dịch vụ|mức|lĩnh vực|giai đoạn)"
    r" (?:này|đó|trên)|sau đây(?! gọi))\b",
    re.IGNORECASE,
)
_CONTINUES = re.compile(
    r"(?:Tuy nhiên|Ngoài ra|Đồng thời|Do đó|Do vậy|Vì vậy|Trong đó|Theo đó|Cụ thể|Qua đó|Từ đó|Khi đó|Riêng|Mặt khác|Bên cạnh đó"
    r"|Sau đó|Đối với [^:]{3,60} khác|Nếu|Và|Hoặc|Còn|Nhưng|Các (?:nội dung|trường hợp) (?:này|trên))\b"
)
_BLANK_FORM = re.compile(r"\.{4,}|…{2,}|_{3,}|(?:\(\d{1,2}\)|\.\.\.|…)\s*$")
_QUOTE_MARKS = re.compile(r"[“”\"]")
_GENERIC = re.compile(
    r"\b(?:khác theo (?:quy định|yêu cầu|phân công)|(?:nội dung|trường hợp|hành vi|nhiệm vụ|hình thức|quyền|thông tin|tài liệu|vấn đề)"
    r"(?: và \w+ \w+)? khác\b)|^(?:các )?\S+ \S+ khác\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class SourceText:
    """A document with what is needed to make materials of it.

    Attributes:
        scope: Only provisions that touch one of these spans are asked about; empty means the whole text.
    """

    document: Document
    text: str
    sections: tuple[Section, ...]
    scope: tuple[Span, ...] = ()

    def covers(self, span: Span) -> bool:
        """Whether `span` lies within the chosen part of the document."""
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

    @cached_property
    def _word_forms(self) -> Counter[str]:
        lines = (line for line in self.text.splitlines() if not line.isupper())
        return Counter(word for line in lines for word in _WORD_INSIDE.findall(line))

    def sentence_case(self, heading: str) -> str:
        """`heading` as it would stand inside a sentence; capitals are set as this document usually sets each word."""
        words = " ".join(heading.split()).strip(" .:")
        if not words.isupper():
            return words
        return _capitalise(_WORD.sub(lambda match: self._usual_form(match.group()), words))

    def inside_sentence(self, statement: str) -> str:
        """`statement` with white space made plain and its first letter lowered unless the word is a name."""
        plain = " ".join(statement.split())
        first = _WORD.match(plain)
        if first is None or (len(first.group()) > 1 and first.group().isupper()):
            return plain
        return self._usual_form(first.group()) + plain[first.end() :]

    def _usual_form(self, word: str) -> str:
        forms = (word.lower(), word.capitalize(), word.upper())
        return max(forms, key=lambda form: self._word_forms[form])


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


def tidy(text: str) -> str:
    """`text` on one line, without final punctuation and joining words (`; và`)."""
    plain = " ".join(text.split())
    return re.sub(r"(?:[;,]\s*(?:và|hoặc))?[\s.;,:/]*$", "", plain)


def likeness(first: str, second: str) -> float:
    """Share of the shorter text's distinct syllables that the other holds too, 0 to 1."""
    one, other = set(syllables(first)), set(syllables(second))
    return len(one & other) / max(1, min(len(one), len(other)))


def is_self_contained(text: str) -> bool:
    """Whether a reader can understand `text` without its neighbours: no pointer, no blank form, whole quotes."""
    return not (
        _POINTS_ELSEWHERE.search(text)
        or _CONTINUES.match(text)
        or _BLANK_FORM.search(text)
        or _QUOTE_MARKS.match(text)
        or text.count("“") != text.count("”")
        or text.count('"') % 2
        or text.count("(") != text.count(")")
        or "|" in text
    )


def is_generic(item: str) -> bool:
    """Whether a list item is a catch-all (`Các hành vi khác theo quy định`) that fits any list."""
    return _GENERIC.search(item) is not None


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
            yield from _parts(source, provision, span, lead_in)
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
