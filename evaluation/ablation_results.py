"""The results of one run of the ablation, and their file."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter, ValidationError

from core.errors import UsageError
from evaluation.intervals import Interval

METRICS = ("recall@1", "recall@10", "mrr@10", "ndcg@10")
BASELINE = "bm25"
# In place of a variant of the questions, which are then as they should be typed.
WITHOUT_JUDGE = "without_judge"


@dataclass(frozen=True, slots=True)
class Cell:
    """One set, one variant, one stage turned off.

    Attributes:
        metrics: By name, see `METRICS`.
        difference: The same less the full system's, paired by question.
        median_ms: Of one search without the question's vector; `None` for the baseline.
    """

    stage: str
    metrics: Mapping[str, Interval]
    difference: Mapping[str, Interval]
    median_ms: float | None


@dataclass(frozen=True, slots=True)
class Measured:
    """One set in one variant.

    Attributes:
        n_documents: Of a BEIR corpus; 0 for another library.
        embedding_ms: Median of a question's vector.
        full_scores: The full system's, per metric one a question in the order of `question_ids`.
    """

    name: str
    variant: str
    n_documents: int
    n_queries: int
    embedding_ms: float
    cells: tuple[Cell, ...]
    question_ids: tuple[str, ...]
    full_scores: Mapping[str, tuple[float, ...]]


@dataclass(frozen=True, slots=True)
class AnswerScores:
    """Whole answers on the sample corpus in one variant or `WITHOUT_JUDGE`, each score 0 to 1."""

    variant: str
    n_questions: int
    metrics: Mapping[str, Interval]


@dataclass(frozen=True, slots=True)
class Run:
    """All that one run measured.

    Attributes:
        version: Commit of the code; ends in `+` where files were changed since, empty outside a repository.
        embedding: Fingerprint of the embedding model; empty without one.
        stages: Vietnamese labels by name.
    """

    date: str
    version: str
    embedding: str
    settings: Mapping[str, bool | int | float | str]
    stages: Mapping[str, str]
    measured: tuple[Measured, ...]
    answers: tuple[AnswerScores, ...]


_RUN = TypeAdapter(Run)


def write_run(run: Run, path: Path) -> None:
    """Keeps `run` in a file that `read_run` reads."""
    path.write_bytes(_RUN.dump_json(run, indent=1) + b"\n")


def read_run(path: Path) -> Run:
    """The run in `path`.

    Raises:
        UsageError: there is no such file, or it holds something else.
    """
    try:
        return _RUN.validate_json(path.read_bytes())
    except (OSError, ValidationError) as error:
        raise UsageError(
            f"Không đọc được kết quả lần trước ở {path} ({type(error).__name__}). "
            "Hãy chỉ tới tệp mà --json của một lần chạy trước đã ghi."
        ) from error
