"""Example questions about the documents that are in the library, made from their headings."""

import re

from core.text import syllables
from core.types import Document, Section, SectionKind
from retrieval.knowledge_base import KnowledgeBase

_HEADED_KINDS = frozenset({SectionKind.ARTICLE, SectionKind.ROMAN, SectionKind.ITEM, SectionKind.HEADING})
# Headings every document has; asking about them shows nothing of this library.
_COMMON = re.compile(
    r"điều khoản thi hành|tổ chức thực hiện|hiệu lực|nơi nhận|căn cứ|giải thích từ ngữ|phạm vi|phụ lục", re.I
)
# A heading's own opening words tell how to ask about it.
_QUESTIONS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"mục tiêu|chỉ tiêu|mục đích", re.I), "{document} đặt ra {heading} gì?"),
    (re.compile(r"nhiệm vụ|giải pháp", re.I), "{document} giao những {heading} nào?"),
    (re.compile(r"kinh phí|nguồn vốn", re.I), "{document} bố trí {heading} thế nào?"),
    (re.compile(r"trách nhiệm|quyền|nghĩa vụ", re.I), "{heading} được quy định thế nào trong {document}?"),
    (re.compile(r"", re.I), "{document} quy định thế nào về {heading}?"),
)
_MIN_SYLLABLES, _MAX_SYLLABLES = 2, 12


def example_questions(knowledge_base: KnowledgeBase, *, count: int) -> list[str]:
    """Up to `count` questions, each about another document as far as there are enough."""
    documents = [document for document in knowledge_base.documents() if document.metadata.number]
    candidates = [
        _questions_about(document, knowledge_base.sections(document.id)) for document in documents[: 3 * count]
    ]
    rounds = max(map(len, candidates), default=0)
    by_turns = [questions[number] for number in range(rounds) for questions in candidates if number < len(questions)]
    return by_turns[:count]


def _questions_about(document: Document, sections: tuple[Section, ...]) -> list[str]:
    questions = []
    for section in sections:
        heading = " ".join(section.heading.split()).rstrip(".:;")
        in_bounds = _MIN_SYLLABLES <= len(syllables(heading)) <= _MAX_SYLLABLES
        if section.path[-1].kind not in _HEADED_KINDS or not in_bounds or _COMMON.search(heading):
            continue
        # A heading in capitals is written small; in others only the first letter is, and abbreviations stay.
        lowered = heading.lower() if heading.isupper() else heading[:1].lower() + heading[1:]
        form = next(form for opening, form in _QUESTIONS if opening.match(heading))
        question = form.format(document=document.name, heading=lowered)
        questions.append(question[:1].upper() + question[1:])
    return questions
