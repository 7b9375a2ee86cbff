"""Reading files in processes of their own, so that a poisonous file costs its own reading and nothing else.

The application starts a keeper, a small process that forks the reader and outlives whatever becomes of it. The keeper
ends everything below it, the reader's own children included, when the reader ends, when the application tells it to,
or when the application dies: it holds one end of a pipe whose other end only the application has.
"""

import ctypes
import logging
import multiprocessing
import os
import resource
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import NoReturn

from core.errors import AssistantError, ModelUnavailableError, StoreError, UnreadableFileError
from core.types import ParsedDocument
from ingest.parsing import CountTokens, parse_bytes
from ingest.readers.archives import archive_members
from ingest.readers.lines import ReadLimits
from ingest.readers.sniffing import is_archive

_logger = logging.getLogger(__name__)

OnPage = Callable[[int, int], None]
# Reads the bytes of a file under its source, telling pages done of pages to do, and the files that are in it when it is
# an archive, which is no document itself. Runs in the reader's process.
Read = Callable[[bytes, str, OnPage, "OnPart"], ParsedDocument | None]
# Makes a `Read`; sent to the reader's process, so it must be picklable.
OpenReader = Callable[[], Read]

# Leaks of the libraries that parse foreign formats end with the process.
_FILES_PER_PROCESS = 200
# Importing the readers and a tokenizer on a busy machine.
_START_TIMEOUT_S = 120
_END_TIMEOUT_S = 10
_POLL_S = 0.1
_PAGE_NEWS_EVERY_S = 0.5
_NICENESS = 10
# The system takes the reader first when memory runs out, never the application.
_OOM_SCORE = "500"
_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 1, 36
_OUT_OF_MEMORY = 3
_PROGRAM = """
import sys
from multiprocessing.connection import Connection
from ingest.worker import keep
keep(Connection(int(sys.argv[1])), Connection(int(sys.argv[2]), writable=False), int(sys.argv[3]))
"""


@dataclass(frozen=True, slots=True)
class Part:
    """A file in an archive, or why it cannot be taken out."""

    source: str
    content: bytes | AssistantError


OnPart = Callable[[Part], None]


class ReadingCancelled(Exception):
    """The reading was stopped because `is_cancelled` said so."""


@dataclass(frozen=True, slots=True)
class _Ready:
    """The reader is loaded."""


@dataclass(frozen=True, slots=True)
class _Page:
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class _Result:
    document: ParsedDocument | None


@dataclass(frozen=True, slots=True)
class _Failure:
    """Why a file was not read: an expected error, or the name of an unexpected one, which the reader logged."""

    error: AssistantError | None
    kind: str = ""


class UnexpectedReadError(Exception):
    """A reader raised what it should not; the message is the exception's name."""


def open_reader(limits: ReadLimits, open_counter: Callable[[], CountTokens], max_tokens: int) -> Read:
    """The project's own readers.

    Args:
        limits: Bounds on one file.
        open_counter: Opens the embedding model's token counter, in the reader's process.
        max_tokens: Most tokens of a chunk.
    """
    count_tokens = open_counter()

    def read(data: bytes, source: str, on_page: OnPage, on_part: OnPart) -> ParsedDocument | None:
        if is_archive(data):
            for member in archive_members(data, source.rsplit("/", 1)[-1], limits):
                on_part(Part(f"{source}!/{member.name}", member.content))
            return None
        return parse_bytes(
            data, source=source, limits=limits, count_tokens=count_tokens, max_tokens=max_tokens, on_page=on_page
        )

    return read


class ReaderProcess:
    """One process that reads file after file; started at the first, and again after one that broke it.

    For one thread at a time, which must be alive as long as the process is.
    """

    def __init__(self, open_reader: OpenReader, *, timeout_s: float, memory_mb: int) -> None:
        """Starts nothing yet.

        Args:
            open_reader: Makes the reading function, in the process.
            timeout_s: Longest time to read a file, or from one page to the next where the reader tells of pages.
            memory_mb: Most memory of the process, and of each process that it starts.
        """
        self._open_reader = open_reader
        self._timeout_s = timeout_s
        self._memory_mb = memory_mb
        self._running: _Running | None = None
        self._read = 0

    def read(
        self,
        path: Path,
        source: str,
        *,
        on_page: OnPage = lambda done, total: None,
        on_part: OnPart = lambda part: None,
        is_cancelled: Callable[[], bool] = lambda: False,
    ) -> ParsedDocument | None:
        """What the reader makes of the file at `path`, whose bytes came from `source`; `None` of an archive.

        Raises:
            AssistantError: the reader's own, or `UnreadableFileError` for a file that breaks it.
            UnexpectedReadError: the reader raised something else, which it logged.
            ReadingCancelled: `is_cancelled` said so.
        """
        if self._read >= _FILES_PER_PROCESS:
            self.close()
        try:
            running = self._running or self._start(is_cancelled)
            self._read += 1
            running.connection.send((path, source))
            answer = self._wait(running, source, on_page, on_part, is_cancelled)
        except BaseException:
            self.close()
            raise
        if not isinstance(answer, _Failure):
            return answer.document
        if answer.error is not None:
            raise answer.error
        raise UnexpectedReadError(answer.kind)

    def close(self) -> None:
        """Ends the process and all that it started; the next file starts another."""
        if self._running is not None:
            self._running.end()
            self._running = None
        self._read = 0

    def _start(self, is_cancelled: Callable[[], bool]) -> "_Running":
        self._running = running = _Running(self._memory_mb)
        running.connection.send(self._open_reader)
        started = time.monotonic()
        while not running.connection.poll(_POLL_S):
            if is_cancelled():
                raise ReadingCancelled
            if time.monotonic() - started > _START_TIMEOUT_S:
                raise StoreError(
                    f"Tiến trình đọc tệp không khởi động được sau {_START_TIMEOUT_S} giây. Máy có thể đang quá tải; "
                    "hãy thử lại sau."
                )
        try:
            answer = running.connection.recv()
        except EOFError:
            raise StoreError(
                f"Tiến trình đọc tệp không khởi động được ({_cause(running.end(), self._memory_mb)}). "
                "Hãy xem nhật ký, hoặc tăng PARSE_MEMORY_MB."
            ) from None
        if isinstance(answer, _Failure):
            raise answer.error or ModelUnavailableError(
                f"Tiến trình đọc tệp không khởi động được ({answer.kind}). Hãy xem nhật ký"
            )
        return running

    def _wait(
        self,
        running: "_Running",
        source: str,
        on_page: OnPage,
        on_part: OnPart,
        is_cancelled: Callable[[], bool],
    ) -> "_Result | _Failure":
        name = source.rsplit("/", 1)[-1]
        last_news = time.monotonic()
        while True:
            if is_cancelled():
                raise ReadingCancelled
            if not running.connection.poll(_POLL_S):
                if time.monotonic() - last_news > self._timeout_s:
                    raise UnreadableFileError(
                        f"Đọc tệp {name} quá {self._timeout_s:g} giây mà không xong nên đã dừng. Hãy kiểm tra lại tệp "
                        "gốc, tách tệp thành các phần nhỏ hơn, hoặc tăng PARSE_TIMEOUT_S."
                    )
                continue
            try:
                news = running.connection.recv()
            except (EOFError, ConnectionResetError):
                cause = _cause(running.end(), self._memory_mb)
                raise UnreadableFileError(
                    f"Tệp {name} làm chương trình đọc tệp dừng đột ngột ({cause}). Tệp có thể bị hỏng hoặc quá lớn; "
                    "hãy kiểm tra lại tệp gốc, hoặc chuyển sang định dạng khác rồi thử lại."
                ) from None
            match news:
                case _Page():
                    on_page(news.done, news.total)
                case Part():
                    on_part(news)
                case _Result() | _Failure():
                    return news
            last_news = time.monotonic()


class _Running:
    """A started keeper with its reader, and the two pipes to them."""

    def __init__(self, memory_mb: int) -> None:
        self.connection, theirs = multiprocessing.Pipe()
        life, self._life = multiprocessing.Pipe(duplex=False)
        # Not multiprocessing.Process: that would import the application's main module again, whatever it is.
        self._process = subprocess.Popen(
            [sys.executable, "-c", _PROGRAM, str(theirs.fileno()), str(life.fileno()), str(memory_mb)],
            pass_fds=(theirs.fileno(), life.fileno()),
            stdin=subprocess.DEVNULL,
            env={**os.environ, "PYTHONPATH": os.pathsep.join(path or str(Path.cwd()) for path in sys.path)},
        )
        theirs.close()
        life.close()

    def end(self) -> int:
        """Ends all of it; gives the reader's exit code, negative for a signal."""
        self._life.close()
        self.connection.close()
        try:
            code = self._process.wait(timeout=_END_TIMEOUT_S)
        except subprocess.TimeoutExpired:
            self._process.kill()
            code = self._process.wait()
        return code if code < 128 else 128 - code


def _cause(exit_code: int, memory_mb: int) -> str:
    if exit_code == _OUT_OF_MEMORY:
        return f"cần hơn {memory_mb} MB bộ nhớ"
    if exit_code < 0:
        return f"tín hiệu {signal.Signals(-exit_code).name}"
    return f"mã thoát {exit_code}"


# In the keeper and the reader


def keep(connection: Connection, life: Connection, memory_mb: int) -> NoReturn:
    """The keeper: forks the reader and ends all that is left when it, or the application, is gone."""
    libc = ctypes.CDLL(None)
    # What loses its parent below becomes the keeper's child, even in a session of its own.
    libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the application, which then closes the pipe
    os.nice(_NICENESS)
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text(_OOM_SCORE)
    keeper = os.getpid()
    reader = os.fork()
    if reader == 0:
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != keeper:
            os._exit(1)
        life.close()
        _serve(connection, memory_mb)
    connection.close()
    reader_end = os.pidfd_open(reader)
    select.select([life.fileno(), reader_end], [], [])
    status: int | None = None
    while children := _children():
        for child in children:
            with suppress(ProcessLookupError):
                os.kill(child, signal.SIGKILL)
        for child in children:
            _, ended = os.waitpid(child, 0)
            if child == reader:
                status = os.waitstatus_to_exitcode(ended)
    if status is None:
        status = 0
    os._exit(status if status >= 0 else 128 - status)


def _children() -> list[int]:
    """Children of this process, those it was left included, ended ones until they were waited for."""
    return [int(pid) for pid in Path(f"/proc/self/task/{os.getpid()}/children").read_text().split()]


def _serve(connection: Connection, memory_mb: int) -> NoReturn:
    """The reader: answers each path with what is in the file. Never returns."""
    code = 1
    try:
        resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
        # Not RLIMIT_AS: programs such as LibreOffice map far more than they use.
        resource.setrlimit(resource.RLIMIT_DATA, (memory_mb * 1024 * 1024, memory_mb * 1024 * 1024))
        os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # a library that prints must not spoil the application's JSON
        logging.basicConfig(format="%(asctime)s %(levelname)s %(name)s: %(message)s")
        code = _answer_all(connection)
    except (EOFError, BrokenPipeError):
        code = 0
    finally:
        os._exit(code)


def _answer_all(connection: Connection) -> int:
    lock = threading.Lock()
    try:
        read = connection.recv()()
    except AssistantError as error:
        connection.send(_Failure(error))
        return 1
    except Exception as error:  # the application tells it of the file
        _logger.exception("The reader could not be opened")
        connection.send(_Failure(None, type(error).__name__))
        return 1
    connection.send(_Ready())

    def tell(news: object) -> None:
        with lock:  # pages may be told by several threads
            connection.send(news)

    while True:
        path, source = connection.recv()
        try:
            tell(_Result(read(path.read_bytes(), source, _PageNews(tell), tell)))
        except MemoryError:
            return _OUT_OF_MEMORY
        except AssistantError as error:
            tell(_Failure(error))
        except Exception as error:  # one file: the next one must go on
            _logger.exception("Reading %s failed", source)
            tell(_Failure(None, type(error).__name__))


class _PageNews:
    """Tells of pages, not more often than anybody looks."""

    def __init__(self, tell: Callable[[object], None]) -> None:
        self._tell = tell
        self._last = 0.0

    def __call__(self, done: int, total: int) -> None:
        now = time.monotonic()
        if now - self._last >= _PAGE_NEWS_EVERY_S or done == total:
            self._last = now
            self._tell(_Page(done, total))
