"""Fields of a letterhead, title and signature block, found by their form in whatever order they were read."""

import re
from collections.abc import Iterator, Sequence
from datetime import date

from core.references import DOCUMENT_KINDS, find_dates, find_document_numbers, number_key
from core.text import fold_diacritics
from core.types import Section, SectionKind
from ingest.headings import UPPER, is_capitals, is_letterhead, is_signing_title
from ingest.issuers import PLACE, issuer_of_code, issuer_of_letterhead, names_body, written

_HEAD_CHARS = 8000
_TAIL_CHARS = 3000
_BLOCK_LINES = 40
_TITLE_LINES = 8
_LONG_PARAGRAPH = 260
_FIRST_LINES = 15
_QUOTES = str.maketrans("", "", "\"'*")

_KIND_NAMES = sorted((*DOCUMENT_KINDS.values(), "Chương trình hành động", "Nội quy"), key=len, reverse=True)
KIND_PATTERN = "|".join(re.escape(name) for name in _KIND_NAMES)
_KIND_START = re.compile(rf"(?P<kind>{KIND_PATTERN})(?!\w)", re.IGNORECASE)
_RULE = re.compile(r"[-–—_=*~]{3,}|^[\W_]+$|^[*_#]+\s*|[*_]+$")
_STATE_NAME = re.compile(
    r"CỘNG\s+H(?:ÒA|OÀ)\s+XÃ\s+HỘI\s+CHỦ\s+NGHĨA\s+VIỆT(?:\s+NAM)?|ĐẢNG\s+CỘNG\s+SẢN\s+VIỆT\s+NAM"
    r"|Độc\s+lập\s*[-–.]\s*Tự\s+do\s*[-–.]\s*Hạnh\s+phúc",
    re.IGNORECASE,
)
_BANNER = re.compile(r"VĂN BẢN (?:QUY PHẠM PHÁP LUẬT|HỢP NHẤT)|CÔNG BÁO|PHẦN VĂN BẢN|(?:DỰ|Dự) THẢO|^SAO Y|^ĐẾN\b")
_NUMBER_FIELD = re.compile(
    rf"(?:^|\s)(?:(?:{KIND_PATTERN})\s+)?(?:số|sô|so)(?:\s*hiệu|\s*ký hiệu)?\s*[:.]\s*"
    r"(?P<value>\S.*)$|^Số\s+(?P<party>\d+\s?-\s?\S+)$",  # the Party writes no colon
    re.IGNORECASE,
)
_BLANK_NUMBER = re.compile(r"[\s._…]*/\s*(?:\d{4}\s*/\s*)?(?P<code>[A-ZĐa-z]{1,6})\b")
_STANDARD = re.compile(r"\b(?:QCVN|TCVN)\s?\d{1,5}(?:-\d+)?:\d{4}(?:/[A-ZĐ]+)?")
_OPENS_BODY = re.compile(
    r"[-–\s*]*(?:Căn cứ\b|Kính gửi|Theo đề nghị|Thực hiện\s|Xét\s|Nơi nhận|Chiểu|LỜI NÓI ĐẦU|Điều\s+\d|Chương\s)"
)
_OUTSIDE_TITLE = re.compile(
    r"\(?\*?\s*(?:Ban hành )?kèm theo|\(?Tiếp theo Công báo|Số\s*:|Nội dung được trích|\(Đã|Trang\s+\d",
    re.IGNORECASE,
)
_ENDS_TITLE = re.compile(r"\s+(?:Kính gửi|Căn cứ\s|\(?Tiếp theo Công báo)", re.IGNORECASE)
_DECIDES = re.compile(
    r"(?:CHÍNH PHỦ|QUỐC HỘI|ỦY BAN|UỶ BAN|UBND|HỘI ĐỒNG|CHỦ TỊCH|(?:BỘ|CỤC|VỤ|HIỆU|VIỆN) TRƯỞNG|THỦ TƯỚNG|THỐNG ĐỐC|"
    r"(?:TỔNG )?GIÁM ĐỐC|CHÁNH|BAN (?:CHẤP HÀNH|THƯỜNG VỤ|BÍ THƯ)|BỘ CHÍNH TRỊ)(?!\w)"
)
_ABOUT = re.compile(r"\bban hành\s.*?\d.*?\s(?P<title>về\s.+)$")
_SUBJECT = re.compile(r"V/v[:.]?\s*(?P<subject>.+)$", re.IGNORECASE)
_PLACE_AND_DATE = re.compile(r"(?:^|[A-ZĐ]\s)(?P<place>[^\W\d_][^,;:/\d]{2,40}),\s?ngày\s")
_DATE_FIELD = re.compile(r"Ngày ban hành\s*:\s*(?P<date>.+)$", re.IGNORECASE)
_ISSUER_FIELD = re.compile(r"Cơ quan ban hành\s*:\s*(?P<issuer>.+)$", re.IGNORECASE)
_ADOPTED = re.compile(r"này\s+(?:đã\s+)?được\s[^.]{5,160}?thông\s+qua\s+(?P<date>ngày[^.]{6,40})", re.IGNORECASE)
_ENACTS = re.compile(
    rf"^[*\s]*(?P<issuer>[A-ZĐỦ][^\n;:.]{{3,80}}?)\s+(?:quyết định )?ban hành\s+(?:{KIND_PATTERN})\b", re.MULTILINE
)
_OF_BODY = re.compile(
    r"\bcủa\s+(?P<issuer>[A-ZĐỦ][^,.;:()\n]*?)"
    r"(?=\s+(?:về|quy định|ban hành|sửa đổi|hướng dẫn|công bố|phê duyệt|tại)\b|[,.;:()\n]|$)"
)
_NAMED = re.compile(
    rf"(?:\(?(?:Ban hành )?kèm theo\s+)?(?:{KIND_PATTERN}|CỦA\s.{{3,60}}?)(?:\s+(?:số|SỐ)\s*:?)?\s*(?=\d)",
    re.IGNORECASE,
)
_WORD = rf"[{UPPER}][{UPPER.lower()}]+"
_NAME = re.compile(
    r"(?:(?:Đại|Thượng|Trung|Thiếu)\s+t(?:ướng|á)\s+|(?:GS|PGS|TS|ThS|BS)\s?\.?\s?)*"
    rf"{_WORD}(?:\s+{_WORD}){{1,4}}$"
)
_TITLE_AND_NAME = re.compile(rf"(?P<title>[^a-zà-ỹ]{{6,60}}?)\s+(?P<name>{_WORD}(?:\s+{_WORD}){{1,4}})$")


class Letterhead:
    """The parts of a document that say what it is: everything before the first section and after the last.

    Attributes:
        head: Text before the first section.
        main: The main body with its head: all text before attachments and appendices.
        main_sections: Sections of the main body.
        appendix: First section of a file that holds appendices only; `None` for a whole document.
        is_official: It has a letterhead, so number, date and issuer are to be expected.
    """

    def __init__(self, text: str, sections: Sequence[Section]) -> None:
        scopes = {SectionKind.ATTACHMENT, SectionKind.APPENDIX}
        own = [section for section in sections if section.path[0].kind not in scopes]
        self.appendix = sections[0] if sections and not own else None
        attached = next((section for section in sections if section.path[0].kind in scopes and own), None)
        self.main = text[: attached.span.start] if attached else text
        self.main_sections = tuple(own)
        first = sections[0].span.start if sections else len(text)
        self.head = text[: min(first, _HEAD_CHARS)]
        last = max((section.span.end for section in own), default=0)
        self.tail = self.main[last : last + _TAIL_CHARS]
        self._text = text
        self._lines = list(_clean_lines(self.head))
        self._type_line = self._find_type_line()
        self._block = self._lines[: self._block_end()]
        self.is_official = any(is_letterhead(line) for line in self.head.split("\n")[:_BLOCK_LINES])

    @property
    def number_is_blank(self) -> bool:
        """Whether the field for the number is there and empty, as in a draft."""
        return not self.number() and any(_number_value(line) is not None for line in self._block)

    def number(self) -> str:
        """Number in its canonical form; empty when the document has none or leaves it blank."""
        blank = False
        for line in self._block:
            value = _number_value(line)
            if value is None:
                continue
            numbers = find_document_numbers(value)
            if numbers and numbers[0].span.start <= 3:
                return numbers[0].text
            blank = blank or _BLANK_NUMBER.match(value) is not None
        if blank:
            return ""
        return self._authenticated()[0] or self._number_in_words() or self._standard()

    def kind(self, number: str) -> str:
        """Kind of document; empty for what is no official document."""
        numbers = find_document_numbers(number)
        if numbers and numbers[0].kind == DOCUMENT_KINDS["VBHN"]:
            return numbers[0].kind
        if self._type_line >= 0:
            return kind_of_line(self._lines[self._type_line])
        if numbers and numbers[0].kind:
            return numbers[0].kind
        is_letter = any(_SUBJECT.match(line) for line in self._block) or "Kính gửi" in self.head
        return DOCUMENT_KINDS["CV"] if self.is_official and is_letter else ""

    def title(self) -> str:
        """Trích yếu in one line; for what is no official document its headline."""
        if self._type_line >= 0:
            lines = self._title_lines()
        elif any(_SUBJECT.match(line) for line in self._block):
            lines = self._subject_lines()
        elif not self.is_official:
            lines = self._headline()
        else:
            lines = []
        title = _ENDS_TITLE.split(" ".join(" ".join(lines).split()))[0].strip(' .*“”"')
        if not title and self.appendix:
            return ". ".join(part for part in (self.appendix.label, self.appendix.heading) if part)
        if " " not in title:
            return ""
        for line in self._block:
            # "… CÓ HIỆU LỰC CHÍNH PHỦ": the authority's own line, glued to the title.
            if _DECIDES.match(line) and not title.upper().endswith(f"CỦA {line}"):
                title = title.removesuffix(f" {line}")
        return (is_capitals(title) and written(title, self._text)) or title

    def issuer(self, number: str) -> str:
        """Full name of the issuing body or bodies."""
        before_type = self._lines[: self._type_line] if self._type_line >= 0 else self._block
        capitals = [line for line in before_type if _may_name_issuer(line)]
        unique = [line for i, line in enumerate(capitals) if line not in capitals[:i]]
        if number and (known := issuer_of_code(number)) and (not unique or DOCUMENT_KINDS["VBHN"] == self.kind(number)):
            return known
        if issuer := issuer_of_letterhead(unique, self._text):
            place = next((match["place"] for line in self._block if (match := _PLACE_AND_DATE.search(line))), "")
            if place and issuer.endswith((" tỉnh", " thành phố")):
                return f"{issuer} {place}"
            # The place beside the date repairs the same place misread in capitals.
            same = place and fold_diacritics(issuer).lower().endswith(fold_diacritics(place).lower())
            return issuer[: len(issuer) - len(place)] + place if same else issuer
        for line in self._block:
            if match := _ISSUER_FIELD.match(line):
                return match["issuer"].strip()
        return self._issuer_in_words(number)

    def issued_on(self, number: str) -> date | None:
        """Date of issue; `None` when the document leaves it blank or does not say."""
        if authenticated := self._authenticated()[1]:
            return authenticated
        for line in self._block:
            if match := _DATE_FIELD.match(line):
                line = f"ngày {match['date']}"
            for found, span in find_dates(line):
                before = line[: span.start]
                is_field = re.search(r"(?:^|,)\s*(?:ngày\s+)?$|\s$", before, re.IGNORECASE)
                says_day = before.rstrip().lower().endswith("ngày") or line[span.start :].lower().startswith("ngày")
                if is_field and says_day and not _KIND_START.match(line) and "kèm theo" not in line.lower():
                    return found
        if number and (cited := self._date_beside(number)):
            return cited
        adopted = list(_ADOPTED.finditer(self.main))
        dates = find_dates(adopted[-1]["date"]) if adopted else []
        return dates[0][0] if dates else None

    def signer(self) -> str:
        """Name under the signature; several, as of a joint circular, separated by commas."""
        lines = list(_clean_lines(self.tail))
        names: list[str] = []
        for i, line in enumerate(lines):
            same_line = _TITLE_AND_NAME.match(line)
            if same_line and is_signing_title(same_line["title"]):
                names.append(same_line["name"])
            if not is_signing_title(line):
                continue
            for candidate in lines[i + 1 : i + 4]:
                if is_signing_title(candidate):
                    break
                if _NAME.match(candidate):
                    names.append(candidate)
                    break
        return ", ".join(dict.fromkeys(names))

    def _find_type_line(self) -> int:
        """Index of the line that names the kind of document; -1 without one."""
        state = next((i for i, line in enumerate(self.head.split("\n")) if is_letterhead(line)), -1)
        state_line = self.head.split("\n")[state] if state >= 0 else ""
        after = len(list(_clean_lines(self.head[: self.head.index(state_line)]))) if state >= 0 else 0
        lines = self._lines[:_BLOCK_LINES]
        first_body = next((i for i, line in enumerate(lines) if _OPENS_BODY.match(line)), len(lines))
        exact = [i for i in range(first_body) if kind_of_line(lines[i]) and _is_kind_alone(lines[i])]
        capitals = [i for i in range(first_body) if kind_of_line(lines[i]) and is_capitals(lines[i])]
        for candidates in ([i for i in exact if i >= after], exact, [i for i in capitals if i >= after]):
            if candidates:
                return candidates[0]
        if "Căn cứ" in self.head or self._number_in_words():
            return next(
                (i for i in range(min(first_body, 6)) if kind_of_line(lines[i]) and len(lines[i]) < _LONG_PARAGRAPH),
                -1,
            )
        return -1

    def _block_end(self) -> int:
        lines = self._lines[:_BLOCK_LINES]
        return next((i for i, line in enumerate(lines) if _OPENS_BODY.match(line)), len(lines))

    def _authenticated(self) -> tuple[str, date | None]:
        """Number and date of a consolidated text, which stand in the block that certifies it, at the end."""
        at = self._text.find("XÁC THỰC VĂN BẢN HỢP NHẤT")
        if at < 0:
            return "", None
        block = self._text[max(0, at - 200) : at + 300]
        numbers = [found.text for found in find_document_numbers(block) if found.kind == DOCUMENT_KINDS["VBHN"]]
        # The cells of the block come in either order; a date above it may be the last words of the text.
        dates = find_dates(self._text[at : at + 300]) or find_dates(block)
        return (numbers[0] if numbers else ""), (dates[0][0] if dates else None)

    def _number_in_words(self) -> str:
        """Number in a title such as `Nghị định số 30/2020/NĐ-CP …` or in `(Kèm theo Quyết định số …)`."""
        lines = [line for line in self._text[:_HEAD_CHARS].split("\n") if line.strip()][:_FIRST_LINES]
        for line in lines:
            if len(line) < _LONG_PARAGRAPH and (match := _NAMED.match(line.strip(" *#|"))):
                numbers = find_document_numbers(line)
                if numbers and numbers[0].span.start <= match.end() + 6:
                    return numbers[0].text
        return ""

    def _standard(self) -> str:
        match = _STANDARD.search(self.head)
        return match.group() if match and self._type_line >= 0 else ""

    def _title_lines(self) -> list[str]:
        first = self._lines[self._type_line]
        rest = first[len(_kind_text(first)) :].strip(" :–—-")
        numbers = find_document_numbers(rest)
        if numbers and numbers[0].span.start <= 6:
            rest = rest[numbers[0].span.end :]
            dates = find_dates(rest[:45])
            rest = rest[dates[0][1].end :] if dates else rest
            rest = rest.strip(" :–—-")
        lines = [rest] if rest else []
        for line in self._lines[self._type_line + 1 : self._type_line + 1 + _TITLE_LINES]:
            if _OPENS_BODY.match(line) or _OUTSIDE_TITLE.match(line) or _number_value(line) or _is_date_line(line):
                break
            if lines and (
                _DECIDES.match(line) or is_capitals(lines[0]) != is_capitals(line) or len(line) > _LONG_PARAGRAPH
            ):
                break
            if not lines and line.endswith(".") and (about := _ABOUT.search(line)):
                # A presentation instead of a title: "… đã ký ban hành Nghị quyết số 57-NQ/TW về đột phá …".
                return [about["title"]]
            subject = _SUBJECT.match(line)
            lines.append(subject["subject"] if subject else line)
        return lines

    def _subject_lines(self) -> list[str]:
        lines: list[str] = []
        for line in self._block:
            subject = _SUBJECT.match(line)
            if subject:
                lines = [subject["subject"]]
            elif lines:
                if _is_date_line(line) or is_capitals(line) or _number_value(line) or len(lines) > 5:
                    break
                lines.append(line)
        return lines

    def _headline(self) -> list[str]:
        lines: list[str] = []
        for line in self._lines[:_FIRST_LINES]:
            if len(line) >= _LONG_PARAGRAPH:
                break
            lines.append(line)
        return [max(lines[:5], key=len)] if lines else []

    def _issuer_in_words(self, number: str) -> str:
        at = self._text[:_HEAD_CHARS].find(number) if number else -1
        if at >= 0 and (match := _OF_BODY.search(self._text, at, at + 200)):
            return match["issuer"].strip()
        match = _ENACTS.search(self.head)
        return re.sub(r"^(?:Bộ trưởng|Giám đốc)\s+", "", match["issuer"]).strip() if match else ""

    def _date_beside(self, number: str) -> date | None:
        """Date given where the text first cites the document's own number."""
        start = self._text[:_HEAD_CHARS]
        for found in find_document_numbers(start):
            if number_key(found.text) == number_key(number):
                dates = find_dates(start[found.span.end : found.span.end + 45])
                if dates and dates[0][1].start <= 10:
                    return dates[0][0]
        return None


def _clean_lines(text: str) -> Iterator[str]:
    """Lines and table cells without rules, markup and the state's name, which tells nothing of this document."""
    for cell in re.split(r"\n|\s\|\s|^\||\|$", text, flags=re.MULTILINE):
        line = _RULE.sub(" ", _STATE_NAME.sub(" ", cell)).strip(" *|")
        line = _RULE.sub(" ", line).strip()
        if line:
            yield " ".join(line.split())


def _kind_text(line: str) -> str:
    match = _KIND_START.match(line)
    return match.group() if match else ""


def kind_of_line(line: str) -> str:
    """Kind of document named at the start of `line`, as it is listed; empty when none is."""
    named = _kind_text(line).lower()
    return next((kind for kind in _KIND_NAMES if kind.lower() == named), "")


def _is_kind_alone(line: str) -> bool:
    rest = line[len(_kind_text(line)) :].strip()
    return is_capitals(line) and (not rest or rest.startswith("("))


def _number_value(line: str) -> str | None:
    match = _NUMBER_FIELD.search(line) if len(line) < _LONG_PARAGRAPH else None
    return (match["value"] or match["party"]).translate(_QUOTES) if match else None


def _is_date_line(line: str) -> bool:
    return re.search(r"(?:^|,\s?)ngày\b[^,]*\btháng\b[^,]*\bnăm\b[\s\d.…]*$", line, re.IGNORECASE) is not None


def _may_name_issuer(line: str) -> bool:
    return (is_capitals(line) and names_body(line)) or (is_capitals(line) and PLACE.match(line) is not None)
