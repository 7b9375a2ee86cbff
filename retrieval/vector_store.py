"""Vectors in Chroma, embedded in a folder or on a server: ids and vectors only, texts stay in the catalogue."""

import logging
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from threading import RLock
from typing import TYPE_CHECKING, Literal, cast
from urllib.parse import urlsplit

import httpx
import numpy as np
from numpy.typing import NDArray

from core.errors import StoreError
from retrieval.fusion import Hit

if TYPE_CHECKING:
    from chromadb.api.client import Client
    from chromadb.api.models.Collection import Collection as ChromaCollection
    from chromadb.api.types import Where

_log = logging.getLogger(__name__)

_TIMEOUT_S = 30.0
_GREETING_TIMEOUT_S = 5.0
_DEFAULT_PORT = 8000
# Neighbours kept in view while searching: finds 0.997 of the exact 100 nearest among 50,000 clustered vectors.
_EF_SEARCH = 200


class VectorStore:
    """One collection of unit vectors, searched by cosine; safe to share between threads."""

    def __init__(self, location: Path | str, collection: str, *, library_id: str, writable: bool) -> None:
        """Opens the collection; a writer makes it where it is missing, for a reader it is then empty.

        Args:
            location: Folder of an embedded Chroma, or the URL of a Chroma server.
            collection: Its name.
            library_id: Written into a new collection and compared with that of an existing one, so that two libraries
                never mix on one server.
            writable: Whether a missing collection is made.

        Raises:
            StoreError: the folder or the server cannot be used, or the collection belongs to another library.
        """
        self._location = location
        self._name = collection
        self._library_id = library_id
        self._writable = writable
        self._lock = RLock()
        self._sessions: list[httpx.Client] = []
        self._client: Client | None = None
        self._collection: ChromaCollection | None = None
        try:
            with self._errors_explained():
                self._client = self._connect()
                self._collection = self._open_collection()
        except StoreError:
            self.close()
            raise

    def close(self) -> None:
        """Lets go of the folder or the server."""
        with self._lock:
            if self._client is not None:
                self._client.close()
            self._client, self._collection = None, None
            while self._sessions:
                self._sessions.pop().close()

    def refresh(self) -> None:
        """Sees what another process has written; an embedded Chroma never notices by itself."""
        with self._lock, self._errors_explained():
            if isinstance(self._location, Path):
                self.close()
                self._client = self._connect()
            self._collection = self._open_collection()

    def add(self, chunk_ids: Sequence[str], document_id: str, vectors: NDArray[np.float32]) -> None:
        """Writes one vector a chunk, over those already there.

        Args:
            chunk_ids: Ids of the chunks, all of one document.
            document_id: That document.
            vectors: Shape (number of chunks, dimension), unit length.
        """
        with self._using() as collection:
            size = self._client.get_max_batch_size() if self._client else len(chunk_ids)
            for start in range(0, len(chunk_ids), size):
                ids = list(chunk_ids[start : start + size])
                collection.upsert(
                    ids=ids,
                    embeddings=vectors[start : start + size],
                    metadatas=[{"document_id": document_id} for _ in ids],
                )

    def delete_documents(self, document_ids: Collection[str]) -> None:
        """Removes every vector of these documents; unknown ids are passed over."""
        if document_ids:
            with self._using() as collection:
                collection.delete(where=_within(document_ids))

    def count(self) -> int:
        """Vectors in the collection."""
        if self._collection is None:
            return 0
        with self._using() as collection:
            return collection.count()

    def chunk_ids(self, *document_ids: str) -> set[str]:
        """Ids of the vectors of these documents; of all when none is named."""
        with self._using() as collection:
            return set(collection.get(where=_within(document_ids) if document_ids else None, include=[])["ids"])

    def read(self, document_id: str) -> tuple[list[str], NDArray[np.float32]]:
        """Chunks of a document that have a vector, and these, shape (chunks, dimension)."""
        with self._using() as collection:
            held = collection.get(where=_within([document_id]), include=["embeddings"])
        return held["ids"], np.asarray(held["embeddings"], np.float32)

    def search(self, vector: Sequence[float], *, limit: int, document_ids: Collection[str] | None = None) -> list[Hit]:
        """Chunks nearest to `vector`, best first, scored by cosine.

        Args:
            vector: A unit vector of the collection's dimension.
            limit: Most chunks returned.
            document_ids: Only chunks of these documents, at several times the cost; `None` for all.
        """
        if self._collection is None or (document_ids is not None and not document_ids):
            return []
        with self._using() as collection:
            found = collection.query(
                query_embeddings=np.asarray([vector], np.float32),
                n_results=limit,
                where=_within(document_ids) if document_ids is not None else None,
                include=["distances"],
            )
        distances = (found["distances"] or [[]])[0]
        hits = [Hit(id_, 1 - float(distance)) for id_, distance in zip(found["ids"][0], distances, strict=True)]
        if document_ids is None or len(hits) == limit:
            return hits
        # Chroma's graph does not reach what lies far behind many vectors that are all alike.
        return self.compare(vector, self.chunk_ids(*document_ids), limit=limit)

    def compare(self, vector: Sequence[float], chunk_ids: Collection[str], *, limit: int) -> list[Hit]:
        """Those of `chunk_ids` nearest to `vector`, best first, each compared: exact, and quick when they are few."""
        if self._collection is None or not chunk_ids:
            return []
        with self._using() as collection:
            held = collection.get(ids=list(chunk_ids), include=["embeddings"])
        if not held["ids"]:
            return []
        rows, asked = np.asarray(held["embeddings"], np.float32), np.asarray(vector, np.float32)
        similarities = rows @ asked / (np.linalg.norm(rows, axis=1) * np.linalg.norm(asked))
        best = np.argsort(-similarities, kind="stable")[:limit]
        return [Hit(held["ids"][position], float(similarities[position])) for position in best]

    def drop(self) -> None:
        """Deletes the collection and everything in it."""
        with self._lock, self._errors_explained():
            if self._client is not None and self._collection is not None:
                self._client.delete_collection(self._name)
                self._collection = None

    def _connect(self) -> "Client | None":
        import chromadb
        from chromadb.config import Settings

        settings = Settings(anonymized_telemetry=False)
        if isinstance(self._location, Path):
            if not self._writable and not self._location.is_dir():
                return None
            return cast("Client", chromadb.PersistentClient(self._location, settings=settings))
        url = urlsplit(self._location)
        # Chroma's client waits without end, already while it is made; so ask first, briefly.
        httpx.get(f"{self._location.rstrip('/')}/api/v2/heartbeat", timeout=_GREETING_TIMEOUT_S).raise_for_status()
        client = chromadb.HttpClient(
            url.hostname or "", url.port or _DEFAULT_PORT, ssl=url.scheme == "https", settings=settings
        )
        # Chroma has no setting for its time limit and leaves its connections open when it is closed.
        for owner in (client, getattr(client, "_admin_client", None)):
            session = getattr(getattr(owner, "_server", None), "_session", None)
            if isinstance(session, httpx.Client):
                session.timeout = httpx.Timeout(_TIMEOUT_S)
                self._sessions.append(session)
        return cast("Client", client)

    def _open_collection(self) -> "ChromaCollection | None":
        from chromadb.errors import NotFoundError

        if self._client is None:
            return None
        try:
            collection = self._client.get_collection(self._name, embedding_function=None)
        except NotFoundError:
            if not self._writable:
                return None
            return self._client.create_collection(
                self._name,
                embedding_function=None,
                metadata={"library_id": self._library_id},
                configuration={"hnsw": {"space": "cosine", "ef_search": _EF_SEARCH}},
            )
        if (collection.metadata or {}).get("library_id") != self._library_id:
            raise StoreError(
                f"Bộ sưu tập {self._name} ở {self._location} thuộc về một kho văn bản khác. "
                "Hãy đặt CHROMA_COLLECTION thành một tên chưa dùng."
            )
        return collection

    @contextmanager
    def _using(self) -> "Iterator[ChromaCollection]":
        with self._lock, self._errors_explained():
            if self._collection is None:
                raise StoreError(f"Kho vector {self._location} chưa được mở. Hãy khởi động lại ứng dụng.")
            yield self._collection

    @contextmanager
    def _errors_explained(self) -> Iterator[None]:
        from chromadb.errors import ChromaError

        try:
            yield
        except (ChromaError, httpx.HTTPError, ValueError, OSError, RuntimeError) as error:
            if isinstance(self._location, Path):
                raise StoreError(
                    f"Không đọc hoặc ghi được kho vector {self._location} ({error}). "
                    "Hãy kiểm tra quyền ghi và dung lượng trống; nếu vẫn lỗi, chạy `python app.py rebuild`."
                ) from error
            raise StoreError(
                f"Máy chủ Chroma {self._location} không trả lời được ({type(error).__name__}: {error}). "
                "Hãy kiểm tra CHROMA_URL và máy chủ rồi thử lại; văn bản đã lưu vẫn nguyên."
            ) from error


def _within(document_ids: Collection[str]) -> "Where":
    one_of: dict[Literal["$in", "$nin"], list[str | int | float | bool]] = {"$in": [*document_ids]}
    return {"document_id": one_of}
