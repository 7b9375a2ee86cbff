"""How well the confidence tells answers from gaps: risk, coverage, AUC, calibration error; `--fit` refits its weights.

    python -m evaluation.calibration evaluation/questions BEIR_FOLDER… [--fit] [--json FILE] [--page FILE]

A BEIR question is asked twice: of the whole library, and of one from which its relevant documents were taken away; what
lies next to them stays. A question of a `.jsonl` set on the sample corpus is asked once: it says itself whether the
corpus holds the answer. An answer is right when a relevant provision is among the passages it is made from. Questions
that are answered or refused without weighing (a provision by its number, a document that is not there) are left out,
and so are those that need a conversation.

`held_out` figures of a set come from weights fitted on the other sets, `in_use` ones from those in use; after `--fit`
these have learned from the set as well.
"""

import argparse
import json
import sys
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.preprocessing import StandardScaler

from answering.confidence import WEIGHTS, Evidence, Regression, confidence, read_regressions
from answering.extractive import ExtractiveAnswerer
from answering.judge import QuoteJudge, open_judge
from core.json_values import Json, JsonObject
from core.settings import Settings, load_settings
from core.types import SearchFilter
from evaluation.beir import IndexedSet, open_beir
from evaluation.sample import open_sample, read_questions, score_answers
from retrieval.fusion import Hit
from retrieval.knowledge_base import KnowledgeBase

# Features of each regression, tried in this order; `similarity` binds it to the embedding model it was fitted with.
# Beside what the judge says, the words that are missing tell nothing more.
_TRIED = (
    ("similarity", "word_z", "uncounted", "judged"),
    ("similarity", "uncounted", "judged"),
    ("word_z", "uncounted", "judged"),
    ("uncounted", "judged"),
    ("similarity", "word_z", "missing", "uncounted"),
    ("similarity", "missing", "uncounted"),
    ("word_z", "missing", "uncounted"),
    ("missing", "uncounted"),
)
# Questions as officials type them, on documents as they have them, count for more than each encyclopaedia or law.
_OWN_QUESTIONS_WEIGHT = 12.0
_BINS = 10
_THRESHOLDS = tuple(step / 20 for step in range(21))


@dataclass(frozen=True, slots=True)
class Case:
    """One question asked of one library.

    Attributes:
        right: An answer from what was found would be right.
        answerable: The library holds the answer.
        weight: Of its set.
    """

    set_name: str
    question_id: str
    evidence: Evidence
    right: bool
    answerable: bool
    weight: float


class LibraryWithout(KnowledgeBase):
    """Another library as if some of its chunks had never been there.

    Attributes:
        hidden: Ids of those chunks.
    """

    def __init__(self, whole: KnowledgeBase) -> None:
        self.__dict__.update(whole.__dict__)
        self.hidden: frozenset[str] = frozenset()

    def search_meaning(self, question: str, *, limit: int, document_ids: Collection[str] | None = None) -> list[Hit]:
        """As in the whole library."""
        hits = super().search_meaning(question, limit=limit + len(self.hidden), document_ids=document_ids)
        return self._left(hits)[:limit]

    def search_words(
        self, question: str, *, limit: int, folded: bool, document_ids: Collection[str] | None = None
    ) -> list[Hit]:
        """As in the whole library."""
        more = limit + len(self.hidden)
        return self._left(super().search_words(question, limit=more, folded=folded, document_ids=document_ids))[:limit]

    def _left(self, hits: Sequence[Hit]) -> list[Hit]:
        return [hit for hit in hits if hit.chunk_id not in self.hidden]


def beir_cases(indexed: IndexedSet, judge: QuoteJudge | None, *, most: int) -> Iterator[Case]:
    """Up to `most` questions of the set, evenly spread, each with and without its relevant documents."""
    library = LibraryWithout(indexed.retriever.knowledge_base)
    retriever = indexed.retriever.model_copy(update={"knowledge_base": library})
    retriever.model_post_init(None)
    answerer = ExtractiveAnswerer(retriever, judge)
    (document,) = library.documents()
    chunks: dict[str, list[str]] = {}
    for chunk in library.chunks(document.id):
        chunks.setdefault(indexed.corpus[int(chunk.section_path[0].number)].id, []).append(chunk.id)
    ids = list(indexed.queries)
    most = min(most, len(ids))
    for question_id in (ids[number * len(ids) // most] for number in range(most)):
        query = retriever.understand(indexed.queries[question_id])
        relevant = [id_ for id_, grade in indexed.qrels[question_id].items() if grade > 0]
        relevant_chunks = frozenset(chunk for id_ in relevant for chunk in chunks[id_])
        for hidden in (frozenset(), relevant_chunks):
            library.hidden = hidden
            passages = retriever.search(query)
            evidence = answerer.weigh(query, passages).evidence
            if evidence is not None:
                right = any(passage.chunk_id in relevant_chunks for passage in passages)
                yield Case(indexed.name, question_id, evidence, right, not hidden, 1.0)


def sample_cases(path: Path, settings: Settings) -> Iterator[Case]:
    """The questions of `path`, on the sample corpus, that stand alone and are weighed."""
    asked = [question for question in read_questions(path) if not question.history]
    with open_sample(settings) as application:
        for outcome in score_answers(application, asked).outcomes:
            question = outcome.question
            findings = application.chain.examine(question.text, search_filter=SearchFilter(as_of=question.as_of))
            if findings is not None and findings.evidence is not None:
                right = bool(outcome.retrieved)
                answerable = question.answerable
                yield Case(path.stem, question.id, findings.evidence, right, answerable, _OWN_QUESTIONS_WEIGHT)


def fit(cases: Sequence[Case]) -> list[Regression]:
    """A regression for each group of features, fitted on the cases that have them.

    Both outcomes of a set weigh the same. Answerable questions whose provision was not found teach nothing: neither to
    answer nor to refuse would be right.
    """
    telling = [case for case in cases if case.right or not case.answerable]
    models = {case.evidence.model for case in telling}
    if len(models) != 1:
        raise SystemExit(f"cases of several embedding models do not fit together: {sorted(models)}")
    regressions = []
    for names in _TRIED:
        usable = [case for case in telling if set(names) <= case.evidence.features().keys()]
        if len({case.right for case in usable}) == 2:
            model = models.copy().pop() if "similarity" in names else ""
            regressions.append(_regression(usable, names, model))
    return regressions


def _regression(cases: Sequence[Case], names: Sequence[str], model: str) -> Regression:
    sizes: dict[tuple[str, bool], int] = {}
    for case in cases:
        sizes[case.set_name, case.right] = sizes.get((case.set_name, case.right), 0) + 1
    weights = np.array([case.weight / sizes[case.set_name, case.right] for case in cases])
    table = np.array([[case.evidence.features()[name] for name in names] for case in cases])
    scaler = StandardScaler().fit(table)
    fitted = LogisticRegression().fit(
        scaler.transform(table), [case.right for case in cases], sample_weight=weights * len(cases) / weights.sum()
    )
    slopes = fitted.coef_[0] / scaler.scale_
    intercept = float(fitted.intercept_[0] - slopes @ scaler.mean_)
    return Regression(model, round(intercept, 4), {n: round(float(s), 4) for n, s in zip(names, slopes, strict=True)})


def held_out_chances(cases: Sequence[Case]) -> list[float]:
    """The confidence of each case by weights fitted on the other sets."""
    fitted: dict[str, list[Regression]] = {}
    if len({case.set_name for case in cases}) == 1:
        raise SystemExit("weights for a set are fitted on the others: give two sets or more")
    for name in {case.set_name for case in cases}:
        fitted[name] = fit([case for case in cases if case.set_name != name])
    return [confidence(case.evidence, fitted[case.set_name]) for case in cases]


def scores(cases: Sequence[Case], chances: Sequence[float], *, threshold: float) -> JsonObject:
    """Figures of one set: AUC of right against not, calibration error, and what the threshold refuses."""
    chance = np.array(chances)
    right = np.array([case.right for case in cases])
    answerable = np.array([case.answerable for case in cases])
    refused = chance < threshold
    bins = np.minimum((chance * _BINS).astype(int), _BINS - 1)
    error = sum(
        abs(chance[bins == number].mean() - right[bins == number].mean()) * (bins == number).mean()
        for number in range(_BINS)
        if (bins == number).any()
    )
    return {
        "n_cases": len(cases),
        "n_unanswerable": int((~answerable).sum()),
        "auc": round(float(roc_auc_score(right, chance)), 4) if 0 < right.sum() < len(right) else None,
        "expected_calibration_error": round(float(error), 4),
        "correct_refusals": round(float(refused[~answerable].mean()), 4) if (~answerable).any() else None,
        "wrong_refusals": round(float(refused[answerable].mean()), 4) if answerable.any() else None,
    }


def risk_coverage(cases: Sequence[Case], chances: Sequence[float]) -> list[Json]:
    """For each threshold: share of questions answered, share of wrong ones among these, both shares of refusals."""
    chance = np.array(chances)
    right = np.array([case.right for case in cases])
    answerable = np.array([case.answerable for case in cases])
    curve: list[Json] = []
    for threshold in _THRESHOLDS:
        answered = chance >= threshold
        curve.append(
            {
                "threshold": threshold,
                "coverage": round(float(answered.mean()), 4),
                "risk": round(float((~right[answered]).mean()), 4) if answered.any() else 0.0,
                "correct_refusals": round(float((~answered[~answerable]).mean()), 4) if (~answerable).any() else None,
                "wrong_refusals": round(float((~answered[answerable]).mean()), 4) if answerable.any() else None,
            }
        )
    return curve


def calibration_report(cases: Sequence[Case], in_use: Sequence[Regression], *, threshold: float) -> JsonObject:
    """Scores and curves of each set, held out and by the weights `in_use`."""
    held_out = held_out_chances(cases)
    known = [confidence(case.evidence, in_use) for case in cases]
    sets: JsonObject = {}
    for name in dict.fromkeys(case.set_name for case in cases):
        of_set = [number for number, case in enumerate(cases) if case.set_name == name]
        own = [cases[number] for number in of_set]
        apart = [held_out[number] for number in of_set]
        sets[name] = {
            "held_out": scores(own, apart, threshold=threshold),
            "in_use": scores(own, [known[number] for number in of_set], threshold=threshold),
            "curve": risk_coverage(own, apart),
            "curve_in_use": risk_coverage(own, [known[number] for number in of_set]),
        }
    return {"threshold": threshold, "sets": sets}


def write_weights(regressions: Sequence[Regression], sets: Collection[str], path: Path = WEIGHTS) -> None:
    """Puts `regressions` in use, from the next start on."""
    record = {
        "fitted_by": "python -m evaluation.calibration … --fit",
        "fitted_on": sorted(sets),
        "regressions": [asdict(regression) for regression in regressions],
    }
    path.write_text(json.dumps(record, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def collect(paths: Sequence[Path], settings: Settings, *, most: int) -> list[Case]:
    """The cases of every set of `paths`: BEIR folders and `.jsonl` files or folders of them."""
    cases: list[Case] = []
    judge = open_judge(settings)
    for path in paths:
        if (path / "corpus.jsonl").exists():
            with open_beir(path, settings) as indexed:
                cases += beir_cases(indexed, judge, most=most)
        else:
            files = sorted(path.glob("*.jsonl")) if path.is_dir() else [path]
            for file in files:
                cases += sample_cases(file, settings)
    return cases


def main() -> None:
    """Reads the arguments, measures, and writes what was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("paths", nargs="+", type=Path)
    parser.add_argument("--data-dir", type=Path)
    parser.add_argument("--questions", type=int, default=200, help="at most so many of each BEIR set")
    parser.add_argument("--fit", action="store_true", help=f"write the weights to {WEIGHTS.name}")
    parser.add_argument("--json", type=Path, help="write figures and curves to this file")
    parser.add_argument("--page", type=Path, help="draw the curves on this HTML page")
    options = parser.parse_args()
    settings = load_settings(data_dir=options.data_dir)
    cases = collect(options.paths, settings, most=options.questions)
    in_use = fit(cases) if options.fit else read_regressions()
    report = calibration_report(cases, in_use, threshold=settings.min_confidence)
    if options.fit:
        write_weights(in_use, {case.set_name for case in cases})
    if options.json:
        options.json.write_text(json.dumps(report, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    if options.page:
        from evaluation.calibration_page import draw_page

        options.page.write_text(draw_page(report), encoding="utf-8")
    sys.stdout.writelines(f"{line}\n" for line in _table(report))


def _table(report: Mapping[str, Json]) -> Iterator[str]:
    yield f"{'':<28}{'n':>5}{'AUC':>8}{'ECE':>8}{'refused':>9}{'wrongly':>9}"
    sets = report["sets"]
    for name, record in sets.items() if isinstance(sets, dict) else ():
        for kind in ("held_out", "in_use"):
            figures = record[kind] if isinstance(record, dict) else None
            if isinstance(figures, dict):
                shown = ("auc", "expected_calibration_error", "correct_refusals", "wrong_refusals")
                cells = [f"{figures[key]:>8.3f}" if figures[key] is not None else f"{'–':>8}" for key in shown]
                yield f"{name + ' ' + kind:<28}{figures['n_cases']:>5}{''.join(cells)}"


if __name__ == "__main__":
    main()
