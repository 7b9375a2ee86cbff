"""Official abbreviations and what they stand for, from tables that administrators may edit.

A table is a text file of lines `short<TAB>long`; `abbreviations.tsv` in the data folder adds to the one that comes with
the application and overrides it, a line without a long form takes an abbreviation away.
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from core.text import fold_diacritics, nfc, syllables

_WORD = re.compile(r"[^\W_]+(?:[&-][^\W_]+)*")
# Shorter ones are also words ("ai") or kinds of document ("TT"), so their case must match.
_ANY_CASE_LETTERS = 3


class Abbreviation(NamedTuple):
    """A short and a long form, each as lower-case syllables with one space between."""

    short: str
    long: str


class Abbreviations:
    """What abbreviations stand for.

    Args:
        table: Long form by abbreviation.
    """

    def __init__(self, table: Mapping[str, str]) -> None:
        self._known = {
            _key(short): Abbreviation(" ".join(syllables(short)), " ".join(syllables(long)))
            for short, long in table.items()
            if long
        }

    @classmethod
    def read(cls, *files: Path) -> "Abbreviations":
        """The tables of `files`, later ones over earlier ones; missing files are passed over."""
        table: dict[str, str] = {}
        for file in files:
            if file.is_file():
                table.update(_lines(file.read_text(encoding="utf-8-sig", errors="replace").splitlines()))
        return cls(table)

    def in_question(self, question: str) -> tuple[Abbreviation, ...]:
        """Those of which `question` has the short or the long form; short ones of three letters in any spelling."""
        keys = {_key(match.group()) for match in _WORD.finditer(question)}
        words = f" {' '.join(syllables(question))} "
        return tuple(known for key, known in self._known.items() if key in keys or f" {known.long} " in words)

    def spelled_out(self, text: str) -> str:
        """`text` with every abbreviation in capitals replaced by what it stands for, in lower case."""

        def long_form(match: re.Match[str]) -> str:
            known = self._known.get(_key(match.group())) if match.group().isupper() else None
            return known.long if known else match.group()

        return _WORD.sub(long_form, text)


def other_forms(words: Sequence[str], abbreviations: Iterable[Abbreviation]) -> Iterator[list[str]]:
    """`words` with each of `abbreviations` that occurs in them written in its other form, one variant a form."""
    text = f" {' '.join(words)} "
    for short, long in abbreviations:
        for form, other in ((short, long), (long, short)):
            if f" {form} " in text:
                yield text.replace(f" {form} ", f" {other} ").split()


def _key(word: str) -> str:
    word = nfc(word)
    return fold_diacritics(word).lower() if len(word) >= _ANY_CASE_LETTERS else word


def _lines(lines: Iterable[str]) -> Iterator[tuple[str, str]]:
    for line in lines:
        short, _, long = line.partition("\t")
        if short.strip() and not short.startswith("#"):
            yield short.strip(), " ".join(nfc(long).split())
