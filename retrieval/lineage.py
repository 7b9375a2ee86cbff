"""Which files of the library are versions or copies of one document, as rows of the catalogue.

A version is of our file, not of the law: a corrected file takes the place of the one before, whatever day is asked
about, so a question about last year is answered from the present text and from the validity of its provisions then.
"""

import json
import sqlite3
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import NamedTuple

from core.types import Document, Metadata, ParsedDocument, Standing
from retrieval.catalogue_rows import delete_document, insert_document, select_documents, write_correction
from retrieval.duplicates import bands, estimated_similarity
from retrieval.incoming import write_relations

# Of the texts that share a band with a new one, so many of the likest are read and compared.
_COMPARED = 5
_LEAST_ESTIMATE = 0.5


class Place(NamedTuple):
    """Where a file stands among the files of its document; see `Document`."""

    standing: Standing
    leader_id: str | None = None
    successor_id: str | None = None


class Period(NamedTuple):
    """A time, in UTC, during which a version was in use; `ended_at` is `None` while it is."""

    began_at: datetime
    ended_at: datetime | None


@dataclass(frozen=True, slots=True)
class Version:
    """A file that is, or was, the document's current one."""

    document: Document
    periods: tuple[Period, ...]


class Resemblance(NamedTuple):
    """Two searched documents that may be one, for the administrator to decide.

    Attributes:
        similarity: Share of their pairs of syllables that both have, 0 to 1.
    """

    first: Document
    second: Document
    similarity: float


class Rank(NamedTuple):
    """What makes one copy better than another; the greatest leads.

    Attributes:
        chosen: The administrator chose it.
        is_numbered: Its number was read; a copy without may be a draft.
        is_typed: No page was made by character recognition.
        quality: Text quality in hundredths.
        provisions: Sections found.
    """

    chosen: bool
    is_numbered: bool
    is_typed: bool
    quality: float
    provisions: int
    added_at: str


@dataclass(frozen=True, slots=True)
class StoredDocument:
    """All that the catalogue knows of one document, as it travels between libraries.

    Attributes:
        parsed: What was read from the file.
        correction: Metadata put in force over what was read.
        place: Where it stands among the files of its document.
        periods: When it was in use.
        sources: Sources that hold it.
        apart: Documents that the administrator said are other ones.
        chosen: The administrator chose it to lead its copies.
    """

    parsed: ParsedDocument
    correction: Metadata | None
    place: Place
    periods: tuple[Period, ...]
    sources: tuple[str, ...]
    apart: tuple[str, ...]
    chosen: bool
    added_at: datetime


@dataclass(frozen=True, slots=True)
class Change:
    """One step in the library's life, committed as a whole.

    Attributes:
        added: New documents with their signatures; where they stand is among `places`.
        corrections: Metadata to put in force over what was parsed.
        removed: Documents to forget.
        places: New places of documents.
        sources: Which document each of these sources now holds.
        asked: Pairs of documents to ask the administrator about, with their similarity.
        apart: Pairs that are not the same document, whatever they look like.
        chosen: Documents that the administrator chose to lead their copies.
        histories: When documents from another library were taken in and in use there.
        entering: Documents that the search must hold from now on.
        leaving: Documents that the search must forget.
    """

    added: tuple[tuple[ParsedDocument, bytes], ...] = ()
    corrections: Mapping[str, Metadata] = field(default_factory=dict)
    removed: tuple[str, ...] = ()
    places: Mapping[str, Place] = field(default_factory=dict)
    sources: Mapping[str, str] = field(default_factory=dict)
    asked: tuple[tuple[str, str, float], ...] = ()
    apart: tuple[tuple[str, str], ...] = ()
    chosen: tuple[str, ...] = ()
    histories: Mapping[str, tuple[datetime, tuple[Period, ...]]] = field(default_factory=dict)
    entering: tuple[str, ...] = ()
    leaving: tuple[str, ...] = ()


def apply(connection: sqlite3.Connection, change: Change) -> None:
    """Writes `change`, inside the caller's transaction, and notes what the other stores have to follow."""
    now = datetime.now(UTC).isoformat()
    for id_ in change.removed:
        connection.execute(
            "UPDATE documents SET successor_id = (SELECT successor_id FROM documents WHERE id = ?)"
            " WHERE successor_id = ?",
            (id_, id_),
        )
        delete_document(connection, id_)
    for parsed, signed in change.added:
        insert_document(connection, parsed, parsed.warnings)
        write_relations(connection, parsed.id, parsed.metadata)
        write_signature(connection, parsed.id, signed)
    for id_, metadata in change.corrections.items():
        write_correction(connection, id_, metadata)
        write_relations(connection, id_, metadata)
    for id_, place in change.places.items():
        connection.execute(
            "UPDATE documents SET standing = ?, leader_id = ?, successor_id = ? WHERE id = ?",
            (place.standing.value, place.leader_id, place.successor_id, id_),
        )
        _keep_periods(connection, id_, place.standing is not Standing.FORMER, now)
    connection.executemany(
        "INSERT INTO sources VALUES (?, ?) ON CONFLICT DO UPDATE SET document_id = excluded.document_id",
        list(change.sources.items()),
    )
    pairs = [(*pair, "asked") for pair in change.asked] + [(*pair, 0.0, "apart") for pair in change.apart]
    connection.executemany(
        "INSERT OR REPLACE INTO resemblances SELECT ?1, ?2, ?3, ?4"
        " WHERE (SELECT count(*) FROM documents WHERE id IN (?1, ?2)) = 2",
        [(*sorted((first, second)), alike, verdict) for first, second, alike, verdict in pairs],
    )
    connection.executemany("UPDATE documents SET chosen = 1 WHERE id = ?", [(id_,) for id_ in change.chosen])
    for id_, (added_at, periods) in change.histories.items():
        connection.execute("UPDATE documents SET added_at = ? WHERE id = ?", (added_at.isoformat(), id_))
        connection.execute("DELETE FROM periods WHERE document_id = ?", (id_,))
        connection.executemany(
            "INSERT INTO periods VALUES (?, ?, ?)",
            [(id_, began.isoformat(), ended.isoformat() if ended else None) for began, ended in periods],
        )
    # A question falls away when either side is searched no more.
    connection.execute(
        "DELETE FROM resemblances WHERE verdict = 'asked' AND (SELECT count(*) FROM documents"
        " WHERE id IN (first_id, second_id) AND standing = 'current') < 2"
    )
    connection.executemany(
        "INSERT OR IGNORE INTO intents VALUES (?)",
        [(id_,) for id_ in (*change.entering, *change.leaving, *change.removed)],
    )


def _keep_periods(connection: sqlite3.Connection, document_id: str, in_use: bool, now: str) -> None:
    open_period = connection.execute(
        "SELECT 1 FROM periods WHERE document_id = ? AND ended_at IS NULL", (document_id,)
    ).fetchone()
    if in_use and not open_period:
        connection.execute("INSERT INTO periods VALUES (?, ?, NULL)", (document_id, now))
    elif not in_use and open_period:
        connection.execute(
            "UPDATE periods SET ended_at = ? WHERE document_id = ? AND ended_at IS NULL", (now, document_id)
        )


def write_signature(connection: sqlite3.Connection, document_id: str, signed: bytes) -> None:
    """Keeps what likeness to the document's text is looked up by."""
    connection.execute("UPDATE documents SET signature = ? WHERE id = ?", (signed, document_id))
    connection.executemany(
        "INSERT OR IGNORE INTO signature_bands VALUES (?, ?, ?)",
        [(band, key, document_id) for band, key in bands(signed)],
    )


def unsigned(connection: sqlite3.Connection) -> list[str]:
    """Documents stored before signatures were kept."""
    return [id_ for (id_,) in connection.execute("SELECT id FROM documents WHERE signature IS NULL")]


def candidates(connection: sqlite3.Connection, signed: bytes, key: str, apart_from: Collection[str]) -> list[str]:
    """Searched documents that may be the same as a new one.

    Args:
        connection: To the catalogue.
        signed: Signature of the new one's text.
        key: `number_key` of its number, empty when unknown.
        apart_from: Documents it was said not to be, or that leave with its coming.
    """
    near = "SELECT document_id FROM signature_bands WHERE (band, key) IN (VALUES {})"
    keys = list(bands(signed))
    rows = connection.execute(
        "SELECT id, signature, number_key FROM documents WHERE standing = 'current' AND"  # noqa: S608
        f" ((? != '' AND number_key = ?) OR id IN ({near.format(', '.join(['(?, ?)'] * len(keys)))}))",
        (key, key, *(value for pair in keys for value in pair)),
    ).fetchall()
    alike = []
    for id_, other, number in rows:
        estimate = estimated_similarity(signed, other) if other else 0.0
        named = bool(key) and number == key
        if id_ not in apart_from and (named or estimate >= _LEAST_ESTIMATE):
            alike.append((named, estimate, id_))
    named_alike = sum(named for named, _, _ in alike)
    return [id_ for _, _, id_ in sorted(alike, reverse=True)[: max(_COMPARED, min(named_alike, 2 * _COMPARED))]]


def rank(connection: sqlite3.Connection, document_id: str) -> Rank:
    """How good a copy that document is."""
    row = connection.execute(
        "SELECT chosen, number_key != '', recognised_pages = 0, round(text_quality, 2),"
        " (SELECT count(*) FROM sections WHERE document_id = id), added_at FROM documents WHERE id = ?",
        (document_id,),
    ).fetchone()
    return Rank(*row)


def place_of(connection: sqlite3.Connection, document_id: str) -> Place | None:
    """Where a document stands; `None` when the library does not hold it."""
    row = connection.execute(
        "SELECT standing, leader_id, successor_id FROM documents WHERE id = ?", (document_id,)
    ).fetchone()
    return Place(Standing(row[0]), row[1], row[2]) if row else None


def document_at(connection: sqlite3.Connection, source: str) -> Document | None:
    """The document that `source` holds, as far as the library knows."""
    found = select_documents(connection, "id = (SELECT document_id FROM sources WHERE source = ?)", source)
    return found[0] if found else None


def sources_of(connection: sqlite3.Connection, document_id: str) -> list[str]:
    """Sources that hold the document."""
    rows = connection.execute("SELECT source FROM sources WHERE document_id = ? ORDER BY source", (document_id,))
    return [source for (source,) in rows]


def copies_of(connection: sqlite3.Connection, document_id: str) -> list[Document]:
    """Further copies of the document, which are not searched."""
    return select_documents(connection, "leader_id = ?", document_id)


def set_apart(connection: sqlite3.Connection, document_id: str) -> list[str]:
    """Documents that the administrator said are another one."""
    rows = connection.execute(
        "SELECT first_id, second_id FROM resemblances WHERE verdict = 'apart' AND ? IN (first_id, second_id)",
        (document_id,),
    )
    return [second if first == document_id else first for first, second in rows]


def versions_of(connection: sqlite3.Connection, document_id: str) -> list[Version]:
    """Every version of the document that this one is a version of, the one now in use first, then the latest."""
    newest, seen = document_id, {document_id}
    while (place := place_of(connection, newest)) and place.successor_id and place.successor_id not in seen:
        newest = place.successor_id
        seen.add(newest)
    rows = connection.execute(
        "WITH RECURSIVE line (id) AS (SELECT ? UNION SELECT documents.id FROM documents JOIN line"
        " ON documents.successor_id = line.id) SELECT id FROM line",
        (newest,),
    ).fetchall()
    documents = select_documents(
        connection, "id IN (SELECT value FROM json_each(?))", json.dumps([id_ for (id_,) in rows])
    )
    versions = [Version(document, periods_of(connection, document.id)) for document in documents]

    def latest(version: Version) -> tuple[bool, str]:
        ended = [period.ended_at for period in version.periods if period.ended_at]
        return version.document.standing is not Standing.FORMER, max(map(str, ended), default="")

    return sorted(versions, key=latest, reverse=True)


def periods_of(connection: sqlite3.Connection, document_id: str) -> tuple[Period, ...]:
    """When the document was in use, in order."""
    rows = connection.execute(
        "SELECT began_at, ended_at FROM periods WHERE document_id = ? ORDER BY began_at", (document_id,)
    )
    return tuple(
        Period(datetime.fromisoformat(began), datetime.fromisoformat(ended) if ended else None) for began, ended in rows
    )


def questions(connection: sqlite3.Connection) -> list[Resemblance]:
    """Pairs that the administrator is asked about, the likest first."""
    rows = connection.execute(
        "SELECT first_id, second_id, similarity FROM resemblances WHERE verdict = 'asked' ORDER BY similarity DESC"
    ).fetchall()
    ids = json.dumps([id_ for first, second, _ in rows for id_ in (first, second)])
    known = {
        document.id: document
        for document in select_documents(connection, "id IN (SELECT value FROM json_each(?))", ids)
    }
    return [Resemblance(known[first], known[second], alike) for first, second, alike in rows]


def with_notes(connection: sqlite3.Connection, documents: Sequence[Document]) -> list[Document]:
    """`documents` with a warning on each that has copies, is one, was replaced, or may be the same as another."""
    ids = json.dumps([document.id for document in documents])
    rows = connection.execute(
        "SELECT leader_id, source, 'copied', 0 FROM documents WHERE leader_id IN (SELECT value FROM json_each(?1))"
        " UNION ALL SELECT copy.id, leader.source, 'copy', 0 FROM documents copy JOIN documents leader"
        " ON leader.id = copy.leader_id WHERE copy.id IN (SELECT value FROM json_each(?1))"
        " UNION ALL SELECT old.id, new.source, 'former', 0 FROM documents old JOIN documents new"
        " ON new.id = old.successor_id WHERE old.id IN (SELECT value FROM json_each(?1))"
        " UNION ALL SELECT first_id, source, 'asked', similarity FROM resemblances JOIN documents ON id = second_id"
        " WHERE verdict = 'asked' AND first_id IN (SELECT value FROM json_each(?1))"
        " UNION ALL SELECT second_id, source, 'asked', similarity FROM resemblances JOIN documents ON id = first_id"
        " WHERE verdict = 'asked' AND second_id IN (SELECT value FROM json_each(?1))",
        (ids,),
    ).fetchall()
    notes: dict[str, list[str]] = {}
    for id_, source, relation, alike in rows:
        notes.setdefault(id_, []).append(_NOTES[relation].format(file=source.rsplit("/", 1)[-1], alike=alike))
    return [
        replace(document, warnings=(*document.warnings, *notes[document.id])) if document.id in notes else document
        for document in documents
    ]


_NOTES = {
    "copied": "Trùng với tệp {file}: cùng một văn bản. Bản này được dùng để trả lời, tệp kia chỉ để xem.",
    "copy": "Trùng với tệp {file}: cùng một văn bản. Tệp kia được dùng để trả lời, bản này chỉ để xem.",
    "former": "Đây là bản cũ, đã được thay bằng tệp {file}; không dùng để trả lời nữa.",
    "asked": "Có thể là cùng văn bản với tệp {file} (nội dung giống {alike:.0%}). Cả hai đang được dùng; hãy cho biết "
    "đó là bản sao, bản mới hay hai văn bản khác nhau.",
}
