"""Answers made of the documents' own words: which provision, how much of it, and when to say that nothing answers."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date

from answering.confidence import Evidence, confidence, gather
from answering.questions import QuestionKind, question_kind
from answering.quoting import Quoter, place, whole_line
from answering.units import QuestionWords, Unit, decisive_spans, score_units
from core.types import Answer, AnswerMethod, Passage, Span, Statement
from retrieval.provisions import OpenedDocument
from retrieval.query import Query
from retrieval.retriever import HybridRetriever

# A provision up to this long is quoted whole; of a longer one, the sentences that answer.
_WHOLE_PROVISION_CHARS = 900
# A list is quoted whole up to this length.
_WHOLE_LIST_CHARS = 6000
# A further provision is quoted only when its best sentence scores at least this share of the best one's.
_FURTHER_SHARE = 0.93
_MAX_QUOTES = 3
# Kinds that ask for the text of a provision that they name, not for one fact in it.
_ASKS_FOR_TEXT = frozenset({QuestionKind.OTHER, QuestionKind.LIST, QuestionKind.DEFINITION})


@dataclass(frozen=True, slots=True)
class Findings:
    """The scored sentences of the passages found for a question, and the chance that they answer it.

    Attributes:
        evidence: What the chance follows from; `None` when nothing was found.
    """

    kind: QuestionKind
    units: Sequence[Unit]
    confidence: float
    evidence: Evidence | None


class ExtractiveAnswerer:
    """Answers with quotes only; needs no chat model.

    Args:
        retriever: Gives texts and section trees of the documents.
    """

    def __init__(self, retriever: HybridRetriever) -> None:
        self._retriever = retriever

    def weigh(self, query: Query, passages: Sequence[Passage]) -> Findings:
        """How well each sentence of `passages` answers, and the chance that the best one does."""
        kind = question_kind(query.text)
        words = QuestionWords(
            query.subject,
            folded=query.undiacritic,
            rarity=self._retriever.knowledge_base.rarity,
            abbreviations=query.abbreviations,
        )
        units = score_units(kind, passages, words=words, opened=self._retriever.opened)
        if not passages:
            return Findings(kind, units, 0.0, None)
        evidence = gather(passages, words, units, model=self._retriever.knowledge_base.embedding_fingerprint)
        return Findings(kind, units, confidence(evidence), evidence)

    def stream(
        self, query: Query, passages: Sequence[Passage], findings: Findings, as_of: date | None = None
    ) -> Iterator[Answer]:
        """The answer growing by one quote at a time; the last is complete."""
        quoter = Quoter(self._retriever, as_of)
        statements: dict[int, Statement] = {}
        for passage, span, decisive in self._quotes(query, passages, findings):
            # A point says nothing without the opening words of its clause, which hold the fine or the duty.
            openings = self._retriever.opened(passage.document.id).list_openings(span)
            above = [quoter.cite(passage.document, opening) for opening in openings]
            quote = quoter.cite(passage.document, span, label=passage.label, decisive=decisive)
            if quote.marker in statements:
                continue
            markers = tuple(citation.marker for citation in (*above, quote))
            statements[quote.marker] = Statement(f"Theo {place(quote)}", markers, is_lead=True)
            yield Answer(
                question=query.text,
                statements=tuple(statements.values()),
                method=AnswerMethod.EXTRACTIVE,
                citations=quoter.citations,
                passages=tuple(passages),
                side_by_side=findings.kind is QuestionKind.COMPARISON and len(statements) == 2,
            )

    def _quotes(
        self, query: Query, passages: Sequence[Passage], findings: Findings
    ) -> Iterator[tuple[Passage, Span, Sequence[Span]]]:
        """What to quote of which passage, and the decisive words in it."""
        # A provision asked for by its number is given whole.
        referred = [passage for passage in passages if passage.is_named]
        if referred and findings.kind in _ASKS_FOR_TEXT:
            yield from ((passage, passage.span, ()) for passage in referred)
            return
        best = findings.units[0].score if findings.units else 0.0
        wanted_documents = {document.id for document in query.documents}
        quoted: list[tuple[str, Span]] = []
        for unit in findings.units:
            document_id = unit.passage.document.id
            spans = [span for other, span in quoted if other == document_id]
            # A comparison is given one quote of each document it names, whatever the scores.
            is_due = document_id in wanted_documents and not spans and len(wanted_documents) > 1
            if not is_due and (unit.score < _FURTHER_SHARE * best or len(quoted) >= self._most(findings.kind)):
                continue
            opened = self._retriever.opened(document_id)
            span = _extent(unit, findings.kind, opened)
            if any(span.start < other.end and other.start < span.end for other in spans):
                continue
            quoted.append((document_id, span))
            yield unit.passage, span, decisive_spans(unit, findings.kind)

    @staticmethod
    def _most(kind: QuestionKind) -> int:
        return 2 if kind is QuestionKind.COMPARISON else 1 if kind is QuestionKind.LIST else _MAX_QUOTES


def _extent(unit: Unit, kind: QuestionKind, opened: OpenedDocument) -> Span:
    """How much around `unit` is quoted: a whole list, a whole short provision, else its own sentence."""
    if kind is QuestionKind.LIST or unit.text.rstrip().endswith(":"):
        listing = opened.list_around(unit.span, max_chars=_WHOLE_LIST_CHARS)
        if listing is not None:
            return listing
    provision = opened.innermost(unit.span)
    if provision is not None and provision.span.end - provision.span.start <= _WHOLE_PROVISION_CHARS:
        return provision.span
    line = whole_line(opened, unit.span)
    return line if line.end - line.start <= _WHOLE_PROVISION_CHARS else unit.span
