"""The values that travel between packages: frozen, complete, and nothing else crosses a boundary.

Offsets are counted in characters of the document's text as it was indexed and are born in the parser, so that
`document_text[chunk.span.start:chunk.span.end] == chunk.text` always holds and a quote is proven by comparison.
"""

from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from math import inf
from typing import NamedTuple


class Span(NamedTuple):
    """Half-open range of characters in a document's text."""

    start: int
    end: int


class SectionKind(StrEnum):
    """What a heading opens, outermost first.

    PART … POINT are the levels of normative texts; ROMAN, ITEM, LETTER and BULLET those of plans, resolutions,
    directives and letters (`I.` > `1.` or `1.1.` > `a)` > `-`); HEADING is any other heading, ATTACHMENT a regulation
    or programme issued with a decision, which numbers its articles anew.
    """

    ATTACHMENT = "attachment"
    APPENDIX = "appendix"
    PART = "part"
    CHAPTER = "chapter"
    DIVISION = "division"
    SUBDIVISION = "subdivision"
    ARTICLE = "article"
    CLAUSE = "clause"
    POINT = "point"
    ROMAN = "roman"
    ITEM = "item"
    LETTER = "letter"
    BULLET = "bullet"
    HEADING = "heading"


class PathStep(NamedTuple):
    """One level on the way to a section, such as `(ARTICLE, "5")`."""

    kind: SectionKind
    number: str


@dataclass(frozen=True, slots=True)
class Section:
    """A provision or part of a document.

    Attributes:
        path: Steps from the outermost level to this section; unique within its document.
        label: How an official cites it, e.g. `điểm a khoản 2 Điều 5`, `Mục II.1`, `Phụ lục I`.
        heading: Heading text without its number; empty for a clause or point that has none.
        span: From the first character of its own label to the end of its last child.
        page: Page of its first character, from 1.
    """

    path: tuple[PathStep, ...]
    label: str
    heading: str
    span: Span
    page: int


@dataclass(frozen=True, slots=True)
class Chunk:
    """A piece of one document small enough to embed.

    Attributes:
        id: `{document_id}-{ordinal:05d}`.
        section_path: The innermost section that holds the whole chunk; empty before the first section.
        header: Breadcrumb that gives the text its context (document and headings above); embedded with the text.
        token_count: Tokens of header and text together, by the embedding model's tokenizer.
    """

    id: str
    document_id: str
    section_path: tuple[PathStep, ...]
    label: str
    header: str
    text: str
    span: Span
    page_start: int
    page_end: int
    token_count: int


class RelationKind(StrEnum):
    """How one document bears on another."""

    AMENDS = "amends"
    REPLACES = "replaces"
    REPEALS = "repeals"
    GUIDES = "guides"
    BASED_ON = "based_on"
    EXTENDS = "extends"


@dataclass(frozen=True, slots=True)
class Relation:
    """This document does something to another, which need not be in the library.

    Attributes:
        target: Number of the other document (`13/2023/NĐ-CP`), or its title where it is cited without one.
        scope: Provision of the other document concerned (`khoản 2 Điều 5`), or what part of it in the words of the text
            (`các quy định về …`); empty for the whole of it.
        target_issued_on: Date given with the citation; tells yearly recurring numbers such as `01/NQ-CP` apart.
        span: Where this document says so: the sentence, or the clause with the list that holds it.
        effective_on: Day from which the relation holds, where the text gives one of its own.
        exception: What stays untouched, in the words of the text after `trừ`.
    """

    kind: RelationKind
    target: str
    scope: str = ""
    target_issued_on: date | None = None
    span: Span | None = None
    effective_on: date | None = None
    exception: str = ""


_UNNUMBERED_KINDS = frozenset({"Hiến pháp", "Điều lệ", "Quy chế", "Nội quy"})


@dataclass(frozen=True, slots=True)
class Metadata:
    """What a document says of itself; anything not found stays empty.

    Attributes:
        issuer: Full name; joint issuers separated by commas.
        signer: Name under the signature; several separated by commas.
        place: Place beside the date of issue.
        effective_to: Last day in force.
        signer_title: Office of the signer as printed (`PHÓ THỦ TƯỚNG`); one for each signer, separated by commas.
        domain: Field of government (lĩnh vực), where the source states it.
    """

    kind: str = ""
    number: str = ""
    title: str = ""
    issuer: str = ""
    signer: str = ""
    issued_on: date | None = None
    effective_from: date | None = None
    effective_to: date | None = None
    relations: tuple[Relation, ...] = ()
    signer_title: str = ""
    place: str = ""
    domain: str = ""

    @property
    def missing(self) -> tuple[str, ...]:
        """Fields that an official document is known by and that are empty here, to be asked of the administrator.

        Nothing is missing of what has none of them, which is no official document, and no number of a constitution or
        of a statute that another document puts into force.
        """
        unnumbered = self.kind in _UNNUMBERED_KINDS
        stated = {"number": self.number, "kind": self.kind, "issuer": self.issuer, "issued_on": self.issued_on}
        if not any(stated.values()):
            return ()
        return tuple(name for name, value in stated.items() if not value and not (unnumbered and name == "number"))


@dataclass(frozen=True, slots=True)
class ParsedDocument:
    """All that ingestion makes of one file, ready to be stored.

    Attributes:
        id: First 16 hex digits of the SHA-256 of the file's bytes.
        source: Path or name the file came by.
        format: `pdf`, `docx`, `doc`, `rtf`, `html`, `txt`, …, sniffed from the content.
        page_starts: Offset in `text` of each page's first character; one entry for formats without pages.
        text_quality: Share of syllables that are well-formed Vietnamese, 0 to 1; 1 for an empty text.
        warnings: Vietnamese sentences for the administrator.
        recognised_pages: Pages whose text was made by character recognition.
        parser: Which parser read it; empty when unknown.
    """

    id: str
    source: str
    sha256: str
    format: str
    text: str
    page_starts: tuple[int, ...]
    metadata: Metadata
    sections: tuple[Section, ...]
    chunks: tuple[Chunk, ...]
    text_quality: float
    warnings: tuple[str, ...] = ()
    recognised_pages: int = 0
    parser: str = ""


class Standing(StrEnum):
    """What a file of the library is there for.

    CURRENT is searched and cited. COPY is a further copy of the same document and FORMER a version whose place another
    has taken: both stay readable and citable, neither is searched.
    """

    CURRENT = "current"
    COPY = "copy"
    FORMER = "former"


@dataclass(frozen=True, slots=True)
class Document:
    """A document of the library, without its text.

    Attributes:
        leader_id: Of a copy, the copy of the same document that is searched.
        successor_id: Of a former version, the version that took its place; `None` when that one was removed.
        parser: Which parser read it; empty when unknown.
    """

    id: str
    source: str
    sha256: str
    format: str
    metadata: Metadata
    page_count: int
    chunk_count: int
    text_quality: float
    warnings: tuple[str, ...]
    added_at: datetime
    standing: Standing = Standing.CURRENT
    leader_id: str | None = None
    successor_id: str | None = None
    parser: str = ""

    @property
    def name(self) -> str:
        """How people name it: `Nghị định 13/2023/NĐ-CP`, else its title, else its file name."""
        named = " ".join(part for part in (self.metadata.kind, self.metadata.number) if part)
        return named if self.metadata.number else self.metadata.title or named or self.source.rsplit("/", 1)[-1]


class ValidityState(StrEnum):
    """Whether a document binds on a given day."""

    IN_FORCE = "in_force"
    NOT_YET = "not_yet"
    AMENDED = "amended"
    EXPIRED = "expired"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Validity:
    """State on a day, with the reason in Vietnamese and the document that causes it, if one does."""

    state: ValidityState
    reason: str = ""
    by_document_id: str | None = None


@dataclass(frozen=True, slots=True)
class Passage:
    """A whole provision found for a question.

    Attributes:
        chunk_id: The chunk that was hit; the passage may reach beyond it.
        text: `document_text[span.start:span.end]`.
        score: Fused score, higher is nearer; comparable within one search only.
        similarity: Cosine of question and chunk, -1 to 1; `None` when the vectors did not see it.
        vector_rank: Rank by meaning, from 1; `None` when not among the candidates.
        word_rank: Rank by words, from 1; `None` when not among the candidates.
        word_z: How far the chunk stands out among the candidates by words, in standard deviations; `None` when there
            were too few to tell.
    """

    chunk_id: str
    document: Document
    path: tuple[PathStep, ...]
    label: str
    header: str
    text: str
    span: Span
    page_start: int
    page_end: int
    score: float
    validity: Validity
    similarity: float | None = None
    vector_rank: int | None = None
    word_rank: int | None = None
    word_z: float | None = None

    @property
    def is_named(self) -> bool:
        """The question named this very provision, so it was looked up and not searched; its score is infinite."""
        return self.score == inf


@dataclass(frozen=True, slots=True)
class Citation:
    """A quote and where it stands.

    Attributes:
        marker: Number shown in the answer as `[1]`.
        quote: `document_text[span.start:span.end]`, character for character.
        verified: The quote was compared with the document's text and is equal.
        decisive: Spans of the document's text within the quote that hold the very answer.
    """

    marker: int
    document: Document
    label: str
    page: int
    quote: str
    span: Span
    verified: bool
    validity: Validity
    decisive: tuple[Span, ...] = ()


class AnswerMethod(StrEnum):
    """Who wrote the answer: the documents themselves, a chat model, or nobody."""

    EXTRACTIVE = "extractive"
    LLM = "llm"
    ABSTAINED = "abstained"


@dataclass(frozen=True, slots=True)
class Statement:
    """One thing that an answer says, and the citations that prove it.

    Attributes:
        text: In the assistant's or the chat model's words; holds no markers.
        markers: Of the citations that prove it.
        is_lead: The quotes of those citations are themselves the answer and are shown beneath.
    """

    text: str
    markers: tuple[int, ...] = ()
    is_lead: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """What is shown for a question.

    Attributes:
        question: The question as it was understood (standalone, diacritics restored).
        statements: What it says, in order.
        side_by_side: The statements are the two sides of a comparison.
        nearest: Documents nearest to the question, offered when the method is ABSTAINED.
        suggestions: Questions near it that the library answers, offered with them.
        model: Chat model that wrote it; empty otherwise.
        typed: The question as the user typed it; empty where nobody did.
    """

    question: str
    statements: tuple[Statement, ...]
    method: AnswerMethod
    citations: tuple[Citation, ...] = ()
    passages: tuple[Passage, ...] = ()
    nearest: tuple[Document, ...] = ()
    suggestions: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    model: str = ""
    side_by_side: bool = False
    typed: str = ""

    @property
    def reading(self) -> str:
        """The question as it was understood, where that is not as it was typed; else empty."""
        typed, understood = (" ".join(q.rstrip(" ?").lower().split()) for q in (self.typed, self.question))
        return self.question if typed and typed != understood else ""

    @property
    def text(self) -> str:
        """The whole as plain text: statements with `[n]` markers that name citations, quotes beneath their leads."""
        quotes = {citation.marker: citation.quote for citation in self.citations}
        paragraphs = []
        for statement in self.statements:
            said = " ".join([statement.text, *(f"[{marker}]" for marker in statement.markers)])
            shown = [f"“{quotes[marker]}”" for marker in statement.markers] if statement.is_lead else []
            paragraphs.append("\n".join([f"{said}:" if shown else said, *shown]))
        return "\n\n".join(paragraphs)


@dataclass(frozen=True, slots=True)
class SearchFilter:
    """Which passages may be returned.

    Attributes:
        document_ids: Only these documents; empty means all.
        kinds: Only these kinds, compared without case; empty means all.
        as_of: Day on which validity is judged; `None` means today.
        only_in_force: Leave out provisions of documents that have expired or are not yet in force on that day.
    """

    document_ids: frozenset[str] = field(default=frozenset())
    kinds: frozenset[str] = field(default=frozenset())
    as_of: date | None = None
    only_in_force: bool = False

    @property
    def admits_all(self) -> bool:
        """Whether nothing is left out."""
        return not (self.document_ids or self.kinds or self.only_in_force)


NO_FILTER = SearchFilter()
