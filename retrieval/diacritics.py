"""Diacritics for questions typed without them, learnt from the library's own texts.

Counts of syllables and of adjacent pairs live in the catalogue and move with each document; a question is read by
Viterbi over the spellings that the library knows for each of its syllables.
"""

import json
import math
import re
import sqlite3
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise

from core.text import fold_diacritics, has_vietnamese_marks, nfc, syllables

_WORD = re.compile(r"[^\W_]+")
# A spelling seen fewer times than this share of the commonest one is a misprint.
_RAREST_SHARE = 0.0005
_MOST_SPELLINGS = 16
# Weight of the single syllable's frequency beside its pair with the one before (absolute count, Dirichlet prior).
_PRIOR_STRENGTH = 20.0


def count_text(connection: sqlite3.Connection, text: str, sign: int) -> None:
    """Adds (`sign` 1) or takes back (`sign` -1) the syllables of `text`, inside the caller's transaction."""
    words = syllables(text)
    single, pairs = Counter(words), Counter(pairwise(words))
    connection.executemany(
        "INSERT INTO syllables VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET count = count + excluded.count",
        [(word, fold_diacritics(word), sign * count) for word, count in single.items()],
    )
    connection.executemany(
        "INSERT INTO syllable_pairs VALUES (?, ?, ?) ON CONFLICT DO UPDATE SET count = count + excluded.count",
        [(first, second, sign * count) for (first, second), count in pairs.items()],
    )
    if sign < 0:
        connection.executemany("DELETE FROM syllables WHERE syllable = ? AND count <= 0", [(word,) for word in single])
        connection.executemany("DELETE FROM syllable_pairs WHERE first = ? AND second = ? AND count <= 0", list(pairs))


def restore_diacritics(connection: sqlite3.Connection, question: str) -> str:
    """`question` with the likeliest diacritics on each bare syllable; marked and unknown ones stay as typed."""
    question = nfc(question)
    words = list(_WORD.finditer(question))
    if not words:
        return question
    spellings = [_spellings(connection, match.group()) for match in words]
    chosen = _likeliest(connection, spellings)
    pieces, end = [], 0
    for match, spelling in zip(words, chosen, strict=True):
        pieces += [question[end : match.start()], _in_case_of(match.group(), spelling)]
        end = match.end()
    return "".join([*pieces, question[end:]])


def _spellings(connection: sqlite3.Connection, word: str) -> dict[str, int]:
    """Spellings of `word` that the library knows, with their counts; itself alone when marked or unknown."""
    typed = word.lower()
    if has_vietnamese_marks(word) or word.isdigit():
        return {typed: 1}
    rows = connection.execute(
        "SELECT syllable, count FROM syllables WHERE folded = ? ORDER BY count DESC LIMIT ?",
        (typed, _MOST_SPELLINGS),
    ).fetchall()
    if not rows:
        return {typed: 1}
    floor = rows[0][1] * _RAREST_SHARE
    return {syllable: count for syllable, count in rows if count >= floor}


def _likeliest(connection: sqlite3.Connection, spellings: Sequence[dict[str, int]]) -> list[str]:
    """Viterbi path: P(second | first) smoothed towards the frequency of `second` among its own spellings."""
    best = {spelling: _share(spellings[0], spelling) for spelling in spellings[0]}
    steps: list[dict[str, str]] = []
    for previous, current in pairwise(spellings):
        pairs = _pair_counts(connection, list(previous), list(current))
        reached: dict[str, float] = {}
        came_from: dict[str, str] = {}
        for second in current:
            prior = math.exp(_share(current, second))
            scores = {
                first: best[first]
                + math.log(
                    (pairs.get((first, second), 0) + _PRIOR_STRENGTH * prior) / (previous[first] + _PRIOR_STRENGTH)
                )
                for first in previous
            }
            came_from[second] = max(scores, key=lambda first: scores[first])
            reached[second] = scores[came_from[second]]
        best = reached
        steps.append(came_from)
    path = [max(best, key=lambda spelling: best[spelling])]
    for came_from in reversed(steps):
        path.append(came_from[path[-1]])
    return path[::-1]


def _share(spellings: dict[str, int], spelling: str) -> float:
    return math.log(spellings[spelling] / sum(spellings.values()))


def _pair_counts(
    connection: sqlite3.Connection, firsts: Sequence[str], seconds: Sequence[str]
) -> dict[tuple[str, str], int]:
    rows = connection.execute(
        "SELECT first, second, count FROM syllable_pairs"
        " WHERE first IN (SELECT value FROM json_each(?)) AND second IN (SELECT value FROM json_each(?))",
        (json.dumps(firsts), json.dumps(seconds)),
    )
    return {(first, second): count for first, second, count in rows}


def _in_case_of(typed: str, spelling: str) -> str:
    if typed.lower() == spelling:
        return typed
    if len(typed) > 1 and typed.isupper():
        return spelling.upper()
    return spelling.capitalize() if typed[0].isupper() else spelling
