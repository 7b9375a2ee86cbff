"""The catalogue: one SQLite file that is the truth about the library. A document exists when its row is committed."""

import json
import re
import sqlite3
from collections.abc import Collection, Sequence
from contextlib import closing
from datetime import date
from pathlib import Path

from core.database import Database
from core.errors import UsageError
from core.references import DocumentReference
from core.types import (
    Chunk,
    Document,
    Metadata,
    ParsedDocument,
    PathStep,
    RelationKind,
    Section,
    SectionKind,
    Span,
    Standing,
)
from retrieval import lineage
from retrieval.catalogue_rows import (
    chunk_of,
    folded,
    like_literal,
    path_json,
    section_of,
    select_document,
    select_documents,
    select_parsed_metadata,
    write_correction,
    write_metadata_keys,
)
from retrieval.duplicates import read_text, signature
from retrieval.incoming import select_incoming, write_relations
from retrieval.lineage import (
    Change,
    Place,
    StoredDocument,
    apply,
    document_at,
    unsigned,
    with_notes,
    write_signature,
)
from retrieval.migrations import STEPS
from retrieval.spelling import repair_spelling, restore_diacritics
from retrieval.validity import IncomingRelation

# What must never be, by the sentence that tells of it.
_CHECKS = {
    "Đoạn {} không khớp với văn bản tại vị trí của nó": (
        "SELECT chunks.id FROM chunks JOIN texts USING (document_id)"
        " WHERE substr(texts.text, span_start + 1, span_end - span_start) != chunks.text"
    ),
    "Bản sao {} không có bản đang dùng": (
        "SELECT id FROM documents WHERE (standing = 'copy') != (leader_id IS NOT NULL) OR (leader_id IS NOT NULL"
        " AND leader_id NOT IN (SELECT id FROM documents WHERE standing = 'current'))"
    ),
    "Bản cũ {} được thay bằng một văn bản không còn": (
        "SELECT id FROM documents WHERE successor_id IS NOT NULL AND (standing != 'former'"
        " OR successor_id NOT IN (SELECT id FROM documents))"
    ),
    "Thời gian sử dụng của {} không khớp với tình trạng": (
        "SELECT id FROM documents WHERE (SELECT count(*) FROM periods WHERE document_id = id AND ended_at IS NULL)"
        " != (standing != 'former')"
    ),
    "Số đoạn của {} không khớp": (
        "SELECT id FROM documents WHERE chunk_count != (SELECT count(*) FROM chunks WHERE document_id = documents.id)"
    ),
    "Văn bản {} thiếu toàn văn": "SELECT id FROM documents WHERE id NOT IN (SELECT document_id FROM texts)",
    "Còn sót dữ liệu của văn bản đã xóa {}": (
        "SELECT document_id FROM (SELECT document_id FROM texts UNION SELECT document_id FROM chunks"
        " UNION SELECT document_id FROM sections UNION SELECT document_id FROM relations"
        " UNION SELECT document_id FROM sources UNION SELECT document_id FROM periods"
        " UNION SELECT document_id FROM signature_bands) WHERE document_id NOT IN (SELECT id FROM documents)"
    ),
}


class Catalogue:
    """Documents, their texts, sections, chunks and relations; safe to share between threads."""

    def __init__(self, path: Path) -> None:
        """Opens the catalogue, made new where there is none.

        Raises:
            StoreError: the file is damaged, not writable, or of a newer release.
        """
        self.path = path
        self._database = Database(path, STEPS)
        # For the modules that speak of other parts of the catalogue.
        self.reading = self._database.connection
        self.writing = self._database.transaction

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
        with self.reading() as connection:
            row = connection.execute("SELECT value FROM facts WHERE name = ?", (name,)).fetchone()
        return str(row[0]) if row else ""

    def record(self, **facts: str) -> None:
        """Records facts, together."""
        with self.writing() as connection:
            connection.executemany("INSERT OR REPLACE INTO facts VALUES (?, ?)", list(facts.items()))
            _grow_version(connection)

    # The journal of work that spans several stores

    def intend(self, document_ids: Sequence[str]) -> None:
        """Notes that the stores are about to disagree about these documents."""
        with self.writing() as connection:
            connection.executemany("INSERT OR IGNORE INTO intents VALUES (?)", [(id_,) for id_ in document_ids])

    def fulfil(self, document_ids: Sequence[str]) -> None:
        """Notes that the stores agree about these documents again."""
        with self.writing() as connection:
            connection.executemany("DELETE FROM intents WHERE document_id = ?", [(id_,) for id_ in document_ids])
            _grow_version(connection)

    def intents(self) -> list[str]:
        """Documents that the stores may disagree about."""
        with self.reading() as connection:
            return [id_ for (id_,) in connection.execute("SELECT document_id FROM intents")]

    # Writing

    def commit(self, change: Change) -> None:
        """Commits one step of the library's life and notes the intent to make the other stores follow, in one."""
        with self.writing() as connection:
            apply(connection, change)
            _grow_version(connection)
        if change.removed:
            with self.reading() as connection:  # the removed text must not linger in the journal's file either
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def rename(self, document_id: str, source: str) -> None:
        """Gives the document another source, in place of those it had.

        Raises:
            DocumentNotFoundError: the document is not in the library.
            UsageError: another document has that source.
        """
        with self.writing() as connection:
            document = select_document(connection, document_id)
            other = document_at(connection, source)
            if other is not None and other.id != document_id:
                raise UsageError(
                    f"Tên {source} đang là của văn bản khác ({other.name}, mã {other.id}). Hãy chọn một tên chưa dùng."
                )
            connection.execute("DELETE FROM sources WHERE document_id = ?", (document_id,))
            if document.standing is not Standing.FORMER:
                connection.execute("INSERT INTO sources VALUES (?, ?)", (source, document_id))
            connection.execute("UPDATE documents SET source = ? WHERE id = ?", (source, document_id))
            write_metadata_keys(connection, document_id, document.metadata)
            _grow_version(connection)

    def set_parser(self, document_id: str, parser: str) -> None:
        """Notes that this parser reads the document as it stands."""
        with self.writing() as connection:
            connection.execute("UPDATE documents SET parser = ? WHERE id = ?", (parser, document_id))

    def sign_all(self) -> None:
        """Keeps the signature of each document that has none yet."""
        with self.reading() as connection:
            waiting = unsigned(connection)
        for document_id in waiting:
            signed = signature(read_text(self.text(document_id)))
            with self.writing() as connection:
                write_signature(connection, document_id, signed)

    def correct_metadata(self, document_id: str, metadata: Metadata) -> Document:
        """Puts `metadata` in force over what was parsed, which is kept.

        Raises:
            DocumentNotFoundError: the document is not in the library.
        """
        with self.writing() as connection:
            select_document(connection, document_id)
            write_correction(connection, document_id, metadata)
            write_relations(connection, document_id, metadata)
            _grow_version(connection)
            return with_notes(connection, [select_document(connection, document_id)])[0]

    # Reading

    def documents(
        self, *, text: str = "", kinds: Collection[str] = (), standings: Collection[Standing] = (Standing.CURRENT,)
    ) -> list[Document]:
        """Documents by source that hold every word of `text` in their metadata or file name, diacritics or not."""
        words = folded(text).split()
        condition = " AND ".join(
            ["standing IN (SELECT value FROM json_each(?))", *["search_text LIKE ? ESCAPE '!'"] * len(words)]
        )
        asked = [json.dumps(list(standings)), *[f"%{like_literal(word)}%" for word in words]]
        with self.reading() as connection:
            found = with_notes(connection, select_documents(connection, condition, *asked))
        wanted = {folded(kind) for kind in kinds}
        return [document for document in found if not wanted or folded(document.metadata.kind) in wanted]

    def document(self, document_id: str) -> Document:
        """The document of that id.

        Raises:
            DocumentNotFoundError: it is not in the library.
        """
        with self.reading() as connection:
            return with_notes(connection, [select_document(connection, document_id)])[0]

    def documents_by_id(self, document_ids: Collection[str]) -> list[Document]:
        """The documents among `document_ids` that are in the library, without notes on other copies."""
        if not document_ids:
            return []
        with self.reading() as connection:
            chosen = "id IN (SELECT value FROM json_each(?))"
            return select_documents(connection, chosen, json.dumps(list(document_ids)))

    def find_by_hash(self, sha256: str) -> Document | None:
        """The document whose file had that SHA-256, if there is one; of several readings of it the latest."""
        with self.reading() as connection:
            found = select_documents(connection, "sha256 = ?", sha256)
            latest = max(found, key=lambda d: (d.standing is not Standing.FORMER, d.added_at), default=None)
            return with_notes(connection, [latest])[0] if latest else None

    def find_by_source(self, source: str) -> Document | None:
        """The document that `source` holds, if there is one."""
        with self.reading() as connection:
            return document_at(connection, source)

    def holds(self, document_id: str) -> bool:
        """Whether the library has that document, searched or not."""
        with self.reading() as connection:
            return bool(select_documents(connection, "id = ?", document_id))

    def file_hashes(self) -> set[str]:
        """SHA-256 of the file of each document."""
        with self.reading() as connection:
            return {sha256 for (sha256,) in connection.execute("SELECT sha256 FROM documents")}

    def parsed_metadata(self, document_id: str) -> Metadata:
        """What was read from the file, whatever was corrected since."""
        with self.reading() as connection:
            return select_parsed_metadata(connection, document_id)

    def stored(self, document_id: str) -> StoredDocument:
        """All that is known of a document."""
        document = self.document(document_id)
        with self.reading() as connection:
            raw = select_document(connection, document_id)  # its warnings as they were read, without today's notes
            (recognised_pages, chosen) = connection.execute(
                "SELECT recognised_pages, chosen FROM documents WHERE id = ?", (document_id,)
            ).fetchone()
            parsed = ParsedDocument(
                id=document_id,
                source=document.source,
                sha256=document.sha256,
                format=document.format,
                text=self.text(document_id),
                page_starts=self.page_starts(document_id),
                metadata=select_parsed_metadata(connection, document_id),
                sections=self.sections(document_id),
                chunks=self.chunks(document_id),
                text_quality=document.text_quality,
                warnings=raw.warnings,
                recognised_pages=recognised_pages,
                parser=document.parser,
            )
            return StoredDocument(
                parsed=parsed,
                correction=document.metadata if self.is_corrected(document_id) else None,
                place=Place(document.standing, document.leader_id, document.successor_id),
                periods=lineage.periods_of(connection, document_id),
                sources=tuple(lineage.sources_of(connection, document_id)),
                apart=tuple(lineage.set_apart(connection, document_id)),
                chosen=bool(chosen),
                added_at=document.added_at,
            )

    def snapshot(self, target: Path) -> None:
        """Copies the catalogue as it stands at one moment into `target`, whoever writes meanwhile."""
        with self.reading() as connection, closing(sqlite3.connect(target)) as copy:
            connection.backup(copy)

    def faults(self) -> list[str]:
        """What is wrong within the catalogue itself, in Vietnamese."""
        with self.reading() as connection:
            return [what.format(id_) for what, query in _CHECKS.items() for (id_,) in connection.execute(query)]

    def is_corrected(self, document_id: str) -> bool:
        """Whether an administrator's metadata is in force over what was parsed."""
        with self.reading() as connection:
            return bool(select_documents(connection, "id = ? AND corrected_metadata IS NOT NULL", document_id))

    def page_starts(self, document_id: str) -> tuple[int, ...]:
        """Offset of each page's first character in the document's text."""
        with self.reading() as connection:
            select_document(connection, document_id)
            row = connection.execute("SELECT page_starts FROM documents WHERE id = ?", (document_id,)).fetchone()
        return tuple(json.loads(row[0]))

    def text(self, document_id: str) -> str:
        """Text as it was indexed; every span counts its characters."""
        with self.reading() as connection:
            select_document(connection, document_id)
            row = connection.execute("SELECT text FROM texts WHERE document_id = ?", (document_id,)).fetchone()
        return str(row[0])

    def sections(self, document_id: str) -> tuple[Section, ...]:
        """Sections in order of their start."""
        with self.reading() as connection:
            select_document(connection, document_id)
            rows = connection.execute(
                "SELECT path, label, heading, span_start, span_end, page FROM sections"
                " WHERE document_id = ? ORDER BY ordinal",
                (document_id,),
            )
            return tuple(section_of(row) for row in rows)

    def chunks(self, document_id: str) -> tuple[Chunk, ...]:
        """Chunks in order."""
        with self.reading() as connection:
            select_document(connection, document_id)
            rows = connection.execute("SELECT * FROM chunks WHERE document_id = ? ORDER BY id", (document_id,))
            return tuple(chunk_of(row) for row in rows)

    def searched_chunks(self, document_id: str) -> tuple[Chunk, ...]:
        """Chunks of a document that the search must hold: none of a copy, a former version or an unknown one."""
        with self.reading() as connection:
            rows = connection.execute(
                "SELECT chunks.* FROM chunks JOIN documents ON documents.id = document_id AND standing = 'current'"
                " WHERE document_id = ? ORDER BY chunks.id",
                (document_id,),
            )
            return tuple(chunk_of(row) for row in rows)

    def chunks_by_id(self, chunk_ids: Collection[str]) -> dict[str, Chunk]:
        """The chunks among `chunk_ids` that are in the library."""
        with self.reading() as connection:
            rows = connection.execute(
                "SELECT * FROM chunks WHERE id IN (SELECT value FROM json_each(?))", (json.dumps(list(chunk_ids)),)
            )
            return {row[0]: chunk_of(row) for row in rows}

    def chunk_ids(self, document_ids: Collection[str], *, most: int) -> list[str] | None:
        """Searched chunks of these documents, in order of their ids; `None` when they are more than `most`."""
        with self.reading() as connection:
            rows = connection.execute(
                "SELECT chunks.id FROM chunks JOIN documents ON documents.id = document_id AND standing = 'current'"
                " WHERE document_id IN (SELECT value FROM json_each(?)) ORDER BY chunks.id LIMIT ?",
                (json.dumps(list(document_ids)), most + 1),
            ).fetchall()
        return [id_ for (id_,) in rows] if len(rows) <= most else None

    def known_chunks(self, chunk_ids: Sequence[str]) -> set[str]:
        """Those of `chunk_ids` that belong to a document that is searched."""
        with self.reading() as connection:
            rows = connection.execute(
                # In this order: left to itself SQLite may go through every chunk, 50 ms and more at 100,000 of them.
                "SELECT chunks.id FROM json_each(?) AS wanted CROSS JOIN chunks ON chunks.id = wanted.value"
                " CROSS JOIN documents ON documents.id = document_id WHERE standing = 'current'",
                (json.dumps(chunk_ids),),
            )
            return {id_ for (id_,) in rows}

    def chunk_count(self) -> int:
        """Chunks of all documents that are searched."""
        with self.reading() as connection:
            counted = connection.execute("SELECT sum(chunk_count) FROM documents WHERE standing = 'current'")
            return int(counted.fetchone()[0] or 0)

    def all_searched_chunks(self) -> set[str]:
        """Ids of every chunk that the search must hold."""
        with self.reading() as connection:
            rows = connection.execute(
                "SELECT chunks.id FROM chunks JOIN documents ON documents.id = document_id AND standing = 'current'"
            )
            return {id_ for (id_,) in rows}

    def find_documents(self, reference: DocumentReference) -> list[Document]:
        """Documents that `reference` may mean, newest first; see `KnowledgeBase.find_documents`."""
        with self.reading() as connection:
            if reference.key:
                found = select_documents(connection, "standing = 'current' AND number_key = ?", reference.key)
                # "13/2023/NĐ" for 13/2023/NĐ-CP: the number was cut before a hyphen.
                found = found or select_documents(
                    connection,
                    "standing = 'current' AND number_key LIKE ? ESCAPE '!'",
                    f"{like_literal(reference.key)}-%",
                )
                # "13/2023/NĐCP", "57/NQ-TW": its letters are right, what stands between them is not.
                found = found or select_documents(
                    connection,
                    "standing = 'current' AND replace(replace(number_key, '-', ''), '/', '') = ?",
                    re.sub("[-/]", "", reference.key),
                )
            else:
                found = select_documents(
                    connection,
                    "standing = 'current' AND serial = ? AND (? IN ('', kind) OR kind = '')"
                    " AND (years = '' OR instr(years, ?))",
                    reference.serial,
                    folded(reference.kind),
                    str(reference.year or ""),
                )
                # "Quy chế 31/2025" is issued with Quyết định 31/2025.
                found = found or select_documents(
                    connection,
                    "standing = 'current' AND serial = ? AND (years = '' OR instr(years, ?)) AND EXISTS"
                    " (SELECT 1 FROM sections WHERE document_id = documents.id AND path = ?)",
                    reference.serial,
                    str(reference.year or ""),
                    path_json((PathStep(SectionKind.ATTACHMENT, reference.kind),)),
                )
        return sorted(found, key=lambda document: document.metadata.issued_on or date.min, reverse=True)

    def incoming_relations(self, document: Document, kinds: Collection[RelationKind]) -> list[IncomingRelation]:
        """What other documents of the library do to `document`, of these kinds."""
        with self.reading() as connection:
            return select_incoming(connection, document, kinds)

    def restore_diacritics(self, question: str) -> str:
        """`question` with the diacritics that the library's texts make likeliest."""
        with self.reading() as connection:
            return restore_diacritics(connection, question)

    def repair_spelling(self, question: str, *, undiacritic: bool, kept: Sequence[Span]) -> str:
        """`question` with the slips mended that the library's texts make unlikely; see `repair_spelling`."""
        with self.reading() as connection:
            return repair_spelling(connection, question, undiacritic=undiacritic, kept=kept)


def _grow_version(connection: sqlite3.Connection) -> None:
    connection.execute("UPDATE facts SET value = value + 1 WHERE name = 'version'")
