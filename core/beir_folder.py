"""Reads a question set in BEIR layout: `corpus.jsonl`, `queries.jsonl`, `qrels.tsv`.

A set may have a second level, the single sentences: `corpus_sentences.jsonl` and `qrels_sentences.tsv`.
"""

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from core.errors import UsageError
from core.text import nfc


@dataclass(frozen=True, slots=True)
class BeirDocument:
    """One document of the corpus; `title` may be empty."""

    id: str
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class BeirSet:
    """A question set in memory; all text is NFC.

    Attributes:
        queries: Question id to question, only those that are judged.
        qrels: Question id to document id to relevance.
    """

    corpus: tuple[BeirDocument, ...]
    queries: dict[str, str]
    qrels: dict[str, dict[str, int]]


def has_sentences(folder: Path) -> bool:
    """Whether the set in `folder` has the level of single sentences too."""
    return (folder / "corpus_sentences.jsonl").is_file()


def read_beir(folder: Path, *, sentences: bool = False) -> BeirSet:
    """The question set in `folder`; columns of `qrels.tsv` are question, document, relevance under a head line.

    Args:
        folder: In BEIR layout.
        sentences: Its level of single sentences instead.

    Raises:
        UsageError: a file is missing or malformed, or a judged question is not among the queries.
    """
    level = "_sentences" if sentences else ""
    try:
        corpus = tuple(
            BeirDocument(record["_id"], nfc(record.get("title", "")), nfc(record["text"]))
            for record in _json_lines(folder / f"corpus{level}.jsonl")
        )
        queries = {record["_id"]: nfc(record["text"]) for record in _json_lines(folder / "queries.jsonl")}
        qrels = _read_qrels(folder / f"qrels{level}.tsv")
        return BeirSet(corpus, {question: queries[question] for question in qrels}, qrels)
    except FileNotFoundError as error:
        raise UsageError(
            f"Thiếu tệp của bộ câu hỏi: {error.filename}. "
            f"Thư mục cần có corpus{level}.jsonl, queries.jsonl và qrels{level}.tsv."
        ) from error
    except (KeyError, ValueError) as error:
        raise UsageError(f"Bộ câu hỏi trong {folder} sai định dạng ({error!r}). Hãy kiểm tra lại các tệp.") from error


def read_answers(folder: Path) -> dict[str, list[str]]:
    """Question id to the words of its document that answer it, from `answers.jsonl`; NFC.

    Raises:
        UsageError: the file is missing or malformed.
    """
    path = folder / "answers.jsonl"
    try:
        return {record["_id"]: [nfc(answer) for answer in record["answer"]] for record in _json_lines(path)}
    except (OSError, KeyError, ValueError) as error:
        raise UsageError(f"Không đọc được đáp án trong {path} ({error!r}). Hãy kiểm tra lại tệp.") from error


def _json_lines(path: Path) -> Iterator[dict[str, Any]]:
    with path.open(encoding="utf-8") as lines:
        for line in lines:
            if line.strip():
                yield json.loads(line)


def _read_qrels(path: Path) -> dict[str, dict[str, int]]:
    qrels: dict[str, dict[str, int]] = {}
    with path.open(encoding="utf-8", newline="") as lines:
        rows = csv.reader(lines, delimiter="\t", quoting=csv.QUOTE_NONE)
        next(rows, None)
        for question, document, relevance in rows:
            qrels.setdefault(question, {})[document] = int(relevance)
    return qrels
