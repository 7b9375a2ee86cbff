"""Follow-up questions made to stand alone, by rules: what they leave out is taken from the turn before."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from answering.questions import folded_content_words
from answering.quoting import place
from core.references import find_document_references, find_provisions
from core.text import fold_diacritics, has_vietnamese_marks, nfc
from core.types import Answer, Citation

# All patterns are matched on the folded, lower-case question: people type "con cap xa thi sao".
_JOINT = r"(?:(?:vay|the|va|roi)\s+)?"
_AND_WHAT_OF = re.compile(
    rf"{_JOINT}(?P<and>(?:con|doi voi|voi|con doi voi|con voi)\s+)?(?P<topic>.+?)\s+"
    r"(?:thi sao|thi the nao|the nao|ra sao)"
)
_AND = re.compile(rf"{_JOINT}con\s+(?P<topic>\S+(?:\s+\S+){{0,5}})")
# "Thế còn báo cáo quý thì gửi hạn nào?", "Rồi tổ phải họp xong trước ngày nào?"
_GOES_ON = re.compile(r"(?:vay|the|va|roi|con)\s+(?:con\s+|thi\s+)?(?!(?:nay|ma|thi|la|nao)\b)")
_NO_SUBJECT = re.compile(r"(?:phai|bi)\s")
_ASKS = re.compile(r"\b(?:ai|gi|nao|bao|may|sao|dau|khong|chua)\b")
# In a question without diacritics, "do" is as often "by".
_DO = r"do(?! (?:ai|co quan|don vi|so|bo|ubnd|uy ban|cap|nguoi|chu tich|ban|nao)\b)"
_THAT = rf"\s+(?:nay|{_DO}|ay|kia|noi tren|neu tren|vua neu|vua noi)\b"
_THAT_DOCUMENT = re.compile(
    r"\b(?:van ban|ke hoach|quyet dinh|nghi quyet|nghi dinh|thong tu|quy che|chuong trinh|chi thi|huong dan|cong van|"
    rf"de an|bao cao|luat){_THAT}"
)
_THAT_PROVISION = re.compile(rf"\b(?:dieu|khoan|diem|muc|quy dinh){_THAT}")
_POINTING = re.compile(
    rf"\b(?:no|(?<!nam )(?<!hom )(?<!hien )nay|ay|noi tren|neu tren|vua neu|vua noi|ho|nhu vay|nhu the)\b|"
    rf"\b(?:viec|dieu|noi dung|van de|cai|muc|so|khoan|luc|ngay|nhom|lop|nguoi|to|khi|sau|truoc) {_DO}\b"
)
# Words that only their diacritics tell from others.
_POINTERS = {"nay": "này", "ho": "họ", "no": "nó", "ay": "ấy", "con": "còn", "muc": "mục", "do": ""}
_IF = re.compile(r"(?:neu|khi|truong hop)\b")
_WHY = re.compile(r"(?:vi sao|tai sao|ly (?:do|~~)|sao)(?: (?:vay|the|la gi|lai vay|lai the|nhu vay|nhu the))?")
_EXAMPLE = re.compile(
    r"(?:(?:cho|neu|lay)(?: toi| minh)?(?: xin)? )?(?:mot |mot vai |vai )?vi du(?: (?:di|xem|cu the))?"
)
_MORE = re.compile(
    r"(?:(?:hay |xin |vui long )?(?:noi|giai thich|trinh bay|neu|lam) )?"
    r"(?:chi tiet|cu the|ro|them|day du|ky)(?: (?:hon|them|di|nua))?"
)
# Kinds of things that a question may be asked about anew: what one of them takes the place of is of its own kind.
_KINDS = tuple(
    re.compile(rf"\b(?:{words})\b")
    for words in (
        r"(?:dau |cuoi |giua )?nam \d{4}|quy (?:[1-4]|iv|i{1,3})\b(?: nam \d{4})?|thang \d{1,2}|"
        r"giai doan \d{4}\s?[-–]\s?\d{4}",
        r"cap (?:tinh|huyen|xa|thon|trung uong|bo|co so|quoc gia)",
        r"to truong|to pho|thanh vien|doi truong|can bo|cong chuc|vien chuc|hoc vien|giang vien|lanh dao|nguoi dan|"
        r"doanh nghiep|ho gia dinh|nguoi lao dong|nguoi huong dan|bao cao vien|chu tich|pho chu tich|truong ban|pho "
        r"truong ban|hoc sinh|sinh vien|giao vien|to chuc|ca nhan",
        r"loai (?:xuat sac|tot|gioi|kha|trung binh|dat|[abc])|giai (?:nhat|nhi|ba|khuyen khich)|muc [1-9]|nhom [1-9]",
    )
)
# "Sở Khoa học và Công nghệ": words of a field begin with a capital, and one without may end each.
_BODY = re.compile(
    r"\b(?:Sở|So|Bộ|Bo|Cục|Cuc|Phòng|Phong|Ban|UBND|Ubnd|HĐND|Văn phòng|Trung tâm|Ủy ban nhân dân|Hội đồng nhân dân)"
    r"(?:(?: và)? (?!Sở|Bộ|Ban)[^\W\d_a-zà-ỹđ][^\W\d_]*"
    r"(?: (?!chủ|là|có|được|phải|làm|giao|cấp|cần|trong|theo|thì|do|và|phối|ban|đã|tỉnh)[a-zà-ỹđ]+)?)+"
)
# Aspects of a matter, which are asked of the matter at hand.
_ASPECTS = frozenset(
    "kinh phi nguon von thoi han gian hieu luc trach nhiem ho so muc doi tuong tieu ky ban hanh chu tri nop ap dung "
    "thuc hien phoi hop dieu kien thu tuc co quan don vi nguoi ngay thang nam phat chi ho tro tham quyen giai quyet "
    "pham vi noi dung yeu cau nhiem vu giai phap lo trinh tien do ket qua so luong tong bat dau ket thuc hoan thanh "
    "bao nhieu lau tien tra cham tre gia toi da thieu xu ly vi ngoai le nua".split()
)
_TAIL = re.compile(
    r"\s*(?:(?:la|nhu|duoc|thi|co)\s+)*(?:gi|bao nhieu|bao lau|bao gio|khi nao|luc nao|ngay nao|the nao|ra sao|"
    r"nhung gi|ai|o dau|may(?: \S+){1,2}|bao nhieu(?: \S+){1,2}|nhung \S+(?: \S+)? (?:gi|nao))(?: (?:mot|moi) \S+)?$"
)
_HEAD = re.compile(r"^(?:ai|khi nao|bao gio|co quan nao|don vi nao|vi sao|tai sao)\s+")
# Longer questions say what they are about.
_MAX_POINTING_WORDS = 16
_MAX_TOPIC_WORDS = 8
# A question that goes on from the last one says with so many words of its own what it is about now.
_OWN_MATTER_WORDS = 2


@dataclass(frozen=True, slots=True)
class Turn:
    """One question of the conversation and what was answered."""

    question: str
    answer: Answer


def standalone(question: str, history: Sequence[Turn]) -> str:
    """`question` so that it is understood without the turns before it; unchanged when it already is.

    Rules, in order: "còn X thì sao?" repeats the last question about X; "vì sao?", "cho ví dụ" are asked of the
    provision cited last; "kế hoạch đó", "điều này" become the document or provision cited last; a short question that
    points back, goes on ("rồi …") or names nothing of its own is asked of the last question's matter in that document.
    """
    question = " ".join(nfc(question).split())
    if not history:
        return question
    last = history[-1]
    previous = last.answer.question or last.question
    bare = question.rstrip(" ?.!")
    folded = _folded(bare)
    topic = _topic(bare, folded)
    if topic and not _THAT_DOCUMENT.search(fold_diacritics(topic).lower()):
        return _about(topic, previous, last.answer)
    if find_document_references(question) or not last.answer.citations:
        return question
    return _completed(question, folded, previous, last.answer.citations[0])


def _completed(question: str, folded: str, previous: str, cited: Citation) -> str:
    """`question` with what it points to, or leaves out, taken from the turn before."""
    bare = question[: len(folded)]
    document, where = cited.document.name, place(cited)
    for pattern, asked in ((_WHY, "Vì sao có quy định tại"), (_EXAMPLE, "Ví dụ về quy định tại")):
        if pattern.fullmatch(folded):
            return f"{asked} {where}?"
    if _MORE.fullmatch(folded):
        return f"{_cased(where, 0)} quy định cụ thể thế nào?"
    if match := _THAT_DOCUMENT.search(folded):
        return f"{question[: match.start()]}{document}{question[match.end() :]}"
    if match := _THAT_PROVISION.search(folded):
        # What is in force is a document.
        meant = document if "hieu luc" in folded else where
        return f"{question[: match.start()]}{meant}{question[match.end() :]}"
    is_short = len(folded.split()) <= _MAX_POINTING_WORDS
    goes_on = _GOES_ON.match(folded) if is_short else None
    bare = _cased(bare[goes_on.end() :], 0) if goes_on else bare
    own = set(folded_content_words(bare))
    has_matter = len(own - _ASPECTS) >= _OWN_MATTER_WORDS
    if goes_on and has_matter:
        return f"{bare} ({document})?"
    leaves_out = goes_on or (_NO_SUBJECT.match(folded) and not has_matter)
    if is_short and (leaves_out or _POINTING.search(folded) or _IF.match(folded)):
        return f"{bare} ({_matter(previous)}, {document})?"
    if not own - _ASPECTS:
        if find_provisions(question):
            return f"{bare} (của {document})?"
        return f"{bare} ({document})?" if own else f"{bare} ({_matter(previous)}, {document})?"
    return question


def _folded(question: str) -> str:
    """`question` folded and in lower case, same length.

    Where it has diacritics, words that only look like pointers become `~`, and "đó" becomes the plainer "ay".
    """
    folded = fold_diacritics(question).lower()
    if not has_vietnamese_marks(question):
        return folded

    def meant(match: re.Match[str]) -> str:
        word, written = match.group(), question[slice(*match.span())].lower()
        if written == "đó":
            return "ay"
        return word if _POINTERS.get(word, written) == written else "~" * len(word)

    return re.sub(r"\w+", meant, folded)


def _topic(bare: str, folded: str) -> str:
    """X of "còn X thì sao"; empty when the question is not of that shape."""
    if _IF.match(folded):
        return ""
    match = _AND_WHAT_OF.fullmatch(folded)
    if match is None or (_ASKS.search(match["topic"]) and not match["and"]):
        match = _AND.fullmatch(folded)
        if match is None or _ASKS.search(match["topic"]):
            return ""
    topic = bare[slice(*match.span("topic"))]
    # Without "còn", "X thế nào?" is a question of its own.
    has_and = "con" in folded[: match.start("topic")].split() or "thi" in folded[match.end("topic") :].split()
    return topic if has_and and len(topic.split()) <= _MAX_TOPIC_WORDS else ""


def _about(topic: str, previous: str, answer: Answer) -> str:
    """`previous` asked about `topic`, which takes the place of what is of its kind.

    "Cán bộ cấp tỉnh được đào tạo bao nhiêu buổi?" and the topic "cấp xã" give "Cán bộ cấp xã được …".
    """
    words = previous.rstrip(" ?")
    folded, key = fold_diacritics(words).lower(), fold_diacritics(topic).lower()
    if named := find_document_references(topic):
        kind = topic[: named[0].span.start]
        for reference in find_document_references(words):
            return f"{words[: reference.span.start].removesuffix(kind)}{topic}{words[reference.span.end :]}?"
        return f"{words} (theo {topic})?"
    if find_provisions(topic) and answer.citations:
        return f"{_cased(topic, 0)} {answer.citations[0].document.name} quy định gì?"
    for pattern in _KINDS:
        if pattern.match(key) and (replaced := list(pattern.finditer(folded))):
            start, end = replaced[-1].span()
            return f"{words[:start]}{_cased(topic, start)}{words[end:]}?"
    if _BODY.match(topic.title()) and (bodies := list(_BODY.finditer(words))):
        start, end = bodies[-1].span()
        return f"{words[:start]}{topic}{words[end:]}?"
    if not set(folded_content_words(topic)) - _ASPECTS:
        if not answer.citations:
            return f"{topic}: {previous}"
        return f"{_cased(topic, 0)} thế nào ({_matter(previous)}, {answer.citations[0].document.name})?"
    return _headed(topic, words)


def _headed(topic: str, words: str) -> str:
    """`topic` in place of the words that begin as it does, else in front."""
    topic_words, previous = topic.split(), words.split()
    head = fold_diacritics(topic_words[0]).lower()
    for position in range(len(previous) - 2, -1, -1):
        if fold_diacritics(previous[position]).lower().strip(",.?") == head:
            after = previous[position + max(2, len(topic_words)) :]
            return " ".join([*previous[:position], *topic_words, *after]) + "?"
    return f"{_cased(topic, 0)}: {words}?"


def _cased(topic: str, start: int) -> str:
    return topic if start else topic[:1].upper() + topic[1:]


def _matter(previous: str) -> str:
    """What the last question was about: "Mức hỗ trợ học viên là bao nhiêu?" was about "mức hỗ trợ học viên"."""
    words = re.sub(r"\s*\([^()]*\)$", "", previous.rstrip(" ?"))
    folded = fold_diacritics(words).lower()
    end = len(folded)
    if tail := _TAIL.search(folded):
        end = tail.start() or end
    head = _HEAD.match(folded[:end])
    matter = words[head.end() if head else 0 : end].strip()
    return matter[:1].lower() + matter[1:] if not matter[1:2].isupper() else matter
