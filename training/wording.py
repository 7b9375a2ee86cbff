"""The wording of administrative Vietnamese: what makes a sentence, a task or a list item usable by itself."""

import re

from core.text import syllables


def one_of(words: str) -> str:
    """Regular expression for any of the words separated by `|`, longest first, with any white space inside."""
    listed = sorted((" ".join(word.split()) for word in words.split("|")), key=len, reverse=True)
    return "|".join(re.escape(word).replace(r"\ ", r"\s+") for word in listed)


_TASK_VERBS = """chủ trì|phối hợp|tham mưu|thực hiện|tổ chức|hướng dẫn|xây dựng|ban hành|kiểm tra|bố trí|cân đối
    |thẩm định|theo dõi|tổng hợp|đôn đốc|rà soát|cung cấp|tiếp nhận|quản lý|trình|cấp|triển khai|chỉ đạo|bảo đảm|đảm bảo
    |định kỳ|giám sát|đề xuất|lập|lựa chọn|báo cáo|công bố|đánh giá|lồng ghép"""
_POINTED_AT = """điều|khoản|điểm|mục|bảng|phụ lục|việc|nội dung|trường hợp|nhiệm vụ|hành vi|thời hạn|thời gian|đối tượng
    |tổ chức|cơ quan|người|thông báo|văn bản|hồ sơ|dịch vụ|mức|lĩnh vực|giai đoạn"""
_POINTERS = "nêu trên|nói trên|kể trên|ở trên|trên đây|dưới đây|như sau"
_CONNECTIVES = """Tuy nhiên|Ngoài ra|Đồng thời|Do đó|Do vậy|Vì vậy|Trong đó|Theo đó|Cụ thể|Qua đó|Từ đó|Khi đó|Riêng
    |Mặt khác|Bên cạnh đó|Sau đó|Nếu|Và|Hoặc|Còn|Nhưng"""
_LISTED = "nội dung|trường hợp|hành vi|nhiệm vụ|hình thức|quyền|thông tin|tài liệu|vấn đề"

# Verbs with which a task opens.
TASK = re.compile(rf"(?:{one_of(_TASK_VERBS)})\b", re.IGNORECASE)
# Dots and lines to be filled in.
BLANK = re.compile(r"\.{4,}|…{2,}|_{3,}")

# A sentence that points elsewhere ("như nêu trên", "tại khoản này") cannot be understood on its own.
_POINTS_ELSEWHERE = re.compile(
    rf"\b(?:{one_of(_POINTERS)}|sau đây(?! gọi)|(?:{one_of(_POINTED_AT)}) (?:này|đó|trên))\b", re.IGNORECASE
)
_CONTINUES = re.compile(
    rf"(?:{one_of(_CONNECTIVES)}|Đối với [^:]{{3,60}} khác|Các (?:nội dung|trường hợp) (?:này|trên))\b",
    re.IGNORECASE,
)
_CATCH_ALL = re.compile(
    rf"\bkhác theo (?:quy định|yêu cầu|phân công)|^(?:các )?\S+ \S+ khác\b"
    rf"|\b(?:{one_of(_LISTED)})(?: và \w+ \w+)? khác\b",
    re.IGNORECASE,
)
_CUT_SHORT = re.compile(r"(?:\(\d{1,2}\)|\.\.\.|…)\s*$")
_FINAL = re.compile(r"(?:[;,]\s*(?:và|hoặc))?[\s.;,:/]*$")


def is_self_contained(text: str) -> bool:
    """Whether a reader understands `text` without its neighbours: no pointer, form, caption, cut or open quote."""
    return not (
        text.isupper()
        or "|" in text
        or text.startswith(("“", "”", '"'))
        or text.count("“") != text.count("”")
        or text.count('"') % 2
        or text.count("(") != text.count(")")
        or BLANK.search(text)
        or _CUT_SHORT.search(text)
        or _POINTS_ELSEWHERE.search(text)
        or _CONTINUES.match(text)
    )


def is_catch_all(item: str) -> bool:
    """Whether a list item (`Các hành vi khác theo quy định của pháp luật`) fits any list."""
    return _CATCH_ALL.search(item) is not None


def tidy(text: str) -> str:
    """`text` on one line, without final punctuation and joining words (`; và`)."""
    return _FINAL.sub("", " ".join(text.split()))


def likeness(first: str, second: str) -> float:
    """Share of the shorter text's distinct syllables that the other holds too, 0 to 1."""
    one, other = set(syllables(first)), set(syllables(second))
    return len(one & other) / max(1, min(len(one), len(other)))


def comparable(text: str) -> str:
    """Form in which two options or an option and a quote are compared: syllables, numbers without leading zeros."""
    return " ".join(word.lstrip("0") or "0" if word.isdigit() else word for word in syllables(text))


def holds(text: str, words: str) -> bool:
    """Whether `words` occur in `text` as whole syllables, however they are written."""
    return f" {comparable(words)} " in f" {comparable(text)} "
