from pathlib import Path

import pytest

from core.text import syllables
from retrieval.abbreviations import Abbreviations, other_forms

TABLE = Abbreviations(
    {"CNTT": "công nghệ thông tin", "CĐS": "chuyển đổi số", "AI": "trí tuệ nhân tạo", "KT-XH": "kinh tế - xã hội"}
)


def variants(question: str, table: Abbreviations = TABLE) -> list[str]:
    return [" ".join(words) for words in other_forms(syllables(question), table.in_question(question))]


@pytest.mark.parametrize(
    ("question", "others"),
    [
        ("Ứng dụng CNTT ở xã", ["ứng dụng công nghệ thông tin ở xã"]),
        ("ung dung cntt", ["ung dung công nghệ thông tin"]),
        ("Ứng dụng công nghệ thông tin", ["ứng dụng cntt"]),
        ("kế hoạch CĐS 2026", ["kế hoạch chuyển đổi số 2026"]),
        ("Phát triển KT-XH", ["phát triển kinh tế xã hội"]),
        ("Trợ lý AI", ["trợ lý trí tuệ nhân tạo"]),
        ("ai phụ trách?", []),
        ("CNTTX và UBND", []),
        ("", []),
    ],
)
def test_a_question_is_also_read_with_the_other_form(question: str, others: list[str]) -> None:
    assert variants(question) == others


def test_an_administrators_table_adds_changes_and_takes_away(tmp_path: Path) -> None:
    ours, theirs = tmp_path / "ours.tsv", tmp_path / "theirs.tsv"
    ours.write_text("DVC\tdịch vụ công\nNTM\tnông thôn mới\nBCĐ\tban chỉ đạo\n", encoding="utf-8")
    theirs.write_text("\ufeff# của tỉnh\nTTHC\tthủ tục\nNTM\nBCĐ\tban cán sự đảng\n", encoding="utf-8")
    table = Abbreviations.read(ours, theirs, tmp_path / "missing.tsv")
    assert variants("DVC", table) == ["dịch vụ công"]
    assert variants("TTHC", table) == ["thủ tục"]
    assert variants("NTM", table) == []
    assert variants("BCĐ", table) == ["ban cán sự đảng"]
