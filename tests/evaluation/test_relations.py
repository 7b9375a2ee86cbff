"""The floor under relations, on the sample corpus, and how the measure counts."""

from pathlib import Path

import pytest

from core.errors import UsageError
from evaluation.relations import REAL_DOCUMENTS, SAMPLE_CORPUS, read_labels, score_folder, total

CORPUS = Path("corpus")


def test_the_relations_of_the_sample_corpus_are_found_and_no_others() -> None:
    labels = read_labels(SAMPLE_CORPUS)
    assert {labelled.file for labelled in labels} == {path.name for path in CORPUS.iterdir()}
    figures = total(score_folder(CORPUS, labels))
    assert figures.n_labelled >= 40
    assert figures.n_unread == 0
    assert figures.precision >= 0.95
    assert figures.recall >= 0.90


def test_the_list_of_real_documents_is_long_and_a_third_is_kept_apart() -> None:
    labels = read_labels(REAL_DOCUMENTS)
    counts = [sum(len(each.relations) for each in labels if each.held_out is held_out) for held_out in (False, True)]
    assert len(labels) >= 25
    assert counts[0] + counts[1] >= 120
    assert counts[1] * 3 >= counts[0]


def test_missing_surplus_and_unread_are_all_counted(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text(
        "KẾ HOẠCH\nSố: 9/KH-UBND\nI. MỤC TIÊU\n1. Nâng cao chất lượng phục vụ người dân và doanh nghiệp trên địa bàn.\n"
        "II. THỰC HIỆN\n1. Kế hoạch này thay thế Kế hoạch số 214/KH-UBND và Kế hoạch số 215/KH-UBND.",
        encoding="utf-8",
    )
    questions = tmp_path / "q.jsonl"
    questions.write_text(
        '{"file": "a.txt", "kinds": ["replaces", "amends"]}\n'
        '{"file": "a.txt", "kind": "replaces", "target": "0214/KH-UBND", "scope": ""}\n'
        '{"file": "a.txt", "kind": "amends", "target": "1/KH-UBND", "scope": "Điều 2"}\n'
        '{"file": "b.txt", "kinds": ["replaces"]}\n'
        '{"file": "b.txt", "kind": "replaces", "target": "2/KH-UBND", "scope": ""}\n',
        encoding="utf-8",
    )
    first, second = score_folder(tmp_path, read_labels(questions))
    assert [each.target for each in first.missed] == ["1/kh-ubnd"]
    assert [each.target for each in first.surplus] == ["215/kh-ubnd"]
    assert "b.txt" in second.problem
    figures = total([first, second])
    assert (figures.n_labelled, figures.n_found, figures.n_right, figures.n_unread) == (3, 2, 1, 1)


@pytest.mark.parametrize(
    "line", ["{", '{"file": "a", "kind": "replaces", "target": "1"}', '{"file": "a", "kinds": ["eats"]}']
)
def test_a_malformed_label_names_its_line(tmp_path: Path, line: str) -> None:
    questions = tmp_path / "q.jsonl"
    questions.write_text(f"{line}\n", encoding="utf-8")
    with pytest.raises(UsageError, match="dòng 1"):
        read_labels(questions)
