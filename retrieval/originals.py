"""The files as they came, kept by the SHA-256 of their bytes, so that they can be read anew and downloaded."""

import re
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from hashlib import file_digest, sha256
from pathlib import Path

from core.errors import StoreError
from core.files import write_aside

_HASH = re.compile(r"[0-9a-f]{64}")


class Originals:
    """A folder of files that never change; each appears there whole or not at all."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, digest: str, data: bytes) -> None:
        """Keeps `data` under its SHA-256; a no-op when it is there already.

        Raises:
            StoreError: the bytes are not those of `digest`, or the disk is full or not writable.
        """
        if sha256(data).hexdigest() != digest:
            raise StoreError(f"Tệp gốc không khớp mã băm {digest[:16]}…. Hãy nạp lại tệp.")
        target = self._path(digest)
        if target.exists():
            return
        with self._errors_explained():
            target.parent.mkdir(parents=True, exist_ok=True)
            written = write_aside(self._folder, data)
            try:
                written.replace(target)
            finally:
                written.unlink(missing_ok=True)

    def find(self, digest: str) -> Path | None:
        """Where the file of that SHA-256 is; `None` when it was not kept."""
        path = self._path(digest)
        return path if path.is_file() else None

    def remove(self, digests: Collection[str]) -> None:
        """Deletes these files; those that are not there are passed over."""
        with self._errors_explained():
            for digest in digests:
                self._path(digest).unlink(missing_ok=True)

    def sweep(self, wanted: Collection[str]) -> None:
        """Deletes what a crash left: files that are not among `wanted`, and unfinished ones."""
        with self._errors_explained():
            for path in self._files():
                if path.name not in wanted:
                    path.unlink(missing_ok=True)

    def faults(self, wanted: Collection[str]) -> Iterator[str]:
        """Files that no document of `wanted` hashes has, and files that are no longer what they were, in Vietnamese."""
        for path in self._files():
            if path.name not in wanted:
                yield f"Tệp gốc {path.name[:16]}… không thuộc văn bản nào"
                continue
            with path.open("rb") as stream:
                if file_digest(stream, "sha256").hexdigest() != path.name:
                    yield f"Tệp gốc {path.name[:16]}… đã bị thay đổi"

    def _files(self) -> list[Path]:
        return [path for path in self._folder.iterdir() if path.is_file()] if self._folder.is_dir() else []

    def _path(self, digest: str) -> Path:
        if not _HASH.fullmatch(digest):
            raise StoreError(f"Mã băm không hợp lệ: {digest[:80]}. Hãy nạp lại tệp.")
        return self._folder / digest

    @contextmanager
    def _errors_explained(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise StoreError(
                f"Không ghi được tệp gốc vào {self._folder} ({error}). Hãy kiểm tra quyền ghi và dung lượng trống."
            ) from error
