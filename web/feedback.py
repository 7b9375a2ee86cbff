"""What people thought of answers, kept for whoever tends the documents."""

import json
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from core.errors import StoreError
from core.types import Answer

_SCHEMA = """
CREATE TABLE IF NOT EXISTS feedback (
    id INTEGER PRIMARY KEY, at TEXT NOT NULL, account TEXT NOT NULL, helpful INTEGER NOT NULL,
    question TEXT NOT NULL, answer TEXT NOT NULL, method TEXT NOT NULL, citations TEXT NOT NULL,
    UNIQUE (account, question, answer)
);
"""


@dataclass(frozen=True, slots=True)
class Judgement:
    """One account's thumb on one answer.

    Attributes:
        citations: `{document name}, {label}` of each, in the order of their markers.
    """

    at: datetime
    account: str
    helpful: bool
    question: str
    answer: str
    method: str
    citations: tuple[str, ...]


class Feedback:
    """Judgements of one data folder; the file appears with the first one."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def record(self, account: str, question: str, answer: Answer, *, helpful: bool) -> None:
        """Keep a judgement; a second one by the same account on the same answer replaces the first.

        Raises:
            StoreError: the file cannot be written.
        """
        citations = [f"{citation.document.name}, {citation.label}" for citation in answer.citations]
        with self._transaction() as database:
            database.execute(
                "INSERT INTO feedback (at, account, helpful, question, answer, method, citations)"
                " VALUES (?, ?, ?, ?, ?, ?, ?)"
                " ON CONFLICT (account, question, answer) DO UPDATE SET at = excluded.at, helpful = excluded.helpful",
                (
                    datetime.now(UTC).isoformat(),
                    account,
                    int(helpful),
                    question,
                    answer.text,
                    answer.method.value,
                    json.dumps(citations, ensure_ascii=False),
                ),
            )

    def judgements(self) -> list[Judgement]:
        """All judgements, newest first."""
        with self._transaction() as database:
            rows = database.execute(
                "SELECT at, account, helpful, question, answer, method, citations FROM feedback"
                " ORDER BY at DESC, id DESC"
            ).fetchall()
        return [
            Judgement(
                datetime.fromisoformat(at),
                account,
                bool(helpful),
                question,
                answer,
                method,
                tuple(json.loads(citations)),
            )
            for at, account, helpful, question, answer, method, citations in rows
        ]

    @contextmanager
    def _transaction(self) -> Iterator[sqlite3.Connection]:
        try:
            self._path.parent.mkdir(parents=True, exist_ok=True)
            database = sqlite3.connect(self._path, timeout=10)
            try:
                database.executescript(_SCHEMA)
                with database:
                    yield database
            finally:
                database.close()
        except (sqlite3.Error, OSError) as error:
            raise StoreError(
                f"Chưa ghi được đánh giá vào {self._path} ({error}). Hãy kiểm tra quyền ghi và dung lượng đĩa."
            ) from error
