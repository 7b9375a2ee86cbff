"""Names of state and Party bodies and of their heads, found in a text and compared."""

import re
from dataclasses import dataclass

from core.text import normalise_tone_placement
from core.types import Span

_FIELDS = (
    "Khoa học, Công nghệ và Môi trường", "Khoa học và Công nghệ", "Giáo dục và Đào tạo", "Nông nghiệp và Môi trường", "Nông nghiệp và Phát triển nông thôn",
    "Văn hóa, Thể thao và Du lịch", "Văn hoá, Thể thao và Du lịch", "Văn hóa - Xã hội", "Dân tộc và Tôn giáo", "Thông tin và Truyền thông", "Kế hoạch và Đầu tư",
    "Tài nguyên và Môi trường", "Lao động - Thương binh và Xã hội", "Lao động, Thương binh và Xã hội", "Tài chính - Kế hoạch", "Giao thông vận tải", "Công an",
    "Quốc phòng", "Nội vụ", "Ngoại giao", "Ngoại vụ", "Tư pháp", "Tài chính", "Công Thương", "Công thương", "Xây dựng", "Y tế", "Du lịch", "Quy hoạch - Kiến trúc",
    "Kinh tế", "Dân tộc",
)  # fmt: skip
_FIELD = "|".join(re.escape(field).replace(r"\ ", r"\s+") for field in _FIELDS)
_UPPER = "A-Z" + "".join(letter for letter in map(chr, range(0xC0, 0x1EFA)) if letter.isupper())
_LEVEL = r"(?:tỉnh|thành phố|cấp\s+tỉnh|cấp\s+huyện|cấp\s+xã|các\s+cấp|các\s+xã,\s+phường|xã,\s+phường|các\s+tỉnh,\s+thành\s+phố\s+trực\s+thuộc\s+[Tt]rung\s+ương|xã|phường|huyện)"
_NAMED = rf"(?:\s+[{_UPPER}]\w*){{1,3}}"
_COUNCIL = rf"(?:Ủy|Uỷ)\s+ban\s+nhân\s+dân(?:\s+{_LEVEL})?|UBND(?:\s+{_LEVEL})?|Hội\s+đồng\s+nhân\s+dân(?:\s+{_LEVEL})?|HĐND(?:\s+{_LEVEL})?"
_ORGANISATION = (
    rf"(?:Bộ|Sở|Phòng)\s+(?:{_FIELD})(?:\s+tỉnh)?|(?:{_COUNCIL})|Công\s+an\s+(?:tỉnh|cấp\s+xã|cấp\s+tỉnh|xã|phường)|Bộ\s+Chỉ\s+huy\s+quân\s+sự\s+tỉnh"
    r"|Văn\s+phòng\s+(?:Chính\s+phủ|Quốc\s+hội|Chủ\s+tịch\s+nước|Trung\s+ương\s+Đảng|Tỉnh\s+ủy|Tỉnh\s+uỷ|UBND\s+tỉnh|(?:Ủy|Uỷ)\s+ban\s+nhân\s+dân\s+tỉnh|HĐND\s+tỉnh)"
    r"|Ngân\s+hàng\s+Nhà\s+nước(?:\s+Việt\s+Nam)?|Thanh\s+tra\s+(?:Chính\s+phủ|tỉnh)|Kho\s+bạc\s+Nhà\s+nước(?:\s+tỉnh)?|Kiểm\s+toán\s+nhà\s+nước|Thuế\s+tỉnh"
    r"|Ban\s+(?:Tổ\s+chức|Tuyên\s+giáo\s+và\s+Dân\s+vận|Tuyên\s+giáo|Dân\s+vận|Nội\s+chính|Chính\s+sách,\s+chiến\s+lược)\s+(?:Trung\s+ương|Tỉnh\s+ủy|Tỉnh\s+uỷ)"
    r"|Ban\s+(?:Thường\s+vụ|Chấp\s+hành|Cán\s+sự)\s+(?:Tỉnh\s+ủy|Tỉnh\s+uỷ|Trung\s+ương|Đảng\s+bộ\s+tỉnh)|Ban\s+Chỉ\s+đạo(?:\s+Trung\s+ương|\s+tỉnh)?|Tổ\s+giúp\s+việc"
    r"|Trường\s+Chính\s+trị(?:\s+tỉnh)?|(?:Ủy|Uỷ)\s+ban\s+Mặt\s+trận\s+Tổ\s+quốc\s+Việt\s+Nam(?:\s+tỉnh)?|(?:Ủy|Uỷ)\s+ban\s+(?:Kiểm\s+tra|Thường\s+vụ\s+Quốc\s+hội|Dân\s+tộc)"
    r"(?:\s+Trung\s+ương|\s+Tỉnh\s+ủy)?|Tỉnh\s+đoàn|Đảng\s+ủy\s+(?:UBND\s+tỉnh|Chính\s+phủ|Quốc\s+hội|Công\s+an\s+tỉnh)|Chính\s+phủ|Quốc\s+hội"
    r"|Báo\s+và\s+[Pp]hát\s+thanh,\s+truyền\s+hình\s+tỉnh|Liên\s+minh\s+Hợp\s+tác\s+xã(?:\s+tỉnh)?"
    rf"|(?:Cục|Tổng\s+cục|Viện|Trung\s+tâm|Quỹ|Đại\s+học|Trường\s+Đại\s+học|Trường\s+Cao\s+đẳng|Hội|Hiệp\s+hội)\s+[{_UPPER}]\w*(?:\s+(?:và\s+)?\w+){{1,6}}?"
    r"(?=\s+(?:chủ\s+trì|có\s+trách\s+nhiệm|chịu\s+trách\s+nhiệm|phối\s+hợp|tổ\s+chức|thực\s+hiện|xây\s+dựng|hướng\s+dẫn|là\b)|\s*$)"
)
_PERSON = (
    rf"(?:Phó\s+)?Chủ\s+tịch\s+(?:{_COUNCIL}|nước|Quốc\s+hội)|Bộ\s+trưởng\s+Bộ\s+(?:{_FIELD})|(?:Phó\s+)?Thủ\s+tướng\s+Chính\s+phủ"
    rf"|Giám\s+đốc\s+(?:Sở\s+(?:{_FIELD})|Công\s+an\s+tỉnh)|Chánh\s+Văn\s+phòng(?:\s+UBND\s+tỉnh)?|Tổng\s+Thanh\s+tra\s+Chính\s+phủ|Trưởng\s+Ban\s+Chỉ\s+đạo"
    r"|Chánh\s+án\s+Tòa\s+án\s+nhân\s+dân\s+tối\s+cao|Viện\s+trưởng\s+Viện\s+kiểm\s+sát\s+nhân\s+dân\s+tối\s+cao"
)
_BODY = re.compile(rf"(?<!\w)(?:(?P<person>{_PERSON})|(?P<organisation>{_ORGANISATION}))(?!\w)(?:(?<=tỉnh){_NAMED})?")


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
