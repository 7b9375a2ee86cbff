"""Names of issuing bodies: read from a letterhead's capitals, or known from the letters of a document number."""

import re
from collections.abc import Sequence
from functools import cache

from core.references import kind_of_code
from ingest.headings import is_capitals
from ingest.letterhead_lines import folded, is_date_line, kind_of_line, number_value
from ingest.text_quality import text_quality

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
    "BKH": "Bộ Kế hoạch và Đầu tư", "BNN": "Bộ Nông nghiệp và Phát triển nông thôn",
    "BBCVT": "Bộ Bưu chính, Viễn thông", "BTM": "Bộ Thương mại", "BCN": "Bộ Công nghiệp",
    "BVHTT": "Bộ Văn hóa - Thông tin", "UBDT": "Ủy ban Dân tộc", "BHXH": "Bảo hiểm xã hội Việt Nam",
    "TLĐ": "Tổng Liên đoàn Lao động Việt Nam", "TCHQ": "Tổng cục Hải quan", "TCT": "Tổng cục Thuế",
    "TANDTC": "Tòa án nhân dân tối cao", "VKSNDTC": "Viện kiểm sát nhân dân tối cao", "KTNN": "Kiểm toán nhà nước",
}  # fmt: skip
_SPELLED_OUT = {"UBND": "Ủy ban nhân dân", "HĐND": "Hội đồng nhân dân", "UBMTTQ": "Ủy ban Mặt trận Tổ quốc"}
_PROPER_NAMES = (
    "Ủy ban nhân dân", "Hội đồng nhân dân", "Ban Chấp hành Trung ương", "Ban Chấp hành Đảng bộ", "Ban Thường vụ",
    "Bộ Chính trị", "Ban Bí thư", "Tỉnh ủy", "Thành ủy", "Ban Chỉ đạo", "Ban Quản lý", "Trường Đại học",
    "Trường Cao đẳng", "Tổng công ty",
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
# Names of provinces before and after the mergers of 2025; a place in capitals or misread is written after them.
_PROVINCES = (
    "An Giang", "Bà Rịa - Vũng Tàu", "Bắc Giang", "Bắc Kạn", "Bạc Liêu", "Bắc Ninh", "Bến Tre", "Bình Định",
    "Bình Dương", "Bình Phước", "Bình Thuận", "Cà Mau", "Cần Thơ", "Cao Bằng", "Đà Nẵng", "Đắk Lắk", "Đắk Nông",
    "Điện Biên", "Đồng Nai", "Đồng Tháp", "Gia Lai", "Hà Giang", "Hà Nam", "Hà Nội", "Hà Tĩnh", "Hải Dương",
    "Hải Phòng", "Hậu Giang", "Hòa Bình", "Hồ Chí Minh", "Huế", "Hưng Yên", "Khánh Hòa", "Kiên Giang", "Kon Tum",
    "Lai Châu", "Lâm Đồng", "Lạng Sơn", "Lào Cai", "Long An", "Nam Định", "Nghệ An", "Ninh Bình", "Ninh Thuận",
    "Phú Thọ", "Phú Yên", "Quảng Bình", "Quảng Nam", "Quảng Ngãi", "Quảng Ninh", "Quảng Trị", "Sóc Trăng", "Sơn La",
    "Tây Ninh", "Thái Bình", "Thái Nguyên", "Thanh Hóa", "Thừa Thiên Huế", "Tiền Giang", "Trà Vinh", "Tuyên Quang",
    "Vĩnh Long", "Vĩnh Phúc", "Yên Bái",
)  # fmt: skip
_CITIES = frozenset({"Hà Nội", "Hồ Chí Minh", "Hải Phòng", "Đà Nẵng", "Cần Thơ", "Huế"})
# Lines beside a letterhead that are no part of the body's name.
_BESIDE = re.compile(
    r"van ban (?:quy pham|hop nhat)|cong bao|phan van ban|(?:du|ban) thao|sao y|den\b|hoa toc|khan|thuong khan"
    r"|mat$|tuyet mat|toi mat|cong thong tin|ky boi|so\s*:|khoa\s|ky hop|nhiem ky|tai lieu|ban chinh"
)
_READ = 0.9  # below it a line in capitals is what recognition made of a stamp
_MOSTLY = 0.5
_YEARS = re.compile(r"\d{4}\s*[-–]\s*\d{4}$")
# "BỘ TRƯỞNG BỘ …", "GIÁM ĐỐC SỞ …": the head of a body decides in the body's name.
_HEAD_OF_BODY = re.compile(
    r"(?:BỘ TRƯỞNG|THỐNG ĐỐC|(?:TỔNG )?GIÁM ĐỐC|(?:TỔNG )?CỤC TRƯỞNG|CHI CỤC TRƯỞNG|HIỆU TRƯỞNG|VIỆN TRƯỞNG|TRƯỞNG BAN|"
    r"TRƯỞNG PHÒNG|CHỦ NHIỆM|CHÁNH ÁN|CHÁNH VĂN PHÒNG(?= VĂN))\s+"
)
# Bodies whose name says nothing without that of the body they belong to.
_DEPENDENT = re.compile(
    r"(?:VĂN PHÒNG|THANH TRA|(?:BAN|PHÒNG|ỦY BAN KIỂM TRA|UỶ BAN KIỂM TRA)(?! CHỈ ĐẠO)(?:\s\S+){0,3})$"
)
_CENTRAL_COMMITTEE = "BAN CHẤP HÀNH TRUNG ƯƠNG"
_LEVELS = ("tỉnh", "thành phố", "huyện", "thị xã", "quận", "phường", "xã", "thị trấn", "đặc khu")
_PARTY_COMMITTEES = ("tỉnh ủy", "tỉnh uỷ", "thành ủy", "thành uỷ", "huyện ủy", "huyện uỷ")
_COUNCIL = re.compile(r"(?:ỦY BAN NHÂN DÂN|UỶ BAN NHÂN DÂN|UBND|HỘI ĐỒNG NHÂN DÂN|HĐND)\b")


def names_body(line: str) -> bool:
    """Whether `line`, in capitals, begins with the name of an official body."""
    return _body_start().match(folded(line)) is not None


@cache
def _body_start() -> re.Pattern[str]:
    return re.compile(rf"(?:{'|'.join(sorted(map(folded, _BODY_WORDS), key=len, reverse=True))})(?!\w)")


@cache
def _known_names() -> dict[str, str]:
    """Names of bodies by their folded form; a department of a province is named after its ministry."""
    departments = [name.replace("Bộ ", "Sở ", 1) for name in _BODIES.values() if name.startswith("Bộ ")]
    return {folded(name): name for name in (*departments, *_BODIES.values())}


def known_issuer(number: str) -> str:
    """Body or bodies that the letters of a document number name (`13/2023/NĐ-CP`); empty when they name none.

    Joint documents carry the letters of each body (`TTLT-BQP-BTC`), official letters those of the sender first
    (`2450/VPCP-KGVX`).
    """
    codes = re.split(r"[-,]", number.split("/")[-1])
    codes = [re.sub(r"\d+$", "", code) for code in codes]
    if len(codes) > 2 and kind_of_code(codes[0]) and all(code in _BODIES for code in codes[1:]):
        return ", ".join(_BODIES[code] for code in codes[1:])
    if name := _BODIES.get(codes[-1], ""):
        return name
    return _BODIES.get(codes[0], "") if len(codes) > 1 and not kind_of_code(codes[0]) else ""


def issuer_of_letterhead(lines: Sequence[str], text: str, *, joint: bool = False) -> str:
    """Full name of the issuer from the lines above a document's kind, the superior body first; empty without any.

    A body of a province or ministry carries its superior's name where its own does not tell which one it is
    (`Sở Nội vụ tỉnh Bình Thuận`); `joint` issuers are all named. Names are written as `text` writes them.
    """
    bodies = _bodies(lines)
    if not bodies:
        return ""
    parts = [part.strip() for part in re.split(r"\s*[-–]\s*(?=[^\W\d_])", bodies[-1])]
    if joint or (len(parts) > 1 and all(names_body(part) for part in parts)):
        every = [part for body in bodies for part in _joint_parts(body)]
        if len(every) > 1:
            return ", ".join(recased(part, text) for part in dict.fromkeys(every))
    own = bodies[-1]
    superior = bodies[-2] if len(bodies) > 1 else ""
    if superior == _CENTRAL_COMMITTEE and _DEPENDENT.match(own):
        return f"{recased(own, text)} Trung ương{' Đảng' if own == 'VĂN PHÒNG' else ''}"
    if (
        superior
        and _DEPENDENT.match(own)
        and not _names_place(own.lower())
        and own.split()[0] in {"VĂN", "THANH", "BAN"}
    ):
        return f"{recased(own, text)} {recased(superior, text)}"
    issuer = recased(own, text)
    if superior and (place := _place_of(superior, text)) and not _names_place(issuer):
        issuer = f"{issuer} {place}"
    return issuer


def _bodies(lines: Sequence[str]) -> list[str]:
    """Names of bodies in `lines`, each with the lines that continue it."""
    bodies: list[str] = []
    seen: set[str] = set()
    adjacent = False  # the line before belongs to a body
    for line in lines:
        key = folded(line)
        capital = is_capitals(line) and not _BESIDE.match(key) and not kind_of_line(line)
        starts = capital and names_body(line) and not (adjacent and bodies and _continues(bodies[-1]))
        continues = (
            adjacent
            and bool(bodies)
            and (
                (capital and text_quality(line) > _READ and not any(c.isdigit() for c in line))
                or _YEARS.match(line) is not None
            )
        )
        if number_value(line) is not None or is_date_line(line):
            adjacent = False
        elif starts or (capital and PLACE.match(line)) or continues:
            if key not in seen and bodies and not starts:
                bodies[-1] += " " + line.strip(" .")
            elif key not in seen:
                bodies.append(line.strip(" ."))
            seen.add(key)
            adjacent = True
        else:
            adjacent = False
    return [without_head(body) for body in bodies]


def _joint_parts(body: str) -> list[str]:
    """Bodies of one name: `BỘ QUỐC PHÒNG-BỘ TÀI CHÍNH`, but `BỘ LAO ĐỘNG - THƯƠNG BINH VÀ XÃ HỘI` is one."""
    parts: list[str] = []
    for part in re.split(r"\s*[-–]\s*", body.strip(" -–")):
        if parts and not names_body(part):
            parts[-1] += f" - {part}"
        else:
            parts.append(part)
    return parts


def without_head(name: str) -> str:
    """`BỘ TÀI CHÍNH` of `BỘ TRƯỞNG BỘ TÀI CHÍNH`; a chairman's or prime minister's own authority is kept."""
    rest = _HEAD_OF_BODY.sub("", name, count=1)
    return rest if names_body(rest) else name


def repaired_issuer(issuer: str, *, known: str, place: str, region: str) -> str:
    """`issuer` read from the letterhead with what other fields tell for sure.

    These are the body that the number's letters name, the `place` beside the date, and the `region` that portals give
    as the issuer (`Tỉnh Gia Lai`).
    """
    key = folded(issuer)
    if known and folded(known) in key:
        return known  # misread letters, or the state's name read into the line
    if place and issuer.endswith((" tỉnh", " thành phố")):
        return f"{issuer} {place}"
    if issuer.endswith(("Ủy ban nhân dân", "Hội đồng nhân dân")) and folded(region).startswith(("tinh ", "thanh pho ")):
        return f"{issuer} {region[0].lower()}{region[1:]}"
    # Only provinces have departments, and they date their documents by the province's name (Decree 30/2020/NĐ-CP).
    if place in _PROVINCES and issuer.startswith("Sở ") and not _names_place(issuer) and place not in issuer:
        return f"{issuer} {'thành phố' if place in _CITIES else 'tỉnh'} {place}"
    # The place beside the date repairs the same place misread in capitals.
    if place and key.endswith(folded(place)):
        return issuer[: len(issuer) - len(place)] + place
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
        name = re.sub(rf"\b{short}\b", full.upper() if is_capitals(name) else full, name)
    if not is_capitals(name):
        return name
    key = folded(name)
    known = next((known for start, known in _known_names().items() if f"{key} ".startswith(f"{start} ")), "")
    if not known:
        return with_province(written(name, text) or _capitalised(name))
    rest = recased(name[len(known) :].strip(), text)
    return with_province(f"{known} {rest[0].lower()}{rest[1:]}") if rest else known


def written(name: str, text: str) -> str:
    """`name` as `text` writes it elsewhere than in capitals, first letter capital; empty where it does not."""
    pattern = r"\s+".join(re.escape(word) for word in name.split())
    for match in re.finditer(pattern, text, re.IGNORECASE):
        found = " ".join(match.group().split())
        if sum(c.isupper() for c in found) < _MOSTLY * len(found):
            return found[0].upper() + found[1:]
    return ""


def with_province(name: str) -> str:
    """`name` with the province that it is or ends in, where there is one, written as it is listed."""
    key = folded(name)
    for province in _PROVINCES:
        ending = folded(province)
        for level, full in (("tinh", "tỉnh"), ("thanh pho", "thành phố")):
            if key.endswith(f"{level} {ending}"):
                start = len(name) - len(province) - len(level) - 1
                listed = f"{full} {province}"
                return name[:start] + (listed if name[start].islower() else listed[0].upper() + listed[1:])
        if key == ending or key.endswith(f"uy {ending}"):
            return name[: len(name) - len(province)] + province
    return name


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
