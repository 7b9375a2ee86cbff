"""Search over a library of 100,000 chunks: median and p95 in ms, with and without a filter, and peak memory.

The chunks are some 110 syllables of shuffled sentences of the sample corpus, 100 articles a document; their vectors are
random unit vectors, which are harder for the vector index than real ones. Questions are embedded by the bundled model.
The library is built once and kept in the work folder (some minutes, 1 GB).
"""

import argparse
import hashlib
import multiprocessing
import random
from datetime import date, timedelta
from functools import partial
from itertools import islice
from pathlib import Path

import numpy as np

from core.settings import Settings, load_settings
from core.text import sentences, syllables
from core.types import (
    Chunk,
    Metadata,
    ParsedDocument,
    PathStep,
    SearchFilter,
    Section,
    SectionKind,
    Span,
)
from evaluation.benchmarks.measuring import (
    parse_sample_corpus,
    peak_memory_mb,
    report,
    sample_questions,
    timings_ms,
)
from retrieval.bundled_model import BUNDLED_DIMENSION, BUNDLED_FINGERPRINT
from retrieval.embeddings import Embedder, estimate_tokens, open_embedder
from retrieval.knowledge_base import KnowledgeBase
from retrieval.retriever import HybridRetriever

CHUNKS_PER_DOCUMENT = 100
SYLLABLES_PER_CHUNK = 110
KINDS = ("Kế hoạch", "Quyết định", "Nghị quyết", "Báo cáo")
ROUNDS = 3


class RandomVectors(Embedder):
    """Random unit vectors for passages; questions by the configured model, whose time is part of a search."""

    # That of the model that embeds the questions, so that the whole application opens the library.
    fingerprint = BUNDLED_FINGERPRINT

    def __init__(self, questions: Embedder | None) -> None:
        self._questions = questions
        self._random = np.random.default_rng(0)

    @property
    def dimension(self) -> int:
        """That of the bundled model."""
        return BUNDLED_DIMENSION

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """A new random unit vector a text."""
        vectors = self._random.standard_normal((len(texts), self.dimension))
        as_lists: list[list[float]] = (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).tolist()
        return as_lists

    def embed_query(self, text: str) -> list[float]:
        """The question's own vector where there is a model, else a random one."""
        return self._questions.embed_query(text) if self._questions is not None else self.embed_documents([text])[0]


def build_library(settings: Settings, chunk_count: int) -> None:
    """Fills the library in `settings.data_dir`, going on where an earlier run stopped."""
    corpus = parse_sample_corpus(estimate_tokens, settings.chunk_tokens)
    stock = [document.text[span.start : span.end] for document in corpus for span in sentences(document.text)]
    with KnowledgeBase.open(settings, RandomVectors(None)) as library:
        for number in range(len(library.documents()), chunk_count // CHUNKS_PER_DOCUMENT):
            library.store(_make_document(number, stock))


def _make_document(number: int, stock: list[str]) -> ParsedDocument:
    chooser = random.Random(number)
    kind = KINDS[number % len(KINDS)]
    name = f"{kind} {number}/2025/BM-{number % 7}"
    document_id = hashlib.sha256(name.encode()).hexdigest()[:16]
    text, sections, chunks = "", [], []
    for ordinal in range(CHUNKS_PER_DOCUMENT):
        body, size = f"Điều {ordinal + 1}. ", 0
        while size < SYLLABLES_PER_CHUNK:
            sentence = chooser.choice(stock)
            size += len(syllables(sentence))
            body += sentence + " "
        span = Span(len(text), len(text) + len(body))
        text += body + "\n"
        path, label = (PathStep(SectionKind.ARTICLE, str(ordinal + 1)),), f"Điều {ordinal + 1}"
        page = 1 + ordinal // 5
        sections.append(Section(path, label, "", span, page))
        chunks.append(
            Chunk(f"{document_id}-{ordinal:05d}", document_id, path, label, name, body, span, page, page, 2 * size)
        )
    return ParsedDocument(
        id=document_id,
        source=f"/benchmark/{number}.txt",
        sha256=hashlib.sha256(text.encode()).hexdigest(),
        format="txt",
        text=text,
        page_starts=tuple(section.span.start for section in sections[::5]),
        metadata=Metadata(
            kind=kind,
            number=name.removeprefix(f"{kind} "),
            title=f"Văn bản đo tốc độ số {number}",
            issued_on=date(2020, 1, 1) + timedelta(days=number),
            effective_from=date(2020, 1, 1) + timedelta(days=number),
            # One in ten has run out, so that the filter on validity leaves something out.
            effective_to=date(2024, 1, 1) if number % 10 == 0 else None,
        ),
        sections=tuple(sections),
        chunks=tuple(chunks),
        text_quality=1.0,
    )


def measure(settings: Settings) -> dict[str, object]:
    """Times of whole searches, question to passages, by kind of filter."""
    questions = sample_questions() * ROUNDS
    embedder = RandomVectors(open_embedder(load_settings()))
    with KnowledgeBase.open(settings, embedder, writable=False) as library:
        retriever = HybridRetriever(knowledge_base=library)
        documents = library.documents()
        tenth = frozenset(document.id for document in documents[::10])
        filters = {
            "no_filter": SearchFilter(),
            "kind_quarter": SearchFilter(kinds=frozenset({KINDS[0]})),
            "in_force_nine_tenths": SearchFilter(only_in_force=True),
            "documents_tenth": SearchFilter(document_ids=tenth),
            "one_document": SearchFilter(document_ids=frozenset(islice(tenth, 1))),
        }
        for question in questions[:10]:
            retriever.retrieve(question)
        return {
            "documents": len(documents),
            "chunks": sum(document.chunk_count for document in documents),
            "searches_each": len(questions),
            "search_ms": {
                name: timings_ms(partial(retriever.retrieve, search_filter=chosen), questions)
                for name, chosen in filters.items()
            },
            "embed_question_ms": timings_ms(embedder.embed_query, questions),
            "peak_memory_mb": peak_memory_mb(),
        }


def main() -> None:
    """Builds the library where needed, in a process of its own so that memory is that of searching."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--work-dir", type=Path, default=Path("data/benchmarks"))
    parser.add_argument("--chunks", type=int, default=100_000)
    options = parser.parse_args()
    settings = load_settings(data_dir=options.work_dir / f"search-{options.chunks}", chroma_url="")
    builder = multiprocessing.get_context("spawn").Process(target=build_library, args=(settings, options.chunks))
    builder.start()
    builder.join()
    if builder.exitcode:
        raise SystemExit(builder.exitcode)
    report({"benchmark": "search", **measure(settings)})


if __name__ == "__main__":
    main()
