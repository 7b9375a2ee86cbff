"""Example questions about the documents that are in the library, made from their headings."""

import re

from core.text import syllables
from core.types import Document, Section, SectionKind, ValidityState
from retrieval.knowledge_base import KnowledgeBase

_HEADED_KINDS = frozenset({SectionKind.ARTICLE, SectionKind.ROMAN, SectionKind.ITEM, SectionKind.HEADING})
# Headings every document has, and addressees: asking about them shows nothing of this library.
_DULL = re.compile(
    r"điều khoản thi hành|tổ chức thực hiện|hiệu lực|nơi nhận|căn cứ|giải thích từ ngữ|phạm vi|phụ lục"
    r"|^(?:các )?(?:sở|ban|ủy ban|uỷ ban|cục|chi cục|phòng|trường|văn phòng|giám đốc|chủ tịch|thủ trưởng)\b",
    re.IGNORECASE,
)
# A heading's own opening words tell how to ask about it.
_QUESTIONS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"mục tiêu|chỉ tiêu|mục đích", re.IGNORECASE), "{document} đặt ra {heading} gì?"),
    (re.compile(r"nhiệm vụ|giải pháp", re.IGNORECASE), "{document} giao những {heading} nào?"),
    (re.compile(r"trách nhiệm|quyền|nghĩa vụ", re.IGNORECASE), "{document} quy định {heading} thế nào?"),
)
_REGULATING_KINDS = frozenset({"Nghị định", "Nghị quyết", "Quyết định", "Thông tư", "Quy chế", "Quy định", "Luật"})
_MIN_SYLLABLES, _MAX_SYLLABLES = 2, 12


def example_questions(knowledge_base: KnowledgeBase, *, count: int) -> list[str]:
    """Up to `count` questions, each about another document in force as far as there are enough."""
    candidates: list[list[str]] = []
    for document in knowledge_base.documents():
        if document.metadata.number and knowledge_base.validity(document).state is not ValidityState.EXPIRED:
            questions = _questions_about(document, knowledge_base.sections(document.id))
            candidates += [questions] if questions else []
        if len(candidates) == 3 * count:
            break
    # Regulations and plans are asked about more than reports and letters.
    candidates.sort(key=lambda questions: " nêu gì về " in questions[0])
    rounds = max(map(len, candidates), default=0)
    by_turns = [questions[number] for number in range(rounds) for questions in candidates if number < len(questions)]
    return by_turns[:count]


def _questions_about(document: Document, sections: tuple[Section, ...]) -> list[str]:
    regulates = document.metadata.kind in _REGULATING_KINDS
    plain = "{document} quy định thế nào về {heading}?" if regulates else "{document} nêu gì về {heading}?"
    questions = []
    for section in sections:
        heading = " ".join(section.heading.split()).rstrip(".:;")
        in_bounds = _MIN_SYLLABLES <= len(syllables(heading)) <= _MAX_SYLLABLES
        if section.path[-1].kind not in _HEADED_KINDS or not in_bounds or _DULL.search(heading):
            continue
        # A heading in capitals is written small; in others only the first letter is, and names stay.
        lowered = heading.lower() if heading.isupper() else heading[:1].lower() + heading[1:]
        form = next((form for opening, form in _QUESTIONS if opening.match(heading)), plain)
        questions.append(form.format(document=document.name, heading=lowered))
    return questions
