"""Uploaded files kept in the data folder, each under a name of its own: a file's path is what tells its old self."""

import shutil
from collections.abc import Sequence
from hashlib import file_digest
from pathlib import Path

from core.errors import StoreError


class Uploads:
    """The folder of uploaded files."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def keep(self, files: Sequence[Path], *, replacing: bool) -> list[Path]:
        """Move temporary `files` here and give their new paths.

        Args:
            files: Files whose names people chose.
            replacing: A file takes the place of another one of its name; otherwise it is numbered.

        Raises:
            StoreError: the folder cannot be written.
        """
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            kept: list[Path] = []
            for file in files:
                target = self._folder / file.name
                if not replacing or target in kept:
                    target = self._free_path(file)
                shutil.move(file, target)
                kept.append(target)
        except OSError as error:
            raise StoreError(
                f"Không lưu được tệp tải lên vào {self._folder} ({error.strerror}). "
                "Hãy kiểm tra quyền ghi và dung lượng đĩa."
            ) from error
        return kept

    def forget(self, files: Sequence[Path]) -> None:
        """Delete those of `files` that lie here; others belong to somebody else and stay."""
        for file in files:
            if file.parent.absolute() == self._folder.absolute():
                file.unlink(missing_ok=True)

    def _free_path(self, file: Path) -> Path:
        """A path in the folder that is free or holds the same bytes."""
        number, path = 1, self._folder / file.name
        while path.exists() and _digest(path) != _digest(file):
            number += 1
            path = self._folder / f"{file.stem} ({number}){file.suffix}"
        return path


def _digest(path: Path) -> bytes:
    with path.open("rb") as stream:
        return file_digest(stream, "sha256").digest()
