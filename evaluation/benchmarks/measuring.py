"""What the benchmarks share: timing, memory and the sample corpus as chunks."""

import json
import os
import resource
import sys
import time
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from statistics import median, quantiles

from core.types import ParsedDocument
from ingest.parsing import parse_file
from ingest.reading import ReadLimits

SAMPLE_CORPUS = Path(__file__).parents[2] / "corpus"
SAMPLE_QUESTIONS = Path(__file__).parents[1] / "questions" / "sample.jsonl"
LIMITS = ReadLimits(max_file_mb=200, max_pages=3000)


def peak_memory_mb() -> int:
    """Largest resident size of this process so far, in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024  # Linux counts in kB


def timings_ms(run: Callable[[str], object], questions: Iterable[str]) -> dict[str, float]:
    """`median` and `p95` of the time that `run` takes for each question, in ms."""
    times = []
    for question in questions:
        started = time.perf_counter()
        run(question)
        times.append(1000 * (time.perf_counter() - started))
    return {"median": round(median(times), 1), "p95": round(quantiles(times, n=20)[-1], 1)}


def files_under(folder: Path) -> list[Path]:
    """Files that ingestion would try, in order."""
    return sorted(path for path in folder.rglob("*") if path.is_file() and not path.name.startswith((".", "~$")))


def parse_sample_corpus(count_tokens: Callable[..., list[int]], max_tokens: int) -> list[ParsedDocument]:
    """Every document of `corpus/`."""
    return [
        parse_file(path, limits=LIMITS, count_tokens=count_tokens, max_tokens=max_tokens)
        for path in files_under(SAMPLE_CORPUS)
    ]


def sample_questions() -> list[str]:
    """Questions of the sample set that stand alone."""
    lines = SAMPLE_QUESTIONS.read_text(encoding="utf-8").splitlines()
    return [record["question"] for record in map(json.loads, lines) if not record["history"]]


def report(figures: Mapping[str, object]) -> None:
    """Writes `figures` and the machine's size to stdout as one JSON object."""
    sys.stdout.write(json.dumps({**figures, "cpus": os.cpu_count()}, ensure_ascii=False) + "\n")
