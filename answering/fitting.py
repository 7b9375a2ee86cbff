"""What a sentence must hold to answer a question of a kind: a figure, a time, a body, a rule that settles yes or no."""

import re
from collections.abc import Mapping
from dataclasses import dataclass

from answering.questions import QuestionKind
from core.text import syllables, table_cells

# Not the number of a provision, a document or a day.
_NO_AMOUNT = (
    r"(?<!Điều )(?<!điều )(?<!khoản )(?<!điểm )(?<!số )(?<!Mục )(?<!mục )(?<!Phụ lục )(?<!năm )(?<!ngày )(?<!tháng )"
    r"(?<![\d.,/-])"
)
_NUMBER = re.compile(
    _NO_AMOUNT + r"\d[\d.,]*(?![\d/-])|"
    r"\b(?:một|hai|ba|bốn|năm(?! \d)|sáu|bảy|tám|chín|mười|nửa|toàn bộ|tối đa|tối thiểu)\b",
    re.IGNORECASE,
)
# "1. Phạm vi điều chỉnh", "a) …": the label of a provision is no figure in it.
_LABEL = re.compile(r"\s*[“\"]?(?:\d+(?:\.\d+)+|\d+[.)]|[a-zđ]\)|[ivxlc]+\.|Điều \d+[a-zđ]?\.)\s", re.IGNORECASE)
_TIME = re.compile(
    r"\d{1,2}\s?[/-]\s?\d{1,4}|(?:ngày|tháng|năm|quý|tuần|giờ|thế kỷ|thập niên)\s+\S*\d|"
    r"\b1\d{3}\b|\b20\d\d\b|\d+\s+(?:ngày|tháng|năm|giờ|phút|tuần|buổi)|"
    r"h[ằà]ng (?:ngày|tuần|tháng|quý|năm)|kể từ ngày|ngày ký|định kỳ|mỗi (?:ngày|tuần|tháng|quý|năm)",
    re.IGNORECASE,
)
_BODY = re.compile(
    r"[ỦU][ỷy] ban|UBND|HĐND|Hội đồng|Sở |Bộ |Ban |Cục |Chi cục|Phòng |Văn phòng|Trung tâm|Trường |Chủ tịch|Giám đốc|"
    r"Thủ tướng|Chính phủ|Quốc hội|Tỉnh [uủ]|Tổ |Bí thư|Thủ trưởng|người|cơ quan|đơn vị|cán bộ|công chức"
)
_REASON = re.compile(
    r"\b(?:vì|do|bởi|nhờ|nhằm|để|khiến|nên|nguyên nhân|lý do|dẫn đến|gây|mục đích|căn cứ)\b", re.IGNORECASE
)
# What settles whether something is allowed, owed or due.
_RULE = re.compile(
    r"không được|không phải|không quá|không áp dụng|không hưởng|nghiêm cấm|bị cấm|cấm|không thuộc|không cần|"
    r"bắt buộc|phải|chỉ được|chỉ|được miễn|miễn|được|có thể|có quyền|trừ trường hợp|trừ|không|tối đa|tối thiểu|từ chối",
    re.IGNORECASE,
)
# "bao nhiêu xã", but not "ngày mấy theo", "bao nhiêu một tháng"; "chiếm bao nhiêu GRDP" wants any share.
_COUNTED = re.compile(
    r"(?<!thứ )(?<!ngày )(?<!tháng )(?<!chiếm )(?<!đạt )\b(?:bao nhiêu|mấy)\s+"
    r"(?P<noun>(?!(?:theo|một|mỗi|về|là|cho|ở|trong|tại|của|và|thì|vào|từ|đến|so|hay|nếu|khi)\b)[^\W\d_]+)"
)
_MONEY = "tiền|đồng|nghìn|ngàn|triệu|tỷ|tỉ|kinh"
_MEASURES = (
    "người|thành|cán|học|công|giảng|đại|viên|lượt|hộ|nhân",
    _MONEY,
    "phần|%",
    "câu",
)
_FITTING: Mapping[QuestionKind, re.Pattern[str]] = {
    QuestionKind.QUANTITY: _NUMBER,
    QuestionKind.TIME: _TIME,
    QuestionKind.WHO: _BODY,
    QuestionKind.REASON: _REASON,
    QuestionKind.YES_NO: _RULE,
}
# "3. Trợ lý AI dùng chung là …", "“Dữ liệu mở” được hiểu là …"
_DEFINING = re.compile(r"(?:\d+\.|[a-zđ]\)|-)?\s*[“\"]?(?P<term>[^.;:]{2,90}?)[”\"]?\s(?:là|được hiểu là|nghĩa là)\s")

# Figures with their unit: "1.500.000 đồng/tháng", "70%", "05 thành viên"; not those that number a provision or a year.
_AMOUNT = re.compile(
    _NO_AMOUNT + r"\d+(?:[.,]\d+)*(?![\d/.])(?:\s?(?:-|–|đến)\s?\d+(?:[.,]\d+)*)?"
    r"\s?(?:%|(?:nghìn |ngàn |triệu |tỷ )?(?:đồng|[^\W\d_]+(?: viên)?)(?:/[^\W\d_]+(?: [^\W\d_]+(?=[;,.]|$))?)*)"
)
_DECISIVE = {
    QuestionKind.QUANTITY: _AMOUNT,
    QuestionKind.COMPARISON: _AMOUNT,
    QuestionKind.TIME: _TIME,
    QuestionKind.YES_NO: re.compile(
        r"không được|không phải|không quá|không áp dụng|không hưởng|nghiêm cấm|bị cấm|bắt buộc|chỉ được|được miễn|"
        r"trừ trường hợp",
        re.IGNORECASE,
    ),
}


@dataclass(frozen=True, slots=True)
class Counted:
    """What a question counts: "bao nhiêu xã" wants `34 xã`.

    People, money and shares go by other names than they are asked for: "bao nhiêu người" may be `397 thành viên`.
    """

    names: str

    @property
    def is_money(self) -> bool:
        """Whether money is asked for."""
        return self.names == _MONEY

    def stands_after_figure(self, text: str) -> bool:
        """Whether a figure stands before it in `text`."""
        before = r"\d[\d.,]*\s*(?:\([^)]*\)\s*)?(?:%\s*|lượt\s+|số\s+)?"
        return re.search(rf"{before}(?:{self.names})(?!\w)", text, re.IGNORECASE) is not None

    def is_named_in(self, text: str) -> bool:
        """Whether `text` names it at all."""
        return re.search(rf"(?<!\w)(?:{self.names})(?!\w)", text, re.IGNORECASE) is not None


def counted_in(question: str) -> Counted | None:
    """What `question` counts; `None` when it is not said."""
    asked = _COUNTED.search(question.lower())
    if asked is None:
        return None
    family = next((names for names in _MEASURES if asked["noun"] in names.split("|")), None)
    return Counted(family or re.escape(asked["noun"]))


def fits(text: str, heads: str, kind: QuestionKind, counted: Counted | None, asked: frozenset[str]) -> bool:
    """Whether `text` holds what the `kind` of question asks for and the question did not say itself.

    Args:
        text: The sentence, line or table row.
        heads: Column heads of the row; empty for running text.
        kind: Of the question.
        counted: What figures must count, if anything.
        asked: Syllables of the question: a figure or time made of these alone answers nothing.
    """
    if kind is QuestionKind.QUANTITY and counted is not None:
        # In a table the unit stands in the head or the first cell and the figure alone in its own.
        is_row = bool(heads) and any(cell[:1].isdigit() for cell in table_cells(text)[1:])
        return counted.stands_after_figure(text) or (is_row and counted.is_named_in(f"{text} {heads}"))
    pattern = _FITTING.get(kind)
    if pattern is None:
        return True
    if kind in {QuestionKind.QUANTITY, QuestionKind.TIME}:
        label = _LABEL.match(text)
        found = pattern.finditer(text, label.end() if label else 0)
        return any(not set(syllables(match.group())) <= asked for match in found)
    return pattern.search(text) is not None


def defines(text: str, asked: frozenset[str]) -> str:
    """The term that `text` defines where it begins with words of the question, given as syllables; else empty."""
    defining = _DEFINING.match(text)
    term = defining["term"] if defining else ""
    return term if term and set(syllables(term)[:2]) <= asked else ""


def decisive_matches(text: str, kind: QuestionKind) -> list[tuple[int, int]]:
    """Where the figures, times or words of rule that `kind` asks for stand in `text`; empty for other kinds."""
    pattern = _DECISIVE.get(kind)
    label = _LABEL.match(text)
    return [match.span() for match in pattern.finditer(text, label.end() if label else 0)] if pattern else []
