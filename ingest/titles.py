"""The subject of a document (trích yếu): under its kind, after `V/v`, or the headline of another text."""

import re
from collections.abc import Sequence

from core.references import find_dates, find_document_numbers
from ingest.headings import is_capitals
from ingest.issuers import written
from ingest.letterhead_lines import (
    LONG_PARAGRAPH,
    PROPERTY_LABELS,
    folded,
    is_date_line,
    kind_of_line,
    kind_text,
    number_value,
)

_TITLE_LINES = 8
_FIRST_LINES = 15

OPENS_BODY = re.compile(
    r"[-–\s*]*(?:can cu\b|kinh gui|theo de nghi|thuc hien\s|xet\s|noi nhan|chieu\b|loi noi dau|dieu\s+(?:\d|thu)"
    r"|chuong\s[ivx\d])"
)
DECIDES = re.compile(
    r"(?:CHÍNH PHỦ|QUỐC HỘI|ỦY BAN|UỶ BAN|UBND|HỘI ĐỒNG|HĐND|CHỦ TỊCH|(?:BỘ|CỤC|VỤ|HIỆU|VIỆN) TRƯỞNG|THỦ TƯỚNG"
    r"|THỐNG ĐỐC|(?:TỔNG )?GIÁM ĐỐC|TRƯỞNG BAN|CHÁNH|BAN (?:CHẤP HÀNH|THƯỜNG VỤ|BÍ THƯ)|BỘ CHÍNH TRỊ"
    r"|ĐOÀN CHỦ TỊCH|(?:TÒA|TOÀ) ÁN|NGÂN HÀNG NHÀ NƯỚC)(?!\w)"
)
SUBJECT = re.compile(r"(?:V/v|Về việc)[:.]?\s*(?P<subject>.+)$", re.IGNORECASE)
# "CỦA BỘ TÀI CHÍNH SỐ 5/2010/TT-BTC NGÀY …" under the kind, in copies without a letterhead.
OF_LINE = re.compile(r"CỦA\s+(?P<issuer>.+?)\s*(?:\sSỐ\s*:?\s*(?P<number>\d.*))?$")
_OUTSIDE_TITLE = re.compile(
    r"\(?\*?\s*(?:ban hanh )?kem theo|\(?tiep theo cong bao|so\s*:|noi dung duoc trich|\(da|trang\s+\d|khoa\s[ivxlc]+\b"
    r"|ngay\s+\d"
)
# "KẾ HOẠCH / Thực hiện Nghị quyết số …": a title; the body's own "Thực hiện …, Sở ban hành …" is a sentence.
_IMPLEMENTS = re.compile(r"(?:Thực hiện|THỰC HIỆN|thực hiện)\s.{3,400}[^;:,.…]$")
_ENDS_TITLE = re.compile(r"\s+(?:Kính gửi|Căn cứ\s|\(?Tiếp theo Công báo)", re.IGNORECASE)
_ABOUT = re.compile(r"\bban hành\s.*?\d.*?\s(?P<title>về\s.+)$")


def title_under_kind(lines: Sequence[str], type_line: int, text: str) -> str:
    """Title that follows the kind named in `lines[type_line]`, in one line; empty without one.

    `text` is the whole document, which may write a title in capitals elsewhere in small letters.
    """
    return _finished(_lines_under_kind(lines, type_line), lines[type_line + 1 :], text)


def subject_of_letter(block: Sequence[str], text: str) -> str:
    """What follows `V/v` under the number of an official letter; empty without it."""
    lines: list[str] = []
    for line in block:
        subject = SUBJECT.match(line)
        if subject:
            lines = [subject["subject"]]
        elif lines:
            if is_date_line(line) or is_capitals(line) or number_value(line) or len(lines) > 5:
                break
            lines.append(line)
    return _finished(lines, (), text)


def headline(lines: Sequence[str], text: str) -> str:
    """The longest of the first lines of what is no official document."""
    first: list[str] = []
    for line in lines[:_FIRST_LINES]:
        if len(line) >= LONG_PARAGRAPH:
            break
        first.append(line)
    return _finished([max(first[:5], key=len)] if first else [], (), text)


def _finished(lines: Sequence[str], following: Sequence[str], text: str) -> str:
    title = _ENDS_TITLE.split(" ".join(" ".join(lines).split()))[0].strip(' .*“”"')
    if " " not in title:
        return ""
    for line in following:
        # "… CÓ HIỆU LỰC CHÍNH PHỦ": the authority's own line, glued to the title.
        if DECIDES.match(line) and not title.upper().endswith(f"CỦA {line}"):
            title = title.removesuffix(f" {line}")
    return (is_capitals(title) and written(title, text)) or title


def _lines_under_kind(lines: Sequence[str], type_line: int) -> list[str]:
    first = lines[type_line]
    rest = _after_number(first[len(kind_text(first)) :].strip(" :–—-"))
    following = list(lines[type_line + 1 : type_line + 2 + _TITLE_LINES])
    # "CHƯƠNG TRÌNH" › "PHỐI HỢP": a kind that runs on.
    if not rest and following and kind_of_line(f"{first} {following[0]}") != kind_of_line(first):
        following = following[1:]
    found = [rest] if rest else []
    for line in following:
        if not found and (number_value(line) is not None or is_date_line(line) or _is_of_line(line)):
            continue  # number, date or issuer between kind and title
        opens_body = OPENS_BODY.match(folded(line)) and (found or not _IMPLEMENTS.match(line))
        if opens_body or _OUTSIDE_TITLE.match(folded(line)) or is_date_line(line) or folded(line) in PROPERTY_LABELS:
            break
        if number_value(line) is not None or (found and _ends_before(line, found)):
            break
        if not found and line.endswith(".") and (about := _ABOUT.search(line)):
            # A presentation instead of a title: "… đã ký ban hành Nghị quyết số 57-NQ/TW về đột phá …".
            return [about["title"]]
        subject = SUBJECT.match(line) if line[:3].lower() == "v/v" else None
        found.append(subject["subject"] if subject else line)
    return found


def _after_number(rest: str) -> str:
    """`rest` of a kind's line without the number and date that come first."""
    numbers = find_document_numbers(rest)
    if not numbers or numbers[0].span.start > 6:
        return rest
    rest = rest[numbers[0].span.end :]
    dates = find_dates(rest[:45])
    return (rest[dates[0][1].end :] if dates else rest).strip(" :–—-")


def _is_of_line(line: str) -> bool:
    match = OF_LINE.match(line)
    return match is not None and is_capitals(line) and match["number"] is not None


def _ends_before(line: str, found: Sequence[str]) -> bool:
    return DECIDES.match(line) is not None or is_capitals(found[0]) != is_capitals(line) or len(line) > LONG_PARAGRAPH
