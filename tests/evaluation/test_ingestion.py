"""The floor under number, kind, issuer and date on the sample corpus, and the fairness of the comparison."""

from pathlib import Path

import pytest

from core.errors import UsageError
from evaluation.ingestion import FIELDS, IngestionScores, evaluate_ingestion, read_manifest
from scripts.build_corpus import SOURCES
from scripts.sample_corpus.source import read_source

CORPUS = Path("corpus")
MANIFEST = Path("evaluation/questions/sample_metadata.tsv")
STATE = "CỘNG HÒA XÃ HỘI CHỦ NGHĨA VIỆT NAM\nĐộc lập - Tự do - Hạnh phúc"
PLAN = f"""UBND TỈNH LAM GIANG
SỞ NỘI VỤ
Số: 15/KH-SNV
{STATE}
Lam Giang, ngày 05 tháng 3 năm 2026
KẾ HOẠCH
Tập huấn trợ lý số
I. MỤC ĐÍCH
Giúp công chức dùng trợ lý số đúng quy định và an toàn.
"""


def scores_of(folder: Path, *rows: str, **files: str) -> IngestionScores:
    for name, text in files.items():
        (folder / f"{name}.txt").write_text(text, encoding="utf-8")
    manifest = folder / "manifest.tsv"
    head = "file\tdocument_number\ttype\tissuer\tdate\tnote\thas_text_layer"
    manifest.write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")
    return evaluate_ingestion(folder, read_manifest(manifest))


def test_every_field_of_the_sample_corpus_is_right() -> None:
    scores = evaluate_ingestion(CORPUS, read_manifest(MANIFEST))
    assert [outcome.misses for outcome in scores.outcomes if outcome.misses] == []
    assert {field: scores.share(field, "text") for field in FIELDS} == dict.fromkeys(FIELDS, 1.0)


def test_the_sample_manifest_names_every_file_as_its_source_does() -> None:
    lines = {line.file: line.cells for line in read_manifest(MANIFEST)}
    sources = [read_source(path) for path in SOURCES.glob("*.txt")]
    assert set(lines) == {source.file_name for source in sources} == {path.name for path in CORPUS.iterdir()}
    for source in sources:
        assert lines[source.file_name]["number"] == source.number
        if source.dated:
            assert lines[source.file_name]["date"] == source.issued_on.isoformat()


def test_abbreviations_spaces_and_remarks_make_no_miss(tmp_path: Path) -> None:
    row = "a.txt\t15 /KH-SNV\tKế hoạch (bản lưu)\tSở Nội Vụ tỉnh Lam Giang (UBND)\t2026-03-05\t\tyes"
    assert scores_of(tmp_path, row, a=PLAN).outcomes[0].misses == ()


def test_a_guess_is_a_miss_and_says_whether_the_text_states_it(tmp_path: Path) -> None:
    rows = ("a.txt\t\tKế hoạch\tSở Nội vụ tỉnh Lam Giang\t2026-03-06\t\tyes",)
    scores = scores_of(tmp_path, *rows, a=PLAN)
    found = {miss.field: (miss.found, miss.stated) for miss in scores.outcomes[0].misses}
    assert found == {"number": ("15/KH-SNV", True), "date": ("2026-03-05", False)}
    assert (scores.share("number"), scores.share("kind")) == (0.0, 1.0)


def test_refused_files_are_wrong_and_stubs_right(tmp_path: Path) -> None:
    rows = (
        "a.txt\t15/KH-SNV\tKế hoạch\tSở Nội vụ\t2026-03-05\t\tno",
        "b.txt\t15/KH-SNV\tKế hoạch\tSở Nội vụ\t2026-03-05\tstub page without text\tyes",
    )
    scores = scores_of(tmp_path, *rows, a="Không có gì.", b="Không có gì.")
    assert {field: scores.share(field, "scan") for field in FIELDS} == dict.fromkeys(FIELDS, 0.0)
    assert {field: scores.share(field, "special") for field in FIELDS} == dict.fromkeys(FIELDS, 1.0)
    assert scores.share("number", "text") is None
    table = "\n".join(scores.as_table())
    assert table.count("refused:") == 2
    assert len(scores.as_json()["refused"]) == 2  # type: ignore[arg-type]


def test_the_body_decides_where_a_manifest_gives_two_values(tmp_path: Path) -> None:
    row = (
        "a.txt\t99/2016/QH13 (page) / 15/KH-SNV (body)\tLuật (trang) / Kế hoạch (nội dung)\t"
        "Quốc hội / Sở Nội vụ tỉnh Lam Giang\t2026-03-05\t\tyes"
    )
    scores = scores_of(tmp_path, row, a=PLAN)
    assert scores.outcomes[0].expected.group == "special"
    assert scores.outcomes[0].misses == ()


def test_a_manifest_without_the_columns_is_refused(tmp_path: Path) -> None:
    manifest = tmp_path / "m.tsv"
    manifest.write_text("file\tnumber\na.txt\t1\n", encoding="utf-8")
    with pytest.raises(UsageError, match="document_number"):
        read_manifest(manifest)
    with pytest.raises(UsageError, match="Không đọc được bảng kê"):
        read_manifest(tmp_path / "none.tsv")
