"""Quotes and the proof that they are quotes."""

from collections.abc import Sequence
from datetime import date

from core.references import cite_provision
from core.types import Citation, Document, Span
from retrieval.provisions import OpenedDocument
from retrieval.retriever import HybridRetriever


class Quoter:
    """Numbers the citations of one answer; the same span cited twice keeps its number.

    Args:
        retriever: Opens the documents.
        as_of: Day on which the validity of what is cited is judged; `None` means today.
    """

    def __init__(self, retriever: HybridRetriever, as_of: date | None) -> None:
        self._retriever = retriever
        self._as_of = as_of
        self._citations: dict[tuple[str, Span], Citation] = {}

    @property
    def citations(self) -> tuple[Citation, ...]:
        """What has been cited so far, in order of marker."""
        return tuple(self._citations.values())

    def find(self, document: Document, span: Span) -> Citation | None:
        """The citation of those words if they have been cited."""
        text = self._retriever.opened(document.id).text
        return self._citations.get((document.id, trimmed(text, span)))

    def cite(self, document: Document, span: Span, *, label: str = "", decisive: Sequence[Span] = ()) -> Citation:
        """The citation of `document_text[span]`, trimmed of white space at both ends.

        Args:
            document: Where the quote stands.
            span: Characters of that document's text.
            label: Used where no section holds the quote.
            decisive: Spans of that text, within `span`, that hold the very answer.
        """
        if known := self.find(document, span):
            return known
        opened = self._retriever.opened(document.id)
        span = trimmed(opened.text, span)
        section = opened.innermost(span)
        quote = opened.text[span.start : span.end]
        citation = Citation(
            marker=len(self._citations) + 1,
            document=document,
            label=section.label if section else label,
            page=opened.page_at(span.start),
            quote=quote,
            span=span,
            # Proven against the catalogue itself, not the copy the quote was cut from.
            verified=self._retriever.knowledge_base.text(document.id)[span.start : span.end] == quote,
            validity=self._retriever.knowledge_base.validity(document, self._as_of, section.path if section else ()),
            decisive=tuple(decisive),
        )
        self._citations[document.id, span] = citation
        return citation


def place(citation: Citation) -> str:
    """Where a quote stands, as an official writes it: `khoản 2 Điều 5 Quyết định 12/QĐ-UBND`."""
    return cite_provision(citation.label, citation.document.name)


def trimmed(text: str, span: Span) -> Span:
    """`span` without the white space at its ends."""
    piece = text[span.start : span.end]
    start = span.start + len(piece) - len(piece.lstrip())
    return Span(start, max(start, span.start + len(piece.rstrip())))


def whole_line(opened: OpenedDocument, span: Span) -> Span:
    """`span` widened to whole lines of the document."""
    start = opened.text.rfind("\n", 0, span.start) + 1
    end = opened.text.find("\n", span.end)
    return Span(start, len(opened.text) if end < 0 else end)
