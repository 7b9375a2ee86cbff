"""The sample corpus is what its sources say, and the questions on it can be answered from it."""

import json
import re
import zipfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import docx
import pypdf
import pypdfium2
import pytest
from docx.table import Table
from docx.text.paragraph import Paragraph
from lxml import html

from core.text import nfc
from ingest.reading import ReadLimits, read_file
from ingest.structure import find_sections
from scripts.build_corpus import CORPUS, build
from scripts.sample_corpus.source import SAMPLE_MARK

QUESTIONS = [
    json.loads(line)
    for line in (CORPUS.parent / "evaluation" / "questions" / "sample.jsonl").read_text(encoding="utf-8").splitlines()
]
DOCUMENTS = sorted(CORPUS.iterdir())
SMALLEST_COUNTS = {
    "fact": 8, "number": 8, "list": 6, "article": 6, "comparison": 4, "follow_up": 5, "no_diacritics": 8,
    "yes_no": 5, "validity": 5, "definition": 4, "unanswerable": 14,
}  # fmt: skip


def one_line(text: str) -> str:
    return re.sub(r"\s+", " ", nfc(text))


def docx_lines(path: Path) -> Iterator[str]:
    for part in docx.Document(str(path)).iter_inner_content():
        if isinstance(part, Paragraph):
            yield part.text
        elif isinstance(part, Table):
            yield from (cell.text for row in part.rows for cell in row.cells)


def plain_text(path: Path) -> str:
    """The file's text, read without our own readers."""
    match path.suffix:
        case ".docx":
            return one_line("\n".join(docx_lines(path)))
        case ".pdf":
            with pypdfium2.PdfDocument(path) as pdf:
                return one_line("\n".join(page.get_textpage().get_text_bounded() for page in pdf))
        case ".html":
            return one_line(" ".join(html.fromstring(path.read_bytes()).itertext()))
    return one_line(path.read_text(encoding="utf-8"))


def content(path: Path) -> object:
    """What a file says and how it looks, without what a compressor's or font library's version decides."""
    match path.suffix:
        case ".docx":
            with zipfile.ZipFile(path) as package:
                return {member: package.read(member) for member in package.namelist()}
        case ".pdf":
            pages = pypdf.PdfReader(path).pages
            return [page.get_contents().get_data() for page in pages]
    return path.read_bytes()


@pytest.fixture(scope="module")
def rebuilt(tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    return build(tmp_path_factory.mktemp("rebuilt"))


@pytest.fixture(scope="module")
def provisions() -> dict[tuple[str, str], str]:
    """Text of every provision of the corpus by file name and label, as ingestion finds them."""
    found = {}
    for path in DOCUMENTS:
        extracted = read_file(path, ReadLimits())
        for section in find_sections(extracted.text, extracted.page_starts):
            found[path.name, section.label] = one_line(extracted.text[section.span.start : section.span.end])
    return found


def test_corpus_is_what_its_sources_give(rebuilt: list[Path]) -> None:
    assert [path.name for path in rebuilt] == [path.name for path in DOCUMENTS]
    changed = [new.name for new, kept in zip(rebuilt, DOCUMENTS, strict=True) if content(new) != content(kept)]
    assert changed == []


def test_building_twice_gives_the_same_bytes(rebuilt: list[Path], tmp_path: Path) -> None:
    again = build(tmp_path)
    assert [path.read_bytes() for path in again] == [path.read_bytes() for path in rebuilt]


def test_corpus_covers_every_format_and_marks_every_document() -> None:
    formats = Counter(path.suffix for path in DOCUMENTS)
    assert set(formats) == {".docx", ".html", ".md", ".pdf"}
    assert min(formats.values()) >= 2
    assert [path.name for path in DOCUMENTS if SAMPLE_MARK not in plain_text(path)] == []


def test_question_ids_are_unique_and_every_type_is_asked_often_enough() -> None:
    assert len({question["id"] for question in QUESTIONS}) == len(QUESTIONS)
    counts = Counter(question["type"] for question in QUESTIONS)
    assert {kind: number for kind, number in SMALLEST_COUNTS.items() if counts[kind] < number} == {}


@pytest.mark.parametrize("question", QUESTIONS, ids=lambda question: question["id"])
def test_question_is_complete(question: dict[str, Any]) -> None:
    assert question["answerable"] == (question["type"] != "unanswerable")
    assert bool(question["gold"]) == bool(question["answer"]) == question["answerable"]
    assert bool(question["history"]) == (question["type"] == "follow_up")


def test_every_gold_answer_stands_in_the_plain_text_of_its_file() -> None:
    texts = {path.name: plain_text(path) for path in DOCUMENTS}
    missing = [
        (question["id"], answer)
        for question in QUESTIONS
        for answer in question["answer"]
        if not any(one_line(answer) in texts[gold["source"]] for gold in question["gold"])
    ]
    assert missing == []


def test_every_gold_answer_stands_in_a_gold_provision(provisions: dict[tuple[str, str], str]) -> None:
    missing = [
        (question["id"], answer)
        for question in QUESTIONS
        for answer in question["answer"]
        if not any(one_line(answer) in provisions[gold["source"], gold["label"]] for gold in question["gold"])
    ]
    assert missing == []
