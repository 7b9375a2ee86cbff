"""The vectors by themselves, embedded and on a server."""

import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from core.errors import StoreError
from core.settings import Settings
from retrieval.vector_store import VectorStore
from tests.retrieval.conftest import ChromaServer, free_port

OpenStore = Callable[..., VectorStore]


@pytest.fixture
def open_store(either_settings: Settings) -> Iterator[OpenStore]:
    opened: list[VectorStore] = []

    def open_(collection: str = "", *, library_id: str = "library", writable: bool = True) -> VectorStore:
        location = either_settings.chroma_url or either_settings.data_dir / "chroma"
        name = either_settings.chroma_collection + collection
        opened.append(VectorStore(location, name, library_id=library_id, writable=writable))
        return opened[-1]

    yield open_
    for store in opened:
        store.close()


def unit_vectors(count: int, *, seed: int = 0, dimension: int = 16) -> np.ndarray:
    vectors = np.random.default_rng(seed).normal(size=(count, dimension)).astype(np.float32)
    return vectors / np.linalg.norm(vectors, axis=1, keepdims=True)


def chunk_ids(document_id: str, count: int) -> list[str]:
    return [f"{document_id}-{ordinal:05d}" for ordinal in range(count)]


def test_search_gives_the_nearest_first_with_their_cosine(open_store: OpenStore) -> None:
    store, vectors = open_store(), unit_vectors(200)
    store.add(chunk_ids("d", 200), "d", vectors)
    question = unit_vectors(1, seed=1)[0]
    hits = store.search(question.tolist(), limit=10)
    cosines = vectors @ question
    assert [hit.chunk_id for hit in hits] == [chunk_ids("d", 200)[i] for i in np.argsort(-cosines)[:10]]
    assert [hit.score for hit in hits] == pytest.approx(sorted(cosines, reverse=True)[:10], abs=1e-5)


def test_a_search_within_documents_finds_what_lies_far_behind(open_store: OpenStore) -> None:
    store, question = open_store(), unit_vectors(1)[0]
    store.add(chunk_ids("near", 300), "near", np.tile(question, (300, 1)))
    store.add(chunk_ids("far", 2), "far", np.tile(-question, (2, 1)))
    hits = store.search(question.tolist(), limit=5, document_ids=["far", "unknown"])
    assert {hit.chunk_id for hit in hits} == set(chunk_ids("far", 2))
    assert store.search(question.tolist(), limit=5, document_ids=[]) == []


def test_comparing_one_by_one_agrees_with_the_filtered_search(open_store: OpenStore) -> None:
    store, vectors, question = open_store(), unit_vectors(60), unit_vectors(1, seed=1)[0].tolist()
    store.add(chunk_ids("a", 30), "a", vectors[:30])
    store.add(chunk_ids("b", 30), "b", vectors[30:])
    compared = store.compare(question, [*chunk_ids("b", 30), "b-99999"], limit=7)
    searched = store.search(question, limit=7, document_ids=["b"])
    assert [hit.chunk_id for hit in compared] == [hit.chunk_id for hit in searched]
    assert [hit.score for hit in compared] == pytest.approx([hit.score for hit in searched], abs=1e-5)
    assert store.compare(question, ["b-99999"], limit=7) == store.compare(question, [], limit=7) == []


def test_more_vectors_than_one_request_may_carry(open_store: OpenStore) -> None:
    store = open_store()
    store.add(chunk_ids("d", 6000), "d", unit_vectors(6000, dimension=2))
    assert store.count() == 6000
    assert len(store.search([1.0, 0.0], limit=1000)) == 1000


def test_deleting_documents_leaves_the_others(open_store: OpenStore) -> None:
    store = open_store()
    for document_id in "abc":
        store.add(chunk_ids(document_id, 3), document_id, unit_vectors(3))
    store.delete_documents(["a", "b", "unknown"])
    assert store.chunk_ids() == store.chunk_ids("c") == set(chunk_ids("c", 3))
    store.delete_documents([])
    assert store.count() == 3


def test_adding_twice_is_adding_once(open_store: OpenStore) -> None:
    store = open_store()
    for _ in range(2):
        store.add(chunk_ids("d", 5), "d", unit_vectors(5))
    assert store.count() == 5


def test_vectors_are_there_after_reopening(open_store: OpenStore) -> None:
    store = open_store()
    store.add(chunk_ids("d", 5), "d", unit_vectors(5))
    store.close()
    assert open_store(writable=False).count() == 5


def test_a_collection_of_another_library_is_refused_and_left_alone(open_store: OpenStore) -> None:
    store = open_store()
    store.add(chunk_ids("d", 5), "d", unit_vectors(5))
    with pytest.raises(StoreError, match="CHROMA_COLLECTION"):
        open_store(library_id="another")
    assert store.count() == 5


def test_a_reader_makes_no_collection(open_store: OpenStore) -> None:
    reader = open_store("-new", writable=False)
    assert (reader.count(), reader.search([1.0] * 16, limit=3)) == (0, [])
    open_store("-new").add(chunk_ids("d", 1), "d", unit_vectors(1))
    reader.refresh()
    assert reader.count() == 1


def test_a_vector_of_another_length_is_refused(open_store: OpenStore) -> None:
    store = open_store()
    store.add(chunk_ids("d", 5), "d", unit_vectors(5))
    with pytest.raises(StoreError):
        store.add(chunk_ids("e", 1), "e", unit_vectors(1, dimension=8))
    assert store.count() == 5


def test_a_dropped_collection_is_empty_when_made_again(open_store: OpenStore) -> None:
    store = open_store()
    store.add(chunk_ids("d", 5), "d", unit_vectors(5))
    store.drop()
    assert store.count() == 0
    store.refresh()
    store.add(chunk_ids("d", 1), "d", unit_vectors(1, dimension=8))
    assert store.count() == 1


def test_a_server_that_is_not_there_is_named() -> None:
    url = f"http://127.0.0.1:{free_port()}"
    with pytest.raises(StoreError, match=url):
        VectorStore(url, "chunks", library_id="library", writable=True)


def test_a_server_that_goes_away_is_named(tmp_path: Path) -> None:
    server = ChromaServer(tmp_path)
    store = VectorStore(server.url, "chunks", library_id="library", writable=True)
    store.add(chunk_ids("d", 5), "d", unit_vectors(5))
    server.stop()
    with pytest.raises(StoreError, match=server.url):
        store.search([1.0] * 16, limit=3)
    with pytest.raises(StoreError, match="vẫn nguyên"):
        store.add(chunk_ids("e", 1), "e", unit_vectors(1))


def test_a_server_that_never_answers_is_given_up() -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        url = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(StoreError, match="không trả lời"):
            VectorStore(url, "chunks", library_id="library", writable=True)


def test_a_damaged_folder_names_the_remedy(tmp_path: Path) -> None:
    (tmp_path / "chroma.sqlite3").write_bytes(b"no database at all" * 100)
    with pytest.raises(StoreError, match="rebuild"):
        VectorStore(tmp_path, "chunks", library_id="library", writable=True)
