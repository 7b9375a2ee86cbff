"""What Telex and VNI keystrokes were meant to become, when they were left raw: `ddinhj` and `d9inh5` are `định`."""

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from core.syllable import without_tone

_VOWELS = frozenset("aeiouyăâêôơư")


class _Method(NamedTuple):
    """Keys of a typing method: of the tones, and of the marks by the letters that take them."""

    tones: Mapping[str, str]
    marks: Mapping[str, Mapping[str, str]]


_TELEX = _Method(
    dict(zip("fsrxj", "\u0300\u0301\u0309\u0303\u0323", strict=True)),
    {"a": {"a": "â"}, "e": {"e": "ê"}, "o": {"o": "ô"}, "d": {"d": "đ"}, "w": {"a": "ă", "o": "ơ", "u": "ư"}},
)
_VNI = _Method(
    dict(zip("21345", "\u0300\u0301\u0309\u0303\u0323", strict=True)),
    {"6": {"a": "â", "e": "ê", "o": "ô"}, "7": {"o": "ơ", "u": "ư"}, "8": {"a": "ă"}, "9": {"d": "đ"}},
)


def read_keystrokes(word: str) -> set[tuple[str, str]]:
    """What lower-case `word` may mean as keystrokes, each without its tone, and the combining tone (or none).

    Empty when no key of it marks anything. A word may hold letters that are already marked ("thôngs"); whether the
    outcome is a word is for the caller to say.
    """
    toneless, tone = without_tone(word)
    readings = {reading for method in (_TELEX, _VNI) for reading in _read(toneless, tone, method)}
    return readings - {(toneless, tone)}


def _read(word: str, tone: str, method: _Method) -> Iterator[tuple[str, str]]:
    states = [("", tone)]
    for key in word:
        states = [reached for made, tone in states for reached in _press(made, tone, key, method)]
    yield from states


def _press(made: str, tone: str, key: str, method: _Method) -> Iterator[tuple[str, str]]:
    """What `key` makes of the letters before it; a letter of its own where it marks nothing."""
    if key in method.tones and not _VOWELS.isdisjoint(made):
        yield made, method.tones[key]  # a second tone replaces the first
        return
    takers = method.marks.get(key, {})
    marked = [i for i, letter in enumerate(made) if letter in takers]
    for i in marked:
        yield made[:i] + takers[made[i]] + made[i + 1 :], tone
    # One key marks both vowels of ươ.
    if "uo" in made and takers.get("u") and takers.get("o"):
        yield made.replace("uo", "ươ"), tone
    if "ưo" in made and takers.get("o"):
        yield made.replace("ưo", "ươ"), tone
    if not marked and not key.isdigit():
        yield made + key, tone
