"""The grammar of headings: what one line of a Vietnamese official document opens, if it opens anything.

Whether a heading is real depends on its neighbours (`Điều 28 Luật …` is a wrapped reference): `ingest.structure`
decides.
Numbering styles: Decree 78/2025/NĐ-CP (normative texts), Decree 30/2020/NĐ-CP (administrative texts) and Guidance
36-HD/VPTW (`I-`, `1-`, `2.1-` of the Party).
"""

import re
from dataclasses import dataclass

from core.text import SUPERSCRIPT_DIGITS, table_cells
from core.types import SectionKind

UPPER = "A-ZÀÁẢÃẠĂẰẮẲẴẶÂẦẤẨẪẬÈÉẺẼẸÊỀẾỂỄỆÌÍỈĨỊÒÓỎÕỌÔỒỐỔỖỘƠỜỚỞỠỢÙÚỦŨỤƯỪỨỬỮỰỲÝỶỸỴĐ"
_ORDINAL_WORDS = (
    "nhất", "hai", "ba", "tư", "năm", "sáu", "bảy", "tám", "chín", "mười", "mười một", "mười hai", "mười ba",
    "mười bốn", "mười lăm", "mười sáu", "mười bảy", "mười tám", "mười chín", "hai mươi",
)  # fmt: skip
_ORDINALS = {**{word: i for i, word in enumerate(_ORDINAL_WORDS, 1)}, "nhì": 2, "bốn": 4, "bẩy": 7}
_ORDINAL = r"thứ\s+(?:" + "|".join(sorted(_ORDINALS, key=len, reverse=True)) + r"|\d{1,3}|[IVXL]+)"
# As printed, with an Icelandic eth, and as OCR misreads its marks (Điêu, Đièu, Diều).
ARTICLE_WORD = r"(?:[ĐÐD]i[eèéẻêềếểễệ]u|[ĐÐD]I[EÈÉÊỀẾỂỄỆ]U)"

# Letters of points in order; Vietnamese lists leave out f, j, w, z, some writers đ.
_LETTERS = "abcdđefghijklmnopqrstuvwxyz"
_OPTIONAL_LETTERS = frozenset("đfjwz")

_FOOTNOTE = rf"(?:\[\d{{1,3}}\]|\(\d{{1,2}}\)|[{SUPERSCRIPT_DIGITS}]{{1,3}})?"
_ARTICLE = re.compile(
    rf"{ARTICLE_WORD}\s+(?P<number>[\dl]{{1,4}}|{_ORDINAL}|[IVXL]+)(?P<suffix>[a-zđ]?){_FOOTNOTE}"
    rf"(?:\s?(?P<mark>[.:])(?:\d{{1,3}}(?=\s)|{_FOOTNOTE})\s*|\s+(?P<dash>[-–—])\s+|\s*$)"
)
_CONTAINER = re.compile(
    rf"(?P<word>Phần|PHẦN|Chương|CHƯƠNG|Tiểu mục|TIỂU MỤC|Mục|MỤC)\s+"
    rf"(?P<number>{_ORDINAL}|THỨ\s+[{UPPER}]+(?:\s(?:MỘT|HAI|BA))?|[IVXLC]+|\d{{1,3}}|[A-H])(?P<suffix>[a-zđ]?)(?![\w/])"
    rf"(?P<mark>\s*[.:—–-]\s*|\s*\d{{0,2}}{_FOOTNOTE}\s*$|\s+)",
)
_CONTAINER_KINDS = {
    "phần": SectionKind.PART, "chương": SectionKind.CHAPTER, "mục": SectionKind.DIVISION,
    "tiểu mục": SectionKind.SUBDIVISION,
}  # fmt: skip
_APPENDIX = re.compile(
    r"(?P<word>Phụ lục|PHỤ LỤC|Mẫu số|MẪU SỐ|Mẫu|MẪU|Biểu số|BIỂU SỐ|Biểu mẫu|BIỂU MẪU)"
    r"(?:\s+(?:số\s*:?\s*|SỐ\s*:?\s*)?(?P<number>[IVXLC]+|[A-Z]{0,3}\d{1,3}[a-zđA-Z]?(?:[.\-/]?[A-Z0-9]{1,4})*|[A-H]))?(?![\w/])"
    r"(?P<mark>\s*[.:—–-]\s*|\s*)"
)
_ROMAN = re.compile(r"(?P<number>[IVX][IVXivx]*)\s?(?P<mark>[.\-–/:])\s*(?=\S)")
_CAPITAL = re.compile(rf"(?P<number>[A-H])\s?[.\-–/]\s*(?=[{UPPER}])")
_ITEM = re.compile(
    rf"(?P<number>\d{{1,3}}(?:\.\d{{1,3}}){{0,3}})(?P<suffix>[a-zđ]?)\s?{_FOOTNOTE}(?P<mark>[.\-–/])?{_FOOTNOTE}(?:\s+|(?=[{UPPER}]))(?=\S)"
)
_THOUSANDS = re.compile(r"000\b|\d{3}\.\d{3}\b")
_OLD_CLAUSE = re.compile(rf"Khoản\s+(?P<number>{_ORDINAL})\s*[.:]\s*")
_LETTER = re.compile(rf"(?P<number>[a-zđ])\s?(?:\)\d{{0,2}}{_FOOTNOTE}|[.\-–/](?=\s))\s*(?=\S)")
_QUESTION = re.compile(r"(?P<word>Câu hỏi|CÂU HỎI|Câu|Bài|BÀI)\s+(?P<number>\d{1,3})\s*[.:]\s*")

_ATTACHED = (
    "QUY CHẾ", "QUY ĐỊNH", "QUY TRÌNH", "QUY CHUẨN", "ĐIỀU LỆ", "NỘI QUY", "CHƯƠNG TRÌNH HÀNH ĐỘNG", "CHƯƠNG TRÌNH",
    "KẾ HOẠCH", "ĐỀ ÁN", "DỰ ÁN", "CHIẾN LƯỢC", "PHƯƠNG ÁN", "HƯỚNG DẪN", "DANH MỤC", "BỘ TIÊU CHÍ", "ĐỊNH MỨC",
    "NGHỊ QUYẾT", "KẾT LUẬN", "QUYẾT ĐỊNH", "CHỈ THỊ", "NGHỊ ĐỊNH", "THÔNG TƯ",
)  # fmt: skip
_ATTACHED_HEAD = re.compile(rf"(?:BẢN\s+)?(?P<word>{'|'.join(sorted(_ATTACHED, key=len, reverse=True))})(?![{UPPER}])")
_ISSUED_WITH = re.compile(r"[(*\s]*(?:được\s+)?(?:ban hành\s+)?kèm theo\s", re.IGNORECASE)
_LETTERHEAD = re.compile(r"CỘNG H(?:ÒA|OÀ) XÃ HỘI CHỦ NGHĨA|ĐẢNG CỘNG SẢN VIỆT NAM", re.IGNORECASE)
_RECIPIENTS = re.compile(r"[*\s|]*Nơi nhận\s*(?:[:.;]|$)", re.IGNORECASE)
_SIGNED_FOR = re.compile(rf"[*\s|]*(?:(?:TM|T/M|KT|TL|TUQ)\s?[./]?|Q\.)\s?[{UPPER}]{{2}}[{UPPER} ,./-]*$")
_SIGNERS = (
    "CHỦ TỊCH", "CHỦ TỊCH NƯỚC", "CHỦ TỊCH QUỐC HỘI", "THỦ TƯỚNG", "BỘ TRƯỞNG", "TỔNG BÍ THƯ", "BÍ THƯ", "GIÁM ĐỐC",
    "CỤC TRƯỞNG", "HIỆU TRƯỞNG", "CHÁNH VĂN PHÒNG", "CHỦ NHIỆM", "TRƯỞNG BAN", "TỔNG GIÁM ĐỐC", "VIỆN TRƯỞNG",
)  # fmt: skip
_SIGNER = re.compile(rf"[*\s]*(?:PHÓ\s)?(?:{'|'.join(sorted(_SIGNERS, key=len, reverse=True))})\*?$")
_ADOPTED = re.compile(
    r"(?:Bộ )?(?:luật|nghị quyết|pháp lệnh|hiến pháp) này (?:đã )?được .{5,120}thông qua\s", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Heading:
    """What a line opens, judged by the line alone.

    Attributes:
        kind: Level; arabic numbers come as ITEM and letters as LETTER, whatever they turn out to be.
        number: As in `PathStep`: dotted for `1.2`, lower-case letters, roman numerals upper-case.
        ordinal: Place in its series, from 1; 0 where the heading is not numbered.
        suffix: Letter of an inserted provision (`a` of `Điều 11a`).
        prefix: Numbers before the last of a dotted one (`(2,)` of `2.1`).
        cited: The heading's own part of a citation (`Điều 5`, `Chương II`, `Mẫu số 03a`).
        title: Offset in the line where the heading's text begins.
        strong: Punctuation or capitals say that it is a heading; else only its place in the series can.
    """

    kind: SectionKind
    number: str
    ordinal: int
    suffix: str
    prefix: tuple[int, ...]
    cited: str
    title: int
    strong: bool

    @property
    def is_one_misread(self) -> bool:
        """Whether OCR may have read it for `1.`: `l.` or `I.`."""
        is_one = self.kind is SectionKind.LETTER and self.number == "l"
        return is_one or (self.kind is SectionKind.ROMAN and self.number == "I")

    def follows(self, previous: "Heading | None") -> bool:
        """Whether this is the very next of its series after `previous`, or the first when there is none."""
        if previous is None:
            return self.ordinal == 1 and not self.suffix
        if self.prefix != previous.prefix:
            return False
        if self.kind is SectionKind.LETTER:
            skipped = set(_LETTERS[previous.ordinal : self.ordinal - 1])
            return self.ordinal > previous.ordinal and skipped <= _OPTIONAL_LETTERS
        if self.suffix:
            return self.ordinal == previous.ordinal and self.suffix > previous.suffix
        return self.ordinal == previous.ordinal + 1

    def skips_after(self, previous: "Heading | None") -> bool:
        """Whether this comes a little later in the series than it should: a heading in between was lost."""
        last = previous.ordinal if previous else 0
        same_list = self.prefix == (previous.prefix if previous else self.prefix)
        return same_list and last + 1 < self.ordinal <= last + 3 and not self.suffix


def read_heading(line: str) -> Heading | None:
    """The heading that `line` (trimmed) may open; `None` for body text and table rows."""
    if not line or table_cells(line):
        return None
    first = line[0]
    if first.isdigit():
        return _read_item(line)
    if first in "ĐÐDPCMTB":
        return _read_article(line) or _read_container(line) or _read_appendix(line) or _read_other(line)
    return _read_other(line)


def attached_kind(line: str) -> str:
    """Kind of an attached document whose title line this is (`Quy chế`); empty when it is none."""
    match = _ATTACHED_HEAD.match(line)
    return match["word"].capitalize() if match and is_capitals(line) and not line.endswith(":") else ""


def is_issued_with(line: str) -> bool:
    """Whether `line` is the remark `(Ban hành kèm theo Quyết định số …)` under a title."""
    return _ISSUED_WITH.match(line) is not None


def is_letterhead(line: str) -> bool:
    """Whether `line` holds the state's or the Party's name as a letterhead does."""
    return _LETTERHEAD.search(line) is not None


def is_signature(line: str) -> bool:
    """Whether `line` begins what ends a body: recipients, signature or the note of a law's adoption."""
    return any(pattern.match(line) for pattern in (_RECIPIENTS, _SIGNED_FOR, _SIGNER, _ADOPTED))


def is_recipients(line: str) -> bool:
    """Whether `line` opens the list of recipients, `Nơi nhận:`."""
    return _RECIPIENTS.match(line) is not None


def is_capitals(line: str) -> bool:
    """Whether the letters of `line` are capitals, as in the titles of chapters; false without any letter."""
    letters = [c for c in line if c.isalpha()]
    return bool(letters) and sum(c.isupper() for c in letters) >= 0.9 * len(letters)


def _read_article(line: str) -> Heading | None:
    match = _ARTICLE.match(line)
    if not match:
        return None
    printed = match["number"].replace("l", "1")  # OCR
    ordinal = _value(printed)
    rest = line[match.end() :]
    strong = bool(match["mark"] or match["dash"]) and not rest[:1].islower() and rest[:1] not in {",", ";"}
    cited = f"Điều {printed}{match['suffix']}"
    number = f"{ordinal}{match['suffix']}"
    return Heading(SectionKind.ARTICLE, number, ordinal, match["suffix"], (), cited, match.end(), strong)


def _read_container(line: str) -> Heading | None:
    match = _CONTAINER.match(line)
    if not match:
        return None
    rest = line[match.end() :]
    separated = bool(match["mark"].strip(" 0123456789")) and rest[:1].isupper()
    if rest and not separated and not is_capitals(rest):
        return None  # "Chương II của Luật này", "Mục 1 Chương này": a reference
    kind = _CONTAINER_KINDS[match["word"].lower()]
    word = match["word"].capitalize()
    number = match["number"]
    if number.lower().startswith("thứ"):
        number = number.lower()
    ordinal = _value(number)
    if not ordinal:
        return None
    key = str(ordinal) if number.startswith("thứ") else number
    cited = f"{word} {number}{match['suffix']}"
    return Heading(kind, key + match["suffix"], ordinal, match["suffix"], (), cited, match.end(), True)


def _read_appendix(line: str) -> Heading | None:
    match = _APPENDIX.match(line)
    if not match:
        return None
    rest = line[match.end() :]
    is_form = not match["word"].lower().startswith("phụ lục")
    if is_form and not match["number"]:
        return None
    titled = not rest or rest.startswith("(") or is_capitals(rest) or (match["mark"].strip() and rest[:1].isupper())
    if not titled or (not match["number"] and rest and not is_capitals(line)):
        return None  # "Phụ lục I ban hành kèm theo Nghị định này quy định …"
    word = match["word"].capitalize()
    number = match["number"] or ""
    cited = f"{word} {number}".strip()
    # Forms stand inside an appendix: they get a dotted place below it.
    return Heading(
        SectionKind.APPENDIX, cited if is_form else number, 0, "", (1,) if is_form else (), cited, match.end(), True
    )


def _read_item(line: str) -> Heading | None:
    match = _ITEM.match(line)
    if not match:
        return None
    parts = tuple(int(part) for part in match["number"].split("."))
    if not match["mark"] and (len(parts) == 1 or not line[match.end()].isupper()):
        return None
    if parts[-1] == 0 or (match["mark"] in {"-", "–", "/"} and line[match.end()].isdigit()):
        return None  # "2.000 đồng", "5 - 10 người"
    if _THOUSANDS.match(line, match.end()):
        return None  # "8. 000.000 đồng", a sum that was cut
    number = match["number"] + match["suffix"]
    return Heading(
        SectionKind.ITEM,
        number,
        parts[-1],
        match["suffix"],
        parts[:-1],
        f"khoản {number}",
        match.end(),
        bool(match["mark"]),
    )


def _read_other(line: str) -> Heading | None:
    if match := _LETTER.match(line):
        letter = match["number"]
        return Heading(
            SectionKind.LETTER, letter, _LETTERS.index(letter) + 1, "", (), f"điểm {letter}", match.end(), True
        )
    if match := _OLD_CLAUSE.match(line):
        ordinal = _value(match["number"])
        return Heading(SectionKind.CLAUSE, str(ordinal), ordinal, "", (), f"khoản {match['number']}", match.end(), True)
    if match := _QUESTION.match(line):
        number = match["number"]
        cited = f"{match['word'].capitalize()} {number}"
        return Heading(SectionKind.HEADING, number, int(number), "", (), cited, match.end(), True)
    if match := _ROMAN.match(line):
        number = match["number"].upper()
        if ordinal := _value(number):
            return Heading(SectionKind.ROMAN, number, ordinal, "", (), f"Mục {number}", match.end(), True)
    if match := _CAPITAL.match(line):
        number = match["number"]
        return Heading(SectionKind.PART, number, ord(number) - 64, "", (), f"Phần {number}", match.end(), False)
    return None


def _value(number: str) -> int:
    """Ordinal of `12`, `XII`, `thứ mười hai` or `B`; 0 for what is none of these, such as `IIX`."""
    if number.isdigit():
        return int(number)
    if number.lower().startswith("thứ"):
        place = " ".join(number.split()[1:])
        return _ORDINALS.get(place.lower(), 0) or (0 if place.lower() == "thứ" else _value(place))
    if not set(number) <= set("IVXLC"):
        return ord(number) - 64 if len(number) == 1 else 0
    digits = [{"I": 1, "V": 5, "X": 10, "L": 50, "C": 100}[c] for c in number]
    value = sum(-d if d < max(digits[i:]) else d for i, d in enumerate(digits))
    return value if _roman(value) == number else 0


def _roman(value: int) -> str:
    tens, ones = divmod(value, 10)
    tens_part = ("", "X", "XX", "XXX", "XL", "L", "LX", "LXX", "LXXX", "XC", "C")[min(tens, 10)]
    return tens_part + ("", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX")[ones]
