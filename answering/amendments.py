"""What other documents have since made of the provisions that an answer quotes."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from core.types import Citation, Document, RelationKind, Section, Span
from retrieval.retriever import HybridRetriever
from retrieval.validity import IncomingRelation

# The new wording is quoted with the clause that gives it up to this length, beyond it only where it begins.
_WHOLE_AMENDMENT_CHARS = 2500
_DONE = {
    RelationKind.AMENDS: "được sửa đổi, bổ sung",
    RelationKind.REPLACES: "được thay thế",
    RelationKind.REPEALS: "bị bãi bỏ",
}


@dataclass(frozen=True, slots=True)
class Amendment:
    """A provision of another document that changes a quoted one.

    Attributes:
        span: Of the clause that says so, with the new wording, in the other document's text.
        said: What it does, in Vietnamese: `được sửa đổi, bổ sung từ ngày 01/06/2026`.
    """

    by: Document
    span: Span
    said: str


def amendments_of(citation: Citation, retriever: HybridRetriever, as_of: date | None) -> Iterator[Amendment]:
    """What changed the quoted provision by name and has taken effect by the day, oldest first."""
    opened = retriever.opened(citation.document.id)
    section = opened.innermost(citation.span)
    if section is None:
        return
    day = as_of or date.today()
    for change in retriever.knowledge_base.relations_touching(citation.document, section.path):
        relation = change.relation
        has_begun = change.since is None or change.since <= day
        if relation.kind not in _DONE or not relation.scope or relation.span is None or not has_begun:
            continue
        by = retriever.opened(change.by.id)
        span = _clause(by.innermost(relation.span), relation.span)
        yield Amendment(change.by, span, f"{_DONE[relation.kind]}{_since(change)}")


def _clause(section: Section | None, said: Span) -> Span:
    """The clause that holds the sentence `said` and the new wording under it, unless it is long."""
    if section is None or section.span.end - section.span.start > _WHOLE_AMENDMENT_CHARS:
        return said
    return section.span


def _since(change: IncomingRelation) -> str:
    return f" từ ngày {change.since:%d/%m/%Y}" if change.since else ""
