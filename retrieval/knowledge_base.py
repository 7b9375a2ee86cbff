"""The library: catalogue, vectors and words kept in step, so that every hit stands for a committed document.

Order of writing: note the intent, write vectors and words, commit the catalogue, clear what was replaced, strike the
intent. Wherever a crash falls, what the catalogue says is right, and opening the library for writing mends the rest.
"""

import fcntl
import logging
import math
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from datetime import date
from pathlib import Path
from threading import RLock
from types import TracebackType
from typing import Self

import numpy as np
from numpy.typing import NDArray

from core.errors import (
    DocumentNotFoundError,
    IndexMismatchError,
    LibraryLockedError,
    ModelUnavailableError,
    StoreError,
)
from core.references import DocumentReference
from core.settings import Settings
from core.types import Chunk, Document, Metadata, ParsedDocument, PathStep, Section, Validity
from retrieval.catalogue import Catalogue
from retrieval.embeddings import Embedder, estimate_tokens
from retrieval.fusion import Hit
from retrieval.validity import validity_of
from retrieval.vector_store import VectorStore
from retrieval.word_index import WordIndex

_log = logging.getLogger(__name__)

# Chunks embedded at once: enough to sort by length, little enough to hold (a vector is 1.5 kB).
_EMBEDDED_AT_ONCE = 2048
# Up to this many chunks are compared one by one: 4 ms a hundred, where Chroma's filter takes 100 ms for any number.
_COMPARED_ONE_BY_ONE = 2000
# So many are embedded before the heavy engine would have been loaded.
_FEW_CHUNKS = 32

_VALIDITIES_KEPT = 10_000


def document_id_of(chunk_id: str) -> str:
    """The document that a chunk belongs to."""
    return chunk_id.rsplit("-", 1)[0]


class KnowledgeBase:
    """Everything the library holds; safe to share between threads.

    One process at a time may write to a data folder, any number may read beside it.
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
        """Takes over opened stores; `open` is the way to get one.

        Args:
            catalogue: The truth.
            words: Opened as `writable` says.
            open_vectors: Opens the vectors of a generation; each rebuild begins a new one.
            embedder: `None` leaves the vectors alone.
            writable: Whether this process may write.
        """
        self._catalogue = catalogue
        self._words = words
        self._open_vectors = open_vectors
        self._embedder = embedder
        self._writable = writable
        self._vectors: VectorStore | None = None
        self._validities: dict[tuple[str, date, tuple[PathStep, ...]], tuple[int, Validity]] = {}
        self._lock = RLock()
        self._seen_version = catalogue.version
        self._embedded = 0
        self._on_close: Callable[[], None] = lambda: None

    @classmethod
    def open(
        cls, settings: Settings, embedder: Embedder | None, *, writable: bool = True, rebuild: bool = False
    ) -> Self:
        """The library in `settings.data_dir`, made new where there is none, mended where a crash interrupted it.

        Args:
            settings: Where the data and Chroma are.
            embedder: `None` leaves the vectors alone: search goes by words only.
            writable: Holds the data folder against other writers until closed.
            rebuild: Makes vectors and words anew, whatever built them.

        Raises:
            LibraryLockedError: another process writes to the data folder.
            IndexMismatchError: the vectors were built by another embedding model.
            StoreError: the data folder or the Chroma server cannot be used.
        """
        folder = settings.data_dir
        with ExitStack() as opened:
            if writable:
                opened.enter_context(_write_lock(folder))
            catalogue = opened.enter_context(closing(Catalogue(folder / "catalogue.sqlite3")))
            words = opened.enter_context(closing(WordIndex(folder / "words", writable=writable)))
            library_id = catalogue.fact("library_id")

            def open_vectors(generation: int) -> VectorStore:
                name = f"{settings.chroma_collection}-{generation}" if generation else settings.chroma_collection
                location = settings.chroma_url or folder / "chroma"
                return VectorStore(location, name, library_id=library_id, writable=writable)

            library = cls(catalogue, words, open_vectors, embedder, writable=writable)
            opened.callback(library.release_vectors)
            if rebuild:
                library.rebuild()
            else:
                library.check()
            library._on_close = opened.pop_all().close
            return library

    def close(self) -> None:
        """Closes the stores and lets other processes write."""
        self._on_close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    @property
    def version(self) -> int:
        """Number that grows with each change, whichever process made it."""
        return self._catalogue.version

    # Writing

    def find_by_hash(self, sha256: str) -> Document | None:
        """The document whose file had that SHA-256, if there is one."""
        return self._catalogue.find_by_hash(sha256)

    def store(self, parsed: ParsedDocument) -> tuple[Document, Document | None]:
        """Takes `parsed` into the library, in place of the document that came from the same source.

        All or nothing: when it fails, the library is as it was.

        Returns:
            The document as stored (the one already there when its bytes are known), and the one it replaced.

        Raises:
            StoreError: a store cannot be written.
            ModelUnavailableError: the embedding model cannot be loaded or reached.
        """
        self._demand_writable()
        if known := self._catalogue.find_by_hash(parsed.sha256):
            return known, None
        vectors = self._embed(parsed.chunks)  # the slow part, before others have to wait
        with self._lock:
            if known := self._catalogue.find_by_hash(parsed.sha256):
                return known, None
            old = self._catalogue.find_by_source(parsed.source)
            touched = [parsed.id, *([old.id] if old else [])]
            self._catalogue.intend(touched)
            try:
                if self._vectors is not None and vectors is not None:
                    self._vectors.add([chunk.id for chunk in parsed.chunks], parsed.id, vectors)
                self._words.put([(parsed.id, parsed.chunks)])
                stored, replaced = self._catalogue.add(parsed)
            except BaseException:
                self._clear([parsed.id], touched)
                raise
            self._clear([replaced.id] if replaced else [], touched)
        return stored, replaced

    def remove(self, document_ids: Sequence[str]) -> list[Document]:
        """Removes these documents and returns what they were.

        Raises:
            DocumentNotFoundError: one of them is not in the library; then none is removed.
        """
        self._demand_writable()
        with self._lock:
            removed = self._catalogue.remove(document_ids)
            ids = [document.id for document in removed]
            self._clear(ids, ids)
        return removed

    def correct_metadata(self, document_id: str, metadata: Metadata) -> Document:
        """Puts `metadata` in force over what was read from the file.

        Raises:
            DocumentNotFoundError: the document is not in the library.
        """
        self._demand_writable()
        return self._catalogue.correct_metadata(document_id, metadata)

    def rebuild(self, on_progress: Callable[[int, int], None] | None = None) -> None:
        """Makes vectors and words anew from the catalogue, by the present model; the old vectors serve until the end.

        Args:
            on_progress: Told how many of how many chunks are done, document by document.

        Raises:
            StoreError: a store cannot be written.
            ModelUnavailableError: the embedding model cannot be loaded or reached.
        """
        self._demand_writable()
        with self._lock:
            documents = self._catalogue.documents()
            self._words.clear()
            self._words.put((document.id, self._catalogue.chunks(document.id)) for document in documents)
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

    # Reading

    def documents(self, *, text: str = "", kinds: Collection[str] = ()) -> list[Document]:
        """Documents by source; with `text`, those that hold each of its words in metadata or file name."""
        return self._catalogue.documents(text=text, kinds=kinds)

    def document(self, document_id: str) -> Document:
        """The document of that id.

        Raises:
            DocumentNotFoundError: it is not in the library. The other readers raise it too.
        """
        return self._catalogue.document(document_id)

    def text(self, document_id: str) -> str:
        """Text as it was indexed; every span counts its characters."""
        return self._catalogue.text(document_id)

    def page_starts(self, document_id: str) -> tuple[int, ...]:
        """Offset of each page's first character in the document's text."""
        return self._catalogue.page_starts(document_id)

    def sections(self, document_id: str) -> tuple[Section, ...]:
        """Sections in order of their start."""
        return self._catalogue.sections(document_id)

    def chunks(self, document_id: str) -> tuple[Chunk, ...]:
        """Chunks in order."""
        return self._catalogue.chunks(document_id)

    def chunks_by_id(self, chunk_ids: Collection[str]) -> dict[str, Chunk]:
        """The chunks among `chunk_ids` that are in the library."""
        return self._catalogue.chunks_by_id(chunk_ids)

    def find_documents(self, reference: DocumentReference) -> list[Document]:
        """Documents that `reference` may mean, newest first.

        A full number finds its document in any spelling; a serial with or without kind and year finds all that bear
        it ("Kế hoạch 4407", "Nghị quyết 57"), a document of unknown kind or year included.
        """
        return self._catalogue.find_documents(reference)

    def validity(self, document: Document, on: date | None = None, path: tuple[PathStep, ...] = ()) -> Validity:
        """Whether `document`, or its provision at `path`, binds on a day (today unless given).

        It follows from the document's own dates and from what others of the library do to it.
        """
        day = on or date.today()
        key = document.id, day, path
        version = self._catalogue.version
        known = self._validities.get(key)
        if known is None or known[0] != version:
            if len(self._validities) >= _VALIDITIES_KEPT:
                self._validities.clear()
            known = version, validity_of(document, self._catalogue.incoming_relations(document), day, path)
            self._validities[key] = known
        return known[1]

    def restore_diacritics(self, question: str) -> str:
        """`question` with the diacritics that the library's own texts make likeliest."""
        return self._catalogue.restore_diacritics(question)

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
                self.release_vectors()
            self._seen_version = version

    # Keeping the stores in step

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
        if self._words.count() != expected:
            _log.warning("word index holds %d chunks instead of %d: filled again", self._words.count(), expected)
            self._words.clear()
            self._words.put((document.id, self._catalogue.chunks(document.id)) for document in self.documents())
        unsettled = self._catalogue.intents()
        for document_id in unsettled:
            self._words.put([(document_id, self._chunks_or_none(document_id))])
        if vectors is None:
            return
        if vectors.count() != expected:
            held = vectors.chunk_ids()
            wanted = {chunk.id for document in self.documents() for chunk in self.chunks(document.id)}
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

    def _clear(self, document_ids: Sequence[str], settled: Sequence[str]) -> None:
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

    def _embed(self, chunks: Sequence[Chunk]) -> NDArray[np.float32] | None:
        """Vectors of headers and texts; `None` without a model."""
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

    def _add_vectors(self, store: VectorStore, document_id: str, chunks: Sequence[Chunk]) -> None:
        vectors = self._embed(chunks)
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

    def release_vectors(self) -> None:
        """Closes the vectors; the next search opens them again."""
        with self._lock:
            if self._vectors is not None:
                self._vectors.close()
                self._vectors = None

    def _demand_writable(self) -> None:
        if not self._writable:
            raise StoreError("Kho văn bản đang mở chỉ để đọc. Hãy mở ở chế độ ghi rồi thử lại.")


@contextmanager
def _write_lock(data_dir: Path) -> Iterator[None]:
    """Holds the data folder for one writing process; the system lets go of it when the process ends."""
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        lock_file = (data_dir / ".lock").open("a")
    except OSError as error:
        raise StoreError(
            f"Không ghi được vào thư mục dữ liệu {data_dir} ({error}). "
            "Hãy cấp quyền ghi, hoặc chọn thư mục khác bằng --data-dir."
        ) from error
    with lock_file:
        try:
            fcntl.flock(lock_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise LibraryLockedError(
                f"Thư mục dữ liệu {data_dir} đang được một tiến trình khác của ứng dụng ghi. "
                "Hãy thao tác trên trang web đang chạy, hoặc dừng tiến trình ấy rồi thử lại."
            ) from error
        yield
