"""Takes every hostile file in, in a process of its own, and prints a line of JSON on each."""

import json
import resource
import signal
import sys
import time
from pathlib import Path
from types import FrameType

from ingest.pipeline import ingest
from ingest.reading import ReadLimits
from tests.ingest.hostile_files import hostile_files
from tests.ingest.test_pipeline import ListSink, count_words


def main(folder: Path, limit_s: float) -> None:
    signal.signal(signal.SIGALRM, _hangs)
    for number, (name, content) in enumerate(hostile_files()):
        path = folder / f"{number}" / (name.replace("/", "_").replace("\0", "_").strip(".") or "ten")
        path.parent.mkdir()
        path.write_bytes(content)
        started = time.monotonic()
        signal.alarm(int(limit_s))
        report = ingest(
            [path],
            ListSink(),
            limits=ReadLimits(max_file_mb=64, timeout_s=20),
            count_tokens=count_words,
            max_tokens=100,
        )
        signal.alarm(0)
        result = {
            "name": name,
            "seconds": time.monotonic() - started,
            "added": len(report.added),
            "errors": [failed.error for failed in report.failed],
            "peak_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        }
        print(json.dumps(result), flush=True)
        path.unlink()
        path.parent.rmdir()


def _hangs(signum: int, frame: FrameType | None) -> None:
    raise TimeoutError("reading hangs")


if __name__ == "__main__":
    main(Path(sys.argv[1]), float(sys.argv[2]))
