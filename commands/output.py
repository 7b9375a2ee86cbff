"""Exit statuses and what commands print."""

import json
import sys
from argparse import Namespace
from collections.abc import Callable, Mapping, Sequence

from core.settings import Settings

EXIT_OK, EXIT_FAILED, EXIT_USAGE = 0, 1, 2

Command = Callable[[Namespace, Settings], int]


def show(value: Mapping[str, object], as_json: bool, lines: Callable[[], Sequence[str]]) -> None:
    """One JSON object, or the lines a person reads."""
    print(json.dumps(value, ensure_ascii=False) if as_json else "\n".join(lines()))


def show_progress(unit: str) -> Callable[[int, int], None]:
    """A listener that tells how many of how many are done."""
    return lambda done, total: print(f"[{done}/{total}] {unit}", file=sys.stderr)
