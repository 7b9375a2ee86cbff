"""What follows from several quotes together: sums, differences, days reckoned, and where the quotes disagree."""

from collections.abc import Iterator, Sequence
from itertools import combinations
from typing import NamedTuple

from answering.figures import Figure, deadline, only_figure, reckoned
from answering.precedence import prevailing
from answering.quoting import place
from answering.units import QuestionWords, Unit
from core.types import Citation, Statement

# Two sentences speak of the same matter when each holds this share of the question's weight …
_SAME_COVERAGE = 0.6
# … and they share this part of all their terms, headings included.
_SAME_LIKENESS = 0.35


class Lead(NamedTuple):
    """A sentence that answers and the citation that quotes it."""

    unit: Unit
    citation: Citation


def conclusions(question: str, leads: Sequence[Lead], words: QuestionWords) -> Iterator[Statement]:
    """Statements reckoned from `leads`, each with the markers of all its operands; none where one is in doubt."""
    figures = [figure for lead in leads if (figure := _figure(lead, words))]
    if len(figures) == len(leads) and (said := reckoned(question, figures)):
        yield Statement(said, tuple(lead.citation.marker for lead in leads))
    for lead in leads[:1]:
        if said := deadline(question, lead.unit.text):
            yield Statement(said, (lead.citation.marker,))


def conflicts(leads: Sequence[Lead], words: QuestionWords) -> Iterator[str]:
    """Warnings about `leads` from different documents that give different figures for the same matter."""
    for one, other in combinations(leads, 2):
        figures = _figure(one, words), _figure(other, words)
        documents = one.citation.document, other.citation.document
        if figures[0] is None or figures[1] is None or documents[0].id == documents[1].id:
            continue
        differ = figures[0].unit == figures[1].unit and figures[0].value != figures[1].value
        if not differ or not _same_matter(one.unit, other.unit, words):
            continue
        said = (
            f"Hai quy định được trích nêu số liệu khác nhau: {place(one.citation)} nêu {_put(figures[0])}, "
            f"{place(other.citation)} nêu {_put(figures[1])}."
        )
        if first := prevailing(*documents):
            said += f" {first[0].name} được ưu tiên áp dụng vì {first[1]}."
        yield said


def _figure(lead: Lead, words: QuestionWords) -> Figure | None:
    return only_figure(lead.unit.text, words.counted.names if words.counted and not words.counted.is_money else None)


def _same_matter(one: Unit, other: Unit, words: QuestionWords) -> bool:
    held, others = words.terms(one.context), words.terms(other.context)
    likeness = len(held & others) / max(1, len(held | others))
    return min(one.coverage, other.coverage) >= _SAME_COVERAGE and likeness >= _SAME_LIKENESS


def _put(figure: Figure) -> str:
    return f"{figure.printed} {figure.unit}"
