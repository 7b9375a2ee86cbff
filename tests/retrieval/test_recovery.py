"""What a crash, a second process, a full or locked disk and damaged files leave of the library."""

import sqlite3
import subprocess
import sys
from datetime import date
from pathlib import Path

import pytest

from core.errors import LibraryLockedError, StoreError
from core.settings import Settings
from retrieval.catalogue import Catalogue
from retrieval.knowledge_base import KnowledgeBase
from retrieval.migrations import STEPS
from retrieval.vector_store import VectorStore
from retrieval.word_index import WordIndex
from tests.retrieval.crashing import DIED
from tests.retrieval.samples import (
    NEW_PLAN,
    PLAN,
    RULES,
    TRAINING_PLAN,
    TinyEmbedder,
    parsed_document,
    plan,
    replaces,
)

PROJECT = Path(__file__).parents[2]


def run(*arguments: object) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", *map(str, arguments)], cwd=PROJECT, capture_output=True, text=True, timeout=120
    )


def assert_consistent(library: KnowledgeBase) -> None:
    """Every store holds exactly the chunks that the catalogue holds."""
    committed = {chunk.id for document in library.documents() for chunk in library.chunks(document.id)}
    vector = TinyEmbedder().embed_query(TRAINING_PLAN)
    assert {hit.chunk_id for hit in library.search_vectors(vector, limit=100)} == committed
    words = library.search_words("dữ liệu kinh phí bồi dưỡng tổng hợp lưu trữ", limit=100, folded=False)
    assert {hit.chunk_id for hit in words} == committed


OLD, NEW = {PLAN.id, RULES.id}, {NEW_PLAN.id, RULES.id}


def assert_no_orphans(settings: Settings) -> None:
    """Vectors and words hold nothing that the catalogue, which would hide it, does not hold."""
    catalogue = Catalogue(settings.data_dir / "catalogue.sqlite3")
    expected, library_id = catalogue.chunk_count(), catalogue.fact("library_id")
    catalogue.close()
    vectors = VectorStore(settings.data_dir / "chroma", "policy_chunks", library_id=library_id, writable=False)
    assert (vectors.count(), WordIndex(settings.data_dir / "words", writable=False).count()) == (expected, expected)
    vectors.close()


@pytest.mark.parametrize(
    ("step", "held"),
    [
        ("Catalogue.intend", OLD),
        ("VectorStore.add", OLD),
        ("WordIndex.put", OLD),
        ("Catalogue.add", NEW),
        ("VectorStore.delete_documents", NEW),
        ("WordIndex.delete_documents", NEW),
        ("Catalogue.fulfil", NEW),
        ("Catalogue.remove", {RULES.id}),
    ],
)
def test_a_crash_after_any_write_is_mended_at_the_next_start(
    settings: Settings, tiny_embedder: TinyEmbedder, step: str, held: set[str]
) -> None:
    with KnowledgeBase.open(settings, tiny_embedder) as library:
        library.store(PLAN)
        library.store(RULES)
    died = run("tests.retrieval.crashing", settings.data_dir, step)
    assert died.returncode == DIED, died.stderr
    with KnowledgeBase.open(settings, tiny_embedder) as library:
        assert {document.id for document in library.documents()} == held
        assert_consistent(library)
    assert_no_orphans(settings)
    with KnowledgeBase.open(settings, tiny_embedder) as library:
        library.store(NEW_PLAN)  # the work can be done again
        assert_consistent(library)


def test_stores_that_were_deleted_are_filled_again(settings: Settings, tiny_embedder: TinyEmbedder) -> None:
    for lost in ("chroma", "words"):
        with KnowledgeBase.open(settings, tiny_embedder) as library:
            library.store(PLAN)
            library.store(RULES)
        (settings.data_dir / lost).rename(settings.data_dir / f"{lost}-lost")
        with KnowledgeBase.open(settings, tiny_embedder) as library:
            assert_consistent(library)


# Two processes


def test_a_second_writer_is_refused_until_the_first_ends(settings: Settings) -> None:
    with KnowledgeBase.open(settings, None):
        other = run("tests.retrieval.other_process", settings.data_dir, "write")
        assert "LibraryLockedError" in other.stdout, other.stderr
        with pytest.raises(LibraryLockedError, match=str(settings.data_dir)):
            KnowledgeBase.open(settings, None)
    assert "stored" in run("tests.retrieval.other_process", settings.data_dir, "write").stdout


def test_a_reader_in_another_process_follows_the_writer(settings: Settings, tiny_embedder: TinyEmbedder) -> None:
    with KnowledgeBase.open(settings, tiny_embedder) as library:
        library.store(PLAN)
        reader = subprocess.Popen(
            [sys.executable, "-m", "tests.retrieval.other_process", settings.data_dir, "read"],
            cwd=PROJECT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert reader.stdin and reader.stdout

        def seen() -> set[str]:
            print(TRAINING_PLAN.replace("\n", " "), file=reader.stdin, flush=True)
            return set(reader.stdout.readline().split())

        assert seen() == {PLAN.id}
        library.store(RULES)
        assert seen() == {PLAN.id, RULES.id}
        library.store(NEW_PLAN)
        assert seen() == {NEW_PLAN.id, RULES.id}
        library.remove([RULES.id])
        assert seen() == {NEW_PLAN.id}
        library.rebuild()
        assert seen() == {NEW_PLAN.id}
        reader.communicate(timeout=30)
    assert reader.returncode == 0


def test_a_reader_may_come_before_anything_was_written(settings: Settings, tiny_embedder: TinyEmbedder) -> None:
    with KnowledgeBase.open(settings, tiny_embedder, writable=False) as reader:
        assert reader.documents() == []
        assert reader.search_vectors(tiny_embedder.embed_query("kinh phí"), limit=3) == []
        assert reader.search_words("kinh phí", limit=3, folded=False) == []
        with pytest.raises(StoreError, match="chỉ để đọc"):
            reader.store(PLAN)
        with KnowledgeBase.open(settings, tiny_embedder) as writer:
            writer.store(PLAN)
            assert_consistent(reader)


# Disks


def test_a_full_disk_is_named_and_loses_nothing(settings: Settings) -> None:
    with KnowledgeBase.open(settings, None) as library:
        stored, _ = library.store(PLAN)
    other = run("tests.retrieval.other_process", settings.data_dir, "write-without-room")
    assert "StoreError" in other.stdout, other.stderr
    with KnowledgeBase.open(settings, None) as library:
        assert library.documents() == [stored]
        assert library.text(PLAN.id) == PLAN.text
        assert library.search_words("kinh phí", limit=3, folded=False)


def test_a_data_folder_that_cannot_be_written_is_named(settings: Settings) -> None:
    with KnowledgeBase.open(settings, None) as library:
        library.store(PLAN)
    settings.data_dir.chmod(0o555)
    other = run("tests.retrieval.other_process", settings.data_dir, "write-as-nobody")
    settings.data_dir.chmod(0o755)
    assert "StoreError" in other.stdout, other.stderr
    assert str(settings.data_dir) in other.stdout


def test_a_file_in_place_of_the_data_folder_is_named(settings: Settings) -> None:
    settings.data_dir.write_text("a file", encoding="utf-8")
    for writable in (True, False):
        with pytest.raises(StoreError, match="--data-dir"):
            KnowledgeBase.open(settings, None, writable=writable)


def test_a_damaged_catalogue_is_named_and_left_alone(settings: Settings) -> None:
    settings.data_dir.mkdir()
    path = settings.data_dir / "catalogue.sqlite3"
    path.write_bytes(b"no database at all " * 500)
    with pytest.raises(StoreError, match="bị hỏng"):
        KnowledgeBase.open(settings, None)
    assert path.read_bytes() == b"no database at all " * 500


def test_a_catalogue_of_a_newer_release_is_left_alone(settings: Settings) -> None:
    path = settings.data_dir / "catalogue.sqlite3"
    Catalogue(path).close()
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 9999")
    connection.close()
    with pytest.raises(StoreError, match="cập nhật ứng dụng"):
        KnowledgeBase.open(settings, None)


def test_a_catalogue_of_the_first_release_is_brought_up_to_date(settings: Settings) -> None:
    settings.data_dir.mkdir()
    connection = sqlite3.connect(settings.data_dir / "catalogue.sqlite3")
    connection.executescript(f"{STEPS[0]}; PRAGMA user_version = 1;")
    connection.close()
    acting = plan("12/KH-UBND", date(2026, 1, 5), relations=(replaces("4407/KH-UBND"),))
    with KnowledgeBase.open(settings, None) as library:
        old, _ = library.store(PLAN)
        library.store(parsed_document("Kế hoạch mới", source="new", metadata=acting))
        (incoming,) = library.relations_touching(old)
        assert (incoming.relation.span, incoming.relation.exception) == (None, "")
