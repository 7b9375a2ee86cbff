"""Scoring retrieval on a folder in BEIR layout, through the product's own chunks, stores and fusion."""

import hashlib
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from statistics import median, quantiles

from core.beir_folder import BeirDocument, BeirSet, read_beir
from core.settings import BUNDLED_MODEL, Settings
from core.types import Chunk, Metadata, ParsedDocument, PathStep, Section, SectionKind, Span
from evaluation.metrics import score_rankings
from ingest.chunking import CountTokens, make_chunks
from ingest.structure import find_sections
from retrieval.query import Query
from retrieval.retriever import HybridRetriever
from web.application import open_application

_DEFAULT_MODEL = (BUNDLED_MODEL, "none")


@dataclass(frozen=True, slots=True)
class RetrievalScores:
    """Figures of one question set.

    Attributes:
        metrics: `recall@1|5|10|20`, `mrr@10`, `ndcg@10`, each 0 to 1.
        timings_ms: `median` and `p95` of one search, embedding the question included.
    """

    n_documents: int
    n_queries: int
    metrics: dict[str, float]
    timings_ms: dict[str, float]


@dataclass(frozen=True, slots=True)
class IndexedSet:
    """A question set over an open library.

    Attributes:
        name: Of its folder, and its level.
        corpus: What stands in the library; empty when that is not a BEIR corpus.
        queries: Question id to question.
        qrels: Question id to relevant id to relevance.
        retriever: The product's own.
        rank: Ids for a question id and its query, best first, by a retriever over this library.
    """

    name: str
    corpus: Sequence[BeirDocument]
    queries: Mapping[str, str]
    qrels: Mapping[str, Mapping[str, int]]
    retriever: HybridRetriever
    rank: Callable[[HybridRetriever, str, Query], list[str]]


@contextmanager
def open_beir(folder: Path, settings: Settings, *, sentences: bool = False) -> Iterator[IndexedSet]:
    """The question set in `folder`, indexed; its documents rank by their best chunks.

    The corpus is indexed once under the data directory and found again by its content and the chunk size.

    Args:
        folder: Holds `corpus.jsonl`, `queries.jsonl` and `qrels.tsv`.
        settings: As for the application; the library itself is not touched.
        sentences: Its level of single sentences instead.

    Raises:
        UsageError: the folder is not in BEIR layout.
    """
    questions = read_beir(folder, sentences=sentences)
    made_of = (questions.corpus, settings.chunk_tokens)
    model = (settings.embedding_model, settings.embedding_adapter)
    content = hashlib.sha256(repr(made_of if model == _DEFAULT_MODEL else (*made_of, model)).encode()).hexdigest()
    index = settings.data_dir / "evaluation" / content[:16]
    with open_application(settings, library_dir=index) as application:
        library = application.knowledge_base
        if library.find_by_hash(content) is None:
            library.store(_as_one_document(questions, content, library.count_tokens, settings.chunk_tokens))
        (document,) = library.documents()
        document_of = {
            chunk.id: questions.corpus[int(chunk.section_path[0].number)].id for chunk in library.chunks(document.id)
        }

        def rank(retriever: HybridRetriever, _question_id: str, query: Query) -> list[str]:
            return list(dict.fromkeys(document_of[hit.chunk_id] for hit in retriever.rank(query)))

        name = f"{folder.resolve().name}/sentences" if sentences else folder.resolve().name
        yield IndexedSet(name, questions.corpus, questions.queries, questions.qrels, application.retriever, rank)


def evaluate_beir(
    folder: Path, settings: Settings, *, sentences: bool = False, vary: Callable[[str], str] = str
) -> RetrievalScores:
    """Scores of the product's retrieval on the question set in `folder`, as `open_beir` has it.

    Args:
        folder: Holds `corpus.jsonl`, `queries.jsonl` and `qrels.tsv`.
        settings: As for the application.
        sentences: Its level of single sentences instead.
        vary: What becomes of each question before it is asked, as in `evaluation.variants`.

    Raises:
        UsageError: the folder is not in BEIR layout.
    """
    with open_beir(folder, settings, sentences=sentences) as indexed:
        retriever = indexed.retriever
        rankings: dict[str, list[str]] = {}
        times = []
        for question_id, asked in indexed.queries.items():
            question = vary(asked)
            started = time.perf_counter()
            rankings[question_id] = indexed.rank(retriever, question_id, retriever.understand(question))
            times.append(1000 * (time.perf_counter() - started))
    return RetrievalScores(
        n_documents=len(indexed.corpus),
        n_queries=len(times),
        metrics=score_rankings(rankings, indexed.qrels),
        timings_ms={"median": round(median(times), 1), "p95": round(quantiles(times, n=20)[-1], 1)},
    )


def _as_one_document(question_set: BeirSet, content: str, count_tokens: CountTokens, max_tokens: int) -> ParsedDocument:
    """The corpus as one document of the library, a section per BEIR document, so that it is stored in one go."""
    texts: list[str] = []
    sections: list[Section] = []
    chunks: list[Chunk] = []
    offset = 0
    for position, document in enumerate(question_set.corpus):
        step = PathStep(SectionKind.HEADING, str(position))
        end = offset + len(document.text)
        sections.append(Section((step,), document.title, document.title, Span(offset, end), 1))
        made = make_chunks(
            content[:16],
            document.text,
            (0,),
            find_sections(document.text, (0,)),
            Metadata(title=document.title),
            count_tokens=count_tokens,
            max_tokens=max_tokens,
        )
        chunks += _moved(made, (step,), offset=offset, first=len(chunks))
        texts.append(document.text)
        offset = end + 1
    return ParsedDocument(
        id=content[:16],
        source="corpus.jsonl",
        sha256=content,
        format="txt",
        text="\n".join(texts),
        page_starts=(0,),
        metadata=Metadata(title="corpus.jsonl"),
        sections=tuple(sections),
        chunks=tuple(chunks),
        text_quality=1.0,
    )


def _moved(chunks: Sequence[Chunk], path: tuple[PathStep, ...], *, offset: int, first: int) -> list[Chunk]:
    return [
        replace(
            chunk,
            id=f"{chunk.document_id}-{first + ordinal:05d}",
            section_path=path,
            span=Span(chunk.span.start + offset, chunk.span.end + offset),
        )
        for ordinal, chunk in enumerate(chunks)
    ]
