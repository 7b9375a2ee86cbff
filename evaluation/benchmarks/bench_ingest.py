"""Pages a second of parsing a folder, and the time and memory of taking the whole folder into a new library."""

import argparse
import tempfile
import time
from pathlib import Path

from core.errors import IngestError
from core.settings import load_settings
from core.types import ParsedDocument
from evaluation.benchmarks.measuring import LIMITS, SAMPLE_CORPUS, files_under, peak_memory_mb, report
from ingest.parsing import parse_file
from retrieval.embeddings import estimate_tokens
from web.application import open_application


def main() -> None:
    """Measures parsing alone first, then the whole way with embedding and stores."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=SAMPLE_CORPUS)
    folder: Path = parser.parse_args().folder
    settings = load_settings()

    started = time.perf_counter()
    parsed: list[ParsedDocument] = []
    refused = 0
    for path in files_under(folder):
        try:
            parsed.append(
                parse_file(path, limits=LIMITS, count_tokens=estimate_tokens, max_tokens=settings.chunk_tokens)
            )
        except IngestError:
            refused += 1
    parse_s = time.perf_counter() - started
    pages = sum(len(document.page_starts) for document in parsed)
    memory_after_parsing = peak_memory_mb()

    with tempfile.TemporaryDirectory() as data_dir:
        started = time.perf_counter()
        with open_application(
            settings.model_copy(update={"data_dir": Path(data_dir), "chroma_url": ""})
        ) as application:
            result = application.ingest([folder])
        ingest_s = time.perf_counter() - started
    chunks = sum(document.chunk_count for document in result.added)
    report(
        {
            "benchmark": "ingest",
            "files": len(parsed) + refused,
            "refused": refused,
            "pages": pages,
            "parse_s": round(parse_s, 2),
            "pages_per_s": round(pages / parse_s, 1),
            "parse_peak_memory_mb": memory_after_parsing,
            "ingest_s": round(ingest_s, 1),
            "chunks": chunks,
            "chunks_per_s": round(chunks / ingest_s, 1),
            "peak_memory_mb": peak_memory_mb(),
        }
    )


if __name__ == "__main__":
    main()
