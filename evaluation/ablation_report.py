"""The ablation's results for readers: the README's table, what changed since the last run, and a page with plots."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from evaluation.ablation_results import BASELINE, METRICS, WITHOUT_JUDGE, Cell, Measured, Run
from evaluation.drawing import as_svg
from evaluation.intervals import Interval, paired_difference
from evaluation.stages import FULL

_VARIANTS = {"plain": "gõ đúng", "undiacritic": "không dấu", "typos": "gõ sai"}
_ANSWERED = {**_VARIANTS, WITHOUT_JUDGE: "gõ đúng, không xét trích dẫn"}
_METRICS = dict(zip(METRICS, ("R@1", "R@10", "MRR@10", "nDCG@10"), strict=True))
_ANSWERS = {
    "gold_retrieved": "tìm thấy điều khoản",
    "answer_contained": "chứa đáp án",
    "citations_complete": "đủ trích dẫn",
    "citations_precise": "trích dẫn trúng",
    "quotes_verbatim": "đúng nguyên văn",
    "correct_refusals": "từ chối đúng",
    "wrong_refusals": "từ chối oan",
    "superseded_as_current": "coi văn bản cũ là còn hiệu lực",
}
_COLOURS = {"plain": "#1f77b4", "undiacritic": "#ff7f0e", "typos": "#2ca02c", WITHOUT_JUDGE: "#9467bd"}


def readme_table(run: Run) -> list[str]:
    """Lines of Markdown: one row a set, then one row a variant of whole answers and one without the judge."""
    stages = [name for name in (BASELINE, "words_only", "meaning_only") if name == BASELINE or name in run.stages]
    heads = ["Bộ câu hỏi", "số câu", "R@1", "R@10", "nDCG@10"]
    heads += [f"R@1 {run.stages[name]}" for name in stages]
    heads += [f"R@10 {_VARIANTS[variant]}" for variant in ("undiacritic", "typos")]
    lines = [_row(heads), "|" + "---|" * len(heads)]
    sets = {(measured.name, measured.variant): measured for measured in run.measured}
    for measured in (found for found in run.measured if found.variant == "plain"):
        cells = {cell.stage: cell for cell in measured.cells}
        row = [measured.name, str(measured.n_queries)]
        row += [_with_bounds(cells[FULL].metrics[metric]) for metric in ("recall@1", "recall@10", "ndcg@10")]
        row += [f"{cells[name].metrics['recall@1'].value:.3f}" if name in cells else "–" for name in stages]
        for variant in ("undiacritic", "typos"):
            other = sets.get((measured.name, variant))
            row.append(f"{_full(other).metrics['recall@10'].value:.3f}" if other else "–")
        lines.append(_row(row))
    if run.answers:
        lines += ["", _row(["Trả lời", "số câu", *_ANSWERS.values()]), "|" + "---|" * (2 + len(_ANSWERS))]
        for answers in run.answers:
            scores = [_with_bounds(answers.metrics[name]) if name in answers.metrics else "–" for name in _ANSWERS]
            lines.append(_row([_ANSWERED[answers.variant], str(answers.n_questions), *scores]))
    return lines


def changes_since(run: Run, last: Run) -> list[str]:
    """Vietnamese lines on what differs from `last` by more than its 95 % interval.

    The full system is compared question by question over the questions that both runs asked. Where both asked the same,
    so are what turning a stage off does, and the answers' scores: neither figure lies in the other's interval.
    """
    before = {(measured.name, measured.variant): measured for measured in last.measured}
    lines = []
    for measured in run.measured:
        if earlier := before.get((measured.name, measured.variant)):
            place = f"{measured.name}, {_VARIANTS[measured.variant]}"
            lines += [f"{place}: {line}" for line in _full_changes(measured, earlier)]
            lines += [f"{place}: {line}" for line in _stage_changes(measured, earlier, run.stages)]
    scores = {(answers.variant, answers.n_questions): answers.metrics for answers in last.answers}
    for answers in run.answers:
        for name, score in answers.metrics.items():
            known = scores.get((answers.variant, answers.n_questions), {}).get(name)
            if known is not None and _differ(score, known):
                place = f"Trả lời, {_ANSWERED[answers.variant]}"
                lines.append(f"{place}: {_ANSWERS[name]} {known.value:.3f} → {score.value:.3f}")
    return lines


def _full_changes(measured: Measured, earlier: Measured) -> Iterator[str]:
    old_places = {question_id: place for place, question_id in enumerate(earlier.question_ids)}
    pairs = [(new, old_places[id_]) for new, id_ in enumerate(measured.question_ids) if id_ in old_places]
    for metric in METRICS if pairs else ():
        new = [measured.full_scores[metric][place] for place, _ in pairs]
        old = [earlier.full_scores[metric][place] for _, place in pairs]
        change = paired_difference(new, old)
        if change.excludes_zero:
            yield f"{_METRICS[metric]} {change.value:+.3f} (95 %: {change.low:+.3f} … {change.high:+.3f})"


def _stage_changes(measured: Measured, earlier: Measured, labels: Mapping[str, str]) -> Iterator[str]:
    known = {cell.stage: cell for cell in earlier.cells}
    for cell in measured.cells:
        if cell.stage == FULL or cell.stage not in known or measured.question_ids != earlier.question_ids:
            continue
        for metric, new in cell.difference.items():
            old = known[cell.stage].difference[metric]
            if _differ(new, old):
                yield f"{labels[cell.stage]}: chênh {_METRICS[metric]} {old.value:+.3f} → {new.value:+.3f}"


def _differ(new: Interval, old: Interval) -> bool:
    return not (old.low <= new.value <= old.high or new.low <= old.value <= new.high)


def page(run: Run, changes: Sequence[str], last: Run | None) -> str:
    """One HTML page that needs nothing else: tables with intervals, and plots as SVG."""
    templates = Environment(
        loader=FileSystemLoader(Path(__file__).parent), autoescape=True, undefined=StrictUndefined, trim_blocks=True
    )
    sets = list(dict.fromkeys(measured.name for measured in run.measured))
    return templates.get_template("ablation_page.html").render(
        run=run,
        last=last,
        changes=changes,
        sets=[(name, [measured for measured in run.measured if measured.name == name]) for name in sets],
        variants=_ANSWERED,
        metrics=_METRICS,
        answer_labels=_ANSWERS,
        full=FULL,
        overview=as_svg(_overview_figure(run)),
        effects={name: as_svg(_effects_figure(run, name)) for name in sets},
        times=as_svg(_times_figure(run)),
        answers=as_svg(_answers_figure(run)) if run.answers else "",
    )


def _overview_figure(run: Run) -> Figure:
    """R@1 and R@10 of the full system by set and variant."""
    sets = list(dict.fromkeys(measured.name for measured in run.measured))
    figure = Figure(figsize=(11, 1.2 + 0.5 * len(sets)), layout="constrained")
    for axes, metric in zip(figure.subplots(1, 2, sharey=True), ("recall@1", "recall@10"), strict=True):
        for shift, (variant, label) in enumerate(_VARIANTS.items()):
            found = [m for m in run.measured if m.variant == variant]
            places = [sets.index(m.name) + 0.22 * (shift - 1) for m in found]
            _points(axes, places, [_full(m).metrics[metric] for m in found], _COLOURS[variant], label)
        axes.set_yticks(range(len(sets)), sets)
        axes.set_title(_METRICS[metric])
        axes.grid(axis="x", alpha=0.3)
    figure.axes[0].invert_yaxis()
    _legend_below(figure)
    return figure


def _effects_figure(run: Run, name: str) -> Figure:
    """What turning each stage off does to one set, with intervals; left of 0 the stage pays."""
    found = [measured for measured in run.measured if measured.name == name]
    stages = [cell.stage for cell in found[0].cells if cell.stage != FULL]
    figure = Figure(figsize=(11, 1.2 + 0.45 * len(stages)), layout="constrained")
    for axes, metric in zip(figure.subplots(1, 2, sharey=True), ("recall@10", "ndcg@10"), strict=True):
        for shift, measured in enumerate(found):
            cells = {cell.stage: cell for cell in measured.cells}
            places = [place + 0.22 * (shift - 1) for place in range(len(stages))]
            differences = [cells[stage].difference[metric] for stage in stages]
            _points(axes, places, differences, _COLOURS[measured.variant], _VARIANTS[measured.variant])
        axes.axvline(0, color="black", linewidth=0.8)
        axes.set_yticks(range(len(stages)), [run.stages[stage] for stage in stages])
        axes.set_title(f"Chênh {_METRICS[metric]} so với đầy đủ")
        axes.grid(axis="x", alpha=0.3)
    figure.axes[0].invert_yaxis()
    _legend_below(figure)
    return figure


def _times_figure(run: Run) -> Figure:
    """Median milliseconds of a search by set and stage, questions as they should be typed."""
    plain = [measured for measured in run.measured if measured.variant == "plain"]
    stages = [cell.stage for cell in plain[0].cells if cell.median_ms is not None]
    figure = Figure(figsize=(11, 1.2 + 0.3 * len(plain) * len(stages) / 2), layout="constrained")
    axes = figure.subplots()
    height = 0.8 / len(stages)
    for shift, stage in enumerate(stages):
        times = [cell.median_ms or 0.0 for m in plain for cell in m.cells if cell.stage == stage]
        places = [place + height * (shift - len(stages) / 2) for place in range(len(plain))]
        axes.barh(places, times, height=height, label=run.stages[stage])
    axes.set_yticks(range(len(plain)), [measured.name for measured in plain])
    axes.invert_yaxis()
    axes.set_xlabel("ms mỗi lần tìm (trung vị, chưa kể vector của câu hỏi)")
    _legend_below(figure)
    return figure


def _answers_figure(run: Run) -> Figure:
    figure = Figure(figsize=(11, 4.5), layout="constrained")
    axes = figure.subplots()
    for shift, answers in enumerate(run.answers):
        found = [(place, answers.metrics[name]) for place, name in enumerate(_ANSWERS) if name in answers.metrics]
        places = [place + 0.22 * (shift - 1) for place, _ in found]
        _points(axes, places, [score for _, score in found], _COLOURS[answers.variant], _ANSWERED[answers.variant])
    axes.set_yticks(range(len(_ANSWERS)), list(_ANSWERS.values()))
    axes.invert_yaxis()
    axes.set_xlim(-0.02, 1.02)
    axes.grid(axis="x", alpha=0.3)
    _legend_below(figure)
    return figure


def _points(axes: Axes, places: Sequence[float], scores: Sequence[Interval], colour: str, label: str) -> None:
    below = [score.value - score.low for score in scores]
    above = [score.high - score.value for score in scores]
    axes.errorbar(
        [score.value for score in scores], places, xerr=[below, above], fmt="o", markersize=4, color=colour, label=label
    )


def _legend_below(figure: Figure) -> None:
    handles, labels = figure.axes[0].get_legend_handles_labels()
    figure.legend(handles, labels, loc="outside lower center", ncols=4, fontsize="small")


def _full(measured: Measured) -> Cell:
    return next(cell for cell in measured.cells if cell.stage == FULL)


def _with_bounds(score: Interval) -> str:
    return f"{score.value:.3f} ({score.low:.2f}–{score.high:.2f})"


def _row(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
