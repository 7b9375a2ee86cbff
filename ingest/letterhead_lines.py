"""The grammar of single letterhead lines: kind, number field, date line, the state's name, stated properties.

Everything is matched without diacritics, because character recognition loses them first (`Sô:`, `QUYÉT ĐỊNH`,
`CỌNG HÒA`); what is returned keeps the text's own letters. Forms: Decree 30/2020/NĐ-CP, appendix I; Guidance
36-HD/VPTW 2018 for the Party.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date

from core.references import DOCUMENT_KINDS, canonical_number, find_dates, find_document_numbers
from core.text import fold_diacritics
from ingest.headings import UPPER, is_capitals

LONG_PARAGRAPH = 260

# Kinds that numbers have no letters of their own for (Decree 30/2020/NĐ-CP, article 7; Regulation 66-QĐ/TW 2017).
_UNCODED_KINDS = (
    "Chương trình phối hợp", "Nghị quyết liên tịch", "Thông cáo", "Dự án", "Bản ghi nhớ", "Bản thỏa thuận", "Nội quy",
    "Quy trình", "Giấy ủy quyền", "Giấy giới thiệu", "Phiếu gửi", "Phiếu chuyển", "Thông tri", "Tuyên bố",
    "Lời kêu gọi", "Sắc luật",
)  # fmt: skip
_KIND_NAMES = sorted({*DOCUMENT_KINDS.values(), *_UNCODED_KINDS}, key=lambda name: (-len(name), name))
KIND_PATTERN = "|".join(re.escape(name) for name in _KIND_NAMES)


def folded(line: str) -> str:
    """`line` in lower case without diacritics, character by character, so that offsets stay."""
    return "".join(fold_diacritics(c)[:1].lower()[:1] or c for c in line)


_KINDS_FOLDED = {folded(name): name for name in _KIND_NAMES}
_FOLDED_PATTERN = "|".join(re.escape(name) for name in _KINDS_FOLDED)
_KIND_START = re.compile(rf"(?P<kind>{KIND_PATTERN})(?!\w)", re.IGNORECASE)
_FOLDED_KIND_START = re.compile(rf"(?P<kind>{_FOLDED_PATTERN})(?!\w)")
_STATE_NAME = re.compile(
    r"(?<!nuoc )(?<!cua )(?:"
    # Letters that recognition gets wrong are left open; narrow cells break the name, converters cut its first word.
    r"(?:c\wng\s*)?h\w{2}\s*x\w\s*h\w[i1]\s*ch\w\s*ngh\w\w?(?:\s*v\w{2}t(?:\s*n\wm)?)?"
    r"|cong hoa xa hoi\s*$|^\s*chu nghia viet nam|^\s*cong\s*$"
    r"|viet\s+nam\s+dan\s+chu\s+cong\s+hoa|dang\s+cong\s+san\s+viet\s+nam"
    r"|d[o\w]c\s*l\wp\s*[-–—.~]*\s*t\w\s*[dđ]\w\s*[-–—.~]*\s*h\wnh\s*ph\wc)"
)
_RULE = re.compile(r"[-–—_=*~]{3,}|^[\W_]+$|^[*_#]+\s*|[*_]+$")
_EDGE_NOISE = re.compile(r"^(?:[^\w(“\"….\[/-]|_)+|[\s|_*~ˆ`'„¬—]+$")
_CELL_END = re.compile(r"\n|\s\|\s|^\||\|$", re.MULTILINE)

_NUMBER_FIELD = re.compile(
    rf"(?:^|[\s(])(?:(?:{_FOLDED_PATTERN})\s+)?s[o06](?:\s*hieu|\s*/?\s*ky hieu)?\s*[:.;]\s*(?P<value>\S.*)$"
    # The Party writes no colon; recognised scans lose it.
    r"|^s[o06]\s+(?P<bare>[\w.…+]*\s?[-–/]\s?\S.*)$"
)
# Lines that cannot end here: a label whose value stands in the next cell, a date or a name broken in a narrow one.
_UNFINISHED = re.compile(
    r"(?:(?:luat|bo luat|nghi quyet|phap lenh)\s+)?so\s*:$|.{0,40}\bngay[\s\d.…]*(?:thang[\s\d.…]*)?(?:nam)?$"
    r"|(?:uy|hoi|bo|so|chu|van|nghi|quyet|thong)$"
)
_LOST_HYPHEN = re.compile(r"(?<=/)(NĐ|QĐ|NQ|CT|KH|TB|BC|TTr)(?=(?:UBND|HĐND|CP|TTg)\b)")
_ANY_NUMBER = re.compile(
    r"[\s:.]{0,3}(?P<number>\d{1,4}[a-zđ]?\s?[-/]\s?[A-ZĐ][A-Za-zĐđ&]*(?:\s?[-–/,&]\s?[A-ZĐ][A-Za-zĐđ&]*){0,6})(?![\w/])"
)
_STRAY_LETTERS = 3  # of a stamp beside it
_QUOTES = str.maketrans("", "", "\"'*“”")
_SERIAL = re.compile(r"^\W{0,2}(?P<serial>[0-9OolI|]{1,5})(?=\s{0,2}[/–-])")
_SPLIT_YEAR = re.compile(r"(?<=/)\s?((?:1\s?9|2\s?0)\s?\d\s?\d)\s?(?=/)")
_ASSEMBLY = re.compile(r"(?<=/)QH\s?([0-9IlO]{1,2})\b")
_DOUBLED = re.compile(r"(?<=Q)[ĐÐD]{2}(?=-)")
_DIGITS = str.maketrans("OolI|]", "001111")

_DAY = r"(?P<day>\d{1,2}|[0-9olI|\]]{2})"
_MONTH = r"(?P<month>\d{1,2}|[0-9olI|\]]{2})"
_DATE = re.compile(
    rf"nga[yv]\s*{_DAY}[\s.,]*than[gq9]\s*{_MONTH}[\s.,]*na[mn]\s*(?P<year>[12]\s?[09o]\s?[0-9o]\s?[0-9o])\b"
    r"|(?:nga[yv]\s*)?(?<![\d/.-])(?P<d2>\d{1,2})\s?[/.-]\s?(?P<m2>\d{1,2})\s?[/.-]\s?(?P<y2>(?:19|20)\d\d)(?![\d/])",
    re.IGNORECASE,
)
_DATE_WORDS = re.compile(r"(?:^|[,\s])nga[yv]\b.{0,12}\bthan[gq9]\b.{0,12}\bna[mn]\b[\s\d.…/]*$")
_PARTLY_DATED = re.compile(r"than[gq9]\s*(?P<month>\d{1,2})?\D{0,12}na[mn]\s*(?P<year>(?:19|20)\d\d)")
_PLACE_LEVELS = "ph[ốôóòỗồ]|xã|tỉnh|huyện|quận|phường"
_PLACE = re.compile(
    rf"(?:^|(?<=\s))(?P<place>[{UPPER}][{UPPER}{UPPER.lower()}]*(?:\s(?:[{UPPER}][{UPPER}{UPPER.lower()}]*|{_PLACE_LEVELS})){{0,5}})"
    r"\s?[,.]?\s*$"
)
_LOOSE_PLACE = re.compile(rf"[{UPPER}]\w+(?:\s\w+){{0,2}}\s?,$")
_HEADING_NUMBER = re.compile(r"\bSỐ\s*:?\s*\d[^a-zà-ỹ]*$")
_STRAY_CHARS = 12
_CITED_WITH = re.compile(r"(?:kem theo|dinh kem)\s*:?\s*$")

PROPERTY_LABELS = {
    "so hieu": "number", "so, ky hieu": "number", "so/ky hieu": "number", "so ky hieu": "number",
    "loai van ban": "kind", "hinh thuc van ban": "kind",
    "co quan ban hanh": "issuer", "noi ban hanh": "issuer", "don vi ban hanh": "issuer",
    "nguoi ky": "signer", "chuc vu nguoi ky": "signer_title", "chuc vu": "signer_title",
    "ngay ban hanh": "issued_on", "ngay co hieu luc": "effective_from", "ngay hieu luc": "effective_from",
    "ngay het hieu luc": "effective_to", "linh vuc": "domain", "nganh, linh vuc": "domain",
    "trich yeu": "title", "tinh trang": "", "ngay cong bao": "", "so cong bao": "",
}  # fmt: skip
_UNSTATED = frozenset({"dang cap nhat", "da biet", "chua biet", "khong co", "khong xac dinh", "...", "…"})
_FEWEST_PROPERTIES = 3
_PROPERTY = re.compile(
    r"(?<!\w)(?P<label>" + "|".join(sorted(map(re.escape, PROPERTY_LABELS), key=len, reverse=True)) + r")\s*(?::|\||\n)"
)


@dataclass(frozen=True, slots=True)
class DateLine:
    """A date of issue as a letterhead states it; `place` is empty where none stands before it."""

    day: date
    place: str


def clean_lines(text: str) -> Iterator[str]:
    """Lines and table cells without rules, markup and the state's name, which tells nothing of this document."""
    held = ""
    for cell in _CELL_END.split(text):
        key = folded(cell)
        kept = "".join(cell[start:end] for start, end in _outside(_STATE_NAME.finditer(key), len(cell)))
        line = _RULE.sub(" ", _RULE.sub(" ", kept).strip(" *|"))
        line = " ".join(_EDGE_NOISE.sub("", " ".join(line.split())).split())
        if not line:
            continue
        line = held + (line.upper() if _is_broken_capitals(line) else line)
        held = ""
        if _UNFINISHED.match(folded(line)):
            held = f"{line} "
        else:
            yield line
    if held:
        yield held.strip()


def _outside(matches: Iterable[re.Match[str]], length: int) -> Iterator[tuple[int, int]]:
    start = 0
    for match in matches:
        yield start, match.start()
        start = match.end()
    yield start, length


def _is_broken_capitals(line: str) -> bool:
    """Whether only the marked letters are small: `SắC LệNH`, what converters make of capital fonts."""
    plain = [c for c in line if c.isascii() and c.isalpha()]
    return len(plain) > 3 and all(c.isupper() for c in plain) and not is_capitals(line)


def is_state_name(line: str) -> bool:
    """Whether `line` holds the state's or the Party's name as a letterhead does."""
    return is_capitals(line[:20]) and _STATE_NAME.search(folded(line)) is not None


def kind_text(line: str) -> str:
    """The words at the start of `line` that name a kind of document, as they stand there."""
    exact, loose = _KIND_START.match(line), _FOLDED_KIND_START.match(folded(line))
    ends = [exact.end()] if exact else []
    if loose and is_capitals(line[: loose.end()]):
        ends.append(loose.end())
    return line[: max(ends, default=0)]


def kind_of_line(line: str) -> str:
    """Kind of document named at the start of `line`, as it is listed; empty when none is."""
    named = kind_text(line)
    exact = next((name for name in _KIND_NAMES if name.lower() == named.lower()), "")
    return exact or _KINDS_FOLDED.get(folded(named), "")


def is_kind_alone(line: str) -> bool:
    """Whether `line` is the heading of a document: its kind in capitals, a remark in brackets at most."""
    named = kind_text(line)
    rest = line[len(named) :].strip(" :.-'")
    return is_capitals(named) and (len(rest) <= _STRAY_LETTERS or (rest.startswith("(") and is_capitals(line)))


def number_value(line: str) -> str | None:
    """What stands behind `Số:` in `line`, recognition slips in figures mended; `None` for another line."""
    match = _NUMBER_FIELD.search(folded(line)) if len(line) < LONG_PARAGRAPH else None
    if not match:
        return None
    return _mended(line[match.start("value" if match["value"] else "bare") :].translate(_QUOTES))


def _mended(value: str) -> str:
    """`value` with O, l and I read as figures where only figures can stand and one figure beside them says so."""
    serial = _SERIAL.match(value)
    if serial and any(c.isdigit() for c in serial["serial"]):
        start, end = serial.span("serial")
        value = value[:start] + value[start:end].translate(_DIGITS) + value[end:]
    value = _LOST_HYPHEN.sub(r"\1-", _DOUBLED.sub("Đ", value))
    value = _SPLIT_YEAR.sub(lambda match: re.sub(r"\s", "", match[1]), value)
    return _ASSEMBLY.sub(lambda match: "QH" + match[1].translate(_DIGITS), value)


def number_in(value: str) -> str:
    """The number that a number field's `value` begins with; empty when it is blank or unreadable."""
    numbers = find_document_numbers(value)
    if numbers and numbers[0].span.start <= 3:
        return numbers[0].text
    # Forms older than the rules: `01-TANDTC-VKSNDTC/TTLT`, `12-TT/LB`.
    old = _ANY_NUMBER.match(value)
    return canonical_number(old["number"]) if old else ""


def is_date_line(line: str) -> bool:
    """Whether `line` is the place and date of a letterhead, filled in or not."""
    return _DATE_WORDS.search(folded(line)) is not None


def read_date_line(line: str) -> DateLine | None:
    """The date that `line` states as its own and not as part of a citation, and the place before it."""
    key = folded(line)
    for match in _DATE.finditer(key):
        day = _day_of(match)
        before, after = line[: match.start()].rstrip(), line[match.end() :].lstrip(" .;,|")
        if day is None or kind_text(line) or after[:1].islower() or _CITED_WITH.search(key[: match.start()]):
            continue
        numbers = find_document_numbers(before)
        rest = before[numbers[-1].span.end :].strip() if numbers else before
        place = _PLACE.search(rest)
        name = place["place"] if place else rest.rstrip(" ,") if _LOOSE_PLACE.match(rest) else ""
        stray = rest[: place.start()].strip() if place else "" if name else rest
        says_day = key.startswith("nga", match.start())
        # Number, place and date may share a line; so do all in the heading of copies without a letterhead.
        is_field = number_value(line) is not None or _HEADING_NUMBER.search(before) is not None or is_capitals(before)
        is_free = not before or (name and not numbers and len(stray) <= _STRAY_CHARS) or is_field
        if is_free and (says_day or (name and before.endswith(","))):
            return DateLine(day, name)
    return None


def partly_dated(line: str) -> tuple[int, int] | None:
    """Year and month (0 when blank) of a date line whose day cannot be read; `None` for another line."""
    match = _PARTLY_DATED.search(folded(line)) if len(line) < LONG_PARAGRAPH else None
    return (int(match["year"]), int(match["month"] or 0)) if match else None


def _day_of(match: re.Match[str]) -> date | None:
    day, month, year = (match[a] or match[b] for a, b in (("day", "d2"), ("month", "m2"), ("year", "y2")))
    try:
        return date(*(int(re.sub(r"\s", "", part).translate(_DIGITS)) for part in (year, month, day)))
    except ValueError:
        return None  # "ngày 200 tháng 999": drafts hold such


def stated_properties(head: str) -> dict[str, str]:
    """What a portal's table above or beside the text states (`Lĩnh vực: …`), by field of `Metadata`.

    `head` is searched as a whole: portals put several labels on one line. A single label is no table.
    """
    key = folded(head)
    matches = list(_PROPERTY.finditer(key))
    if len({match["label"] for match in matches}) < _FEWEST_PROPERTIES:
        return {}
    found: dict[str, str] = {}
    for match, following in zip(matches, [*matches[1:], None], strict=True):
        end = following.start() if following else len(head)
        value = head[match.end() : end].strip(" |\n").split("\n")[0].split(" | ")[0].strip(" ,;|")
        field = PROPERTY_LABELS[match["label"]]
        if field and value and folded(value) not in _UNSTATED:
            found.setdefault(field, value)
    return found


def stated_date(value: str) -> date | None:
    """The date in the value of a stated property; `None` without one."""
    dates = find_dates(value)
    return dates[0][0] if dates else None
