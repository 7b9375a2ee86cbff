"""The catalogue's tables, as numbered steps that are only ever added to."""

# Each entry takes the schema from its index to the next version (`PRAGMA user_version`). Never edit one that was
# released: add another.
STEPS: tuple[str, ...] = (
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
)
