"""How answers of the chat model came about, kept for whoever answers for them."""

import json
import logging
import time
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from core.database import Database
from core.errors import StoreError
from core.json_values import JsonObject
from core.types import Passage

logger = logging.getLogger(__name__)

_STEPS = (
    """
    CREATE TABLE traces (
        id INTEGER PRIMARY KEY, at TEXT NOT NULL, typed TEXT NOT NULL, question TEXT NOT NULL, model TEXT NOT NULL,
        prompt_version TEXT NOT NULL, outcome TEXT NOT NULL, raw TEXT NOT NULL, passages TEXT NOT NULL,
        sentences TEXT NOT NULL, timings TEXT NOT NULL
    );
    CREATE INDEX traces_at ON traces (at)
    """,
)
_MAX_RAW_CHARS = 50_000


@dataclass(frozen=True, slots=True)
class JudgedSentence:
    """A sentence of the model and what its passages made of it; see `verification.Verdict`."""

    text: str
    markers: tuple[int, ...]
    problems: tuple[str, ...]
    support: float


@dataclass(slots=True)
class Trace:
    """One question to the chat model.

    Attributes:
        typed: As the user typed it.
        question: As it was understood: standalone, diacritics restored.
        passages: `(document id, document name, label, start, end)` of each, in the order of their markers.
        raw: The model's own words, up to 50,000 characters.
        outcome: `llm`, `abstained`, or why the model failed.
        first_token_ms: `None` when no word came.
    """

    at: datetime
    typed: str
    question: str
    model: str
    prompt_version: str
    passages: tuple[tuple[str, str, str, int, int], ...]
    raw: str = ""
    judged: list[JudgedSentence] = field(default_factory=list)
    outcome: str = ""
    first_token_ms: float | None = None
    whole_ms: float = 0.0
    id: int | None = None
    _began: float = field(default_factory=time.perf_counter, compare=False, repr=False)

    @classmethod
    def begin(cls, typed: str, question: str, passages: Sequence[Passage], model: str, prompt_version: str) -> "Trace":
        """A trace of what is about to be asked."""
        named = tuple((p.document.id, p.document.name, p.label, p.span.start, p.span.end) for p in passages)
        return cls(datetime.now(UTC), typed, question, model, prompt_version, named)

    def listening(self, tokens: Iterable[str]) -> Iterator[str]:
        """`tokens`, noted as they pass."""
        for token in tokens:
            if self.first_token_ms is None:
                self.first_token_ms = self._since_begin()
            if len(self.raw) < _MAX_RAW_CHARS:
                self.raw += token
            yield token

    def ended(self) -> "Trace":
        """This trace with its time taken; an asker who left early leaves no outcome."""
        self.whole_ms = self._since_begin()
        return self

    @property
    def summary(self) -> str:
        """One line: number, time, outcome, how many sentences were kept, and the question."""
        kept = sum(not sentence.problems for sentence in self.judged)
        when = self.at.astimezone().strftime("%d/%m/%Y %H:%M")
        return f"{self.id}  {when}  {self.outcome}  {kept}/{len(self.judged)} câu  {self.question}"

    def as_lines(self) -> list[str]:
        """All of it, to be read by a person."""
        took = f"chữ đầu sau {self.first_token_ms} ms, " if self.first_token_ms is not None else ""
        return [
            self.summary,
            *([f"Câu gõ vào: {self.typed}"] if self.typed != self.question else []),
            f"Mô hình {self.model}, lời nhắc {self.prompt_version}, {took}xong sau {self.whole_ms} ms",
            *(f"  Đoạn [{n}] {label}, {name}" for n, (_, name, label, _, _) in enumerate(self.passages, start=1)),
            *(
                f"  {'BỎ ' if sentence.problems else 'GIỮ'} {sentence.support:.0%} {sentence.text}"
                + "".join(f"\n      – {problem}" for problem in sentence.problems)
                for sentence in self.judged
            ),
            f"Nguyên văn của mô hình:\n{self.raw}",
        ]

    def as_json(self) -> JsonObject:
        """All of it, for the command line."""
        return {
            "id": self.id,
            "at": self.at.isoformat(timespec="seconds"),
            "typed": self.typed,
            "question": self.question,
            "model": self.model,
            "prompt_version": self.prompt_version,
            "outcome": self.outcome,
            "raw": self.raw,
            "passages": [
                {"document_id": id_, "document": name, "label": label, "start": start, "end": end}
                for id_, name, label, start, end in self.passages
            ],
            "sentences": [
                {
                    "text": sentence.text,
                    "markers": list(sentence.markers),
                    "verified": not sentence.problems,
                    "problems": list(sentence.problems),
                    "support": sentence.support,
                }
                for sentence in self.judged
            ],
            "timings_ms": {"first_token": self.first_token_ms, "whole": self.whole_ms},
        }

    def _since_begin(self) -> float:
        return round(1000 * (time.perf_counter() - self._began), 1)


class TraceStore:
    """Traces of one data folder; the file appears with the first one. Safe to share between threads.

    Args:
        path: The file.
        days: How long traces are kept; older ones go when a new one comes.
    """

    def __init__(self, path: Path, *, days: int) -> None:
        self._path = path
        self._days = days

    def keep(self, trace: Trace) -> None:
        """Keeps `trace`. An answer is not lost because its trace could not be written: that is only logged."""
        value = trace.as_json()
        row = (
            *(value[name] for name in ("at", "typed", "question", "model", "prompt_version", "outcome", "raw")),
            *(json.dumps(value[name], ensure_ascii=False) for name in ("passages", "sentences", "timings_ms")),
        )
        oldest = (datetime.now(UTC) - timedelta(days=self._days)).isoformat(timespec="seconds")
        try:
            with closing(Database(self._path, _STEPS)) as database, database.transaction() as connection:
                connection.execute("DELETE FROM traces WHERE at < ?", (oldest,))
                connection.execute(
                    "INSERT INTO traces (at, typed, question, model, prompt_version, outcome, raw, passages, sentences,"
                    " timings) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    row,
                )
        except StoreError as error:
            logger.warning("Trace not kept: %s", error)

    def latest(self, count: int) -> list[Trace]:
        """The newest traces, newest first.

        Raises:
            StoreError: the file cannot be read.
        """
        return self._read("ORDER BY id DESC LIMIT ?", count)

    def get(self, trace_id: int) -> Trace | None:
        """The trace of that number, if it is still kept.

        Raises:
            StoreError: as for `latest`.
        """
        return next(iter(self._read("WHERE id = ?", trace_id)), None)

    def _read(self, condition: str, value: int) -> list[Trace]:
        if not self._path.exists():
            return []
        columns = "id, at, typed, question, model, prompt_version, outcome, raw, passages, sentences, timings"
        with closing(Database(self._path, _STEPS)) as database, database.connection() as connection:
            rows = connection.execute(f"SELECT {columns} FROM traces {condition}", (value,)).fetchall()  # noqa: S608
        return [_trace(*row) for row in rows]


def _trace(
    id_: int, at: str, typed: str, question: str, model: str, version: str, outcome: str, raw: str, *details: str
) -> Trace:
    passages, judged, timings = map(json.loads, details)
    return Trace(
        datetime.fromisoformat(at),
        typed,
        question,
        model,
        version,
        tuple((p["document_id"], p["document"], p["label"], p["start"], p["end"]) for p in passages),
        raw,
        [JudgedSentence(s["text"], tuple(s["markers"]), tuple(s["problems"]), s["support"]) for s in judged],
        outcome,
        timings["first_token"],
        timings["whole"],
        id_,
    )
