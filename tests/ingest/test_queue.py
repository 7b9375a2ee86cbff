"""The durable queue: what is accepted, in which order it is done, and what survives."""

import resource
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import settings, strategies
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, multiple, rule

from core.errors import StoreError, UsageError
from ingest.intake import Accepted, Follower
from ingest.jobs import Job, JobState
from ingest.queue import IngestQueue
from ingest.report import IngestReport
from tests.ingest.readers import ListSink, ingesting, poisonable_reader, reader_without_model

PROJECT = Path(__file__).parents[2]
DECISION = """QUYẾT ĐỊNH
Điều 1. Phạm vi điều chỉnh
Quyết định này ban hành kế hoạch tập huấn số {} về kỹ năng sử dụng trí tuệ nhân tạo cho cán bộ cấp xã.""".format
NO_REPORT = IngestReport()


@pytest.fixture
def queue(tmp_path: Path) -> Iterator[IngestQueue]:
    with closing(IngestQueue(tmp_path)) as queue:
        yield queue


def spooled(queue: IngestQueue, *jobs: Job) -> list[bytes | None]:
    paths = [queue.spool_path(job) for job in jobs]
    return [path.read_bytes() if path.exists() else None for path in paths]


def claimed_names(queue: IngestQueue) -> list[str]:
    names = []
    while (job := queue.claim()) is not None:
        names.append(job.name)
        queue.finish(job.id, NO_REPORT, "Xong.")
    return names


def test_accepted_bytes_and_rows_are_there_for_another_process(queue: IngestQueue, tmp_path: Path) -> None:
    job = queue.accept(b"noi dung", "/kho/a.txt")
    with closing(IngestQueue(tmp_path)) as other:
        assert other.jobs([job.id]) == [job]
        assert spooled(other, job) == [b"noi dung"]
    assert (job.state, job.name, job.size_bytes) == (JobState.WAITING, "a.txt", 8)


def test_the_same_file_waits_once_and_the_same_bytes_lie_once(queue: IngestQueue, tmp_path: Path) -> None:
    first, again = queue.accept(b"x", "/a.txt"), queue.accept(b"x", "/a.txt")
    elsewhere = queue.accept(b"x", "/b.txt")
    assert first.id == again.id != elsewhere.id
    assert len(list((tmp_path / "spool").glob("[0-9a-f]*"))) == 1
    claimed = queue.claim()
    assert claimed is not None
    queue.finish(claimed.id, NO_REPORT, "Xong.")
    assert spooled(queue, elsewhere) == [b"x"]
    assert claimed_names(queue) == ["b.txt"]
    assert spooled(queue, elsewhere) == [None]


def test_small_files_go_before_large_ones_which_do_not_starve(queue: IngestQueue) -> None:
    for number in range(3):
        queue.accept(b"%d" % number * 2_500_000, f"/lon-{number}.pdf")
    for number in range(6):
        queue.accept(b"%d" % number, f"/nho-{number}.txt")
    assert claimed_names(queue) == [
        "nho-0.txt", "nho-1.txt", "nho-2.txt", "lon-0.pdf", "nho-3.txt", "nho-4.txt", "nho-5.txt", "lon-1.pdf",
        "lon-2.pdf",
    ]  # fmt: skip


def test_files_of_one_source_are_done_in_the_order_they_came(queue: IngestQueue) -> None:
    large_old, small_new = queue.accept(b"cu" * 2_500_000, "/a.txt"), queue.accept(b"moi", "/a.txt")
    assert [job and job.id for job in (queue.claim(), queue.claim())] == [large_old.id, None]
    queue.finish(large_old.id, NO_REPORT, "Xong.")
    assert queue.claim() == queue.job(small_new.id)


def test_a_file_that_failed_can_be_tried_again_unless_a_newer_one_came(queue: IngestQueue) -> None:
    old = queue.accept(b"cu", "/a.txt")
    queue.claim()
    queue.fail(old.id, "Tệp bị hỏng. Hãy gửi lại.")
    assert queue.claim() is None
    queue.retry(old.id)
    assert queue.claim() == queue.job(old.id)
    queue.fail(old.id, "Tệp bị hỏng. Hãy gửi lại.")
    queue.accept(b"moi", "/a.txt")
    assert claimed_names(queue) == ["a.txt"]
    with pytest.raises(UsageError, match="bản mới hơn"):
        queue.retry(old.id)


def test_clearing_keeps_what_is_on_its_way(queue: IngestQueue) -> None:
    done, failed, running, waiting = (queue.accept(name.encode(), f"/{name}") for name in ("1", "2", "3", "4"))
    for _ in range(3):
        queue.claim()
    queue.finish(done.id, NO_REPORT, "Xong.")
    queue.fail(failed.id, "Hỏng.")
    queue.clear()
    assert [job.id for job in queue.listed(most=10)] == [running.id, waiting.id]
    assert spooled(queue, done, failed, running, waiting) == [None, None, b"3", b"4"]


def test_only_a_file_that_was_being_stored_three_times_is_poisonous(queue: IngestQueue, tmp_path: Path) -> None:
    reading, storing = queue.accept(b"1", "/dang-doc.pdf"), queue.accept(b"2", "/dang-luu.pdf")
    for _ in range(3):
        for _ in range(2):
            queue.claim()
        queue.begin_storing(storing.id)
        queue.recover()
    assert queue.job(reading.id).state is JobState.WAITING
    poisonous = queue.job(storing.id)
    assert poisonous.state is JobState.FAILED
    assert "3 lần liền" in poisonous.message
    assert spooled(queue, reading, storing) == [b"1", b"2"]
    queue.retry(storing.id)
    assert queue.job(storing.id).state is JobState.WAITING


def test_what_no_row_speaks_of_is_swept_from_the_spool(queue: IngestQueue, tmp_path: Path) -> None:
    job = queue.accept(b"x", "/a.txt")
    for left in ("0" * 64, ".half-written"):
        (tmp_path / "spool" / left).write_bytes(b"orphan")
    queue.recover()
    assert sorted(path.name for path in (tmp_path / "spool").iterdir()) == sorted([".lock", job.sha256])


def test_every_step_is_in_the_log(queue: IngestQueue) -> None:
    job = queue.accept(b"x", "/a.txt")
    queue.claim()
    queue.fail(job.id, "Máy chủ embedding không trả lời.", retry_after_s=60)
    queue.cancel(job.id)
    log = queue.log(job.id)
    assert [line.text.split(".")[0] for line in log] == [
        "Đã nhận vào hàng đợi", "Bắt đầu đọc tệp", "Máy chủ embedding không trả lời", "Đã hủy theo yêu cầu",
    ]  # fmt: skip
    assert [line.at for line in log] == sorted(line.at for line in log)


# Several processes, full disks


def test_two_processes_accept_at_once_and_lose_nothing(queue: IngestQueue, tmp_path: Path) -> None:
    others = [
        subprocess.Popen([sys.executable, "-m", "tests.ingest.test_queue", "accept", tmp_path, name], cwd=PROJECT)
        for name in ("a", "b")
    ]
    done = 0
    while any(other.poll() is None for other in others):
        queue.recover()  # sweeps the spool while they write
        done += len(claimed_names(queue))
    assert [other.returncode for other in others] == [0, 0]
    done += len(claimed_names(queue))
    assert done == 2 * ACCEPTED_BY_EACH
    assert [path.name for path in (tmp_path / "spool").iterdir()] == [".lock"]


def test_a_full_disk_is_told_and_nothing_is_accepted(queue: IngestQueue, tmp_path: Path) -> None:
    other = subprocess.run(
        [sys.executable, "-m", "tests.ingest.test_queue", "accept-without-room", tmp_path, "a"],
        cwd=PROJECT, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert "Tệp chưa được nhận" in other.stdout, other.stderr
    assert queue.listed(most=10) == []
    assert [path.name for path in (tmp_path / "spool").iterdir()] == [".lock"]


ACCEPTED_BY_EACH = 40


def accept_many(queue: IngestQueue, name: str) -> None:
    for number in range(ACCEPTED_BY_EACH):
        queue.accept(f"{name} {number}".encode(), f"/{name}/{number}.txt")


def accept_without_room(queue: IngestQueue, name: str) -> None:
    """No file may grow beyond 1 MB, which is what a full disk looks like to a program that writes."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))
    try:
        queue.accept(bytes(5_000_000), f"/{name}")
    except StoreError as error:
        print(error)


# Being worked off


def follow(queue: IngestQueue, *jobs: Job) -> IngestReport:
    return Follower(queue, Accepted(tuple(job.id for job in jobs))).follow()


def wait_for(queue: IngestQueue, job: Job, state: JobState) -> Job:
    end = time.monotonic() + 30
    while (now := queue.job(job.id)).state is not state:
        assert time.monotonic() < end, now
        time.sleep(0.02)
    return now


def test_poisonous_files_fail_by_name_and_the_others_go_on(queue: IngestQueue) -> None:
    poisons = ["SEGFAULT x", "SLEEP x", "MEMORY x", "RAISE x"]
    bad = [queue.accept(poison.encode(), f"/{poison[:3]}.md") for poison in poisons]
    good = [queue.accept(DECISION(number).encode(), f"/{number}.md") for number in range(6)]
    sink = ListSink()
    with ingesting(queue, sink, poisonable_reader, workers=2, timeout_s=2, memory_mb=400):
        report = follow(queue, *bad, *good)
    assert [document.source for document in report.added] == [job.source for job in good]
    assert [failed.source for failed in report.failed] == [job.source for job in bad]
    told = [failed.error for failed in report.failed]
    assert all(
        part in error
        for part, error in zip(("SIGSEGV", "quá 2 giây", "400 MB", "ZeroDivisionError"), told, strict=True)
    )
    assert sorted(sink.by_source) == sorted(job.source for job in good)


def test_a_running_file_is_cancelled_and_a_closing_application_puts_it_back(queue: IngestQueue) -> None:
    hanging, other = queue.accept(b"SLEEP x", "/treo.md"), queue.accept(DECISION(1).encode(), "/1.md")
    with ingesting(queue, ListSink(), poisonable_reader):
        wait_for(queue, hanging, JobState.RUNNING)
        queue.cancel(hanging.id)
        follow(queue, hanging, other)
        assert queue.job(hanging.id).state is JobState.CANCELLED
        assert queue.job(other.id).state is JobState.DONE
        queue.retry(hanging.id)
        wait_for(queue, hanging, JobState.RUNNING)
    put_back = queue.job(hanging.id)
    assert (put_back.state, put_back.attempts) == (JobState.WAITING, 0)


def test_an_error_that_may_pass_is_tried_again_later(queue: IngestQueue) -> None:
    job = queue.accept(DECISION(1).encode(), "/1.md")
    with ingesting(queue, ListSink(), reader_without_model):
        (failed,) = follow(queue, job).failed
    assert "Chưa nạp được mô hình" in failed.error
    assert "vẫn ở trong hàng đợi" in failed.error
    waiting = queue.job(job.id)
    assert waiting.state is JobState.WAITING
    assert waiting.retry_at is not None
    with ingesting(queue, ListSink(), poisonable_reader):
        assert queue.claim() is None  # its time has not come
        queue.accept(DECISION(1).encode(), "/1.md")  # unless it is handed in again
        assert len(follow(queue, job).added) == 1


def test_members_of_an_archive_are_files_of_their_own(queue: IngestQueue) -> None:
    archive = queue.accept(f"ARCHIVE {DECISION(1)}|SEGFAULT x|{DECISION(2)}".encode(), "/nen.zip")
    with ingesting(queue, ListSink(), poisonable_reader):
        report = follow(queue, archive)
    assert [document.source for document in report.added] == ["/nen.zip!/0.md", "/nen.zip!/2.md"]
    assert {failed.source for failed in report.failed} == {"/nen.zip!/1.md", "/nen.zip!/hong.md"}
    assert "3 tệp" in queue.job(archive.id).message


# Any order of events

_BYTES = strategies.sampled_from([b"mot", b"hai", b"ba"])
_SOURCES = strategies.sampled_from(["/a.txt", "/b.txt"])


class QueueMachine(RuleBasedStateMachine):
    """Whatever administrators, the worker and crashes do: no accepted file is lost and no bytes are left over."""

    accepted: Bundle[int] = Bundle("accepted")
    running: Bundle[int] = Bundle("running")

    def __init__(self) -> None:
        super().__init__()
        self.folder = tempfile.TemporaryDirectory()
        self.queue = IngestQueue(Path(self.folder.name))
        self.known: set[int] = set()

    def teardown(self) -> None:
        self.queue.close()
        self.folder.cleanup()

    @rule(target=accepted, data=_BYTES, source=_SOURCES)
    def accept(self, data: bytes, source: str) -> int:
        job = self.queue.accept(data, source)
        self.known.add(job.id)
        return job.id

    @rule(target=running)
    def claim(self) -> int:
        job = self.queue.claim()
        return multiple() if job is None else job.id  # type: ignore[return-value]

    @rule(job_id=consumes(running), how=strategies.sampled_from(["finish", "fail", "retry", "put back"]))
    def end(self, job_id: int, how: str) -> None:
        if job_id not in self.known or self.queue.job(job_id).state is not JobState.RUNNING:
            return  # a crash came before
        if not self.queue.begin_storing(job_id):
            self.queue.end_cancelled(job_id)
        elif how == "finish":
            self.queue.finish(job_id, NO_REPORT, "Xong.")
        elif how == "put back":
            self.queue.put_back(job_id)
        else:
            self.queue.fail(job_id, "Hỏng.", retry_after_s=0 if how == "retry" else None)

    @rule(job_id=accepted)
    def cancel(self, job_id: int) -> None:
        if job_id in self.known:
            self.queue.cancel(job_id)

    @rule(job_id=accepted)
    def retry(self, job_id: int) -> None:
        if job_id in self.known:
            try:
                self.queue.retry(job_id)
            except UsageError:
                source = self.queue.job(job_id).source
                newer = [job for job in self.queue.jobs(self.known) if job.source == source and job.id > job_id]
                assert any(job.state not in {JobState.FAILED, JobState.CANCELLED} for job in newer)

    @rule()
    def crash(self) -> None:
        before = {job.id for job in self.queue.jobs(self.known) if job.state is JobState.RUNNING}
        self.queue.close()
        self.queue = IngestQueue(Path(self.folder.name))
        self.queue.recover()
        assert all(job.state in {JobState.WAITING, JobState.FAILED} for job in self.queue.jobs(before))

    @rule()
    def clear(self) -> None:
        ended = {job.id for job in self.queue.jobs(self.known) if job.state not in {JobState.WAITING, JobState.RUNNING}}
        self.queue.clear()
        self.known -= ended

    @invariant()
    def nothing_is_lost(self) -> None:
        jobs = self.queue.jobs(self.known)
        assert {job.id for job in jobs} == self.known
        assert all(spooled(self.queue, job) != [None] for job in jobs if job.state is not JobState.DONE)
        assert sum(self.queue.counts().values()) == len(jobs)

    @invariant()
    def nothing_is_left_over(self) -> None:
        needed = {job.sha256 for job in self.queue.jobs(self.known) if job.state is not JobState.DONE}
        left = {path.name for path in (Path(self.folder.name) / "spool").iterdir()} - {".lock"}
        assert left == needed

    @invariant()
    def one_file_of_a_source_runs_at_a_time(self) -> None:
        running = [job.source for job in self.queue.jobs(self.known) if job.state is JobState.RUNNING]
        assert len(running) == len(set(running))


TestQueueMachine = QueueMachine.TestCase
TestQueueMachine.settings = settings(max_examples=15, stateful_step_count=25, deadline=None)


if __name__ == "__main__":
    action = {"accept": accept_many, "accept-without-room": accept_without_room}[sys.argv[1]]
    with closing(IngestQueue(Path(sys.argv[2]))) as opened:
        action(opened, sys.argv[3])
