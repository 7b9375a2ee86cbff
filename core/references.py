"""The grammar of legal references: document numbers, provisions and dates, as printed and as people type them.

Number style: Decree 30/2020/NĐ-CP, appendix I (state documents) and Guidance 36-HD/VPTW 2018 (Party documents).
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from core.text import fold_diacritics, nfc
from core.types import PathStep, SectionKind, Span

# Kinds of document with the abbreviation used in numbers (Decree 30/2020/NĐ-CP, appendix III) and in speech.
DOCUMENT_KINDS: dict[str, str] = {
    "NĐ": "Nghị định", "NQ": "Nghị quyết", "QĐ": "Quyết định", "TT": "Thông tư", "TTLT": "Thông tư liên tịch",
    "CT": "Chỉ thị", "KH": "Kế hoạch", "CTr": "Chương trình", "CTrHĐ": "Chương trình hành động", "HD": "Hướng dẫn",
    "KL": "Kết luận", "TB": "Thông báo", "BC": "Báo cáo", "TTr": "Tờ trình", "ĐA": "Đề án", "QC": "Quy chế",
    "QyĐ": "Quy định", "PA": "Phương án", "VBHN": "Văn bản hợp nhất", "CĐ": "Công điện", "CV": "Công văn",
    "L": "Luật", "BL": "Bộ luật", "PL": "Pháp lệnh", "SL": "Sắc lệnh", "LCT": "Lệnh",
    "QCVN": "Quy chuẩn kỹ thuật quốc gia",
    "GM": "Giấy mời", "BB": "Biên bản", "HĐ": "Hợp đồng", "ĐL": "Điều lệ", "HP": "Hiến pháp",
}  # fmt: skip

# The letters that Cyrillic copies of numbers are made of (07/2025/NĐ-СР on vbpl.vn).
_CYRILLIC = str.maketrans("АВЕКМНОРСТХаеорсхÐð", "ABEKMHOPCTXaeopcxĐđ")

_CODE = r"[A-ZĐƯƠÂÊÔĂ][A-Za-zĐđƯƠÂÊÔĂ]*\d{0,2}"
_TAIL = rf"{_CODE}(?:\s?[-–&,]\s?{_CODE})*"
# 13/2023/NĐ-CP · 30a/2008/NQ-CP · 43/2024/QH15 · 4407/KH-UBND · 66.15/2026/NQ-CP · 63 /2025/QĐ-CTUBND · 8376/VBHN-BTP
_STATE_NUMBER = re.compile(
    rf"(?<![\w/.,-])(?P<serial>\d{{1,5}}(?:\.\d{{1,3}}|[a-zđ])?)\s{{0,2}}/\s?(?:(?P<year>(?:19|20)\d\d)\s?/\s?)?(?P<tail>{_TAIL})(?![\w/])"
)
# 57-NQ/TW · 02-CTr/TU · 36-HD/VPTW · 2587-CV/VPTW/nb
_PARTY_NUMBER = re.compile(
    rf"(?<![\w/.,-])(?P<serial>\d{{1,5}})\s?[-–]\s?(?P<kind>{_CODE})\s?/\s?(?P<body>{_CODE}(?:-{_CODE})?(?:/[a-zđ]{{1,3}})?)(?![\w/])"
)

_LONG_DATE = re.compile(r"ngày\s+(\d{1,2})\s+tháng\s+(\d{1,2})\s+năm\s+(\d{4})", re.IGNORECASE)
_SHORT_DATE = re.compile(r"(?<![\d/.-])(\d{1,2})\s?[/.-]\s?(\d{1,2})\s?[/.-]\s?((?:19|20)\d\d)(?![\d/])")


@dataclass(frozen=True, slots=True)
class DocumentNumber:
    """A full document number found in a text.

    Attributes:
        text: Canonical form: no inner spaces, Latin letters, plain hyphens (`63/2025/QĐ-CTUBND`).
        serial: The part before the first slash or hyphen, leading zeros dropped (`7` of `07/2025/NĐ-CP`).
        year: Four-digit year where the number carries one.
        kind: Kind that its letters stand for, empty when unknown (`QH15` is a law or a resolution).
        span: Where it stands in the searched text.
    """

    text: str
    serial: str
    year: int | None
    kind: str
    span: Span


def canonical_number(number: str) -> str:
    """`number` as it should be printed: NFC, no spaces, plain hyphens, look-alike Cyrillic letters made Latin."""
    return re.sub(r"\s+", "", nfc(number).translate(_CYRILLIC).replace("–", "-").replace("\u2011", "-"))


def number_key(number: str) -> str:
    """Key under which two spellings of one number meet: canonical, folded, lower-case, no leading zeros."""
    return re.sub(r"^0+(?=\d)", "", fold_diacritics(canonical_number(number)).lower())


def find_document_numbers(text: str) -> list[DocumentNumber]:
    """Every full document number in `text`, in order of appearance. `text` must be NFC for spans to be exact."""
    latin = text.translate(_CYRILLIC)
    found = []
    for match in _STATE_NUMBER.finditer(latin):
        year = match["year"]
        kind = kind_of_code(re.split(r"[-–&,\s]", match["tail"])[0])
        found.append(_number(match, int(year) if year else None, kind))
    for match in _PARTY_NUMBER.finditer(latin):
        kind = kind_of_code(match["kind"])
        found += [_number(match, None, kind)] if kind else []
    return sorted(found, key=lambda number: number.span)


def kind_of_code(code: str) -> str:
    """Kind of document that an abbreviation stands for, with or without diacritics; empty when unknown."""
    if code in DOCUMENT_KINDS:
        return DOCUMENT_KINDS[code]  # HĐ (Hợp đồng) and HD (Hướng dẫn) differ by the stroke alone
    folded = fold_diacritics(code).lower()
    return next((kind for short, kind in DOCUMENT_KINDS.items() if fold_diacritics(short).lower() == folded), "")


def _number(match: re.Match[str], year: int | None, kind: str) -> DocumentNumber:
    serial = match["serial"].lstrip("0") or "0"
    return DocumentNumber(canonical_number(match.group()), serial, year, kind, Span(*match.span()))


def find_dates(text: str) -> list[tuple[date, Span]]:
    """Dates written `ngày 5 tháng 3 năm 2020` or `05/3/2020`, `22-12-2024`, in order; impossible ones left out."""
    found = []
    for pattern in (_LONG_DATE, _SHORT_DATE):
        for match in pattern.finditer(text):
            day, month, year = (int(part) for part in match.groups())
            try:
                found.append((date(year, month, day), Span(*match.span())))
            except ValueError:
                continue  # "ngày 200 tháng 999": drafts hold such
    return sorted(found, key=lambda item: item[1])


@dataclass(frozen=True, slots=True)
class ProvisionReference:
    """A provision named in a question or a text, outermost known level first, e.g. Điều 5 › khoản 2 › điểm a.

    Attributes:
        steps: Levels that were named; numbers as in `PathStep` (roman numerals upper-case, letters lower-case).
        span: Where it stands.
    """

    steps: tuple[PathStep, ...]
    span: Span


_LETTER = r"[a-zđ]"
_PROVISION = re.compile(
    rf"(?:(?:điểm|diem)\s+(?P<point>{_LETTER})\b[\s,]*)?"
    rf"(?:(?:khoản|khoan)\s+(?P<clause>\d{{1,3}}[a-zđ]?)\b[\s,]*(?:của\s+)?)?"
    rf"(?:điều|dieu)\s+(?P<article>\d{{1,4}}[a-zđ]?)\b"
    # "Điều 5 khoản 2 điểm a", but not the clause of the next article: "khoản 1 Điều 17, khoản 1 Điều 24".
    rf"(?:[\s,]*(?:khoản|khoan)\s+(?P<clause_after>\d{{1,3}}[a-zđ]?)\b(?!\s+(?:của\s+)?(?:điều|dieu))"
    rf"(?:[\s,]*(?:điểm|diem)\s+(?P<point_after>{_LETTER})\b)?)?",
    re.IGNORECASE,
)
_OF = r"[\s,]*(?:(?:của|thuộc|trong|cua|thuoc)\s+)?"
# "III", "2", "II.4.đ", "2.1"
_PLACE = r"(?P<number>(?:[ivxlc]+|\d{1,3})(?:\.(?:\d{1,2}|[a-zđ])(?!\w))*)(?!\w)"
_HIGHER = r"(?:chương|chuong|phụ lục|phu luc|phần|phan)"
_NUMBERED = rf"\s+(?:số\s+|so\s+)?{_PLACE}"
_WITHIN = re.compile(rf"{_OF}(?P<kind>{_HIGHER}){_NUMBERED}", re.IGNORECASE)
# "Mục III.4", "điểm a khoản 2 Mục II.1", "mục 2 phần III": how plans and directives are cited.
_CONTAINER = re.compile(
    rf"(?:\b(?:điểm|tiết|diem|tiet)\s+(?P<point>{_LETTER}|\d{{1,3}})\b{_OF})?"
    rf"(?:\b(?:khoản|điểm|khoan|diem)\s+(?P<clause>\d{{1,3}}[a-zđ]?)\b{_OF})?"
    rf"\b(?P<kind>{_HIGHER}|mục|muc){_NUMBERED}",
    re.IGNORECASE,
)
_CONTAINER_KINDS = {
    "chuong": SectionKind.CHAPTER, "phu luc": SectionKind.APPENDIX,
    "muc": SectionKind.DIVISION, "phan": SectionKind.PART,
}  # fmt: skip


def find_provisions(text: str) -> list[ProvisionReference]:
    """Provisions named in `text` (with or without diacritics, in either order), in order of appearance."""
    found = []
    for match in _PROVISION.finditer(text):
        numbers = (
            (SectionKind.ARTICLE, match["article"]),
            (SectionKind.CLAUSE, match["clause"] or match["clause_after"]),
            (SectionKind.POINT, match["point"] or match["point_after"]),
        )
        steps = tuple(PathStep(kind, number.lower()) for kind, number in numbers if number)
        found.append(ProvisionReference(steps, Span(*match.span())))
    end = 0
    for match in _CONTAINER.finditer(text):
        # "điểm a khoản 2 Điều 5 Mục III": the article has what stands before it; "Mục 1 Chương II" was read whole.
        if match.start() < end or any(
            match.start() < other.span.end and other.span.start < match.end() for other in found
        ):
            continue
        levels, end = [match], match.end()
        while level := _WITHIN.match(text, end):
            levels.append(level)
            end = level.end()
        inner = [number for number in (levels[0]["clause"], levels[0]["point"]) if number]
        steps = (*(step for level in reversed(levels) for step in _container_steps(level)), *map(_plain_step, inner))
        found.append(ProvisionReference(steps, Span(levels[0].start(), end)))
    return sorted(found, key=lambda reference: reference.span)


def _container_steps(level: re.Match[str]) -> Iterator[PathStep]:
    """`Mục II.4.đ` as division II, item 4, letter đ."""
    first, *rest = level["number"].split(".")
    yield PathStep(_CONTAINER_KINDS[fold_diacritics(level["kind"]).lower()], first.upper())
    yield from map(_plain_step, rest)


def _plain_step(number: str) -> PathStep:
    return PathStep(SectionKind.ITEM if number[0].isdigit() else SectionKind.LETTER, number.lower())


@dataclass(frozen=True, slots=True)
class DocumentReference:
    """A document as people name it in a question: `NĐ 13/2023`, `Kế hoạch 4407`, `Nghị quyết 57`.

    Attributes:
        kind: Full Vietnamese kind; empty when only a number was given.
        serial: Number before the first slash, leading zeros dropped.
        year: Year, when given.
        key: `number_key` of a full number, when a full number was given; else empty.
    """

    kind: str
    serial: str
    year: int | None
    key: str
    span: Span


_KIND_NAMES = {**{fold_diacritics(kind).lower(): kind for kind in DOCUMENT_KINDS.values()}}
_SPOKEN_CODES = {
    fold_diacritics(code).lower(): kind
    for code, kind in DOCUMENT_KINDS.items()
    if code not in {"L", "BC", "GM", "BB", "HĐ", "HP", "PA"}
}
_YEAR = r"(?:19|20)\d\d"
# A bare year, or a small number before a unit, names no document: "kế hoạch 2026", "kế hoạch 5 năm".
_COUNTED = (
    r"(?:(?:19|20)\d\d\b(?!\s?/)"
    r"|(?:[2-9]|10)\s+(?:nam(?!\s+(?:19|20)\d\d|\s+nao)|ngay(?!\s+\d)|thang|tuan|buoi|gio|buoc|van de|noi dung"
    r"|nhiem vu|nhom|muc tieu|giai doan|cap|nguoi|hoc vien|lop|trieu|ty|dong)\b)"
)
_SPOKEN = re.compile(
    r"\b(?P<kind>"
    + "|".join(
        sorted(
            (re.escape(name).replace(r"\ ", r"\s+") for name in (*_KIND_NAMES, *_SPOKEN_CODES)), key=len, reverse=True
        )
    )
    # "NĐ-CP 13/2023" · "Nghị định của Chính phủ số 13"
    + rf")(?:-[a-z]{{2,8}}\b)?(?:(?:\s+cua(?:\s+[a-z]+){{1,6}}?)?\s*so\s*:?\s*|\s*(?!{_COUNTED}))"
    rf"(?P<serial>\d{{1,5}}(?:\.\d{{1,3}}(?!\d))?)(?![\w%]|,\d|\.(?!{_YEAR}\b)\d)(?:\s?[/.-]\s?(?P<year>{_YEAR})\b)?"
    rf"(?:,?\s+(?:ban hanh\s+)?(?:(?:ngay|nam)\s+(?:\d{{1,2}}[/-]\d{{1,2}}[/-])?"
    rf"|ngay\s+\d{{1,2}}\s+thang\s+\d{{1,2}}\s+nam\s+)(?P<year_after>{_YEAR})\b)?"
)


# "4407 KH-UBND", "31 2025 QĐ UBND": the strokes left out.
_SPACED = re.compile(
    rf"(?<![\w/.,-])(?P<serial>\d{{1,5}})(?:\s?[/ ]\s?(?P<year>{_YEAR}))?\s+(?P<kind>{'|'.join(_SPOKEN_CODES)})"
    r"(?:\s?-\s?[a-z]{2,8}|\s+(?:ubnd|hdnd|cp|ttg|tw|tu))\b"
)


def find_document_references(question: str) -> list[DocumentReference]:
    """Documents named in a question in any style people type, in order; full numbers win over loose ones."""
    question = nfc(question)
    upper = _uppercase_codes(question)
    found = [
        DocumentReference(number.kind, number.serial, number.year, number_key(number.text), number.span)
        for number in find_document_numbers(upper)
    ]
    folded = fold_diacritics(question).lower()
    for match in (*_SPACED.finditer(folded), *_SPOKEN.finditer(folded)):
        span = Span(*match.span())
        if any(span.start < other.span.end and other.span.start < span.end for other in found):
            continue
        year = next((match[name] for name in match.re.groupindex if name.startswith("year") and match[name]), None)
        name = re.sub(r"\s+", " ", match["kind"])
        kind = _KIND_NAMES.get(name) or _SPOKEN_CODES[name]
        found.append(DocumentReference(kind, match["serial"].lstrip("0") or "0", int(year) if year else None, "", span))
    return sorted(found, key=lambda reference: reference.span)


def _uppercase_codes(question: str) -> str:
    """`question` with the letters inside number-like words upper-cased (`13/2023/nđ-cp`), same length."""
    return re.sub(
        r"\d+[/-][\w/.&,-]*[^\W\d_][\w/&-]*",
        lambda match: match.group().upper() if len(match.group().upper()) == len(match.group()) else match.group(),
        question,
    )


_CITED_LABEL = re.compile(
    r"(?:điểm|khoản|điều|mục|tiểu mục|chương|phần|phụ lục|mẫu|"
    + "|".join(map(re.escape, DOCUMENT_KINDS.values()))
    + r")\b",
    re.IGNORECASE,
)


def cite_provision(label: str, document_name: str) -> str:
    """A provision and its document in one phrase.

    `khoản 2 Điều 5 Nghị định 13/2023/NĐ-CP`, `Điều 5 Quy chế kèm theo Quyết định 31/2025/QĐ-UBND`; a heading without a
    number is named as one: `phần “Tổ chức thực hiện”, Báo cáo 187/BC-SKHCN`.
    """
    if label and not _CITED_LABEL.match(label):
        return f"phần “{label}”, {document_name}"
    joint = " kèm theo " if label.endswith(tuple(DOCUMENT_KINDS.values())) else " "
    return joint.join(part for part in (label, document_name) if part)


def joint_label(first: str, last: str) -> str:
    """`khoản 1 đến khoản 4 Điều 2`: one label for a run of provisions."""
    if first == last:
        return first
    one, other = first.split(" "), last.split(" ")
    shared = 0
    while shared < min(len(one), len(other)) and one[-1 - shared] == other[-1 - shared]:
        shared += 1
    return f"{' '.join(one[: len(one) - shared])} đến {last}" if shared else f"{first} đến {last}"
