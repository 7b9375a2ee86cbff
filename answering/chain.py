"""The retrieval chain: question → passages → answer, as one LangChain runnable that streams."""

import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import islice

from langchain_core.runnables import Runnable, RunnableLambda

from answering.conversation import Turn, standalone
from answering.extractive import ExtractiveAnswerer, Findings
from answering.generated import GeneratedAnswerer
from answering.memory import AnswerMemory
from answering.questions import QuestionKind, question_kind
from answering.quoting import place
from answering.refusal import Refusal, speaks_of_all
from answering.suggestions import questions_near
from answering.validity import answer_validity, asks_when_in_force, titled_document
from core.errors import ModelUnavailableError, UsageError
from core.text import has_vietnamese_marks, syllables
from core.types import NO_FILTER, Answer, AnswerMethod, Citation, Document, Passage, SearchFilter, ValidityState
from retrieval.query import Query
from retrieval.retriever import HybridRetriever

logger = logging.getLogger(__name__)

# Questions offered with a refusal, and how many are tried for them: each costs a search.
_SUGGESTIONS = 3
_SUGGESTIONS_TRIED = 5

_TO_MIND = frozenset({ValidityState.EXPIRED, ValidityState.NOT_YET, ValidityState.AMENDED})


@dataclass(frozen=True, slots=True)
class Asked:
    """What goes into the chain."""

    question: str
    history: Sequence[Turn] = ()
    search_filter: SearchFilter = NO_FILTER


@dataclass(frozen=True, slots=True)
class Understood:
    """The question as typed, and what is looked for."""

    typed: str
    query: Query
    search_filter: SearchFilter


@dataclass(frozen=True, slots=True)
class Found:
    """What retrieval hands to answering."""

    typed: str
    query: Query
    search_filter: SearchFilter
    passages: Sequence[Passage]


class AnswerChain:
    """Answers questions from the library; every quote in an answer is proven.

    Attributes:
        runnable: The chain itself; its stream yields growing `Answer`s of which the last is complete.

    Args:
        retriever: Finds the passages.
        extractive: Answers in the documents' own words.
        generated: Writes the answer with a chat model; `None` when none is configured.
        min_confidence: Below this chance of an answer, 0 to 1, the chain says that the library does not hold it.
        max_question_chars: Longer questions are refused.
    """

    def __init__(
        self,
        retriever: HybridRetriever,
        extractive: ExtractiveAnswerer,
        generated: GeneratedAnswerer | None,
        *,
        min_confidence: float,
        max_question_chars: int,
    ) -> None:
        self._retriever = retriever
        self._extractive = extractive
        self._generated = generated
        self._refusal = Refusal(retriever)
        self._min_confidence = min_confidence
        self._max_question_chars = max_question_chars
        self._memory = AnswerMemory()
        self._answering: Runnable[Understood, Answer] = RunnableLambda(self._find) | RunnableLambda(self._answer)
        self.runnable: Runnable[Asked, Answer] = RunnableLambda(self._understand) | RunnableLambda(self._remembered)

    def ask(self, question: str, *, history: Sequence[Turn] = (), search_filter: SearchFilter = NO_FILTER) -> Answer:
        """The complete answer to `question`.

        Raises:
            UsageError: the question is empty or too long.
        """
        return self.runnable.invoke(Asked(question, history, search_filter))

    def stream(
        self, question: str, *, history: Sequence[Turn] = (), search_filter: SearchFilter = NO_FILTER
    ) -> Iterator[Answer]:
        """The answer as it grows; the last one is complete.

        Raises:
            UsageError: the question is empty or too long.
        """
        return self.runnable.stream(Asked(question, history, search_filter))

    def examine(
        self, question: str, *, history: Sequence[Turn] = (), search_filter: SearchFilter = NO_FILTER
    ) -> Findings | None:
        """What would be weighed to answer `question` or refuse it; `None` where that is settled without weighing.

        Raises:
            UsageError: the question is empty or too long.
        """
        found = self._find(self._understand(Asked(question, history, search_filter)))
        settled = self._settled(found) or _asked_validity_of(found)
        named = found.passages and found.passages[0].is_named
        return None if settled or named else self._weigh(found)

    def _understand(self, asked: Asked) -> Understood:
        question = asked.question.strip()
        if not syllables(question):
            raise UsageError("Câu hỏi đang trống. Hãy gõ điều cần hỏi, ví dụ: “Kế hoạch đào tạo có mục tiêu gì?”.")
        if len(question) > self._max_question_chars:
            raise UsageError(
                f"Câu hỏi dài {len(question):,} ký tự, quá mức {self._max_question_chars:,}. "
                "Hãy rút gọn, hoặc tải văn bản dài lên kho rồi hỏi về nó."
            )
        query = self._retriever.understand(self._standalone(question, asked.history))
        search_filter = replace(asked.search_filter, as_of=asked.search_filter.as_of or query.as_of)
        return Understood(" ".join(question.split()), query, search_filter)

    def _standalone(self, question: str, history: Sequence[Turn]) -> str:
        if history and self._generated is not None:
            turns = "\n".join(f"Câu hỏi: {turn.question}\nTrả lời: {turn.answer.text[:500]}" for turn in history[-3:])
            try:
                if rewritten := self._generated.rewrite(question, turns):
                    return rewritten
            except ModelUnavailableError as error:
                logger.warning("Follow-up rewritten by rules: %s", error)
        if not history or has_vietnamese_marks(question):
            return standalone(question, history)
        # What is taken over from the turn before has its diacritics, so the rest must have them, too.
        restored = self._retriever.knowledge_base.restore_diacritics(question)
        rewritten = standalone(restored, history)
        return question if rewritten == restored else rewritten

    def _remembered(self, understood: Understood) -> Iterator[Answer]:
        """The answer, from memory when neither the library nor the day has changed since it was given."""
        version = self._retriever.knowledge_base.version
        key = understood.query, understood.search_filter, version, date.today()
        if known := self._memory.recall(key):
            yield known if known.typed == understood.typed else replace(known, typed=understood.typed)
            return
        answer = None
        for growing in self._answering.stream(understood):
            answer = replace(growing, typed=understood.typed)
            yield answer
        # What the extractive answerer wrote in the model's stead holds until the model is back.
        as_configured = self._generated is None or (answer and answer.method is not AnswerMethod.EXTRACTIVE)
        if answer and as_configured and version == self._retriever.knowledge_base.version:
            self._memory.keep(key, answer)

    def _find(self, understood: Understood) -> Found:
        query, search_filter = understood.query, understood.search_filter
        # Only what is in force on the day, unless the question names a document or nothing else is left.
        current = query.documents or search_filter.only_in_force
        wanted = search_filter if current else replace(search_filter, only_in_force=True)
        passages = self._retriever.search(query, wanted)
        if not passages and wanted is not search_filter:
            wanted = search_filter
            passages = self._retriever.search(query, wanted)
        # A document that is not here may be spoken of in others; then only those provisions can answer for it.
        speaking = [passage for passage in passages if speaks_of_all(passage.text, query.missing)]
        return Found(understood.typed, query, wanted, speaking if query.missing and speaking else passages)

    def _answer(self, found: Found) -> Iterator[Answer]:
        query, passages = found.query, found.passages
        if refused := self._settled(found):
            yield from self._with_suggestions(refused)
            return
        if documents := _asked_validity_of(found):
            yield answer_validity(query, documents, found.search_filter, self._retriever)
            return
        findings = self._weigh(found)
        if not self._is_sure(found, findings):
            yield from self._with_suggestions(self._refusal.of_content(query, passages))
            return
        notes = [*self._refusal.notes(query)]
        if self._retriever.reranker is not None and self._retriever.reranker.notice:
            notes.append(self._retriever.reranker.notice)
        if query.as_of and query.as_of == found.search_filter.as_of:
            notes.append(f"Xét theo quy định có hiệu lực vào ngày {query.as_of:%d/%m/%Y} mà câu hỏi nêu.")
        for answer in self._write(found, findings):
            yield replace(answer, warnings=(*notes, *_validity_warnings(answer.citations), *answer.warnings))

    def _settled(self, found: Found) -> Answer | None:
        """The answer where nothing has to be weighed: to a greeting, or about what the library lacks."""
        return self._refusal.of_courtesy(found.query) or self._refusal.of_reference(found.query, found.passages)

    def _weigh(self, found: Found) -> Findings:
        return self._extractive.weigh(found.query, found.passages, found.search_filter)

    def _is_sure(self, found: Found, findings: Findings) -> bool:
        """Whether to answer: the provision was asked for by its number, or the chance of an answer is high enough."""
        is_named = bool(found.passages) and found.passages[0].is_named
        return is_named or findings.confidence >= self._min_confidence

    def _with_suggestions(self, refused: Answer) -> Iterator[Answer]:
        """The refusal at once, then with questions near it that are known to be answered."""
        yield refused
        suggestions: list[str] = []
        for question in islice(questions_near(refused.passages, self._retriever.opened), _SUGGESTIONS_TRIED):
            found = self._find(self._understand(Asked(question)))
            if self._settled(found) is None and self._is_sure(found, self._weigh(found)):
                suggestions.append(question)
            if len(suggestions) == _SUGGESTIONS:
                break
        if suggestions:
            yield replace(refused, suggestions=tuple(suggestions))

    def _write(self, found: Found, findings: Findings) -> Iterator[Answer]:
        """The chat model's answer where it is configured and proven, else the extractive one."""
        query, passages, as_of = found.query, found.passages, found.search_filter.as_of
        if self._generated is None:
            yield from self._extractive.stream(query, passages, findings, as_of)
            return
        try:
            written = None
            for written in self._generated.stream(query, passages, as_of, typed=found.typed):
                if written.method is AnswerMethod.LLM:
                    yield written
            if written is not None and written.method is AnswerMethod.LLM:
                return
            note = " ".join(written.warnings) if written else ""
        except ModelUnavailableError as error:
            note = str(error)
        note = f"{note} Dưới đây là trích nguyên văn."
        for answer in self._extractive.stream(query, passages, findings, as_of):
            yield replace(answer, warnings=(note, *answer.warnings))


def _asked_validity_of(found: Found) -> Sequence[Document]:
    """The documents whose validity is the question; empty when it asks something else."""
    if question_kind(found.query.text) is not QuestionKind.VALIDITY and not asks_when_in_force(found.query.text):
        return ()
    if found.query.documents:
        return found.query.documents
    titled = titled_document(found.query.text, found.passages)
    return (titled,) if titled else ()


def _validity_warnings(citations: Sequence[Citation]) -> Iterator[str]:
    """What to mind of citations that are not, or not unchanged, in force; once for each reason."""
    minded = {c.validity.reason: c for c in reversed(citations) if c.validity.state in _TO_MIND}
    for reason, citation in reversed(minded.items()):
        yield f"{place(citation)}: {reason}"
