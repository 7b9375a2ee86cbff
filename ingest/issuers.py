"""Names of issuing bodies: read from a letterhead's capitals, or known from the letters of a document number."""

import re
from collections.abc import Sequence

from ingest.headings import is_capitals

# Bodies that the letters after the last hyphen of a number stand for; provinces have no such letters.
_BODIES = {
    "QH": "Quốc hội", "UBTVQH": "Ủy ban Thường vụ Quốc hội", "CP": "Chính phủ", "TTg": "Thủ tướng Chính phủ",
    "CTN": "Chủ tịch nước", "VPQH": "Văn phòng Quốc hội", "VPCP": "Văn phòng Chính phủ",
    "VPTW": "Văn phòng Trung ương Đảng",
    "BCA": "Bộ Công an", "BQP": "Bộ Quốc phòng", "BNG": "Bộ Ngoại giao", "BNV": "Bộ Nội vụ", "BTP": "Bộ Tư pháp",
    "BTC": "Bộ Tài chính", "BCT": "Bộ Công Thương", "BXD": "Bộ Xây dựng", "BYT": "Bộ Y tế",
    "BGDĐT": "Bộ Giáo dục và Đào tạo", "BKHCN": "Bộ Khoa học và Công nghệ",
    "BVHTTDL": "Bộ Văn hóa, Thể thao và Du lịch",
    "BDTTG": "Bộ Dân tộc và Tôn giáo", "BNNMT": "Bộ Nông nghiệp và Môi trường", "BTNMT": "Bộ Tài nguyên và Môi trường",
    "BNNPTNT": "Bộ Nông nghiệp và Phát triển nông thôn", "BGTVT": "Bộ Giao thông vận tải",
    "BTTTT": "Bộ Thông tin và Truyền thông", "BKHĐT": "Bộ Kế hoạch và Đầu tư",
    "BLĐTBXH": "Bộ Lao động - Thương binh và Xã hội", "NHNN": "Ngân hàng Nhà nước Việt Nam",
    "TTCP": "Thanh tra Chính phủ",
    "TANDTC": "Tòa án nhân dân tối cao", "VKSNDTC": "Viện kiểm sát nhân dân tối cao", "KTNN": "Kiểm toán nhà nước",
}  # fmt: skip
_SPELLED_OUT = {"UBND": "Ủy ban nhân dân", "HĐND": "Hội đồng nhân dân", "UBMTTQ": "Ủy ban Mặt trận Tổ quốc"}
_PROPER_NAMES = (
    "Ủy ban nhân dân", "Hội đồng nhân dân", "Ban Chấp hành Trung ương", "Ban Chấp hành Đảng bộ", "Ban Thường vụ",
    "Bộ Chính trị", "Ban Bí thư", "Tỉnh ủy", "Thành ủy",
)  # fmt: skip
_BODY_WORDS = (
    "ỦY BAN", "UỶ BAN", "UBND", "HỘI ĐỒNG", "HĐND", "CHỦ TỊCH", "CHÍNH PHỦ", "THỦ TƯỚNG", "QUỐC HỘI", "VĂN PHÒNG", "BỘ",
    "SỞ", "BAN", "CỤC", "TỔNG CỤC", "CHI CỤC", "PHÒNG",
    "TRUNG TÂM", "VIỆN", "TRƯỜNG", "BỆNH VIỆN", "CÔNG AN", "TỈNH ỦY",
    "TỈNH UỶ", "THÀNH ỦY", "THÀNH UỶ", "ĐẢNG ỦY", "ĐẢNG BỘ", "HUYỆN ỦY", "TÒA ÁN", "TOÀ ÁN", "NGÂN HÀNG", "THANH TRA",
    "KIỂM TOÁN", "HỘI", "HIỆP HỘI", "QUỸ", "BẢO HIỂM", "KHO BẠC", "TỔNG CÔNG TY", "CÔNG TY", "TẬP ĐOÀN", "HỌC VIỆN",
    "LIÊN ĐOÀN", "ĐOÀN", "MẶT TRẬN", "THƯỜNG TRỰC",
)  # fmt: skip
_BODY = re.compile(rf"(?:{'|'.join(sorted(_BODY_WORDS, key=len, reverse=True))})(?!\w)")
# A line that begins with a place continues the body named above it.
PLACE = re.compile(r"(?:TỈNH|THÀNH PH[ỐÔ]|HUYỆN|THỊ XÃ|QUẬN|PHƯỜNG|XÃ|THỊ TRẤN|ĐẶC KHU)\s+\S")
_LEVELS = ("tỉnh", "thành phố", "huyện", "thị xã", "quận", "phường", "xã", "thị trấn", "đặc khu")
_PARTY_COMMITTEES = ("tỉnh ủy", "tỉnh uỷ", "thành ủy", "thành uỷ", "huyện ủy", "huyện uỷ")
_COUNCIL = re.compile(r"(?:ỦY BAN NHÂN DÂN|UỶ BAN NHÂN DÂN|UBND|HỘI ĐỒNG NHÂN DÂN|HĐND)\b")


def names_body(line: str) -> bool:
    """Whether `line`, in capitals, begins with the name of an official body."""
    return _BODY.match(line) is not None


def issuer_of_code(number: str) -> str:
    """Body named by the last letters of a document number (`13/2023/NĐ-CP`); empty when they name none."""
    letters = re.sub(r"\d+$", "", re.split(r"[/-]", number)[-1])
    return _BODIES.get(letters, "")


def issuer_of_letterhead(lines: Sequence[str], text: str) -> str:
    """Full name of the issuer from the letterhead's capital lines, the superior body first; empty without any.

    A body of a province or ministry carries its superior's name where its own does not tell which one it is
    (`Sở Nội vụ tỉnh Bình Thuận`); joint issuers are all named. Names are written as `text` writes them.
    """
    bodies: list[str] = []
    for line in lines:
        starts_body = names_body(line) and not _continues(bodies[-1] if bodies else "")
        if bodies and not starts_body:
            bodies[-1] += " " + line
        else:
            bodies.append(line)
    if not bodies:
        return ""
    joint = [part.strip() for part in re.split(r"\s+[-–]\s+", bodies[-1]) if _BODY.match(part.strip())]
    if len(joint) > 1:
        return ", ".join(recased(part, text) for part in joint)
    issuer = recased(bodies[-1], text)
    if len(bodies) > 1 and (place := _place_of(bodies[-2], text)) and not _names_place(issuer):
        issuer = f"{issuer} {place}"
    return issuer


def _continues(body: str) -> bool:
    """Whether a name cannot end here, so that the next line belongs to it: `CHỦ TỊCH` › `ỦY BAN NHÂN DÂN`."""
    return body in {"CHỦ TỊCH", "THƯỜNG TRỰC", "VĂN PHÒNG", "BAN THƯỜNG VỤ"} or body.endswith((" VÀ", ",", " -"))


def _place_of(body: str, text: str) -> str:
    """`tỉnh Bình Thuận` of `UBND TỈNH BÌNH THUẬN`; empty for a body of no place."""
    if not _COUNCIL.match(body):
        return ""
    match = PLACE.search(body)
    name = recased(body, text)
    return name[len(name) - (len(body) - match.start()) :] if match else ""


def _names_place(issuer: str) -> bool:
    return any(f" {level} " in f"{issuer.lower()} " for level in _LEVELS)


def recased(name: str, text: str) -> str:
    """`name` in capitals as running text writes it; by the rules of Decree 30/2020/NĐ-CP where `text` never does."""
    for short, full in _SPELLED_OUT.items():
        name = re.sub(rf"\b{short}\b", full.upper(), name)
    return (written(name, text) or _capitalised(name)) if is_capitals(name) else name


def written(name: str, text: str) -> str:
    """`name` as `text` writes it elsewhere than in capitals, first letter capital; empty where it does not."""
    pattern = r"\s+".join(re.escape(word) for word in name.split())
    for match in re.finditer(pattern, text, re.IGNORECASE):
        found = " ".join(match.group().split())
        if not is_capitals(found):
            return found[0].upper() + found[1:]
    return ""


def _capitalised(name: str) -> str:
    """Capitals for known names, the first word, what follows `Bộ`, `Sở`, `Cục`, and all syllables of a place's name."""
    words = name.lower().split()
    result = []
    in_place = False
    for i, word in enumerate(words):
        after_level = i > 0 and (words[i - 1] in {"bộ", "sở", "cục", "vụ"} and i == 1)
        if in_place or i == 0 or after_level:
            word = word[0].upper() + word[1:]
        result.append(word)
        two = " ".join(words[max(0, i - 1) : i + 1])
        if i > 0 and (words[i] in _LEVELS or two in _LEVELS or two in _PARTY_COMMITTEES):
            in_place = True
    capitalised = " ".join(result)
    for known in (*_PROPER_NAMES, *_BODIES.values()):
        capitalised = re.sub(rf"\b{re.escape(known)}\b", known, capitalised, flags=re.IGNORECASE)
    return capitalised
