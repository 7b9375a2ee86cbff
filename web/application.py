"""The composition root: everything is built here, once, from the settings, and handed on."""

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType

from answering.chain import AnswerChain
from answering.extractive import ExtractiveAnswerer
from answering.generated import GeneratedAnswerer, open_chat_model
from core.settings import Settings
from ingest.pipeline import IngestReport, Progress, ingest
from ingest.reading import read_limits
from prompts import ABBREVIATIONS
from retrieval.abbreviations import Abbreviations
from retrieval.embeddings import Embedder, open_embedder
from retrieval.knowledge_base import KnowledgeBase
from retrieval.retriever import HybridRetriever
from training.materials import MaterialsMaker


@dataclass(frozen=True)
class Application(AbstractContextManager["Application"]):
    """The assistant, ready to use; close it, or use it as a context manager."""

    settings: Settings
    embedder: Embedder | None
    knowledge_base: KnowledgeBase
    retriever: HybridRetriever
    chain: AnswerChain
    materials: MaterialsMaker

    def ingest(self, paths: Sequence[Path], *, on_progress: Callable[[Progress], None] | None = None) -> IngestReport:
        """Take files and folders into the library; a file that fails is reported and the rest goes on."""
        return ingest(
            paths,
            self.knowledge_base,
            limits=read_limits(self.settings),
            count_tokens=self.knowledge_base.count_tokens,
            max_tokens=self.settings.chunk_tokens,
            on_progress=on_progress,
        )

    def close(self) -> None:
        """Release the data folder."""
        self.knowledge_base.close()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


def open_application(
    settings: Settings, *, library_dir: Path | None = None, writable: bool = True, rebuild: bool = False
) -> Application:
    """The assistant over the library in `library_dir`, which is created where it is missing.

    Args:
        settings: All of them.
        library_dir: Where the library is; `settings.data_dir` unless given.
        writable: Take the data folder for writing; reading works beside one process that writes.
        rebuild: Make the index anew first, with the embedding model now configured.

    Raises:
        LibraryLockedError: another process writes to the data folder.
        IndexMismatchError: the index was built by another embedding model.
        StoreError: the data folder or the Chroma server cannot be used.
        ModelUnavailableError: the configured embedding model cannot be loaded.
    """
    embedder = open_embedder(settings)
    knowledge_base = KnowledgeBase.open(
        settings.model_copy(update={"data_dir": library_dir or settings.data_dir}),
        embedder,
        writable=writable,
        rebuild=rebuild,
    )
    retriever = HybridRetriever(
        knowledge_base=knowledge_base,
        embedder=embedder,
        abbreviations=Abbreviations.read(ABBREVIATIONS, settings.data_dir / ABBREVIATIONS.name),
        top_k=settings.top_k,
        candidates=settings.candidates,
        vector_weight=settings.vector_weight,
    )
    chat_model = open_chat_model(settings)
    generated = (
        GeneratedAnswerer(chat_model, retriever, name=settings.chat_model, timeout_s=settings.chat_timeout_s)
        if chat_model is not None
        else None
    )
    chain = AnswerChain(
        retriever,
        ExtractiveAnswerer(retriever),
        generated,
        min_confidence=settings.min_confidence,
        max_question_chars=settings.max_question_chars,
    )
    return Application(settings, embedder, knowledge_base, retriever, chain, MaterialsMaker(knowledge_base, retriever))
