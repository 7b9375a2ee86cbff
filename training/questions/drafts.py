"""What every kind of question shares: the candidate, the draft, references in words and comparison of options."""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property

from core.references import cite_provision
from core.text import syllables
from core.types import Span
from training.bodies import Body, find_bodies
from training.facts import Fact, find_facts
from training.provisions import Provision, SourceText, Statement
from training.types import QuestionKind
from training.wording import likeness

DISTRACTORS = 3
_SAME_THING = 0.6
_MAX_CONTEXT_SYLLABLES = 16
_MAX_TITLE_WORDS = 20


@dataclass(frozen=True, slots=True)
class Draft:
    """A question before its options are mixed and checked.

    Attributes:
        evidence: Span that proves the key.
        distractors: False options, best first; only as many as needed are used.
        hardness: Points of difficulty the kind itself adds (see `training.quiz.difficulty_of`).
        key_is_quoted: The key's own words must stand in the evidence; not so for `Đúng`/`Sai`, an intruder in a list
            or a combination of letters.
        note: Sentence added to the explanation.
    """

    question: str
    key: str
    distractors: tuple[str, ...]
    evidence: Span
    label: str
    hardness: int = 0
    key_is_quoted: bool = True
    note: str = ""
    pairs: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Candidate:
    """A place in a document that may give a question; drafting it is put off until it is chosen.

    Attributes:
        evidence: Two candidates whose evidence overlaps ask about the same fact.
        quality: 0 to 1, higher reads better.
        variant: Kinds that have the same answers again and again name the answer here, so that they can be balanced.
        draft: Makes the question, or `None` when no good one comes of it.
    """

    kind: QuestionKind
    source: SourceText
    provision: Provision
    evidence: Span
    quality: float
    draft: Callable[[], Draft | None] = field(compare=False)
    variant: str = ""


class QuestionPool:
    """All chosen documents together: the places to ask about and the stock of false answers."""

    def __init__(self, sources: Iterable[SourceText]) -> None:
        self.sources = tuple(sources)

    def statements(self) -> Iterator[Statement]:
        """Statements within the scope of their source."""
        for source in self.sources:
            yield from (statement for statement in source.statements if source.covers(statement.span))

    @cached_property
    def facts(self) -> tuple[tuple[Fact, Statement], ...]:
        """Every fact of every document with the statement that holds it."""
        return tuple(
            (fact, statement)
            for source in self.sources
            for statement in source.statements
            for fact in find_facts(statement.text)
        )

    @cached_property
    def bodies(self) -> tuple[tuple[Body, Statement], ...]:
        """Every body named in a statement of any document."""
        return tuple(
            (body, statement)
            for source in self.sources
            for statement in source.statements
            for body in find_bodies(statement.text)
        )

    def comparable_facts(self, fact: Fact, statement: Statement) -> tuple[list[Fact], list[Fact]]:
        """Facts of the kind and unit of `fact`: those about other things, and those that may be right here too.

        Right too may be what the same provision states, or a statement elsewhere about nearly the same thing.
        """
        apart: list[Fact] = []
        near: list[Fact] = []
        for other, place in self.facts:
            if other.kind == fact.kind and other.unit == fact.unit:
                same_place = place.source is statement.source and place.provision.span == statement.provision.span
                is_near = same_place or likeness(place.text, statement.text) >= _SAME_THING
                (near if is_near else apart).append(other)
        return apart, near


def say_reference(source: SourceText, provision: Provision, *, with_heading: bool = True) -> str:
    """`khoản 2 Điều 5 Nghị định 13/2023/NĐ-CP (Mức hỗ trợ)`: what a question or explanation starts from."""
    reference = cite_provision(provision.label, say_document(source))
    context = _context(provision) if with_heading else ""
    return f"{reference} ({context})" if context else reference


def say_document(source: SourceText) -> str:
    """The document's name, its title or file name in quotation marks when it has no number."""
    document = source.document
    if document.metadata.number:
        return document.name
    words = document.name.split()
    title = " ".join(words[:_MAX_TITLE_WORDS]) + (" …" if len(words) > _MAX_TITLE_WORDS else "")
    return f"{document.metadata.kind} “{title}”".lstrip()


def _context(provision: Provision) -> str:
    if not provision.headings:
        return ""
    context = provision.headings[-1]
    if len(syllables(context)) < 5 and len(provision.headings) > 1:
        context = f"{provision.headings[-2]} - {context}"
    context = re.sub(r"\s*\(([^()]*)\)", r" – \1", context)
    return context if len(syllables(context)) <= _MAX_CONTEXT_SYLLABLES else ""
