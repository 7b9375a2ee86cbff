"""Everyday words of questions and how official texts say the same."""

from functools import lru_cache

from core.text import syllables
from prompts import EVERYDAY_WORDS
from retrieval.abbreviations import Abbreviation


def everyday_words(question: str) -> tuple[Abbreviation, ...]:
    """Those of `question`, each paired with one official form; a text that has that form says the same."""
    words = f" {' '.join(syllables(question))} "
    return tuple(pair for pair in _table() if f" {pair.short} " in words)


@lru_cache(maxsize=1)
def _table() -> tuple[Abbreviation, ...]:
    lines = (line.partition("\t") for line in EVERYDAY_WORDS.read_text(encoding="utf-8").splitlines())
    return tuple(
        Abbreviation(" ".join(syllables(said)), " ".join(syllables(form)))
        for said, _, written in lines
        if not said.startswith("#")
        for form in written.split(";")
    )
