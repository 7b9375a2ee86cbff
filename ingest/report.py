"""What became of files that were to be taken in."""

from collections.abc import Iterable
from dataclasses import dataclass

from core.types import Document


@dataclass(frozen=True, slots=True)
class FailedFile:
    """A file that was not taken in, with the Vietnamese reason."""

    source: str
    error: str


@dataclass(frozen=True, slots=True)
class IngestReport:
    """What became of each file.

    Attributes:
        unchanged: Stored before, from the same bytes.
        removed: Former selves of changed files, no longer searched: replaced by documents among `added`, or by those
            among `unchanged` whose bytes the files hold now.
    """

    added: tuple[Document, ...] = ()
    unchanged: tuple[Document, ...] = ()
    removed: tuple[Document, ...] = ()
    failed: tuple[FailedFile, ...] = ()


def joined(reports: Iterable[IngestReport]) -> IngestReport:
    """One report of several, in their order."""
    each = list(reports)
    return IngestReport(
        added=tuple(document for report in each for document in report.added),
        unchanged=tuple(document for report in each for document in report.unchanged),
        removed=tuple(document for report in each for document in report.removed),
        failed=tuple(failed for report in each for failed in report.failed),
    )
