"""The ablation on the sample corpus: its floor, and that its results can be kept, compared and read."""

from dataclasses import replace
from pathlib import Path

import pytest
from lxml import html

from core.errors import UsageError
from evaluation.ablation import measure, measure_answers
from evaluation.ablation_report import changes_since, page, readme_table
from evaluation.ablation_results import METRICS, WITHOUT_JUDGE, AnswerScores, Measured, Run, read_run, write_run
from evaluation.intervals import Interval, mean_interval
from evaluation.sample import read_questions, sample_set
from evaluation.stages import FULL, stages_of
from retrieval.retriever import HybridRetriever
from tests.evaluation.test_sample import QUESTIONS
from web.application import Application

# A subset, so that the gate takes seconds.
_SAMPLE = 40
_STAGES = ("words_only", "meaning_only")


@pytest.fixture(scope="module")
def measured(assistant: Application) -> dict[str, Measured]:
    asked = sample_set(assistant, read_questions(QUESTIONS))
    stages = stages_of(assistant.retriever, _STAGES)
    return {
        variant: measure(asked, stages, variant=variant, sample=_SAMPLE)
        for variant in ("plain", "undiacritic", "typos")
    }


@pytest.fixture(scope="module")
def result(assistant: Application, measured: dict[str, Measured]) -> Run:
    answers = measure_answers(assistant, read_questions(QUESTIONS)[::20], variant="plain")
    given = answers, replace(answers, variant=WITHOUT_JUDGE)
    labels = {stage.name: stage.label for stage in stages_of(assistant.retriever)} | {"bm25": "BM25"}
    return Run("2026-01-15T08:00:00+00:00", "abc", "e5", {"top_k": 6}, labels, tuple(measured.values()), given)


def _score(measured: Measured, stage: str, metric: str) -> float:
    (cell,) = (cell for cell in measured.cells if cell.stage == stage)
    return cell.metrics[metric].value


def test_what_is_found_stays_above_its_floor_however_it_is_typed(measured: dict[str, Measured]) -> None:
    assert _score(measured["plain"], FULL, "recall@1") >= 0.65
    assert _score(measured["plain"], FULL, "recall@10") >= 0.90
    assert _score(measured["undiacritic"], FULL, "recall@10") >= 0.88
    assert _score(measured["typos"], FULL, "recall@10") >= 0.85


def test_both_sides_together_find_more_than_meaning_alone(measured: dict[str, Measured]) -> None:
    assert _score(measured["plain"], FULL, "ndcg@10") > _score(measured["plain"], "meaning_only", "ndcg@10")


def test_every_question_is_scored_by_every_stage_and_differences_are_to_the_full_system(
    measured: dict[str, Measured],
) -> None:
    plain = measured["plain"]
    assert plain.n_queries == len(plain.question_ids) == _SAMPLE
    assert [cell.stage for cell in plain.cells] == [FULL, *_STAGES]
    for cell in plain.cells:
        assert cell.median_ms is not None and cell.median_ms > 0
        for metric in METRICS:
            lost = cell.metrics[metric].value - _score(plain, FULL, metric)
            assert cell.difference[metric].value == pytest.approx(lost, abs=2e-4)
    assert mean_interval(plain.full_scores["recall@1"]) == plain.cells[0].metrics["recall@1"]


def test_the_same_questions_are_drawn_each_time_in_every_variant(measured: dict[str, Measured]) -> None:
    assert measured["plain"].question_ids == measured["undiacritic"].question_ids == measured["typos"].question_ids


def test_a_stage_that_does_not_exist_is_refused(assistant: Application) -> None:
    with pytest.raises(UsageError, match="no_such_thing"):
        stages_of(assistant.retriever, ["no_such_thing"])


def test_a_new_flag_or_weight_of_the_retriever_is_a_stage_from_its_first_day(assistant: Application) -> None:
    class Later(HybridRetriever):
        listens: bool = True
        title_share: float = 0.25
        resting: bool = False

    later = Later(knowledge_base=assistant.knowledge_base)
    found = {stage.name: stage.applied_to(later) for stage in stages_of(later)}
    assert getattr(found["no_listens"], "listens") is False  # noqa: B009 - of a class that mypy knows only here
    assert getattr(found["no_title_share"], "title_share") == 0  # noqa: B009
    assert not {"no_resting", "no_top_k", "no_candidates"} & found.keys()
    assert later.listens and later.title_share == 0.25


def test_results_are_read_as_they_were_kept(result: Run, tmp_path: Path) -> None:
    write_run(result, tmp_path / "last.json")
    assert read_run(tmp_path / "last.json") == result
    (tmp_path / "other.json").write_text("{}", encoding="utf-8")
    for name in ("other.json", "none.json"):
        with pytest.raises(UsageError, match=name):
            read_run(tmp_path / name)


def test_only_what_differs_by_more_than_its_interval_is_a_change(result: Run) -> None:
    assert changes_since(result, result) == []
    plain, *others = result.measured
    worse = tuple(0.0 if place < 8 else score for place, score in enumerate(plain.full_scores["recall@1"]))
    fallen = replace(plain, full_scores={**plain.full_scores, "recall@1": worse})
    (line,) = changes_since(replace(result, measured=(fallen, *others)), result)
    assert line.startswith("sample, gõ đúng: R@1 -0.")
    one_less = tuple(0.0 if place == 0 else score for place, score in enumerate(plain.full_scores["recall@1"]))
    slightly = replace(plain, full_scores={**plain.full_scores, "recall@1": one_less})
    assert changes_since(replace(result, measured=(slightly, *others)), result) == []


def test_an_answer_score_outside_its_interval_is_a_change(result: Run) -> None:
    answers, _ = result.answers
    fallen = replace(answers, metrics={**answers.metrics, "quotes_verbatim": Interval(0.4, 0.2, 0.6)})
    assert changes_since(replace(result, answers=(fallen,)), result) == [
        "Trả lời, gõ đúng: đúng nguyên văn 1.000 → 0.400"
    ]
    other_questions = AnswerScores("plain", answers.n_questions + 1, fallen.metrics)
    assert changes_since(replace(result, answers=(other_questions,)), result) == []


def test_the_readmes_table_has_a_row_for_each_set_and_its_figures(result: Run) -> None:
    head, _, row, *rest = readme_table(result)
    assert row.startswith("| sample | 40 |")
    assert f"{_score(result.measured[0], FULL, 'recall@1'):.3f}" in row
    assert f"{_score(result.measured[2], FULL, 'recall@10'):.3f}" in row
    assert head.count("|") == row.count("|")
    assert any(line.startswith("| gõ đúng, không xét trích dẫn | 5 |") for line in rest)
    assert any(line.startswith("| gõ đúng | 5 |") for line in rest)


def test_the_page_stands_alone_and_draws_every_set(result: Run) -> None:
    drawn = page(result, ["sample: <b>tốt hơn</b>"], result)
    document = html.fromstring(drawn)
    assert len(document.xpath("//*[local-name()='svg']")) == 4
    links = document.xpath("//@src | //@href")
    assert all(link.startswith("#") for link in links)
    assert not document.xpath("//script | //link | //b")
    assert f"{_score(result.measured[0], FULL, 'recall@1'):.3f}" in drawn
    assert drawn == page(result, ["sample: <b>tốt hơn</b>"], result)


def test_the_baseline_has_no_time_and_stands_in_the_table(result: Run) -> None:
    baseline = replace(result.measured[0].cells[0], stage="bm25", median_ms=None)
    with_it = replace(result, measured=tuple(replace(m, cells=(*m.cells, baseline)) for m in result.measured))
    assert "R@1 BM25" in readme_table(with_it)[0]
    assert "<td>BM25</td>" in page(with_it, [], None)
