import pytest

from core.errors import StoreError
from web.uploads import Uploads


@pytest.fixture
def uploads(tmp_path) -> Uploads:
    return Uploads(tmp_path / "uploads")


def temporary(tmp_path, name: str, content: str, number: int = 0):
    folder = tmp_path / f"tam-{number}-{content}"
    folder.mkdir()
    path = folder / name
    path.write_text(content)
    return path


def test_two_documents_of_one_name_are_both_kept(uploads, tmp_path):
    first, second = uploads.keep(
        [temporary(tmp_path, "qd.txt", "một"), temporary(tmp_path, "qd.txt", "hai")], replacing=False
    )
    assert (first.read_text(), second.read_text()) == ("một", "hai")
    assert second.name == "qd (2).txt"


def test_the_same_bytes_again_take_the_same_place(uploads, tmp_path):
    paths = {uploads.keep([temporary(tmp_path, "qd.txt", "một", n)], replacing=False)[0] for n in range(2)}
    assert len(paths) == 1


def test_replacing_takes_the_place_of_earlier_uploads_but_not_within_one_batch(uploads, tmp_path):
    (old,) = uploads.keep([temporary(tmp_path, "qd.txt", "cũ")], replacing=True)
    first, second = uploads.keep(
        [temporary(tmp_path, "qd.txt", "mới"), temporary(tmp_path, "qd.txt", "khác")], replacing=True
    )
    assert first == old and first.read_text() == "mới"
    assert second.read_text() == "khác"


def test_forgetting_touches_only_uploaded_files(uploads, tmp_path):
    foreign = temporary(tmp_path, "kho.txt", "của người khác")
    (kept,) = uploads.keep([temporary(tmp_path, "qd.txt", "một")], replacing=False)
    uploads.forget([foreign, kept, tmp_path / "uploads" / "khong-co.txt"])
    assert foreign.exists()
    assert not kept.exists()


def test_unwritable_folder_is_told(tmp_path):
    (tmp_path / "tep").write_text("không phải thư mục")
    with pytest.raises(StoreError, match="tải lên"):
        Uploads(tmp_path / "tep" / "uploads").keep([temporary(tmp_path, "a.txt", "a")], replacing=False)
