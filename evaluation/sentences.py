"""How often the one sentence chosen from the right paragraph holds the answer, and the weights that choose it.

    python -m evaluation.sentences FOLDER… [--sample] [--fit]

A folder is a question set with `answers.jsonl` (`{"_id", "answer": […]}`, one line a question) beside `corpus.jsonl`,
`queries.jsonl` and `qrels.tsv`. `--sample` adds the questions on the sample corpus, where the sentence is chosen among
all passages found. `--fit` prints the weights that suit all of them best, each sample question counting ten times a
question of the folders, and their figures on questions that they were not fitted on.
"""

import argparse
import json
import math
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from answering.everyday import everyday_words
from answering.questions import QuestionKind, question_kind
from answering.units import WEIGHTS, Features, QuestionWords, Sentence, candidates_in, weigh_sentences
from core.beir_folder import read_answers, read_beir
from core.settings import load_settings
from core.text import nfc, sentences, syllables
from core.types import SearchFilter
from evaluation.sample import read_questions, section_of
from web.application import open_application

_SAMPLE_QUESTIONS = Path(__file__).parent / "questions" / "sample.jsonl"
_SAMPLE_WEIGHT = 10.0
_FOLDS = 5
_PENALTY = 2.0


@dataclass(frozen=True, slots=True)
class Case:
    """One question: features of its candidates, one row each, and which of them hold the answer.

    Attributes:
        group: Questions on the same paragraph are held out together.
        weight: In the fit.
    """

    features: NDArray[np.float64]
    holds: NDArray[np.bool_]
    group: str
    weight: float = 1.0


def paragraph_cases(folder: Path) -> Iterator[Case]:
    """The questions of `folder` that one sentence of their paragraph answers.

    Raises:
        UsageError: the folder is no question set.
    """
    question_set = read_beir(folder)
    texts = {document.id: document.text for document in question_set.corpus}
    split = {id_: [text[slice(*span)] for span in sentences(text)] for id_, text in texts.items()}
    rarity = _Rarity([sentence for parts in split.values() for sentence in parts])
    for question_id, answers in read_answers(folder).items():
        question = question_set.queries[question_id]
        words = QuestionWords(question, folded=False, rarity=rarity)
        for document_id in question_set.qrels[question_id]:
            parts = split[document_id]
            holds = np.array([any(_flat(answer) in _flat(part) for answer in answers) for part in parts])
            if holds.any():
                given = weigh_sentences(question_kind(question), [Sentence(part, part) for part in parts], words)
                yield Case(np.array(given), holds, document_id)


def sample_cases(data_dir: Path) -> Iterator[Case]:
    """The questions on the sample corpus, without their conversations, whose answer is among the passages found.

    The library is the one that `python app.py evaluate` leaves in the data directory.
    """
    settings = load_settings(data_dir=data_dir)
    with open_application(settings, library_dir=data_dir / "evaluation" / "sample", writable=False) as application:
        retriever = application.retriever
        for question in read_questions(_SAMPLE_QUESTIONS):
            if not question.answerable or question.history:
                continue
            query = retriever.understand(question.text)
            search_filter = SearchFilter(as_of=question.as_of or query.as_of, only_in_force=not query.documents)
            words = QuestionWords(
                query.subject,
                folded=query.undiacritic,
                rarity=application.knowledge_base.rarity,
                abbreviations=(*query.abbreviations, *everyday_words(query.text)),
            )
            kind = question_kind(query.text)
            found = candidates_in(kind, retriever.search(query, search_filter), retriever.opened)
            gold = [section_of(application, place) for place in question.gold]
            inside = [
                any(unit.passage.document.id == id_ and span.start <= unit.span.start < span.end for id_, span in gold)
                for unit, _ in found
            ]
            exact = [any(_flat(answer) in _flat(unit.text) for answer in question.answer) for unit, _ in found]
            both = [first and second for first, second in zip(inside, exact, strict=True)]
            holds = np.array(both if any(both) and kind is not QuestionKind.LIST else inside)
            if holds.any():
                given = weigh_sentences(kind, [sentence for _, sentence in found], words)
                yield Case(np.array(given), holds, question.id, _SAMPLE_WEIGHT)


def share_answered(cases: Sequence[Case], weights: NDArray[np.float64], *, first: int = 1) -> float:
    """Share of `cases` where one of the `first` best sentences holds the answer."""
    tops = (np.argsort(-(case.features @ weights), kind="stable")[:first] for case in cases)
    return float(np.mean([case.holds[top].any() for case, top in zip(cases, tops, strict=True)]))


def fit(cases: Sequence[Case]) -> NDArray[np.float64]:
    """Weights that make the sentences with the answer likeliest: a conditional logit with a quadratic penalty."""
    from scipy.optimize import minimize

    def loss(weights: NDArray[np.float64]) -> tuple[float, NDArray[np.float64]]:
        total, slope = _PENALTY / 2 * float(weights @ weights), _PENALTY * weights
        for case in cases:
            scores = case.features @ weights
            chances = np.exp(scores - scores.max())
            right = chances * case.holds
            total -= case.weight * math.log(right.sum() / chances.sum())
            slope = slope + case.weight * (case.features.T @ (chances / chances.sum() - right / right.sum()))
        return total, slope

    found: NDArray[np.float64] = minimize(loss, np.array(WEIGHTS), jac=True, method="L-BFGS-B").x
    return found


def cross_validated(cases: Sequence[Case]) -> float:
    """Share answered by weights fitted on the other groups, over `_FOLDS` parts."""
    groups = {group: number % _FOLDS for number, group in enumerate(sorted({case.group for case in cases}))}
    right = 0.0
    for fold in range(_FOLDS):
        held_out = [case for case in cases if groups[case.group] == fold]
        weights = fit([case for case in cases if groups[case.group] != fold])
        right += share_answered(held_out, weights) * len(held_out)
    return right / len(cases)


class _Rarity:
    """Weight of a syllable or pair by how few of the given sentences hold it, as the word index reckons it."""

    def __init__(self, parts: Sequence[str]) -> None:
        self._count = len(parts)
        self._holding: Counter[str] = Counter()
        for part in parts:
            words = syllables(part)
            self._holding.update({*words, *(f"{one}_{other}" for one, other in pairwise(words))})

    def __call__(self, terms: Sequence[str]) -> dict[str, float]:
        held = self._holding
        return {term: math.log(1 + (self._count - held[term] + 0.5) / (held[term] + 0.5)) for term in terms}


def _flat(text: str) -> str:
    return " ".join(nfc(text).split()).casefold()


def main() -> None:
    """Prints the figures as JSON."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", nargs="*", type=Path)
    parser.add_argument("--sample", action="store_true")
    parser.add_argument("--data-dir", type=Path, default=Path("data"))
    parser.add_argument("--fit", action="store_true")
    arguments = parser.parse_args()
    sets: dict[str, list[Case]] = defaultdict(list)
    for folder in arguments.folders:
        sets[folder.name] += paragraph_cases(folder)
    if arguments.sample:
        sets["sample"] += sample_cases(arguments.data_dir)
    weights = np.array(WEIGHTS)
    report: dict[str, dict[str, float]] = {
        name: {
            "questions": len(cases),
            "one": share_answered(cases, weights),
            "two": share_answered(cases, weights, first=2),
            "cross_validated": cross_validated(cases),
        }
        for name, cases in sets.items()
    }
    if arguments.fit:
        every = [case for cases in sets.values() for case in cases]
        report["weights"] = dict(zip(Features._fields, (float(weight) for weight in fit(every)), strict=True))
    sys.stdout.write(json.dumps(report, ensure_ascii=False, indent=2) + "\n")


if __name__ == "__main__":
    main()
