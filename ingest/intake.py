"""Handing files in to the queue and following them to their end, from whichever process."""

import os
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import inf
from pathlib import Path

from core.errors import AssistantError
from ingest.jobs import Job, JobState
from ingest.parsing import source_of
from ingest.queue import IngestQueue
from ingest.reading import ReadLimits, load_bytes
from ingest.report import FailedFile, IngestReport, joined

_STILL_QUEUED = "{} Tệp vẫn ở trong hàng đợi và sẽ được thử lại."
_FOLLOW_EVERY_S = 0.1


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run has come.

    Attributes:
        done: Files finished; `total` when the run is over.
        source: A file at work; empty when there is none.
        remaining_s: Estimate from the bytes done so far; `None` before the first file is done.
        pages_done: Pages of the file at work that were recognised (OCR) so far.
        pages_total: Pages of it to recognise; 0 when it has its own text.
    """

    done: int
    total: int
    source: str
    elapsed_s: float
    remaining_s: float | None
    pages_done: int = 0
    pages_total: int = 0


@dataclass(frozen=True, slots=True)
class Accepted:
    """Files that were handed in: jobs of those that were accepted, and why the others were not."""

    job_ids: tuple[int, ...] = ()
    failed: tuple[FailedFile, ...] = ()


def files_in(paths: Sequence[Path]) -> Iterator[Path]:
    """Each file once, those of folders in sorted order; paths that do not exist are kept, to be reported.

    Hidden files and Office lock files (`~$…`) of folders are passed over.
    """
    seen: set[Path] = set()
    for path in paths:
        for file in _files_below(path) if _is_folder(path) else [path]:
            if file.absolute() not in seen:
                seen.add(file.absolute())
                yield file


def accept(queue: IngestQueue, files: Iterable[tuple[Path, str]], limits: ReadLimits) -> Accepted:
    """Hands files in, each under the source beside it; those that cannot even be opened are left out and told."""
    job_ids: list[int] = []
    failed: list[FailedFile] = []
    for path, source in files:
        try:
            job_ids.append(queue.accept(load_bytes(path, limits), source).id)
        except AssistantError as error:
            failed.append(FailedFile(source, str(error)))
    return Accepted(tuple(job_ids), tuple(failed))


def accept_paths(queue: IngestQueue, paths: Sequence[Path], limits: ReadLimits) -> Accepted:
    """Hands in files and folders of this machine."""
    return accept(queue, ((path, source_of(path)) for path in files_in(paths)), limits)


class Follower:
    """Looks after files that were handed in until nothing more happens to them, in whichever process they are done."""

    def __init__(
        self, queue: IngestQueue, accepted: Accepted, on_progress: Callable[[Progress], None] = lambda progress: None
    ) -> None:
        self._queue = queue
        self._accepted = accepted
        self._on_progress = on_progress
        self._jobs: dict[int, Job] = {}
        self._pending = set(accepted.job_ids)
        self._started = time.monotonic()
        self._told: tuple[int, int, str, int, int] | None = None

    def follow(self) -> IngestReport:
        """What became of the files; one that waits for another attempt is reported as failed, and stays queued."""
        while (report := self.follow_for(inf)) is None:
            pass
        return report

    def follow_for(self, timeout_s: float) -> IngestReport | None:
        """As `follow`; `None` when something may still happen after that time."""
        end = time.monotonic() + timeout_s
        while True:
            self._look()
            if not self._pending:
                return self._report()
            if time.monotonic() > end:
                return None
            time.sleep(_FOLLOW_EVERY_S)

    def _look(self) -> None:
        present = self._queue.jobs(self._pending)
        self._jobs |= {job.id: job for job in present}
        # What somebody cleared away meanwhile has come to its end, too.
        self._pending = {job.id for job in present if not job.is_settled}
        at_work = next(
            ((job.source, job.page, job.pages) for job in present if job.state is JobState.RUNNING), ("", 0, 0)
        )
        total = len(self._jobs) + len(self._accepted.failed)
        told = (total - len(self._pending), total, *at_work)
        if told != self._told:
            self._told = told
            done, total, source, page, pages = told
            elapsed_s = time.monotonic() - self._started
            self._on_progress(Progress(done, total, source, elapsed_s, self._remaining_s(elapsed_s), page, pages))

    def _remaining_s(self, elapsed_s: float) -> float | None:
        """From the bytes done: files differ in size far more than in kind."""
        left = sum(self._jobs[job_id].size_bytes for job_id in self._pending)
        done = sum(job.size_bytes for job in self._jobs.values()) - left
        return elapsed_s * left / done if done else None

    def _report(self) -> IngestReport:
        reports = [_report_of(self._jobs[job_id]) for job_id in sorted(self._jobs)]
        return joined([*reports, IngestReport(failed=self._accepted.failed)])


def _report_of(job: Job) -> IngestReport:
    if job.state is JobState.DONE:
        return job.report
    message = job.message if job.state is not JobState.WAITING else _STILL_QUEUED.format(job.message)
    return IngestReport(failed=(FailedFile(job.source, message),))


def _files_below(folder: Path) -> list[Path]:
    found: list[Path] = []
    # A folder that may not be listed is kept, to be reported as such.
    for parent, folders, names in os.walk(folder, onerror=lambda error: found.append(Path(error.filename))):
        folders[:] = [name for name in folders if not name.startswith(".")]
        found.extend(Path(parent, name) for name in names if not name.startswith((".", "~$")))
    return sorted(found)


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:
        return False
