"""The travelling values as plain JSON, in the shapes that the command line promises."""

from collections.abc import Sequence
from datetime import date, datetime
from typing import TypeAlias

from core.types import (
    Answer,
    Chunk,
    Citation,
    Document,
    Metadata,
    ParsedDocument,
    Passage,
    PathStep,
    Relation,
    Section,
    Validity,
)

Json: TypeAlias = "bool | int | float | str | list[Json] | dict[str, Json] | None"
JsonObject: TypeAlias = dict[str, Json]


def document_json(document: Document, validity: Validity) -> JsonObject:
    """A document of the library with its metadata and its validity today."""
    return {
        "id": document.id,
        "source": document.source,
        "format": document.format,
        "pages": document.page_count,
        "chunks": document.chunk_count,
        **metadata_json(document.metadata),
        "text_quality": document.text_quality,
        "warnings": list(document.warnings),
        "added_at": document.added_at.isoformat(timespec="seconds"),
        "standing": document.standing.value,
        "leader_id": document.leader_id,
        "successor_id": document.successor_id,
        "validity": validity_json(validity),
    }


def added_json(document: Document) -> JsonObject:
    """A document that was just taken in."""
    return {
        "id": document.id,
        "source": document.source,
        "number": document.metadata.number,
        "title": document.metadata.title,
        "pages": document.page_count,
        "chunks": document.chunk_count,
        "warnings": list(document.warnings),
    }


def version_json(document: Document, periods: Sequence[tuple[datetime, datetime | None]]) -> JsonObject:
    """A version with the times, in UTC, when it was in use; the end of the present one is `null`."""
    return {
        **added_json(document),
        "standing": document.standing.value,
        "successor_id": document.successor_id,
        "in_use": [
            {
                "from": began.isoformat(timespec="seconds"),
                "to": ended.isoformat(timespec="seconds") if ended else None,
            }
            for began, ended in periods
        ],
    }


def metadata_json(metadata: Metadata) -> JsonObject:
    """What a document says of itself; dates as ISO strings or `null`."""
    return {
        "kind": metadata.kind,
        "number": metadata.number,
        "title": metadata.title,
        "issuer": metadata.issuer,
        "signer": metadata.signer,
        "signer_title": metadata.signer_title,
        "place": metadata.place,
        "domain": metadata.domain,
        "issued_on": _day(metadata.issued_on),
        "effective_from": _day(metadata.effective_from),
        "effective_to": _day(metadata.effective_to),
        "relations": [_relation(relation) for relation in metadata.relations],
        "missing": list(metadata.missing),
    }


def _relation(relation: Relation) -> JsonObject:
    """A relation with the place in this document that states it, `null` where it was entered by hand."""
    return {
        "kind": relation.kind.value,
        "target": relation.target,
        "scope": relation.scope,
        "exception": relation.exception,
        "effective_on": _day(relation.effective_on),
        "start": relation.span.start if relation.span else None,
        "end": relation.span.end if relation.span else None,
    }


def parsed_json(parsed: ParsedDocument) -> JsonObject:
    """All that the parser made of one file."""
    return {
        "format": parsed.format,
        "pages": len(parsed.page_starts),
        "metadata": metadata_json(parsed.metadata),
        "sections": [_section(section) for section in parsed.sections],
        "chunks": [_chunk(chunk) for chunk in parsed.chunks],
        "text_quality": parsed.text_quality,
        "warnings": list(parsed.warnings),
    }


def passage_json(passage: Passage) -> JsonObject:
    """A found provision; the score of one that was asked for by its number is `null`."""
    return {
        "chunk_id": passage.chunk_id,
        "document_id": passage.document.id,
        "number": passage.document.metadata.number,
        "title": passage.document.metadata.title,
        "path": _path(passage.path),
        "label": passage.label,
        "page": passage.page_start,
        "start": passage.span.start,
        "end": passage.span.end,
        "score": None if passage.is_named else passage.score,
        "text": passage.text,
        "validity": validity_json(passage.validity),
    }


def answer_json(answer: Answer) -> JsonObject:
    """An answer with its proven quotes."""
    return {
        "question": answer.question,
        "typed": answer.typed,
        "answer": answer.text,
        "method": answer.method.value,
        "citations": [citation_json(citation) for citation in answer.citations],
        "nearest": [{"id": d.id, "number": d.metadata.number, "title": d.metadata.title} for d in answer.nearest],
        "suggestions": list(answer.suggestions),
        "warnings": list(answer.warnings),
        "model": answer.model,
    }


def citation_json(citation: Citation) -> JsonObject:
    """A quote and where it stands."""
    return {
        "marker": citation.marker,
        "document_id": citation.document.id,
        "number": citation.document.metadata.number,
        "title": citation.document.metadata.title,
        "label": citation.label,
        "page": citation.page,
        "quote": citation.quote,
        "start": citation.span.start,
        "end": citation.span.end,
        "verified": citation.verified,
        "validity": validity_json(citation.validity),
    }


def validity_json(validity: Validity) -> JsonObject:
    """State, reason and the document that causes it."""
    return {"state": validity.state.value, "reason": validity.reason, "by": validity.by_document_id}


def _section(section: Section) -> Json:
    return {
        "label": section.label,
        "path": _path(section.path),
        "heading": section.heading,
        "start": section.span.start,
        "end": section.span.end,
        "page": section.page,
    }


def _chunk(chunk: Chunk) -> Json:
    return {
        "header": chunk.header,
        "text": chunk.text,
        "start": chunk.span.start,
        "end": chunk.span.end,
        "page_start": chunk.page_start,
        "page_end": chunk.page_end,
    }


def _path(path: Sequence[PathStep]) -> Json:
    return [[step.kind.value, step.number] for step in path]


def _day(day: date | None) -> Json:
    return day.isoformat() if day else None
