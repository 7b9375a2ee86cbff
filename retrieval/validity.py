"""Whether a document binds on a day, from its own dates and from what other documents of the library do to it.

A document ends on its own date, or when one that replaces or repeals the whole of it takes effect; what is amended,
or repealed in part, stays in force as amended. A plan or letter that names no day binds from the day it is issued.
"""

from collections.abc import Sequence
from datetime import date
from typing import NamedTuple

from core.references import find_provisions
from core.types import Document, PathStep, Relation, RelationKind, SectionKind, Validity, ValidityState


class IncomingRelation(NamedTuple):
    """Another document of the library, and what it does to the one in question."""

    by: Document
    relation: Relation


_CITED_LEVELS = frozenset({SectionKind.ARTICLE, SectionKind.CLAUSE, SectionKind.POINT})
_DONE = {
    RelationKind.REPLACES: "thay thế",
    RelationKind.REPEALS: "bãi bỏ",
    RelationKind.AMENDS: "sửa đổi, bổ sung",
}


def validity_of(
    document: Document, incoming: Sequence[IncomingRelation], on: date, path: Sequence[PathStep] = ()
) -> Validity:
    """State of `document`, or of one provision of it, on `on`, with its reason in Vietnamese.

    Args:
        document: The document in question.
        incoming: Everything that others do to it; relations that change no validity are passed over.
        on: The day that counts.
        path: The provision; empty for the document as a whole.
    """
    own = document.metadata
    if not own.kind and not own.number and not incoming:
        return Validity(ValidityState.UNKNOWN, "Không phải văn bản có số hiệu nên không xét hiệu lực.")
    starts = own.effective_from or own.issued_on
    ends = [change for change in incoming if _ends_it(change.relation)]
    # The end that came first is the one that ended it; an undated one is taken to have happened.
    for change in sorted(ends, key=lambda change: _takes_effect(change.by) or date.min):
        since = _takes_effect(change.by)
        if since is None or since <= on:
            return Validity(ValidityState.EXPIRED, _reason(change, since), change.by.id)
    if own.effective_to and own.effective_to < on:
        return Validity(ValidityState.EXPIRED, f"Hết hiệu lực từ sau ngày {_vietnamese(own.effective_to)}.")
    if starts and on < starts:
        return Validity(ValidityState.NOT_YET, f"Có hiệu lực từ ngày {_vietnamese(starts)}.")
    if starts is None and own.effective_to is None:
        return Validity(ValidityState.UNKNOWN, "Không thấy ngày ban hành hay ngày có hiệu lực trong văn bản.")
    partial = [
        change
        for change in incoming
        if change.relation.kind in _DONE and not _ends_it(change.relation) and (_takes_effect(change.by) or on) <= on
    ]
    touching = [change for change in partial if _touches(change, partial, path)]
    if touching:
        latest = max(touching, key=lambda change: _takes_effect(change.by) or date.min)
        return Validity(ValidityState.AMENDED, _reason(latest, _takes_effect(latest.by)), latest.by.id)
    if partial:
        names = ", ".join(dict.fromkeys(change.by.name for change in partial))
        return Validity(ValidityState.IN_FORCE, f"Không bị sửa đổi; {names} sửa đổi điều khoản khác của văn bản này.")
    if ends:
        coming = min(ends, key=lambda change: _takes_effect(change.by) or date.max)
        return Validity(ValidityState.IN_FORCE, _reason(coming, _takes_effect(coming.by), ahead=True), coming.by.id)
    return Validity(ValidityState.IN_FORCE, f"Có hiệu lực từ ngày {_vietnamese(starts)}." if starts else "")


def _touches(change: IncomingRelation, others: Sequence[IncomingRelation], path: Sequence[PathStep]) -> bool:
    """Whether `change` bears on the provision at `path`, on a part of it, or on what holds it.

    A document that names the provisions it changes also says in its title that it amends the whole; that counts for
    the whole only.
    """
    if not path:
        return True
    if not change.relation.scope:
        return not any(other.by.id == change.by.id and other.relation.scope for other in others)
    own = [step for step in path if step.kind in _CITED_LEVELS]
    named = [reference.steps for reference in find_provisions(change.relation.scope)]
    return not named or any(all(a == b for a, b in zip(own, steps, strict=False)) for steps in named if own)


def _ends_it(relation: Relation) -> bool:
    return relation.kind in (RelationKind.REPLACES, RelationKind.REPEALS) and not relation.scope


def _takes_effect(document: Document) -> date | None:
    return document.metadata.effective_from or document.metadata.issued_on


def _reason(change: IncomingRelation, since: date | None, *, ahead: bool = False) -> str:
    verb = ("Sẽ được " if ahead else "Được ") + _DONE[change.relation.kind]
    if change.relation.kind is RelationKind.REPEALS:
        verb = verb.replace("được", "bị").replace("Được", "Bị")
    scope = f" {change.relation.scope}" if change.relation.scope else ""
    day = f" từ ngày {_vietnamese(since)}" if since else ""
    return f"{verb}{scope} bởi {change.by.name}{day}."


def _vietnamese(day: date) -> str:
    return f"{day:%d/%m/%Y}"
