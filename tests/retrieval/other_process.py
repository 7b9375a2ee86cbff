"""Run as a program: another process on the same data folder; see test_recovery.py."""

import os
import resource
import signal
import sys
from pathlib import Path

from core.errors import StoreError
from core.settings import Settings
from retrieval.chunk_index import document_id_of
from retrieval.knowledge_base import KnowledgeBase
from tests.retrieval.samples import TRAINING_PLAN, TinyEmbedder, parsed_document


def settings_for(data_dir: str) -> Settings:
    return Settings(_env_file=None, data_dir=Path(data_dir))  # type: ignore[call-arg]


def write(data_dir: str, *, lines: int = 1) -> None:
    text = "\n".join(f"{TRAINING_PLAN} {number}" for number in range(lines))
    try:
        with KnowledgeBase.open(settings_for(data_dir), None) as library:
            library.store(parsed_document(text, source="other.txt"))
        print("stored")
    except StoreError as error:
        print(type(error).__name__, error)


def write_without_room(data_dir: str) -> None:
    """No file may grow beyond 1 MB, which is what a full disk looks like to a program that writes."""
    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1_000_000, 1_000_000))
    write(data_dir, lines=5000)


def write_as_nobody(data_dir: str) -> None:
    """Without root's power to write everywhere."""
    if os.getuid() == 0:
        for folder in Path(data_dir).parents:
            if folder.stat().st_uid == 0 and "pytest-" in str(folder):
                folder.chmod(0o755)
        os.setuid(65534)
    write(data_dir)


def read(data_dir: str) -> None:
    """Answers each line of the input with the documents that meaning and words find, as one set."""
    embedder = TinyEmbedder()
    with KnowledgeBase.open(settings_for(data_dir), embedder, writable=False) as library:
        for question in sys.stdin:
            hits = library.search_vectors(embedder.embed_query(question), limit=100)
            found = {document_id_of(hit.chunk_id) for hit in hits}
            words = library.search_words(f"{question} dữ liệu", limit=100, folded=False)
            assert found == {document_id_of(hit.chunk_id) for hit in words}
            print(*found, flush=True)


if __name__ == "__main__":
    data_dir, action = sys.argv[1:]
    {"write": write, "write-without-room": write_without_room, "write-as-nobody": write_as_nobody, "read": read}[
        action
    ](data_dir)
