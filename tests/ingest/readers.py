"""Reading functions that do what hostile files do to real ones, and what ingests with them; sent to other processes."""

import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from core.errors import ModelUnavailableError, StoreError, UnreadableFileError
from core.types import Document, ParsedDocument
from ingest.parsing import content_hash
from ingest.pipeline import DocumentSink, Ingestion
from ingest.queue import IngestQueue
from ingest.reading import ReadLimits
from ingest.worker import OnPage, OnPart, OpenReader, Part, Read, ReaderProcess, open_reader

FOREVER_S = 1000


class ListSink:
    """A sink that remembers documents by source, as the knowledge base does."""

    def __init__(self) -> None:
        self.by_source: dict[str, ParsedDocument] = {}

    def find_by_hash(self, sha256: str) -> Document | None:
        return next((_document(parsed) for parsed in self.by_source.values() if parsed.sha256 == sha256), None)

    def recognise(self, sha256: str, source: str) -> tuple[Document, Document | None] | None:
        known = self.find_by_hash(sha256)
        return (known, None) if known else None

    def store(self, parsed: ParsedDocument, original: bytes | None = None) -> tuple[Document, Document | None]:
        assert original is not None and content_hash(original) == parsed.sha256
        if "từ chối" in parsed.text:
            raise StoreError("Kho không ghi được. Hãy kiểm tra ổ đĩa.")
        if "hỏng ngầm" in parsed.text:
            raise RuntimeError("disk on fire")
        replaced = self.by_source.get(parsed.source)
        self.by_source[parsed.source] = parsed
        return _document(parsed), _document(replaced) if replaced else None


def _document(parsed: ParsedDocument) -> Document:
    return Document(
        id=parsed.id,
        source=parsed.source,
        sha256=parsed.sha256,
        format=parsed.format,
        metadata=parsed.metadata,
        page_count=len(parsed.page_starts),
        chunk_count=len(parsed.chunks),
        text_quality=parsed.text_quality,
        warnings=parsed.warnings,
        added_at=datetime.now(UTC),
    )


def count_words(texts: Sequence[str]) -> list[int]:
    return [len(text.split()) for text in texts]


def word_counter() -> Callable[[Sequence[str]], list[int]]:
    return count_words


real_reader: OpenReader = partial(open_reader, ReadLimits(), word_counter, 100)


def _hoard_memory() -> None:
    hoard = [bytes(10_000_000) for _ in range(1_000_000)]
    raise AssertionError(f"{len(hoard)} blocks fitted")


def _raise() -> None:
    raise ZeroDivisionError


def _refuse() -> None:
    raise UnreadableFileError("Tệp này bị từ chối. Hãy thử tệp khác.")


_POISONS: dict[str, Callable[[], object]] = {
    "SEGFAULT": partial(ctypes.string_at, 0),
    "MEMORY": _hoard_memory,
    "SLEEP": partial(time.sleep, FOREVER_S),
    "EXIT": partial(os._exit, 7),
    "PRINT": partial(print, "not JSON", flush=True),
    "RAISE": _raise,
    "REFUSE": _refuse,
}


def _start_family(told: Path) -> None:
    """One child in the reader's group and two that leave it, one of them with a child; their ids are told."""
    hang = f"import time; time.sleep({FOREVER_S})"
    children = [
        subprocess.Popen([sys.executable, "-c", hang]),
        subprocess.Popen([sys.executable, "-c", hang], start_new_session=True),
        subprocess.Popen(["sh", "-c", f"{sys.executable} -c '{hang}' & wait"], start_new_session=True),
    ]
    told.write_text(" ".join(str(child.pid) for child in children))
    signal.pause()


def poisonable_reader() -> Read:
    """The real reader, except that a file whose first word names a poison works like it."""
    read = real_reader()

    def read_or_suffer(data: bytes, source: str, on_page: OnPage, on_part: OnPart) -> ParsedDocument | None:
        first, _, rest = data.decode(errors="replace").partition(" ")
        if first in _POISONS:
            _POISONS[first]()
        elif first == "FAMILY":
            _start_family(Path(rest.split()[0]))
        elif first == "PAGES":
            for page in range(5):
                on_page(page, 4)
                time.sleep(0.6)
        elif first == "ARCHIVE":
            for number, content in enumerate(rest.split("|")):
                on_part(Part(f"{source}!/{number}.md", content.encode()))
            on_part(Part(f"{source}!/hong.md", UnreadableFileError("Tệp hong.md bị hỏng. Hãy bỏ tệp ấy.")))
            return None
        return read(data, source, on_page, on_part)

    return read_or_suffer


def reader_without_model() -> Read:
    raise ModelUnavailableError("Chưa nạp được mô hình. Hãy thử lại sau.")


@contextmanager
def ingesting(
    queue: IngestQueue,
    sink: DocumentSink,
    reader: OpenReader = real_reader,
    *,
    workers: int = 1,
    timeout_s: float = 60,
    memory_mb: int = 1024,
) -> Iterator[Ingestion]:
    """The queue being worked off meanwhile."""
    process = partial(ReaderProcess, reader, timeout_s=timeout_s, memory_mb=memory_mb)
    ingestion = Ingestion(queue, sink, process, workers=workers)
    ingestion.start()
    try:
        yield ingestion
    finally:
        ingestion.close()
