"""Answers to "is it still in force?", from the library's relations and the sentences that prove them."""

import re
from collections.abc import Iterator, Sequence

from answering.questions import content_words
from answering.quoting import Quoter, place
from core.references import DOCUMENT_KINDS, find_document_numbers, number_key
from core.text import fold_diacritics, sentences
from core.types import (
    Answer,
    AnswerMethod,
    Document,
    Passage,
    SearchFilter,
    SectionKind,
    Span,
    Statement,
    ValidityState,
)
from retrieval.query import Query, title_share
from retrieval.retriever import HybridRetriever

_STATE_WORDS = {
    ValidityState.IN_FORCE: "còn hiệu lực theo các văn bản có trong kho",
    ValidityState.NOT_YET: "chưa có hiệu lực",
    ValidityState.AMENDED: "còn hiệu lực, đã được sửa đổi, bổ sung một phần",
    ValidityState.EXPIRED: "hết hiệu lực",
    ValidityState.UNKNOWN: "chưa xác định được hiệu lực từ các văn bản trong kho",
}

# What a document says of its own force, folded; and what it does to another.
# Resolutions put their adoption in between: "… này đã được Hội đồng nhân dân … thông qua ngày … và có hiệu lực từ …".
_OWN_FORCE = re.compile(r"\W*(?:\S+ ){1,8}nay (?:(?:da )?duoc [^.;]{1,250}? va )?(?:co|het) hieu luc\b", re.DOTALL)
_WHEN = re.compile(
    r"\b(?:co|bat dau|phat sinh) hieu luc\b.*\b(?:khi nao|bao gio|(?:ngay|thang|nam|luc) nao|ngay bao nhieu)|"
    r"\b(?:khi nao|bao gio|(?:ngay|thang|nam|luc) nao)\b.*\bhieu luc\b"
)
_SETTLING = ("thay the", "bai bo", "het hieu luc", "sua doi")

_UNPROVEN = "Suy ra từ thông tin của văn bản; chưa tìm thấy câu chứng minh để trích."
_ONLY_THE_LIBRARY = (
    "Kho không có văn bản nào thay thế hay bãi bỏ toàn bộ; văn bản mới chưa được đưa vào kho thì chưa được tính đến."
)
# Words of the question about validity itself, which say nothing of the document meant.
_ASKING = frozenset("hiệu lực áp dụng đang hết mất thay thế sửa đổi bổ sung bãi bỏ".split())
# A document is meant by its title when name, title and issuer hold this share of the other words.
_TITLE_SHARE = 0.8


def asks_when_in_force(question: str) -> bool:
    """Whether `question` wants the day from which a document binds."""
    return _WHEN.search(fold_diacritics(question).lower()) is not None


def titled_document(question: str, passages: Sequence[Passage]) -> Document | None:
    """The document among `passages` that `question` names by its title ("Luật Đất đai 2013"), if there is one."""
    words = set(content_words(question)) - _ASKING
    folded = fold_diacritics(question).lower()
    kinds = {kind for kind in DOCUMENT_KINDS.values() if fold_diacritics(kind).lower() in folded}
    documents = {passage.document.id: passage.document for passage in passages}.values()
    shares = {d: title_share(words, d) for d in documents if not kinds or d.metadata.kind in kinds}
    # "Quyết định sửa đổi Quy chế …" is not the decision that issued it, whose title has the other words as well.
    every = set(content_words(question))
    best = max(shares, key=lambda document: (shares[document], title_share(every, document)), default=None)
    return best if best is not None and shares[best] >= _TITLE_SHARE else None


def answer_validity(
    query: Query, documents: Sequence[Document], search_filter: SearchFilter, retriever: HybridRetriever
) -> Answer:
    """The validity of each of `documents` on the day asked about, with the proving sentence."""
    quoter = Quoter(retriever, search_filter.as_of)
    statements = []
    states = set()
    for document in documents:
        validity = retriever.knowledge_base.validity(document, search_filter.as_of)
        states.add(validity.state)
        statements.append(Statement(f"{document.name}: {_STATE_WORDS[validity.state]}. {validity.reason}".strip()))
        cause = retriever.knowledge_base.document(validity.by_document_id) if validity.by_document_id else document
        # The day it took effect is settled by itself, whatever ended or will end it.
        settling = (document, cause) if asks_when_in_force(query.text) else (cause,)
        proofs = ((by, proof) for by in settling for proof in _proofs(by, document, retriever))
        if proven := next(proofs, None):
            citation = quoter.cite(*proven)
            statements.append(Statement(f"Theo {place(citation)}", (citation.marker,), is_lead=True))
    warnings = [] if quoter.citations else [_UNPROVEN]
    if ValidityState.IN_FORCE in states:
        warnings.append(_ONLY_THE_LIBRARY)
    return Answer(
        question=query.text,
        statements=tuple(statements),
        method=AnswerMethod.EXTRACTIVE,
        citations=quoter.citations,
        warnings=tuple(warnings),
    )


def _proofs(cause: Document, document: Document, retriever: HybridRetriever) -> Iterator[Span]:
    """Sentences of `cause` that settle the validity of `document`, the last one first: laws settle it at their end."""
    opened = retriever.opened(cause.id)
    text = opened.text
    wanted = number_key(document.metadata.number)
    for span in reversed(list(sentences(text))):
        sentence = text[span.start : span.end]
        folded = fold_diacritics(sentence).lower()
        if cause.id == document.id:
            section = opened.innermost(span)
            is_form = section is not None and section.path[0].kind is SectionKind.APPENDIX
            settles = _OWN_FORCE.match(folded) is not None and not is_form
        else:
            names_it = any(number_key(number.text) == wanted for number in find_document_numbers(sentence))
            settles = names_it and any(word in folded for word in _SETTLING)
        if settles:
            yield span
