"""From accepted files to documents of the library: read in processes of their own, stored by one thread.

One bad file never stops the rest, and errors that may pass are tried again.
"""

import logging
import os
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from queue import Empty, Full, Queue
from typing import Protocol

from core.errors import AssistantError, IndexMismatchError, ModelUnavailableError, StoreError
from core.types import Document, ParsedDocument
from ingest.jobs import Job
from ingest.queue import IngestQueue
from ingest.report import FailedFile, IngestReport
from ingest.worker import Part, ReaderProcess, ReadingCancelled, UnexpectedReadError

_logger = logging.getLogger(__name__)

_UNEXPECTED = "Lỗi ngoài dự kiến khi nạp tệp ({}). Chi tiết ở nhật ký; hãy gửi nhật ký và tệp cho quản trị."
# Waits before the next attempt after an error that may pass (a store or a model server that is away, a full disk).
_RETRY_AFTER_S = (10, 60, 300, 900, 1800)
_LOOK_EVERY_S = 0.5
_QUEUE_AWAY_S = 5
# A reader's process holds some 150 MB.
_IDLE_S = 60
# Questions come first: on Linux a thread has a niceness of its own, and what it starts inherits it.
_WRITER_NICENESS = 10


class DocumentSink(Protocol):
    """Where documents go; the knowledge base fits it."""

    def find_by_hash(self, sha256: str) -> Document | None:
        """The stored document made of exactly these bytes, if there is one."""

    def recognise(self, sha256: str, source: str) -> tuple[Document, Document | None] | None:
        """The document of exactly these bytes, if there is one, and what `source` held before and does no more."""

    def store(self, parsed: ParsedDocument, original: bytes | None = None) -> tuple[Document, Document | None]:
        """Store a document and its file; gives it back with its former self that is no longer searched, if any."""


class Ingestion:
    """Works the queue off for the process that holds the library."""

    def __init__(
        self,
        queue: IngestQueue,
        sink: DocumentSink,
        open_process: Callable[[], ReaderProcess],
        *,
        workers: int,
    ) -> None:
        """Starts nothing yet.

        Args:
            queue: Where files wait.
            sink: Where documents go.
            open_process: Makes a process that reads one file after the other.
            workers: Files read at once.
        """
        self._queue = queue
        self._sink = sink
        self._open_process = open_process
        self._started = False
        self._closing = threading.Event()
        # As many read documents wait for the writer as are being read, no more: they are in memory.
        self._read: Queue[tuple[Job, ParsedDocument | None]] = Queue(maxsize=workers)
        self._readers = [
            threading.Thread(target=self._read_files, name=f"ingest-reader-{n}", daemon=True) for n in range(workers)
        ]
        self._writer = threading.Thread(target=self._write_documents, name="ingest-writer", daemon=True)

    def start(self) -> None:
        """Begins with what a crash left and goes on until closed; called again, does nothing."""
        if self._started:
            return
        self._started = True
        self._queue.recover()
        self._writer.start()
        for reader in self._readers:
            reader.start()

    def close(self) -> None:
        """Stops; files that are being read wait for the next start, the one being stored is waited for."""
        self._closing.set()
        for thread in (*self._readers, self._writer):
            if thread.is_alive():
                thread.join()

    # Reading, by several threads

    def _read_files(self) -> None:
        process = self._open_process()
        idle_since = time.monotonic()
        while not self._closing.is_set():
            job = self._claim()
            if job is None:
                if time.monotonic() - idle_since > _IDLE_S:
                    process.close()
                self._closing.wait(_LOOK_EVERY_S)
                continue
            self._settled(job, partial(self._read_file, process, job))
            idle_since = time.monotonic()
        process.close()

    def _claim(self) -> Job | None:
        try:
            return self._queue.claim()
        except StoreError as error:
            _logger.error("The queue cannot be read: %s", error)
            self._closing.wait(_QUEUE_AWAY_S)
            return None

    def _read_file(self, process: ReaderProcess, job: Job) -> None:
        parsed: ParsedDocument | None = None
        if self._sink.find_by_hash(job.sha256) is None:
            members = _Members(self._queue, job)
            parsed = process.read(
                self._queue.spool_path(job),
                job.source,
                on_page=lambda done, total: self._queue.note_pages(job.id, done, total),
                on_part=members.accept,
                is_cancelled=lambda: self._closing.is_set() or self._queue.is_cancelled(job.id),
            )
            if parsed is None:
                members.finish()
                return
        while not self._closing.is_set():
            try:
                self._read.put((job, parsed), timeout=_LOOK_EVERY_S)
            except Full:
                continue
            return
        raise ReadingCancelled

    # Storing, by one thread

    def _write_documents(self) -> None:
        os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), _WRITER_NICENESS)
        while not self._closing.is_set() or any(reader.is_alive() for reader in self._readers) or self._read.qsize():
            with suppress(Empty):
                job, parsed = self._read.get(timeout=_LOOK_EVERY_S)
                self._settled(job, partial(self._store, job, parsed))

    def _store(self, job: Job, parsed: ParsedDocument | None) -> None:
        if self._closing.is_set() or not self._queue.begin_storing(job.id):
            raise ReadingCancelled
        if parsed is None:
            recognised = self._sink.recognise(job.sha256, job.source)
            if recognised is None:
                raise StoreError(f"{job.name} vừa bị xóa khỏi kho trong lúc nạp lại. Hãy thử lại.")
            known, former = recognised
            report = IngestReport(unchanged=(known,), removed=(former,) if former is not None else ())
            message = f"{known.name} đã có trong kho, không có gì thay đổi."
        else:
            stored, replaced = self._sink.store(parsed, self._queue.spool_path(job).read_bytes())
            report = IngestReport(added=(stored,), removed=(replaced,) if replaced is not None else ())
            message = f"Đã thêm {stored.name} ({stored.page_count} trang, {stored.chunk_count} đoạn)."
        self._queue.finish(job.id, report, message)

    # Whatever happens to a file, its row says so

    def _settled(self, job: Job, work: Callable[[], None]) -> None:
        """Does `work`, and notes in the queue how it failed, if it did."""
        try:
            work()
        except ReadingCancelled:
            self._insist(lambda: self._stopped(job))
        except (StoreError, ModelUnavailableError) as error:
            message = str(error)
            may_pass = not isinstance(error, IndexMismatchError) and job.attempts <= len(_RETRY_AFTER_S)
            retry_after_s = _RETRY_AFTER_S[job.attempts - 1] if may_pass else None
            self._insist(lambda: self._queue.fail(job.id, message, retry_after_s=retry_after_s))
        except AssistantError as error:
            message = str(error)
            self._insist(lambda: self._queue.fail(job.id, message))
        except UnexpectedReadError as error:
            message = _UNEXPECTED.format(error)
            self._insist(lambda: self._queue.fail(job.id, message))
        except Exception as error:  # one file within a batch: the rest must go on
            _logger.exception("Ingesting %s failed", job.source)
            message = _UNEXPECTED.format(type(error).__name__)
            self._insist(lambda: self._queue.fail(job.id, message))

    def _stopped(self, job: Job) -> None:
        if self._queue.is_cancelled(job.id):
            self._queue.end_cancelled(job.id)
        else:
            self._queue.put_back(job.id)

    def _insist(self, note: Callable[[], None]) -> None:
        """Does `note` once the queue can be written; when the application closes first, the next start sees to it."""
        while True:
            try:
                note()
                return
            except StoreError as error:
                _logger.error("The queue cannot be written: %s", error)
                if self._closing.wait(_QUEUE_AWAY_S):
                    return


class _Members:
    """The files of an archive on their way into the queue."""

    def __init__(self, queue: IngestQueue, archive: Job) -> None:
        self._queue = queue
        self._archive = archive
        self._accepted = 0
        self._failed: list[FailedFile] = []

    def accept(self, part: Part) -> None:
        if isinstance(part.content, AssistantError):
            self._failed.append(FailedFile(part.source, str(part.content)))
        else:
            self._queue.accept(part.content, part.source, archive_id=self._archive.id)
            self._accepted += 1

    def finish(self) -> None:
        self._queue.finish(
            self._archive.id,
            IngestReport(failed=tuple(self._failed)),
            f"Tệp nén có {self._accepted} tệp, đã xếp từng tệp vào hàng đợi."
            + (f" {len(self._failed)} tệp không lấy ra được." if self._failed else ""),
        )
