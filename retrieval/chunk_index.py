"""The searchable index of the library's chunks: vectors and words, kept in step with the catalogue.

The catalogue is the truth: every hit is one of its chunks, and what a crash left in the stores is mended after it.
"""

import logging
import math
from collections.abc import Callable, Collection, Sequence
from threading import RLock

import numpy as np
from numpy.typing import NDArray

from core.errors import DocumentNotFoundError, IndexMismatchError, ModelUnavailableError, StoreError
from core.types import Chunk, Document
from retrieval.catalogue import Catalogue
from retrieval.embeddings import Embedder, estimate_tokens
from retrieval.fusion import Hit
from retrieval.vector_store import VectorStore
from retrieval.word_index import WordIndex

_log = logging.getLogger(__name__)

# Chunks embedded at once: enough to sort by length, little enough to hold (a vector is 1.5 kB).
_EMBEDDED_AT_ONCE = 2048
# Up to this many chunks are compared one by one: 4 ms a hundred, where Chroma's filter takes 100 ms for any number.
_COMPARED_ONE_BY_ONE = 2000
# So many are embedded before the heavy engine would have been loaded.
_FEW_CHUNKS = 32


def document_id_of(chunk_id: str) -> str:
    """The document that a chunk belongs to."""
    return chunk_id.rsplit("-", 1)[0]


class ChunkIndex:
    """Vectors and words of every chunk in the catalogue.

    Writing methods are for one thread at a time, which the knowledge base sees to; searching is safe beside them.

    Args:
        catalogue: The truth.
        words: Opened as `writable` says.
        open_vectors: Opens the vectors of a generation; each rebuild begins a new one.
        embedder: `None` leaves the vectors alone.
        writable: Whether this process may write.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        words: WordIndex,
        open_vectors: Callable[[int], VectorStore],
        embedder: Embedder | None,
        *,
        writable: bool,
    ) -> None:
        self._catalogue = catalogue
        self._words = words
        self._open_vectors = open_vectors
        self._embedder = embedder
        self._writable = writable
        self._vectors: VectorStore | None = None
        self._lock = RLock()
        self._seen_version = catalogue.version
        self._embedded = 0

    # Writing

    def embed(self, chunks: Sequence[Chunk]) -> NDArray[np.float32] | None:
        """Vectors of headers and texts, shape (chunks, dimension), unit length; `None` without a model.

        Raises:
            ModelUnavailableError: the embedding model cannot be loaded or reached.
        """
        if self._embedder is None:
            return None
        self._embedded += len(chunks)
        if self._embedded > _FEW_CHUNKS:
            self._embedder.prepare_bulk()
        texts = [f"{chunk.header}\n{chunk.text}" for chunk in chunks]
        batches = [
            np.asarray(self._embedder.embed_documents(texts[start : start + _EMBEDDED_AT_ONCE]), np.float32)
            for start in range(0, len(texts), _EMBEDDED_AT_ONCE)
        ]
        return np.concatenate(batches) if batches else np.empty((0, 0), np.float32)

    def put(self, document_id: str, chunks: Sequence[Chunk], vectors: NDArray[np.float32] | None) -> None:
        """Writes the vectors, from `embed`, and the words of a document's chunks."""
        if self._vectors is not None and vectors is not None:
            self._vectors.add([chunk.id for chunk in chunks], document_id, vectors)
        self._words.put([(document_id, chunks)])

    def clear(self, document_ids: Sequence[str], settled: Sequence[str]) -> None:
        """Takes documents that are not in the catalogue out of the other stores and strikes the intents.

        A failure here harms nothing: hits are joined to the catalogue, and the intents stay for the next start.
        """
        try:
            if document_ids:
                if self._vectors is not None:
                    self._vectors.delete_documents(document_ids)
                self._words.delete_documents(document_ids)
            # Without the model that built the vectors these stay behind, and so must the intents.
            if self._vectors is not None or not self._catalogue.fact("fingerprint"):
                self._catalogue.fulfil(settled)
        except StoreError as error:
            _log.warning("clearing %s is left to the next start: %s", ", ".join(document_ids), error)

    def rebuild(self, on_progress: Callable[[int, int], None] | None = None) -> None:
        """Makes vectors and words anew from the catalogue, by the present model; the old vectors serve until the end.

        Args:
            on_progress: Told how many of how many chunks are done, document by document.

        Raises:
            StoreError: a store cannot be written.
            ModelUnavailableError: the embedding model cannot be loaded or reached.
        """
        documents = self._catalogue.documents()
        self._fill_words(documents)
        if self._embedder is None:
            return
        generation = self._generation() + 1
        fresh = self._open_vectors(generation)
        if fresh.count():  # an earlier rebuild was interrupted
            fresh.drop()
            fresh.refresh()
        done, total = 0, sum(document.chunk_count for document in documents)
        for document in documents:
            self._add_vectors(fresh, document.id, self._catalogue.chunks(document.id))
            done += document.chunk_count
            if on_progress is not None:
                on_progress(done, total)
        outdated = self._vectors
        self._catalogue.record(fingerprint=self._embedder.fingerprint, generation=str(generation))
        self._catalogue.fulfil(self._catalogue.intents())
        self._vectors = fresh
        self._drop_outdated(outdated, generation - 1)

    # Searching

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text by the embedding model's tokenizer, guessed from syllables without a model."""
        return self._embedder.count_tokens(texts) if self._embedder is not None else estimate_tokens(texts)

    def rarity(self, terms: Sequence[str]) -> dict[str, float]:
        """Inverse document frequency, as in BM25, of syllables and pairs (`a_b`) over all chunks."""
        self._catch_up()
        total = self._words.count()
        return {
            term: math.log(1 + (total - count + 0.5) / (count + 0.5))
            for term, count in self._words.chunk_frequencies(terms).items()
        }

    def search_vectors(
        self, vector: Sequence[float], *, limit: int, document_ids: Collection[str] | None = None
    ) -> list[Hit]:
        """Chunks nearest to `vector`, best first, scored by cosine; empty without an embedding model.

        Args:
            vector: By the library's embedder.
            limit: Most chunks returned.
            document_ids: Only chunks of these. A few are compared one by one; many cost Chroma several times as much
                as filtering what comes back.
        """
        self._catch_up()
        store = self._opened_vectors()
        if store is None:
            return []
        if document_ids is not None:
            chunk_ids = self._catalogue.chunk_ids(document_ids, most=_COMPARED_ONE_BY_ONE)
            if chunk_ids is not None:
                return store.compare(vector, chunk_ids, limit=limit)
        return self._committed(store.search(vector, limit=limit, document_ids=document_ids))

    def search_words(
        self, question: str, *, limit: int, folded: bool, document_ids: Collection[str] | None = None
    ) -> list[Hit]:
        """Chunks that share words with `question`, best first, scored by BM25.

        Args:
            question: Any text.
            limit: Most chunks returned.
            folded: Compare without diacritics.
            document_ids: Only chunks of these; `None` for all.
        """
        self._catch_up()
        return self._committed(self._words.search(question, limit=limit, folded=folded, document_ids=document_ids))

    def _committed(self, hits: list[Hit]) -> list[Hit]:
        known = self._catalogue.known_chunks([hit.chunk_id for hit in hits])
        return [hit for hit in hits if hit.chunk_id in known]

    def _catch_up(self) -> None:
        """A reader sees what the writing process has done since."""
        if self._writable or self._seen_version == (version := self._catalogue.version):
            return
        with self._lock:
            self._words.refresh()
            if self._vectors is not None:
                self.close()
            self._seen_version = version

    # Keeping in step

    def check(self) -> None:
        """Refuses vectors of another model, and as a writer mends what a crash left behind.

        Raises:
            IndexMismatchError: the vectors were built by another embedding model.
            StoreError: a store cannot be used.
        """
        if self._embedder is not None and not self._is_own(self._embedder):
            if self._catalogue.chunk_count():
                built_by = self._catalogue.fact("fingerprint") or "không có mô hình"
                raise IndexMismatchError(
                    f"Chỉ mục của kho được lập bằng mô hình khác ({built_by}) với mô hình đang đặt "
                    f"({self._embedder.fingerprint}). Hãy chạy `python app.py rebuild` để lập lại chỉ mục, "
                    "hoặc đặt lại EMBEDDING_MODEL như cũ."
                )
            if self._writable:
                # An empty library may change its model; its next vectors may have another dimension.
                generation = self._generation() + bool(self._catalogue.fact("fingerprint"))
                self._catalogue.record(fingerprint=self._embedder.fingerprint, generation=str(generation))
        if self._writable:
            try:
                self._mend()
            except ModelUnavailableError as error:
                _log.warning("the index could not be mended now, the next start tries again: %s", error)

    def _mend(self) -> None:
        vectors = self._opened_vectors()
        expected = self._catalogue.chunk_count()
        unsettled = self._catalogue.intents()
        if unsettled or self._words.count() != expected:
            _log.warning("word index is filled again: %d chunks, %d expected", self._words.count(), expected)
            # All of it, in 6 s per 100,000 chunks: deleted entries go on counting in BM25 until Tantivy merges their
            # segment, and the same library would rank otherwise than one that never crashed.
            self._fill_words(self._catalogue.documents())
        if vectors is None:
            return
        if vectors.count() != expected:
            held = vectors.chunk_ids()
            wanted = {
                chunk.id for document in self._catalogue.documents() for chunk in self._catalogue.chunks(document.id)
            }
            unsettled += [document_id_of(chunk_id) for chunk_id in held ^ wanted]
        for document_id in dict.fromkeys(unsettled):
            _log.warning("document %s was left half written: mended", document_id)
            self._mend_vectors(vectors, document_id)
        if unsettled:
            self._catalogue.fulfil(unsettled)

    def _mend_vectors(self, vectors: VectorStore, document_id: str) -> None:
        chunks = self._chunks_or_none(document_id)
        held = vectors.chunk_ids(document_id)
        if held - {chunk.id for chunk in chunks}:
            vectors.delete_documents([document_id])
            held = set()
        self._add_vectors(vectors, document_id, [chunk for chunk in chunks if chunk.id not in held])

    def _chunks_or_none(self, document_id: str) -> tuple[Chunk, ...]:
        try:
            return self._catalogue.chunks(document_id)
        except DocumentNotFoundError:
            return ()

    def _fill_words(self, documents: Sequence[Document]) -> None:
        self._words.clear()
        self._words.put((document.id, self._catalogue.chunks(document.id)) for document in documents)

    def _add_vectors(self, store: VectorStore, document_id: str, chunks: Sequence[Chunk]) -> None:
        vectors = self.embed(chunks)
        if vectors is not None and chunks:
            store.add([chunk.id for chunk in chunks], document_id, vectors)

    def _opened_vectors(self) -> VectorStore | None:
        """The vectors, opened at first use; `None` when there is no model, or none by the present model."""
        if self._vectors is None and self._embedder is not None and self._is_own(self._embedder):
            with self._lock:
                if self._vectors is None:
                    self._vectors = self._open_vectors(self._generation())
        return self._vectors

    def _is_own(self, embedder: Embedder) -> bool:
        return self._catalogue.fact("fingerprint") == embedder.fingerprint

    def _generation(self) -> int:
        return int(self._catalogue.fact("generation") or 0)

    def _drop_outdated(self, outdated: VectorStore | None, generation: int) -> None:
        try:
            store = outdated or self._open_vectors(generation)
            store.drop()
            store.close()
        except StoreError as error:
            _log.warning("the outdated vectors could not be dropped: %s", error)

    def close(self) -> None:
        """Closes the vectors; the next search opens them again."""
        with self._lock:
            if self._vectors is not None:
                self._vectors.close()
                self._vectors = None
