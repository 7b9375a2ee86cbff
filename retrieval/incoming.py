"""Relations between documents in the catalogue: kept under the key of their target, joined when it arrives."""

import json
import re
import sqlite3
from collections.abc import Collection

from core.references import DOCUMENT_KINDS, find_document_numbers, number_key
from core.text import fold_diacritics, nfc
from core.types import Document, Metadata, Relation, RelationKind, Span
from retrieval.catalogue_rows import folded, parse_day, select_document, select_documents
from retrieval.validity import ENDING, IncomingRelation, ended_on

_KIND_NAMES = frozenset(folded(kind) for kind in DOCUMENT_KINDS.values())
_YEAR = re.compile(r"\s+(?:nam\s+)?(?P<year>(?:19|20)\d\d)$")


def write_relations(connection: sqlite3.Connection, document_id: str, metadata: Metadata) -> None:
    """Puts the relations of `metadata` in place of those that the document had."""
    connection.execute("DELETE FROM relations WHERE document_id = ?", (document_id,))
    connection.executemany(
        "INSERT INTO relations (document_id, kind, target, target_key, scope, target_issued_on, span_start, span_end,"
        " effective_on, exception) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
        [
            (
                document_id,
                relation.kind.value,
                relation.target,
                _target_key(relation.target),
                relation.scope,
                relation.target_issued_on.isoformat() if relation.target_issued_on else None,
                *(relation.span or (None, None)),
                relation.effective_on.isoformat() if relation.effective_on else None,
                relation.exception,
            )
            for relation in metadata.relations
        ],
    )


def select_incoming(
    connection: sqlite3.Connection, document: Document, kinds: Collection[RelationKind]
) -> list[IncomingRelation]:
    """What other documents of the library do to `document`, each with the day that the other one itself ended."""
    found = _joined(connection, document, kinds)
    ended = {
        by.id: ended_on(_joined(connection, by, ENDING)) for by in {each.by.id: each.by for each in found}.values()
    }
    return [incoming._replace(by_ended_on=ended[incoming.by.id]) for incoming in found]


def _joined(
    connection: sqlite3.Connection, document: Document, kinds: Collection[RelationKind]
) -> list[IncomingRelation]:
    own, found = document.metadata, []
    keys = _target_keys(own)
    rows = connection.execute(
        "SELECT document_id, kind, target, scope, target_issued_on, span_start, span_end, effective_on, exception,"
        " target_key FROM relations WHERE target_key IN (SELECT value FROM json_each(?)) AND document_id != ?"
        " AND kind IN (SELECT value FROM json_each(?))",
        (json.dumps(keys), document.id, json.dumps([kind.value for kind in kinds])),
    ).fetchall()
    twins = _twins(connection, document, keys) if rows else []
    for by_id, kind, target, scope, issued_on, start, end, effective_on, exception, key in rows:
        relation = Relation(
            RelationKind(kind),
            target,
            scope,
            parse_day(issued_on),
            None if start is None else Span(start, end),
            parse_day(effective_on),
            exception,
        )
        by = select_document(connection, by_id)
        rivals = [twin for twin in twins if key in _target_keys(twin) and may_mean(relation, by.metadata, twin)]
        if may_mean(relation, by.metadata, own) and _is_meant(
            relation, own, rivals, is_number=key == number_key(own.number)
        ):
            found.append(IncomingRelation(by, relation))
    return found


def _is_meant(relation: Relation, own: Metadata, rivals: list[Metadata], *, is_number: bool) -> bool:
    """Whether `relation` means `own` and none of the others that bear the same number or title.

    Numbers without a year recur: an undated citation means the latest that it can mean. Titles are not guessed.
    """
    if relation.target_issued_on and own.issued_on == relation.target_issued_on:
        return True
    if not is_number or relation.target_issued_on:
        return not rivals
    return not any(own.issued_on and rival.issued_on and rival.issued_on > own.issued_on for rival in rivals)


def _twins(connection: sqlite3.Connection, document: Document, keys: list[str]) -> list[Metadata]:
    """Other documents with the number or the title of `document`."""
    return [
        twin.metadata
        for twin in select_documents(
            connection,
            "id != ? AND ((number_key != '' AND number_key = ?) OR (title_key != '' AND title_key IN"
            " (SELECT value FROM json_each(?))))",
            document.id,
            number_key(document.metadata.number),
            json.dumps(keys),
        )
    ]


def _target_key(target: str) -> str:
    numbers = find_document_numbers(nfc(target))
    return number_key(numbers[0].text) if numbers else _YEAR.sub("", folded(target))


def _target_keys(metadata: Metadata) -> list[str]:
    """Keys under which others may refer to the document: its number, its title, its kind and title."""
    title = folded(metadata.title)
    keys = {number_key(metadata.number), title, f"{folded(metadata.kind)} {title}".strip() if title else ""}
    return sorted(keys - {""})


def may_mean(relation: Relation, by: Metadata, target: Metadata) -> bool:
    """Whether `relation` of the document `by` can mean `target`, whose number or title it names.

    Numbers without a year recur each January, so kinds and dates have to agree where both are known; and nothing
    bears on what was issued after it.
    """
    named_kind = folded(re.split(r"\d", relation.target, maxsplit=1)[0].removesuffix("số "))
    if named_kind in _KIND_NAMES and target.kind and named_kind != folded(target.kind):
        return False
    year = None if find_document_numbers(relation.target) else _YEAR.search(fold_diacritics(relation.target).lower())
    if year and target.issued_on and target.issued_on.year != int(year["year"]):
        return False
    if relation.target_issued_on and target.issued_on:
        return relation.target_issued_on == target.issued_on
    return not (target.issued_on and by.issued_on and target.issued_on > by.issued_on)
