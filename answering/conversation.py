"""Follow-up questions made to stand alone, by rules: what they leave out is taken from the turn before."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from answering.questions import content_words
from core.references import find_document_references, find_provisions
from core.text import fold_diacritics, nfc
from core.types import Answer

_AND_WHAT_OF = re.compile(
    r"(?:(?:vậy|vay|thế|the|và|va)\s+)?(?:còn|con|với|voi)?\s*(?P<topic>.+?)\s+"
    r"(?:thì sao|thi sao|thế nào|the nao|ra sao)\s*\?*",
    re.IGNORECASE,
)
_KINDS = (
    "văn bản|kế hoạch|quyết định|nghị quyết|nghị định|thông tư|quy chế|chương trình|chỉ thị|hướng dẫn|công văn|"
    "đề án|báo cáo"
)
_THAT = r"\s+(?:này|đó|ấy|trên|nay|do|ay|tren)\b"
_THAT_DOCUMENT = re.compile(rf"\b(?:{_KINDS}|{fold_diacritics(_KINDS)}){_THAT}", re.IGNORECASE)
_THAT_PROVISION = re.compile(rf"\b(?:điều|khoản|điểm|mục|dieu|khoan|diem|muc){_THAT}", re.IGNORECASE)
_POINTING = re.compile(r"\b(?:nó|đó|này|ấy|trên|nói trên|vừa nêu|họ)\b", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Turn:
    """One question of the conversation and what was answered."""

    question: str
    answer: Answer


def standalone(question: str, history: Sequence[Turn]) -> str:
    """`question` so that it is understood without the turns before it; unchanged when it already is.

    Rules, in order: "còn X thì sao?" repeats the last question about X; "kế hoạch đó", "điều này" become the document
    or provision cited last; a short question that points back or names nothing of its own is asked of that document.
    """
    question = " ".join(nfc(question).split())
    if not history or find_document_references(question):
        return question
    last = history[-1]
    asked_of = _AND_WHAT_OF.fullmatch(question)
    if asked_of and len(asked_of["topic"].split()) <= 8 and not _THAT_DOCUMENT.search(asked_of["topic"]):
        return _about(asked_of["topic"], last.answer.question or last.question)
    if not last.answer.citations:
        return question
    cited = last.answer.citations[0]
    if _THAT_DOCUMENT.search(question):
        return _THAT_DOCUMENT.sub(lambda _: cited.document.name, question, count=1)
    if _THAT_PROVISION.search(question) and cited.label:
        return _THAT_PROVISION.sub(lambda _: f"{cited.label} {cited.document.name}", question, count=1)
    points_back = _POINTING.search(question) is not None and len(question.split()) <= 16
    if points_back or len(content_words(question)) <= 3:
        where = cited.document.name if not find_provisions(question) else f"của {cited.document.name}"
        return f"{question.rstrip(' ?')} ({where})?"
    return question


def _about(topic: str, previous: str) -> str:
    """`previous` asked about `topic`: in place of the words that share its head, else in front.

    "Cán bộ cấp tỉnh được đào tạo bao nhiêu buổi?" and the topic "cấp xã" give "Cán bộ cấp xã được …".
    """
    topic_words = topic.split()
    head = fold_diacritics(topic_words[0]).lower()
    words = previous.rstrip(" ?").split()
    for position in range(len(words) - 1, -1, -1):
        word = fold_diacritics(words[position]).lower().strip(",.?")
        if word == head and position + 1 < len(words):
            return " ".join([*words[:position], *topic_words, *words[position + max(2, len(topic_words)) :]]) + "?"
    return f"{topic}: {previous}"
