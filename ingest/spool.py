"""The bytes of accepted files, on the disk for certain, each under its SHA-256 until nobody needs them any more."""

import fcntl
import os
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from core.errors import StoreError
from core.files import write_aside


class Spool:
    """A folder of bytes; safe to share between processes."""

    def __init__(self, folder: Path) -> None:
        """Makes the folder where there is none.

        Raises:
            StoreError: it cannot be used. The other methods raise it too, also when the disk is full.
        """
        self._folder = folder
        with self._errors_explained():
            folder.mkdir(parents=True, exist_ok=True)

    def path(self, sha256: str) -> Path:
        """Where the bytes of that hash are."""
        return self._folder / sha256

    @contextmanager
    def written(self, data: bytes) -> Iterator[Callable[[str], None]]:
        """Puts `data` on the disk under a name of its own and gives the function that puts it under its hash.

        Calling it is what keeps the bytes; without the call they are gone afterwards. Nothing is swept meanwhile.
        """
        with self._errors_explained(), (self._folder / ".lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH)
            written = write_aside(self._folder, data)
            try:
                yield lambda sha256: self._keep(written, sha256)
            finally:
                written.unlink(missing_ok=True)

    def remove(self, sha256: str) -> None:
        """Removes the bytes of that hash."""
        with self._errors_explained():
            self.path(sha256).unlink(missing_ok=True)

    @contextmanager
    def sweeping(self) -> Iterator[Callable[[Collection[str]], None]]:
        """Gives the function that removes all but the bytes of the given hashes.

        It does nothing while another process is writing, whose bytes no row may speak of yet.
        """
        with self._errors_explained(), (self._folder / ".lock").open("a") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                yield lambda needed: None
            else:
                yield self._keep_only

    def _keep(self, written: Path, sha256: str) -> None:
        with self._errors_explained():
            written.rename(self.path(sha256))
            folder = os.open(self._folder, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)

    def _keep_only(self, needed: Collection[str]) -> None:
        for path in self._folder.iterdir():
            if path.name not in needed and path.name != ".lock":
                path.unlink(missing_ok=True)

    @contextmanager
    def _errors_explained(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise StoreError(
                f"Không ghi được tệp vào hàng đợi {self._folder} ({error.strerror}). Tệp chưa được nhận; hãy kiểm tra "
                "quyền ghi và dung lượng đĩa rồi gửi lại."
            ) from error
