"""Changing the embedding model while the library is in use."""

import threading
from collections.abc import Callable

import pytest

from core.errors import ModelUnavailableError, StoreError
from core.settings import Settings
from retrieval import knowledge_base
from retrieval.embeddings import Embedder
from retrieval.knowledge_base import KnowledgeBase
from tests.retrieval.samples import NEW_PLAN, PLAN, RULES, TinyEmbedder, parsed_document
from tests.retrieval.test_lifecycle import TYPED, stored

QUESTION = "kinh phí thực hiện lấy từ ngân sách nào"


class StoppingEmbedder(TinyEmbedder):
    """The new model, which lets something happen before each batch."""

    def __init__(self, before: Callable[[int], None]) -> None:
        super().__init__("new/32", 32)
        self._before = before
        self._batches = 0

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        self._batches += 1
        self._before(self._batches - 1)
        return super().embed_documents(texts)


@pytest.fixture
def old_model(either_settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Settings:
    """A library made by a model that can be opened again from what was recorded of it."""
    with KnowledgeBase.open(either_settings, TinyEmbedder()) as library:
        stored(library, PLAN)
        stored(library, RULES)

    def reopen(_description: str, _settings: Settings) -> Embedder | None:
        return TinyEmbedder()

    monkeypatch.setattr(knowledge_base, "reopen_embedder", reopen)  # stands for a model on disk
    return either_settings


def first(library: KnowledgeBase) -> str:
    return library.search_meaning(QUESTION, limit=1)[0].chunk_id


def test_the_old_model_answers_until_the_new_one_has_everything(old_model: Settings) -> None:
    seen: list[str] = []

    def meanwhile(batch: int) -> None:
        seen.append(first(library))
        if batch == 0:
            stored(library, TYPED)  # lands in both
            stored(library, NEW_PLAN)  # takes the place of a document that may be done already
            library.remove([RULES.id])

    with KnowledgeBase.open(old_model, StoppingEmbedder(meanwhile)) as library:
        assert "app.py rebuild" in library.notice and "mô hình cũ" in library.notice
        assert library.search_words(QUESTION, limit=3, folded=False)
        assert library.rebuild()
        assert library.notice == "" and len(seen) >= 2
        assert {id_.rsplit("-", 1)[0] for id_ in seen} <= {PLAN.id, NEW_PLAN.id}
        assert {document.id for document in library.documents()} == {TYPED.id, NEW_PLAN.id}
        assert library.verify().faults == ()
        assert first(library) == NEW_PLAN.chunks[1].id
    with KnowledgeBase.open(old_model, TinyEmbedder("new/32", 32)) as library:
        assert library.notice == "" and first(library) == NEW_PLAN.chunks[1].id


def test_a_reader_follows_the_switch(old_model: Settings) -> None:
    new = TinyEmbedder("new/32", 32)
    with (
        KnowledgeBase.open(old_model, new) as library,
        KnowledgeBase.open(old_model, TinyEmbedder("new/32", 32), writable=False) as reader,
    ):
        assert reader.notice and first(reader) == PLAN.chunks[1].id
        assert library.rebuild()
        assert reader.notice == "" and first(reader) == PLAN.chunks[1].id


def test_a_rebuild_that_was_broken_off_goes_on_where_it_was(old_model: Settings) -> None:
    def fail_at_second(batch: int) -> None:
        if batch == 1:
            raise ModelUnavailableError("Dịch vụ embedding không trả lời.")

    with KnowledgeBase.open(old_model, StoppingEmbedder(fail_at_second)) as library:
        with pytest.raises(ModelUnavailableError):
            library.rebuild()
        assert first(library) == PLAN.chunks[1].id
    again = TinyEmbedder("new/32", 32)
    with KnowledgeBase.open(old_model, again) as library:
        library.remove([RULES.id])
        stored(library, TYPED)
        in_both = again.embedded
        assert in_both == len(TYPED.chunks)
        assert library.rebuild()
        assert again.embedded - in_both <= len(PLAN.chunks)
        assert library.verify().faults == ()


def test_a_rebuild_is_stopped_when_asked_and_forgotten_with_its_model(old_model: Settings) -> None:
    with KnowledgeBase.open(old_model, TinyEmbedder("new/32", 32)) as library:
        assert not library.rebuild(is_wanted=lambda: False)
        assert library.notice
    with KnowledgeBase.open(old_model, TinyEmbedder()) as library:
        assert library.notice == "" and first(library) == PLAN.chunks[1].id
        assert library._catalogue.fact("building") == ""


def test_only_one_thread_rebuilds(old_model: Settings) -> None:
    at_work, go_on = threading.Event(), threading.Event()

    def wait(_batch: int) -> None:
        at_work.set()
        assert go_on.wait(30)

    with KnowledgeBase.open(old_model, StoppingEmbedder(wait)) as library:
        thread = threading.Thread(target=library.rebuild)
        thread.start()
        assert at_work.wait(30)
        with pytest.raises(StoreError, match="đang được lập lại"):
            library.rebuild()
        go_on.set()
        thread.join()
        assert library.notice == ""


def test_words_are_found_at_every_moment_of_a_rebuild(settings: Settings) -> None:
    with KnowledgeBase.open(settings, None) as library:
        stored(library, PLAN)
        for number in range(10):
            stored(library, parsed_document(f"Văn bản số {number} về dữ liệu mở {number * 7}", source=str(number)))
        missed, done = [], threading.Event()

        def search() -> None:
            while not done.is_set():
                missed.extend([1] if not library.search_words("ngân sách tỉnh", limit=1, folded=False) else [])

        thread = threading.Thread(target=search)
        thread.start()
        for _ in range(3):
            library.rebuild()
        done.set()
        thread.join()
    assert missed == []
