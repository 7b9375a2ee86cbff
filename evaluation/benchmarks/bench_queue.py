"""How long a question takes while the queue is being worked off, beside how long it takes when the application rests.

The sample corpus is the library that is asked; copies of it with one more line each are what is ingested meanwhile.
"""

import argparse
import tempfile
import threading
from collections.abc import Callable
from itertools import cycle, islice
from pathlib import Path
from statistics import median, quantiles
from time import perf_counter, sleep

from core.settings import load_settings
from evaluation.benchmarks.measuring import SAMPLE_CORPUS, files_under, peak_memory_mb, report, sample_questions
from ingest.intake import Follower, accept_paths
from ingest.reading import ReadLimits
from web.application import Application, open_application

_PAUSE_S = 0.1


def main() -> None:
    """Measures one after the other in one process, as the web application would see it."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--copies", type=int, default=6, help="how often the sample corpus is ingested meanwhile")
    copies: int = parser.parse_args().copies
    with tempfile.TemporaryDirectory() as folder:
        files = Path(folder, "files")
        _write_copies(files, copies)
        settings = load_settings(data_dir=Path(folder, "data"), chroma_url="")
        with open_application(settings) as application:
            application.ingest([SAMPLE_CORPUS])
            idle = _timings_ms(application, lambda asked: asked >= 2 * len(sample_questions()))
            accepted = accept_paths(application.queue, [files], ReadLimits())
            follower = Follower(application.queue, accepted)
            started = perf_counter()
            following = threading.Thread(target=follower.follow)
            following.start()
            busy = _timings_ms(application, lambda asked: asked > 1 and not following.is_alive())
            ingest_s = perf_counter() - started
            chunks = sum(document.chunk_count for document in application.knowledge_base.documents())
    report(
        {
            "benchmark": "queue",
            "files": len(accepted.job_ids),
            "chunks": chunks,
            "ingest_s": round(ingest_s, 1),
            "search_idle_ms": idle,
            "search_while_ingesting_ms": busy,
            "times_slower": round(busy["median"] / idle["median"], 2),
            "peak_memory_mb": peak_memory_mb(),
        }
    )


def _write_copies(folder: Path, copies: int) -> None:
    """Text copies of the sample documents that can be told apart, so that none is passed over as known."""
    folder.mkdir()
    texts = [path for path in files_under(SAMPLE_CORPUS) if path.suffix in {".md", ".html"}]
    for number, path in islice(enumerate(cycle(texts)), copies * len(texts)):
        copy = folder / f"{number:03d}-{path.name}"
        copy.write_text(path.read_text(encoding="utf-8") + f"\n<p>Bản {number}.</p>\n", encoding="utf-8")


def _timings_ms(application: Application, is_enough: Callable[[int], bool]) -> dict[str, float]:
    """Median and p95 of searches made one after the other until it is enough, given how many there were."""
    times: list[float] = []
    for number, question in enumerate(cycle(sample_questions())):
        sleep(_PAUSE_S)
        started = perf_counter()
        application.retriever.retrieve(f"{question} (lần {number})")  # the vector of a known question is kept
        times.append(1000 * (perf_counter() - started))
        if is_enough(len(times)):
            break
    return {
        "median": round(median(times), 1),
        "p95": round(quantiles(times, n=20)[-1], 1),
        "max": round(max(times), 1),
        "searches": len(times),
    }


if __name__ == "__main__":
    main()
