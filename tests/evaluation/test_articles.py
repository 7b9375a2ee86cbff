"""The check that no article is lost: on the sample corpus in every format, and on what it must notice."""

import json
import subprocess
import sys
from pathlib import Path

import docx
import pytest

from evaluation.article_lists import count_articles
from evaluation.articles import check_file, compare, files_in
from ingest.reading import ReadLimits, read_file
from scripts.build_corpus import CORPUS

FILES = files_in([CORPUS])


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.name)
def test_no_article_of_the_sample_corpus_is_lost(path: Path) -> None:
    check = check_file(path)
    assert check.is_complete, check


def test_the_sample_corpus_has_articles_to_lose_in_each_format() -> None:
    checked = [check_file(path) for path in FILES]
    assert {Path(check.source).suffix for check in checked if check.articles} == {".pdf", ".html", ".md"}
    assert {"text", "word-xml", "raw"} <= {method.method for check in checked for method in check.comparisons}


@pytest.mark.parametrize("path", [path for path in FILES if path.suffix == ".pdf"], ids=lambda path: path.name)
def test_no_article_is_lost_when_the_same_document_comes_from_word(path: Path, tmp_path: Path) -> None:
    word = docx.Document()
    for line in read_file(path, ReadLimits()).text.split("\n"):
        word.add_paragraph(line)
    word.save(str(tmp_path / "a.docx"))
    check = check_file(tmp_path / "a.docx")
    assert check.is_complete, check
    assert check.articles == check_file(path).articles > 0


def test_a_lost_and_a_false_article_are_named() -> None:
    comparison = compare("text", ["1", "2", "2a", "3", "1"], ["1", "2", "3", "28"])
    assert (comparison.missing, comparison.surplus) == (("1", "2a"), ("28",))


def test_articles_are_counted_without_references_quotations_and_forms() -> None:
    lines = [
        "Điều 1. Sửa đổi, bổ sung một số điều",
        "1. Sửa đổi Điều 2 như sau:",
        "“Điều 2. Đối tượng",
        "Điều 3. Nguyên tắc”.",
        "Điều 28 Luật Xử lý vi phạm hành chính.",
        "Điều 2. Hiệu lực thi hành",
        "Điều 2a. Chuyển tiếp",
        "Mẫu số 01",
        "Điều 1. Cho phép ......",
        "QUY CHẾ",
        "Điều 1. Phạm vi điều chỉnh",
        "Điều 2. Nguyên tắc",
    ]
    assert count_articles(lines) == ["1", "2", "2a", "1", "2"]


def test_old_forms_of_articles_are_counted() -> None:
    assert count_articles(["Điều thứ nhất: Lập.", "Điều thứ 2: Giao.", "Điều III: Cử.", "Điều thứ IV: Hết."]) == list(
        "1234"
    )


def test_a_number_that_never_comes_is_not_made_up() -> None:
    assert count_articles([f"Điều {n}. Tên" for n in (1, 2, 4, 5)]) == ["1", "2", "4", "5"]
    assert count_articles(["Điều 1. Tên", "Điều 250. Tham chiếu", "Điều 2. Tên"]) == ["1", "2"]


def test_the_command_reports_each_file_and_fails_on_one_it_cannot_read(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("Điều 1. Tên gọi\nNội dung.\nĐiều 2. Hiệu lực\nTừ ngày ký.", encoding="utf-8")
    (tmp_path / "b.pdf").write_bytes(b"%PDF-1.7 hong")
    command = [sys.executable, "-m", "evaluation.articles", str(tmp_path), "--json"]
    finished = subprocess.run(command, capture_output=True, text=True, check=False, cwd=CORPUS.parent)
    report = json.loads(finished.stdout)
    assert finished.returncode == 1
    assert (report["read"], report["complete"], report["unread"]) == (1, 1, 1)
    assert report["files"][0]["articles"] == 2
