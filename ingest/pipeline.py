"""Files and folders into the library, one after the other; one bad file never stops the rest."""

import logging
import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Protocol

from core.errors import AssistantError
from core.types import Document, ParsedDocument
from ingest.parsing import CountTokens, content_hash, parse_bytes, source_of
from ingest.readers.archives import archive_members
from ingest.readers.sniffing import is_archive
from ingest.reading import ReadLimits, load_bytes

_logger = logging.getLogger(__name__)

_UNEXPECTED = "Lỗi ngoài dự kiến khi nạp tệp ({}). Chi tiết ở nhật ký; hãy gửi nhật ký và tệp cho quản trị."


class DocumentSink(Protocol):
    """Where documents go; the knowledge base fits it."""

    def recognise(self, sha256: str, source: str) -> tuple[Document, Document | None] | None:
        """The document of exactly these bytes, if there is one, and what `source` held before and does no more."""

    def store(self, parsed: ParsedDocument, original: bytes | None = None) -> tuple[Document, Document | None]:
        """Store a document and its file; gives it back with its former self that is no longer searched, if any."""


@dataclass(frozen=True, slots=True)
class FailedFile:
    """A file that was not taken in, with the Vietnamese reason."""

    source: str
    error: str


@dataclass(frozen=True, slots=True)
class IngestReport:
    """What became of each file.

    Attributes:
        unchanged: Stored before, from the same bytes.
        removed: Former selves of changed files, no longer searched: replaced by documents among `added`, or by those
            among `unchanged` whose bytes the files hold now.
    """

    added: tuple[Document, ...] = ()
    unchanged: tuple[Document, ...] = ()
    removed: tuple[Document, ...] = ()
    failed: tuple[FailedFile, ...] = ()


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a run has come.

    Attributes:
        done: Files finished; `total` when the run is over.
        source: The file at work; empty when the run is over.
        remaining_s: Estimate from the bytes done so far; `None` before the first file is done.
        pages_done: Pages of the file at work that were recognised (OCR) so far.
        pages_total: Pages of it to recognise; 0 when it has its own text.
    """

    done: int
    total: int
    source: str
    elapsed_s: float
    remaining_s: float | None
    pages_done: int = 0
    pages_total: int = 0


def ingest(
    paths: Sequence[Path],
    sink: DocumentSink,
    *,
    limits: ReadLimits,
    count_tokens: CountTokens,
    max_tokens: int,
    on_progress: Callable[[Progress], None] | None = None,
) -> IngestReport:
    """Take in `paths`, folders with all their files, in sorted order.

    Hidden files and Office lock files (`~$…`) of folders are passed over. Each member of a ZIP file is a document
    of its own, with the source `archive.zip!/member`.
    """
    report = _ReportBuilder()
    files = list(_files(paths))
    clock = _Clock([_size(path) for path in files])
    for number, path in enumerate(files):
        source = source_of(path)
        on_page = None
        if on_progress is not None:
            on_progress(clock.progress(number, source))
            on_page = partial(_report_page, on_progress, clock, number, source)
        for part, content in _parts(path, source, limits):
            try:
                if isinstance(content, AssistantError):
                    raise content
                known = sink.recognise(content_hash(content), part)
                if known is not None:
                    report.unchanged.append(known[0])
                    report.removed += [known[1]] if known[1] is not None else []
                    continue
                parsed = parse_bytes(
                    content,
                    source=part,
                    limits=limits,
                    count_tokens=count_tokens,
                    max_tokens=max_tokens,
                    on_page=on_page,
                )
                stored, replaced = sink.store(parsed, content)
                report.added.append(stored)
                report.removed += [replaced] if replaced is not None else []
            except AssistantError as error:
                report.failed.append(FailedFile(part, str(error)))
            except Exception as error:  # one file within a batch: the rest must go on
                _logger.exception("Ingesting %s failed", part)
                report.failed.append(FailedFile(part, _UNEXPECTED.format(type(error).__name__)))
    if on_progress is not None:
        on_progress(clock.progress(len(files), ""))
    return report.build()


def _report_page(
    on_progress: Callable[[Progress], None], clock: "_Clock", number: int, source: str, done: int, total: int
) -> None:
    on_progress(replace(clock.progress(number, source), pages_done=done, pages_total=total))


def _parts(path: Path, source: str, limits: ReadLimits) -> Iterator[tuple[str, bytes | AssistantError]]:
    """The documents in a file, by source: itself, or the members of an archive; or why it cannot be read."""
    try:
        data = load_bytes(path, limits)
        if not is_archive(data):
            yield source, data
            return
        for member in archive_members(data, path.name, limits):
            yield f"{source}!/{member.name}", member.content
    except AssistantError as error:
        yield source, error


class _ReportBuilder:
    def __init__(self) -> None:
        self.added: list[Document] = []
        self.unchanged: list[Document] = []
        self.removed: list[Document] = []
        self.failed: list[FailedFile] = []

    def build(self) -> IngestReport:
        return IngestReport(tuple(self.added), tuple(self.unchanged), tuple(self.removed), tuple(self.failed))


def _files(paths: Sequence[Path]) -> Iterator[Path]:
    """Each file once; paths that do not exist are kept, to be reported."""
    seen: set[Path] = set()
    for path in paths:
        for file in _files_below(path) if _is_folder(path) else [path]:
            if file.absolute() not in seen:
                seen.add(file.absolute())
                yield file


def _files_below(folder: Path) -> list[Path]:
    found: list[Path] = []
    # A folder that may not be listed is kept, to be reported as such.
    for parent, folders, names in os.walk(folder, onerror=lambda error: found.append(Path(error.filename))):
        folders[:] = [name for name in folders if not name.startswith(".")]
        found.extend(Path(parent, name) for name in names if not name.startswith((".", "~$")))
    return sorted(found)


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError:
        return False


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError:
        return 0


class _Clock:
    """Time left from the bytes done: files differ in size far more than in kind."""

    def __init__(self, sizes: Sequence[int]) -> None:
        self._sizes = sizes
        self._start = time.monotonic()

    def progress(self, done: int, source: str) -> Progress:
        elapsed_s = time.monotonic() - self._start
        bytes_done, bytes_left = sum(self._sizes[:done]), sum(self._sizes[done:])
        remaining_s = elapsed_s * bytes_left / bytes_done if bytes_done else None
        return Progress(done, len(self._sizes), source, elapsed_s, remaining_s)
