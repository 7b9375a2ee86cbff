"""Saying plainly that the library does not hold an answer, and what is nearest."""

from collections.abc import Sequence

from core.references import DocumentReference, ProvisionReference, find_document_references
from core.text import fold_diacritics, syllables
from core.types import Answer, AnswerMethod, Document, Passage, Statement
from retrieval.query import Query
from retrieval.retriever import HybridRetriever

_NEAREST = 3
# Folded, as is what they are compared with.
_GREETS = frozenset("chao hello alo khoe cam biet".split())
_COURTEOUS = _GREETS | frozenset(
    "xin ban anh chi em toi minh hom nay khong the nao on nhe nha a ah oi buoi sang trua chieu tot lanh tam hen gap "
    "lai nhieu rat vui va cac tro ly nhi vay".split()
)


class Refusal:
    """Answers of method ABSTAINED, and the notes for answers that come near one."""

    def __init__(self, retriever: HybridRetriever) -> None:
        self._retriever = retriever

    def of_reference(self, query: Query, passages: Sequence[Passage]) -> Answer | None:
        """A refusal when the question is about a document or provision that the library lacks; else `None`."""
        if query.missing and not query.documents and not self._mentioned(query.missing, passages):
            names = ", ".join(_spoken(reference, query.text) for reference in query.missing)
            return self._refuse(query, passages, f"Kho văn bản không có {names}.")
        if query.documents and query.provisions and not any(passage.is_named for passage in passages):
            named = _provision_words(query.provisions, query.text)
            where = ", ".join(document.name for document in query.documents[:_NEAREST])
            return self._refuse(query, passages, f"Không tìm thấy {named} trong {where}.")
        return None

    def of_courtesy(self, query: Query) -> Answer | None:
        """A word of welcome where the question only greets, thanks or takes leave; else `None`."""
        words = set(syllables(fold_diacritics(query.typed)))
        if not words & _GREETS or words - _COURTEOUS:
            return None
        welcome = (
            "Xin chào. Tôi trả lời câu hỏi về các văn bản trong kho bằng nguyên văn, kèm điều khoản. "
            "Mời anh/chị gõ điều cần hỏi."
        )
        return Answer(question=query.text, statements=(Statement(welcome),), method=AnswerMethod.ABSTAINED)

    def of_content(self, query: Query, passages: Sequence[Passage]) -> Answer:
        """The refusal for a question whose answer was not found."""
        return self._refuse(query, passages, "Kho văn bản không có nội dung trả lời câu hỏi này.")

    def notes(self, query: Query) -> tuple[str, ...]:
        """Warnings for an answer given although a document named in the question is not in the library."""
        return tuple(
            f"Kho văn bản không có {_spoken(reference, query.text)}; "
            "nội dung dưới đây trích từ văn bản khác có nhắc đến."
            for reference in query.missing
        )

    def _mentioned(self, missing: Sequence[DocumentReference], passages: Sequence[Passage]) -> bool:
        """Whether a document that was found speaks of every missing one (a news report of a plan, say)."""
        documents = {passage.document.id for passage in passages}
        return any(speaks_of_all(self._retriever.opened(id_).text, missing) for id_ in documents)

    def _refuse(self, query: Query, passages: Sequence[Passage], reason: str) -> Answer:
        nearest: dict[str, Document] = {}
        for passage in passages:
            nearest.setdefault(passage.document.id, passage.document)
        shown = tuple(nearest.values())[:_NEAREST]
        advice = " Các văn bản gần nhất được nêu bên dưới để tham khảo." if shown else ""
        return Answer(
            question=query.text,
            statements=(Statement(reason + advice),),
            method=AnswerMethod.ABSTAINED,
            passages=tuple(passages),
            nearest=shown,
        )


def speaks_of_all(text: str, wanted: Sequence[DocumentReference]) -> bool:
    """Whether `text` names every document of `wanted`."""
    named = find_document_references(text)
    return all(any(_may_be(reference, one) for reference in named) for one in wanted)


def _may_be(reference: DocumentReference, wanted: DocumentReference) -> bool:
    return (
        reference.serial == wanted.serial
        and (not wanted.kind or not reference.kind or reference.kind == wanted.kind)
        and (wanted.year is None or reference.year in {None, wanted.year})
        and (not wanted.key or not reference.key or reference.key == wanted.key)
    )


def _spoken(reference: DocumentReference, question: str) -> str:
    """The reference as it was typed, with its kind in front of a bare number."""
    typed = question[reference.span.start : reference.span.end]
    return f"{reference.kind} {typed}" if reference.key and reference.kind else typed


def _provision_words(provisions: Sequence[ProvisionReference], question: str) -> str:
    return ", ".join(question[p.span.start : p.span.end] for p in provisions)
