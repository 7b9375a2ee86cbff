"""The sources of uploaded files: a file's source tells its old self, so two documents of one name need two."""

from collections.abc import Callable, Iterator, Sequence
from hashlib import file_digest
from pathlib import Path

_FOLDER = "uploads"


def with_sources(
    files: Sequence[Path], *, replacing: bool, held_sha256: Callable[[str], str | None]
) -> Iterator[tuple[Path, str]]:
    """Each of temporary `files` with the source it goes by: its name, numbered where another file has that name.

    Args:
        files: Files whose names people chose.
        replacing: A file takes the place of another one of its name; otherwise it is numbered.
        held_sha256: SHA-256 of the file that a source holds, in the library or on its way there; asked anew for each.
    """
    taken: set[str] = set()
    for file in files:
        source = f"{_FOLDER}/{file.name}"
        if not replacing or source in taken:
            source = _free_source(file, held_sha256)
        taken.add(source)
        yield file, source


def _free_source(file: Path, held_sha256: Callable[[str], str | None]) -> str:
    """A source that nothing holds yet, or that holds the same bytes."""
    with file.open("rb") as stream:
        sha256 = file_digest(stream, "sha256").hexdigest()
    number, source = 1, f"{_FOLDER}/{file.name}"
    while held_sha256(source) not in (None, sha256):
        number += 1
        source = f"{_FOLDER}/{file.stem} ({number}){file.suffix}"
    return source
