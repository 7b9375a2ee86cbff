"""Fields of a letterhead and title, found by their form in whatever order they were read."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from core.references import DOCUMENT_KINDS, find_dates, find_document_numbers, number_key
from core.text import fold_diacritics
from core.types import Section, SectionKind
from ingest.headings import is_capitals
from ingest.issuers import issuer_of_letterhead, known_issuer, recased, repaired_issuer, with_province, without_head
from ingest.letterhead_lines import (
    KIND_PATTERN,
    LONG_PARAGRAPH,
    DateLine,
    clean_lines,
    folded,
    is_date_line,
    is_kind_alone,
    is_state_name,
    kind_of_line,
    kind_text,
    number_in,
    number_value,
    partly_dated,
    read_date_line,
    stated_date,
    stated_properties,
)
from ingest.signature import find_signers
from ingest.titles import DECIDES, OF_LINE, OPENS_BODY, SUBJECT, headline, subject_of_letter, title_under_kind

_HEAD_CHARS = 8000
_TAIL_CHARS = 3000
_BLOCK_LINES = 40
_FIRST_LINES = 15
_CONSOLIDATED = DOCUMENT_KINDS["VBHN"]
_DECREE_LAW = DOCUMENT_KINDS["SL"]

_BLANK_NUMBER = re.compile(r"[\s._…]*[/-]\s*(?:\d{4}\s*/\s*)?(?P<code>[A-ZĐa-z]{1,6})\b")
_STANDARD = re.compile(r"\b(?:QCVN|TCVN)\s?\d{1,5}(?:-\d+)?:\d{4}(?:/[A-ZĐ]+)?")
_ADOPTED = re.compile(r"này\s+(?:đã\s+)?được\s[^.]{5,160}?thông\s+qua\s+(?P<date>ngày[^.]{6,40})", re.IGNORECASE)
_ENACTS = re.compile(
    r"^[*\s]*(?!(?:Về việc|V/v)\b)(?P<issuer>[A-ZĐỦ][^\n;:.]{3,80}?)\s+(?:quyết định )?ban hành\s+"
    rf"(?:{KIND_PATTERN})\b",
    re.MULTILINE,
)
_OF_BODY = re.compile(
    r"\bcủa\s+(?P<issuer>[A-ZĐỦ][^,.;:()\n]*?)"
    r"(?=\s+(?:về|quy định|ban hành|sửa đổi|hướng dẫn|công bố|phê duyệt|tại)\b|[,.;:()\n]|$)"
)
_BARE_NUMBER = re.compile(r"SỐ\s*:?\s*(?P<number>\d{1,4}(?:\s?[-/]\s?[A-ZĐ]{1,3})?)\b(?!\s?[-/])")
_NAMED = re.compile(
    rf"(?:\(?(?:Ban hành )?kèm theo\s+)?(?:{KIND_PATTERN}|CỦA\s.{{3,60}}?)(?:\s+(?:số|SỐ)\s*:?)?\s*(?=\d)",
    re.IGNORECASE,
)
_ISSUED_WITH = re.compile(
    rf"kèm\s+theo\s+(?P<kind>{KIND_PATTERN})\s+số\s*:?\s*(?P<number>[^\n]{{0,80}})", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class _SelfCitation:
    """What an attachment says of the document it was issued with."""

    number: str
    year: int | None
    day: date | None


class Letterhead:
    """The parts of a document that say what it is: everything before the first section and after the last.

    Attributes:
        head: Text before the first section.
        main: The main body with its head: all text before attachments and appendices.
        main_sections: Sections of the main body.
        appendix: First section of a file that holds appendices only; `None` for a whole document.
        is_official: It has a letterhead, so number, date and issuer are to be expected.
        properties: What a portal's table in the head states, by field of `Metadata`.
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
        last = max((section.span.end for section in own), default=max(0, len(self.main) - _TAIL_CHARS))
        self._tail = self.main[last : last + _TAIL_CHARS]
        self._text = text
        self._lines = list(clean_lines(self.head))
        head_lines = self.head.split("\n")[:_BLOCK_LINES]
        self._state_line = next((i for i, line in enumerate(head_lines) if is_state_name(line)), -1)
        self.is_official = self._state_line >= 0
        self._type_line = self._find_type_line()
        self._block = self._lines[: self._block_end()]
        self.properties = stated_properties("\n".join(head_lines[:20]))

    @property
    def number_is_blank(self) -> bool:
        """Whether the field for the number is there and empty or unreadable, as in a draft."""
        return not self.number() and any(number_value(line) is not None for line in self._block)

    def number(self) -> str:
        """Number in its canonical form; empty when the document has none or leaves it blank."""
        blank = ""
        for line in self._block:
            value = number_value(line)
            if value is None:
                continue
            if number := number_in(value):
                return number
            blank = blank or (value if _BLANK_NUMBER.search(value) else "")
        if blank:
            cited = self._self_citation(blank)
            return cited.number if cited else ""
        return (
            self._authenticated()[0]
            or self._number_in_words()
            or self._standard()
            or self._decree_law_number()
            or number_in(self.properties.get("number", ""))
        )

    def kind(self, number: str) -> str:
        """Kind of document; empty for what is no official document."""
        numbers = find_document_numbers(number)
        if numbers and numbers[0].kind == _CONSOLIDATED:
            return numbers[0].kind
        if self._type_line >= 0:
            return self._type_name()
        if numbers and numbers[0].kind:
            return numbers[0].kind
        is_letter = any(SUBJECT.match(line) for line in self._block) or "kinh gui" in folded(self.head)
        letter = DOCUMENT_KINDS["CV"] if self.is_official and is_letter else ""
        return letter or kind_of_line(self.properties.get("kind", ""))

    def title(self) -> str:
        """Trích yếu in one line; for what is no official document its headline."""
        if self._type_line >= 0:
            title = title_under_kind(self._lines[:_BLOCK_LINES], self._type_line, self._text)
        elif any(SUBJECT.match(line) for line in self._block):
            title = subject_of_letter(self._block, self._text)
        else:
            title = "" if self.is_official else headline(self._lines, self._text)
        if not title and self.appendix:
            return ". ".join(part for part in (self.appendix.label, self.appendix.heading) if part)
        return title

    def issuer(self, number: str) -> str:
        """Full name of the issuing body or bodies."""
        kind = self.kind(number)
        known = known_issuer(number)
        if known and kind == _CONSOLIDATED:
            return known
        joint = "liên tịch" in kind.lower() or "phối hợp" in kind
        issuer = issuer_of_letterhead(self._lines_of_issuer(), self._text, joint=joint)
        issuer = repaired_issuer(issuer, known=known, place=self.place(), region=self.properties.get("issuer", ""))
        deciding = self._deciding_body()
        if issuer and folded(deciding) == folded(f"Chủ tịch {issuer}"):
            return deciding  # the committee's letterhead, the chairman's decision
        return issuer or self._issuer_of_line() or known or deciding or self._issuer_in_words(number)

    def place(self) -> str:
        """Place beside the date; empty where none stands there."""
        found = (read_date_line(line) for line in self._block)
        return next((with_province(line.place) for line in found if line and line.place), "")

    def issued_on(self, number: str) -> date | None:
        """Date of issue; `None` when the document leaves it blank or does not say."""
        if authenticated := self._authenticated()[1]:
            return authenticated
        dated = self._date_lines()
        if dated:
            return dated[0].day
        blank = next((line for line in self._block if is_date_line(line)), "")
        if blank:
            partly = partly_dated(blank)
            cited = self._self_citation(f"/{partly[0]}/" if partly else "", number)
            agrees = (
                cited and cited.day and partly and partly[1] in {0, cited.day.month} and partly[0] == cited.day.year
            )
            return cited.day if cited and agrees else None
        if number and (cited_day := self._date_beside(number)):
            return cited_day
        adopted = list(_ADOPTED.finditer(self.main))
        dates = find_dates(adopted[-1]["date"]) if adopted else []
        return dates[0][0] if dates else stated_date(self.properties.get("issued_on", ""))

    def signers(self) -> list[tuple[str, str]]:
        """Name and office of each who signed, in order."""
        return find_signers(self._tail, self.main)

    # Where things stand

    def _find_type_line(self) -> int:
        """Index of the line that names the kind of document; -1 without one."""
        head_lines = self.head.split("\n")
        after = len(list(clean_lines("\n".join(head_lines[: self._state_line])))) if self.is_official else 0
        lines = self._lines[:_BLOCK_LINES]
        first_body = next((i for i, line in enumerate(lines) if OPENS_BODY.match(folded(line))), len(lines))
        exact = [i for i in range(first_body) if is_kind_alone(lines[i])]
        capitals = [i for i in range(first_body) if is_capitals(lines[i]) and kind_of_line(lines[i])]
        for candidates in ([i for i in exact if i >= after], exact, [i for i in capitals if i >= after]):
            if candidates:
                return self._below_fields(candidates)
        if "Căn cứ" in self.head or self._number_in_words():
            return next(
                (i for i in range(min(first_body, 6)) if kind_of_line(lines[i]) and len(lines[i]) < LONG_PARAGRAPH), -1
            )
        return -1

    def _below_fields(self, candidates: Sequence[int]) -> int:
        """The first of `candidates`; a file's own heading ("# QUYẾT ĐỊNH") yields to the same kind under the number."""
        first = candidates[0]
        for again in candidates[1:]:
            fields = any(number_value(line) is not None or is_date_line(line) for line in self._lines[first:again])
            if fields and kind_of_line(self._lines[again]) == kind_of_line(self._lines[first]):
                return again
        return first

    def _lines_of_issuer(self) -> list[str]:
        """Lines above the kind of document; where the kind stands first or nowhere, those of the letterhead."""
        if self._type_line >= 0 and is_capitals(kind_text(self._lines[self._type_line])):
            return self._lines[: self._type_line]
        fields = [i for i, line in enumerate(self._block) if number_value(line) is not None or is_date_line(line)]
        return self._block[: fields[-1] + 1] if fields else self._block if self._type_line < 0 else []

    def _block_end(self) -> int:
        lines = self._lines[:_BLOCK_LINES]
        return next((i for i, line in enumerate(lines) if OPENS_BODY.match(folded(line))), len(lines))

    def _type_name(self) -> str:
        """Kind on the type line; a kind of several words may run on: `CHƯƠNG TRÌNH` › `PHỐI HỢP`."""
        line = self._lines[self._type_line]
        following = self._lines[self._type_line + 1 : self._type_line + 2]
        joined = f"{line} {following[0]}" if following and is_kind_alone(line) else ""
        longer = kind_of_line(joined) if joined and is_kind_alone(joined) else ""
        return longer or kind_of_line(line)

    def _date_lines(self) -> list[DateLine]:
        """Dates stated in the block; those above the type line or with a place first."""
        found = [(i, date_line) for i, line in enumerate(self._block) if (date_line := read_date_line(line))]
        best = [d for _, d in found if d.place] or [d for i, d in found if i < self._type_line]
        return best or [
            d for i, d in found if not any(is_date_line(line) and not read_date_line(line) for line in self._block)
        ]

    # Number, date and issuer outside the letterhead

    def _authenticated(self) -> tuple[str, date | None]:
        """Number and date of a consolidated text, which stand in the block that certifies it, at the end."""
        at = self._text.find("XÁC THỰC VĂN BẢN HỢP NHẤT")
        if at < 0:
            return "", None
        block = self._text[max(0, at - 200) : at + 300]
        numbers = [found.text for found in find_document_numbers(block) if found.kind == _CONSOLIDATED]
        # The cells of the block come in either order; a date above it may be the last words of the text.
        dates = find_dates(self._text[at : at + 300]) or find_dates(block)
        return (numbers[0] if numbers else ""), (dates[0][0] if dates else None)

    def _self_citation(self, blank: str, number: str = "") -> _SelfCitation | None:
        """What all attachments agree on about a letterhead whose field `blank` cannot be read; `None` without proof.

        An amending document's forms may cite the amended one, so letters and year have to agree with the letterhead.
        """
        kind = folded(self._type_name()) if self._type_line >= 0 else ""
        years = {partly[0] for line in self._block if (partly := partly_dated(line))}
        years |= {int(year) for year in re.findall(r"(?<=/)\s?((?:19|20)\d\d)\s?(?=/)", blank)}
        code = fold_diacritics(re.split(r"[/\s]", blank.strip())[-1]).lower()
        found: dict[str, _SelfCitation] = {}
        for match in _ISSUED_WITH.finditer(self._text):
            numbers = find_document_numbers(match["number"])
            if not numbers or numbers[0].span.start > 3 or folded(match["kind"]) != kind:
                continue
            dates = find_dates(match["number"][numbers[0].span.end :])
            day = dates[0][0] if dates and dates[0][1].start <= 10 else None
            year = numbers[0].year or (day.year if day else None)
            same = (
                number_key(numbers[0].text) == number_key(number)
                if number
                else number_key(numbers[0].text).endswith(code)
            )
            if same and year in years:
                found.setdefault(number_key(numbers[0].text), _SelfCitation(numbers[0].text, year, day))
        return next(iter(found.values())) if len(found) == 1 else None

    def _number_in_words(self) -> str:
        """Number in a title such as `Nghị định số 30/2020/NĐ-CP …` or in `(Kèm theo Quyết định số …)`."""
        lines = [line for line in self._text[:_HEAD_CHARS].split("\n") if line.strip()][:_FIRST_LINES]
        for line in lines:
            if len(line) < LONG_PARAGRAPH and (match := _NAMED.match(line.strip(" *#|"))):
                numbers = find_document_numbers(line)
                if numbers and numbers[0].span.start <= match.end() + 6:
                    return numbers[0].text
        return ""

    def _standard(self) -> str:
        match = _STANDARD.search(self.head)
        return match.group() if match and self._type_line >= 0 else ""

    def _decree_law_number(self) -> str:
        """The bare number of a decree-law of 1945 to 1960: `SẮC LỆNH … SỐ 68 NGÀY …`."""
        if self._type_line < 0 or self._type_name() != _DECREE_LAW:
            return ""
        for line in self._lines[self._type_line : self._type_line + 4]:
            if match := _BARE_NUMBER.search(line):
                return "".join(match["number"].split())
        return ""

    def _deciding_body(self) -> str:
        """The authority named between title and grounds: `CHỦ TỊCH ỦY BAN NHÂN DÂN TỈNH …`; empty without one."""
        start = max(self._type_line, 0)
        for line in self._block[start + 1 :]:
            if DECIDES.match(line) and is_capitals(line):
                return recased(without_head(line), self._text)
        return ""

    def _issuer_of_line(self) -> str:
        for line in self._lines[self._type_line + 1 : self._type_line + 3] if self._type_line >= 0 else ():
            match = OF_LINE.match(line)
            if match and is_capitals(match["issuer"]):
                return issuer_of_letterhead([match["issuer"]], self._text)
        return ""

    def _issuer_in_words(self, number: str) -> str:
        at = self._text[:_HEAD_CHARS].find(number) if number else -1
        if at >= 0 and (match := _OF_BODY.search(self._text, at, at + 200)):
            return match["issuer"].strip()
        if match := _ENACTS.search(self.head):
            return re.sub(r"^(?:Bộ trưởng|Giám đốc)\s+", "", match["issuer"]).strip()
        attached = _ISSUED_WITH.search(self.head)
        if attached and (match := _OF_BODY.search(attached["number"])):
            return recased(match["issuer"].strip(), self._text)
        near = self._block[: self._type_line + 4] if self._type_line >= 0 else ()
        plain = [line for line in near if len(line) < 100 and not (kind_text(line) or SUBJECT.match(line))]
        return issuer_of_letterhead([line.upper() for line in plain], self._text) or recased(
            self.properties.get("issuer", ""), self._text
        )

    def _date_beside(self, number: str) -> date | None:
        """Date given where the text first cites the document's own number."""
        start = self._text[:_HEAD_CHARS]
        for found in find_document_numbers(start):
            if number_key(found.text) == number_key(number):
                dates = find_dates(start[found.span.end : found.span.end + 45])
                if dates and dates[0][1].start <= 10:
                    return dates[0][0]
        return None
