"""The searchable index of the library's chunks: vectors and words, kept in step with the catalogue.

The catalogue is the truth: every hit is one of its chunks, and what a crash left in the stores is mended after it.
"""

import logging
import math
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from functools import lru_cache
from threading import RLock
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import NDArray

from core.errors import IndexMismatchError, ModelUnavailableError, StoreError
from core.types import Chunk
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
_EMBEDDED_QUESTIONS = 1000

# Vectors of the chunks of one document by fingerprint of the model, each of shape (chunks, dimension), unit length.
Vectors: TypeAlias = Mapping[str, NDArray[np.float32]]


def document_id_of(chunk_id: str) -> str:
    """The document that a chunk belongs to."""
    return chunk_id.rsplit("-", 1)[0]


class VectorSpace(NamedTuple):
    """Vectors and the model that made them."""

    embedder: Embedder
    store: VectorStore


class ChunkIndex:
    """Vectors and words of every chunk that is searched.

    Writing methods are for one thread at a time, which the knowledge base sees to; searching is safe beside them.

    Args:
        catalogue: The truth.
        words: Opened as `writable` says.
        open_vectors: Opens the vectors of a generation; each rebuild begins a new one.
        embedder: The model now configured; `None` leaves the vectors alone.
        reopen_embedder: Opens the model of a recorded description, `None` where it cannot: until the index is rebuilt
            for the configured one, the model that built it goes on answering.
        description: Of the configured model, recorded with the vectors it makes.
        writable: Whether this process may write.
    """

    def __init__(
        self,
        catalogue: Catalogue,
        words: WordIndex,
        open_vectors: Callable[[int], VectorStore],
        embedder: Embedder | None,
        *,
        reopen_embedder: Callable[[str], Embedder | None] = lambda _description: None,
        description: str = "",
        writable: bool,
    ) -> None:
        self._catalogue = catalogue
        self._words = words
        self._open_vectors = open_vectors
        self._embedder = embedder
        self._reopen_embedder = reopen_embedder
        self._description = description
        self._former: Embedder | None = None
        self._writable = writable
        self._live: VectorSpace | None = None
        self._next: VectorSpace | None = None
        self._lock = RLock()
        self._seen_version = catalogue.version
        self._embedded = 0
        self._embed_question = lru_cache(maxsize=_EMBEDDED_QUESTIONS)(_embed_question)

    # Writing

    def embed(self, chunks: Sequence[Chunk]) -> Vectors:
        """Vectors of headers and texts for each model at work, the one being changed to included.

        Raises:
            ModelUnavailableError: an embedding model cannot be loaded or reached.
        """
        self._embedded += len(chunks)
        return {space.embedder.fingerprint: self._embed_by(space.embedder, chunks) for space in self._spaces()}

    def are_all_for(self, vectors: Vectors) -> bool:
        """Whether `vectors` hold those of each model at work."""
        return all(space.embedder.fingerprint in vectors for space in self._spaces())

    def _embed_by(self, embedder: Embedder, chunks: Sequence[Chunk]) -> NDArray[np.float32]:
        if self._embedded > _FEW_CHUNKS:
            embedder.prepare_bulk()
        texts = [f"{chunk.header}\n{chunk.text}" for chunk in chunks]
        batches = [
            np.asarray(embedder.embed_documents(texts[start : start + _EMBEDDED_AT_ONCE]), np.float32)
            for start in range(0, len(texts), _EMBEDDED_AT_ONCE)
        ]
        return np.concatenate(batches) if batches else np.empty((0, 0), np.float32)

    def put(self, document_id: str, chunks: Sequence[Chunk], vectors: Vectors) -> None:
        """Writes the vectors, from `embed`, and the words of a document's chunks."""
        for embedder, store in self._spaces():
            # One that came up since is filled by the rebuild that brought it.
            if chunks and embedder.fingerprint in vectors:
                store.add([chunk.id for chunk in chunks], document_id, vectors[embedder.fingerprint])
        self._words.put([(document_id, chunks)])

    def clear(self, document_ids: Sequence[str], settled: Sequence[str]) -> None:
        """Takes documents that are not searched out of the stores and strikes the intents.

        A failure here harms nothing: hits are joined to the catalogue, and the intents stay for the next start.
        """
        try:
            if document_ids:
                for _, store in self._spaces():
                    store.delete_documents(document_ids)
                self._words.delete_documents(document_ids)
            # Without the model that built the vectors these stay behind, and so must the intents.
            if self._live is not None or not self._catalogue.fact("fingerprint"):
                self._catalogue.fulfil(settled)
        except StoreError as error:
            _log.warning("clearing %s is left to the next start: %s", ", ".join(document_ids), error)

    def _spaces(self) -> list[VectorSpace]:
        return [space for space in (self._opened(), self._next) if space is not None]

    # Changing the model

    def refill_words(self) -> None:
        """Makes the word index anew; searches see the old one until it is whole."""
        documents = self._catalogue.documents()
        self._words.refill((document.id, self._catalogue.searched_chunks(document.id)) for document in documents)

    def begin_rebuild(self) -> bool:
        """Opens a second set of vectors for the configured model; `False` when none is configured.

        What a rebuild for the same model left unfinished is taken up again.
        """
        if self._embedder is None:
            return False
        if self._next is not None:
            return True
        store = self._open_vectors(self._generation() + 1)
        if store.count() and self._catalogue.fact("building") != self._embedder.fingerprint:
            store.drop()
            store.refresh()
        self._catalogue.record(building=self._embedder.fingerprint)
        self._next = VectorSpace(self._embedder, store)
        return True

    def missing_documents(self) -> list[str]:
        """Documents whose vectors the second set lacks, in part or wholly; what it holds too many is deleted."""
        if self._next is None:
            return []
        held, wanted = self._next.store.chunk_ids(), self._catalogue.all_searched_chunks()
        self._next.store.delete_documents({document_id_of(id_) for id_ in held - wanted})
        return sorted({document_id_of(id_) for id_ in wanted - held})

    def embed_for_next(self, chunks: Sequence[Chunk]) -> Vectors:
        """Vectors by the model being changed to."""
        if self._next is None:
            return {}
        self._embedded += len(chunks)
        return {self._next.embedder.fingerprint: self._embed_by(self._next.embedder, chunks)}

    def put_next(self, document_id: str, vectors: Vectors) -> None:
        """Writes vectors from `embed_for_next`, unless the document is searched no more."""
        chunks = self._catalogue.searched_chunks(document_id)
        if self._next is not None and chunks:
            self._next.store.add([chunk.id for chunk in chunks], document_id, vectors[self._next.embedder.fingerprint])

    def switch(self) -> None:
        """Lets the second set of vectors answer from now on; one fact of the catalogue decides it for all processes."""
        if self._next is None:
            return
        with self._lock:
            outdated, generation = self._live, self._generation()
            self._catalogue.record(
                fingerprint=self._next.embedder.fingerprint,
                embedding=self._description,
                generation=str(generation + 1),
                building="",
            )
            self._live, self._next = self._next, None
        self._catalogue.fulfil(self._catalogue.intents())
        self._drop_outdated(outdated.store if outdated else None, generation)

    @property
    def notice(self) -> str:
        """Vietnamese sentence while the index is not that of the configured model; else empty."""
        if self._embedder is None or self._is_own(self._embedder) or not self._catalogue.chunk_count():
            return ""
        meanwhile = "tìm bằng mô hình cũ" if self._catalogue.fact("fingerprint") else "chỉ tìm theo từ"
        return (
            f"Chỉ mục của kho chưa được lập bằng mô hình đang đặt ({self._embedder.fingerprint}) nên tạm thời "
            f"{meanwhile}. Hãy lập lại chỉ mục ở trang Kho văn bản, hoặc dừng ứng dụng rồi chạy "
            "`python app.py rebuild`."
        )

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

    def search_meaning(self, question: str, *, limit: int, document_ids: Collection[str] | None = None) -> list[Hit]:
        """Chunks nearest to `question` by the model that made the vectors; see `LibraryReader.search_meaning`.

        Raises:
            ModelUnavailableError: the configured model cannot be loaded or reached.
        """
        self._catch_up()
        space = self._opened()
        if space is None:
            return []
        try:
            vector = self._embed_question(space.embedder, question)
            return self._nearest(space.store, vector, limit=limit, document_ids=document_ids)
        except ModelUnavailableError as error:
            if space.embedder is self._embedder:
                raise
            _log.warning("the model that built the index is gone, searching by words: %s", error)
            return []
        except StoreError:
            if space is self._live:
                raise
            # The index was switched to another model between the question and its answer.
            return self.search_meaning(question, limit=limit, document_ids=document_ids)

    def search_vectors(
        self, vector: Sequence[float], *, limit: int, document_ids: Collection[str] | None = None
    ) -> list[Hit]:
        """See `LibraryReader.search_vectors`."""
        self._catch_up()
        space = self._opened()
        return self._nearest(space.store, vector, limit=limit, document_ids=document_ids) if space else []

    def _nearest(
        self, store: VectorStore, vector: Sequence[float], *, limit: int, document_ids: Collection[str] | None
    ) -> list[Hit]:
        if document_ids is not None:
            chunk_ids = self._catalogue.chunk_ids(document_ids, most=_COMPARED_ONE_BY_ONE)
            if chunk_ids is not None:
                return store.compare(vector, chunk_ids, limit=limit)
        return self._committed(store.search(vector, limit=limit, document_ids=document_ids))

    def search_words(
        self, question: str, *, limit: int, folded: bool, document_ids: Collection[str] | None = None
    ) -> list[Hit]:
        """See `LibraryReader.search_words`."""
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
                built_by = self._catalogue.fact("fingerprint")
                if built_by and self._embedder_at_work() is None:
                    raise IndexMismatchError(
                        f"Chỉ mục của kho được lập bằng mô hình khác ({built_by}) với mô hình đang đặt "
                        f"({self._embedder.fingerprint}), và mô hình ấy không còn mở được. Hãy chạy "
                        "`python app.py rebuild` để lập lại chỉ mục, hoặc đặt lại EMBEDDING_MODEL như cũ."
                    )
                _log.warning("%s", self.notice)
            elif self._writable:
                # An empty library may change its model; its next vectors may have another dimension.
                generation = self._generation() + bool(self._catalogue.fact("fingerprint"))
                self._catalogue.record(
                    fingerprint=self._embedder.fingerprint, embedding=self._description, generation=str(generation)
                )
        if self._writable:
            self._take_up_rebuild()
            try:
                self._mend()
            except ModelUnavailableError as error:
                _log.warning("the index could not be mended now, the next start tries again: %s", error)

    def _take_up_rebuild(self) -> None:
        """An unfinished second set goes on following the library, or goes when its model is no longer wanted."""
        building = self._catalogue.fact("building")
        if building and self._embedder is not None and self._embedder.fingerprint == building:
            self.begin_rebuild()
        elif building:
            self._drop_outdated(None, self._generation() + 1)
            self._catalogue.record(building="")

    def _mend(self) -> None:
        space = self._opened()
        expected = self._catalogue.chunk_count()
        unsettled = self._catalogue.intents()
        if unsettled or self._words.count() != expected:
            _log.warning("word index is filled again: %d chunks, %d expected", self._words.count(), expected)
            # All of it, in 6 s per 100,000 chunks: deleted entries go on counting in BM25 until Tantivy merges their
            # segment, and the same library would rank otherwise than one that never crashed.
            self.refill_words()
        if space is None:
            if not self._catalogue.fact("fingerprint"):
                self._catalogue.fulfil(unsettled)
            return
        if space.store.count() != expected:
            differing = space.store.chunk_ids() ^ self._catalogue.all_searched_chunks()
            unsettled += [document_id_of(chunk_id) for chunk_id in differing]
        for document_id in dict.fromkeys(unsettled):
            _log.warning("document %s was left half written: mended", document_id)
            self._mend_vectors(space, document_id)
        if unsettled:
            self._catalogue.fulfil(unsettled)

    def _mend_vectors(self, space: VectorSpace, document_id: str) -> None:
        chunks = self._catalogue.searched_chunks(document_id)
        held = space.store.chunk_ids(document_id)
        if held - {chunk.id for chunk in chunks}:
            space.store.delete_documents([document_id])
            held = set()
        missing = [chunk for chunk in chunks if chunk.id not in held]
        if missing:
            space.store.add([chunk.id for chunk in missing], document_id, self._embed_by(space.embedder, missing))

    def faults(self) -> Iterator[str]:
        """What the stores hold too much or too little, in Vietnamese; nothing when they agree with the catalogue."""
        self._catch_up()
        wanted = self._catalogue.all_searched_chunks()
        words = self._words.chunk_ids()
        yield from _differences("Chỉ mục từ", Counter(words), wanted)
        if (space := self._opened()) is not None:
            yield from _differences("Kho vector", Counter(space.store.chunk_ids()), wanted)
        if self._next is not None and (surplus := self._next.store.chunk_ids() - wanted):
            yield f"Kho vector đang lập còn giữ {len(surplus)} đoạn, ví dụ {min(surplus)}"
        if left := self._catalogue.intents():
            yield f"Còn {len(left)} văn bản chờ dọn dẹp: {', '.join(left[:5])}"

    def vectors_of(self, document_id: str) -> tuple[str, list[str], NDArray[np.float32]]:
        """Fingerprint of the vectors, and the chunks of a document with theirs, shape (chunks, dimension)."""
        space = self._opened()
        if space is None:
            return "", [], np.empty((0, 0), np.float32)
        return (space.embedder.fingerprint, *space.store.read(document_id))

    def _opened(self) -> VectorSpace | None:
        """The vectors, opened at first use; `None` when no model is at hand that can search them."""
        if self._live is None and (embedder := self._embedder_at_work()) is not None:
            with self._lock:
                if self._live is None:
                    self._live = VectorSpace(embedder, self._open_vectors(self._generation()))
        return self._live

    def _embedder_at_work(self) -> Embedder | None:
        """The model whose vectors the index holds: the configured one, else the one recorded with them."""
        if self._embedder is None or self._is_own(self._embedder):
            return self._embedder
        if self._catalogue.fact("fingerprint") and self._former is None:
            self._former = self._reopen_embedder(self._catalogue.fact("embedding"))
        return self._former if self._former is not None and self._is_own(self._former) else None

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
            for space in (self._live, self._next):
                if space is not None:
                    space.store.close()
            self._live = self._next = None


def _embed_question(embedder: Embedder, question: str) -> list[float]:
    return embedder.embed_query(question)


def _differences(store: str, held: Mapping[str, int], wanted: Collection[str]) -> Iterator[str]:
    for what, ids in (
        ("còn giữ", held.keys() - wanted),
        ("thiếu", wanted - held.keys()),
        ("giữ hai lần", {id_ for id_, count in held.items() if count > 1}),
    ):
        if ids:
            yield f"{store} {what} {len(ids)} đoạn, ví dụ {min(ids)}"
