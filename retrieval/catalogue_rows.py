"""How documents and chunks stand in the catalogue's tables, and the keys by which they are looked up."""

import json
import re
import sqlite3
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from core.errors import DocumentNotFoundError
from core.references import canonical_number, find_document_numbers, number_key
from core.text import fold_diacritics, nfc
from core.types import Chunk, Document, Metadata, ParsedDocument, PathStep, Section, Span, Standing
from retrieval.spelling import count_text

_METADATA = TypeAdapter(Metadata)
_PATH = TypeAdapter(tuple[PathStep, ...])

_DOCUMENT_COLUMNS = (
    "id, source, sha256, format, coalesce(corrected_metadata, parsed_metadata), json_array_length(page_starts),"
    " chunk_count, text_quality, warnings, added_at, standing, leader_id, successor_id, parser"
)


def folded(text: str) -> str:
    """Key under which two writings of one name meet: no diacritics, lower case, single spaces."""
    return " ".join(fold_diacritics(nfc(text)).lower().split())


def like_literal(text: str) -> str:
    """`text` for a LIKE pattern with `ESCAPE '!'`, matching itself only."""
    return re.sub("[%_!]", r"!\g<0>", text)


def select_documents(connection: sqlite3.Connection, condition: str, *values: object) -> list[Document]:
    """Documents whose row meets the SQL `condition` (our own text; values are bound), by source."""
    rows = connection.execute(
        f"SELECT {_DOCUMENT_COLUMNS} FROM documents WHERE {condition} ORDER BY source",  # noqa: S608
        values,
    )
    return [_document(row) for row in rows]


def select_document(connection: sqlite3.Connection, document_id: str) -> Document:
    """The document of that id.

    Raises:
        DocumentNotFoundError: there is none.
    """
    found = select_documents(connection, "id = ?", document_id)
    if not found:
        raise DocumentNotFoundError(
            f"Không có văn bản mang mã {document_id} trong kho. Hãy xem danh sách văn bản để lấy mã đúng."
        )
    return found[0]


def select_parsed_metadata(connection: sqlite3.Connection, document_id: str) -> Metadata:
    """What was read from a document's file, whatever was corrected since."""
    row = connection.execute("SELECT parsed_metadata FROM documents WHERE id = ?", (document_id,)).fetchone()
    return _METADATA.validate_json(row[0])


def _document(row: Sequence[Any]) -> Document:
    return Document(
        id=row[0],
        source=row[1],
        sha256=row[2],
        format=row[3],
        metadata=_METADATA.validate_json(row[4]),
        page_count=row[5],
        chunk_count=row[6],
        text_quality=row[7],
        warnings=tuple(json.loads(row[8])),
        added_at=datetime.fromisoformat(row[9]),
        standing=Standing(row[10]),
        leader_id=row[11],
        successor_id=row[12],
        parser=row[13],
    )


def chunk_of(row: Sequence[Any]) -> Chunk:
    """The chunk that a whole row of `chunks` holds."""
    id_, document_id, path, label, header, text, start, end, page_start, page_end, token_count = row
    return Chunk(
        id_,
        document_id,
        _PATH.validate_json(path),
        label,
        header,
        text,
        Span(start, end),
        page_start,
        page_end,
        token_count,
    )


def section_of(row: Sequence[Any]) -> Section:
    """The section that a row of `sections` holds, its document and ordinal left out."""
    path, label, heading, start, end, page = row
    return Section(_PATH.validate_json(path), label, heading, Span(start, end), page)


def insert_document(connection: sqlite3.Connection, parsed: ParsedDocument, warnings: Sequence[str]) -> None:
    """Writes all rows of one document and counts its syllables."""
    connection.execute(
        "INSERT INTO documents (id, source, sha256, format, page_starts, chunk_count, text_quality, warnings, added_at,"
        " parsed_metadata, recognised_pages, parser, kind, number_key, title_key, serial, years, search_text)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, '', '', '', '', '', '')",
        (
            parsed.id,
            parsed.source,
            parsed.sha256,
            parsed.format,
            json.dumps(parsed.page_starts),
            len(parsed.chunks),
            parsed.text_quality,
            json.dumps(warnings, ensure_ascii=False),
            datetime.now(UTC).isoformat(),
            _METADATA.dump_json(parsed.metadata).decode(),
            parsed.recognised_pages,
            parsed.parser,
        ),
    )
    write_metadata_keys(connection, parsed.id, parsed.metadata)
    connection.execute("INSERT INTO texts VALUES (?, ?)", (parsed.id, parsed.text))
    connection.executemany(
        "INSERT INTO sections VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (parsed.id, ordinal, path_json(section.path), section.label, section.heading, *section.span, section.page)
            for ordinal, section in enumerate(parsed.sections)
        ],
    )
    connection.executemany(
        "INSERT INTO chunks VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                chunk.id,
                parsed.id,
                path_json(chunk.section_path),
                chunk.label,
                chunk.header,
                chunk.text,
                *chunk.span,
                chunk.page_start,
                chunk.page_end,
                chunk.token_count,
            )
            for chunk in parsed.chunks
        ],
    )
    count_text(connection, parsed.text, 1)


def delete_document(connection: sqlite3.Connection, document_id: str) -> None:
    """Deletes all rows of one document and takes its syllables back."""
    (text,) = connection.execute("SELECT text FROM texts WHERE document_id = ?", (document_id,)).fetchone()
    count_text(connection, text, -1)
    connection.execute("DELETE FROM documents WHERE id = ?", (document_id,))


def write_correction(connection: sqlite3.Connection, document_id: str, metadata: Metadata) -> None:
    """Puts `metadata` over the parsed one, which stays in its own column."""
    connection.execute(
        "UPDATE documents SET corrected_metadata = ? WHERE id = ?",
        (_METADATA.dump_json(metadata).decode(), document_id),
    )
    write_metadata_keys(connection, document_id, metadata)


def write_metadata_keys(connection: sqlite3.Connection, document_id: str, metadata: Metadata) -> None:
    """Writes the look-up columns that follow from `metadata`."""
    numbers = find_document_numbers(canonical_number(metadata.number))
    leading = re.match(r"0*(\d+)", metadata.number)
    serial = numbers[0].serial if numbers else leading[1] if leading else ""
    years = {numbers[0].year if numbers else None, metadata.issued_on.year if metadata.issued_on else None}
    (source,) = connection.execute("SELECT source FROM documents WHERE id = ?", (document_id,)).fetchone()
    searched = (
        metadata.kind,
        metadata.number,
        metadata.title,
        metadata.issuer,
        metadata.signer,
        metadata.domain,
        Path(source).name,
    )
    connection.execute(
        "UPDATE documents SET kind = ?, number_key = ?, title_key = ?, serial = ?, years = ?, search_text = ?"
        " WHERE id = ?",
        (
            folded(metadata.kind),
            number_key(metadata.number),
            folded(metadata.title),
            serial,
            " ".join(sorted(str(year) for year in years if year)),
            folded(" ".join(searched)),
            document_id,
        ),
    )


def parse_day(day: str | None) -> date | None:
    """The date that an ISO text column holds."""
    return date.fromisoformat(day) if day else None


def path_json(path: tuple[PathStep, ...]) -> str:
    """`path` as the text column that holds it."""
    return _PATH.dump_json(path).decode()
