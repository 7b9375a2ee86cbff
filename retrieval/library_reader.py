"""Reading the library: its documents and texts, what they do to each other, and search."""

from collections.abc import Collection, Sequence
from datetime import date
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.references import DocumentReference
from core.types import Chunk, Document, PathStep, SearchFilter, Section, Span, Standing, Validity, ValidityState
from retrieval import lineage
from retrieval.catalogue import Catalogue
from retrieval.catalogue_rows import select_document
from retrieval.chunk_index import ChunkIndex
from retrieval.fusion import Hit
from retrieval.lineage import Resemblance, Version
from retrieval.originals import Originals
from retrieval.validity import CHANGING, TOUCHING, IncomingRelation, relations_touching, validity_of

OUT_OF_FORCE = frozenset({ValidityState.EXPIRED, ValidityState.NOT_YET})
_VALIDITIES_KEPT = 10_000
_FILTERS_KEPT = 100


class LibraryReader:
    """Everything the library holds, for those who only read; safe to share between threads.

    Args:
        catalogue: The truth.
        index: Vectors and words of the catalogue's chunks.
        originals: The files as they came.
    """

    def __init__(self, catalogue: Catalogue, index: ChunkIndex, originals: Originals) -> None:
        self._catalogue = catalogue
        self._index = index
        self._originals = originals
        self._validities: dict[tuple[str, date, tuple[PathStep, ...]], tuple[int, Validity]] = {}
        self._admitted: dict[tuple[int, date, frozenset[str], bool], dict[str, bool]] = {}

    @property
    def version(self) -> int:
        """Number that grows with each change, whichever process made it."""
        return self._catalogue.version

    @property
    def embedding_fingerprint(self) -> str:
        """Identity of the model that made the vectors; empty without vectors."""
        return self._catalogue.fact("fingerprint")

    def documents(
        self, *, text: str = "", kinds: Collection[str] = (), standings: Collection[Standing] = (Standing.CURRENT,)
    ) -> list[Document]:
        """Documents by source; with `text`, those that hold each of its words in metadata or file name.

        Further copies and former versions, which are not searched, are left out unless `standings` asks for them.
        """
        return self._catalogue.documents(text=text, kinds=kinds, standings=standings)

    def copies(self, document_id: str) -> list[Document]:
        """The other copies of the same document: the one that is searched first, when it is not this one."""
        with self._catalogue.reading() as connection:
            document = select_document(connection, document_id)
            leader_id = document.leader_id or document_id
            group = [select_document(connection, leader_id), *lineage.copies_of(connection, leader_id)]
            return lineage.with_notes(connection, [copy for copy in group if copy.id != document_id])

    def versions(self, document_id: str) -> list[Version]:
        """Every version of the document with the times it was in use, the present one first."""
        with self._catalogue.reading() as connection:
            select_document(connection, document_id)
            return lineage.versions_of(connection, document_id)

    def questions(self) -> list[Resemblance]:
        """Pairs of documents that may be one, which the administrator is to decide."""
        with self._catalogue.reading() as connection:
            return lineage.questions(connection)

    def original(self, document_id: str) -> Path | None:
        """The file that the document was read from; `None` when it was not kept."""
        return self._originals.find(self._catalogue.document(document_id).sha256)

    def find_original(self, sha256: str) -> Path | None:
        """The file of that SHA-256; `None` when it was not kept."""
        return self._originals.find(sha256)

    def vectors_of(self, document_id: str) -> tuple[str, list[str], NDArray[np.float32]]:
        """Fingerprint of the vectors' model, and chunks of a document with their vectors, shape (chunks, dimension)."""
        return self._index.vectors_of(document_id)

    def snapshot(self, target: Path) -> None:
        """Copies the catalogue as it stands at one moment into `target`, whoever writes meanwhile."""
        self._catalogue.snapshot(target)

    @property
    def folder(self) -> Path:
        """The data folder."""
        return self._catalogue.path.parent

    @property
    def notice(self) -> str:
        """Vietnamese sentence while the index is not that of the configured model, naming the remedy; else empty."""
        return self._index.notice

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

    def admitted(self, document_ids: Collection[str], search_filter: SearchFilter) -> frozenset[str]:
        """Those of `document_ids` that are in the library and may be returned under `search_filter`."""
        day = search_filter.as_of or date.today()
        kinds = frozenset(kind.casefold() for kind in search_filter.kinds)
        key = self._catalogue.version, day, kinds, search_filter.only_in_force
        known = self._admitted.get(key)
        if known is None:
            if len(self._admitted) >= _FILTERS_KEPT or any(version != key[0] for version, *_ in tuple(self._admitted)):
                self._admitted.clear()
            known = self._admitted[key] = {}
        asked = search_filter.document_ids.intersection(document_ids) if search_filter.document_ids else document_ids
        for document in self._catalogue.documents_by_id([id_ for id_ in asked if id_ not in known]):
            of_kind = not kinds or document.metadata.kind.casefold() in kinds
            in_force = not search_filter.only_in_force or self.validity(document, day).state not in OUT_OF_FORCE
            known[document.id] = of_kind and in_force
        return frozenset(id_ for id_ in asked if known.get(id_))

    def relations_touching(self, document: Document, path: Sequence[PathStep] = ()) -> list[IncomingRelation]:
        """What other documents of the library do to `document` that bears on the provision at `path`, oldest first.

        Each tells by its relation's `span` where the other document says so. Without `path` all of them.
        """
        return relations_touching(self._catalogue.incoming_relations(document, TOUCHING), path)

    def restore_diacritics(self, question: str) -> str:
        """`question` with the diacritics that the library's own texts make likeliest."""
        return self._catalogue.restore_diacritics(question)

    def repair_spelling(self, question: str, *, undiacritic: bool = False, kept: Sequence[Span] = ()) -> str:
        """`question` with slips of the keyboard mended, by what the library's own texts make likeliest.

        Args:
            question: NFC.
            undiacritic: Restore its diacritics too.
            kept: What must stay as typed.
        """
        return self._catalogue.repair_spelling(question, undiacritic=undiacritic, kept=kept)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens of each text by the embedding model's tokenizer, guessed from syllables without a model."""
        return self._index.count_tokens(texts)

    def rarity(self, terms: Sequence[str]) -> dict[str, float]:
        """Inverse document frequency, as in BM25, of syllables and pairs (`a_b`) over all chunks."""
        return self._index.rarity(terms)

    def search_meaning(self, question: str, *, limit: int, document_ids: Collection[str] | None = None) -> list[Hit]:
        """Chunks nearest to `question`, best first, scored by cosine; empty without an embedding model.

        Args:
            question: Any text.
            limit: Most chunks returned.
            document_ids: Only chunks of these; `None` for all.

        Raises:
            ModelUnavailableError: the configured model cannot be loaded or reached.
        """
        return self._index.search_meaning(question, limit=limit, document_ids=document_ids)

    def search_vectors(
        self, vector: Sequence[float], *, limit: int, document_ids: Collection[str] | None = None
    ) -> list[Hit]:
        """Chunks nearest to `vector`, best first, scored by cosine; empty without an embedding model.

        Args:
            vector: By the model that made the vectors.
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

    def find_by_hash(self, sha256: str) -> Document | None:
        """The document whose file had that SHA-256, if there is one."""
        return self._catalogue.find_by_hash(sha256)

    def sha256_of(self, source: str) -> str | None:
        """SHA-256 of the file that `source` holds; `None` when it holds none."""
        document = self._catalogue.find_by_source(source)
        return document.sha256 if document else None
