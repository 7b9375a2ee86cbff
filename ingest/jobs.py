"""A file on its way into the library: its state, what happened to it, and the tables that keep both."""

import sqlite3
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum

from pydantic import TypeAdapter

from core.errors import UsageError
from ingest.report import IngestReport

STEPS = (
    """
    CREATE TABLE jobs (
        id INTEGER PRIMARY KEY AUTOINCREMENT,
        archive_id INTEGER REFERENCES jobs ON DELETE CASCADE,
        source TEXT NOT NULL,
        sha256 TEXT NOT NULL,
        size_bytes INTEGER NOT NULL,
        state TEXT NOT NULL DEFAULT 'waiting',
        stage TEXT NOT NULL DEFAULT 'reading',
        attempts INTEGER NOT NULL DEFAULT 0,
        deaths INTEGER NOT NULL DEFAULT 0,
        retry_at REAL NOT NULL DEFAULT 0,
        cancelled INTEGER NOT NULL DEFAULT 0,
        page INTEGER NOT NULL DEFAULT 0,
        pages INTEGER NOT NULL DEFAULT 0,
        message TEXT NOT NULL DEFAULT '',
        report TEXT NOT NULL DEFAULT '{}',
        accepted_at REAL NOT NULL,
        started_at REAL NOT NULL DEFAULT 0,
        finished_at REAL NOT NULL DEFAULT 0
    );
    CREATE INDEX jobs_by_state ON jobs (state, id);
    CREATE INDEX jobs_by_source ON jobs (source, id);
    CREATE INDEX jobs_by_sha256 ON jobs (sha256);
    CREATE INDEX jobs_by_archive ON jobs (archive_id);
    CREATE TABLE events (
        job_id INTEGER NOT NULL REFERENCES jobs ON DELETE CASCADE, at REAL NOT NULL, text TEXT NOT NULL
    );
    CREATE INDEX events_by_job ON events (job_id);
    """,
)
_REPORT = TypeAdapter(IngestReport)


class JobState(StrEnum):
    """Where a file is on its way into the library."""

    WAITING = "waiting"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Stage(StrEnum):
    """What is being done to a running file."""

    READING = "reading"
    STORING = "storing"


FINAL_STATES = (JobState.DONE, JobState.FAILED, JobState.CANCELLED)


@dataclass(frozen=True, slots=True)
class Job:
    """A file in the queue.

    Attributes:
        archive_id: The job of the archive that the file is a member of.
        attempts: How often it was begun.
        retry_at: Earliest time of the next attempt; `None` when that is now.
        cancelled: Somebody asked to stop it while it ran.
        page: Pages done of `pages`; both 0 where the reader does not tell.
        message: Vietnamese; why it failed or waits for another attempt.
        report: What became of it, when it is done.
    """

    id: int
    archive_id: int | None
    source: str
    sha256: str
    size_bytes: int
    state: JobState
    stage: Stage
    attempts: int
    retry_at: datetime | None
    cancelled: bool
    page: int
    pages: int
    message: str
    report: IngestReport
    accepted_at: datetime
    started_at: datetime | None
    finished_at: datetime | None

    @property
    def name(self) -> str:
        """The file's name without its folder."""
        return self.source.rsplit("/", 1)[-1]

    @property
    def is_settled(self) -> bool:
        """Nothing happens to it now: it is at its end, or waits for another attempt."""
        return self.state in FINAL_STATES or (self.state is JobState.WAITING and self.retry_at is not None)


@dataclass(frozen=True, slots=True)
class LogLine:
    """One thing that happened to a file, told in Vietnamese."""

    at: datetime
    text: str


def select_jobs(connection: sqlite3.Connection, query: str, *values: object) -> list[Job]:
    """The jobs that `query` selects whole rows of."""
    cursor = connection.cursor()
    cursor.row_factory = sqlite3.Row
    return [_job(row) for row in cursor.execute(query, values)]


def select_job(connection: sqlite3.Connection, job_id: int) -> Job:
    """The job of that id.

    Raises:
        UsageError: it was cleared away.
    """
    found = select_jobs(connection, "SELECT * FROM jobs WHERE id = ?", job_id)
    if not found:
        raise UsageError(f"Không còn tệp số {job_id} trong hàng đợi. Hãy tải lại trang.")
    return found[0]


def dump_report(report: IngestReport) -> str:
    """`report` as the table keeps it."""
    return _REPORT.dump_json(report).decode()


def _job(row: sqlite3.Row) -> Job:
    return Job(
        id=row["id"],
        archive_id=row["archive_id"],
        source=row["source"],
        sha256=row["sha256"],
        size_bytes=row["size_bytes"],
        state=JobState(row["state"]),
        stage=Stage(row["stage"]),
        attempts=row["attempts"],
        retry_at=_time(row["retry_at"]),
        cancelled=bool(row["cancelled"]),
        page=row["page"],
        pages=row["pages"],
        message=row["message"],
        report=_REPORT.validate_json(row["report"]),
        accepted_at=datetime.fromtimestamp(row["accepted_at"], UTC),
        started_at=_time(row["started_at"]),
        finished_at=_time(row["finished_at"]),
    )


def _time(seconds: float) -> datetime | None:
    return datetime.fromtimestamp(seconds, UTC) if seconds else None
