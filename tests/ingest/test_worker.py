"""Reading in a process of its own: what poison does to it, and what is left of it afterwards."""

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from core.errors import ModelUnavailableError, UnreadableFileError
from ingest.worker import ReaderProcess, ReadingCancelled, UnexpectedReadError
from tests.ingest.readers import poisonable_reader, reader_without_model

PROJECT = Path(__file__).parents[2]
DECISION = """QUYẾT ĐỊNH
Ban hành kế hoạch tập huấn
Điều 1. Phạm vi điều chỉnh
Quyết định này ban hành kế hoạch tập huấn kỹ năng sử dụng trí tuệ nhân tạo cho cán bộ cấp xã."""


@pytest.fixture(scope="module")
def process() -> Iterator[ReaderProcess]:
    process = ReaderProcess(poisonable_reader, timeout_s=1.5, memory_mb=400)
    yield process
    process.close()


def write(folder: Path, text: str) -> Path:
    path = folder / "van-ban.md"
    path.write_text(text)
    return path


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except FileNotFoundError:
        return False


def wait_until_dead(pids: list[int]) -> None:
    end = time.monotonic() + 10
    while any(map(is_alive, pids)):
        assert time.monotonic() < end, f"still alive: {[pid for pid in pids if is_alive(pid)]}"
        time.sleep(0.05)


@pytest.mark.parametrize(
    ("poison", "told"),
    [
        ("SEGFAULT", "SIGSEGV"),
        ("MEMORY", "cần hơn 400 MB bộ nhớ"),
        ("SLEEP", "quá 1.5 giây"),
        ("EXIT", "mã thoát 7"),
        ("REFUSE", "bị từ chối"),
    ],
)
def test_a_poisonous_file_is_named_and_the_next_one_is_read(
    process: ReaderProcess, tmp_path: Path, poison: str, told: str
) -> None:
    with pytest.raises(UnreadableFileError, match=told):
        process.read(write(tmp_path, f"{poison} x"), "/kho/van-ban.md")
    parsed = process.read(write(tmp_path, DECISION), "/kho/van-ban.md")
    assert parsed is not None
    assert parsed.source == "/kho/van-ban.md"
    assert [section.label for section in parsed.sections] == ["Điều 1"]


def test_an_unexpected_error_is_told_by_name_and_costs_no_process(process: ReaderProcess, tmp_path: Path) -> None:
    with pytest.raises(UnexpectedReadError, match="ZeroDivisionError"):
        process.read(write(tmp_path, "RAISE x"), "van-ban.md")
    started = time.monotonic()
    process.read(write(tmp_path, DECISION), "van-ban.md")
    assert time.monotonic() - started < 0.5


def test_pages_are_told_and_each_gives_more_time(process: ReaderProcess, tmp_path: Path) -> None:
    pages: list[tuple[int, int]] = []
    process.read(  # 2.4 s in all, where 1.5 s without news are the limit
        write(tmp_path, f"PAGES {DECISION}"), "van-ban.md", on_page=lambda done, total: pages.append((done, total))
    )
    assert pages == [(0, 4), (1, 4), (2, 4), (3, 4), (4, 4)]


def test_reading_stops_when_it_is_cancelled(process: ReaderProcess, tmp_path: Path) -> None:
    end = time.monotonic() + 0.3
    with pytest.raises(ReadingCancelled):
        process.read(write(tmp_path, "SLEEP x"), "van-ban.md", is_cancelled=lambda: time.monotonic() > end)
    assert time.monotonic() - end < 1.2


def test_a_reader_that_cannot_be_opened_says_why(tmp_path: Path) -> None:
    process = ReaderProcess(reader_without_model, timeout_s=5, memory_mb=400)
    with pytest.raises(ModelUnavailableError, match="Chưa nạp được mô hình"):
        process.read(write(tmp_path, DECISION), "van-ban.md")


def test_what_a_hanging_file_started_dies_with_its_reading(process: ReaderProcess, tmp_path: Path) -> None:
    told = tmp_path / "pids"
    with pytest.raises(UnreadableFileError, match=r"quá 1\.5 giây"):
        process.read(write(tmp_path, f"FAMILY {told} x"), "van-ban.md")
    pids = [int(pid) for pid in told.read_text().split()]
    assert len(pids) == 3
    wait_until_dead(pids)


def test_all_of_it_dies_with_the_application(tmp_path: Path) -> None:
    told = tmp_path / "pids"
    application = subprocess.Popen(
        [sys.executable, "-m", "tests.ingest.test_worker", write(tmp_path, f"FAMILY {told} x")], cwd=PROJECT
    )
    end = time.monotonic() + 30
    while not told.exists() or len(told.read_text().split()) < 3:
        assert time.monotonic() < end and application.poll() is None
        time.sleep(0.05)
    below = descendants(application.pid)
    assert len(below) >= 5  # keeper, reader and its three children
    application.kill()
    application.wait()
    wait_until_dead(below)


def descendants(pid: int) -> list[int]:
    children = [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    return children + [below for child in children for below in descendants(child)]


def test_readers_yield_to_questions_and_cannot_spoil_the_output(tmp_path: Path) -> None:
    application = subprocess.run(
        [sys.executable, "-m", "tests.ingest.test_worker", write(tmp_path, f"PRINT {DECISION}")],
        cwd=PROJECT, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert application.stdout == "van-ban.md\n"
    assert "not JSON" in application.stderr


if __name__ == "__main__":
    reading = ReaderProcess(poisonable_reader, timeout_s=100, memory_mb=400)
    parsed_document = reading.read(Path(sys.argv[1]), "van-ban.md")
    assert parsed_document is not None
    print(parsed_document.source)
    reading.close()
