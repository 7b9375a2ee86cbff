"""The library: catalogue, vectors and words kept in step, so that every hit stands for a committed document.

Order of writing: note the intent, write vectors and words, commit the catalogue, clear what was replaced, strike the
intent. Wherever a crash falls, what the catalogue says is right, and opening the library for writing mends the rest.
"""

import fcntl
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import ExitStack, closing, contextmanager
from datetime import date
from pathlib import Path
from threading import RLock
from types import TracebackType
from typing import Self

from core.errors import LibraryLockedError, StoreError
from core.references import DocumentReference
from core.settings import Settings
from core.types import Chunk, Document, Metadata, ParsedDocument, PathStep, Section, Validity
from retrieval.catalogue import Catalogue
from retrieval.chunk_index import ChunkIndex
from retrieval.embeddings import Embedder
from retrieval.fusion import Hit
from retrieval.validity import CHANGING, TOUCHING, IncomingRelation, relations_touching, validity_of
from retrieval.vector_store import VectorStore
from retrieval.word_index import WordIndex

_VALIDITIES_KEPT = 10_000


class KnowledgeBase:
    """Everything the library holds; safe to share between threads.

    One process at a time may write to a data folder, any number may read beside it.
    """

    def __init__(self, catalogue: Catalogue, index: ChunkIndex, *, writable: bool) -> None:
        """Takes over opened stores; `open` is the way to get one.

        Args:
            catalogue: The truth.
            index: Vectors and words of the catalogue's chunks.
            writable: Whether this process may write.
        """
        self._catalogue = catalogue
        self._index = index
        self._writable = writable
        self._validities: dict[tuple[str, date, tuple[PathStep, ...]], tuple[int, Validity]] = {}
        self._lock = RLock()
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

            index = ChunkIndex(catalogue, words, open_vectors, embedder, writable=writable)
            opened.callback(index.close)
            library = cls(catalogue, index, writable=writable)
            if rebuild:
                library.rebuild()
            else:
                index.check()
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
        vectors = self._index.embed(parsed.chunks)  # the slow part, before others have to wait
        with self._lock:
            if known := self._catalogue.find_by_hash(parsed.sha256):
                return known, None
            old = self._catalogue.find_by_source(parsed.source)
            touched = [parsed.id, *([old.id] if old else [])]
            self._catalogue.intend(touched)
            try:
                self._index.put(parsed.id, parsed.chunks, vectors)
                stored, replaced = self._catalogue.add(parsed)
            except BaseException:
                self._index.clear([parsed.id], touched)
                raise
            self._index.clear([replaced.id] if replaced else [], touched)
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
            self._index.clear(ids, ids)
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
            self._index.rebuild(on_progress)

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
            known = version, validity_of(document, self._catalogue.incoming_relations(document, CHANGING), day, path)
            self._validities[key] = known
        return known[1]

    def relations_touching(self, document: Document, path: Sequence[PathStep] = ()) -> list[IncomingRelation]:
        """What other documents of the library do to `document` that bears on the provision at `path`, oldest first.

        Each tells by its relation's `span` where the other document says so. Without `path` all of them.
        """
        return relations_touching(self._catalogue.incoming_relations(document, TOUCHING), path)

    def restore_diacritics(self, question: str) -> str:
        """`question` with the diacritics that the library's own texts make likeliest."""
        return self._catalogue.restore_diacritics(question)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text by the embedding model's tokenizer, guessed from syllables without a model."""
        return self._index.count_tokens(texts)

    def rarity(self, terms: Sequence[str]) -> dict[str, float]:
        """Inverse document frequency, as in BM25, of syllables and pairs (`a_b`) over all chunks."""
        return self._index.rarity(terms)

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
        return self._index.search_vectors(vector, limit=limit, document_ids=document_ids)

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
        return self._index.search_words(question, limit=limit, folded=folded, document_ids=document_ids)

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
