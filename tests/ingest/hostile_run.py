"""Takes every hostile file in, in a process of its own, and prints a line of JSON on each."""

import json
import re
import signal
import sys
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path
from types import FrameType

from core.errors import AssistantError
from ingest.reading import ReadLimits, load_bytes
from ingest.worker import Part, open_reader
from tests.ingest.hostile_files import hostile_files
from tests.ingest.readers import word_counter


def _peak_mb() -> float:
    """Most memory this process held; `getrusage` would count what its parent held when it started it."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return int(re.findall(r"^VmHWM:\s+(\d+) kB", status, re.MULTILINE)[0]) / 1024


def main(folder: Path, limit_s: float) -> None:
    signal.signal(signal.SIGALRM, _hangs)
    for number, (name, content) in enumerate(hostile_files()):
        path = folder / f"{number}" / (name.replace("/", "_").replace("\0", "_").strip(".") or "ten")
        path.parent.mkdir()
        path.write_bytes(content)
        started = time.monotonic()
        signal.alarm(int(limit_s))
        added, errors = take_in(path)
        signal.alarm(0)
        result = {
            "name": name,
            "seconds": time.monotonic() - started,
            "added": added,
            "errors": errors,
            "peak_mb": _peak_mb(),
        }
        print(json.dumps(result), flush=True)
        path.unlink()
        path.parent.rmdir()


def take_in(path: Path) -> tuple[int, list[str]]:
    """As the queue does, in this process: documents read of a file, or of an archive's members, and what failed."""
    limits = ReadLimits(max_file_mb=64, timeout_s=20)
    read = open_reader(limits, word_counter, 100)
    parts: list[Part] = []
    added, errors = 0, []

    def attempt(content: Callable[[], bytes], source: str) -> None:
        nonlocal added
        try:
            added += read(content(), source, lambda done, total: None, parts.append) is not None
        except AssistantError as error:
            errors.append(str(error))

    attempt(lambda: load_bytes(path, limits), path.as_posix())
    for part in parts:
        if isinstance(part.content, AssistantError):
            errors.append(str(part.content))
        else:
            attempt(partial(bytes, part.content), part.source)
    return added, errors


def _hangs(signum: int, frame: FrameType | None) -> None:
    raise TimeoutError("reading hangs")


if __name__ == "__main__":
    main(Path(sys.argv[1]), float(sys.argv[2]))
