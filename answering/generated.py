"""Answers written by a chat model from the passages, of which only verified sentences are shown."""

import logging
import secrets
import time
from collections.abc import Iterator, Sequence
from datetime import date

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import BaseMessage, HumanMessage, SystemMessage

from answering.quoting import Quoter
from answering.units import QuestionWords
from answering.verification import MARKER, problems_of
from core.errors import ModelUnavailableError
from core.settings import Settings
from core.text import sentences
from core.types import Answer, AnswerMethod, Passage, Span, Statement
from prompts import load_prompt
from retrieval.query import Query
from retrieval.retriever import HybridRetriever

logger = logging.getLogger(__name__)

_NOTHING_FOUND = "KHONG_CO"


def open_chat_model(settings: Settings) -> BaseChatModel | None:
    """The configured OpenAI-compatible chat model; `None` when none is configured."""
    if not settings.chat_base_url:
        return None
    from langchain.chat_models import init_chat_model  # half a second, for those who use it

    return init_chat_model(
        settings.chat_model,
        model_provider="openai",
        base_url=settings.chat_base_url,
        # The client refuses an empty key, local servers need none.
        api_key=settings.chat_api_key.get_secret_value() or "unused",
        timeout=settings.chat_timeout_s,
        max_retries=2,
        temperature=0,
    )


class GeneratedAnswerer:
    """Writes answers with a chat model and lets through only what its passages prove.

    Args:
        timeout_s: Longest that one answer may take altogether, seconds.
    """

    def __init__(self, chat_model: BaseChatModel, retriever: HybridRetriever, *, name: str, timeout_s: float) -> None:
        self._chat_model = chat_model
        self._retriever = retriever
        self._name = name
        self._timeout_s = timeout_s

    def stream(self, query: Query, passages: Sequence[Passage], as_of: date | None = None) -> Iterator[Answer]:
        """The answer growing by one verified sentence at a time; the last is complete.

        Yields nothing when the model says that the passages do not answer, or when nothing it wrote was proven.

        Raises:
            ModelUnavailableError: the model cannot be reached, broke off, or took too long.
        """
        quoter = Quoter(self._retriever, as_of)
        kept: list[Statement] = []
        removed = 0
        for sentence in self._sentences(query, passages):
            if _NOTHING_FOUND in sentence:
                break
            cited = _cited(sentence, passages)
            if problems := problems_of(sentence, cited):
                logger.debug("Sentence removed: %s", "; ".join(problems))
                removed += 1
                continue
            kept.append(self._proven(sentence, cited, quoter))
            yield self._answer(query, passages, kept, quoter, removed)
        if kept and removed:
            yield self._answer(query, passages, kept, quoter, removed)

    def rewrite(self, question: str, history: str) -> str:
        """`question` made to stand alone, in view of `history`.

        Raises:
            ModelUnavailableError: as for `stream`.
        """
        messages = [SystemMessage(load_prompt("rewrite_system")), HumanMessage(f"{history}\nCâu hỏi: {question}")]
        return " ".join("".join(self._tokens(messages)).split())

    def _sentences(self, query: Query, passages: Sequence[Passage]) -> Iterator[str]:
        """Sentences as the model completes them; the markers after a full stop belong to the sentence before."""
        pending = ""
        for token in self._tokens(self._messages(query, passages)):
            pending += token
            spans = _marked_sentences(pending)
            # "… quy định. [" may still become the marker of the sentence before it.
            if len(spans) > 1 and pending[spans[-1].start] != "[":
                yield from (pending[span.start : span.end] for span in spans[:-1])
                pending = pending[spans[-1].start :]
        yield from (pending[start:end] for start, end in _marked_sentences(pending))

    def _tokens(self, messages: list[BaseMessage]) -> Iterator[str]:
        import httpx
        import openai

        deadline = time.monotonic() + self._timeout_s
        try:
            for chunk in self._chat_model.stream(messages):
                yield chunk.text
                if time.monotonic() > deadline:
                    raise ModelUnavailableError(
                        f"Mô hình trò chuyện {self._name} trả lời quá {self._timeout_s:g} giây. "
                        "Hãy thử lại hoặc tăng CHAT_TIMEOUT_S."
                    )
        except (openai.OpenAIError, httpx.HTTPError, ValueError) as error:
            raise ModelUnavailableError(
                f"Không dùng được mô hình trò chuyện {self._name} ({type(error).__name__}). "
                "Hãy kiểm tra CHAT_BASE_URL, CHAT_MODEL và dịch vụ mô hình."
            ) from error

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

    def _proven(self, sentence: str, cited: Sequence[Passage], quoter: Quoter) -> Statement:
        """`sentence` with the quotes that prove it in place of its passages."""
        proofs = [
            quoter.cite(passage.document, _proof(sentence, passage), label=passage.label).marker for passage in cited
        ]
        return Statement(MARKER.sub("", sentence).strip(), tuple(dict.fromkeys(proofs)))

    def _answer(
        self, query: Query, passages: Sequence[Passage], kept: Sequence[Statement], quoter: Quoter, removed: int
    ) -> Answer:
        warnings = []
        if removed:
            warnings.append(f"Đã bỏ {removed} câu của mô hình vì không kiểm chứng được trong đoạn được dẫn.")
        return Answer(
            question=query.text,
            statements=tuple(kept),
            method=AnswerMethod.LLM,
            citations=quoter.citations,
            passages=tuple(passages),
            warnings=tuple(warnings),
            model=self._name,
        )


def _marked_sentences(text: str) -> list[Span]:
    """Sentences of `text`, each with the markers that follow its full stop."""
    spans: list[Span] = []
    for span in sentences(text):
        lead = MARKER.match(text, span.start)
        while spans and lead:
            spans[-1] = Span(spans[-1].start, lead.end())
            span = Span(lead.end(), span.end)
            lead = MARKER.match(text, span.start)
        start = span.start + len(text[span.start : span.end]) - len(text[span.start : span.end].lstrip())
        if start < span.end:
            spans.append(Span(start, span.end))
    return spans


def _cited(sentence: str, passages: Sequence[Passage]) -> list[Passage]:
    """The passages that the markers of `sentence` name; none when a marker names no passage."""
    markers = [int(marker) for marker in dict.fromkeys(MARKER.findall(sentence))]
    if any(not 1 <= marker <= len(passages) for marker in markers):
        return []
    return [passages[marker - 1] for marker in markers]


def _proof(sentence: str, passage: Passage) -> Span:
    """The sentence or line of `passage` nearest in words to `sentence`, in the document's offsets."""
    words = QuestionWords(sentence, folded=False, rarity=lambda terms: dict.fromkeys(terms, 1.0))
    spans = list(sentences(passage.text)) or [Span(0, len(passage.text))]
    best = max(spans, key=lambda span: words.coverage(passage.text[span.start : span.end]))
    return Span(passage.span.start + best.start, passage.span.start + best.end)
