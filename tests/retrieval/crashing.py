"""Run as a program: stores documents in a library whose process dies in the middle; see test_recovery.py."""

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from retrieval.catalogue import Catalogue
from retrieval.chunk_index import ChunkIndex
from retrieval.knowledge_base import KnowledgeBase
from retrieval.originals import Originals
from retrieval.vector_store import VectorStore
from retrieval.word_index import WordIndex
from tests.retrieval.samples import NEW_PLAN, PLAN, TinyEmbedder

DIED = 77
T = TypeVar("T")


def dying(store: type[T], step: str) -> type[T]:
    """A kind of `store` whose method `step` ends the process as soon as it has done its work."""
    owner, method = step.split(".")
    if owner != store.__name__:
        return store
    real: Callable[..., object] = getattr(store, method)

    def die(self: T, *arguments: object) -> None:
        real(self, *arguments)
        os._exit(DIED)  # as kill -9 does: no clean-up, no closing

    return type(store.__name__, (store,), {method: die})


def open_library(data_dir: Path, step: str) -> KnowledgeBase:
    catalogue = dying(Catalogue, step)(data_dir / "catalogue.sqlite3")
    originals = dying(Originals, step)(data_dir / "files")
    words = dying(WordIndex, step)(data_dir / "words", writable=True)
    vectors = dying(VectorStore, step)
    library_id = catalogue.fact("library_id")
    index = ChunkIndex(
        catalogue,
        words,
        lambda _generation: vectors(data_dir / "chroma", "policy_chunks", library_id=library_id, writable=True),
        TinyEmbedder(),
        writable=True,
    )
    index.check()
    return KnowledgeBase(catalogue, index, originals, writable=True)


if __name__ == "__main__":
    library = open_library(Path(sys.argv[1]), sys.argv[2])
    if sys.argv[3] == "remove":
        library.remove([PLAN.id])
    else:
        library.store(NEW_PLAN, NEW_PLAN.text.encode())
