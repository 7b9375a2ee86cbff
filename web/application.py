"""The composition root: everything is built here, once, from the settings, and handed on."""

import os
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, closing, suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from types import TracebackType

from answering.chain import AnswerChain
from answering.chat_endpoint import open_chat_endpoint
from answering.extractive import ExtractiveAnswerer
from answering.generated import GeneratedAnswerer
from answering.judge import open_judge
from answering.traces import TraceStore
from core.errors import AssistantError, LibraryLockedError, StoreError, UsageError
from core.settings import Settings
from core.types import Document, ParsedDocument, Standing
from ingest.intake import Follower, Progress, accept_paths
from ingest.parsing import parser_version
from ingest.pipeline import Ingestion
from ingest.queue import IngestQueue
from ingest.reading import read_limits
from ingest.report import FailedFile, IngestReport
from ingest.worker import ReaderProcess, UnexpectedReadError, open_reader
from prompts import ABBREVIATIONS
from retrieval.abbreviations import Abbreviations
from retrieval.embeddings import open_embedder, open_token_counter
from retrieval.knowledge_base import KnowledgeBase
from retrieval.reranker import CrossEncoderReranker
from retrieval.retriever import HybridRetriever
from training.materials import MaterialsMaker

# Another process holds the library and works the queue off; it may end, and then this one goes on.
_LOCKED_FOR_S = 5


@dataclass(frozen=True, slots=True)
class ReparseReport:
    """What reading files anew has brought.

    Attributes:
        changed: Documents as they are now, and as they were.
        unchanged: Documents that the present parser reads as the one before did.
        failed: Files that could not be read; what was read before stays.
    """

    changed: tuple[tuple[Document, Document], ...]
    unchanged: tuple[Document, ...]
    failed: tuple[FailedFile, ...]


@dataclass(frozen=True)
class Application(AbstractContextManager["Application"]):
    """The assistant, ready to use; close it, or use it as a context manager."""

    settings: Settings
    knowledge_base: KnowledgeBase
    retriever: HybridRetriever
    chain: AnswerChain
    materials: MaterialsMaker
    _intake: tuple[IngestQueue, Ingestion] | None

    @property
    def queue(self) -> IngestQueue:
        """The files that are on their way into the library.

        Raises:
            StoreError: the application was opened for reading only.
        """
        return self._writing()[0]

    def start_ingestion(self) -> None:
        """Begin to work the queue off, until closed; called again, does nothing."""
        self._writing()[1].start()

    def ingest(
        self, paths: Sequence[Path], *, on_progress: Callable[[Progress], None] = lambda progress: None
    ) -> IngestReport:
        """Take files and folders into the library; a file that fails is reported and the rest goes on."""
        accepted = accept_paths(self.queue, paths, read_limits(self.settings))
        self.start_ingestion()
        return Follower(self.queue, accepted, on_progress).follow()

    def reparse(
        self, document_ids: Sequence[str] = (), *, on_progress: Callable[[int, int], None] | None = None
    ) -> ReparseReport:
        """Read kept files anew by the present parser.

        Args:
            document_ids: Only these; else every document in use that another parser read.
            on_progress: Told how many of how many documents are done.

        Raises:
            DocumentNotFoundError: one of `document_ids` is not in the library.
        """
        library = self.knowledge_base
        wanted = [library.document(id_) for id_ in document_ids] or self.outdated_documents()
        changed: list[tuple[Document, Document]] = []
        unchanged: list[Document] = []
        failed: list[FailedFile] = []
        with closing(_reader(self.settings)) as reader:
            for done, document in enumerate(wanted, start=1):
                try:
                    renewed = library.reparse(self._read_anew(reader, document))
                    changed += [renewed] if renewed else []
                    unchanged += [] if renewed else [document]
                except (AssistantError, UnexpectedReadError) as error:
                    failed.append(FailedFile(document.source, str(error)))
                if on_progress is not None:
                    on_progress(done, len(wanted))
        return ReparseReport(tuple(changed), tuple(unchanged), tuple(failed))

    def outdated_documents(self) -> list[Document]:
        """Documents in use that another parser read and whose file was kept."""
        library = self.knowledge_base
        in_use = library.documents(standings=(Standing.CURRENT, Standing.COPY))
        return [d for d in in_use if d.parser != parser_version() and library.original(d.id)]

    def _read_anew(self, reader: ReaderProcess, document: Document) -> ParsedDocument:
        original = self.knowledge_base.original(document.id)
        parsed = reader.read(original, document.source) if original is not None else None
        if parsed is None:
            raise UsageError(f"Tệp gốc của {document.name} không được giữ trong kho. Hãy nạp lại tệp.")
        return parsed

    def close(self) -> None:
        """Stop the ingestion and release the data folder."""
        if self._intake is not None:
            queue, ingestion = self._intake
            ingestion.close()
            queue.close()
        self.knowledge_base.close()

    def _writing(self) -> tuple[IngestQueue, Ingestion]:
        if self._intake is None:
            raise StoreError("Kho văn bản đang mở chỉ để đọc. Hãy mở ở chế độ ghi rồi thử lại.")
        return self._intake

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
        IndexMismatchError: the index was built by another embedding model that is not at hand any more.
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
        abbreviations=Abbreviations.read(ABBREVIATIONS, settings.data_dir / ABBREVIATIONS.name),
        top_k=settings.top_k,
        candidates=settings.candidates,
        vector_weight=settings.vector_weight,
        reranker=CrossEncoderReranker(settings.reranker_model) if settings.reranker_model else None,
    )
    endpoint = open_chat_endpoint(settings)
    traces = open_traces(settings)
    generated = GeneratedAnswerer(endpoint, retriever, traces) if endpoint is not None else None
    chain = AnswerChain(
        retriever,
        ExtractiveAnswerer(retriever, open_judge(settings)),
        generated,
        min_confidence=settings.min_confidence,
        max_question_chars=settings.max_question_chars,
    )
    folder = library_dir or settings.data_dir
    return Application(
        settings,
        knowledge_base,
        retriever,
        chain,
        MaterialsMaker(knowledge_base, retriever),
        _open_intake(settings, folder, knowledge_base) if writable else None,
    )


def ingest_files(
    settings: Settings, paths: Sequence[Path], *, on_progress: Callable[[Progress], None] = lambda progress: None
) -> IngestReport:
    """Take files and folders into the library, through the process that holds it where there is one.

    Raises:
        IndexMismatchError, StoreError, ModelUnavailableError: see `open_application`; then no file was accepted.
    """
    try:
        with open_application(settings) as application:
            return application.ingest(paths, on_progress=on_progress)
    except LibraryLockedError:
        with closing(IngestQueue(settings.data_dir)) as queue:
            accepted = accept_paths(queue, paths, read_limits(settings))
            follower = Follower(queue, accepted, on_progress)
            while (report := follower.follow_for(_LOCKED_FOR_S)) is None:
                with suppress(LibraryLockedError), open_application(settings) as application:
                    application.start_ingestion()
                    return follower.follow()
            return report


def open_traces(settings: Settings) -> TraceStore | None:
    """Where traces of the chat model's answers are kept; `None` where none are."""
    return TraceStore(settings.data_dir / "traces.sqlite", days=settings.trace_days) if settings.trace_days else None


def worker_count(settings: Settings) -> int:
    """Files read at once."""
    return settings.ingest_workers or max(1, (os.cpu_count() or 1) - 1)


def _open_intake(settings: Settings, folder: Path, knowledge_base: KnowledgeBase) -> tuple[IngestQueue, Ingestion]:
    queue = IngestQueue(folder)
    return queue, Ingestion(queue, knowledge_base, partial(_reader, settings), workers=worker_count(settings))


def _reader(settings: Settings) -> ReaderProcess:
    """A process for reading files, within the settings' limits; it loads a tokenizer, never the stores or the model."""
    counter = partial(open_token_counter, settings)
    return ReaderProcess(
        partial(open_reader, read_limits(settings), counter, settings.chunk_tokens),
        timeout_s=settings.parse_timeout_s,
        memory_mb=settings.parse_memory_mb,
    )
