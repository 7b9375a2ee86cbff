"""One SQLite file with numbered migrations, connections for many threads, and errors that say what to do."""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from queue import Empty, LifoQueue

from core.errors import StoreError

_BUSY_TIMEOUT_S = 30

# SQL statements with semicolons between, or what SQL alone cannot do.
Step = str | Callable[[sqlite3.Connection], None]


class Database:
    """An SQLite file in WAL mode; safe to share between threads, and between processes on one machine."""

    def __init__(self, path: Path, steps: Sequence[Step]) -> None:
        """Opens the file, made new where there is none, and brings it to the newest schema.

        Args:
            path: Where it is; its folder is made.
            steps: Each takes the schema from its index to the next version (`PRAGMA user_version`).

        Raises:
            StoreError: the file is damaged, not writable, or of a newer release.
        """
        self._path = path
        self._idle: LifoQueue[sqlite3.Connection] = LifoQueue()
        with self._errors_explained():
            path.parent.mkdir(parents=True, exist_ok=True)
        with self.connection() as connection:
            _migrate(connection, steps)

    def close(self) -> None:
        """Closes the idle connections; others close when their work ends."""
        with suppress(Empty):
            while True:
                self._idle.get_nowait().close()

    @contextmanager
    def connection(self) -> Iterator[sqlite3.Connection]:
        """A connection that no other thread uses meanwhile.

        Raises:
            StoreError: the file cannot be read or written.
        """
        with self._errors_explained():
            try:
                connection = self._idle.get_nowait()
            except Empty:
                connection = sqlite3.connect(
                    self._path, timeout=_BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False
                )
                connection.execute("PRAGMA journal_mode = WAL")
                connection.execute("PRAGMA foreign_keys = ON")
                connection.execute("PRAGMA secure_delete = ON")  # what was removed is overwritten, not only unlinked
            try:
                yield connection
            finally:
                self._idle.put(connection)

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """As `connection`, all or nothing, with the right to write from the start."""
        with self.connection() as connection:
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:  # a full disk rolls back by itself
                    connection.execute("ROLLBACK")
                raise

    @contextmanager
    def _errors_explained(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as error:
            raise _explained(error, self._path) from error


def _migrate(connection: sqlite3.Connection, steps: Sequence[Step]) -> None:
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    if version == len(steps):
        return
    # A table that others refer to can be made anew only while nobody watches the references.
    connection.execute("PRAGMA foreign_keys = OFF")
    connection.execute("BEGIN IMMEDIATE")
    try:
        # Read again: another process may have migrated while this one waited for the lock.
        (version,) = connection.execute("PRAGMA user_version").fetchone()
        if version > len(steps):
            raise StoreError(
                f"Kho văn bản do một bản ứng dụng mới hơn ghi (phiên bản dữ liệu {version}, bản này đọc được tới "
                f"{len(steps)}). Hãy cập nhật ứng dụng."
            )
        for step in steps[version:]:
            if callable(step):
                step(connection)
                continue
            for statement in step.split(";"):
                if statement.strip():
                    connection.execute(statement)
        connection.execute(f"PRAGMA user_version = {len(steps)}")
        connection.execute("COMMIT")
    except BaseException:
        connection.execute("ROLLBACK")
        raise
    finally:
        connection.execute("PRAGMA foreign_keys = ON")


def _explained(error: Exception, path: Path) -> StoreError:
    reason = str(error)
    if "full" in reason or "No space" in reason:
        return StoreError(
            f"Hết dung lượng đĩa khi ghi kho văn bản ({path}). Dữ liệu đã lưu vẫn nguyên; "
            "hãy giải phóng dung lượng rồi thử lại."
        )
    if "malformed" in reason or "not a database" in reason:
        return StoreError(
            f"Tệp dữ liệu bị hỏng: {path} ({reason}). Hãy giữ lại tệp này, khôi phục từ bản sao lưu, "
            "hoặc chọn thư mục dữ liệu khác rồi nạp lại văn bản."
        )
    is_unusable = isinstance(error, PermissionError | FileExistsError | NotADirectoryError)
    if is_unusable or any(word in reason for word in ("readonly", "unable to open", "Read-only")):
        return StoreError(
            f"Không ghi được vào thư mục dữ liệu {path.parent} ({reason}). "
            "Hãy cấp quyền ghi, hoặc chọn thư mục khác bằng --data-dir."
        )
    return StoreError(f"Không đọc hoặc ghi được kho văn bản {path} ({reason}). Hãy thử lại, rồi kiểm tra ổ đĩa.")
