from hashlib import sha256
from pathlib import Path

import pytest

from web.uploads import with_sources


@pytest.fixture
def held() -> dict[str, str]:
    """SHA-256 by source, as the library and the queue hold them."""
    return {}


def temporary(tmp_path: Path, content: str) -> Path:
    path = tmp_path / content / "qd.txt"
    path.parent.mkdir()
    path.write_text(content)
    return path


def hand_in(held: dict[str, str], *files: Path, replacing: bool = False) -> list[str]:
    sources = []
    for file, source in with_sources(files, replacing=replacing, held_sha256=held.get):
        held[source] = sha256(file.read_bytes()).hexdigest()
        sources.append(source)
    return sources


def test_documents_of_one_name_are_numbered_also_within_one_batch(held, tmp_path):
    assert hand_in(held, temporary(tmp_path, "một"), temporary(tmp_path, "hai")) == [
        "uploads/qd.txt",
        "uploads/qd (2).txt",
    ]
    assert hand_in(held, temporary(tmp_path, "ba")) == ["uploads/qd (3).txt"]


def test_the_same_bytes_again_take_the_same_place(held, tmp_path):
    file, other = temporary(tmp_path, "một"), temporary(tmp_path, "hai")
    assert hand_in(held, file, other, file) == ["uploads/qd.txt", "uploads/qd (2).txt", "uploads/qd.txt"]


def test_replacing_takes_the_place_of_earlier_uploads_but_not_within_one_batch(held, tmp_path):
    hand_in(held, temporary(tmp_path, "cũ"))
    both = hand_in(held, temporary(tmp_path, "mới"), temporary(tmp_path, "khác"), replacing=True)
    assert both == ["uploads/qd.txt", "uploads/qd (2).txt"]
