"""Questions about the numbers of documents: which document regulates what."""

import re
from collections.abc import Iterator
from functools import partial

from core.references import DOCUMENT_KINDS, cite_provision
from core.text import syllables
from core.types import Span
from training.provisions import Provision, SourceText
from training.questions.drafts import DISTRACTORS, Candidate, Draft, QuestionPool, say_document
from training.types import QuestionKind
from training.wording import comparable, likeness, tidy

_KIND = "|".join(sorted((re.escape(kind) for kind in DOCUMENT_KINDS.values()), key=len, reverse=True))
_DATED = r"(?:,?\s+ngày\s+\d{1,2}(?:\s+tháng\s+\d{1,2}\s+năm\s+|[/-]\d{1,2}[/-])\d{4},?)?"
_CITED = re.compile(
    rf"(?P<name>(?P<kind>{_KIND})\s+số\s+(?P<number>\d[\w./&-]*[A-ZĐ][\w/&-]*)){_DATED}(?:\s+của\s+[^;.\n]{{3,60}}?)?"
    r"\s+(?P<subject>(?:quy định|về|ban hành|phê duyệt|hướng dẫn|sửa đổi)\s[^;:.\n“”]{8,260})(?=[;.\n]|$)"
)


def legal_number_questions(pool: QuestionPool) -> Iterator[Candidate]:
    """`Văn bản nào quy định …?` questions from places that cite a document with number and subject."""
    cited = [entry for source in pool.sources for entry in _citations(source)]
    for entry in cited:
        source, provision, _, _, span = entry
        if source.covers(span):
            draft = partial(_ask, entry, cited)
            yield Candidate(QuestionKind.LEGAL_NUMBER, source, provision, span, 0.5, draft)


_Entry = tuple[SourceText, Provision, str, str, Span]


def _citations(source: SourceText) -> Iterator[_Entry]:
    provisions = [provision for provision in source.walk() if not provision.children]
    preamble = Provision("", "", (), 0, Span(0, 0), Span(0, 0), None, ())
    for match in _CITED.finditer(source.text):
        subject = tidy(match["subject"])
        if not 6 <= len(syllables(subject)) <= 45 or " số " in subject:
            continue
        home = next((one for one in provisions if one.span.start <= match.start() < one.span.end), preamble)
        yield (
            source,
            home,
            " ".join(match["name"].split()),
            subject,
            Span(match.start(), match.start("subject") + len(match["subject"].rstrip())),
        )


def _ask(entry: _Entry, cited: list[_Entry]) -> Draft | None:
    source, provision, name, subject, span = entry
    place = cite_provision(provision.label or "phần căn cứ", say_document(source))
    kind = name.split(" số ")[0]
    others = sorted(
        (other for other in cited if likeness(other[3], subject) < 0.6),
        key=lambda other: (not other[2].startswith(kind), other[0] is not source, other[4]),
    )
    same_subject = {comparable(other[2]) for other in cited if likeness(other[3], subject) >= 0.6}
    names = dict.fromkeys(other[2] for other in others if comparable(other[2]) not in same_subject)
    asked = f"quy định {subject}" if subject.startswith("về ") else subject
    question = f"Theo {place}, văn bản nào {asked}?"
    return Draft(question, name, tuple(names)[:DISTRACTORS], span, provision.label)
