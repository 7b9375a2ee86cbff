"""Three hundred damaged and hostile files: each is read or refused in words, in bounded time and memory."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from core.text import has_vietnamese_marks

_LIMIT_S = 30
_MAX_MB = 1200
_ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def outcome(tmp_path_factory: pytest.TempPathFactory) -> tuple[list[dict[str, Any]], list[Path]]:
    """What became of each file, and everything that the run left in its folder."""
    folder = tmp_path_factory.mktemp("hostile")
    for name in ("files", "tmp", "home", "here"):
        (folder / name).mkdir()
    environment = {
        "PATH": os.environ["PATH"], "PYTHONPATH": str(_ROOT), "TMPDIR": str(folder / "tmp"),
        "HOME": str(folder / "home"), "PYTHONWARNINGS": "error", "PYTHONDONTWRITEBYTECODE": "1",
    }  # fmt: skip
    run = subprocess.run(
        [sys.executable, "-m", "tests.ingest.hostile_run", folder / "files", str(_LIMIT_S)],
        cwd=folder / "here", env=environment, capture_output=True, text=True, timeout=280, check=False,
    )  # fmt: skip
    assert run.returncode == 0, run.stderr[-3000:]
    return [json.loads(line) for line in run.stdout.splitlines()], [
        path for path in folder.rglob("*") if path.is_file()
    ]


def test_there_are_at_least_three_hundred(outcome: tuple[list[dict[str, Any]], list[Path]]) -> None:
    results, _ = outcome
    assert len(results) >= 300
    assert len({result["name"] for result in results}) == len(results)


def test_each_is_read_or_refused_in_vietnamese(outcome: tuple[list[dict[str, Any]], list[Path]]) -> None:
    results, _ = outcome
    for result in results:
        for message in result["errors"]:
            assert "ngoài dự kiến" not in message, (result["name"], message)
            assert has_vietnamese_marks(message) and "Hãy" in message, (result["name"], message)
    assert sum(result["added"] > 0 for result in results) > 50
    assert sum(not result["added"] for result in results) > 100


def test_none_takes_long_or_much_memory(outcome: tuple[list[dict[str, Any]], list[Path]]) -> None:
    results, _ = outcome
    slow = {result["name"]: result["seconds"] for result in results if result["seconds"] > _LIMIT_S}
    assert slow == {}
    before = 0.0
    for result in results:
        assert result["peak_mb"] < _MAX_MB, (result["name"], result["peak_mb"], before)
        before = result["peak_mb"]


def test_nothing_is_written_anywhere(outcome: tuple[list[dict[str, Any]], list[Path]]) -> None:
    _, left = outcome
    assert left == []
    assert not Path("/tmp/out.txt").exists()
