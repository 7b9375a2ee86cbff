"""The library: catalogue, vectors and words kept in step, so that every hit stands for a committed document.

Order of writing: note the intent, write vectors and words, commit the catalogue, clear what was replaced, strike the
intent. Wherever a crash falls, what the catalogue says is right, and opening the library for writing mends the rest.
"""

from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack, closing
from dataclasses import dataclass, replace
from threading import Lock, RLock
from types import TracebackType
from typing import Self

from core.errors import DocumentNotFoundError, StoreError
from core.settings import Settings
from core.types import Chunk, Document, Metadata, ParsedDocument, Standing
from retrieval.catalogue import Catalogue
from retrieval.chunk_index import ChunkIndex, Vectors
from retrieval.embeddings import Embedder, describe_embedding, reopen_embedder
from retrieval.library_reader import LibraryReader
from retrieval.lifecycle import Lifecycle, edition_id
from retrieval.lineage import Change, StoredDocument
from retrieval.originals import Originals
from retrieval.vector_store import VectorStore
from retrieval.word_index import WordIndex
from retrieval.write_lock import write_lock


@dataclass(frozen=True, slots=True)
class Verification:
    """What comparing the stores has shown.

    Attributes:
        documents: How many documents stand how.
        chunks: Chunks that are searched.
        faults: Vietnamese sentences; none when all stores agree.
    """

    documents: Mapping[str, int]
    chunks: int
    faults: tuple[str, ...]


class KnowledgeBase(LibraryReader):
    """Everything the library holds, and every change to it; safe to share between threads.

    One process at a time may write to a data folder, any number may read beside it.
    """

    def __init__(self, catalogue: Catalogue, index: ChunkIndex, originals: Originals, *, writable: bool) -> None:
        """Takes over opened stores; `open` is the way to get one.

        Args:
            catalogue: The truth.
            index: Vectors and words of the catalogue's chunks.
            originals: The files as they came.
            writable: Whether this process may write.
        """
        super().__init__(catalogue, index, originals)
        self._lifecycle = Lifecycle(catalogue)
        self._writable = writable
        self._lock = RLock()
        self._rebuilding = Lock()
        self._on_close: Callable[[], None] = lambda: None

    @classmethod
    def open(
        cls, settings: Settings, embedder: Embedder | None, *, writable: bool = True, rebuild: bool = False
    ) -> Self:
        """The library in `settings.data_dir`, made new where there is none, mended where a crash interrupted it.

        Vectors of another model than `embedder` go on answering by that other model, where it can still be opened,
        until `rebuild`; a library made without a model is searched by words until then. `notice` tells of both.

        Args:
            settings: Where the data and Chroma are.
            embedder: `None` leaves the vectors alone: search goes by words only.
            writable: Holds the data folder against other writers until closed.
            rebuild: Makes vectors and words anew, whatever built them.

        Raises:
            LibraryLockedError: another process writes to the data folder.
            IndexMismatchError: the vectors were built by another embedding model that is not at hand any more.
            StoreError: the data folder or the Chroma server cannot be used.
        """
        folder = settings.data_dir
        with ExitStack() as opened:
            if writable:
                opened.enter_context(write_lock(folder))
            catalogue = opened.enter_context(closing(Catalogue(folder / "catalogue.sqlite3")))
            words = opened.enter_context(closing(WordIndex(folder / "words", writable=writable)))
            library_id = catalogue.fact("library_id")

            def open_vectors(generation: int) -> VectorStore:
                name = f"{settings.chroma_collection}-{generation}" if generation else settings.chroma_collection
                location = settings.chroma_url or folder / "chroma"
                return VectorStore(location, name, library_id=library_id, writable=writable)

            index = ChunkIndex(
                catalogue,
                words,
                open_vectors,
                embedder,
                reopen_embedder=lambda description: reopen_embedder(description, settings),
                description=describe_embedding(settings),
                writable=writable,
            )
            opened.callback(index.close)
            library = cls(catalogue, index, Originals(folder / "files"), writable=writable)
            if rebuild:
                library.rebuild()
            else:
                index.check()
            if writable:
                catalogue.sign_all()
                library._originals.sweep(catalogue.file_hashes())
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

    # Writing

    def recognise(self, sha256: str, source: str) -> tuple[Document, Document | None] | None:
        """Notes that `source` now holds the bytes with that SHA-256, when the library knows them.

        Returns:
            The document of these bytes, and the one that `source` held before and that is no longer searched; `None`
            when the bytes are new, so that they have to be read and stored.

        Raises:
            StoreError: a store cannot be written.
            ModelUnavailableError: the embedding model cannot be loaded or reached.
        """
        self._demand_writable()

        def plan() -> Change | None:
            known = self._catalogue.find_by_hash(sha256)
            return self._lifecycle.recognise(known, source) if known else None

        with self._lock:
            known = self._catalogue.find_by_hash(sha256)
            held = self._catalogue.find_by_source(source)
            self._carry_out(plan)
        if known is None:
            return None
        return self._catalogue.document(known.id), self._if_former(held)

    def store(self, parsed: ParsedDocument, original: bytes | None = None) -> tuple[Document, Document | None]:
        """Takes `parsed` into the library.

        It becomes the new version of the document that came from the same source. Where the library holds the same
        document from another source, the better copy is searched and the other is kept beside it; the warnings of the
        document given back say so. All or nothing: when it fails, the library is as it was.

        Args:
            parsed: What was read of the file.
            original: The file's bytes, to be kept for another reading and for download.

        Returns:
            The document as stored (the one already there when its bytes are known), and the former self of the file
            that is no longer searched, if it had one.

        Raises:
            StoreError: a store cannot be written.
            ModelUnavailableError: the embedding model cannot be loaded or reached.
        """
        self._demand_writable()
        if known := self.recognise(parsed.sha256, parsed.source):
            return known
        if original is not None:
            self._originals.keep(parsed.sha256, original)
        held: list[Document | None] = []

        def plan() -> Change | None:
            held[:] = [self._catalogue.find_by_source(parsed.source)]
            return None if self._catalogue.find_by_hash(parsed.sha256) else self._lifecycle.store(parsed)

        self._carry_out(plan, {parsed.id: parsed.chunks})
        return self._catalogue.document(parsed.id), self._if_former(held[0])

    def restore(self, stored: StoredDocument, vectors: Vectors, original: bytes | None) -> bool | None:
        """Takes in a document of another library, with its history.

        Args:
            stored: The document.
            vectors: Of its chunks, by fingerprint of the model that made them; used where it is ours.
            original: Its file.

        Returns:
            Whether no vector had to be made; `None` when the library holds it already and nothing was changed.

        Raises:
            StoreError: a store cannot be written.
            ModelUnavailableError: vectors have to be made and the embedding model is not at hand.
        """
        self._demand_writable()
        parsed = stored.parsed
        if original is not None:
            self._originals.keep(parsed.sha256, original)
        if self._catalogue.holds(parsed.id):
            return None
        is_ready = self._index.are_all_for(vectors)
        self._carry_out(
            lambda: self._lifecycle.restore(stored),
            {parsed.id: parsed.chunks},
            {parsed.id: (parsed.chunks, vectors)} if is_ready else {},
        )
        return is_ready or self._catalogue.document(parsed.id).standing is not Standing.CURRENT

    def remove(self, document_ids: Sequence[str], *, whole: bool = False) -> list[Document]:
        """Removes these documents, with their original files, and returns what they were.

        Of the copies of one that was searched the best takes its place.

        Args:
            document_ids: What to remove.
            whole: With them go all versions and copies of theirs.

        Raises:
            DocumentNotFoundError: one of them is not in the library; then none is removed.
        """
        self._demand_writable()
        with self._lock:
            ids = self._relatives(document_ids) if whole else list(document_ids)
            _, removed = self._lifecycle.remove(ids)
            self._carry_out(lambda: self._lifecycle.remove(ids)[0])
            wanted = self._catalogue.file_hashes()
            self._originals.remove({document.sha256 for document in removed} - wanted)
        return removed

    def replace(self, old_id: str, new_id: str) -> None:
        """Makes `new_id` the version of the document that `old_id` was until now; also brings an old version back.

        Raises:
            DocumentNotFoundError: one of them is not in the library.
            UsageError: `old_id` is not the one in use.
        """
        self._carry_out(lambda: self._lifecycle.replace(old_id, new_id))

    def lead(self, document_id: str) -> None:
        """Lets this copy be searched in place of the one that was.

        Raises:
            UsageError: it is no copy.
        """
        self._carry_out(lambda: self._lifecycle.lead(document_id))

    def separate(self, document_id: str) -> None:
        """Makes a copy a document of its own, searched beside the other.

        Raises:
            UsageError: it is no copy.
        """
        self._carry_out(lambda: self._lifecycle.separate(document_id))

    def merge(self, first_id: str, second_id: str) -> None:
        """Makes two documents copies of one, of which the better is searched.

        Raises:
            UsageError: one of them is not searched.
        """
        self._carry_out(lambda: self._lifecycle.merge(first_id, second_id))

    def keep_apart(self, first_id: str, second_id: str) -> None:
        """Notes that two documents are not the same, which is not asked again."""
        self._carry_out(lambda: self._lifecycle.keep_apart(first_id, second_id))

    def rename(self, document_id: str, source: str) -> Document:
        """Gives the document another source: the path or name by which a later file is known as its new version.

        Raises:
            DocumentNotFoundError: the document is not in the library.
            UsageError: another document has that source.
        """
        self._demand_writable()
        self._catalogue.rename(document_id, source)
        return self._catalogue.document(document_id)

    def reparse(self, parsed: ParsedDocument) -> tuple[Document, Document] | None:
        """Takes the text, sections and chunks that another parser read from the same file.

        What was read before stays as a former version, so that old citations still resolve; a correction by hand stays
        in force.

        Returns:
            The document as it is now and as it was; `None` when the parser read the same as before.

        Raises:
            DocumentNotFoundError: the library has no file of these bytes.
        """
        self._demand_writable()
        old = self._catalogue.find_by_hash(parsed.sha256)
        if old is None:
            raise DocumentNotFoundError(
                f"Kho không có tệp {parsed.source} (mã băm {parsed.sha256[:16]}…). Hãy nạp tệp vào kho trước."
            )
        parsed = _renamed(replace(parsed, source=old.source), old.id)
        if self._reads_the_same(parsed, old):
            self._catalogue.set_parser(old.id, parsed.parser)
            return None
        parsed = _renamed(parsed, edition_id(parsed.sha256, parsed.parser))
        if self._catalogue.holds(parsed.id):  # the parser went back to what it was
            self.replace(old.id, parsed.id)
        else:
            self._carry_out(lambda: self._lifecycle.reparse(parsed, old), {parsed.id: parsed.chunks})
        return self._catalogue.document(parsed.id), self._catalogue.document(old.id)

    def correct_metadata(self, document_id: str, metadata: Metadata) -> Document:
        """Puts `metadata` in force over what was read from the file.

        Raises:
            DocumentNotFoundError: the document is not in the library.
        """
        self._demand_writable()
        return self._catalogue.correct_metadata(document_id, metadata)

    def rebuild(
        self, on_progress: Callable[[int, int], None] | None = None, *, is_wanted: Callable[[], bool] = lambda: True
    ) -> bool:
        """Makes vectors and words anew from the catalogue, by the configured model, while the old ones answer.

        Documents that come meanwhile land in both; one fact of the catalogue then switches all processes over. A
        rebuild that was stopped, or whose process died, goes on where it was.

        Args:
            on_progress: Told how many of how many documents are done.
            is_wanted: Asked before each document; `False` stops.

        Returns:
            Whether it was finished.

        Raises:
            StoreError: a store cannot be written, or another thread rebuilds already.
            ModelUnavailableError: the embedding model cannot be loaded or reached.
        """
        self._demand_writable()
        if not self._rebuilding.acquire(blocking=False):
            raise StoreError("Chỉ mục đang được lập lại. Hãy chờ đến khi xong rồi thử lại.")
        try:
            with self._lock:
                self._index.refill_words()
                if not self._index.begin_rebuild():
                    return True
            while True:
                with self._lock:
                    if not (missing := self._index.missing_documents()):
                        self._index.switch()
                        return True
                done = len(self._catalogue.documents()) - len(missing)
                for position, document_id in enumerate(missing, start=1):
                    if not is_wanted():
                        return False
                    vectors = self._index.embed_for_next(self._catalogue.searched_chunks(document_id))
                    with self._lock:
                        self._index.put_next(document_id, vectors)
                    if on_progress is not None:
                        on_progress(done + position, done + len(missing))
        finally:
            self._rebuilding.release()

    def _carry_out(
        self,
        plan: Callable[[], Change | None],
        chunks: Mapping[str, Sequence[Chunk]] | None = None,
        ready: Mapping[str, tuple[Sequence[Chunk], Vectors]] | None = None,
    ) -> None:
        """Commits what `plan` gives and makes vectors and words follow.

        The plan is made anew under the lock when embedding, the slow part, was done outside of it.

        Args:
            plan: Gives the change, or `None` when there is nothing to do.
            chunks: Those of new documents.
            ready: Chunks and vectors of documents that need no embedding.
        """
        self._demand_writable()
        vectors = dict(ready or {})
        while True:
            with self._lock:
                change = plan()
                if change is None:
                    return
                missing = [id_ for id_ in change.entering if id_ not in vectors]
                if not missing:
                    self._commit(change, vectors)
                    return
            for id_ in missing:
                entering = (chunks or {}).get(id_) or self._catalogue.chunks(id_)
                vectors[id_] = entering, self._index.embed(entering)

    def _commit(self, change: Change, vectors: Mapping[str, tuple[Sequence[Chunk], Vectors]]) -> None:
        leaving = [*change.leaving, *change.removed]
        touched = [*change.entering, *leaving]
        if not touched:
            self._catalogue.commit(change)
            return
        self._catalogue.intend(touched)
        try:
            for id_ in change.entering:
                self._index.put(id_, *vectors[id_])
            self._catalogue.commit(change)
        except BaseException:
            self._index.clear(change.entering, touched)
            raise
        self._index.clear(leaving, touched)

    def _if_former(self, document: Document | None) -> Document | None:
        """`document` when its place was taken just now."""
        if document is None or document.standing is Standing.FORMER or not self._catalogue.holds(document.id):
            return None
        now = self._catalogue.document(document.id)
        return now if now.standing is Standing.FORMER else None

    def _relatives(self, document_ids: Sequence[str]) -> list[str]:
        """These documents with all their versions and copies, and those of these."""
        found, waiting = dict.fromkeys(document_ids), list(document_ids)
        while waiting:
            id_ = waiting.pop()
            near = [document.id for document in self.copies(id_)]
            near += [version.document.id for version in self.versions(id_)]
            waiting += [other for other in near if other not in found]
            found.update(dict.fromkeys(near))
        return list(found)

    def _reads_the_same(self, parsed: ParsedDocument, old: Document) -> bool:
        parsed_before = self._catalogue.parsed_metadata(old.id)
        return (
            parsed.text == self.text(old.id)
            and parsed.metadata == parsed_before
            and parsed.sections == self.sections(old.id)
            and parsed.chunks == self.chunks(old.id)
        )

    def verify(self) -> Verification:
        """Compares every store with the catalogue.

        Proves that each searched chunk has its vector and its words, that nothing of what was removed is left in any of
        them, that each quote's place in the text is right, and that the original files are what they were.
        """
        with self._lock:
            faults = [*self._catalogue.faults(), *self._index.faults()]
            faults += self._originals.faults(self._catalogue.file_hashes())
            counts = {standing.value: len(self._catalogue.documents(standings=(standing,))) for standing in Standing}
            return Verification(counts, self._catalogue.chunk_count(), tuple(faults))

    def _demand_writable(self) -> None:
        if not self._writable:
            raise StoreError("Kho văn bản đang mở chỉ để đọc. Hãy mở ở chế độ ghi rồi thử lại.")


def _renamed(parsed: ParsedDocument, document_id: str) -> ParsedDocument:
    """`parsed` under another id; the ids of its chunks follow."""
    chunks = tuple(
        replace(chunk, id=f"{document_id}-{chunk.id.rsplit('-', 1)[1]}", document_id=document_id)
        for chunk in parsed.chunks
    )
    return replace(parsed, id=document_id, chunks=chunks)
