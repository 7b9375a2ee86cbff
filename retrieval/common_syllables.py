"""How often Vietnamese writes each syllable and pair of syllables, wherever the library itself is too small to tell.

Counted by `python -m finetuning.syllable_counts` over official texts (free of copyright) and our own invented ones with
their questions; official texts never say what people say when they ask.
"""

import gzip
import json
from collections import defaultdict
from functools import cache
from pathlib import Path
from typing import NamedTuple

from core.text import fold_diacritics

COUNTS_FILE = Path(__file__).with_name("common_syllables.json.gz")


class CommonSyllables(NamedTuple):
    """Counts in one body of text; `folded` lists the spellings of each bare syllable."""

    total: int
    counts: dict[str, int]
    pairs: dict[tuple[str, str], int]
    folded: dict[str, list[str]]


@cache
def common_syllables() -> CommonSyllables:
    """The counts that come with the product, read once in a process."""
    stored = json.loads(gzip.decompress(COUNTS_FILE.read_bytes()))
    folded = defaultdict(list)
    for syllable in stored["singles"]:
        folded[fold_diacritics(syllable)].append(syllable)
    pairs = {(pair[0], pair[1]): times for pair, times in ((p.split(), n) for p, n in stored["pairs"].items())}
    return CommonSyllables(sum(stored["singles"].values()), stored["singles"], pairs, dict(folded))
