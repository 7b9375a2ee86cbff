"""The command line as scripts use it: JSON on standard output, messages on standard error, exit codes."""

import json
import os
import subprocess
import sys
from pathlib import Path
from threading import Timer

import pytest

from core.settings import Settings
from web.application import open_application

ROOT = Path(__file__).parents[1]

DECISION = """ỦY BAN NHÂN DÂN
TỈNH THỬ NGHIỆM
Số: 12/2026/QĐ-UBND

Thử Nghiệm, ngày 15 tháng 01 năm 2026

QUYẾT ĐỊNH
Quy định mức hỗ trợ thành viên lực lượng nòng cốt

Điều 1. Mức hỗ trợ

1. Tổ trưởng tổ nòng cốt được hỗ trợ 900.000 đồng mỗi tháng.

2. Thành viên tổ nòng cốt được hỗ trợ 650.000 đồng mỗi tháng.

3. Người hướng dẫn được hỗ trợ 120.000 đồng mỗi buổi.

Điều 2. Trách nhiệm

Sở Khoa học và Công nghệ chủ trì kiểm tra việc chi trả trước ngày 15 tháng 12 hằng năm.
"""


class Run:
    """Runs `app.py` on one data folder, by words alone so that each run takes a moment."""

    def __init__(self, data_dir: Path) -> None:
        self.data_dir = data_dir

    def __call__(self, *arguments: str, stdin: str = "", exit_code: int = 0) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [sys.executable, "app.py", *arguments, "--data-dir", str(self.data_dir)],
            input=stdin,
            capture_output=True,
            text=True,
            cwd=ROOT,
            env={**os.environ, "EMBEDDING_MODEL": "none"},
            timeout=120,
        )
        assert done.returncode == exit_code, done.stderr
        return done

    def json(self, *arguments: str, exit_code: int = 0) -> dict:
        return json.loads(self(*arguments, "--json", exit_code=exit_code).stdout)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("files")
    (folder / "quyet-dinh.txt").write_text(DECISION, encoding="utf-8")
    (folder / "trong.pdf").write_bytes(b"")
    return folder


@pytest.fixture(scope="module")
def run(folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Run:
    run = Run(tmp_path_factory.mktemp("data"))
    report = run.json("ingest", str(folder), exit_code=1)
    assert [document["number"] for document in report["added"]] == ["12/2026/QĐ-UBND"]
    assert [Path(failed["source"]).name for failed in report["failed"]] == ["trong.pdf"]
    return run


def test_taking_in_the_same_bytes_changes_nothing(run: Run, folder: Path) -> None:
    report = run.json("ingest", str(folder / "quyet-dinh.txt"))
    assert [len(report[key]) for key in ("added", "unchanged", "removed", "failed")] == [0, 1, 0, 0]


def test_inspecting_shows_what_the_parser_made_and_stores_nothing(run: Run, folder: Path) -> None:
    parsed = run.json("inspect", str(folder / "quyet-dinh.txt"))
    assert parsed["metadata"]["number"] == "12/2026/QĐ-UBND"
    assert parsed["metadata"]["issued_on"] == "2026-01-15"
    assert ["article", "2"] in [step for section in parsed["sections"] for step in section["path"]]
    assert all(chunk["text"] for chunk in parsed["chunks"])
    assert len(run.json("documents")["documents"]) == 1


def test_every_quote_of_an_answer_is_found_in_the_text_command(run: Run) -> None:
    answer = run.json("ask", "Tổ trưởng tổ nòng cốt được hỗ trợ bao nhiêu mỗi tháng?")
    assert answer["method"] == "extractive"
    assert "900.000 đồng" in answer["answer"]
    for citation in answer["citations"]:
        text = run("text", citation["document_id"]).stdout
        assert text[citation["start"] : citation["end"]] == citation["quote"]
        assert citation["verified"]
        assert citation["validity"]["state"] == "in_force"


def test_what_is_not_there_is_refused_and_that_is_a_success(run: Run) -> None:
    assert run.json("ask", "Nghị định 7/2020/NĐ-CP quy định gì?")["method"] == "abstained"


def test_searching_gives_passages_of_the_library(run: Run) -> None:
    found = run.json("search", "chi trả hỗ trợ", "--top-k", "2", "--kind", "quyết định")
    assert 1 <= len(found["passages"]) <= 2
    assert found["timings_ms"]["search"] > 0
    assert run.json("search", "chi trả hỗ trợ", "--kind", "thông tư")["passages"] == []


def test_a_quiz_is_printed_and_written_as_the_suffix_says(run: Run, tmp_path: Path) -> None:
    document = run.json("documents")["documents"][0]["id"]
    out = tmp_path / "cau-hoi.gift"
    quiz = run.json("materials", "quiz", "--document", document, "--count", "3", "--out", str(out))
    text = run("text", document).stdout
    assert quiz["items"]
    for item in quiz["items"]:
        assert item["key"] in item["options"]
        assert text[item["citation"]["start"] : item["citation"]["end"]] == item["citation"]["quote"]
    assert "{" in out.read_text(encoding="utf-8")


def test_a_beir_folder_is_scored(run: Run, tmp_path: Path) -> None:
    rows = {"corpus": [{"_id": "a", "title": "", "text": "Mức hỗ trợ là 900.000 đồng."},
                       {"_id": "b", "title": "", "text": "Cơ quan chủ trì là Sở Nội vụ."}],
            "queries": [{"_id": "q1", "text": "mức hỗ trợ bao nhiêu"},
                        {"_id": "q2", "text": "ai chủ trì"}]}  # fmt: skip
    for name, records in rows.items():
        lines = "\n".join(json.dumps(record, ensure_ascii=False) for record in records)
        (tmp_path / f"{name}.jsonl").write_text(lines, encoding="utf-8")
    (tmp_path / "qrels.tsv").write_text("query-id\tcorpus-id\tscore\nq1\ta\t1\nq2\tb\t1\n", encoding="utf-8")
    for variant in ((), ("--undiacritic",), ("--typos",)):
        scores = run.json("evaluate", str(tmp_path), *variant)
        assert (scores["n_documents"], scores["n_queries"]) == (2, 2)
        assert scores["metrics"]["recall@1"] == 1.0


def test_a_changed_file_takes_the_place_of_its_old_self_and_can_be_removed(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "ke-hoach.txt"
    file.write_text(DECISION.replace("12/2026", "13/2026"), encoding="utf-8")
    old = run.json("ingest", str(file))["added"][0]["id"]
    file.write_text(DECISION.replace("12/2026", "14/2026"), encoding="utf-8")
    report = run.json("ingest", str(file))
    assert [document["id"] for document in report["removed"]] == [old]
    new = report["added"][0]["id"]
    assert "Mức hỗ trợ" in run("text", old).stdout
    listed = run.json("versions", new)["versions"]
    assert [(version["id"], version["in_use"][0]["to"] is None) for version in listed] == [(new, True), (old, False)]
    assert old not in {document["id"] for document in run.json("documents")["documents"]}
    assert old in {document["id"] for document in run.json("documents", "--versions")["documents"]}
    assert run.json("remove", new)["removed"] == [new]
    assert run.json("remove", old)["removed"] == [old]
    assert run.json("verify")["ok"]
    assert "không" in run("text", new, exit_code=1).stderr.lower()


def test_a_second_copy_of_a_document_is_kept_beside_it_and_may_take_the_lead(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "cung-van-ban.md"
    file.write_text(DECISION.replace("15 tháng 12 hằng năm", "15 tháng 12 mỗi năm"), encoding="utf-8")
    [copy] = run.json("ingest", str(file))["added"]
    assert any("Trùng với" in warning for warning in copy["warnings"])
    documents = {d["id"]: d for d in run.json("documents")["documents"]}
    [searched] = {passage["document_id"] for passage in run.json("search", "chi trả hỗ trợ")["passages"]}
    [other] = documents.keys() - {searched}
    assert documents[other]["leader_id"] == searched
    assert run.json("copies", "lead", other) == {"questions": []}
    assert {p["document_id"] for p in run.json("search", "chi trả hỗ trợ")["passages"]} == {other}
    assert run.json("rename", copy["id"], "--source", "van-ban/quyet-dinh-12.md")["renamed"]["id"] == copy["id"]
    assert run.json("remove", copy["id"])["removed"] == [copy["id"]]


def test_a_library_is_moved_as_one_file(run: Run, tmp_path: Path) -> None:
    archive = tmp_path / "kho.zip"
    count = run.json("export", str(archive))["documents"]
    moved = Run(tmp_path / "moved")
    assert len(moved.json("import", str(archive))["added"]) == count
    assert moved.json("documents") == run.json("documents")
    assert moved.json("verify")["ok"]
    assert moved.json("reparse")["changed"] == []
    known = moved.json("documents")["documents"][0]["id"]
    assert [document["id"] for document in moved.json("reparse", known)["unchanged"]] == [known]
    assert moved.json("rebuild")["rebuilt"] == count
    archive.write_bytes(archive.read_bytes()[:-100])
    assert "kho.zip" in moved("import", str(archive), exit_code=2).stderr


def test_files_are_handed_to_the_process_that_holds_the_library(tmp_path: Path) -> None:
    run = Run(tmp_path / "data")
    file, bad = tmp_path / "quyet-dinh.txt", tmp_path / "trong.pdf"
    file.write_text(DECISION, encoding="utf-8")
    bad.write_bytes(b"")
    settings = Settings(_env_file=None, data_dir=run.data_dir, embedding_model="none")  # type: ignore[call-arg]
    with open_application(settings) as application:
        application.start_ingestion()
        report = run.json("ingest", str(file), str(bad), str(tmp_path / "khong-co.pdf"), exit_code=1)
        assert [document.id for document in application.knowledge_base.documents()] == [report["added"][0]["id"]]
    assert {Path(failed["source"]).name for failed in report["failed"]} == {"trong.pdf", "khong-co.pdf"}


def test_files_are_taken_on_when_the_process_that_holds_the_library_ends(tmp_path: Path) -> None:
    run = Run(tmp_path / "data")
    file = tmp_path / "quyet-dinh.txt"
    file.write_text(DECISION, encoding="utf-8")
    settings = Settings(_env_file=None, data_dir=run.data_dir, embedding_model="none")  # type: ignore[call-arg]
    application = open_application(settings)  # holds the library and ingests nothing
    Timer(6, application.close).start()
    assert len(run.json("ingest", str(file))["added"]) == 1


def test_accounts_are_kept_by_role(run: Run) -> None:
    run("user", "add", "lan", "--role", "trainer", stdin="mật khẩu đủ dài 1\n")
    run("user", "disable", "lan")
    listed = run("user", "list").stdout
    assert "lan" in listed
    assert "trainer" in listed
    assert "đã khóa" in listed


@pytest.mark.parametrize(
    "arguments",
    [
        ("nonsense",),
        ("ask",),
        ("ask", "  "),
        ("search", "a b", "--as-of", "hôm qua"),
        ("evaluate", "/không-có"),
        ("evaluate", "--typos", "--undiacritic"),
    ],
)
def test_wrong_usage_ends_with_two_and_says_why(run: Run, arguments: tuple[str, ...]) -> None:
    assert run(*arguments, exit_code=2).stderr


def test_an_unknown_setting_is_named(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("TOP_KK=3\n", encoding="utf-8")
    done = subprocess.run(
        [sys.executable, str(ROOT / "app.py"), "documents"], cwd=tmp_path, capture_output=True, text=True, timeout=60
    )
    assert done.returncode == 1
    assert "TOP_KK" in done.stderr
