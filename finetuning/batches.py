"""Batches in which every pair's other passages are hard but honest negatives."""

import random
from collections import defaultdict
from collections.abc import Iterator, Sequence

from finetuning.pairs import Pair


def make_batches(pairs: Sequence[Pair], size: int, *, seed: int) -> Iterator[list[Pair]]:
    """Endless batches of one document, or of documents with neighbouring titles where they are short.

    No batch holds two pairs of one provision, nor one question twice: they would be each other's false negatives.

    Raises:
        ValueError: there are too few pairs for one batch.
    """
    draw = random.Random(seed)  # noqa: S311 - no secret depends on it
    while True:
        documents: defaultdict[str, list[Pair]] = defaultdict(list)
        for pair in draw.sample(pairs, len(pairs)):
            documents[pair.document].append(pair)
        runs = [run for document in documents.values() for run in _runs(document, size)]
        # The breadcrumb of a passage begins with its document's title.
        short = sorted((run for run in runs if len(run) < size), key=lambda run: run[0].passage)
        runs = [*runs, *_runs([pair for run in short for pair in run], size)]
        batches = [run for run in runs if len(run) == size]
        if not batches:
            raise ValueError(f"{len(pairs)} pairs, too few for a batch of {size}")
        draw.shuffle(batches)
        yield from batches


def _runs(pairs: Sequence[Pair], size: int) -> list[list[Pair]]:
    """`pairs` in runs of at most `size`, each free of repeated provisions and questions."""
    runs: list[list[Pair]] = []
    open_runs: list[tuple[list[Pair], set[str]]] = []
    for pair in pairs:
        keys = {pair.provision, pair.question}
        for place, (run, known) in enumerate(open_runs):
            if not known & keys:
                run.append(pair)
                known |= keys
                if len(run) == size:
                    del open_runs[place]
                break
        else:
            runs.append([pair])
            open_runs.append((runs[-1], keys))
    return runs
