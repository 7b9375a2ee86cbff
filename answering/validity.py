"""Answers to "is it still in force?", from the library's relations and the sentences that prove them."""

from collections.abc import Iterator

from answering.quoting import Quoter, place
from core.references import find_document_numbers, number_key
from core.text import fold_diacritics, sentences
from core.types import Answer, AnswerMethod, Document, SearchFilter, Span, ValidityState
from retrieval.query import Query
from retrieval.retriever import HybridRetriever

STATE_WORDS = {
    ValidityState.IN_FORCE: "còn hiệu lực",
    ValidityState.NOT_YET: "chưa có hiệu lực",
    ValidityState.AMENDED: "còn hiệu lực, đã được sửa đổi, bổ sung một phần",
    ValidityState.EXPIRED: "hết hiệu lực",
    ValidityState.UNKNOWN: "chưa xác định được hiệu lực từ các văn bản trong kho",
}

# What a document does to another, folded.
_SETTLING = ("thay the", "bai bo", "het hieu luc", "sua doi")


def answer_validity(query: Query, search_filter: SearchFilter, retriever: HybridRetriever) -> Answer:
    """The validity of each document that the question names, on the day asked about, with the proving sentence."""
    quoter = Quoter(retriever, search_filter.as_of)
    blocks = []
    for document in query.documents:
        validity = retriever.knowledge_base.validity(document, search_filter.as_of)
        lines = [f"{document.name}: {STATE_WORDS[validity.state]}. {validity.reason}".strip()]
        cause = retriever.knowledge_base.document(validity.by_document_id) if validity.by_document_id else document
        if proof := next(_proofs(cause, document, retriever), None):
            citation = quoter.cite(cause, proof)
            lines.append(f"Theo {place(citation)} [{citation.marker}]:\n“{citation.quote}”")
        blocks.append("\n".join(lines))
    return Answer(
        question=query.text,
        text="\n\n".join(blocks),
        method=AnswerMethod.EXTRACTIVE,
        citations=quoter.citations,
        warnings=()
        if quoter.citations
        else ("Suy ra từ thông tin của văn bản; chưa tìm thấy câu chứng minh để trích.",),
    )


def _proofs(cause: Document, document: Document, retriever: HybridRetriever) -> Iterator[Span]:
    """Sentences of `cause` that settle the validity of `document`, the last one first: laws settle it at their end."""
    text = retriever.opened(cause.id).text
    wanted = number_key(document.metadata.number)
    for span in reversed(list(sentences(text))):
        sentence = text[span.start : span.end]
        folded = fold_diacritics(sentence).lower()
        if cause.id == document.id:
            settles = "hieu luc" in folded and any(character.isdigit() for character in sentence)
        else:
            names_it = any(number_key(number.text) == wanted for number in find_document_numbers(sentence))
            settles = names_it and any(word in folded for word in _SETTLING)
        if settles:
            yield span
