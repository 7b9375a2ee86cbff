"""Reading a question: which documents and provisions it names, and whether it was typed without diacritics."""

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import zip_longest
from typing import Protocol

from core.references import (
    DocumentReference,
    ProvisionReference,
    find_dates,
    find_document_references,
    find_provisions,
)
from core.text import fold_diacritics, has_vietnamese_marks, lacks_diacritics, nfc, syllables
from core.types import Document, Span
from retrieval.abbreviations import Abbreviation, Abbreviations

# "Tại thời điểm 01/7/2025", "từ ngày 1/1/2027": the law as it stands on that day; folded.
_ON_DAY = re.compile(r"\b(?:thoi diem|vao(?: dung)?|tinh den(?: het)?|tu)(?: ngay)?\s+$")
_NO_RANGE = r"(?!\s*(?:den|toi|-|–))"
# "Từ đầu năm 2027", but neither a range ("từ năm 2021 đến năm 2025") nor a bare year, which is as often the content.
_FROM_YEAR = re.compile(
    r"\b(?:thoi diem|(?:ke |bat dau )?tu|hoi|sang|vao)\s+(?:(?P<part>dau|giua|cuoi)\s+)?nam\s+(?P<year>(?:19|20)\d\d)\b"
    + _NO_RANGE
)
_PART_OF_YEAR = {"dau": (1, 1), "giua": (7, 1), "cuoi": (12, 31)}

_JOINT = re.compile(r"\s*[,;]?\s+(?:và|đồng thời)\s+|\s*;\s+")
# "AI" in capitals is artificial intelligence.
_ASKS = re.compile(
    r"\b(?:bao nhiêu|bao lâu|bao giờ|khi nào|thế nào|ở đâu|từ đâu|vì sao|tại sao|[aA]i|gì|nào|mấy|ra sao|không\W*$)\b"
)
_LEAST_WORDS = 3


@dataclass(frozen=True, slots=True)
class Query:
    """A question as the retriever understands it.

    Attributes:
        typed: The question as typed, NFC, white space collapsed.
        text: The same as it is understood: diacritics restored where none were typed, slips of the keyboard mended.
            Spans of references count its characters.
        searched: `text`, then what those of its abbreviations stand for that the library seldom writes.
        subject: What is asked of the documents: `text` without the day and the references to what the library holds.
        undiacritic: It was typed without diacritics, so words are matched folded.
        documents: Documents of the library that it names: the likeliest of each reference in order, then the others.
        named: How many references these are.
        missing: References that name no document of the library.
        provisions: Provisions that it names.
        abbreviations: Those it has in their short or long form.
        as_of: The day whose law it asks for ("từ đầu năm 2027"); `None` when it names none.
        parts: The questions that `text` holds when it asks two things or more; empty when it asks one.
    """

    typed: str
    text: str
    searched: str
    subject: str
    undiacritic: bool
    documents: tuple[Document, ...]
    named: int
    missing: tuple[DocumentReference, ...]
    provisions: tuple[ProvisionReference, ...]
    abbreviations: tuple[Abbreviation, ...] = ()
    as_of: date | None = None
    parts: tuple[str, ...] = ()

    def part(self, text: str) -> "Query":
        """This query searching for one of its `parts`."""
        spoken = f" {' '.join(syllables(text))} "
        longs = (a.long for a in self.abbreviations if f" {a.short} " in spoken and a.long in self.searched)
        return replace(self, text=text, searched=" ".join([text, *longs]), parts=())


class Respell(Protocol):
    """Mends the spelling of questions."""

    def __call__(self, question: str, *, undiacritic: bool, kept: Sequence[Span]) -> str:
        """`question` in the spelling that the library's texts make likeliest; `kept` stays as typed."""
        ...


def read_question(
    question: str,
    *,
    find_documents: Callable[[DocumentReference], list[Document]],
    respell: Respell,
    abbreviations: Abbreviations,
    is_rare: Callable[[Abbreviation], bool],
) -> Query:
    """`question` with its spelling mended and its references looked up in the library.

    Args:
        question: As typed.
        find_documents: Documents of the library that a reference may mean.
        respell: Restores diacritics and mends slips.
        abbreviations: What abbreviations stand for.
        is_rare: Whether the library writes an abbreviation in full more often than short.
    """
    typed = " ".join(nfc(question).split())
    undiacritic = lacks_diacritics(typed)
    kept = [
        *(reference.span for reference in find_document_references(typed)),
        *(span for _, span in find_dates(typed)),
    ]
    text = respell(typed, undiacritic=undiacritic, kept=kept)
    # Restoring can only add marks; without any it taught us nothing and the question may be in another language.
    undiacritic = undiacritic or not has_vietnamese_marks(text)
    found: list[list[Document]] = []
    missing = []
    settled = []  # what the look-up and the validity see to, so that no passage has to say it
    for reference in find_document_references(text):
        if matches := find_documents(reference):
            found.append(matches)
            settled.append(reference.span)
        else:
            missing.append(reference)
    as_of = None
    if day := day_asked_about(text):
        as_of, span = day
        settled.append(span)
    subject = text
    for start, end in settled:
        subject = subject[:start] + " " * (end - start) + subject[end:]
    known = abbreviations.in_question(text)
    documents = {document.id: document for turn in zip_longest(*found) for document in turn if document}
    return Query(
        typed,
        text,
        " ".join([text, *(abbreviation.long for abbreviation in known if is_rare(abbreviation))]),
        " ".join(subject.split()),
        undiacritic,
        tuple(documents.values()),
        len({tuple(document.id for document in matches) for matches in found}),
        tuple(missing),
        tuple(find_provisions(text)),
        known,
        as_of,
        split_question(text),
    )


def split_question(question: str) -> tuple[str, ...]:
    """The questions that `question` puts together; empty when it asks one thing.

    Each has a question word of its own: "Mức hỗ trợ là bao nhiêu và ai chi trả?", but not "Ai lập và ai duyệt …" with a
    half of fewer than three words, nor a list of nouns.
    """
    sentences = [part for part in re.split(r"(?<=\?)\s+", question) if "?" in part or _ASKS.search(part)]
    parts = [part.strip(" ,;") for sentence in sentences for part in _joined_questions(sentence)]
    return tuple(parts) if len(parts) > 1 else ()


def _joined_questions(sentence: str) -> list[str]:
    for joint in _JOINT.finditer(sentence):
        halves = sentence[: joint.start()], sentence[joint.end() :]
        if all(_ASKS.search(half) and len(syllables(half)) >= _LEAST_WORDS for half in halves):
            return [halves[0], *_joined_questions(halves[1])]
    return [sentence]


def day_asked_about(question: str) -> tuple[date, Span] | None:
    """The day whose law `question` wants, with or without diacritics, and where it says so; `None` for today."""
    folded = fold_diacritics(question).lower()
    for day, span in find_dates(question):
        leading = _ON_DAY.search(folded[: span.start])
        if leading and re.match(_NO_RANGE, folded[span.end :]):
            return day, Span(leading.start(), span.end)
    match = _FROM_YEAR.search(folded)
    if match is None:
        return None
    return date(int(match["year"]), *_PART_OF_YEAR[match["part"] or "dau"]), Span(*match.span())


def title_share(words: Collection[str], document: Document) -> float:
    """Share of `words` (syllables) that the document's name, title and issuer hold, 0 to 1; 0 without words."""
    metadata = document.metadata
    named = set(syllables(f"{document.name} {metadata.title} {metadata.issuer}"))
    return len(named.intersection(words)) / max(1, len(words))
