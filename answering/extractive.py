"""Answers made of the documents' own words: which provision, how much of it, and when to say that nothing answers."""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from answering.amendments import amendments_of
from answering.comparison import Side, before_and_after, one_for_each_document, one_for_each_side, sides_of
from answering.conclusions import Lead, conclusions, conflicts
from answering.confidence import Evidence, confidence, gather
from answering.everyday import everyday_words
from answering.figures import asks_total
from answering.judge import Quote, QuoteJudge
from answering.questions import QuestionKind, question_kind
from answering.quoting import Quoter, place, whole_line
from answering.units import WHOLE_LIST_CHARS, QuestionWords, Unit, decisive_spans, score_units, titles
from core.references import find_document_references
from core.text import syllables
from core.types import NO_FILTER, Answer, AnswerMethod, Citation, Document, Passage, SearchFilter, Span, Statement
from retrieval.provisions import OpenedDocument, overlaps
from retrieval.query import Query, day_asked_about
from retrieval.retriever import HybridRetriever

# A provision up to this long is quoted whole; of a longer one, the sentences that answer.
_WHOLE_PROVISION_CHARS = 900
# A further provision is quoted only when its best sentence scores at most this much less than the best one's: what is
# added to a score multiplies the odds, and at this distance they are about one to two.
_FURTHER_MARGIN = 0.7
_MAX_QUOTES = 3
# So many of the best quotes are judged, and the order by words and the judge's log-odds go together at this rate.
_QUOTES_JUDGED = 3
# Log-odds at which no further quote need be judged.
_ANSWERS = 0.0
_IN_BRACKETS = re.compile(r"\s*\([^()]*\)\?$")
_TODAY = re.compile(r"\b(?:hiện (?:nay|tại|giờ)|bây giờ|hien (?:nay|tai|gio)|bay gio)\b,?\s*", re.IGNORECASE)
_JUDGE_WEIGHT = 0.3
# Of a longer quote the judge reads the line around the unit: it does not read to the end of what it was not given.
_READ_CHARS = 480
# Kinds that ask for the text of a provision that they name, not for one fact in it.
_ASKS_FOR_TEXT = frozenset({QuestionKind.OTHER, QuestionKind.LIST, QuestionKind.DEFINITION})
_SIDES = 2
# A longer heading would drown the quote that it introduces.
_SHORT_HEADING_CHARS = 90


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
    words: QuestionWords


@dataclass(frozen=True, slots=True)
class _Quote:
    """Part of a document to be quoted; `label` serves where no section holds it."""

    document: Document
    label: str
    span: Span
    decisive: Sequence[Span] = ()
    unit: Unit | None = None


class ExtractiveAnswerer:
    """Answers with quotes only; needs no chat model.

    Args:
        retriever: Gives texts and section trees of the documents.
        judge: Reads the best quotes beside the question; without it their words alone decide.
    """

    def __init__(self, retriever: HybridRetriever, judge: QuoteJudge | None = None) -> None:
        self._retriever = retriever
        self._judge = judge

    def weigh(self, query: Query, passages: Sequence[Passage], search_filter: SearchFilter = NO_FILTER) -> Findings:
        """How well each sentence of `passages` answers, and the chance that the best one does.

        A comparison is weighed on further passages for each side, which `search_filter` must admit.
        """
        kind = question_kind(query.text)
        words = QuestionWords(
            query.subject,
            folded=query.undiacritic,
            rarity=self._retriever.knowledge_base.rarity,
            abbreviations=(*query.abbreviations, *everyday_words(query.text)),
        )
        units: Sequence[Unit] = score_units(
            kind, self._searched(kind, query, passages, search_filter), words=words, opened=self._retriever.opened
        )
        if not passages:
            return Findings(kind, units, 0.0, None, words)
        units = self._judged(_put_plainly(query), kind, units)
        evidence = gather(kind, passages, words, units, model=self._retriever.knowledge_base.embedding_fingerprint)
        return Findings(kind, units, confidence(evidence), evidence, words)

    def _searched(
        self, kind: QuestionKind, query: Query, passages: Sequence[Passage], search_filter: SearchFilter
    ) -> Sequence[Passage]:
        """`passages`, and as many more for each side of what `query` sets side by side or adds up."""
        found = {(p.document.id, p.span): p for p in passages}
        for side in self._side_queries(kind, query):
            for passage in self._retriever.search(side, search_filter):
                found.setdefault((passage.document.id, passage.span), passage)
        return tuple(found.values())

    def _judged(self, question: str, kind: QuestionKind, units: Sequence[Unit]) -> Sequence[Unit]:
        """`units` with the odds of the best quotes, and ordered by them.

        A side of a comparison is no answer, so none is judged.
        """
        if self._judge is None or kind is QuestionKind.COMPARISON or not syllables(question):
            return units
        quotes: dict[tuple[str, Span], Quote] = {}
        for unit in units:
            opened = self._retriever.opened(unit.passage.document.id)
            span = _extent(unit, kind, opened)
            if span.end - span.start > _READ_CHARS:
                span = whole_line(opened, unit.span)
            place_ = unit.passage.document.id, span
            if place_ not in quotes and len(quotes) == _QUOTES_JUDGED:
                break
            if place_ not in quotes:
                text = "\n".join(opened.text[part.start : part.end] for part in (*opened.above(span), span))
                quotes[place_] = Quote(titles(unit.passage), unit.passage.header.rpartition("\n")[2], text)
        if not (scores := self._judge.score(question, list(quotes.values()), enough=_ANSWERS)):
            return units
        odds = dict(zip(quotes, scores, strict=False))
        best = max(scores)

        def judged(unit: Unit) -> Unit:
            """With the odds of the quote that it stands in, if that was judged."""
            id_ = unit.passage.document.id
            place_ = next((p for p in odds if p[0] == id_ and overlaps(unit.span, [p[1]])), None)
            if place_ is None:
                return unit
            return replace(unit, odds=odds[place_], score=unit.score + _JUDGE_WEIGHT * (odds[place_] - best))

        return sorted(map(judged, units), key=lambda unit: -unit.score)

    def _side_queries(self, kind: QuestionKind, query: Query) -> Iterator[Query]:
        """`query` asked of each document that it compares, or without the words of each other side."""
        if kind is QuestionKind.COMPARISON and query.named >= _SIDES:
            yield from (replace(query, documents=(d,), provisions=(), parts=()) for d in query.documents[:_SIDES])
            return
        for side in _sides(kind, query) or ():
            kept = [word for word in query.searched.split() if not side.other.issuperset(syllables(word) or [""])]
            yield replace(query, searched=" ".join(kept), parts=())

    def stream(
        self, query: Query, passages: Sequence[Passage], findings: Findings, as_of: date | None = None
    ) -> Iterator[Answer]:
        """The answer growing by one quote at a time; the last is complete."""
        quoter = Quoter(self._retriever, as_of)
        statements: dict[int, Statement] = {}
        leads: list[Lead] = []
        warnings: tuple[str, ...] = ()

        def grown() -> Answer:
            return Answer(
                question=query.text,
                statements=tuple(statements.values()),
                method=AnswerMethod.EXTRACTIVE,
                citations=quoter.citations,
                passages=tuple(passages),
                warnings=warnings,
                side_by_side=findings.kind is QuestionKind.COMPARISON and _are_sides(statements.values()),
            )

        for quote in self._quotes(query, passages, findings):
            citation = self._state(quoter, quote, statements)
            if citation is None:
                continue
            leads += [Lead(quote.unit, citation)] if quote.unit else []
            yield grown()
            for amendment in amendments_of(citation, self._retriever, as_of):
                new = quoter.cite(amendment.by, amendment.span)
                if new.marker not in statements:
                    said = f"{place(citation)} {amendment.said}, theo {place(new)}"
                    statements[new.marker] = Statement(said[:1].upper() + said[1:], (new.marker,), is_lead=True)
                    yield grown()
        concluded = list(conclusions(query.text, leads, findings.words))
        compared = findings.kind is QuestionKind.COMPARISON
        warnings = () if compared or concluded else tuple(conflicts(leads, findings.words))
        if concluded or warnings:
            statements.update({-number: statement for number, statement in enumerate(concluded, start=1)})
            yield grown()

    def _state(self, quoter: Quoter, quote: _Quote, statements: dict[int, Statement]) -> Citation | None:
        """Adds the statement that introduces `quote`; `None` when the same was said before."""
        document, opened = quote.document, self._retriever.opened(quote.document.id)
        if (said := quoter.find(document, quote.span)) and said.marker in statements:
            return None
        # A point says nothing without the opening words of its clause, which hold the fine or the duty; nor does a row
        # without the heads of its columns.
        above = [quoter.cite(document, part) for part in opened.above(quote.span)]
        citation = quoter.cite(document, quote.span, label=quote.label, decisive=quote.decisive)
        markers = tuple(each.marker for each in (*above, citation))
        statements[citation.marker] = Statement(_introduced(citation, opened), markers, is_lead=True)
        return citation

    def _quotes(self, query: Query, passages: Sequence[Passage], findings: Findings) -> Iterator[_Quote]:
        """What to quote of which passage, and the decisive words in it."""
        # A provision asked for by its number is given whole.
        referred = [passage for passage in passages if passage.is_named]
        if referred and findings.kind in _ASKS_FOR_TEXT:
            yield from (_Quote(passage.document, passage.label, passage.span) for passage in referred)
            return
        chosen = list(self._chosen(query, findings))
        quoted: list[tuple[str, Span]] = []
        for unit in chosen:
            document = unit.passage.document
            span = self._extent(unit, findings.kind, chosen)
            if overlaps(span, (other for id_, other in quoted if id_ == document.id)):
                continue
            quoted.append((document.id, span))
            inside = [u for u in chosen if u.passage.document.id == document.id and overlaps(u.span, [span])]
            decisive = [part for u in inside for part in decisive_spans(u, findings.kind, findings.words)]
            yield _Quote(document, unit.passage.label, span, decisive, unit)
            if len(quoted) == _most(findings.kind):
                return

    def _extent(self, unit: Unit, kind: QuestionKind, chosen: Sequence[Unit]) -> Span:
        """How much around `unit` is quoted: the list that it shares with another chosen point, else its own part."""
        opened = self._retriever.opened(unit.passage.document.id)
        span = _extent(unit, kind, opened)
        if kind is QuestionKind.COMPARISON:
            return span
        others = [u.span for u in chosen if u.passage.document.id == unit.passage.document.id and u is not unit]
        above = opened.parent_of(span, max_chars=_WHOLE_PROVISION_CHARS * 2)
        return (
            above
            if above and any(overlaps(other, [above]) and not overlaps(other, [span]) for other in others)
            else span
        )

    def _chosen(self, query: Query, findings: Findings) -> Iterator[Unit]:
        """The sentences that answer, best first; of a comparison, one for each side."""
        units, kind = findings.units, findings.kind
        documents: Sequence[Document] = query.documents if query.named >= _SIDES else ()
        if before_and_after(query.text):
            documents = tuple({unit.passage.document.id: unit.passage.document for unit in units}.values())
        if kind is QuestionKind.COMPARISON and len(documents) >= _SIDES:
            yield from one_for_each_document(units, documents[:_SIDES], findings.words)
            return
        if (sides := _sides(kind, query)) and (pair := one_for_each_side(units, sides, findings.words)):
            yield from pair
            return
        best = units[0].score if units else 0.0
        near = (unit for unit in units if unit.score >= best - _FURTHER_MARGIN)
        # Where something fits, what does not is no further answer.
        yield from (unit for unit in near if unit.fits or not units[0].fits)


def _put_plainly(query: Query) -> str:
    """The question without the day, which validity sees to, and the document that a follow-up took over in brackets.

    Questions that say "hiện nay" were mostly ones without an answer where the judge learned.
    """
    question = query.text
    if day := day_asked_about(question):
        question = question[: day[1].start] + question[day[1].end :]
    if (end := _IN_BRACKETS.search(question)) and find_document_references(end.group()):
        question = f"{question[: end.start()]}?"
    return _TODAY.sub("", question).strip()


def _sides(kind: QuestionKind, query: Query) -> tuple[Side, Side] | None:
    """What `query` compares or adds up, where it does."""
    is_asked = kind is QuestionKind.COMPARISON or (kind is QuestionKind.QUANTITY and asks_total(query.text))
    return sides_of(query.text) if is_asked else None


def _are_sides(statements: Collection[Statement]) -> bool:
    """Whether two quotes stand for two sides; what is reckoned from them goes beneath."""
    return len([statement for statement in statements if statement.is_lead]) == _SIDES


def _most(kind: QuestionKind) -> int:
    return _SIDES if kind is QuestionKind.COMPARISON else 1 if kind is QuestionKind.LIST else _MAX_QUOTES


def _introduced(citation: Citation, opened: OpenedDocument) -> str:
    """`Mức hỗ trợ hằng tháng – theo khoản 2 Điều 3 …`: the heading over the quote, where it is short, and its place."""
    heading = opened.heading_over(citation.span)
    said = f"theo {place(citation)}"
    return f"{heading} – {said}" if 0 < len(heading) <= _SHORT_HEADING_CHARS else said[:1].upper() + said[1:]


def _extent(unit: Unit, kind: QuestionKind, opened: OpenedDocument) -> Span:
    """How much around `unit` is quoted: a whole list, a whole short provision, else its own sentence."""
    if kind is QuestionKind.LIST or unit.text.rstrip().endswith(":"):
        listing = opened.list_around(unit.span, max_chars=WHOLE_LIST_CHARS)
        if listing is not None:
            return listing
    provision = opened.innermost(unit.span)
    if provision is not None and provision.span.end - provision.span.start <= _WHOLE_PROVISION_CHARS:
        return provision.span
    line = whole_line(opened, unit.span)
    return line if line.end - line.start <= _WHOLE_PROVISION_CHARS else unit.span
