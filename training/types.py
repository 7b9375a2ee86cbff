"""Training materials as values: a quiz whose keys are proven by quotes, and a course outline."""

from dataclasses import asdict, dataclass
from enum import StrEnum

from core.references import cite_provision


class QuestionKind(StrEnum):
    """What a quiz question asks for."""

    NUMBER = "number"
    DEADLINE = "deadline"
    RESPONSIBLE_BODY = "responsible_body"
    DEFINITION = "definition"
    LIST_MEMBER = "list_member"
    LIST_EXCEPTION = "list_exception"
    TRUE_FALSE = "true_false"
    LEGAL_NUMBER = "legal_number"
    MATCHING = "matching"


class Difficulty(StrEnum):
    """How hard a question is; the rule stands at `training.quiz.difficulty_of`."""

    EASY = "dễ"
    MEDIUM = "trung bình"
    HARD = "khó"


@dataclass(frozen=True, slots=True)
class Selection:
    """What a trainer wants materials about: whole documents, or a topic, or a topic within documents."""

    document_ids: tuple[str, ...] = ()
    topic: str = ""


@dataclass(frozen=True, slots=True)
class SourceQuote:
    """Words of a document that prove something.

    Attributes:
        label: How an official cites the provision; empty where the document has none.
        quote: `document_text[start:end]`, character for character.
    """

    document_id: str
    document_name: str
    label: str
    quote: str
    start: int
    end: int

    @property
    def reference(self) -> str:
        """Provision and document in one phrase: `khoản 2 Điều 5 Nghị định 13/2023/NĐ-CP`."""
        return cite_provision(self.label, self.document_name)


@dataclass(frozen=True, slots=True)
class QuizItem:
    """One question.

    Attributes:
        options: In the order shown; `Đúng`, `Sai` for a true-or-false question.
        key: The right option, equal to exactly one of `options`.
        explanation: Names the provision and quotes it.
        pairs: Term and definition, for matching questions only, in the order of the terms.
    """

    kind: QuestionKind
    question: str
    options: tuple[str, ...]
    key: str
    explanation: str
    difficulty: Difficulty
    citation: SourceQuote
    pairs: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Quiz:
    """Questions ready to be given.

    Attributes:
        dropped: Questions that were made but failed a check and were left out.
        warnings: Vietnamese sentences for the trainer.
    """

    title: str
    items: tuple[QuizItem, ...]
    dropped: int
    warnings: tuple[str, ...] = ()

    def as_json(self) -> dict[str, object]:
        """All of it as values that `json` can write."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class OutlineSession:
    """One session of a course.

    Attributes:
        topics: What is taught, in order.
        minutes: Time allotted, a multiple of 15.
        key_provisions: What participants should take away, verbatim.
    """

    title: str
    objective: str
    minutes: int
    topics: tuple[str, ...]
    key_provisions: tuple[SourceQuote, ...]
    activity: str


@dataclass(frozen=True, slots=True)
class Outline:
    """A course over documents or a topic.

    Attributes:
        sources: Documents used, by name.
        dropped: Quotes that failed the comparison with their document and were left out.
    """

    title: str
    objectives: tuple[str, ...]
    sessions: tuple[OutlineSession, ...]
    sources: tuple[str, ...]
    dropped: int
    warnings: tuple[str, ...] = ()

    @property
    def total_minutes(self) -> int:
        """Sum over the sessions."""
        return sum(session.minutes for session in self.sessions)

    def as_json(self) -> dict[str, object]:
        """All of it, with the total time, as values that `json` can write."""
        return {**asdict(self), "total_minutes": self.total_minutes}
