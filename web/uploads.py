"""Uploaded files kept in the data folder, each under a name of its own: a file's path is what tells its old self."""

from collections.abc import Callable, Iterator, Sequence
from hashlib import file_digest
from pathlib import Path
from shutil import copyfile

from core.errors import StoreError
from ingest.parsing import source_of
from ingest.queue import Job


class Uploads:
    """The folder of uploaded files."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def placed(
        self, files: Sequence[Path], *, replacing: bool, pending_sha256: Callable[[str], str | None]
    ) -> Iterator[tuple[Path, str]]:
        """Each of temporary `files` with the source it goes by: the place where it is to be kept.

        Args:
            files: Files whose names people chose.
            replacing: A file takes the place of another one of its name; otherwise it is numbered.
            pending_sha256: SHA-256 of the file of a source that is on its way into the library, if there is one; asked
                anew for each file.
        """
        placed: set[str] = set()
        for file in files:
            source = source_of(self._folder / file.name)
            if not replacing or source in placed:
                source = self._free_source(file, pending_sha256)
            placed.add(source)
            yield file, source

    def adopt(self, job: Job, spooled: Path) -> None:
        """Keep the bytes of an uploaded file whose document is in the library now; others are left alone.

        Raises:
            StoreError: the folder cannot be written.
        """
        target = Path(job.source)
        if not self._is_kept_here(target):
            return
        beside = target.with_name(f".{job.sha256}")
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            copyfile(spooled, beside)
            beside.replace(target)
        except OSError as error:
            raise StoreError(
                f"Không lưu được tệp tải lên vào {self._folder} ({error.strerror}). "
                "Hãy kiểm tra quyền ghi và dung lượng đĩa."
            ) from error

    def forget(self, files: Sequence[Path]) -> None:
        """Delete those of `files` that lie here; others belong to somebody else and stay."""
        for file in files:
            if self._is_kept_here(file):
                file.unlink(missing_ok=True)

    def _is_kept_here(self, file: Path) -> bool:
        return file.parent.absolute() == self._folder.absolute()

    def _free_source(self, file: Path, pending_sha256: Callable[[str], str | None]) -> str:
        """A place in the folder that is free, kept or on its way, or holds the same bytes."""
        sha256 = _sha256(file)
        number, path = 1, self._folder / file.name
        while (path.exists() and _sha256(path) != sha256) or pending_sha256(source_of(path)) not in (None, sha256):
            number += 1
            path = self._folder / f"{file.stem} ({number}){file.suffix}"
        return source_of(path)


def _sha256(path: Path) -> str:
    with path.open("rb") as stream:
        return file_digest(stream, "sha256").hexdigest()
