"""Files and folders into a sink: what is added, left alone, replaced, reported; and how far a run has come."""

import logging
import tempfile
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from core.errors import UnreadableFileError
from ingest.intake import Follower, Progress, accept_paths
from ingest.parsing import parse_file, source_of
from ingest.queue import IngestQueue
from ingest.reading import ReadLimits
from ingest.report import IngestReport
from tests.ingest.readers import ListSink, count_words, ingesting
from tests.ingest.sample_files import make_docx, make_pdf

DECISION = """QUYẾT ĐỊNH
Ban hành kế hoạch tập huấn
Điều 1. Phạm vi điều chỉnh
1. Quyết định này ban hành kế hoạch tập huấn kỹ năng sử dụng trí tuệ nhân tạo.
2. Thời gian tập huấn: quý {quarter} năm 2026.
Điều 2. Hiệu lực thi hành
Quyết định này có hiệu lực thi hành kể từ ngày ký."""


def run(paths: Sequence[Path], sink: ListSink, progress: list[Progress] | None = None) -> IngestReport:
    told = progress if progress is not None else []
    with tempfile.TemporaryDirectory() as data_dir, closing(IngestQueue(Path(data_dir))) as queue:
        accepted = accept_paths(queue, paths, ReadLimits())
        with ingesting(queue, sink):
            return Follower(queue, accepted, told.append).follow()


def write(path: Path, quarter: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(DECISION.format(quarter=quarter))
    return path


def test_folders_are_taken_in_recursively_in_sorted_order_without_hidden_and_lock_files(tmp_path: Path) -> None:
    for name in ("b/2.md", "a.md", "b/1.txt", ".git/x.md", ".hidden.md", "b/~$2.docx"):
        write(tmp_path / name, name)
    report = run([tmp_path, tmp_path / "a.md"], ListSink())
    assert [document.source for document in report.added] == [
        source_of(tmp_path / name) for name in ("a.md", "b/1.txt", "b/2.md")
    ]
    assert report.failed == ()


def test_ingesting_twice_equals_once(tmp_path: Path) -> None:
    write(tmp_path / "a.md", "I")
    write(tmp_path / "b.md", "II")
    sink = ListSink()
    first = run([tmp_path], sink)
    second = run([tmp_path], sink)
    assert second.added == second.removed == second.failed == ()
    assert [document.id for document in second.unchanged] == [document.id for document in first.added]


def test_a_changed_file_replaces_its_old_self(tmp_path: Path) -> None:
    path = write(tmp_path / "a.md", "I")
    sink = ListSink()
    (old,) = run([path], sink).added
    write(path, "II")
    report = run([path], sink)
    assert [document.id for document in report.removed] == [old.id]
    assert report.added[0].id != old.id
    assert len(sink.by_source) == 1


def test_bad_files_are_reported_and_the_rest_goes_on(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    write(tmp_path / "1.md", "I")
    (tmp_path / "2.doc").write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "WordDocument".encode("utf-16-le"))
    (tmp_path / "3.txt").write_bytes(b"")
    write(tmp_path / "4.md", "từ chối")
    write(tmp_path / "5.md", "hỏng ngầm")
    write(tmp_path / "6.md", "VI")
    with caplog.at_level(logging.ERROR):
        report = run([tmp_path, tmp_path / "khong-co.pdf"], ListSink())
    assert [Path(document.source).name for document in report.added] == ["1.md", "6.md"]
    errors = {Path(failed.source).name: failed.error for failed in report.failed}
    assert sorted(errors) == ["2.doc", "3.txt", "4.md", "5.md", "khong-co.pdf"]
    assert "bị hỏng" in errors["2.doc"]
    assert "rỗng" in errors["3.txt"]
    # This may pass, so the file stays in the queue; the command does not wait for it.
    assert errors["4.md"].startswith("Kho không ghi được. Hãy kiểm tra ổ đĩa. Tệp vẫn ở trong hàng đợi")
    assert "ngoài dự kiến" in errors["5.md"]
    assert "Không tìm thấy" in errors["khong-co.pdf"]
    # The cause is for the log, not for the user.
    assert "disk on fire" not in errors["5.md"]
    assert "disk on fire" in caplog.text


def test_progress_counts_files_and_estimates_the_time_left_by_bytes(tmp_path: Path) -> None:
    for name in ("1.md", "2.md", "3.md"):
        write(tmp_path / name, name)
    progress: list[Progress] = []
    run([tmp_path], ListSink(), progress)
    done = [step.done for step in progress]
    assert done == sorted(done)
    assert (progress[0].done, progress[-1].done) == (0, 3)
    assert {step.total for step in progress} == {3}
    assert progress[0].remaining_s is None
    assert progress[-1].remaining_s == 0


@pytest.mark.parametrize("kind", ["txt", "md", "docx", "html", "pdf"])
def test_the_same_document_in_every_format_gives_the_same_articles(tmp_path: Path, kind: str) -> None:
    paragraphs = DECISION.format(quarter="III").split("\n")
    contents = {
        "txt": "\n".join(paragraphs).encode(),
        "md": "\n\n".join(paragraphs).encode(),
        "docx": make_docx(lambda document: [document.add_paragraph(text) for text in paragraphs]),
        "html": f"<!DOCTYPE html><html><body>{''.join(f'<p>{text}</p>' for text in paragraphs)}</body></html>".encode(),
        "pdf": make_pdf(paragraphs),
    }
    path = tmp_path / f"a.{kind}"
    path.write_bytes(contents[kind])
    parsed = parse_file(path, limits=ReadLimits(), count_tokens=count_words, max_tokens=100)
    assert parsed.format == kind
    assert parsed.text.split("\n") == paragraphs
    labels = {section.label for section in parsed.sections}
    assert {"Điều 1", "khoản 1 Điều 1", "khoản 2 Điều 1", "Điều 2"} <= labels
    for chunk in parsed.chunks:
        assert parsed.text[chunk.span.start : chunk.span.end] == chunk.text


def test_a_parsed_file_is_named_by_its_bytes_and_its_source(tmp_path: Path) -> None:
    path = write(tmp_path / "a.md", "I")
    parsed = parse_file(path, limits=ReadLimits(), count_tokens=count_words, max_tokens=100)
    given = parse_file(path, source="Tải lên: a.md", limits=ReadLimits(), count_tokens=count_words, max_tokens=100)
    assert parsed.source == path.as_posix()
    assert parsed.sha256.startswith(parsed.id)
    assert parsed.text_quality > 0.95
    assert given == replace(parsed, source="Tải lên: a.md")


def test_a_file_with_hardly_a_word_has_no_content(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("Trang 1 / 2 --- 3")
    with pytest.raises(UnreadableFileError, match="không có nội dung"):
        parse_file(path, limits=ReadLimits(), count_tokens=count_words, max_tokens=100)


def test_a_text_that_is_not_vietnamese_is_warned_of(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("Pursuant to the Constitution, the National Assembly promulgates the Law on Lawyers. " * 5)
    parsed = parse_file(path, limits=ReadLimits(), count_tokens=count_words, max_tokens=100)
    assert any("tiếng Việt" in warning for warning in parsed.warnings)
