"""Reads a question set in BEIR layout: `corpus.jsonl`, `queries.jsonl`, `qrels.tsv`."""

import csv
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

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


def read_beir(folder: Path) -> BeirSet:
    """The question set in `folder`; columns of `qrels.tsv` are question, document, relevance under a head line.

    Raises:
        UsageError: a file is missing or malformed, or a judged question is not among the queries.
    """
    try:
        corpus = tuple(
            BeirDocument(record["_id"], nfc(record.get("title", "")), nfc(record["text"]))
            for record in _json_lines(folder / "corpus.jsonl")
        )
        queries = {record["_id"]: nfc(record["text"]) for record in _json_lines(folder / "queries.jsonl")}
        qrels = _read_qrels(folder / "qrels.tsv")
        return BeirSet(corpus, {question: queries[question] for question in qrels}, qrels)
    except FileNotFoundError as error:
        raise UsageError(
            f"Thiếu tệp của bộ câu hỏi: {error.filename}. Thư mục cần có corpus.jsonl, queries.jsonl và qrels.tsv."
        ) from error
    except (KeyError, ValueError) as error:
        raise UsageError(f"Bộ câu hỏi trong {folder} sai định dạng ({error!r}). Hãy kiểm tra lại các tệp.") from error


def _json_lines(path: Path) -> Iterator[dict[str, str]]:
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
