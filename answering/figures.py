"""Figures with their unit in a sentence, and what may be reckoned from them: never more than the quotes hold."""

import calendar
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from core.references import find_dates
from core.text import fold_diacritics

_VALUE = r"(?P<value>\d{1,3}(?:\.\d{3})+(?:,\d+)?|\d+(?:,\d+)?)"
_MONEY = re.compile(rf"(?<![\d.,/]){_VALUE}\s(?P<unit>(?:(?:nghìn|ngàn|triệu|tỷ|tỉ) )?đồng(?:/[^\W\d_]+)*)")
_TERM = re.compile(
    r"(?:thời hạn|không quá|chậm nhất|trong vòng|trong|sau)\s+(?:là\s+)?(?P<count>\d{1,3})\s*(?:\([^)]*\)\s*)?"
    r"(?P<unit>ngày|tuần|tháng|năm)\b(?P<working>\s+làm việc)?"
)
_DURATION = re.compile(r"(?<![\d/.,-])\d{1,3}\s*(?:\([^)]*\)\s*)?(?:ngày|tuần|tháng|năm)(?!\w| \d)")
_COUNTING_FROM = re.compile(
    r"(?:ke tu|tu|nhan|nop|tiep nhan|thu ly|ban hanh|ky|ket thuc)\s+(?:\S+\s+){0,4}?(?:ngay\s+)?$"
)
_ASKS_DAY = re.compile(r"\b(?:ngay nao|khi nao|bao gio|den (?:ngay|bao gio)|han cuoi|han chot|ngay may)\b")
_ASKS_SUM = re.compile(r"\b(?:tong|cong lai|ca hai|tat ca)\b")
_ASKS_DIFFERENCE = re.compile(r"\b(?:chenh|khac nhau bao|hon kem|(?:tang|giam|hon|kem)(?: them)? bao|nhieu hon bao)")


@dataclass(frozen=True, slots=True)
class Figure:
    """A number and what it counts, as printed: `34.000` `triệu đồng`."""

    value: Decimal
    printed: str
    unit: str


def only_figure(text: str, counted: str | None) -> Figure | None:
    """The one sum of money in `text`, or the one figure before the word(s) `counted`; `None` unless there is just one.

    Args:
        text: A quoted sentence.
        counted: Regular expression of the unit asked for; `None` for money.
    """
    pattern = _MONEY if counted is None else re.compile(rf"(?<![\d.,/]){_VALUE}\s*(?P<unit>{counted})(?!\w)")
    found = {
        (match["value"], match["unit"])
        for match in pattern.finditer(text)
        if not re.search(r"(?:Điều|khoản|điểm|số|Mục)\s$", text[: match.start()])
    }
    if len(found) != 1:
        return None
    printed, unit = found.pop()
    return Figure(Decimal(printed.replace(".", "").replace(",", ".")), printed, unit)


def asks_total(question: str) -> bool:
    """Whether `question` wants figures put together."""
    return _ASKS_SUM.search(fold_diacritics(question).lower()) is not None


def reckoned(question: str, figures: Sequence[Figure]) -> str:
    """The sum or the difference of two quoted `figures` that `question` asks for, with its working; empty if none is.

    Figures of different units are never put together.
    """
    if len(figures) != 2 or figures[0].unit != figures[1].unit:
        return ""
    one, other = figures
    folded = fold_diacritics(question).lower()
    if _ASKS_DIFFERENCE.search(folded):
        more, less = sorted(figures, key=lambda figure: figure.value, reverse=True)
        difference = _put(more.value - less.value, one.unit)
        return f"Tính từ hai số liệu được trích: {more.printed} − {less.printed} = {difference}."
    if asks_total(question):
        total = _put(one.value + other.value, one.unit)
        return f"Tính từ hai số liệu được trích: {one.printed} + {other.printed} = {total}."
    return ""


def deadline(question: str, quote: str) -> str:
    """The day on which the one term in `quote` ends, counted from the day that `question` gives; empty if unclear.

    Terms in working days are left alone. The first day is not counted (Civil Code 2015, article 147), and a term of
    months ends on the same day of the last month or on its last day (article 148).
    """
    folded = fold_diacritics(question).lower()
    starts = [day for day, span in find_dates(question) if _COUNTING_FROM.search(folded[: span.start])]
    terms = {(match["count"], match["unit"], match["working"]) for match in _TERM.finditer(quote)}
    # A second duration, however it is put, may be the one that applies: "30 ngày; việc phức tạp không quá 45 ngày".
    durations = {match.group() for match in _DURATION.finditer(quote)}
    if len(starts) != 1 or len(terms) != 1 or len(durations) != 1 or not _ASKS_DAY.search(folded):
        return ""
    count, unit, working = terms.pop()
    if working:
        return ""
    end = _after(starts[0], int(count), unit)
    return (
        f"Tính theo thời hạn được trích: ngày {starts[0]:%d/%m/%Y} + {count} {unit} = ngày {end:%d/%m/%Y} "
        "(không tính ngày đầu; chưa xét ngày nghỉ, ngày lễ)."
    )


def _after(start: date, count: int, unit: str) -> date:
    if unit in {"ngày", "tuần"}:
        return start + timedelta(days=count * (7 if unit == "tuần" else 1))
    months = start.month - 1 + count * (12 if unit == "năm" else 1)
    year, month = start.year + months // 12, months % 12 + 1
    return date(year, month, min(start.day, calendar.monthrange(year, month)[1]))


def _put(value: Decimal, unit: str) -> str:
    """`value` as officials print it: `1.234,5 triệu đồng`."""
    whole, _, part = f"{value:,f}".partition(".")
    return f"{whole.replace(',', '.')}{f',{part}' if part else ''} {unit}"
