"""Who signed: names and offices in the signature block, in whatever order its two columns were read."""

import re
from collections.abc import Iterator, Sequence

from ingest.headings import UPPER, is_capitals, is_recipients
from ingest.letterhead_lines import folded

_BLOCK_CHARS = 3000
_LOOK_AHEAD = 40  # lines of the recipients' list may stand between office and name

# "On behalf of", "for", "by order of", "by authority of" (Decree 30/2020/NĐ-CP, appendix I, part II.7).
_FOR = r"(?:tm|t/m|kt|k/t|tl|t/l|tuq|tu|q)\s?[./]?\s*"
_OFFICES = (
    "chu tich nuoc", "chu tich quoc hoi", "chu tich", "thu tuong", "bo truong", "thu truong", "tong bi thu", "bi thu",
    "tong giam doc", "giam doc", "cuc truong", "tong cuc truong", "chi cuc truong", "vu truong", "hieu truong",
    "vien truong", "chanh van phong", "chanh an", "chanh thanh tra", "tong thanh tra", "thong doc", "chu nhiem",
    "truong ban", "truong phong", "tong kiem toan", "doan truong", "hoi truong", "tu lenh", "uy vien thuong truc",
    "truong doan", "vien truong", "tong thu ky", "ke toan truong",
)  # fmt: skip
_BARE_OFFICE = re.compile(rf"(?:pho\s+)?(?:{'|'.join(sorted(_OFFICES, key=len, reverse=True))})(?![a-z])")
_OFFICE = re.compile(rf"(?:{_FOR})?(?:pho\s+)?(?:{'|'.join(sorted(_OFFICES, key=len, reverse=True))})(?![a-z])")
_ACTING = re.compile(rf"{_FOR[:-3]}\s?[./]\s*[a-z]{{2}}")
_WORD = rf"[{UPPER}][{UPPER.lower()}]+"
_RANK = r"(?:(?:Đại|Thượng|Trung|Thiếu)\s+t(?:ướng|á)\s+|(?:GS|PGS|TS|ThS|BS|Ths|CN|KS)\s?\.?\s?)*"
_NAME = re.compile(rf"(?:Đã ký\s*:?\s*)?(?P<name>{_RANK}{_WORD}(?:\s+{_WORD}){{1,4}})$")
_TITLE_AND_NAME = re.compile(rf"(?P<title>.+?[{UPPER}]{{2}})\s+(?P<name>{_RANK}{_WORD}(?:\s+{_WORD}){{1,4}})$")
_NAME_IN_CAPITALS = re.compile(rf"[{UPPER}]{{2,7}}(?:\s[{UPPER}]{{1,7}}){{1,4}}$")
# Only a name that begins with one of the usual family names is told from an office or a body in capitals.
_FAMILY_NAMES = frozenset(
    "NGUYỄN TRẦN LÊ PHẠM HOÀNG HUỲNH PHAN VŨ VÕ ĐẶNG BÙI ĐỖ HỒ NGÔ DƯƠNG LÝ TRƯƠNG ĐINH ĐOÀN LƯƠNG MAI TÔ TRỊNH ĐÀO "
    "CAO HÀ TẠ LÂM QUÁCH THÁI CHU VƯƠNG TỐNG NÔNG HỨA GIÀNG VÀNG LÒ TRIỆU LA LƯU PHÙNG VI ĐIỂU".split()
)
_COLUMN = re.compile(r"[;:,.]\s+")


def find_signers(tail: str, body: str) -> list[tuple[str, str]]:
    """Name and office of each who signed, as printed, in order; empty when none can be told.

    `tail` is what follows the last provision; where nothing is found in it, the last list of recipients in `body`, and
    then its end, show where the signature stands.
    """
    lines = body.split("\n")
    recipients = max((i for i, line in enumerate(lines) if is_recipients(line)), default=None)
    beside_recipients = lines[max(0, recipients - 8) : recipients + 40] if recipients is not None else []
    for block in (tail.split("\n"), beside_recipients, body[-_BLOCK_CHARS:].split("\n")):
        if found := _signers(block):
            return found
    return []


def _signers(lines: Sequence[str]) -> list[tuple[str, str]]:
    parts = list(_columns(lines))
    found: dict[str, str] = {}
    title, since = "", 0
    for part in parts:
        since += 1
        if _is_office(part):
            # "KT. BỘ TRƯỞNG" › "THỨ TRƯỞNG": the nearest to the name is the signer's own.
            title, since = part, 0
            inline = _TITLE_AND_NAME.match(part)
            if inline and is_capitals(inline["title"]):
                found.setdefault(inline["name"], _own_office(inline["title"]))
                title = ""
        elif title and since <= _LOOK_AHEAD and (name := _name(part)):
            found.setdefault(name, _own_office(title))
            title = ""
    return list(found.items())


def _own_office(title: str) -> str:
    """`PHÓ THỦ TƯỚNG` of `KT. THỦ TƯỚNG PHÓ THỦ TƯỚNG`."""
    offices = list(_BARE_OFFICE.finditer(folded(title)))
    return title[offices[-1].start() :] if offices else title


def _columns(lines: Sequence[str]) -> Iterator[str]:
    """Lines and cells, the right column apart where the recipients' list was read on the same line."""
    for line in lines:
        for cell in line.split(" | "):
            cell = " ".join(cell.strip(' *|_“”"').split())
            listed = cell.startswith("-") or is_recipients(cell)
            last = _COLUMN.split(cell)[-1] if listed else cell
            if last:
                yield last


def _is_office(part: str) -> bool:
    title = re.sub(rf"\s+{_WORD}(?:\s+{_WORD}){{1,4}}$", "", part)
    if not is_capitals(title) or len(title) > 80:
        return False
    key = folded(title)
    return _OFFICE.match(key) is not None or _ACTING.match(key) is not None


def _name(part: str) -> str:
    if match := _NAME.match(part):
        return match["name"]
    if _NAME_IN_CAPITALS.match(part) and part.split()[0] in _FAMILY_NAMES:
        return part.title()
    return ""
