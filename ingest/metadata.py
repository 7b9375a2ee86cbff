"""What a document says of itself: kind, number, title, issuer, signer, dates and relations."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta
from types import MappingProxyType

from core.references import find_dates, find_document_numbers, number_key
from core.types import Metadata, Section
from ingest.letterhead import Letterhead
from ingest.letterhead_lines import KIND_PATTERN, kind_of_line
from ingest.relations import find_relations

_DATE = r"(?P<date>ngày\s+\d{1,2}\s+tháng\s+\d{1,2}\s+năm\s+\d{4}|ngày\s+\d{1,2}\s?[/.-]\s?\d{1,2}\s?[/.-]\s?\d{4})"
_IN_EFFECT = re.compile(
    rf"(?:{KIND_PATTERN})\s+này\s+(?:(?:đã\s+)?được\s[^.\n]{{5,200}}?thông\s+qua[^.\n]{{0,60}}?\s(?:và\s+)?)?(?:bắt\s+đầu\s+)?có\s+hiệu\s+lực(?:\s+thi\s+hành)?\s*,?\s*(?:kể\s+)?"
    rf"(?:sau\s+(?P<days>\d{{1,3}})\s+ngày|từ\s+(?:{_DATE}|(?P<signed>ngày\s+(?:ký|ban\s+hành|được\s+thông\s+qua))))"
    r"(?P<rest>[^.\n]*)",
    re.IGNORECASE,
)
_UNTIL = re.compile(rf"đến\s+(?:hết\s+)?{_DATE}", re.IGNORECASE)
_ASK = "Hãy bổ sung"
_FIELD_NAMES = {
    "number": "số hiệu",
    "kind": "loại văn bản",
    "issuer": "cơ quan ban hành",
    "issued_on": "ngày ban hành",
}
_NO_HINTS: Mapping[str, str] = MappingProxyType({})


def read_metadata(
    text: str, sections: Sequence[Section], *, hints: Mapping[str, str] = _NO_HINTS
) -> tuple[Metadata, tuple[str, ...]]:
    """Metadata of a document and Vietnamese warnings about what an official document should say and this one does not.

    `hints` are what the page around the document says, by field of `Metadata`: the document is trusted, a conflict is
    warned of, and only what the document leaves open is taken from them.
    """
    letterhead = Letterhead(text, sections)
    warnings = list(_conflicts(letterhead.number(), hints))
    trusted = _NO_HINTS if warnings else {**letterhead.properties, **hints}
    number = letterhead.number() or ("" if letterhead.number_is_blank else _hinted_number(trusted))
    hinted_title = trusted.get("title", "")
    title = (letterhead.title() if letterhead.is_official else hinted_title or letterhead.title()) or hinted_title
    issued_on = letterhead.issued_on(number) or _hinted_date(trusted, "issued_on")
    if contradiction := _contradiction(number, issued_on):
        issued_on = None
        warnings.append(contradiction)
    effective_from, effective_to = _validity(letterhead, issued_on)
    signers = letterhead.signers()
    metadata = Metadata(
        kind=letterhead.kind(number) or kind_of_line(hinted_title),
        number=number,
        title=title,
        issuer=letterhead.issuer(number),
        signer=", ".join(name for name, _ in signers) or trusted.get("signer", ""),
        signer_title=", ".join(office for _, office in signers) or trusted.get("signer_title", ""),
        place=letterhead.place(),
        domain=trusted.get("domain", ""),
        issued_on=issued_on,
        effective_from=effective_from or _hinted_date(trusted, "effective_from"),
        effective_to=effective_to or _hinted_date(trusted, "effective_to"),
        relations=find_relations(
            letterhead.main, letterhead.main_sections, head=letterhead.head, title=title, number=number
        ),
    )
    warnings += _missing(metadata, letterhead)
    return metadata, tuple(warnings)


def _validity(letterhead: Letterhead, issued_on: date | None) -> tuple[date | None, date | None]:
    """First and last day in force by the provision `… này có hiệu lực thi hành kể từ ngày …`."""
    # In consolidated texts footnotes say the same of the amending laws: the article on validity comes first.
    on_validity = [
        letterhead.main[section.span.start : section.span.end]
        for section in letterhead.main_sections
        if "hiệu lực" in section.heading.lower()
    ]
    found = next((match for part in (*on_validity, letterhead.main) if (match := _IN_EFFECT.search(part))), None)
    if not found:
        return None, None
    start: date | None = None
    if found["date"]:
        dates = find_dates(found["date"])
        start = dates[0][0] if dates else None
    elif issued_on:
        start = issued_on + timedelta(days=int(found["days"] or 0))
    until = _UNTIL.search(found["rest"])
    ends = find_dates(until["date"]) if until else []
    return start, ends[0][0] if ends else None


def _hinted_number(hints: Mapping[str, str]) -> str:
    numbers = find_document_numbers(f"{hints.get('number', '')}\n{hints.get('title', '')}")
    return numbers[0].text if numbers else ""


def _hinted_date(hints: Mapping[str, str], name: str) -> date | None:
    dates = find_dates(hints.get(name, ""))
    return dates[0][0] if dates else None


def _conflicts(number: str, hints: Mapping[str, str]) -> Iterator[str]:
    hinted = hints.get("number", "")
    if number and hinted and number_key(number) != number_key(hinted):
        yield (
            f"Trang web ghi số hiệu {hinted} nhưng nội dung là văn bản {number}: hệ thống lấy theo nội dung. "
            "Hãy kiểm tra xem đã lưu đúng văn bản chưa."
        )


def _contradiction(number: str, issued_on: date | None) -> str:
    """Why a date cannot be that of a number which carries another year: one of the two was misread."""
    numbers = find_document_numbers(number)
    if not (numbers and numbers[0].year and issued_on) or numbers[0].year == issued_on.year:
        return ""
    return (
        f"Ngày ban hành đọc được ({issued_on:%d/%m/%Y}) không cùng năm với số hiệu {number} nên bị bỏ trống. "
        "Hãy xem lại bản gốc và bổ sung ngày ban hành."
    )


def request_for(metadata: Metadata) -> str:
    """The sentence that asks the administrator for what is empty and important; empty when nothing is."""
    names = ", ".join(_FIELD_NAMES[name] for name in metadata.missing)
    return f"Không tìm thấy {names} của văn bản. {_ASK} ở mục thông tin văn bản." if names else ""


def is_request(warning: str) -> bool:
    """Whether a warning of `read_metadata` asks for a field, so that it is settled once the field is filled in."""
    return _ASK in warning


def _missing(metadata: Metadata, letterhead: Letterhead) -> Iterator[str]:
    if "number" in metadata.missing and letterhead.number_is_blank:
        yield (f"Số hiệu để trống hoặc không đọc được (có thể là bản dự thảo). {_ASK} số hiệu nếu văn bản đã ban hành.")
        metadata = replace(metadata, number="…")
    if request := request_for(metadata):
        yield request
    elif letterhead.is_official and not any((metadata.number, metadata.kind, metadata.issuer, metadata.issued_on)):
        yield f"Không đọc được thông tin ở đầu văn bản. {_ASK} ở mục thông tin văn bản."
