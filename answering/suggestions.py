"""Questions that the library can answer, made from the headings of its documents."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence

from core.text import syllables
from core.types import Document, Passage, Section, SectionKind, ValidityState
from retrieval.provisions import OpenedDocument, overlaps

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
_REGULATING_KINDS = frozenset(
    {"Bộ luật", "Pháp lệnh", "Nghị định", "Nghị quyết", "Quyết định", "Thông tư", "Quy chế", "Quy định", "Luật"}
)
_MIN_SYLLABLES, _MAX_SYLLABLES = 2, 12


def questions_about(document: Document, sections: Iterable[Section]) -> list[str]:
    """A question for each of `sections` of a document whose heading says what it is about."""
    regulates = document.metadata.kind in _REGULATING_KINDS
    plain = "{document} quy định thế nào về {heading}?" if regulates else "{document} nêu gì về {heading}?"
    questions = []
    for section in sections:
        heading = " ".join(section.heading.split()).rstrip(".:;")
        in_bounds = _MIN_SYLLABLES <= len(syllables(heading)) <= _MAX_SYLLABLES
        if section.path[-1].kind not in _HEADED_KINDS or not in_bounds or _DULL.search(heading):
            continue
        # A heading in capitals is written small; in others only the first letter is, and names stay.
        starts_small = heading[1:2].islower() or heading[1:2].isspace()
        in_sentence = heading[:1].lower() + heading[1:] if starts_small else heading
        lowered = heading.lower() if heading.isupper() else in_sentence
        form = next((form for opening, form in _QUESTIONS if opening.match(heading)), plain)
        questions.append(form.format(document=document.name, heading=lowered))
    return questions


def questions_near(passages: Sequence[Passage], opened: Callable[[str], OpenedDocument]) -> Iterator[str]:
    """Questions about the headings around `passages`, nearest first, each once; of documents with a number in force."""
    seen: set[str] = set()
    for passage in passages:
        if not passage.document.metadata.number or passage.validity.state is ValidityState.EXPIRED:
            continue
        sections = [s for s in opened(passage.document.id).sections if s.heading and overlaps(s.span, [passage.span])]
        narrowest_first = sorted(sections, key=lambda section: section.span.end - section.span.start)
        for question in questions_about(passage.document, narrowest_first)[:1]:
            if question not in seen:
                seen.add(question)
                yield question
