"""Scoring whole answers on the sample corpus: retrieval, containment, citations, refusals."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path
from statistics import fmean, median
from time import perf_counter

from answering.conversation import Turn
from core.errors import UsageError
from core.json_values import JsonObject
from core.settings import Settings
from core.types import Answer, AnswerMethod, SearchFilter, Span
from evaluation.beir import IndexedSet
from evaluation.superseded import Term, passes_as_current, read_terms
from retrieval.query import Query
from retrieval.retriever import HybridRetriever
from web.application import Application, open_application

SAMPLE_CORPUS = Path(__file__).parent.parent / "corpus"
_RANKED_PASSAGES = 10


@dataclass(frozen=True, slots=True)
class Gold:
    """A provision that holds the answer: file name in the corpus and label as officials cite it."""

    source: str
    label: str


@dataclass(frozen=True, slots=True)
class Question:
    """One question of the set; the format is described in `evaluation/questions/README.md`."""

    id: str
    text: str
    kind: str
    history: tuple[str, ...]
    answerable: bool
    gold: tuple[Gold, ...]
    answer: tuple[str, ...]
    as_of: date | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """How one question fared; the four shares are `None` where they do not apply.

    Attributes:
        retrieved: Share of the gold provisions among the passages.
        contained: Share of the gold answer strings inside the quotes (or, from a chat model, the text).
        cited: Share of the gold provisions that a citation lies in or holds.
        precise: Share of the citations that lie in or hold a gold provision.
        verbatim: Every quote equals the document's text at its offsets.
        superseded_as_current: A citation does not bind on the day asked about, and the answer does not say so.
    """

    question: Question
    answer: Answer
    retrieved: float | None
    contained: float | None
    cited: float | None
    precise: float | None
    verbatim: bool
    superseded_as_current: bool
    elapsed_ms: float

    @property
    def refused(self) -> bool:
        """The assistant said that the library does not hold the answer."""
        return self.answer.method is AnswerMethod.ABSTAINED


@dataclass(frozen=True, slots=True)
class SampleScores:
    """Figures over a question set, each 0 to 1 unless its name ends in `_ms` or begins with `n_`."""

    n_questions: int
    n_unanswerable: int
    gold_retrieved: float
    answer_contained: float
    citations_complete: float
    citations_precise: float
    quotes_verbatim: float
    correct_refusals: float
    wrong_refusals: float
    n_superseded_as_current: int
    median_ms: float


@dataclass(frozen=True, slots=True)
class SampleResult:
    """Scores with the outcome of each question."""

    scores: SampleScores
    outcomes: Sequence[Outcome]

    def as_json(self) -> JsonObject:
        """Scores, and per question what went wrong."""
        return {
            "metrics": asdict(self.scores),
            "questions": [
                {
                    "id": o.question.id,
                    "type": o.question.kind,
                    "method": o.answer.method.value,
                    "retrieved": o.retrieved,
                    "contained": o.contained,
                    "cited": o.cited,
                    "superseded_as_current": o.superseded_as_current,
                    "elapsed_ms": round(o.elapsed_ms, 1),
                }
                for o in self.outcomes
            ],
        }

    def as_table(self) -> list[str]:
        """Lines of a table: one per kind of question, then the whole."""
        kinds = list(dict.fromkeys(outcome.question.kind for outcome in self.outcomes))
        lines = [f"{'loại':<16}{'số câu':>7}{'tìm thấy':>10}{'chứa đáp án':>13}{'đủ trích dẫn':>14}{'từ chối':>9}"]
        for kind in kinds:
            of_kind = [outcome for outcome in self.outcomes if outcome.question.kind == kind]
            lines.append(
                f"{kind:<16}{len(of_kind):>7}{_mean(o.retrieved for o in of_kind):>10}"
                f"{_mean(o.contained for o in of_kind):>13}{_mean(o.cited for o in of_kind):>14}"
                f"{_mean(float(o.refused) for o in of_kind):>9}"
            )
        return [*lines, "", *(f"{name:<24}{value:.3f}" for name, value in asdict(self.scores).items())]


def evaluate_sample(questions: Path, settings: Settings, *, vary: Callable[[str], str] = str) -> SampleResult:
    """Answers every question of `questions` (a `.jsonl` file or a folder of them) from a library of the sample corpus.

    The questions are asked as `vary` types them.

    Raises:
        UsageError: there are no questions, or a line is malformed.
    """
    asked = [replace(question, text=vary(question.text)) for question in read_questions(questions)]
    with open_sample(settings) as application:
        return score_answers(application, asked)


@contextmanager
def open_sample(settings: Settings) -> Iterator[Application]:
    """The assistant over the sample corpus; its library is kept under the data directory for the next time."""
    library_dir = settings.data_dir / "evaluation" / "sample"
    with open_application(settings, library_dir=library_dir) as application:
        report = application.ingest([SAMPLE_CORPUS])
        current = {document.id for document in (*report.added, *report.unchanged)}
        stale = [d.id for d in application.knowledge_base.documents() if d.id not in current]
        if stale:
            application.knowledge_base.remove(stale)
        yield application


def sample_set(application: Application, questions: Sequence[Question]) -> IndexedSet:
    """The answerable questions that stand for themselves, as a set to rank: their gold provisions are the documents."""
    asked = {question.id: question for question in questions if question.answerable and not question.history}
    gold = {
        question_id: {f"{item.source}: {item.label}": section_of(application, item) for item in question.gold}
        for question_id, question in asked.items()
    }

    def rank(retriever: HybridRetriever, question_id: str, query: Query) -> list[str]:
        wanted = SearchFilter(as_of=asked[question_id].as_of)
        ranking: list[str] = []
        for passage in retriever.search(query, wanted, top_k=_RANKED_PASSAGES):
            found = [(passage.document.id, passage.span)]
            met = [name for name, place in gold[question_id].items() if _is_met(place, found) and name not in ranking]
            ranking += met or [passage.chunk_id]
        return list(dict.fromkeys(ranking))

    return IndexedSet(
        name="sample",
        corpus=(),
        queries={question_id: question.text for question_id, question in asked.items()},
        qrels={question_id: dict.fromkeys(places, 1) for question_id, places in gold.items()},
        retriever=application.retriever,
        rank=rank,
    )


def score_answers(application: Application, questions: Sequence[Question]) -> SampleResult:
    """The scores of `application`, whose library holds the sample corpus, on `questions`.

    Raises:
        UsageError: a gold provision is not in the corpus; the question set is wrong.
    """
    terms = locate_terms(application)
    outcomes = [_fare(application, question, terms) for question in questions]
    return SampleResult(_scores(outcomes), outcomes)


def locate_terms(application: Application) -> list[tuple[Term, str, Span]]:
    """What the table of validity says, each with its document's id and its provision's span.

    Raises:
        UsageError: a provision is not in the corpus; the table is wrong.
    """
    return [(term, *section_of(application, Gold(term.source, term.label))) for term in read_terms()]


def read_questions(path: Path) -> list[Question]:
    """The questions of a `.jsonl` file, or of every one in a folder.

    Raises:
        UsageError: there are none, or a line is malformed.
    """
    files = sorted(path.glob("*.jsonl")) if path.is_dir() else [path] if path.is_file() else []
    questions = []
    for file in files:
        for number, line in enumerate(file.read_text(encoding="utf-8").splitlines(), start=1):
            try:
                questions.append(_question(json.loads(line)))
            except (KeyError, ValueError, TypeError) as error:
                raise UsageError(
                    f"Câu hỏi ở {file}, dòng {number} sai định dạng ({error!r}). Hãy sửa dòng này."
                ) from error
    if not questions:
        raise UsageError(f"Không có câu hỏi nào trong {path}. Cần tệp .jsonl, hoặc một bộ BEIR có corpus.jsonl.")
    return questions


def _question(record: dict[str, object]) -> Question:
    gold = record.get("gold") or []
    history, answer, as_of = record.get("history") or [], record.get("answer") or [], record.get("as_of")
    if not (isinstance(gold, list) and isinstance(history, list) and isinstance(answer, list)):
        raise TypeError("gold, history and answer are lists")
    return Question(
        id=str(record["id"]),
        text=str(record["question"]),
        kind=str(record["type"]),
        history=tuple(history),
        answerable=bool(record["answerable"]),
        gold=tuple(Gold(**item) for item in gold),
        answer=tuple(answer),
        as_of=date.fromisoformat(str(as_of)) if as_of else None,
    )


def _fare(application: Application, question: Question, terms: Sequence[tuple[Term, str, Span]]) -> Outcome:
    search_filter = SearchFilter(as_of=question.as_of)
    history: list[Turn] = []
    for earlier in question.history:
        history.append(Turn(earlier, application.chain.ask(earlier, history=history, search_filter=search_filter)))
    started = perf_counter()
    answer = application.chain.ask(question.text, history=history, search_filter=search_filter)
    elapsed_ms = 1000 * (perf_counter() - started)
    gold = [section_of(application, item) for item in question.gold]
    quoted = [(citation.document.id, citation.span) for citation in answer.citations]
    found = [(passage.document.id, passage.span) for passage in answer.passages]
    said = " ".join([answer.text, *(citation.quote for citation in answer.citations)])
    return Outcome(
        question=question,
        answer=answer,
        retrieved=_share([_is_met(place, found) for place in gold]),
        contained=_share([_flat(string) in _flat(said) for string in question.answer]),
        cited=_share([_is_met(place, quoted) for place in gold]),
        precise=_share([any(_is_met(place, [quote]) for place in gold) for quote in quoted]) if gold else None,
        verbatim=all(
            application.knowledge_base.text(c.document.id)[c.span.start : c.span.end] == c.quote
            for c in answer.citations
        ),
        superseded_as_current=passes_as_current(answer, terms, question.as_of or date.today()),
        elapsed_ms=elapsed_ms,
    )


def section_of(application: Application, gold: Gold) -> tuple[str, Span]:
    """Document id and span of a gold provision, of the whole text without a label.

    Raises:
        UsageError: the corpus has no such file or provision; the question set is wrong.
    """
    for document in application.knowledge_base.documents():
        if Path(document.source).name == gold.source:
            if not gold.label:
                return document.id, Span(0, len(application.knowledge_base.text(document.id)))
            for section in application.knowledge_base.sections(document.id):
                if section.label == gold.label:
                    return document.id, section.span
            raise UsageError(f"{gold.source} không có “{gold.label}”. Hãy sửa bộ câu hỏi.")
    raise UsageError(f"Kho văn bản mẫu không có tệp {gold.source}. Hãy sửa bộ câu hỏi.")


def _is_met(place: tuple[str, Span], spans: Sequence[tuple[str, Span]]) -> bool:
    document_id, wanted = place
    return any(document_id == other and wanted.start < span.end and span.start < wanted.end for other, span in spans)


def _scores(outcomes: Sequence[Outcome]) -> SampleScores:
    answerable = [outcome for outcome in outcomes if outcome.question.answerable]
    unanswerable = [outcome for outcome in outcomes if not outcome.question.answerable]
    return SampleScores(
        n_questions=len(outcomes),
        n_unanswerable=len(unanswerable),
        gold_retrieved=_average(o.retrieved for o in answerable),
        answer_contained=_average(o.contained for o in answerable),
        citations_complete=_average(float(o.cited == 1) for o in answerable),
        citations_precise=_average(o.precise for o in answerable),
        quotes_verbatim=_average(float(o.verbatim) for o in outcomes),
        correct_refusals=_average(float(o.refused) for o in unanswerable),
        wrong_refusals=_average(float(o.refused) for o in answerable),
        n_superseded_as_current=sum(o.superseded_as_current for o in outcomes),
        median_ms=round(median(o.elapsed_ms for o in outcomes), 1),
    )


def _share(marks: Sequence[bool]) -> float | None:
    return fmean(marks) if marks else None


def _average(values: Iterator[float | None]) -> float:
    given = [value for value in values if value is not None]
    return round(fmean(given), 4) if given else 0.0


def _mean(values: Iterator[float | None]) -> str:
    given = [value for value in values if value is not None]
    return f"{fmean(given):.2f}" if given else "–"


def _flat(text: str) -> str:
    return " ".join(text.split()).casefold()
