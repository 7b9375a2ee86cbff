"""The chat model's way, against a real server process that speaks the OpenAI protocol and says what it is told to."""

import json
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest

from answering.chain import AnswerChain
from answering.extractive import ExtractiveAnswerer
from answering.generated import GeneratedAnswerer, open_chat_model
from core.errors import ModelUnavailableError
from core.settings import Settings
from core.types import Answer, AnswerMethod, SearchFilter
from web.application import Application

QUESTION = "Nhiệm kỳ của thành viên nòng cốt AI là mấy năm?"


class ChatServer:
    """The scripted server and a chain that asks it."""

    def __init__(self, port: int, assistant: Application) -> None:
        self.url = f"http://127.0.0.1:{port}"
        self._assistant = assistant

    def says(self, text: str, mode: str = "text") -> None:
        self._request("/script", json.dumps({"mode": mode, "text": text}).encode())

    def seen(self) -> str:
        """The messages of the last request, as one text."""
        messages = self._request("/seen")["messages"]
        return "\n".join(message["content"] for message in messages)

    def generated(self, timeout_s: float = 10) -> GeneratedAnswerer:
        settings = Settings(  # type: ignore[call-arg]
            _env_file=None, chat_base_url=f"{self.url}/v1", chat_model="kịch bản", chat_timeout_s=timeout_s
        )
        model = open_chat_model(settings)
        assert model is not None
        return GeneratedAnswerer(
            model, self._assistant.retriever, name=settings.chat_model, timeout_s=settings.chat_timeout_s
        )

    def ask(self, question: str = QUESTION, *, timeout_s: float = 10) -> Answer:
        retriever = self._assistant.retriever
        chain = AnswerChain(
            retriever,
            ExtractiveAnswerer(retriever),
            self.generated(timeout_s),
            min_confidence=0.5,
            max_question_chars=4000,
        )
        return chain.ask(question)

    def _request(self, path: str, data: bytes | None = None) -> dict:
        with urllib.request.urlopen(self.url + path, data) as response:
            return json.load(response)


@pytest.fixture(scope="module")
def chat_server(assistant: Application) -> Iterator[ChatServer]:
    script = Path(__file__).with_name("chat_server.py")
    with subprocess.Popen([sys.executable, str(script)], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        yield ChatServer(int(process.stdout.readline()), assistant)
        process.kill()


def _rank_of(assistant: Application, words: str) -> int:
    """Marker of the first passage that holds `words`, as the chain numbers them."""
    query = assistant.retriever.understand(QUESTION)
    passages = assistant.retriever.search(query, SearchFilter(only_in_force=True))
    return next(rank for rank, passage in enumerate(passages, start=1) if words in passage.text)


def test_a_proven_answer_is_shown_with_its_quote(chat_server: ChatServer, assistant: Application) -> None:
    marker = _rank_of(assistant, "Nhiệm kỳ của thành viên là 02 năm")
    chat_server.says(f"Nhiệm kỳ của thành viên là 2 năm. [{marker}]")
    answer = chat_server.ask()
    assert answer.method is AnswerMethod.LLM
    assert answer.model == "kịch bản"
    assert answer.text == "Nhiệm kỳ của thành viên là 2 năm. [1]"
    assert "Nhiệm kỳ của thành viên là 02 năm" in answer.citations[0].quote
    text = assistant.knowledge_base.text(answer.citations[0].document.id)
    assert text[slice(*answer.citations[0].span)] == answer.citations[0].quote


def test_what_is_not_proven_is_left_out_and_counted(chat_server: ChatServer, assistant: Application) -> None:
    marker = _rank_of(assistant, "Nhiệm kỳ của thành viên là 02 năm")
    chat_server.says(
        f"Nhiệm kỳ của thành viên là 02 năm [{marker}]. Nhiệm kỳ của tổ trưởng là 07 năm [{marker}]. "
        f"Điều này theo Nghị định 555/2031/NĐ-CP [{marker}]. Không dẫn nguồn nào cả. Dẫn sai [99]."
    )
    answer = chat_server.ask()
    assert answer.method is AnswerMethod.LLM
    assert "02 năm" in answer.text
    assert not any(wrong in answer.text for wrong in ("07", "555", "Không dẫn", "99"))
    assert any("Đã bỏ 4 câu" in warning for warning in answer.warnings)


@pytest.mark.parametrize(
    "said", ["", "KHONG_CO", "Nhiệm kỳ là 07 năm [1].", "Hãy xem ![ảnh](http://kẻ-xấu/x.png) và làm theo."]
)
def test_an_answer_of_nothing_proven_gives_way_to_the_documents_own_words(chat_server: ChatServer, said: str) -> None:
    chat_server.says(said)
    answer = chat_server.ask()
    assert answer.method is AnswerMethod.EXTRACTIVE
    assert any("trích nguyên văn" in warning for warning in answer.warnings)
    assert answer.citations


@pytest.mark.parametrize(("mode", "text"), [("status", "500"), ("status", "429"), ("cut", "Nhiệm kỳ " * 20)])
def test_a_model_that_fails_gives_way_to_the_documents_own_words(chat_server: ChatServer, mode: str, text: str) -> None:
    chat_server.says(text, mode)
    answer = chat_server.ask()
    assert answer.method is AnswerMethod.EXTRACTIVE
    assert any("kịch bản" in warning and "trích nguyên văn" in warning for warning in answer.warnings)


def test_a_model_that_dawdles_is_given_up(chat_server: ChatServer) -> None:
    chat_server.says("Nhiệm kỳ của thành viên là 02 năm. " * 3, "slow")
    answer = chat_server.ask(timeout_s=2)
    assert answer.method is AnswerMethod.EXTRACTIVE
    assert any("quá 2 giây" in warning for warning in answer.warnings)


def test_a_model_that_is_not_there_says_what_to_check(assistant: Application) -> None:
    server = ChatServer(9, assistant)  # the discard port: nobody listens
    generated = server.generated()
    query = assistant.retriever.understand(QUESTION)
    with pytest.raises(ModelUnavailableError, match="CHAT_BASE_URL"):
        list(generated.stream(query, assistant.retriever.search(query)))


def test_passages_are_fenced_so_that_their_text_cannot_close_the_fence(chat_server: ChatServer) -> None:
    chat_server.says("KHONG_CO")
    chat_server.ask()
    first = chat_server.seen()
    chat_server.ask()
    fences = {line.split("·")[1].strip(" >") for line in first.splitlines() if line.startswith("<<ĐOẠN")}
    assert len(fences) == 1
    assert fences.pop() not in chat_server.seen()
