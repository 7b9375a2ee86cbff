from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from pathlib import Path

import pytest

from core.settings import Settings
from core.types import Relation, RelationKind
from ingest.parsing import parse_file
from ingest.reading import ReadLimits
from retrieval.knowledge_base import KnowledgeBase
from retrieval.retriever import HybridRetriever
from tests.training.samples import AMENDMENT, EXPIRED, PLAN, REGULATION
from training.materials import MaterialsMaker

SAMPLE_CORPUS = Path(__file__).parents[2] / "corpus"


class Library:
    """A knowledge base searched by words alone, with the maker over it."""

    def __init__(self, knowledge_base: KnowledgeBase) -> None:
        self.knowledge_base = knowledge_base
        self.maker = MaterialsMaker(knowledge_base, HybridRetriever(knowledge_base=knowledge_base))

    def id_of(self, number: str) -> str:
        return next(one.id for one in self.knowledge_base.documents() if one.metadata.number == number)

    def ids(self) -> tuple[str, ...]:
        return tuple(document.id for document in self.knowledge_base.documents())


def _write(folder: Path, documents: dict[str, str]) -> list[Path]:
    for name, text in documents.items():
        # A blank line between paragraphs: a plain text file may wrap its lines.
        (folder / name).write_text(text.replace("\n", "\n\n"), encoding="utf-8")
    return [folder / name for name in documents]


def _open(data_dir: Path, paths: list[Path]) -> KnowledgeBase:
    knowledge_base = KnowledgeBase.open(Settings(_env_file=None, data_dir=data_dir), None)  # type: ignore[call-arg]
    for path in paths:
        knowledge_base.store(
            parse_file(
                path,
                limits=ReadLimits(),
                count_tokens=lambda texts: [len(text.split()) for text in texts],
                max_tokens=320,
            )
        )
    return knowledge_base


@pytest.fixture(scope="session")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    """The regulation, the plan and an expired decision."""
    folder = tmp_path_factory.mktemp("library")
    files = _write(folder, {"quy-dinh.txt": REGULATION, "ke-hoach.txt": PLAN, "quyet-dinh-cu.txt": EXPIRED})
    with _open(folder / "data", files) as knowledge_base:
        library = Library(knowledge_base)
        expired = knowledge_base.document(library.id_of("21/2024/QĐ-UBND"))
        knowledge_base.correct_metadata(expired.id, replace(expired.metadata, effective_to=date(2025, 1, 15)))
        yield library


@pytest.fixture(scope="session")
def amended_library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    """The regulation and a decision that amends khoản 2 Điều 3 of it."""
    folder = tmp_path_factory.mktemp("amended")
    files = _write(folder, {"quy-dinh.txt": REGULATION, "sua-doi.txt": AMENDMENT})
    with _open(folder / "data", files) as knowledge_base:
        library = Library(knowledge_base)
        amending = knowledge_base.document(library.id_of("40/2026/QĐ-UBND"))
        relation = Relation(RelationKind.AMENDS, "15/2026/QĐ-UBND", "khoản 2 Điều 3")
        knowledge_base.correct_metadata(amending.id, replace(amending.metadata, relations=(relation,)))
        yield library


@pytest.fixture(scope="session")
def sample_library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    """The sample corpus that users start with."""
    with _open(tmp_path_factory.mktemp("sample"), sorted(SAMPLE_CORPUS.iterdir())) as knowledge_base:
        yield Library(knowledge_base)
