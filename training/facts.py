"""Facts that a question can ask for: percentages, money, durations, quantities and dates, found and varied."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from enum import StrEnum

from core.references import find_dates, find_document_numbers
from core.types import Span
from training.wording import one_of


class FactKind(StrEnum):
    """Kinds whose values can stand in for each other."""

    PERCENTAGE = "percentage"
    MONEY = "money"
    DURATION = "duration"
    QUANTITY = "quantity"
    DAY = "day"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


DATE_KINDS = frozenset({FactKind.DAY, FactKind.MONTH, FactKind.QUARTER, FactKind.YEAR})

_MONEY_UNITS = {
    "đồng": 1, "nghìn đồng": 10**3, "ngàn đồng": 10**3, "triệu đồng": 10**6, "tỷ đồng": 10**9, "tỉ đồng": 10**9,
}  # fmt: skip
_DURATION_UNITS = ("ngày làm việc", "ngày", "giờ", "phút", "tuần", "tháng", "năm")
_QUANTITY_UNITS = """cán bộ, công chức, viên chức|cán bộ, công chức|cán bộ|công chức|viên chức|học viên|người|lượt người
    |lượt học viên|giảng viên|chuyên gia|thành viên|đại biểu|lớp|khóa|khoá|buổi|tiết|chuyên đề|hội nghị|cuộc|lần|lượt
    |doanh nghiệp|tổ chức|cơ quan|đơn vị|xã|phường|tỉnh|nước|hộ|trường|mô hình|sản phẩm|nền tảng|ứng dụng|dự án|đề tài
    |đề án|nhiệm vụ|sáng kiến|giải pháp|dịch vụ|thủ tục|hồ sơ|bộ hồ sơ|bản|trang|câu|bài|km|ha|m2|m²|GB|TB|MB|Mbps|Gbps
    |đồng chí|tổ|nhóm|trung tâm|phòng|máy|giải|suất|gói|trợ lý ảo"""
_WORDED = r"(?:(?:một|hai|ba|bốn|năm|sáu|bảy|tám|chín|mười|mươi|mốt|lăm|trăm)\s+){1,4}"
_NUMBER = r"\d{1,3}(?:\.\d{3})+(?:,\d+)?|\d+(?:,\d+)?"
_UNIT = one_of("|".join((*_MONEY_UNITS, *_DURATION_UNITS, _QUANTITY_UNITS)))
_MEASURE = re.compile(
    rf"(?:{_WORDED}\((?P<bracketed>\d{{1,4}})\)"
    rf"|(?<![\w.,/\-–])(?P<low>{_NUMBER})(?:\s*(?:%\s*)?[-–]\s*(?P<high>{_NUMBER}))?)"
    rf"(?:\s*(?P<percent>%|phần trăm)|\s+(?P<unit>{_UNIT})(?![\w²])(?!\s+\d))"
    r"(?P<rate>(?:/[^\W\d]+(?:\s(?:làm việc|tập huấn))?)*)"
)
_TIME = re.compile(
    r"(?P<quarter>[Qq]uý\s+(?:IV|I{1,3}|[1-4])(?:\s*/\s*|\s+năm\s+)20\d\d)"
    r"|(?P<month>(?<!ngày )(?<!\d )tháng\s+\d{1,2}(?:\s*/\s*|\s+năm\s+)20\d\d)"
    r"|(?:[Đđ]ến|[Tt]rước|[Tt]ừ|[Tt]rong|[Hh]ết|vào)\s+(?:cuối\s+|hết\s+)?(?P<year>năm\s+20\d\d)"
)
# Words right before a figure that make the sentence state it, rather than mention it in passing.
_STATING = """đạt|là|bằng|chiếm|quá|đa|thiểu|nhất|trên|dưới|hơn|từ|trong|vòng|hạn|khoảng|có|thêm|tăng|giảm|bố trí|hỗ trợ
    |mức|gấp|đủ|kéo dài|gồm|được|sau|trước|cho|tổ chức|bồi dưỡng|đào tạo|tạo|về|lên|xuống|chậm|trả|thưởng|nộp|hưởng
    |phạt tiền|hoặc"""
_STATES = re.compile(rf"(?:\b(?:{one_of(_STATING)})|:)\s*$", re.IGNORECASE)
_UNTIL, _SINCE_HOUR = re.compile(r"\s+đến\s+\d"), re.compile(r"giờ\s+đến\s+$")
_DATES_STATED = re.compile(r"(?:\b(?:trước|từ|đến|vào|sau|hạn|nhất|hết|trong|là|thành)|:)\s*$", re.IGNORECASE)
# A date after these belongs to the name of a document.
_NAMING = "Luật|Bộ luật|Hiến pháp|Nghị định|Nghị quyết|Quyết định|Kế hoạch|Thông tư|Chỉ thị|Kết luận|Đề án|Chương trình"
_CITED = re.compile(rf"(?:{one_of(_NAMING)})\b[^,;.:]*$")

_COUNTED = frozenset({FactKind.DURATION, FactKind.QUANTITY})
_STEPS: dict[FactKind, tuple[str, ...]] = {
    FactKind.PERCENTAGE: ("-5", "5", "-10", "10", "-15", "15", "-20", "20"),
    FactKind.QUANTITY: ("-5", "5", "10", "-10", "15", "20", "30"),
}
_USUAL_DURATIONS = {
    "ngày": (2, 3, 5, 7, 10, 15, 20, 30, 45, 60, 90),
    "ngày làm việc": (2, 3, 5, 7, 10, 15, 20, 30),
    "giờ": (4, 8, 12, 24, 36, 48, 72, 96),
    "tháng": (1, 2, 3, 6, 9, 12, 18, 24, 36),
    "năm": (1, 2, 3, 5, 7, 10, 15, 20),
    "phút": (10, 15, 20, 30, 45, 60, 90),
    "tuần": (1, 2, 3, 4, 6, 8, 10, 12),
}


@dataclass(frozen=True, slots=True)
class Fact:
    """One value in a text.

    Attributes:
        span: What a question word replaces, in the searched text.
        text: The value as an option shows it.
        unit: Unit with its rate (`đồng/người/ngày`); empty for dates and percentages without a rate.
        values: Comparable value; two for a range. Money is in đồng, dates as ordinals, months, quarters or years.
        asking: Words that ask for it in place of `span`.
        is_stated: The words before it state it.
    """

    kind: FactKind
    span: Span
    text: str
    unit: str
    values: tuple[Decimal, ...]
    asking: str
    is_stated: bool

    def equals(self, other: "Fact") -> bool:
        """Whether both mean the same value, however they are written (`05 ngày`, `năm (05) ngày`, `5 ngày`)."""
        return self.kind == other.kind and self.unit == other.unit and self.values == other.values


def find_facts(text: str) -> list[Fact]:
    """Facts of `text`, in order, not overlapping. Dates that only identify another document are left out."""
    found = [fact for match in _MEASURE.finditer(text) if (fact := _measure(text, match))]
    found += _dates(text)
    found += [fact for match in _TIME.finditer(text) if (fact := _time(text, match))]
    kept: list[Fact] = []
    for fact in sorted(found, key=lambda fact: (fact.span.start, -fact.span.end)):
        if not kept or fact.span.start >= kept[-1].span.end:
            kept.append(fact)
    return kept


def read_figure(cell: str) -> Fact | None:
    """The figure that a table cell holds and nothing else: `1.050`, `30%`, `2,5`."""
    match = re.fullmatch(rf"({_NUMBER})\s*(%?)", cell)
    if match is None:
        return None
    kind = FactKind.PERCENTAGE if match[2] else FactKind.QUANTITY
    return Fact(kind, Span(0, len(cell)), cell, "", (_value(match[1]),), "bao nhiêu", is_stated=True)


def alternatives(fact: Fact, elsewhere: Iterable[Fact]) -> Iterator[Fact]:
    """`fact` with false values of its kind, unit and magnitude, none twice, those found `elsewhere` first.

    Each is written the way `fact` is, so that the form of an option never gives the key away.
    """
    seen = [fact.values]
    near = [other for other in elsewhere if other.kind == fact.kind and other.unit == fact.unit]
    near = [other for other in near if len(other.values) == len(fact.values) and _is_plausible(fact, other.values)]
    for other in sorted(near, key=lambda other: (_distance(fact, other.values), other.values)):
        if other.values not in seen:
            seen.append(other.values)
            yield _with(fact, other.values)
    for values in _invented(fact):
        if values not in seen and _is_plausible(fact, values):
            seen.append(values)
            yield _with(fact, values)


def _measure(text: str, match: re.Match[str]) -> Fact | None:
    unit = " ".join((match["unit"] or "").split())
    if match["percent"]:
        kind = FactKind.PERCENTAGE
    elif unit in _MONEY_UNITS:
        kind = FactKind.MONEY
    else:
        kind = FactKind.DURATION if unit in _DURATION_UNITS else FactKind.QUANTITY
    numbers = [match["bracketed"] or match["low"], *([match["high"]] if match["high"] else [])]
    scale = _MONEY_UNITS.get(unit, 1)
    values = tuple(_value(number) * scale for number in numbers)
    rate = match["rate"]
    named = "%" if match["percent"] else f" {unit}"
    start = match.start()
    if match["high"] and (since := re.search(r"từ\s+$", text[:start])):
        start = since.start()  # "từ 40 - 50 tổ chức" is asked for as a whole
    before = text[:start]
    if (
        kind is FactKind.DURATION
        and unit == "năm"
        and not before.rstrip().endswith(("trong", "hạn", "quá", "nhất", "thiểu"))
    ):
        return None  # "khóa 10 năm 2026", "lần thứ 5 năm": a count of years is safe only after such words
    is_clock = unit == "giờ" and (_UNTIL.match(text, match.end()) or _SINCE_HOUR.search(before))
    if is_clock or (unit == "phút" and before.rstrip().endswith("giờ")):
        return None  # "07 giờ 30 phút", "từ 22 giờ đến 06 giờ" are times of day
    if kind is FactKind.QUANTITY and values[0] == 1:
        return None  # "01 tổ chức" is an article, not a figure worth asking for
    return Fact(
        kind,
        Span(start, match.end()),
        f"{' - '.join(numbers)}{named}{rate}",
        f"{unit}{rate}",
        values,
        f"bao nhiêu {unit or 'phần trăm'}{rate}",
        _STATES.search(before) is not None,
    )


def _dates(text: str) -> Iterator[Fact]:
    numbers = find_document_numbers(text)
    for day, span in find_dates(text):
        before = text[: span.start]
        identifies = any(0 <= span.start - number.span.end <= 12 for number in numbers) or _CITED.search(before[-60:])
        if identifies or re.match(r"[\s,)]*của\b", text[span.end :]):
            continue
        word = re.search(r"ngày\s+$", before)
        start = word.start() if word else span.start
        written = text[start : span.end]
        value = (Decimal(day.toordinal()),)
        is_stated = _DATES_STATED.search(text[:start]) is not None
        yield Fact(FactKind.DAY, Span(start, span.end), " ".join(written.split()), "", value, "ngày nào", is_stated)


def _time(text: str, match: re.Match[str]) -> Fact | None:
    kind = FactKind(str(match.lastgroup))
    span = Span(*match.span(kind.value))
    words = " ".join(match[kind.value].split())
    year = int(words[-4:])
    asking = {FactKind.QUARTER: "quý nào", FactKind.MONTH: "tháng nào", FactKind.YEAR: "năm nào"}[kind]
    if kind is FactKind.YEAR:
        if _CITED.search(text[max(0, match.start() - 60) : match.start()]):
            return None
        return Fact(kind, span, words, "", (Decimal(year),), asking, True)
    part = re.sub(r"^\w+\s+", "", words)[:-4].strip(" /")
    part = part.removesuffix("năm").strip()
    number = {"I": 1, "II": 2, "III": 3, "IV": 4}.get(part) or int(part)
    per_year = 4 if kind is FactKind.QUARTER else 12
    return Fact(kind, span, words, "", (Decimal(year * per_year + number - 1),), asking, True)


def _value(number: str) -> Decimal:
    return Decimal(number.replace(".", "").replace(",", "."))


def _distance(fact: Fact, values: tuple[Decimal, ...]) -> float:
    if fact.kind in DATE_KINDS:
        return float(abs(values[0] - fact.values[0]))
    low, high = sorted((max(values[0], Decimal("0.001")), max(fact.values[0], Decimal("0.001"))))
    return float(high / low)


def _is_plausible(fact: Fact, values: tuple[Decimal, ...]) -> bool:
    is_whole = all(value == value.to_integral() for value in fact.values)
    if (is_whole or fact.kind in _COUNTED) and any(value != value.to_integral() for value in values):
        return False
    if fact.kind is FactKind.PERCENTAGE and fact.values[0] >= 10 and _are_fives(fact.values) and not _are_fives(values):
        return False  # among multiples of five an odd figure gives itself away
    if any(value <= 0 for value in values) or (len(values) == 2 and values[0] >= values[1]):
        return False
    if fact.kind is FactKind.PERCENTAGE and max(fact.values) <= 100 < max(values):
        return False
    if fact.kind is FactKind.PERCENTAGE and fact.values[0] >= 40 and abs(values[0] - fact.values[0]) > 30:
        return False
    reach = {FactKind.DAY: 1100, FactKind.MONTH: 36, FactKind.QUARTER: 8, FactKind.YEAR: 10}.get(fact.kind, 6)
    return _distance(fact, values) <= reach


def _invented(fact: Fact) -> Iterator[tuple[Decimal, ...]]:
    """Values for when the documents hold too few of this kind: usual terms, or steps and multiples of the true one."""
    if fact.kind in DATE_KINDS:
        steps = {FactKind.DAY: (-31, 31, -92, 61, -184, 184), FactKind.YEAR: (-1, 1, -2, 2, 5)}.get(
            fact.kind, (-1, 1, -2, 2)
        )
        yield from ((fact.values[0] + step,) for step in steps)
        return
    first = fact.values[0]
    unit = fact.unit.split("/")[0]
    if fact.kind is FactKind.DURATION and len(fact.values) == 1 and unit in _USUAL_DURATIONS:
        usual = sorted(_USUAL_DURATIONS[unit], key=lambda value: (abs(value - first), value))
        yield from ((Decimal(value),) for value in usual)
    if fact.kind in _STEPS and first >= 10 and _are_fives(fact.values):
        yield from (tuple(value + Decimal(step) for value in fact.values) for step in _STEPS[fact.kind])
    if first == first.to_integral() and first <= 12:
        yield from (tuple(value + step for value in fact.values) for step in (1, 2, -1, 3, -2, 4))
    for factor in ("0.5", "1.5", "2", "0.8", "1.2", "2.5", "3"):
        values = tuple(value * Decimal(factor) for value in fact.values)
        # Only multiples that come out as round as the true figure look natural.
        if all(_roundness(value) <= _roundness(true) + 1 for value, true in zip(values, fact.values, strict=True)):
            yield values
    # Last, figures a few of their own smallest places away: 62,5 → 62,3; 6.200 → 6.500.
    place = Decimal(1).scaleb(int(first.normalize().as_tuple().exponent))
    yield from (tuple(value + step * place for value in fact.values) for step in (-2, 3, -1, 2, -4, 5))


def _are_fives(values: tuple[Decimal, ...]) -> bool:
    return all(value % 5 == 0 for value in values)


def _roundness(value: Decimal) -> int:
    return len(value.normalize().as_tuple().digits)


def _with(fact: Fact, values: tuple[Decimal, ...]) -> Fact:
    return replace(fact, values=values, text=_written_like(fact, values))


def _written_like(fact: Fact, values: tuple[Decimal, ...]) -> str:
    if fact.kind in DATE_KINDS:
        return _date_written_like(fact, int(values[0]))
    scale = _MONEY_UNITS.get(fact.unit.split("/")[0], 1)
    replacements = iter(values)
    return re.sub(
        _NUMBER, lambda match: _number_like(match.group(), next(replacements) / scale), fact.text, count=len(values)
    )


def _number_like(written: str, value: Decimal) -> str:
    plain = value.normalize()
    whole, _, decimals = f"{plain:f}".partition(".")
    if written.startswith("0") and written.isdigit():
        whole = whole.zfill(len(written))
    # Thousands are grouped with full stops unless the key itself is a long number without them.
    if len(whole) > 4 or (len(whole) == 4 and not re.fullmatch(r"\d{4,}", written)):
        whole = f"{int(whole):,}".replace(",", ".")
    return f"{whole},{decimals}" if decimals else whole


def _date_written_like(fact: Fact, value: int) -> str:
    if fact.kind is FactKind.YEAR:
        return re.sub(r"\d{4}$", str(value), fact.text)
    if fact.kind is FactKind.DAY:
        day = date.fromordinal(value)
        numbers = iter(
            (
                f"{day.day:02d}",
                f"{day.month:02d}" if re.search(r"\D0\d\D", fact.text) else str(day.month),
                str(day.year),
            )
        )
        return re.sub(r"\d+", lambda _: next(numbers), fact.text)
    year, part = divmod(value, 4 if fact.kind is FactKind.QUARTER else 12)
    roman = ("I", "II", "III", "IV")[part] if fact.kind is FactKind.QUARTER else ""
    is_roman = re.search(r"\b[IV]+\b", fact.text) is not None
    zero = re.search(r"\b0\d\b", fact.text) is not None
    name = roman if is_roman else f"{part + 1:02d}" if zero else str(part + 1)
    return re.sub(r"(?<=\s)(?:[IV]+|\d{1,2})\b(?=.*\d{4}$)", name, fact.text, count=1)[:-4] + str(year)
