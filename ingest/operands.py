"""Which documents a phrase names, and which provisions: `khoản 3 Điều 7 của Nghị định số …; Thông tư số …`.

Numbers that only describe a document on the list (`… được sửa đổi theo Luật số …`) are told from those on it.
"""

import re
from dataclasses import dataclass
from datetime import date

from core.provisions import Provision, list_provisions, provision_spans
from core.references import DOCUMENT_KINDS, find_dates, find_document_numbers

KIND_NAMES = "|".join(sorted({*DOCUMENT_KINDS.values(), "Bản hướng dẫn"}, key=len, reverse=True))

_ASIDES = (re.compile(r"“[^“”]*”"), re.compile(r'"[^"\n]*"'), re.compile(r"\([^()]*\)"))
# A mark that nothing closes: it quotes as far as the words that put something in its place.
_UNCLOSED = re.compile(r"“[^“”\n]*?(?=\s(?:bằng|thành|tại)\s)")
_ITEM_KINDS = (
    r"(?:các\s+|toàn bộ\s+)*(?:luật|bộ luật|pháp lệnh|nghị|thông tư|quyết định|chỉ thị|kế hoạch|công văn|hướng dẫn số"
    r"|quy định số|số\s|điểm\s|khoản\s|điều\s|chương\s|mục\s|phần\s|phụ lục\s|quy định\s)"
)
_LAW_KINDS = r"(?:Hiến pháp|Bộ luật|Luật|Pháp lệnh)"
_LAW_NAME = re.compile(
    rf"{_LAW_KINDS}\s(?!số\s+\d|này\b)(?:[Ss]ửa đổi[^;.()\d]*?"
    rf"|[^;,.()\d]*?(?:,\s(?!{_LAW_KINDS}|{_ITEM_KINDS})[^;,.()\d]*?){{0,3}}?)"
    r"(?=\s+số\s+\d|\s+(?:ngày|năm|đã|được|hết|sau|như|bao gồm|về việc)\b"
    r"|\s+và (?:quy định|hướng dẫn|biện pháp|các|điểm|khoản|điều)\b"
    r"|\s*[;.()\d]|,\s+(?:(?:bao )?gồm|trừ|điểm|khoản|điều)\b|\s*,?\s*$)"
)
_YEAR = re.compile(r"\s+năm\s+(?P<year>(?:19|20)\d\d)\b")
# The words that make a number part of another document's description instead of an item of the list.
_DESCRIBES = re.compile(
    r"\b(?:bổ sung|sửa đổi|quy định|hướng dẫn|theo|căn cứ|thi hành|tại|trong|bởi|thực hiện|về)\b", re.IGNORECASE
)
# Where a list of documents goes on: a comma inside "Luật Trưng mua, trưng dụng tài sản" does not count.
_NEXT_ITEM = re.compile(rf";\s|(?:,|\bvà)\s+(?={_ITEM_KINDS})", re.IGNORECASE)
_ISSUED_WITH = re.compile(r"(?:được\s+)?ban hành\s+(?:kèm\s+)?theo\s", re.IGNORECASE)
_REFERS = re.compile(r"\b(?:theo|căn cứ|thực hiện|hướng dẫn|bởi)\b", re.IGNORECASE)
_HAS_BEEN_AMENDED = re.compile(r"được\s+(?:sửa đổi|bổ sung|thay thế|đính chính)", re.IGNORECASE)
# "Luật sửa đổi, bổ sung một số điều của Bộ luật hình sự số 37/2009/QH12": the number is the amending law's own.
_AMENDING_LAW = re.compile(r"(?:^|và|,|;)\s*(?:Luật|Pháp lệnh) sửa đổi, bổ sung[^;]*$")
# Capitals tell the kind of a document from the same words in its description; lists of some kinds are lower-case.
_KIND_BEFORE = re.compile(
    rf"(?:(?P<joint>của|tại|trong|thuộc)\s+)?(?:các\s+|toàn bộ\s+)*"
    rf"(?:{KIND_NAMES}|nghị định|nghị quyết|thông tư|quyết định|chỉ thị|luật|pháp lệnh)(?!\w)"
)
_CONNECTS = re.compile(
    r"[\s,;:]*(?:(?:và|hoặc|của|thuộc|tại|trong|các|từ|đến|tên|tiêu đề|đoạn đầu|khổ đầu|toàn bộ|nội dung \w"
    r"|ban hành kèm theo|kèm theo|số)(?!\w)[\s,;:]*)*$",
    re.IGNORECASE,
)
_KIND_OF_NUMBER = re.compile(rf"(?:{KIND_NAMES})\s+số\s*$")
# A part named in words: "các quy định về trưng dụng đất trong Luật …".
_PART_IN_WORDS = re.compile(
    r"(?:^|[;,]|\bvà|\bbãi bỏ|\bthay thế)\s*(?P<part>(?:(?:các|những|một số)\s+(?:quy định|nội dung|điều khoản)\s"
    r"|(?:quy chế|quy định|điều lệ|danh mục)\s+được\s+(?:công nhận|phê duyệt|thông qua))[^;]{0,300}?)"
    r"\s+(?:(?:được\s+)?quy định\s+)?(?:tại|trong|của)\s*$",
    re.IGNORECASE,
)
_LONGEST_PART = 160


@dataclass(frozen=True, slots=True)
class Target:
    """A document that is acted upon.

    Attributes:
        name: Its number, or its title where it is named without one.
        provisions: Provisions of it that are named.
        part: A part of it named in words; empty when provisions are, or nothing is.
    """

    name: str
    issued_on: date | None = None
    provisions: tuple[Provision, ...] = ()
    part: str = ""


def without_asides(text: str) -> str:
    """`text` with quotations and parentheses blanked, same length."""
    for pattern in _ASIDES:
        for _ in range(3):  # they nest
            text = pattern.sub(_blank, text)
    return _UNCLOSED.sub(_blank, text)


def _blank(match: re.Match[str]) -> str:
    return re.sub(r"[^\n]", " ", match.group())


def date_after(text: str, end: int) -> date | None:
    """Date given with a citation that ends at `end`: `… số 13/2023/NĐ-CP ngày 17 tháng 4 năm 2023`."""
    dates = find_dates(text[end : end + 45])
    return dates[0][0] if dates and dates[0][1].start <= 8 else None


def listed_targets(phrase: str) -> list[Target]:
    """Documents on the list that `phrase` is, by number, in order.

    A number that describes an item hides those after it up to a semicolon, except one of the list's own kind among
    descriptions of another (`Thông tư … hướng dẫn Nghị định … và Thông tư …`).
    """
    found: list[Target] = []
    end = 0
    own_kind = described_kind = None
    for number in find_document_numbers(phrase):
        between = phrase[end : number.span.start]
        described_kind = None if ";" in between else described_kind
        if described_kind is None or (number.kind == own_kind and number.kind != described_kind):
            if _is_item(between):
                provisions = tuple(list_provisions(_scope_text(between, is_first=not found)))
                part = "" if provisions else _part(between, found)
                found.append(Target(number.text, date_after(phrase, number.span.end), provisions, part))
                own_kind, described_kind = own_kind or number.kind, None
            else:
                described_kind = number.kind
        end = number.span.end
    return found


def first_target(phrase: str) -> Target | None:
    """The document that `phrase` is about: the first on its list, else a law that it names without a number."""
    if targets := listed_targets(phrase):
        return targets[0]
    if find_document_numbers(phrase) or not (law := named_law(phrase)):
        return None
    before = phrase[: law.start()]
    if provisions := tuple(list_provisions(before)):
        return Target(law_name(law, phrase), date_after(phrase, law.end()), provisions)
    is_whole = re.fullmatch(
        r"[\s,]*(?:(?:các|một số|toàn bộ|điều|khoản|điểm|quy định|nội dung|của|tại)[\s,]*)*", before
    )
    return Target(law_name(law, phrase), date_after(phrase, law.end())) if is_whole else None


def named_law(phrase: str) -> re.Match[str] | None:
    """The first law that `phrase` names."""
    return next((match for match in _LAW_NAME.finditer(phrase) if len(match.group().split()) > 1), None)


def law_name(law: re.Match[str], phrase: str) -> str:
    """Name of a law as a target, with the year that alone tells it from its successor: `Luật Xây dựng năm 2014`."""
    year = _YEAR.match(phrase, law.end())
    return " ".join(law.group().split()).rstrip(" ,") + (f" năm {year['year']}" if year else "")


def _is_item(between: str) -> bool:
    """Whether the words between two numbers make the second one a further item of the list."""
    if _HAS_BEEN_AMENDED.search(between.rsplit(";", 1)[-1]):
        return False
    # "Quy chế … ban hành kèm theo Quyết định số 31/2025/QĐ-UBND": the decision and its regulation are one.
    bare = _ISSUED_WITH.sub(" ", between)
    item = _NEXT_ITEM.split(bare)[-1]
    if provisions := provision_spans(item):
        return not _REFERS.search(item[: provisions[0].start])
    # "Hướng dẫn số 11-HD/VPTW" is a document, "hướng dẫn Nghị định số …" a description.
    item = _KIND_OF_NUMBER.sub("", item)
    return not _DESCRIBES.search(item) or _AMENDING_LAW.search(between) is not None or _named_part(bare) is not None


def _scope_text(between: str, *, is_first: bool) -> str:
    """The part of `between` that names provisions of the document that follows it, not of the one before."""
    spans = provision_spans(between)
    if not spans:
        return ""
    kinds = list(_KIND_BEFORE.finditer(between, spans[-1].end))
    end = kinds[0].start() if kinds else len(between)
    if is_first:
        return between[:end]
    if not _CONNECTS.match(between[spans[-1].end : end].split(" - ")[0]):
        return ""
    first = len(spans) - 1
    while first > 0 and _CONNECTS.match(between[spans[first - 1].end : spans[first].start]):
        first -= 1
    return between[spans[first].start : end]


def _named_part(between: str) -> re.Match[str] | None:
    kinds = list(_KIND_BEFORE.finditer(between))
    end = kinds[-1].end("joint" if kinds[-1]["joint"] else 0) if kinds else len(between)
    return _PART_IN_WORDS.search(between[:end])


def _part(between: str, before: list[Target]) -> str:
    """The part of the next document that `between` names in words; one named before `A và B` is that of B too."""
    if match := _named_part(_ISSUED_WITH.sub(" ", between)):
        return " ".join(match["part"].split())[:_LONGEST_PART]
    joined = before and re.search(r"\bvà\s+[^;]*$", between) and ";" not in between
    return before[-1].part if joined else ""
