"""A quiz from documents: candidates of every kind, a balanced choice of them, and a check of every item."""

from collections import Counter
from collections.abc import Sequence
from hashlib import sha256

from core.references import cite_provision
from core.text import syllables
from core.types import Span
from training.provisions import SourceText
from training.questions.citations import legal_number_questions
from training.questions.definitions import definition_questions
from training.questions.drafts import DISTRACTORS, Candidate, Draft, QuestionPool, say_document
from training.questions.enumerations import enumeration_questions
from training.questions.responsibilities import responsibility_questions
from training.questions.statements import FALSE, TRUE, fact_questions
from training.questions.tables import table_questions
from training.types import Difficulty, QuestionKind, QuizItem, SourceQuote
from training.wording import comparable, holds

_MAKERS = (
    fact_questions,
    responsibility_questions,
    definition_questions,
    enumeration_questions,
    legal_number_questions,
    table_questions,
)

# How often a kind should come, relative to the others; figures and deadlines are what officials get wrong most.
_SHARES = {
    QuestionKind.NUMBER: 3.0,
    QuestionKind.DEADLINE: 2.0,
    QuestionKind.RESPONSIBLE_BODY: 2.0,
    QuestionKind.DEFINITION: 2.0,
    QuestionKind.LIST_MEMBER: 2.0,
    QuestionKind.LIST_EXCEPTION: 1.5,
    QuestionKind.TRUE_FALSE: 2.0,
    QuestionKind.LEGAL_NUMBER: 1.0,
    QuestionKind.MATCHING: 0.5,
}
# A trainer who names a topic wants what is about it before what is merely well spread.
_NEARNESS = 3.0
_MUCH_TO_READ_SYLLABLES = 80


def make_questions(sources: Sequence[SourceText], *, count: int, seed: str) -> tuple[list[QuizItem], int]:
    """At most `count` checked questions, and how many were dropped because no proven question came of them.

    The same sources, count and seed give the same questions in the same order.
    """
    pool = QuestionPool(sources)
    waiting = [candidate for make in _MAKERS for candidate in make(pool)]
    waiting.sort(key=lambda candidate: _shuffled(seed, f"{candidate.source.document.id} {candidate.evidence}"))
    taken = _Taken()
    repeating: list[tuple[Candidate, QuizItem]] = []
    dropped = 0
    while waiting and len(taken.items) < count:
        best = min(waiting, key=taken.cost)
        waiting.remove(best)
        draft = best.draft()
        item = _checked(best, draft, seed) if draft else None
        if item is None:
            dropped += 1
        elif taken.repeats_key(item):
            repeating.append((best, item))
        else:
            taken.add(best, item)
            waiting = [candidate for candidate in waiting if not taken.asks_the_same(candidate)]
    # Another question with the same answer is better than too few questions.
    for candidate, item in repeating:
        if len(taken.items) < count and not taken.asks_the_same(candidate):
            taken.add(candidate, item)
    return taken.items, dropped


def difficulty_of(draft: Draft, *, own_distractors: int) -> Difficulty:
    """Points make the difficulty: none is easy, one is medium, two or more are hard.

    One point each for: a kind that needs the whole provision (an exception, matching, a term from its meaning);
    more than 80 syllables to read in question and options; at least two false options that stand in the same document.
    """
    to_read = sum(len(syllables(part)) for part in (draft.question, draft.key, *draft.distractors))
    points = draft.hardness + (to_read > _MUCH_TO_READ_SYLLABLES) + (own_distractors >= 2)
    return (Difficulty.EASY, Difficulty.MEDIUM, Difficulty.HARD)[min(points, 2)]


class _Taken:
    """The chosen questions and what they cover."""

    def __init__(self) -> None:
        self.items: list[QuizItem] = []
        self._keys: Counter[tuple[QuestionKind, str]] = Counter()
        self._kinds: Counter[QuestionKind] = Counter()
        self._variants: Counter[str] = Counter()
        self._documents: Counter[str] = Counter()
        self._provisions: Counter[tuple[str, tuple[str, ...]]] = Counter()
        self._evidence: list[tuple[str, Span]] = []
        self._said: set[str] = set()

    def cost(self, candidate: Candidate) -> float:
        """Lower for what is still missing, kinds by their share, documents and their parts, and for what is near."""
        document = candidate.source.document.id
        share = self._kinds[candidate.kind] / _SHARES[candidate.kind]
        share += self._variants[candidate.variant] / 2
        worth = candidate.quality + _NEARNESS * candidate.source.nearness_of(candidate.evidence)
        return 2 * share + self._documents[document] / 2 + self._provisions[self._part(candidate)] - worth

    def add(self, candidate: Candidate, item: QuizItem) -> None:
        """Keep `item` and count what it covers."""
        document = candidate.source.document.id
        self.items.append(item)
        self._keys[item.kind, comparable(item.key)] += 1
        self._kinds[candidate.kind] += 1
        self._variants[candidate.variant] += bool(candidate.variant)
        self._documents[document] += 1
        self._provisions[self._part(candidate)] += 1
        self._evidence.append((document, Span(item.citation.start, item.citation.end)))
        self._said.add(" ".join(item.citation.quote.split()))

    def repeats_key(self, item: QuizItem) -> bool:
        """Whether two questions of the kind already have this answer."""
        return item.kind is not QuestionKind.TRUE_FALSE and self._keys[item.kind, comparable(item.key)] >= 2

    def asks_the_same(self, candidate: Candidate) -> bool:
        """Whether its evidence overlaps that of a chosen question or has the same words."""
        document, span = candidate.source.document.id, candidate.evidence
        overlaps = any(
            other == document and span.start < taken.end and taken.start < span.end for other, taken in self._evidence
        )
        return overlaps or " ".join(candidate.source.text[span.start : span.end].split()) in self._said

    @staticmethod
    def _part(candidate: Candidate) -> tuple[str, tuple[str, ...]]:
        return candidate.source.document.id, candidate.provision.headings


def _shuffled(seed: str, value: str) -> bytes:
    return sha256(f"{seed}\n{value}".encode()).digest()


def _checked(candidate: Candidate, draft: Draft, seed: str) -> QuizItem | None:
    """The finished item, or `None` when its key is not proven, not unique, or given away."""
    source, evidence = candidate.source, draft.evidence
    quote = source.text[evidence.start : evidence.end]
    judged = candidate.kind is QuestionKind.TRUE_FALSE
    options = (TRUE, FALSE) if judged else _mixed(seed, (draft.key, *draft.distractors[:DISTRACTORS]))
    if len(options) != (2 if judged else DISTRACTORS + 1) or len({comparable(option) for option in options}) != len(
        options
    ):
        return None
    if draft.key_is_quoted and (not holds(quote, draft.key) or holds(draft.question, draft.key)):
        return None
    own = sum(source.mentions(option) for option in draft.distractors[:DISTRACTORS]) if not judged else 0
    explanation = f"Theo {cite_provision(draft.label, say_document(source))}: “{quote}”"
    return QuizItem(
        kind=candidate.kind,
        question=draft.question[:1].upper() + draft.question[1:],
        options=options,
        key=draft.key,
        explanation=f"{explanation} {draft.note}".strip(),
        difficulty=difficulty_of(draft, own_distractors=own),
        citation=SourceQuote(
            source.document.id, source.document.name, draft.label, quote, evidence.start, evidence.end
        ),
        pairs=draft.pairs,
    )


def _mixed(seed: str, options: Sequence[str]) -> tuple[str, ...]:
    return tuple(sorted(options, key=lambda option: _shuffled(seed, option)))
