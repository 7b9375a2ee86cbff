"""The durable queue of files to take in: their bytes in a spool, their state in SQLite.

A file is accepted when its bytes are on the disk and its row is committed; from then on it survives any crash. Any
process may accept, look and cancel; only the one that holds the library claims and finishes.
"""

import json
import sqlite3
import time
from collections.abc import Collection, Sequence
from datetime import UTC, datetime
from pathlib import Path

from core.database import Database
from core.errors import UsageError
from ingest.jobs import FINAL_STATES, STEPS, Job, JobState, LogLine, Stage, dump_report, select_job, select_jobs
from ingest.parsing import content_hash
from ingest.report import IngestReport
from ingest.spool import Spool

# A decree must not wait for hours behind a pile of scans: small files go first, but each fourth file is the oldest.
_SMALL_FILE_BYTES = 2_000_000
_OLDEST_EVERY = 4
# The application dies while it stores the same file: by the third time it is the file.
_MOST_DEATHS = 3
_FINISHED_KEPT_S = 30 * 24 * 3600


class IngestQueue:
    """The queue in a data folder; safe to share between threads and processes."""

    def __init__(self, data_dir: Path) -> None:
        """Opens the queue, made new where there is none.

        Raises:
            StoreError: the data folder cannot be used.
        """
        self._database = Database(data_dir / "queue.sqlite3", STEPS)
        self._spool = Spool(data_dir / "spool")
        self._claims = 0

    def close(self) -> None:
        """Closes the database."""
        self._database.close()

    # Accepting

    def accept(self, data: bytes, source: str, *, archive_id: int | None = None) -> Job:
        """Takes a file on; once this returns, no crash loses it.

        A file that is waiting or running already, with the same bytes and source, is the same job, and waits no longer
        for another attempt; a member of an archive is accepted once, however often the archive is opened.

        Raises:
            StoreError: the disk is full or not writable; then nothing is accepted.
        """
        sha256 = content_hash(data)
        with self._spool.written(data) as keep, self._database.transaction() as connection:
            known = select_jobs(
                connection,
                "SELECT * FROM jobs WHERE source = ? AND sha256 = ? AND archive_id IS ?"
                " AND (state IN ('waiting', 'running') OR archive_id IS NOT NULL)",
                source, sha256, archive_id,
            )  # fmt: skip
            if known:
                connection.execute("UPDATE jobs SET retry_at = 0 WHERE id = ?", (known[0].id,))
                return select_job(connection, known[0].id)
            # Within the transaction, so that no other process lets go of the same bytes meanwhile.
            keep(sha256)
            (job_id,) = connection.execute(
                "INSERT INTO jobs (archive_id, source, sha256, size_bytes, accepted_at) VALUES (?, ?, ?, ?, ?)"
                " RETURNING id",
                (archive_id, source, sha256, len(data), time.time()),
            ).fetchone()
            _tell(connection, job_id, "Đã nhận vào hàng đợi.")
            return select_job(connection, job_id)

    def spool_path(self, job: Job) -> Path:
        """Where the file's bytes are until it is done."""
        return self._spool.path(job.sha256)

    # Working; for the process that holds the library

    def recover(self) -> None:
        """Puts right what a crash left: what was running waits again, and the spool holds what rows speak of.

        Reading goes on in processes of its own, so only a file that was being stored can have taken the application
        down; the third time it counts as poisonous.
        """
        with self._database.transaction() as connection:
            connection.execute(
                "UPDATE jobs SET deaths = deaths + 1 WHERE state = 'running' AND stage = ?", (Stage.STORING,)
            )
            for (job_id,) in connection.execute(
                "SELECT id FROM jobs WHERE state = 'running' AND deaths >= ?", (_MOST_DEATHS,)
            ).fetchall():
                _end(
                    connection, job_id, JobState.FAILED,
                    f"Ứng dụng đã dừng đột ngột {_MOST_DEATHS} lần liền khi đang lập chỉ mục tệp này, nên tệp được để "
                    "riêng. Hãy gửi nhật ký và tệp cho quản trị, hoặc bấm Thử lại.",
                )  # fmt: skip
            for (job_id,) in connection.execute("SELECT id FROM jobs WHERE state = 'running'").fetchall():
                _tell(connection, job_id, "Ứng dụng đã dừng giữa chừng; tệp trở lại hàng đợi.")
            connection.execute("UPDATE jobs SET state = 'waiting', page = 0 WHERE state = 'running'")
            _forget(connection, (JobState.DONE, JobState.CANCELLED), before=time.time() - _FINISHED_KEPT_S)
        self._sweep()

    def claim(self) -> Job | None:
        """The file to do next, now running; `None` when none is due.

        Files of one source go one after the other, in the order they came. Those at whose storing the application died
        come last.
        """
        now = time.time()
        oldest = self._claims % _OLDEST_EVERY == _OLDEST_EVERY - 1
        with self._database.transaction() as connection:
            row = connection.execute(
                "SELECT id FROM jobs WHERE state = 'waiting' AND retry_at <= ? AND NOT EXISTS ("
                " SELECT 1 FROM jobs AS earlier WHERE earlier.source = jobs.source AND earlier.id < jobs.id"
                " AND earlier.state IN ('waiting', 'running'))"
                " ORDER BY deaths, CASE WHEN ? THEN 0 ELSE size_bytes > ? END, id LIMIT 1",
                (now, oldest, _SMALL_FILE_BYTES),
            ).fetchone()
            if row is None:
                return None
            connection.execute(
                "UPDATE jobs SET state = 'running', stage = 'reading', attempts = attempts + 1, retry_at = 0, page = 0,"
                " pages = 0, cancelled = 0, message = '', started_at = ? WHERE id = ?",
                (now, row[0]),
            )
            _tell(connection, row[0], "Bắt đầu đọc tệp.")
            job = select_job(connection, row[0])
        self._claims += 1
        return job

    def note_pages(self, job_id: int, page: int, pages: int) -> None:
        """Notes how far the reading has come."""
        with self._database.transaction() as connection:
            connection.execute("UPDATE jobs SET page = ?, pages = ? WHERE id = ?", (page, pages, job_id))

    def begin_storing(self, job_id: int) -> bool:
        """Notes that the file was read and goes into the library; false when it was cancelled meanwhile."""
        with self._database.transaction() as connection:
            if select_job(connection, job_id).cancelled:
                return False
            connection.execute("UPDATE jobs SET stage = ? WHERE id = ?", (Stage.STORING, job_id))
            _tell(connection, job_id, "Đã đọc xong, đang lập chỉ mục.")
            return True

    def is_cancelled(self, job_id: int) -> bool:
        """Whether somebody asked to stop it."""
        with self._database.connection() as connection:
            return select_job(connection, job_id).cancelled

    def finish(self, job_id: int, report: IngestReport, message: str) -> None:
        """Marks a running file done; `message` says in Vietnamese what became of it."""
        with self._database.transaction() as connection:
            connection.execute("UPDATE jobs SET report = ? WHERE id = ?", (dump_report(report), job_id))
            _end(connection, job_id, JobState.DONE, message)
        self._release(job_id)

    def fail(self, job_id: int, message: str, *, retry_after_s: float | None = None) -> None:
        """Marks a running file failed, or lets it wait `retry_after_s` for another attempt."""
        with self._database.transaction() as connection:
            if retry_after_s is None:
                _end(connection, job_id, JobState.FAILED, message)
                return
            connection.execute(
                "UPDATE jobs SET state = 'waiting', message = ?, retry_at = ? WHERE id = ?",
                (message, time.time() + retry_after_s, job_id),
            )
            _tell(connection, job_id, f"{message} Sẽ tự thử lại sau {retry_after_s:.0f} giây.")

    def put_back(self, job_id: int) -> None:
        """Lets a running file wait again, as if it had not been begun: the application is closing."""
        with self._database.transaction() as connection:
            connection.execute(
                "UPDATE jobs SET state = 'waiting', attempts = attempts - 1, page = 0 WHERE id = ?", (job_id,)
            )
            _tell(connection, job_id, "Ứng dụng đang tắt; tệp trở lại hàng đợi.")

    def end_cancelled(self, job_id: int) -> None:
        """Marks a running file, which was asked to stop, as stopped."""
        with self._database.transaction() as connection:
            _end(connection, job_id, JobState.CANCELLED, "Đã hủy theo yêu cầu.")

    # Steering

    def cancel(self, job_id: int) -> None:
        """Stops a waiting file now and a running one soon; leaves one that is at its end, or being stored, alone."""
        with self._database.transaction() as connection:
            match select_job(connection, job_id).state:
                case JobState.WAITING:
                    _end(connection, job_id, JobState.CANCELLED, "Đã hủy theo yêu cầu.")
                case JobState.RUNNING:
                    connection.execute("UPDATE jobs SET cancelled = 1 WHERE id = ?", (job_id,))

    def retry(self, job_id: int) -> None:
        """Lets a failed, cancelled or delayed file be tried now.

        Raises:
            UsageError: a later file of the same source is in the library or on its way, which this one would replace.
        """
        with self._database.transaction() as connection:
            job = select_job(connection, job_id)
            if job.state in {JobState.DONE, JobState.RUNNING}:
                return
            newer = connection.execute(
                "SELECT 1 FROM jobs WHERE source = ? AND id > ? AND state IN ('waiting', 'running', 'done')",
                (job.source, job.id),
            ).fetchone()
            if newer:
                raise UsageError(
                    f"Đã có bản mới hơn của {job.name} trong kho hoặc trong hàng đợi. Hãy bỏ bản này khỏi danh "
                    "sách, hoặc thêm lại tệp."
                )
            connection.execute(
                "UPDATE jobs SET state = 'waiting', retry_at = 0, deaths = 0, attempts = 0, cancelled = 0,"
                " message = '', finished_at = 0 WHERE id = ?",
                (job_id,),
            )
            _tell(connection, job_id, "Được yêu cầu thử lại.")

    def clear(self) -> None:
        """Forgets the files that are at their end, those that failed included."""
        with self._database.transaction() as connection:
            _forget(connection, FINAL_STATES, before=time.time())
        self._sweep()

    # Looking

    def job(self, job_id: int) -> Job:
        """The job of that id.

        Raises:
            UsageError: it was cleared away.
        """
        with self._database.connection() as connection:
            return select_job(connection, job_id)

    def jobs(self, job_ids: Collection[int]) -> list[Job]:
        """Those of `job_ids` that are still in the queue, and the members of those that are archives, oldest first."""
        with self._database.connection() as connection:
            return select_jobs(
                connection,
                "WITH wanted AS (SELECT value FROM json_each(?)) SELECT * FROM jobs"
                " WHERE id IN wanted OR archive_id IN wanted ORDER BY id",
                json.dumps(list(job_ids)),
            )

    def listed(self, *, most: int) -> list[Job]:
        """At most `most` jobs: running ones first, then what failed, what waits, and what is done, newest first."""
        with self._database.connection() as connection:
            return select_jobs(
                connection,
                "SELECT * FROM jobs ORDER BY CASE state WHEN 'running' THEN 0 WHEN 'failed' THEN 1"
                " WHEN 'waiting' THEN 2 ELSE 3 END, CASE WHEN state = 'waiting' THEN id ELSE -id END LIMIT ?",
                most,
            )

    def counts(self) -> dict[JobState, int]:
        """Jobs in each state."""
        with self._database.connection() as connection:
            rows = connection.execute("SELECT state, count(*) FROM jobs GROUP BY state").fetchall()
        return dict.fromkeys(JobState, 0) | {JobState(state): count for state, count in rows}

    def mean_duration_s(self) -> float | None:
        """Mean time from start to end of the last files that were done; `None` before the first."""
        with self._database.connection() as connection:
            (mean,) = connection.execute(
                "SELECT avg(finished_at - started_at) FROM (SELECT finished_at, started_at FROM jobs"
                " WHERE state = 'done' ORDER BY finished_at DESC LIMIT 20)"
            ).fetchone()
        return mean if mean is None else float(mean)

    def pending_sha256(self, source: str) -> str | None:
        """SHA-256 of the latest file of that source that is on its way; `None` when there is none."""
        with self._database.connection() as connection:
            row = connection.execute(
                "SELECT sha256 FROM jobs WHERE source = ? AND state IN ('waiting', 'running') ORDER BY id DESC LIMIT 1",
                (source,),
            ).fetchone()
        return row[0] if row else None

    def log(self, job_id: int) -> list[LogLine]:
        """What happened to a file, in order."""
        with self._database.connection() as connection:
            rows = connection.execute("SELECT at, text FROM events WHERE job_id = ? ORDER BY rowid", (job_id,))
            return [LogLine(datetime.fromtimestamp(at, UTC), text) for at, text in rows]

    def _release(self, job_id: int) -> None:
        """Removes the bytes of a file that is done, unless another job needs the same."""
        with self._database.transaction() as connection:
            sha256 = select_job(connection, job_id).sha256
            needed = connection.execute(
                "SELECT 1 FROM jobs WHERE sha256 = ? AND state != 'done' LIMIT 1", (sha256,)
            ).fetchone()
            if not needed:
                self._spool.remove(sha256)

    def _sweep(self) -> None:
        with self._spool.sweeping() as keep_only, self._database.transaction() as connection:
            keep_only({sha256 for (sha256,) in connection.execute("SELECT sha256 FROM jobs WHERE state != 'done'")})


def _forget(connection: sqlite3.Connection, states: Sequence[JobState], *, before: float) -> None:
    """Deletes jobs that ended in `states` before that time; an archive stays while a member of it is on its way."""
    connection.execute(
        "DELETE FROM jobs WHERE state IN (SELECT value FROM json_each(?)) AND finished_at < ? AND id NOT IN ("
        " SELECT archive_id FROM jobs WHERE archive_id IS NOT NULL AND state IN ('waiting', 'running'))",
        (json.dumps(states), before),
    )


def _end(connection: sqlite3.Connection, job_id: int, state: JobState, message: str) -> None:
    connection.execute(
        "UPDATE jobs SET state = ?, message = ?, retry_at = 0, finished_at = ? WHERE id = ?",
        (state, message, time.time(), job_id),
    )
    _tell(connection, job_id, message)


def _tell(connection: sqlite3.Connection, job_id: int, text: str) -> None:
    connection.execute("INSERT INTO events VALUES (?, ?, ?)", (job_id, time.time(), text))
