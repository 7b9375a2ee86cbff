"""What of the sample corpus binds from when until when, by hand, and whether an answer passes off the rest as current.

The table `questions/sample_validity.tsv` was made by reading the documents, not by the code under test.
"""

import csv
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from core.types import Answer, Span

SAMPLE_VALIDITY = Path(__file__).parent / "questions" / "sample_validity.tsv"
# What an answer has to say of it, beside the number of the document or of the one that changes it.
_TOLD = ("hiệu lực", "sửa đổi", "bổ sung", "thay thế", "bãi bỏ")


@dataclass(frozen=True, slots=True)
class Term:
    """When a provision binds.

    Attributes:
        source: File name in the corpus.
        label: The provision as officials cite it; empty for the whole document.
        since: First day; `None` when it always did.
        until: First day on which it does not bind as written any more; `None` when there is none.
        changed_by: Number of the document that ends it; empty when there is none.
    """

    source: str
    label: str
    since: date | None
    until: date | None
    changed_by: str

    def holds_on(self, day: date) -> bool:
        """Whether the provision binds, as written, on `day`."""
        return (self.since is None or self.since <= day) and (self.until is None or day < self.until)


def read_terms(table: Path = SAMPLE_VALIDITY) -> list[Term]:
    """The rows of `table`."""
    with table.open(encoding="utf-8", newline="") as lines:
        return [
            Term(row["file"], row["label"], _day(row["from"]), _day(row["until"]), row["changed_by"])
            for row in csv.DictReader(lines, delimiter="\t")
        ]


def passes_as_current(answer: Answer, terms: Iterable[tuple[Term, str, Span]], day: date) -> bool:
    """Whether `answer` cites what does not bind on `day` without saying so.

    Args:
        answer: To judge.
        terms: Each with its document's id and its provision's span.
        day: On which the question is asked.
    """
    told = [*answer.warnings, *(statement.text for statement in answer.statements)]
    return any(
        citation.document.id == document_id
        and span.start < citation.span.end
        and citation.span.start < span.end
        and not _is_told(told, (citation.document.metadata.number, term.changed_by))
        for term, document_id, span in terms
        if not term.holds_on(day)
        for citation in answer.citations
    )


def _is_told(told: Sequence[str], numbers: Iterable[str]) -> bool:
    named = [number for number in numbers if number]
    return any(any(n in words for n in named) and any(word in words for word in _TOLD) for words in told)


def _day(text: str) -> date | None:
    return date.fromisoformat(text) if text else None
