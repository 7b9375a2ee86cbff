from pathlib import Path

import pytest

from core.errors import StoreError
from ingest.queue import IngestQueue, Job
from web.uploads import Uploads


@pytest.fixture
def uploads(tmp_path) -> Uploads:
    return Uploads(tmp_path / "uploads")


@pytest.fixture
def queue(tmp_path) -> IngestQueue:
    return IngestQueue(tmp_path)


def temporary(tmp_path, name: str, content: str, number: int = 0):
    folder = tmp_path / f"tam-{number}-{content}"
    folder.mkdir()
    path = folder / name
    path.write_text(content)
    return path


def hand_in(uploads: Uploads, queue: IngestQueue, *files: Path, replacing: bool = False) -> list[Job]:
    placed = uploads.placed(files, replacing=replacing, pending_sha256=queue.pending_sha256)
    return [queue.accept(file.read_bytes(), source) for file, source in placed]


def keep(uploads: Uploads, queue: IngestQueue, jobs: list[Job]) -> list[Path]:
    for job in jobs:
        uploads.adopt(job, queue.spool_path(job))
    return [Path(job.source) for job in jobs]


def test_two_documents_of_one_name_are_both_kept_also_while_they_wait(uploads, queue, tmp_path):
    first = temporary(tmp_path, "qd.txt", "một")
    second = temporary(tmp_path, "qd.txt", "hai")
    waiting = hand_in(uploads, queue, first, second)
    assert [job.name for job in waiting] == ["qd.txt", "qd (2).txt"]
    assert [path.read_text() for path in keep(uploads, queue, waiting)] == ["một", "hai"]
    (third,) = hand_in(uploads, queue, temporary(tmp_path, "qd.txt", "ba"))
    assert third.name == "qd (3).txt"


def test_the_same_bytes_again_take_the_same_place(uploads, queue, tmp_path):
    sources = set()
    for number in range(3):
        jobs = hand_in(uploads, queue, temporary(tmp_path, "qd.txt", "một", number))
        sources |= {job.source for job in jobs}
        if number:
            keep(uploads, queue, jobs)
    assert len(sources) == 1


def test_replacing_takes_the_place_of_earlier_uploads_but_not_within_one_batch(uploads, queue, tmp_path):
    (old,) = keep(uploads, queue, hand_in(uploads, queue, temporary(tmp_path, "qd.txt", "cũ")))
    jobs = hand_in(
        uploads, queue, temporary(tmp_path, "qd.txt", "mới"), temporary(tmp_path, "qd.txt", "khác"), replacing=True
    )
    assert old.read_text() == "cũ"  # until the new one is in the library: it may prove unreadable
    first, second = keep(uploads, queue, jobs)
    assert first == old
    assert (first.read_text(), second.read_text()) == ("mới", "khác")


def test_forgetting_and_keeping_touch_only_uploaded_files(uploads, queue, tmp_path):
    foreign = temporary(tmp_path, "kho.txt", "của người khác")
    (kept,) = keep(uploads, queue, hand_in(uploads, queue, temporary(tmp_path, "qd.txt", "một")))
    uploads.forget([foreign, kept, tmp_path / "uploads" / "khong-co.txt"])
    assert foreign.exists()
    assert not kept.exists()
    job = queue.accept(b"moi", foreign.as_posix())
    uploads.adopt(job, queue.spool_path(job))
    assert foreign.read_text() == "của người khác"


def test_unwritable_folder_is_told(queue, tmp_path):
    (tmp_path / "tep").write_text("không phải thư mục")
    uploads = Uploads(tmp_path / "tep" / "uploads")
    job = queue.accept(b"a", (tmp_path / "tep" / "uploads" / "a.txt").as_posix())
    with pytest.raises(StoreError, match="tải lên"):
        uploads.adopt(job, queue.spool_path(job))
