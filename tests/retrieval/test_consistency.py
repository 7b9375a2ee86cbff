"""Whatever happens, in whatever order and wherever it is cut off, the stores hold what the catalogue says."""

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, consumes, invariant, rule

from core.errors import UsageError
from core.settings import Settings
from core.types import Metadata, Standing
from retrieval.catalogue import Catalogue
from retrieval.knowledge_base import KnowledgeBase
from retrieval.originals import Originals
from retrieval.vector_store import VectorStore
from retrieval.word_index import WordIndex
from tests.retrieval.samples import NEW_PLAN, PLAN, RULES, TinyEmbedder, parsed_document
from tests.retrieval.test_lifecycle import PART, SCAN, TYPED, searched, stored

WRITES = (
    (Originals, "keep"), (Originals, "remove"), (Catalogue, "intend"), (Catalogue, "commit"), (Catalogue, "fulfil"),
    (Catalogue, "record"), (Catalogue, "set_parser"), (VectorStore, "add"), (VectorStore, "delete_documents"),
    (VectorStore, "drop"), (WordIndex, "put"), (WordIndex, "delete_documents"), (WordIndex, "refill"),
)  # fmt: skip


class Died(BaseException):
    """The process is gone: nothing after this happens, no clean-up either."""


@contextmanager
def dying_after(writes: int) -> Iterator[list[int]]:
    """Lets that many writes to the stores happen and none after them."""
    left = [writes]

    def counted(real: Callable[..., object]) -> Callable[..., object]:
        def write(*arguments: Any, **options: Any) -> object:
            if left[0] == 0:
                raise Died
            left[0] -= 1
            return real(*arguments, **options)

        return write

    with pytest.MonkeyPatch.context() as patch:
        for store, method in WRITES:
            patch.setattr(store, method, counted(getattr(store, method)))
        yield left


# Between them these go through every kind of write; the other steps are the same change in another order.
ACTIONS: dict[str, Callable[[KnowledgeBase], object]] = {
    "replace a leader": lambda library: stored(
        library, parsed_document(RULES.text * 3, source=TYPED.source, metadata=TYPED.metadata)
    ),
    "remove a leader": lambda library: library.remove([TYPED.id]),
    "reparse": lambda library: library.reparse(
        replace(parsed_document(TYPED.text.upper()), sha256=TYPED.sha256, parser="2")
    ),
    "rebuild": lambda library: library.rebuild(),
}


@pytest.fixture(scope="module")
def filled(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("filled") / "data"
    with KnowledgeBase.open(Settings(_env_file=None, data_dir=folder), TinyEmbedder()) as library:  # type: ignore[call-arg]
        for parsed in (PLAN, RULES, TYPED, SCAN, PART):
            stored(library, parsed)
    return folder


@pytest.mark.parametrize("action", ACTIONS)
def test_a_death_between_any_two_writes_leaves_the_old_library_or_the_new(
    action: str, filled: Path, tmp_path: Path
) -> None:
    outcomes = set()
    for writes in range(100):
        settings = Settings(_env_file=None, data_dir=tmp_path / str(writes))  # type: ignore[call-arg]
        shutil.copytree(filled, settings.data_dir)
        finished = False
        with ExitStack() as opened:
            library = opened.enter_context(KnowledgeBase.open(settings, TinyEmbedder()))
            with dying_after(writes), opened.pop_all():
                try:
                    ACTIONS[action](library)
                    finished = True
                except Died:
                    pass
        with KnowledgeBase.open(settings, TinyEmbedder()) as library:
            assert library.verify().faults == (), writes
            outcomes.add(frozenset(searched(library)))
            if not finished:
                continue
        break
    assert len(outcomes) == (1 if action == "rebuild" else 2)
    assert writes >= 4


SOURCES = ("a.docx", "b.pdf", "c/d.html")
BODIES = [parsed.text for parsed in (PLAN, RULES, TYPED, SCAN, PART, NEW_PLAN)] + [TYPED.text + " hết", RULES.text * 3]


class LibraryMachine(RuleBasedStateMachine):
    """Any sequence of what administrators do."""

    documents = Bundle("documents")

    def __init__(self) -> None:
        super().__init__()
        self.folder = Path(mkdtemp())
        settings = Settings(_env_file=None, data_dir=self.folder / "data")  # type: ignore[call-arg]
        self.open = lambda embedder: KnowledgeBase.open(settings, embedder)
        self.library = self.open(TinyEmbedder())
        self.held: dict[str, str] = {}

    def teardown(self) -> None:
        self.library.close()
        shutil.rmtree(self.folder)

    @rule(
        target=documents,
        body=st.sampled_from(BODIES),
        source=st.sampled_from(SOURCES),
        metadata=st.sampled_from([Metadata(), TYPED.metadata]),
    )
    def add(self, body: str, source: str, metadata: Metadata) -> str:
        parsed = parsed_document(body, source=source, metadata=metadata)
        document, former = self.library.store(parsed, body.encode())
        assert former is None or former.standing is Standing.FORMER
        self.held[document.id] = body
        return document.id

    @rule(document_id=consumes(documents), whole=st.booleans())
    def remove(self, document_id: str, whole: bool) -> None:
        if document_id in self.held:
            for removed in self.library.remove([document_id], whole=whole):
                del self.held[removed.id]

    @rule(action=st.sampled_from(["lead", "separate"]), document_id=documents)
    def decide(self, action: str, document_id: str) -> None:
        if document_id in self.held:
            is_copy = self.library.document(document_id).standing is Standing.COPY
            try:
                getattr(self.library, action)(document_id)
                assert is_copy and self.library.document(document_id).standing is Standing.CURRENT
            except UsageError:
                assert not is_copy

    @rule(action=st.sampled_from(["merge", "replace", "keep_apart"]), first=documents, second=documents)
    def relate(self, action: str, first: str, second: str) -> None:
        if {first, second} <= self.held.keys() and first != second:
            try:
                getattr(self.library, action)(first, second)
            except UsageError:
                assert Standing.CURRENT not in {
                    self.library.document(id_).standing for id_ in (first, second)
                } or action in {"merge", "replace"}

    @rule(document_id=documents, source=st.sampled_from([*SOURCES, "moi.txt"]))
    def rename(self, document_id: str, source: str) -> None:
        if document_id in self.held:
            try:
                assert self.library.rename(document_id, source).source == source
            except UsageError as error:
                assert source in str(error)

    @rule(fingerprint=st.sampled_from(["tiny/64", "tiny/64 b"]))
    def reopen(self, fingerprint: str) -> None:
        self.library.close()
        self.library = self.open(None)
        self.library.close()
        self.library = KnowledgeBase.open(
            Settings(_env_file=None, data_dir=self.folder / "data"),  # type: ignore[call-arg]
            TinyEmbedder(fingerprint),
            rebuild=True,
        )

    @invariant()
    def all_stores_agree(self) -> None:
        assert self.library.verify().faults == ()
        everything = self.library.documents(standings=tuple(Standing))
        assert {document.id for document in everything} == self.held.keys()
        assert searched(self.library) == {d.id for d in everything if d.standing is Standing.CURRENT}
        for document in everything:
            assert self.library.text(document.id) == self.held[document.id]


TestLibraryMachine = LibraryMachine.TestCase
TestLibraryMachine.settings = hypothesis_settings(max_examples=6, stateful_step_count=12, deadline=None)
