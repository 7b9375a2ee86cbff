"""Reading content as if it were a file of that name."""

from collections.abc import Callable
from pathlib import Path

import pytest

from ingest.reading import ExtractedText, ReadLimits, read_file

Read = Callable[..., ExtractedText]


@pytest.fixture
def read(tmp_path: Path) -> Read:
    """Write content under a name and read it back as the application does."""

    def write_and_read(name: str, content: bytes | str, limits: ReadLimits | None = None) -> ExtractedText:
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return read_file(path, limits or ReadLimits())

    return write_and_read
