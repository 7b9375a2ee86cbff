"""The catalogue's tables, as numbered steps that are only ever added to."""

import re
import sqlite3

from core.database import Step


def _let_sources_and_bytes_recur(connection: sqlite3.Connection) -> None:
    """Old versions of a file share its source, and a second reading of a file its bytes.

    SQLite cannot drop a constraint, so the table is made anew as https://sqlite.org/lang_altertable.html#otheralter
    says, with whatever columns earlier steps gave it.
    """
    (made_by,) = connection.execute("SELECT sql FROM sqlite_schema WHERE name = 'documents'").fetchone()
    indexes = connection.execute(
        "SELECT sql FROM sqlite_schema WHERE tbl_name = 'documents' AND type = 'index' AND sql IS NOT NULL"
    ).fetchall()
    anew = re.sub(r'^CREATE TABLE "?documents"?', "CREATE TABLE documents_anew", made_by)
    connection.execute(re.sub(r"\b(source|sha256) TEXT NOT NULL UNIQUE", r"\1 TEXT NOT NULL", anew))
    connection.execute("INSERT INTO documents_anew SELECT * FROM documents")
    connection.execute("DROP TABLE documents")
    connection.execute("ALTER TABLE documents_anew RENAME TO documents")
    for (index,) in indexes:
        connection.execute(index)


# Each entry takes the schema from its index to the next version (`PRAGMA user_version`). Never edit one that was
# released: add another.
STEPS: tuple[Step, ...] = (
    """
    CREATE TABLE facts (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
    CREATE TABLE documents (
        id TEXT PRIMARY KEY,
        source TEXT NOT NULL UNIQUE,
        sha256 TEXT NOT NULL UNIQUE,
        format TEXT NOT NULL,
        page_starts TEXT NOT NULL,
        chunk_count INTEGER NOT NULL,
        text_quality REAL NOT NULL,
        warnings TEXT NOT NULL,
        added_at TEXT NOT NULL,
        parsed_metadata TEXT NOT NULL,
        corrected_metadata TEXT,
        kind TEXT NOT NULL,
        number_key TEXT NOT NULL,
        title_key TEXT NOT NULL,
        serial TEXT NOT NULL,
        years TEXT NOT NULL,
        search_text TEXT NOT NULL
    );
    CREATE INDEX documents_by_number ON documents (number_key);
    CREATE INDEX documents_by_title ON documents (title_key);
    CREATE INDEX documents_by_serial ON documents (serial);
    CREATE TABLE texts (
        document_id TEXT PRIMARY KEY REFERENCES documents ON DELETE CASCADE,
        text TEXT NOT NULL
    );
    CREATE TABLE sections (
        document_id TEXT NOT NULL REFERENCES documents ON DELETE CASCADE,
        ordinal INTEGER NOT NULL,
        path TEXT NOT NULL,
        label TEXT NOT NULL,
        heading TEXT NOT NULL,
        span_start INTEGER NOT NULL,
        span_end INTEGER NOT NULL,
        page INTEGER NOT NULL,
        PRIMARY KEY (document_id, ordinal)
    ) WITHOUT ROWID;
    CREATE TABLE chunks (
        id TEXT PRIMARY KEY,
        document_id TEXT NOT NULL REFERENCES documents ON DELETE CASCADE,
        section_path TEXT NOT NULL,
        label TEXT NOT NULL,
        header TEXT NOT NULL,
        text TEXT NOT NULL,
        span_start INTEGER NOT NULL,
        span_end INTEGER NOT NULL,
        page_start INTEGER NOT NULL,
        page_end INTEGER NOT NULL,
        token_count INTEGER NOT NULL
    );
    CREATE INDEX chunks_by_document ON chunks (document_id);
    CREATE TABLE relations (
        document_id TEXT NOT NULL REFERENCES documents ON DELETE CASCADE,
        kind TEXT NOT NULL,
        target TEXT NOT NULL,
        target_key TEXT NOT NULL,
        scope TEXT NOT NULL,
        target_issued_on TEXT
    );
    CREATE INDEX relations_by_document ON relations (document_id);
    CREATE INDEX relations_by_target ON relations (target_key);
    CREATE TABLE intents (document_id TEXT PRIMARY KEY) WITHOUT ROWID;
    CREATE TABLE syllables (
        syllable TEXT PRIMARY KEY, folded TEXT NOT NULL, count INTEGER NOT NULL
    ) WITHOUT ROWID;
    CREATE INDEX syllables_by_folded ON syllables (folded);
    CREATE TABLE syllable_pairs (
        first TEXT NOT NULL, second TEXT NOT NULL, count INTEGER NOT NULL, PRIMARY KEY (first, second)
    ) WITHOUT ROWID;
    INSERT INTO facts VALUES ('version', '0'), ('library_id', lower(hex(randomblob(8))));
    """,
    """
    ALTER TABLE relations ADD COLUMN span_start INTEGER;
    ALTER TABLE relations ADD COLUMN span_end INTEGER;
    ALTER TABLE relations ADD COLUMN effective_on TEXT;
    ALTER TABLE relations ADD COLUMN exception TEXT NOT NULL DEFAULT '';
    """,
    _let_sources_and_bytes_recur,
    """
    ALTER TABLE documents ADD COLUMN standing TEXT NOT NULL DEFAULT 'current';
    ALTER TABLE documents ADD COLUMN leader_id TEXT;
    ALTER TABLE documents ADD COLUMN successor_id TEXT;
    ALTER TABLE documents ADD COLUMN chosen INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE documents ADD COLUMN recognised_pages INTEGER NOT NULL DEFAULT 0;
    ALTER TABLE documents ADD COLUMN parser TEXT NOT NULL DEFAULT '';
    ALTER TABLE documents ADD COLUMN signature BLOB;
    CREATE INDEX documents_by_source ON documents (source);
    CREATE INDEX documents_by_sha256 ON documents (sha256);
    CREATE INDEX documents_by_standing ON documents (standing);
    CREATE INDEX documents_by_leader ON documents (leader_id);
    CREATE INDEX documents_by_successor ON documents (successor_id);
    CREATE TABLE sources (
        source TEXT PRIMARY KEY,
        document_id TEXT NOT NULL REFERENCES documents ON DELETE CASCADE
    ) WITHOUT ROWID;
    CREATE INDEX sources_by_document ON sources (document_id);
    INSERT INTO sources SELECT source, id FROM documents;
    CREATE TABLE periods (
        document_id TEXT NOT NULL REFERENCES documents ON DELETE CASCADE,
        began_at TEXT NOT NULL,
        ended_at TEXT
    );
    CREATE INDEX periods_by_document ON periods (document_id);
    INSERT INTO periods SELECT id, added_at, NULL FROM documents;
    CREATE TABLE signature_bands (
        band INTEGER NOT NULL,
        key BLOB NOT NULL,
        document_id TEXT NOT NULL REFERENCES documents ON DELETE CASCADE,
        PRIMARY KEY (band, key, document_id)
    ) WITHOUT ROWID;
    CREATE INDEX signature_bands_by_document ON signature_bands (document_id);
    CREATE TABLE resemblances (
        first_id TEXT NOT NULL REFERENCES documents ON DELETE CASCADE,
        second_id TEXT NOT NULL REFERENCES documents ON DELETE CASCADE,
        similarity REAL NOT NULL,
        verdict TEXT NOT NULL,
        PRIMARY KEY (first_id, second_id)
    ) WITHOUT ROWID;
    CREATE INDEX resemblances_by_second ON resemblances (second_id);
    """,
)
