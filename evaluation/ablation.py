"""What each stage of retrieval is worth: every set, every variant of its questions, each stage turned off.

    pip install -r requirements-eval.txt
    python -m evaluation.ablation FOLDER… [--data-dir DIR] [--json OUT] [--page OUT.html] [--compare LAST.json]

The folders are in BEIR layout; one with single sentences is measured at both levels. The questions on the sample corpus
come on top, with the scores of whole answers. The README's table goes to stdout.
"""

import argparse
import logging
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from statistics import median
from subprocess import run
from time import perf_counter

from core.beir_folder import has_sentences
from core.errors import AssistantError
from core.settings import NO_JUDGE, Settings, load_settings
from evaluation.ablation_report import changes_since, page, readme_table
from evaluation.ablation_results import (
    BASELINE,
    METRICS,
    WITHOUT_JUDGE,
    AnswerScores,
    Cell,
    Measured,
    Run,
    read_run,
    write_run,
)
from evaluation.beir import IndexedSet, open_beir
from evaluation.bm25 import rank_by_bm25
from evaluation.intervals import mean_interval, paired_difference
from evaluation.metrics import RANK_DEPTH, ndcg, recall, reciprocal_rank
from evaluation.sample import Outcome, Question, open_sample, read_questions, sample_set, score_answers
from evaluation.stages import FULL, Stage, stages_of
from evaluation.variants import VARIANTS
from retrieval.embeddings import open_embedder
from retrieval.query import Query
from web.application import Application

_log = logging.getLogger(__name__)

_SEED = 0
_QUESTIONS = Path(__file__).parent / "questions"
# Settings that bear on what is found; none of them is secret or a path of this machine.
_RECORDED = (
    "embedding_", "top_k", "candidates", "vector_weight", "min_confidence", "chunk_tokens", "reranker_", "quote_judge",
)  # fmt: skip
_SECRET = ("_key", "_url")


def measure(asked: IndexedSet, stages: Sequence[Stage], *, variant: str, sample: int | None = None) -> Measured:
    """`asked` by the full retriever and with each of `stages` turned off, and by plain BM25 where it has a corpus.

    The vectors of a question are made once, outside the stages' time; a stage that only bears on how the question is
    understood is not run again where it understands the same.

    Args:
        asked: Open.
        stages: The full retriever among them.
        variant: Name of one of `VARIANTS`.
        sample: So many of the questions, drawn alike each time; all unless given.
    """
    questions = {id_: VARIANTS[variant](text) for id_, text in _drawn(asked.queries, sample).items()}
    rankings: dict[str, dict[str, list[str]]] = {stage.name: {} for stage in stages}
    times: dict[str, list[float]] = {stage.name: [] for stage in stages}
    embedding = []
    for number, (question_id, question) in enumerate(questions.items()):
        full = asked.retriever.understand(question)
        embedding.append(_embedding_ms(asked, full))
        for stage, ranking, elapsed_ms in _ask(asked, _in_turn(stages, number), question_id, question, full):
            rankings[stage.name][question_id] = ranking
            times[stage.name].append(elapsed_ms)
    scores = {name: _scores(ranking, asked.qrels) for name, ranking in rankings.items()}
    medians = {name: round(median(elapsed), 1) for name, elapsed in times.items()}
    if asked.corpus:
        scores[BASELINE] = _scores(rank_by_bm25(asked.corpus, questions, depth=RANK_DEPTH), asked.qrels)
    return Measured(
        name=asked.name,
        variant=variant,
        n_documents=len(asked.corpus),
        n_queries=len(questions),
        embedding_ms=round(median(embedding), 1),
        cells=tuple(_cell(name, of_stage, scores[FULL], medians.get(name)) for name, of_stage in scores.items()),
        question_ids=tuple(questions),
        full_scores={metric: tuple(scores[FULL][metric]) for metric in METRICS},
    )


def _in_turn(stages: Sequence[Stage], turn: int) -> list[Stage]:
    """`stages`, each first in its turn to find the stores cold; last those that may have nothing to search anew."""
    searching = [stage for stage in stages if not stage.understanding_only]
    first = turn % len(searching)
    return [*searching[first:], *searching[:first], *(stage for stage in stages if stage.understanding_only)]


def _ask(
    asked: IndexedSet, stages: Sequence[Stage], question_id: str, question: str, full: Query
) -> Iterator[tuple[Stage, list[str], float]]:
    """What each stage's retriever finds and its milliseconds, the question's vector not counted."""
    known: tuple[list[str], float] = ([], 0.0)
    for stage in stages:
        retriever = stage.applied_to(asked.retriever)
        started = perf_counter()
        query = retriever.understand(question)
        understanding_ms = 1000 * (perf_counter() - started)
        if stage.understanding_only and query == full:
            yield stage, *known
            continue
        if query.searched != full.searched:
            _embedding_ms(asked, query)
        started = perf_counter()
        ranking = asked.rank(retriever, question_id, query)
        elapsed_ms = understanding_ms + 1000 * (perf_counter() - started)
        if stage.name == FULL:
            known = ranking, elapsed_ms
        yield stage, ranking, elapsed_ms


def _drawn(queries: Mapping[str, str], sample: int | None) -> dict[str, str]:
    if sample is None or sample >= len(queries):
        return dict(queries)
    chosen = set(Random(_SEED).sample(sorted(queries), sample))  # noqa: S311 - no secret; the same ones each time
    return {id_: text for id_, text in queries.items() if id_ in chosen}


def _embedding_ms(asked: IndexedSet, query: Query) -> float:
    """What the question's vector costs: the first search by meaning less the second; the library keeps the vector."""
    elapsed = []
    for _ in range(2):
        started = perf_counter()
        asked.retriever.knowledge_base.search_meaning(query.searched, limit=1)
        elapsed.append(1000 * (perf_counter() - started))
    return max(0.0, elapsed[0] - elapsed[1])


def _scores(rankings: Mapping[str, Sequence[str]], qrels: Mapping[str, Mapping[str, int]]) -> dict[str, list[float]]:
    """Each metric of each ranking, in order."""
    pairs = [(ranking, qrels[question_id]) for question_id, ranking in rankings.items()]
    return {
        "recall@1": [recall(*pair, depth=1) for pair in pairs],
        "recall@10": [recall(*pair, depth=RANK_DEPTH) for pair in pairs],
        "mrr@10": [reciprocal_rank(*pair, depth=RANK_DEPTH) for pair in pairs],
        "ndcg@10": [round(ndcg(*pair, depth=RANK_DEPTH), 4) for pair in pairs],
    }


def _cell(
    name: str, scores: Mapping[str, Sequence[float]], full: Mapping[str, Sequence[float]], median_ms: float | None
) -> Cell:
    return Cell(
        stage=name,
        metrics={metric: mean_interval(scores[metric]) for metric in METRICS},
        difference={metric: paired_difference(scores[metric], full[metric]) for metric in METRICS},
        median_ms=median_ms,
    )


def measure_answers(application: Application, questions: Sequence[Question], *, variant: str) -> AnswerScores:
    """Whole answers to `questions` as the variant types them."""
    varied = [replace(question, text=VARIANTS[variant](question.text)) for question in questions]
    outcomes = score_answers(application, varied).outcomes
    return AnswerScores(
        variant=variant,
        n_questions=len(outcomes),
        metrics={
            name: mean_interval(given)
            for name, mark in _ANSWER_MARKS.items()
            if (given := [float(value) for o in outcomes if (value := mark(o)) is not None])
        },
    )


_ANSWER_MARKS: Mapping[str, Callable[[Outcome], float | bool | None]] = {
    "gold_retrieved": lambda o: o.retrieved if o.question.answerable else None,
    "answer_contained": lambda o: o.contained if o.question.answerable else None,
    "citations_complete": lambda o: o.cited == 1 if o.question.answerable else None,
    "citations_precise": lambda o: o.precise if o.question.answerable else None,
    "quotes_verbatim": lambda o: o.verbatim,
    "correct_refusals": lambda o: None if o.question.answerable else o.refused,
    "wrong_refusals": lambda o: o.refused if o.question.answerable else None,
    "superseded_as_current": lambda o: o.superseded_as_current,
}


def run_ablation(
    folders: Sequence[Path], settings: Settings, *, wanted: Sequence[str] = (), sample: int | None = None
) -> Run:
    """Everything measured: `folders` at every level they have, and the questions on the sample corpus.

    Args:
        folders: In BEIR layout.
        settings: As for the application; corpora are indexed once under the data directory.
        wanted: Names of stages; empty for all.
        sample: So many questions of each set; all unless given.

    Raises:
        UsageError: a folder is not in BEIR layout, or a stage does not exist.
    """
    measured: list[Measured] = []
    answers: list[AnswerScores] = []
    with open_sample(settings) as application:
        questions = read_questions(_QUESTIONS)
        stages = stages_of(application.retriever, wanted)
        measured += _measured(sample_set(application, questions), stages, sample)
        drawn = _drawn({question.id: question.text for question in questions}, sample)
        chosen = [question for question in questions if question.id in drawn]
        answers += [measure_answers(application, chosen, variant=variant) for variant in VARIANTS]
    with open_sample(settings.model_copy(update={"quote_judge": NO_JUDGE})) as application:
        answers.append(replace(measure_answers(application, chosen, variant="plain"), variant=WITHOUT_JUDGE))
    for folder in folders:
        for sentences in (False, True) if has_sentences(folder) else (False,):
            with open_beir(folder, settings, sentences=sentences) as asked:
                measured += _measured(asked, stages_of(asked.retriever, wanted), sample)
    embedder = open_embedder(settings)
    return Run(
        date=datetime.now(UTC).isoformat(timespec="seconds"),
        version=_version(),
        embedding=embedder.fingerprint if embedder is not None else "",
        settings={name: value for name, value in settings.model_dump(mode="json").items() if _is_recorded(name)},
        stages={stage.name: stage.label for stage in stages} | {BASELINE: "BM25 thường"},
        measured=tuple(measured),
        answers=tuple(answers),
    )


def _measured(asked: IndexedSet, stages: Sequence[Stage], sample: int | None) -> Iterator[Measured]:
    for variant in VARIANTS:
        _log.info("Measuring %s, %s", asked.name, variant)
        yield measure(asked, stages, variant=variant, sample=sample)


def _is_recorded(name: str) -> bool:
    return name.startswith(_RECORDED) and not name.endswith(_SECRET)


def _version() -> str:
    """Commit of the code that runs, with `+` where it was changed since; empty outside a repository."""
    described = run(
        ["git", "describe", "--always", "--dirty=+"],
        cwd=Path(__file__).parent, capture_output=True, text=True, check=False,
    )  # fmt: skip
    return described.stdout.strip()


def main() -> int:
    """Measures, keeps and shows; 1 when something could not be measured."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="*", type=Path, metavar="FOLDER")
    parser.add_argument("--data-dir", type=Path)
    parser.add_argument("--json", type=Path, metavar="OUT", help="keep the results")
    parser.add_argument("--page", type=Path, metavar="OUT.html", help="draw them")
    parser.add_argument("--compare", type=Path, metavar="LAST.json", help="say what changed since")
    parser.add_argument("--stages", nargs="+", default=(), metavar="NAME", help="only these, beside the full system")
    parser.add_argument("--sample", type=int, metavar="N", help="only so many questions of each set")
    options = parser.parse_args()
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(levelname)s %(message)s")
    for noisy in ("httpx", "bm25s"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    try:
        last = read_run(options.compare) if options.compare else None
        settings = load_settings(data_dir=options.data_dir)
        result = run_ablation(options.folders, settings, wanted=options.stages, sample=options.sample)
    except AssistantError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    if options.json:
        write_run(result, options.json)
    changes = changes_since(result, last) if last is not None else []
    if options.page:
        options.page.write_text(page(result, changes, last), encoding="utf-8")
    sys.stdout.write("\n".join([*readme_table(result), "", *changes]) + "\n")
    return 0


if __name__ == "__main__":
    os.environ.setdefault("ANONYMIZED_TELEMETRY", "False")
    sys.exit(main())
