"""The catalogue: one SQLite file that is the truth about the library. A document exists when its row is committed."""

import json
import sqlite3
from collections.abc import Collection, Sequence
from datetime import date
from pathlib import Path

from core.database import Database
from core.references import DocumentReference
from core.types import Chunk, Document, Metadata, ParsedDocument, RelationKind, Section
from retrieval.catalogue_rows import (
    chunk_of,
    delete_document,
    folded,
    insert_document,
    like_literal,
    section_of,
    select_document,
    select_documents,
    write_correction,
)
from retrieval.diacritics import restore_diacritics
from retrieval.incoming import select_incoming, write_relations
from retrieval.migrations import STEPS
from retrieval.validity import IncomingRelation

_CORRECTION_LOST = (
    "Bản trước của tệp này có thông tin đã sửa tay; bản mới dùng thông tin đọc từ tệp, hãy xem lại và sửa nếu cần."
)


class Catalogue:
    """Documents, their texts, sections, chunks and relations; safe to share between threads."""

    def __init__(self, path: Path) -> None:
        """Opens the catalogue, made new where there is none.

        Raises:
            StoreError: the file is damaged, not writable, or of a newer release.
        """
        self._database = Database(path, STEPS)
        self._connection = self._database.connection
        self._transaction = self._database.transaction

    def close(self) -> None:
        """Closes the idle connections; others close when their work ends."""
        self._database.close()

    # Facts about the library as a whole

    @property
    def version(self) -> int:
        """Number that grows with each change, whichever process made it."""
        return int(self.fact("version"))

    def fact(self, name: str) -> str:
        """A recorded fact, such as the fingerprint of the embedding model; empty when not recorded."""
        with self._connection() as connection:
            row = connection.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
        return str(row[0]) if row else ""

    def record(self, **facts: str) -> None:
        """Records facts, together."""
        with self._transaction() as connection:
            connection.executemany("INSERT OR REPLACE INTO facts VALUES (?, ?)", list(facts.items()))
            _grow_version(connection)

    # The journal of work that spans several stores

    def intend(self, document_ids: Sequence[str]) -> None:
        """Notes that the stores are about to disagree about these documents."""
        with self._transaction() as connection:
            connection.executemany("INSERT OR IGNORE INTO intents VALUES (?)", [(id_,) for id_ in document_ids])

    def fulfil(self, document_ids: Sequence[str]) -> None:
        """Notes that the stores agree about these documents again."""
        with self._transaction() as connection:
            connection.executemany("DELETE FROM intents WHERE document_id = ?", [(id_,) for id_ in document_ids])
            _grow_version(connection)

    def intents(self) -> list[str]:
        """Documents that the stores may disagree about."""
        with self._connection() as connection:
            return [id_ for (id_,) in connection.execute("SELECT document_id FROM intents")]

    # Writing

    def add(self, parsed: ParsedDocument) -> tuple[Document, Document | None]:
        """Commits `parsed` in place of the document that came from the same source.

        Returns:
            The document as stored, and the one it replaced.
        """
        with self._transaction() as connection:
            replaced = next(iter(select_documents(connection, "source = ?", parsed.source)), None)
            warnings = parsed.warnings
            if replaced is not None:
                if select_documents(connection, "id = ? AND corrected_metadata IS NOT NULL", replaced.id):
                    warnings = (*warnings, _CORRECTION_LOST)
                delete_document(connection, replaced.id)
            insert_document(connection, parsed, warnings)
            write_relations(connection, parsed.id, parsed.metadata)
            _grow_version(connection)
            return select_document(connection, parsed.id), replaced

    def remove(self, document_ids: Sequence[str]) -> list[Document]:
        """Removes these documents and notes the intent to clear them from the other stores, in one step.

        Raises:
            DocumentNotFoundError: one of them is not in the library; then none is removed.
        """
        with self._transaction() as connection:
            removed = [select_document(connection, id_) for id_ in dict.fromkeys(document_ids)]
            for document in removed:
                delete_document(connection, document.id)
                connection.execute("INSERT OR IGNORE INTO intents VALUES (?)", (document.id,))
            _grow_version(connection)
        return removed

    def correct_metadata(self, document_id: str, metadata: Metadata) -> Document:
        """Puts `metadata` in force over what was parsed, which is kept.

        Raises:
            DocumentNotFoundError: the document is not in the library.
        """
        with self._transaction() as connection:
            select_document(connection, document_id)
            write_correction(connection, document_id, metadata)
            write_relations(connection, document_id, metadata)
            _grow_version(connection)
            return select_document(connection, document_id)

    # Reading

    def documents(self, *, text: str = "", kinds: Collection[str] = ()) -> list[Document]:
        """Documents by source that hold every word of `text` in their metadata or file name, diacritics or not."""
        words = folded(text).split()
        condition = " AND ".join(["1", *["search_text LIKE ? ESCAPE '!'"] * len(words)])
        with self._connection() as connection:
            found = select_documents(connection, condition, *[f"%{like_literal(word)}%" for word in words])
        wanted = {folded(kind) for kind in kinds}
        return [document for document in found if not wanted or folded(document.metadata.kind) in wanted]

    def document(self, document_id: str) -> Document:
        """The document of that id.

        Raises:
            DocumentNotFoundError: it is not in the library.
        """
        with self._connection() as connection:
            return select_document(connection, document_id)

    def find_by_hash(self, sha256: str) -> Document | None:
        """The document whose file had that SHA-256, if there is one."""
        with self._connection() as connection:
            return next(iter(select_documents(connection, "sha256 = ?", sha256)), None)

    def find_by_source(self, source: str) -> Document | None:
        """The document that came from `source`, if there is one."""
        with self._connection() as connection:
            return next(iter(select_documents(connection, "source = ?", source)), None)

    def page_starts(self, document_id: str) -> tuple[int, ...]:
        """Offset of each page's first character in the document's text."""
        with self._connection() as connection:
            select_document(connection, document_id)
            row = connection.execute("SELECT page_starts FROM documents WHERE id = ?", (document_id,)).fetchone()
        return tuple(json.loads(row[0]))

    def text(self, document_id: str) -> str:
        """Text as it was indexed; every span counts its characters."""
        with self._connection() as connection:
            select_document(connection, document_id)
            row = connection.execute("SELECT text FROM texts WHERE document_id = ?", (document_id,)).fetchone()
        return str(row[0])

    def sections(self, document_id: str) -> tuple[Section, ...]:
        """Sections in order of their start."""
        with self._connection() as connection:
            select_document(connection, document_id)
            rows = connection.execute(
                "SELECT path, label, heading, span_start, span_end, page FROM sections"
                " WHERE document_id = ? ORDER BY ordinal",
                (document_id,),
            )
            return tuple(section_of(row) for row in rows)

    def chunks(self, document_id: str) -> tuple[Chunk, ...]:
        """Chunks in order."""
        with self._connection() as connection:
            select_document(connection, document_id)
            rows = connection.execute("SELECT * FROM chunks WHERE document_id = ? ORDER BY id", (document_id,))
            return tuple(chunk_of(row) for row in rows)

    def chunks_by_id(self, chunk_ids: Collection[str]) -> dict[str, Chunk]:
        """The chunks among `chunk_ids` that are in the library."""
        with self._connection() as connection:
            rows = connection.execute(
                "SELECT * FROM chunks WHERE id IN (SELECT value FROM json_each(?))", (json.dumps(list(chunk_ids)),)
            )
            return {row[0]: chunk_of(row) for row in rows}

    def chunk_ids(self, document_ids: Collection[str], *, most: int) -> list[str] | None:
        """Ids of all chunks of these documents, in order; `None` when they are more than `most`."""
        with self._connection() as connection:
            rows = connection.execute(
                "SELECT id FROM chunks WHERE document_id IN (SELECT value FROM json_each(?)) ORDER BY id LIMIT ?",
                (json.dumps(list(document_ids)), most + 1),
            ).fetchall()
        return [id_ for (id_,) in rows] if len(rows) <= most else None

    def known_chunks(self, chunk_ids: Sequence[str]) -> set[str]:
        """Those of `chunk_ids` that are in the library."""
        with self._connection() as connection:
            rows = connection.execute(
                "SELECT id FROM chunks WHERE id IN (SELECT value FROM json_each(?))", (json.dumps(chunk_ids),)
            )
            return {id_ for (id_,) in rows}

    def chunk_count(self) -> int:
        """Chunks of all documents."""
        with self._connection() as connection:
            return int(connection.execute("SELECT count(*) FROM chunks").fetchone()[0])

    def find_documents(self, reference: DocumentReference) -> list[Document]:
        """Documents that `reference` may mean, newest first; see `KnowledgeBase.find_documents`."""
        with self._connection() as connection:
            if reference.key:
                found = select_documents(connection, "number_key = ?", reference.key)
                # "13/2023/NĐ" for 13/2023/NĐ-CP: the number was cut before a hyphen.
                found = found or select_documents(
                    connection, "number_key LIKE ? ESCAPE '!'", f"{like_literal(reference.key)}-%"
                )
            else:
                found = select_documents(
                    connection,
                    "serial = ? AND (? IN ('', kind) OR kind = '') AND (years = '' OR instr(years, ?))",
                    reference.serial,
                    folded(reference.kind),
                    str(reference.year or ""),
                )
        return sorted(found, key=lambda document: document.metadata.issued_on or date.min, reverse=True)

    def incoming_relations(self, document: Document, kinds: Collection[RelationKind]) -> list[IncomingRelation]:
        """What other documents of the library do to `document`, of these kinds."""
        with self._connection() as connection:
            return select_incoming(connection, document, kinds)

    def restore_diacritics(self, question: str) -> str:
        """`question` with the diacritics that the library's texts make likeliest."""
        with self._connection() as connection:
            return restore_diacritics(connection, question)


def _grow_version(connection: sqlite3.Connection) -> None:
    connection.execute("UPDATE facts SET value = value + 1 WHERE name = 'version'")
