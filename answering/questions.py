"""What a question asks for: its kind, and the words that carry its meaning."""

import re
from enum import StrEnum

from core.text import fold_diacritics, syllables


class QuestionKind(StrEnum):
    """What an answer must hold to be one."""

    LIST = "list"
    DEFINITION = "definition"
    QUANTITY = "quantity"
    TIME = "time"
    WHO = "who"
    YES_NO = "yes_no"
    COMPARISON = "comparison"
    VALIDITY = "validity"
    PLACE = "place"
    REASON = "reason"
    OTHER = "other"


# "Có … không?" that holds a further question word asks that and not yes or no.
_ASKS_NOTHING_ELSE = r"(?:(?! bao (?:nhieu|gio|lau)\b| (?:nao|gi|ai|may)\b).)*?"
# Cues of each kind, on the folded, lower-case question (people type "bao nhieu"); the first kind with a cue wins.
_CUES: dict[QuestionKind, tuple[str, ...]] = {
    QuestionKind.VALIDITY: (
        r"\b(?:con|het|dang co|da het|mat) (?:hieu luc|ap dung)\b(?!.*\b(?:khi nao|ngay nao|bao gio))",
        r"\bco hieu luc (?:khong|chua)\b",
        r"\b(?:bi|duoc) (?:thay the|sua doi|bai bo)(?: boi| bang)?\b.*\b(?:chua|khong|nao|gi)\b",
    ),
    QuestionKind.COMPARISON: (
        r"\bso sanh\b",
        r"\bkhac (?:nhau|gi|biet)\b",
        r"\bso voi\b.*\b(?:the nao|ra sao|khac|tang|giam|cao|thap|hon)\b",
        r"\btu bao nhieu\b.{0,20}\b(?:len|xuong|sang|thanh|con) bao nhieu\b",
        r"\bchenh (?:nhau|lech)\b",
    ),
    QuestionKind.YES_NO: (
        rf"\b(?:co|duoc|phai|bi|can)\b{_ASKS_NOTHING_ELSE} (?:khong|chua)\s*(?:,?\s*theo\b[^?]*)?\??$",
        r"\bphai khong\b|\bdung (?:hay|khong)\b",
        r"\bda\b.*\bchua\s*\??$",
    ),
    QuestionKind.REASON: (r"\b(?:tai|vi) sao\b|\bly do (?:gi|nao)\b|\bnguyen nhan\b.*\b(?:gi|nao)\b|\bde lam gi\b",),
    QuestionKind.PLACE: (r"\bo dau\b|\b(?:dia diem|noi|cho) nao\b|\btai dau\b|\bdia chi\b",),
    QuestionKind.QUANTITY: (
        r"\bbao (?:nhieu|lau)\b",
        r"\bmay (?!moc|chu|tinh|anh)\w+",
        r"\bty le\b.*\b(?:nao|gi|la)\b",
        r"\bmuc (?:chi|ho tro|luong|phat|thu|kinh phi)\b",
        r"\bkinh phi\b.*\b(?:the nao|ra sao)\b",
        r"\btoi (?:da|thieu)\b.*\b(?:nao|gi)\b",
        r"\bthoi luong\b",
    ),
    QuestionKind.TIME: (
        r"\bkhi nao\b|\bbao gio\b|\b(?:ngay|nam|thang|quy|luc) nao\b",
        r"\bthoi (?:han|gian|diem)\b",
        r"\bhan (?:chot|cuoi|nop|bao cao)\b",
        r"\bdinh ky\b",
    ),
    QuestionKind.LIST: (
        r"\bnhung\b.*\b(?:nao|gi|ai)\b",
        r"\bcac\b.*\b(?:nao|gi)\b",
        r"\b(?:bao )?gom\b",
        r"\bliet ke\b|\bke (?:ten|ra)\b|\bneu (?:cac|nhung)\b",
        r"\b(?:trach nhiem|nhiem vu|quyen|quyen han|dieu kien|tieu chuan|tieu chi|noi dung|muc tieu|giai phap|"
        r"nguyen tac|hanh vi|ho so|yeu cau|muc dich|thanh phan|doi tuong|chi tieu)\b.*\b(?:gi|nao|ra sao|the nao|la)\b",
    ),
    QuestionKind.DEFINITION: (
        r"\bla gi\b",
        r"\bduoc hieu\b|\bnghia la\b|\bthe nao la\b",
        r"\bkhai niem\b|\bdinh nghia\b",
    ),
    # "ai" alone is as often the technology as "who".
    QuestionKind.WHO: (
        r"(?:^|, )ai\b|\b(?:do|la|cho|boi|nhung|gom|voi|cua|giao|nguoi) ai\b(?! (?:tao sinh|dung chung|cong cong))",
        r"\bai (?:co quyen|quyet dinh|chiu trach nhiem|phai|duoc|se|ky|phe duyet|ban hanh|lam|la)\b",
        r"\b(?:co quan|don vi|so|cap|nguoi|noi|ben|to chuc|ban) nao\b",
        r"\bchu tri\b",
    ),
}
_PATTERNS = {kind: re.compile("|".join(cues)) for kind, cues in _CUES.items()}

_FACTS = (QuestionKind.QUANTITY, QuestionKind.TIME, QuestionKind.WHO, QuestionKind.PLACE)
# "Những tồn tại nào", "gồm những gì", "các hành vi bị cấm", "tiêu chuẩn gì", "trách nhiệm của … là gì".
_LISTED = re.compile(
    r"\b(?:những|các|mấy|liệt kê|nêu|kể)\s+"
    r"(?P<things>(?:(?!(?:nào|gì|ai|khi|của|theo|được|trong)\b)[^\W\d_]+\s*){1,5})"
    r"|(?P<before>\b[^\W\d_]+\s+[^\W\d_]+)\s+(?:gì|nào|ra sao)\b"
)

# Words that questions are built with and that say nothing of their subject.
_FUNCTION_WORDS = frozenset(
    """ai à ạ bạn bao bằng bắt bị biết bởi cả các cách cái cần chỉ chị chính cho chót chung chúng chưa có còn của cùng
    cứ dưới đã đang đâu đây để đến đi điều đó được gì giữa giờ gồm hay hãy hiện hoặc hỏi hơn kê kể khác khi khoản
    không kia là lại làm lâu liệt lúc mà mấy mình mọi mới một muốn nào này nay nên nếu ngày nghĩa người nhau nhé
    nhiêu như nhưng những nói ở phải phần quy ra rằng rất rồi sao sau sánh sẽ so ta tại theo thế thì tôi trăm trên
    trong trước từ từng và vào vậy về vì việc với vừa xem xin xong định đúng""".split()
)


def question_kind(question: str) -> QuestionKind:
    """The kind of `question`, with or without diacritics; OTHER when no pattern fits."""
    folded = fold_diacritics(question).lower()
    return next((kind for kind, pattern in _PATTERNS.items() if pattern.search(folded)), QuestionKind.OTHER)


def fact_asked(question: str) -> QuestionKind:
    """What each side of a comparison, or a list, is asked for: a figure, a time, a body …; OTHER when not said."""
    folded = fold_diacritics(question).lower()
    return next((kind for kind in _FACTS if _PATTERNS[kind].search(folded)), QuestionKind.OTHER)


def listed_words(question: str) -> list[str]:
    """Syllables of `question` that say what is to be listed: `điều kiện` of "phải đáp ứng những điều kiện gì?"."""
    found = _LISTED.search(question.lower())
    return content_words(found["things"] or found["before"]) if found else []


def content_words(question: str) -> list[str]:
    """Syllables of `question` in order, diacritics restored, without the words that questions are built with."""
    return [word for word in syllables(question) if word not in _FUNCTION_WORDS]


_FOLDED_FUNCTION_WORDS = frozenset(map(fold_diacritics, _FUNCTION_WORDS))


def folded_content_words(question: str) -> list[str]:
    """As `content_words`, without diacritics, for questions that may have been typed so."""
    return [word for word in syllables(fold_diacritics(question)) if word not in _FOLDED_FUNCTION_WORDS]
