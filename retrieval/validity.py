"""Whether a document, or one provision of it, binds on a day: from its own dates and what other documents do to it.

A document ends on its own date, or when one that replaces or repeals the whole of it takes effect; what is amended,
or repealed in part, stays in force as amended. A plan or letter that names no day binds from the day it is issued.
A document is not taken to end because the one it was based on did.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import date
from typing import NamedTuple

from core.provisions import list_provisions
from core.types import Document, PathStep, Relation, RelationKind, SectionKind, Validity, ValidityState


class IncomingRelation(NamedTuple):
    """Another document of the library, and what it does to the one in question.

    Attributes:
        by_ended_on: Day from which the other document itself was replaced or repealed; `None` when it was not.
    """

    by: Document
    relation: Relation
    by_ended_on: date | None = None

    @property
    def since(self) -> date | None:
        """Day from which it counts; `None` when the other document is undated."""
        return self.relation.effective_on or self.by.metadata.effective_from or self.by.metadata.issued_on

    @property
    def is_void(self) -> bool:
        """Whether the other document ended before it could do anything; what it did once is not undone."""
        return self.since is not None and self.by_ended_on is not None and self.by_ended_on < self.since


ENDING = (RelationKind.REPLACES, RelationKind.REPEALS)
CHANGING = (*ENDING, RelationKind.AMENDS, RelationKind.EXTENDS)
TOUCHING = (*CHANGING, RelationKind.GUIDES)

_DONE = {
    RelationKind.REPLACES: "thay thế",
    RelationKind.REPEALS: "bãi bỏ",
    RelationKind.AMENDS: "sửa đổi, bổ sung",
}
# The levels of plans and resolutions, as others cite them: "Mục II", "khoản 1".
_CITED_AS = {
    SectionKind.ROMAN: SectionKind.DIVISION,
    SectionKind.ITEM: SectionKind.CLAUSE,
    SectionKind.LETTER: SectionKind.POINT,
}
_OF_THE_OTHER = re.compile(r"\bnày\b")
_FORM = re.compile(r"\s*mẫu\b", re.IGNORECASE)


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
    changes = [change for change in incoming if not change.is_void]
    ends = [change for change in changes if _ends(change.relation, path)]
    if ended := _first([change for change in ends if _counts(change, on)]):
        return Validity(ValidityState.EXPIRED, _reason(ended), ended.by.id)
    extended = _first([c for c in changes if c.relation.kind is RelationKind.EXTENDS and _counts(c, on)])
    if own.effective_to and own.effective_to < on and not extended:
        return Validity(ValidityState.EXPIRED, f"Hết hiệu lực từ sau ngày {_vietnamese(own.effective_to)}.")
    if starts and on < starts:
        return Validity(ValidityState.NOT_YET, f"Có hiệu lực từ ngày {_vietnamese(starts)}.")
    if starts is None and own.effective_to is None:
        return Validity(ValidityState.UNKNOWN, "Không thấy ngày ban hành hay ngày có hiệu lực trong văn bản.")
    if touching := _latest([c for c in _changing_part(changes, path) if _counts(c, on)]):
        return Validity(ValidityState.AMENDED, _reason(touching), touching.by.id)
    if extended and own.effective_to and own.effective_to < on:
        reason = f"Được công bố tiếp tục có hiệu lực bởi {extended.by.name}{_from_day(extended.since)}."
        return Validity(ValidityState.IN_FORCE, reason, extended.by.id)
    if coming := _first([*ends, *(c for c in _changing_part(changes, path) if path)]):
        return Validity(ValidityState.IN_FORCE, _reason(coming, ahead=True), coming.by.id)
    elsewhere = [change for change in changes if _is_change(change.relation) and _counts(change, on)]
    return Validity(ValidityState.IN_FORCE, _untouched(elsewhere, path) or _began(starts))


def relations_touching(incoming: Iterable[IncomingRelation], path: Sequence[PathStep]) -> list[IncomingRelation]:
    """Those of `incoming` that bear on the provision at `path`, on a part of it or on what holds it, oldest first.

    A document that names provisions also says in its title that it bears on the whole: that is left out where it names
    provisions. Legal grounds bear on no provision.
    """
    given = [change for change in incoming if change.relation.kind in TOUCHING and not change.is_void]
    return sorted((c for c in given if _touches(c, given, path)), key=lambda change: change.since or date.min)


def ended_on(incoming: Iterable[IncomingRelation]) -> date | None:
    """Day from which a document is replaced or repealed as a whole by what `incoming` says; `None` if it is not."""
    days = [change.since for change in incoming if _ends(change.relation, ())]
    return min((day for day in days if day), default=None)


def _is_change(relation: Relation) -> bool:
    return relation.kind in _DONE


def _ends(relation: Relation, path: Sequence[PathStep]) -> bool:
    """Whether `relation` ends the provision at `path`, or the whole document when there is no path."""
    if relation.kind not in ENDING or _is_excepted(relation, path):
        return False
    if not relation.scope:
        return True
    # What replaces a provision gives it a new wording; only a repeal leaves nothing.
    named = list_provisions(relation.scope)
    is_repeal = relation.kind is RelationKind.REPEALS
    return is_repeal and bool(path) and any(set(provision.steps) <= _cited(path) for provision in named)


def _is_excepted(relation: Relation, path: Sequence[PathStep]) -> bool:
    """Whether the provision at `path` is one that `trừ …` leaves untouched.

    `trừ trường hợp quy định tại Điều 53 của Luật này` names a provision of the other document and excepts none here.
    """
    if not path or not relation.exception or _OF_THE_OTHER.search(relation.exception):
        return False
    outer = next(iter(list_provisions(relation.scope)), None)
    named = [provision.within(outer) for provision in list_provisions(relation.exception)]
    return any(set(provision.steps) <= _cited(path) for provision in named)


def _changing_part(changes: Sequence[IncomingRelation], path: Sequence[PathStep]) -> list[IncomingRelation]:
    """What changes the provision at `path`, or any part of the document when there is no path, without ending it."""
    partial = [c for c in changes if _is_change(c.relation) and not _ends(c.relation, path)]
    return [c for c in partial if _touches(c, partial, path) and not _is_excepted(c.relation, path)]


def _touches(change: IncomingRelation, others: Sequence[IncomingRelation], path: Sequence[PathStep]) -> bool:
    """Whether `change` bears on the provision at `path`, on a part of it, or on what holds it."""
    if not path:
        return True
    relation = change.relation
    if not relation.scope:
        return not any(
            c.by.id == change.by.id and c.relation.kind is relation.kind and c.relation.scope for c in others
        )
    named = list_provisions(relation.scope)
    if not named:
        return not _FORM.match(relation.scope)  # a part named in words may be any
    own = {step.kind: step.number for step in _cited(path)}
    return any(_meets(provision.steps, own) for provision in named)


def _cited(path: Sequence[PathStep]) -> set[PathStep]:
    return {PathStep(_CITED_AS.get(step.kind, step.kind), step.number) for step in path}


def _meets(steps: Sequence[PathStep], own: dict[SectionKind, str]) -> bool:
    common = [step for step in steps if step.kind in own]
    return bool(common) and all(own[step.kind] == step.number for step in common)


def _counts(change: IncomingRelation, on: date) -> bool:
    """Whether `change` has happened by `on`; an undated one is taken to have."""
    return change.since is None or change.since <= on


def _first(changes: Sequence[IncomingRelation]) -> IncomingRelation | None:
    return min(changes, key=lambda change: change.since or date.min, default=None)


def _latest(changes: Sequence[IncomingRelation]) -> IncomingRelation | None:
    return max(changes, key=lambda change: change.since or date.min, default=None)


def _reason(change: IncomingRelation, *, ahead: bool = False) -> str:
    relation = change.relation
    passive = "bị" if relation.kind is RelationKind.REPEALS else "được"
    verb = f"{f'Sẽ {passive}' if ahead else passive.capitalize()} {_DONE[relation.kind]}"
    scope = f" {relation.scope}" if relation.scope else ""
    exception = f", trừ {relation.exception}" if relation.exception else ""
    return f"{verb}{scope} bởi {change.by.name}{_from_day(change.since)}{exception}."


def _untouched(changes: Sequence[IncomingRelation], path: Sequence[PathStep]) -> str:
    names = ", ".join(dict.fromkeys(change.by.name for change in changes)) if path else ""
    return f"Không bị sửa đổi; {names} sửa đổi điều khoản khác của văn bản này." if names else ""


def _began(starts: date | None) -> str:
    return f"Có hiệu lực từ ngày {_vietnamese(starts)}." if starts else ""


def _from_day(day: date | None) -> str:
    return f" từ ngày {_vietnamese(day)}" if day else ""


def _vietnamese(day: date) -> str:
    return f"{day:%d/%m/%Y}"
