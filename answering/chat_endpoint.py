"""A chat model on the other side of a network: its tokens within time limits, its failures in plain Vietnamese."""

import asyncio
import logging
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from queue import SimpleQueue
from threading import Lock

from anyio.from_thread import BlockingPortalProvider
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import BaseMessage

from core.errors import ModelUnavailableError
from core.settings import Settings

logger = logging.getLogger(__name__)

_CONNECT_TIMEOUT_S = 5.0
# Tries after the first on 408, 429, 5xx and failed connections; the client backs off and honours Retry-After.
_RETRIES = 2
# Reasons to end that mean that there was more to say.
_UNFINISHED = {"length": "câu trả lời dài quá mức máy chủ cho phép", "content_filter": "bị bộ lọc của máy chủ chặn"}


@dataclass(frozen=True, slots=True)
class TimeLimits:
    """Longest waits, seconds, retries included.

    Attributes:
        first_token_s: Until the first words.
        whole_s: Until the last.
    """

    first_token_s: float
    whole_s: float


class CircuitBreaker:
    """Keeps askers from waiting for an endpoint that just failed others.

    After some failures in a row nobody is let through for a while; then one asker tries, and the others follow when
    that one succeeds.

    Args:
        failures: In a row, after which it opens.
        rest_s: How long it stays open, seconds.
        clock: Seconds that never run backwards.
    """

    def __init__(self, *, failures: int = 2, rest_s: float = 60.0, clock: Callable[[], float] = time.monotonic) -> None:
        self._limit = failures
        self._rest_s = rest_s
        self._clock = clock
        self._failed = 0
        self._shut_until = 0.0
        self._lock = Lock()

    def admits(self) -> bool:
        """Whether to try now; where one asker is to try for all, only that one is told so."""
        with self._lock:
            if self._failed < self._limit:
                return True
            if self._clock() < self._shut_until:
                return False
            self._shut_until = self._clock() + self._rest_s
            return True

    def report(self, *, succeeded: bool) -> None:
        """How a try ended."""
        with self._lock:
            self._failed = 0 if succeeded else self._failed + 1
            if self._failed >= self._limit:
                self._shut_until = self._clock() + self._rest_s


class ChatEndpoint:
    """Streams from a chat model; safe to share between threads.

    Args:
        name: Of the model, for messages.
        breaker: Shared by all who ask this endpoint.
    """

    def __init__(
        self, chat_model: BaseChatModel, *, name: str, limits: TimeLimits, breaker: CircuitBreaker | None = None
    ) -> None:
        self.name = name
        self._chat_model = chat_model
        self._limits = limits
        self._breaker = breaker or CircuitBreaker()
        # The model is read by an event loop in a thread: there, a wait for the network ends on time whatever the
        # server does, where a blocking read would be held by a server that sends nothing but signs of life.
        self._portals = BlockingPortalProvider()

    def stream(self, messages: Sequence[BaseMessage], limits: TimeLimits | None = None) -> Iterator[str]:
        """The model's words as they come, at least one character each.

        Args:
            messages: What it is asked.
            limits: In place of the endpoint's own.

        Raises:
            ModelUnavailableError: the model cannot be reached, refuses, broke off or took too long; or others have just
                met with that.
        """
        if not self._breaker.admits():
            raise ModelUnavailableError(
                f"Mô hình trò chuyện {self.name} vừa hỏng liên tiếp nên tạm nghỉ. Hãy thử lại sau ít phút."
            )
        arrived: SimpleQueue[str | None] = SimpleQueue()
        with self._portals as portal:
            reading = portal.start_task_soon(self._read, list(messages), limits or self._limits, arrived)
            try:
                while (token := arrived.get()) is not None:
                    yield token
                reading.result()
            except ModelUnavailableError:
                self._breaker.report(succeeded=False)
                raise
            else:
                self._breaker.report(succeeded=True)
            finally:
                reading.cancel()  # whoever asked may have left

    async def _read(self, messages: list[BaseMessage], limits: TimeLimits, arrived: "SimpleQueue[str | None]") -> None:
        import httpx
        import openai

        ending: object = None
        has_begun = False
        waited_s = min(limits.first_token_s, limits.whole_s)
        try:
            began = asyncio.get_running_loop().time()
            async with asyncio.timeout(waited_s) as limit:
                async for chunk in self._chat_model.astream(messages):
                    ending = chunk.response_metadata.get("finish_reason") or ending
                    has_begun = True
                    if chunk.text:
                        arrived.put(chunk.text)
                        limit.reschedule(began + limits.whole_s)
                        waited_s = limits.whole_s
        except TimeoutError as error:
            raise ModelUnavailableError(
                f"Mô hình trò chuyện {self.name} trả lời quá {waited_s:g} giây. "
                "Hãy thử lại, hoặc tăng CHAT_FIRST_TOKEN_S, CHAT_TIMEOUT_S."
            ) from error
        # What a server that does not keep to the protocol sends is met by the client with all of these.
        except (
            openai.OpenAIError, httpx.HTTPError, ValueError, LookupError, TypeError, AttributeError
        ) as error:  # fmt: skip
            raise self._explained(error, has_begun=has_begun) from error
        finally:
            arrived.put(None)
        if ending is None or ending in _UNFINISHED:
            reason = _UNFINISHED.get(str(ending), "máy chủ ngắt kết nối")
            raise ModelUnavailableError(
                f"Mô hình trò chuyện {self.name} dừng giữa chừng ({reason}). Hãy thử lại, rồi kiểm tra máy chủ mô hình."
            )

    def _explained(self, error: Exception, *, has_begun: bool) -> ModelUnavailableError:
        """What happened, in what, and what to do, for each kind of failure."""
        import httpx
        import openai

        status = getattr(error, "status_code", None)
        if status in {401, 403}:
            return self._failure(f"từ chối khóa truy cập ({status})", "Hãy kiểm tra CHAT_API_KEY.")
        if status == 404:
            return self._failure("không có trên máy chủ (404)", "Hãy kiểm tra CHAT_MODEL và CHAT_BASE_URL.")
        if status == 429:
            return self._failure("đang quá tải hoặc hết hạn mức (429)", "Hãy thử lại sau ít phút.")
        if status is not None:
            return self._failure(f"báo lỗi {status}", "Hãy thử lại, rồi xem nhật ký của máy chủ mô hình.")
        if isinstance(error, openai.APIConnectionError | httpx.TransportError):
            if has_begun:
                return self._failure("mất kết nối giữa chừng", "Hãy thử lại, rồi kiểm tra máy chủ mô hình.")
            return self._failure("không kết nối được", "Hãy kiểm tra CHAT_BASE_URL và máy chủ mô hình.")
        return self._failure(
            f"trả về dữ liệu không theo giao thức OpenAI ({type(error).__name__})", "Hãy kiểm tra CHAT_BASE_URL."
        )

    def _failure(self, what: str, advice: str) -> ModelUnavailableError:
        return ModelUnavailableError(f"Mô hình trò chuyện {self.name} {what}. {advice}")


def open_chat_endpoint(settings: Settings) -> ChatEndpoint | None:
    """The configured OpenAI-compatible chat model; `None` when none is configured."""
    if not settings.chat_base_url:
        return None
    # Half a second, for those who use it.
    import httpx
    from langchain.chat_models import init_chat_model

    limits = TimeLimits(settings.chat_first_token_s, settings.chat_timeout_s)
    chat_model = init_chat_model(
        settings.chat_model,
        model_provider="openai",
        base_url=settings.chat_base_url,
        # The client refuses an empty key, local servers need none.
        api_key=settings.chat_api_key.get_secret_value() or "unused",
        timeout=httpx.Timeout(limits.whole_s, connect=min(_CONNECT_TIMEOUT_S, limits.whole_s)),
        max_retries=_RETRIES,
        temperature=0,
        # A connection belongs to the event loop that opened it, and that loop ends when nobody asks.
        http_async_client=httpx.AsyncClient(limits=httpx.Limits(max_keepalive_connections=0)),
    )
    return ChatEndpoint(chat_model, name=settings.chat_model, limits=limits)
