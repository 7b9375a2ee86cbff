"""Names of state and Party bodies and of their heads, found in a text and compared."""

import re
from dataclasses import dataclass

from core.text import normalise_tone_placement
from core.types import Span
from training.wording import one_of

_UPPER = "A-Z" + "".join(letter for letter in map(chr, range(0xC0, 0x1EFA)) if letter.isupper())
# Fields that name ministries, provincial departments and their offices, before and after the mergers of 2025.
_FIELDS = """Khoa học, Công nghệ và Môi trường|Khoa học và Công nghệ|Giáo dục và Đào tạo|Nông nghiệp và Môi trường
    |Nông nghiệp và Phát triển nông thôn|Văn hóa, Thể thao và Du lịch|Văn hoá, Thể thao và Du lịch|Văn hóa - Xã hội
    |Dân tộc và Tôn giáo|Thông tin và Truyền thông|Kế hoạch và Đầu tư|Tài nguyên và Môi trường
    |Lao động - Thương binh và Xã hội|Lao động, Thương binh và Xã hội|Tài chính - Kế hoạch|Giao thông vận tải|Công an
    |Quốc phòng|Nội vụ|Ngoại giao|Ngoại vụ|Tư pháp|Tài chính|Công Thương|Công thương|Xây dựng|Y tế|Du lịch
    |Quy hoạch - Kiến trúc|Kinh tế|Dân tộc"""
_LEVELS = """tỉnh|thành phố|cấp tỉnh|cấp huyện|cấp xã|các cấp|các xã, phường|xã, phường|xã|phường|huyện
    |các tỉnh, thành phố trực thuộc Trung ương|các tỉnh, thành phố trực thuộc trung ương"""
_COUNCILS = "Ủy ban nhân dân|Uỷ ban nhân dân|UBND|Hội đồng nhân dân|HĐND"
_NAMED_BODIES = """Công an tỉnh|Công an cấp xã|Công an cấp tỉnh|Công an xã|Công an phường|Bộ Chỉ huy quân sự tỉnh
    |Chính phủ|Quốc hội|Ngân hàng Nhà nước Việt Nam|Ngân hàng Nhà nước
    |Thanh tra Chính phủ|Thanh tra tỉnh|Kho bạc Nhà nước
    |Kiểm toán nhà nước|Thuế tỉnh|Trường Chính trị tỉnh|Tỉnh đoàn|Đảng ủy UBND tỉnh|Đảng ủy Chính phủ
    |Đảng ủy Công an tỉnh|Ban Chỉ đạo Trung ương|Ban Chỉ đạo tỉnh|Liên minh Hợp tác xã tỉnh|Văn phòng Chính phủ
    |Văn phòng Quốc hội|Văn phòng Chủ tịch nước|Văn phòng Trung ương Đảng|Văn phòng Tỉnh ủy|Văn phòng Tỉnh uỷ
    |Văn phòng UBND tỉnh|Văn phòng HĐND tỉnh|Văn phòng Ủy ban nhân dân tỉnh
    |Ủy ban Mặt trận Tổ quốc Việt Nam tỉnh|Ủy ban Mặt trận Tổ quốc Việt Nam|Ủy ban Kiểm tra Trung ương"""
_PARTY_BOARDS = """Tổ chức|Tuyên giáo và Dân vận|Tuyên giáo|Dân vận|Nội chính|Chính sách, chiến lược|Thường vụ
    |Chấp hành"""
_UNITS = "Cục|Tổng cục|Viện|Trung tâm|Quỹ|Đại học|Trường Đại học|Trường Cao đẳng|Hội|Hiệp hội"
_AFTER_UNIT = "chủ trì|có trách nhiệm|chịu trách nhiệm|phối hợp|tổ chức|thực hiện|xây dựng|hướng dẫn|là"
_OFFICE_HOLDERS = """Giám đốc Công an tỉnh|Thủ tướng Chính phủ|Phó Thủ tướng Chính phủ|Chánh Văn phòng UBND tỉnh
    |Chánh Văn phòng|Tổng Thanh tra Chính phủ|Chánh án Tòa án nhân dân tối cao
    |Viện trưởng Viện kiểm sát nhân dân tối cao"""

_FIELD = one_of(_FIELDS)
_COUNCIL = rf"(?:{one_of(_COUNCILS)})(?:\s+(?:{one_of(_LEVELS)}))?"
_PARTY = rf"Ban\s+(?:{one_of(_PARTY_BOARDS)})\s+(?:{one_of('Trung ương|Tỉnh ủy|Tỉnh uỷ|Đảng bộ tỉnh')})"
# A proper name goes on in small letters ("Trung tâm Chuyển đổi số tỉnh"): it ends where a duty begins.
_UNIT = rf"(?:{one_of(_UNITS)})\s+[{_UPPER}]\w*(?:\s+(?:và\s+)?\w+){{1,6}}?(?=\s+(?:{one_of(_AFTER_UNIT)})\b|\s*$)"
_ORGANISATION = rf"(?:Bộ|Sở|Phòng)\s+(?:{_FIELD})(?:\s+tỉnh)?|{_COUNCIL}|{_PARTY}|{one_of(_NAMED_BODIES)}|{_UNIT}"
_PERSON = (
    rf"(?:Phó\s+)?Chủ\s+tịch\s+(?:{_COUNCIL}|nước|Quốc\s+hội)|Bộ\s+trưởng\s+Bộ\s+(?:{_FIELD})"
    rf"|Giám\s+đốc\s+Sở\s+(?:{_FIELD})|{one_of(_OFFICE_HOLDERS)}"
)
_PLACE = rf"(?:\s+[{_UPPER}]\w*){{1,3}}"
_BODY = re.compile(rf"(?<!\w)(?:(?P<person>{_PERSON})|(?P<organisation>{_ORGANISATION}))(?!\w)(?:(?<=tỉnh){_PLACE})?")


@dataclass(frozen=True, slots=True)
class Body:
    """A body or an office-holder named in a text.

    Attributes:
        name: As printed, on one line; a department without the `tỉnh` that every department of a province shares.
        is_person: An office-holder, asked for with `ai`, not `cơ quan nào`.
    """

    name: str
    span: Span
    is_person: bool


def find_bodies(text: str) -> list[Body]:
    """Bodies named in `text`, in order."""
    return [
        Body(_short(match.group()), Span(*match.span()), match["person"] is not None) for match in _BODY.finditer(text)
    ]


def may_be_same(first: str, second: str) -> bool:
    """Whether two names could mean one body: equal, abbreviated, or one a part of the other."""
    one, other = _plain(first), _plain(second)
    return one in other or other in one


def _short(name: str) -> str:
    plain = " ".join(name.split())
    return plain.removesuffix(" tỉnh") if plain.startswith("Sở ") else plain


def _plain(name: str) -> str:
    plain = normalise_tone_placement(" ".join(name.split()))
    return plain.replace("ubnd", "ủy ban nhân dân").replace("hđnd", "hội đồng nhân dân")
