"""A chat model's server in a process of its own, and chains that ask it."""

import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from answering.chain import AnswerChain
from answering.chat_endpoint import ChatEndpoint, open_chat_endpoint
from answering.extractive import ExtractiveAnswerer
from answering.generated import GeneratedAnswerer
from answering.traces import TraceStore
from core.settings import Settings
from web.application import Application

MODEL = "kịch bản"


class ChatServer:
    """The scripted server; `chat_server.Script` says what it can do."""

    def __init__(self, port: int) -> None:
        self.url = f"http://127.0.0.1:{port}"

    def says(self, text: str, mode: str = "text", **script: object) -> None:
        self._request("/script", json.dumps({"mode": mode, "text": text, **script}).encode())

    @property
    def seen(self) -> str:
        """The messages of the last request, as one text."""
        return "\n".join(message["content"] for message in self._request("/seen")["messages"])

    @property
    def requests(self) -> int:
        return int(self._request("/seen")["requests"])

    def endpoint(self, *, first_token_s: float = 10, timeout_s: float = 10) -> ChatEndpoint:
        settings = Settings(  # type: ignore[call-arg]
            _env_file=None,
            chat_base_url=f"{self.url}/v1",
            chat_model=MODEL,
            chat_first_token_s=first_token_s,
            chat_timeout_s=timeout_s,
        )
        endpoint = open_chat_endpoint(settings)
        assert endpoint is not None
        return endpoint

    def chain(
        self, assistant: Application, endpoint: ChatEndpoint | None = None, traces: TraceStore | None = None
    ) -> AnswerChain:
        retriever = assistant.retriever
        return AnswerChain(
            retriever,
            ExtractiveAnswerer(retriever),
            GeneratedAnswerer(endpoint or self.endpoint(), retriever, traces),
            min_confidence=assistant.settings.min_confidence,
            max_question_chars=4000,
        )

    def _request(self, path: str, data: bytes | None = None) -> dict:
        with urllib.request.urlopen(self.url + path, data) as response:
            return json.load(response)


@pytest.fixture(scope="session")
def chat_server() -> Iterator[ChatServer]:
    script = Path(__file__).with_name("chat_server.py")
    with subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield ChatServer(int(process.stdout.readline()))
        process.kill()
