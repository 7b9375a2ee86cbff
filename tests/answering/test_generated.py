"""The chat model's way, against a real server process that speaks the OpenAI protocol and says what it is told to."""

import time
from datetime import timedelta
from itertools import pairwise
from pathlib import Path

import pytest

from answering.chat_endpoint import CircuitBreaker
from answering.conversation import Turn
from answering.traces import Trace, TraceStore
from core.errors import ModelUnavailableError
from core.types import Answer, AnswerMethod, SearchFilter
from tests.answering.conftest import MODEL, ChatServer
from web.application import Application

QUESTION = "Nhiệm kỳ của thành viên nòng cốt AI là mấy năm?"
TERM = "Nhiệm kỳ của thành viên là 02 năm"


@pytest.fixture
def ask(chat_server: ChatServer, assistant: Application):
    def ask(question: str = QUESTION, **limits: float) -> Answer:
        return chat_server.chain(assistant, chat_server.endpoint(**limits)).ask(question)

    return ask


@pytest.fixture(scope="module")
def marker(assistant: Application) -> int:
    """Marker of the first passage that answers the question, as the chain numbers them."""
    query = assistant.retriever.understand(QUESTION)
    passages = assistant.retriever.search(query, SearchFilter(only_in_force=True))
    return next(rank for rank, passage in enumerate(passages, start=1) if TERM in passage.text)


def test_a_proven_answer_is_shown_with_its_quote(chat_server, assistant: Application, ask, marker: int) -> None:
    chat_server.says(f"Nhiệm kỳ của thành viên là 2 năm. [{marker}]")
    answer = ask()
    assert answer.method is AnswerMethod.LLM
    assert answer.model == MODEL
    assert answer.text == "Nhiệm kỳ của thành viên là 2 năm. [1]"
    assert TERM in answer.citations[0].quote
    text = assistant.knowledge_base.text(answer.citations[0].document.id)
    assert text[slice(*answer.citations[0].span)] == answer.citations[0].quote


def test_what_is_not_proven_is_left_out_and_counted(chat_server, ask, marker: int) -> None:
    chat_server.says(
        f"Nhiệm kỳ của thành viên là 02 năm [{marker}]. Thành viên có nhiệm kỳ 2 năm [{marker}]. "
        f"Nhiệm kỳ của tổ trưởng là 07 năm [{marker}]. Dẫn sai nhiệm kỳ 02 năm [99]."
    )
    answer = ask()
    assert answer.method is AnswerMethod.LLM
    assert [statement.text for statement in answer.statements] == [
        "Nhiệm kỳ của thành viên là 02 năm.",
        "Thành viên có nhiệm kỳ 2 năm.",
    ]
    assert any("Đã bỏ 2 câu" in warning for warning in answer.warnings)


@pytest.mark.parametrize(
    ("said", "note"),
    [
        ("", "kiểm chứng được"),
        ("   \n\n ", "kiểm chứng được"),
        ("KHONG_CO", "không thấy câu trả lời"),
        ("Nhiệm kỳ là 07 năm [1].", "kiểm chứng được"),
        ("Nhiệm kỳ của thành viên là 02 năm.", "kiểm chứng được"),
        ("Hãy xem ![ảnh](http://kẻ-xấu/x.png) và làm theo.", "kiểm chứng được"),
        (f"{TERM} [M]. Nhiệm kỳ là 5 năm [M]. Nhiệm kỳ là 7 năm [M].", "Chỉ 1 trên 3 câu"),
        (f"{TERM} [77].", "kiểm chứng được"),
    ],
)
def test_an_answer_that_is_not_proven_gives_way_to_the_documents_own_words(
    chat_server, ask, marker: int, said: str, note: str
) -> None:
    chat_server.says(said.replace("[M]", f"[{marker}]"))
    answer = ask()
    assert answer.method is AnswerMethod.EXTRACTIVE
    assert any(note in warning and "trích nguyên văn" in warning for warning in answer.warnings)
    assert TERM in answer.text


@pytest.mark.parametrize(
    ("script", "note"),
    [
        ({"mode": "status", "status": 500}, "báo lỗi 500"),
        ({"mode": "status", "status": 503}, "báo lỗi 503"),
        ({"mode": "status", "status": 429}, "quá tải"),
        ({"mode": "status", "status": 401}, "CHAT_API_KEY"),
        ({"mode": "status", "status": 404}, "CHAT_MODEL"),
        ({"mode": "cut"}, "giữa chừng"),
        ({"mode": "unfinished"}, "giữa chừng"),
        ({"mode": "length"}, "quá mức máy chủ cho phép"),
        ({"mode": "garbled"}, "không theo giao thức"),
        ({"mode": "foreign"}, MODEL),
        ({"mode": "page"}, MODEL),
        ({"mode": "error"}, MODEL),
    ],
    ids=lambda value: str(value.get("status", value["mode"])) if isinstance(value, dict) else "",
)
def test_a_model_that_fails_gives_way_to_the_documents_own_words(
    chat_server, ask, marker: int, script: dict, note: str
) -> None:
    chat_server.says(f"{TERM}. [{marker}] Sau đó còn nhiều điều nữa để nói về nhiệm kỳ. [{marker}]", **script)
    answer = ask()
    assert answer.method is AnswerMethod.EXTRACTIVE
    assert any(note in warning and "trích nguyên văn" in warning for warning in answer.warnings), answer.warnings
    assert TERM in answer.text


@pytest.mark.parametrize(
    ("mode", "limits"),
    [
        ("slow", {"timeout_s": 1.5}),
        ("silent", {"first_token_s": 0.7}),
        ("alive", {"first_token_s": 0.7}),
    ],
)
def test_a_model_that_dawdles_is_given_up_on_time(chat_server, ask, mode: str, limits: dict) -> None:
    chat_server.says(f"{TERM}. " * 3 if mode == "slow" else "", mode)
    began = time.monotonic()
    answer = ask(**limits)
    assert time.monotonic() - began < 4
    assert answer.method is AnswerMethod.EXTRACTIVE
    assert any(f"quá {next(iter(limits.values()))} giây" in warning for warning in answer.warnings), answer.warnings


def test_a_model_that_was_busy_is_asked_again_after_as_long_as_it_says(chat_server, ask, marker: int) -> None:
    chat_server.says(f"{TERM}. [{marker}]", "status", status=429, failures=1, retry_after="1")
    began = time.monotonic()
    assert ask().method is AnswerMethod.LLM
    assert time.monotonic() - began >= 1
    assert chat_server.requests == 2


def test_what_a_model_thinks_aloud_is_not_part_of_its_answer(chat_server, ask, marker: int) -> None:
    chat_server.says(f"<think>Có lẽ là 7 năm [{marker}].\n\nHay 5 năm?</think>\n\n{TERM}. [{marker}]")
    answer = ask()
    assert [statement.text for statement in answer.statements] == [f"{TERM}."]
    assert not answer.warnings


def test_a_dead_model_does_not_cost_every_asker_its_time_limit(chat_server, assistant: Application) -> None:
    chat_server.says("", "silent")
    chain = chat_server.chain(assistant, chat_server.endpoint(first_token_s=0.6))
    for question in (QUESTION, "Tổ nòng cốt AI cấp xã có những nhiệm vụ gì?"):
        assert any("quá 0.6 giây" in warning for warning in chain.ask(question).warnings)
    asked = chat_server.requests
    answer = chain.ask("Ai chủ trì đào tạo lực lượng nòng cốt AI?")
    assert answer.method is AnswerMethod.EXTRACTIVE
    assert any("tạm nghỉ" in warning for warning in answer.warnings)
    assert chat_server.requests == asked


def test_after_its_rest_one_asker_tries_and_the_others_follow_when_that_one_succeeds() -> None:
    now = [0.0]
    breaker = CircuitBreaker(failures=2, rest_s=60, clock=lambda: now[0])
    breaker.report(succeeded=False)
    assert breaker.admits()
    breaker.report(succeeded=False)
    assert not breaker.admits()
    now[0] = 61
    assert [breaker.admits(), breaker.admits()] == [True, False]
    breaker.report(succeeded=False)
    assert not breaker.admits()
    now[0] = 122
    assert breaker.admits()
    breaker.report(succeeded=True)
    assert breaker.admits() and breaker.admits()


def test_whoever_leaves_in_mid_answer_frees_the_server(chat_server, assistant: Application, marker: int) -> None:
    chat_server.says(f"{TERM}. [{marker}] " + f"{TERM}. [{marker}] " * 50, "slow")
    endpoint = chat_server.endpoint()
    answers = endpoint.stream([("human", "?")])  # type: ignore[list-item]  # LangChain reads pairs, too
    assert next(answers)
    began = time.monotonic()
    answers.close()
    assert time.monotonic() - began < 1


def test_a_model_that_is_not_there_says_what_to_check(assistant: Application) -> None:
    nobody = ChatServer(9)  # the discard port: nobody listens
    chain = nobody.chain(assistant)
    answer = chain.ask(QUESTION)
    assert answer.method is AnswerMethod.EXTRACTIVE
    assert any("không kết nối được" in warning and "CHAT_BASE_URL" in warning for warning in answer.warnings)
    with pytest.raises(ModelUnavailableError, match="không kết nối được"):
        list(nobody.endpoint().stream([("human", "?")]))  # type: ignore[list-item]


def test_an_answer_grows_by_verified_statements(chat_server, assistant: Application, marker: int) -> None:
    chat_server.says(f"{TERM}. [{marker}]\n- Thành viên có nhiệm kỳ 2 năm. [{marker}]\n- Nhiệm kỳ 9 năm. [{marker}]")
    snapshots = list(chat_server.chain(assistant).stream(QUESTION))
    assert len(snapshots) >= 3
    assert all(later.text.startswith(earlier.text) for earlier, later in pairwise(snapshots))
    assert not any("9 năm" in snapshot.text for snapshot in snapshots)


def test_passages_are_fenced_so_that_their_text_cannot_close_the_fence(chat_server, ask) -> None:
    chat_server.says("KHONG_CO")
    ask()
    first = chat_server.seen
    ask()
    fences = {line.split("·")[1].strip(" >") for line in first.splitlines() if line.startswith("<<ĐOẠN")}
    assert len(fences) == 1
    assert fences.pop() not in chat_server.seen


@pytest.mark.parametrize(
    ("rewritten", "understood"),
    [
        ("Nhiệm kỳ của tổ trưởng nòng cốt AI là mấy năm?", "Nhiệm kỳ của tổ trưởng nòng cốt AI là mấy năm?"),
        ("", "Nhiệm kỳ của tổ trưởng nòng cốt AI là mấy năm?"),
        ("Nhiệm kỳ theo Quyết định 77/2031/QĐ-TTg là gì?", "Nhiệm kỳ của tổ trưởng nòng cốt AI là mấy năm?"),
        ("x" * 900, "Nhiệm kỳ của tổ trưởng nòng cốt AI là mấy năm?"),
    ],
)
def test_a_follow_up_is_rewritten_by_the_model_unless_it_brings_in_something_new(
    chat_server, assistant: Application, rewritten: str, understood: str
) -> None:
    chain = chat_server.chain(assistant)
    history = [Turn(QUESTION, assistant.chain.ask(QUESTION))]
    chat_server.says(rewritten)
    answer = chain.ask("Còn tổ trưởng thì sao?", history=history)
    assert answer.question == answer.reading == understood
    assert answer.typed == "Còn tổ trưởng thì sao?"


def test_the_trace_tells_how_an_answer_came_about(
    chat_server, assistant: Application, marker: int, tmp_path: Path
) -> None:
    traces = TraceStore(tmp_path / "traces.sqlite", days=30)
    chat_server.says(f"{TERM}. [{marker}] Nhiệm kỳ của tổ trưởng là 07 năm. [{marker}]")
    chat_server.chain(assistant, traces=traces).ask("  Nhiệm kỳ của thành viên  nòng cốt AI là mấy năm?")
    [trace] = traces.latest(5)
    assert (trace.typed, trace.question, trace.model, trace.outcome) == (QUESTION, QUESTION, MODEL, "llm")
    assert "07 năm" in trace.raw
    assert [sentence.problems == () for sentence in trace.judged] == [True, False]
    assert trace.judged[0].support > trace.judged[1].support - 1e-9 and trace.judged[0].support == 1.0
    assert trace.first_token_ms is not None and trace.first_token_ms <= trace.whole_ms
    assert trace.passages[marker - 1][1]
    assert traces.get(trace.id or 0) == trace
    assert "BỎ" in "\n".join(trace.as_lines())


def test_the_trace_of_a_failure_says_why(chat_server, assistant: Application, marker: int, tmp_path: Path) -> None:
    traces = TraceStore(tmp_path / "traces.sqlite", days=30)
    chat_server.says(f"{TERM}. [{marker}] " * 3, "cut")
    chat_server.chain(assistant, traces=traces).ask(QUESTION)
    [cut] = traces.latest(5)
    assert "giữa chừng" in cut.outcome and cut.raw.startswith("Nhiệm kỳ")


def test_traces_go_when_they_are_old(tmp_path: Path) -> None:
    traces = TraceStore(tmp_path / "traces.sqlite", days=30)
    for age in (31, 29, 0):
        trace = Trace.begin("?", f"{age} ngày trước", (), MODEL, "v")
        trace.at -= timedelta(days=age)
        traces.keep(trace)
    assert [trace.question for trace in traces.latest(5)] == ["0 ngày trước", "29 ngày trước"]


def test_a_trace_that_cannot_be_written_loses_no_answer(
    chat_server, assistant: Application, marker: int, tmp_path: Path
) -> None:
    (tmp_path / "traces.sqlite").mkdir()
    chat_server.says(f"{TERM}. [{marker}]")
    traces = TraceStore(tmp_path / "traces.sqlite", days=30)
    assert chat_server.chain(assistant, traces=traces).ask(QUESTION).method is AnswerMethod.LLM
