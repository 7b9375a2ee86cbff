"""An answer kept in memory is never older than the library."""

import threading
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from answering.memory import AnswerMemory
from core.settings import load_settings
from core.types import Answer, AnswerMethod
from web.application import open_application

DECISION = """ỦY BAN NHÂN DÂN TỈNH THỬ NGHIỆM

Số: 7/QĐ-UBND

QUYẾT ĐỊNH
Về việc giao chỉ tiêu bồi dưỡng trí tuệ nhân tạo

Điều 1. Chỉ tiêu bồi dưỡng
Chỉ tiêu bồi dưỡng là {number} học viên.
"""


def answer(question: str) -> Answer:
    return Answer(question, (), AnswerMethod.ABSTAINED)


def test_the_longest_unasked_answer_goes_first() -> None:
    memory = AnswerMemory(size=2)
    for key in ("a", "b"):
        memory.keep(key, answer(key))
    assert memory.recall("a") is not None
    memory.keep("c", answer("c"))
    assert memory.recall("b") is None
    assert [memory.recall(key) == answer(key) for key in ("a", "c")] == [True, True]


def test_no_asker_gets_a_figure_older_than_the_library_they_asked(tmp_path: Path) -> None:
    """Threads ask without pause while the document changes; what was published before the question is the least."""
    settings = load_settings(data_dir=tmp_path / "data", embedding_model="none")
    file = tmp_path / "quyet-dinh.txt"
    published = [0]
    finished = threading.Event()
    answered: list[int] = []

    with open_application(settings) as application:

        def publish(number: int) -> None:
            file.write_text(DECISION.format(number=number), encoding="utf-8")
            assert application.ingest([file]).added
            published[0] = number

        def ask() -> None:
            while not finished.is_set():
                known = published[0]
                citations = application.chain.ask("Điều 1 Quyết định 7/QĐ-UBND").citations
                # While one version replaces the other there may for a moment be none to cite.
                for citation in citations:
                    shown = int(citation.quote.split(" học viên")[0].split()[-1])
                    assert shown >= known
                    answered.append(shown)

        publish(100)
        with ThreadPoolExecutor(4) as askers:
            asking = [askers.submit(ask) for _ in range(4)]
            for number in (101, 102, 103):
                publish(number)
            finished.set()
            for asker in asking:
                asker.result()
        assert application.chain.ask("Điều 1 Quyết định 7/QĐ-UBND").citations[0].quote.endswith("103 học viên.")
    assert answered
