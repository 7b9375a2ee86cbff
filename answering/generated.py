"""Answers written by a chat model from the passages, of which only verified sentences are shown."""

import hashlib
import logging
import re
import secrets
from collections.abc import Iterator, Sequence
from datetime import date

from langchain_core.messages import BaseMessage, HumanMessage, SystemMessage

from answering.chat_endpoint import ChatEndpoint, TimeLimits
from answering.claims import figures_of
from answering.drafts import Draft, read_drafts
from answering.quoting import Quoter
from answering.traces import JudgedSentence, Trace, TraceStore
from answering.units import QuestionWords
from answering.verification import Verdict, Verifier
from core.errors import ModelUnavailableError
from core.references import find_document_references
from core.text import nfc, sentences
from core.types import Answer, AnswerMethod, Passage, Span, Statement
from prompts import load_prompt
from retrieval.query import Query
from retrieval.retriever import HybridRetriever

logger = logging.getLogger(__name__)

_NOTHING_FOUND = re.compile(r"KH[OÔ]NG_C[OÓ]\b")
_ONLY_SUPPORT = re.compile(r"chỉ \d+% số từ")
# Less of the model's sentences is no answer any more, but what is left of one.
_MIN_VERIFIED_SHARE = 0.5
# An answer must speak of what was asked: it and its quotes hold at least this share of the question's words that the
# best sentence of the passages holds. A model that followed an instruction in a document speaks of something else.
_MIN_OF_QUESTION = 0.5
# Nobody waits longer for a question that rules can rewrite, too.
_REWRITE_LIMITS = TimeLimits(first_token_s=5.0, whole_s=8.0)
_MAX_REWRITTEN_CHARS = 400
_PROMPTS = ("answer_system", "answer_question", "passage")


class GeneratedAnswerer:
    """Writes answers with a chat model and lets through only what its passages prove.

    Args:
        endpoint: Where the model is asked.
        traces: Keeps what the model wrote and how it was judged; `None` keeps nothing.
    """

    def __init__(self, endpoint: ChatEndpoint, retriever: HybridRetriever, traces: TraceStore | None = None) -> None:
        self._endpoint = endpoint
        self._retriever = retriever
        self._traces = traces
        self._verifier = Verifier(retriever.abbreviations)

    def stream(
        self, query: Query, passages: Sequence[Passage], as_of: date | None = None, *, typed: str = ""
    ) -> Iterator[Answer]:
        """The answer growing by one verified statement at a time; the last is complete.

        Whoever reads must see it to its end: an answer that breaks off, or of which too little was proven, is to be
        dropped, because what is missing of it may be its exceptions. The last answer yielded is of method ABSTAINED
        where the model says that the passages do not answer, too little was proven, or it speaks of something else.

        Args:
            query: The question.
            passages: What the model may cite.
            as_of: Day on which the validity of what is cited is judged; `None` means today.
            typed: The question as it was typed, for the trace.

        Raises:
            ModelUnavailableError: the model cannot be reached, broke off, or took too long.
        """
        writing = _Writing(query, passages, Quoter(self._retriever, as_of), self._endpoint.name)
        trace = Trace.begin(typed or query.typed, query.text, passages, self._endpoint.name, prompt_version())
        try:
            for draft in read_drafts(trace.listening(self._endpoint.stream(self._messages(query, passages)))):
                if _NOTHING_FOUND.search(draft.text):
                    writing.found_nothing = not writing.kept
                    break
                yield from self._judged(draft, writing, trace)
        except ModelUnavailableError as error:
            trace.outcome = str(error)
            raise
        else:
            answer = writing.ended(self._is_about(query, passages, writing))
            trace.outcome = answer.method.value
            yield answer
        finally:
            if self._traces is not None:
                self._traces.keep(trace.ended())

    def rewrite(self, question: str, history: str) -> str:
        """`question` made to stand alone, in view of `history`; empty when the model brought in something new.

        Raises:
            ModelUnavailableError: as for `stream`.
        """
        messages = [SystemMessage(load_prompt("rewrite_system")), HumanMessage(f"{history}\nCâu hỏi: {question}")]
        rewritten = " ".join(nfc("".join(self._endpoint.stream(messages, _REWRITE_LIMITS))).split())
        said = f"{history}\n{question}"
        known = {claim for figure in figures_of(said) for claim in figure.claims}
        invented = any(not figure.claims & known for figure in figures_of(rewritten))
        named = {(reference.serial, reference.year) for reference in find_document_references(said)}
        misnamed = any((r.serial, r.year) not in named for r in find_document_references(rewritten))
        if not rewritten or len(rewritten) > _MAX_REWRITTEN_CHARS or invented or misnamed:
            return ""
        return rewritten

    def _judged(self, draft: Draft, writing: "_Writing", trace: Trace) -> Iterator[Answer]:
        """The answer with `draft` where it is proven. An opening is judged by what its first item cites."""
        if draft.opens and not draft.markers:
            writing.opening = draft
            return
        cited = _cited(draft.markers, writing.passages)
        if writing.opening is not None and cited:
            opening, writing.opening = writing.opening, None
            verdict = self._verifier.judge(opening.text, cited)
            trace.judged.append(JudgedSentence(opening.text, draft.markers, verdict.problems, verdict.support))
            # An empty phrase ("Tóm lại:") goes quietly; of an opening that is wrong nothing below can be right.
            writing.is_misled = any(not _ONLY_SUPPORT.match(problem) for problem in verdict.problems)
            if verdict.is_verified:
                writing.keep(opening.text, self._proofs(opening.text, cited, writing.quoter))
        elif not draft.lead:
            writing.is_misled = False
        verdict = self._verifier.judge(draft.text, cited, lead=draft.lead)
        if writing.is_misled and draft.lead:
            verdict = Verdict((*verdict.problems, "đứng dưới một lời mở đầu không kiểm chứng được"), verdict.support)
        trace.judged.append(JudgedSentence(draft.text, draft.markers, verdict.problems, verdict.support))
        if not verdict.is_verified:
            logger.debug("Sentence removed: %s", "; ".join(verdict.problems))
            writing.removed += 1
            return
        writing.keep(draft.text, self._proofs(draft.text, cited, writing.quoter))
        yield writing.answer()

    def _messages(self, query: Query, passages: Sequence[Passage]) -> list[BaseMessage]:
        # Text inside the passages cannot know the fence, so it cannot close its own.
        fence = secrets.token_hex(4)
        shown = "\n\n".join(
            load_prompt("passage").format(
                marker=marker,
                fence=fence,
                document=f"{passage.document.name} – {passage.document.metadata.title}",
                place=passage.label,
                validity=passage.validity.reason or "chưa rõ",
                text=passage.text,
            )
            for marker, passage in enumerate(passages, start=1)
        )
        asked = load_prompt("answer_question").format(fence=fence, passages=shown, question=query.text)
        return [SystemMessage(load_prompt("answer_system")), HumanMessage(asked)]

    def _proofs(self, sentence: str, cited: Sequence[Passage], quoter: Quoter) -> tuple[int, ...]:
        """Markers of the quotes that prove `sentence`, one of each passage that it cites."""
        quotes = (quoter.cite(passage.document, _proof(sentence, passage), label=passage.label) for passage in cited)
        return tuple(dict.fromkeys(quote.marker for quote in quotes))

    def _is_about(self, query: Query, passages: Sequence[Passage], writing: "_Writing") -> bool:
        """Whether the answer speaks of what was asked as far as the passages do."""
        words = QuestionWords(
            query.subject,
            folded=query.undiacritic,
            rarity=self._retriever.knowledge_base.rarity,
            abbreviations=query.abbreviations,
        )
        told = [statement.text for statement in writing.kept]
        for citation in writing.quoter.citations:
            opened = self._retriever.opened(citation.document.id)
            told += [citation.quote, opened.lead_in(citation.span)]
        best = max((words.coverage(passage.text) for passage in passages), default=0.0)
        return words.coverage("\n".join(told)) >= _MIN_OF_QUESTION * best


class _Writing:
    """One answer on its way."""

    def __init__(self, query: Query, passages: Sequence[Passage], quoter: Quoter, model: str) -> None:
        self.passages = passages
        self.quoter = quoter
        self.kept: list[Statement] = []
        self.removed = 0
        self.opening: Draft | None = None
        self.is_misled = False
        self.found_nothing = False
        self._query = query
        self._model = model

    def keep(self, text: str, markers: tuple[int, ...]) -> None:
        self.kept.append(Statement(text, markers))

    def answer(self) -> Answer:
        note = f"Đã bỏ {self.removed} câu của mô hình vì không kiểm chứng được trong đoạn được dẫn."
        return self._answer(AnswerMethod.LLM, (note,) if self.removed else ())

    def ended(self, is_about_the_question: bool) -> Answer:
        """The whole answer, or why there is none."""
        if self.found_nothing:
            note = "Mô hình trò chuyện không thấy câu trả lời trong các đoạn tìm được."
        elif not self.kept:
            note = "Mô hình trò chuyện không viết được câu trả lời kiểm chứng được."
        elif len(self.kept) < _MIN_VERIFIED_SHARE * (len(self.kept) + self.removed):
            note = f"Chỉ {len(self.kept)} trên {len(self.kept) + self.removed} câu của mô hình kiểm chứng được."
        elif not is_about_the_question:
            note = "Câu trả lời của mô hình không nói về điều được hỏi."
        else:
            return self.answer()
        return self._answer(AnswerMethod.ABSTAINED, (note,))

    def _answer(self, method: AnswerMethod, warnings: tuple[str, ...]) -> Answer:
        return Answer(
            question=self._query.text,
            statements=tuple(self.kept),
            method=method,
            citations=self.quoter.citations,
            passages=tuple(self.passages),
            warnings=warnings,
            model=self._model,
        )


def prompt_version() -> str:
    """Changes with every change of the prompts that answers are written by."""
    return hashlib.sha256("\0".join(map(load_prompt, _PROMPTS)).encode()).hexdigest()[:8]


def _cited(markers: Sequence[int], passages: Sequence[Passage]) -> list[Passage]:
    """The passages that `markers` name; none when one of them names no passage."""
    if any(not 1 <= marker <= len(passages) for marker in markers):
        return []
    return [passages[marker - 1] for marker in markers]


def _proof(sentence: str, passage: Passage) -> Span:
    """The sentence or line of `passage` nearest in words to `sentence`, in the document's offsets."""
    words = QuestionWords(sentence, folded=False, rarity=lambda terms: dict.fromkeys(terms, 1.0))
    spans = list(sentences(passage.text)) or [Span(0, len(passage.text))]
    best = max(spans, key=lambda span: words.coverage(passage.text[span.start : span.end]))
    return Span(passage.span.start + best.start, passage.span.start + best.end)
