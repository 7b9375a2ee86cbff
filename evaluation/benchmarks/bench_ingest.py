"""Text PDFs parsed beside plain LangChain, memory for 1,000 pages, and a folder taken into a new library."""

import argparse
import multiprocessing
import os
import tempfile
import time
from collections.abc import Callable
from itertools import cycle, islice
from pathlib import Path

import pypdf

from core.errors import IngestError, UnreadableFileError
from core.settings import load_settings
from core.types import ParsedDocument
from evaluation.benchmarks.measuring import LIMITS, SAMPLE_CORPUS, files_under, peak_memory_mb, report
from ingest.parsing import parse_file
from retrieval.embeddings import estimate_tokens

Figures = dict[str, object]

_LONG_PDF_PAGES = 1000
# As in LangChain's own examples.
_PLAIN_CHUNK_CHARS = 1000
_PLAIN_OVERLAP_CHARS = 200


def main() -> None:
    """Measures parsing on one core, then 1,000 pages, then the whole way with embedding and stores."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", nargs="?", type=Path, default=SAMPLE_CORPUS)
    parser.add_argument("--parse-only", action="store_true", help="leave out embedding and stores")
    arguments = parser.parse_args()
    folder: Path = arguments.folder
    figures: Figures = {"benchmark": "ingest", **_in_own_process(_text_pdfs, folder)}
    with tempfile.TemporaryDirectory() as work_dir:
        long_pdf = Path(work_dir) / "long.pdf"
        _in_own_process(_bind, folder, long_pdf)
        figures |= _in_own_process(_long_pdf, long_pdf)
    if not arguments.parse_only:
        figures |= _in_own_process(_ingestion, folder)
    report(figures)


def _in_own_process(measure: Callable[..., Figures], *arguments: Path) -> Figures:
    """What `measure` returns in a new process, so that its peak of memory is its own."""
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(measure, arguments)


def _text_pdfs(folder: Path) -> Figures:
    """Every text PDF by our parser and by plain LangChain in turns, on one core; scans are left out."""
    if hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})
    _parse(_pdfs(SAMPLE_CORPUS)[0])  # imports
    _plain_chunks(_pdfs(SAMPLE_CORPUS)[0])
    pages, ours, plain = 0, (0.0, 0.0), (0.0, 0.0)
    for path in _pdfs(folder):
        started = _clocks()
        try:
            parsed = _parse(path)
        except IngestError:
            continue
        pages += len(parsed.page_starts)
        between = _clocks()
        _plain_chunks(path)
        ended = _clocks()
        ours = (ours[0] + between[0] - started[0], ours[1] + between[1] - started[1])
        plain = (plain[0] + ended[0] - between[0], plain[1] + ended[1] - between[1])
    return {
        "pdf_pages": pages,
        "pages_per_s": round(pages / ours[0], 1),
        "pages_per_cpu_s": round(pages / ours[1], 1),
        "langchain_pages_per_s": round(pages / plain[0], 1),
        "langchain_pages_per_cpu_s": round(pages / plain[1], 1),
    }


def _clocks() -> tuple[float, float]:
    """Wall clock and processor time in seconds; the second says more where the machine is shared."""
    return time.perf_counter(), time.process_time()


def _pdfs(folder: Path) -> list[Path]:
    return [path for path in files_under(folder) if path.suffix.lower() == ".pdf"]


def _parse(path: Path) -> ParsedDocument:
    max_tokens = load_settings().chunk_tokens
    return parse_file(
        path, limits=LIMITS, count_tokens=estimate_tokens, max_tokens=max_tokens, on_page=_refuse_pictures
    )


def _refuse_pictures(_done: int, _total: int) -> None:
    raise UnreadableFileError("the file has pages to recognise, which another benchmark measures")


def _plain_chunks(path: Path) -> int:
    """Chunks that a tutorial's pipeline makes of a PDF."""
    from langchain_community.document_loaders import PyPDFLoader
    from langchain_text_splitters import RecursiveCharacterTextSplitter

    splitter = RecursiveCharacterTextSplitter(chunk_size=_PLAIN_CHUNK_CHARS, chunk_overlap=_PLAIN_OVERLAP_CHARS)
    return len(splitter.split_documents(PyPDFLoader(str(path)).load()))


def _bind(folder: Path, target: Path) -> Figures:
    """Writes a PDF of 1,000 pages, those of the folder's text PDFs again and again."""
    writer = pypdf.PdfWriter()
    readers = [pypdf.PdfReader(path) for path in _pdfs(folder) if _is_text(path)]
    pages = [page for reader in readers for page in reader.pages]
    for page in islice(cycle(pages), _LONG_PDF_PAGES):
        writer.add_page(page)
    writer.write(target)
    return {}


def _is_text(path: Path) -> bool:
    try:
        _parse(path)
    except IngestError:
        return False
    return True


def _long_pdf(path: Path) -> Figures:
    started = time.perf_counter()
    pages = len(_parse(path).page_starts)
    return {
        "long_pdf_pages": pages,
        "long_pdf_s": round(time.perf_counter() - started, 1),
        "long_pdf_peak_memory_mb": peak_memory_mb(),
    }


def _ingestion(folder: Path) -> Figures:
    """Time and memory of taking the whole folder, in every format, into a new library."""
    from web.application import open_application

    with tempfile.TemporaryDirectory() as data_dir:
        settings = load_settings().model_copy(update={"data_dir": Path(data_dir), "chroma_url": ""})
        started = time.perf_counter()
        with open_application(settings) as application:
            result = application.ingest([folder])
        ingest_s = time.perf_counter() - started
    chunks = sum(document.chunk_count for document in result.added)
    return {
        "files": len(result.added) + len(result.failed),
        "refused": len(result.failed),
        "ingest_s": round(ingest_s, 1),
        "chunks": chunks,
        "chunks_per_s": round(chunks / ingest_s, 1),
        "peak_memory_mb": peak_memory_mb(),
    }


if __name__ == "__main__":
    main()
