"""Variants of a question as people type it: without diacritics, or with slips of the keyboard. Pure and repeatable."""

import re
import unicodedata
from collections.abc import Callable, Mapping
from random import Random
from typing import NamedTuple

from core.syllable import without_tone
from core.text import fold_diacritics, nfc

# One slip in so many words, and at least one: what is typed in a hurry and sent unread.
_SLIP_SHARE = 0.1
# What a slip may fall on: letters only, so that numbers, document numbers and dates stay what they are.
_WORD = re.compile(r"(?<![^\s(“\"'])[^\W\d_]{2,}(?=[,.;:?!)”\"'…]*(?:\s|$))")
_NEXT_WORD = re.compile(r" ([^\W\d_]+)(?=[,.;:?!)”\"'…]*(?:\s|$))")
_TONES = "\u0300\u0301\u0309\u0303\u0323"
_CONFUSED = str.maketrans("\u0309\u0303", "\u0303\u0309")
_KEYBOARD = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_NEIGHBOURS = {key: row[max(0, i - 1) : i] + row[i + 1 : i + 2] for row in _KEYBOARD for i, key in enumerate(row)}


class _Method(NamedTuple):
    """A typing method: the keys of each letter of its own and of each tone."""

    letters: Mapping[str, str]
    tones: Mapping[str, str]


_LETTERS = "âêôăơưđ"
TELEX = _Method(
    dict(zip(_LETTERS, "aa ee oo aw ow uw dd".split(), strict=True)), dict(zip(_TONES, "fsrxj", strict=True))
)
VNI = _Method(dict(zip(_LETTERS, "a6 e6 o6 a8 o7 u7 d9".split(), strict=True)), dict(zip(_TONES, "21345", strict=True)))


def undiacritic(question: str) -> str:
    """`question` without any diacritic."""
    return fold_diacritics(question)


def typos(question: str, *, seed: int = 0) -> str:
    """`question` with a slip in one of ten words, and at least in one if any can take it; NFC.

    Alike often, where the word allows: keystrokes of Telex or VNI left raw ("ddinhj", "tho6ng1", "quyj"); a tone or
    all marks missing, or the tones hỏi and ngã confused; a letter mistyped, doubled, dropped or swapped, or a space
    lost.
    Words with a digit, document numbers and abbreviations in capitals are left alone.
    """
    question = nfc(question)
    random = Random(f"{seed}:{question}")  # noqa: S311 - no secret; the same slips each time
    words = [match for match in _WORD.finditer(question) if not match.group().isupper()]
    chosen = random.sample(words, min(len(words), max(1, round(_SLIP_SHARE * len(words)))))
    for match in sorted(chosen, key=lambda match: -match.start()):
        before, after = question[: match.start()], question[match.end() :]
        families = [
            [made for slip in slips if (made := slip(match.group(), random)) != match.group()] for slips in _SLIPS
        ]
        variants = [[variant + after for variant in family] for family in families]
        if (next_word := _NEXT_WORD.match(after)) and not next_word[1].isupper():
            variants[-1].append(match.group() + after[1:])
        question = before + random.choice(random.choice([family for family in variants if family]))
    return nfc(question)


def keystrokes(word: str, method: _Method, *, tone_last: bool) -> str:
    """The keys that make `word`: "thống" is "thoongs" or, its tone behind the vowel, "thoosng"."""
    keys, tone = "", ""
    for letter in nfc(word):
        bare, marks = without_tone(letter)
        own = method.letters.get(bare.lower(), bare)
        keys += own.capitalize() if letter.isupper() else own
        tone = method.tones.get(marks, "") or tone
        keys += "" if tone_last else method.tones.get(marks, "")
    return keys + tone if tone_last else keys


def _raw_telex(word: str, random: Random) -> str:
    # One w marks both vowels of ươ.
    return re.sub("uwow", "uow", keystrokes(word, TELEX, tone_last=random.random() < 0.5))


def _raw_vni(word: str, random: Random) -> str:
    return keystrokes(word, VNI, tone_last=random.random() < 0.5)


def _loose_tone(word: str, _random: Random) -> str:
    """Letters right, the tone's key behind them: "thôngs"; a second press does the same."""
    toneless, tones = without_tone(word)
    return toneless + "".join(TELEX.tones[tone] for tone in tones)


def _stray_tone(word: str, random: Random) -> str:
    """The key of another word's tone: "địnhs"."""
    return word + random.choice(list(TELEX.tones.values()))


def _missing_tone(word: str, _random: Random) -> str:
    return without_tone(word)[0]


def _missing_marks(word: str, _random: Random) -> str:
    return fold_diacritics(word)


def _confused_tone(word: str, _random: Random) -> str:
    return unicodedata.normalize("NFC", unicodedata.normalize("NFD", word).translate(_CONFUSED))


def _neighbour_key(word: str, random: Random) -> str:
    places = [i for i, letter in enumerate(word) if letter.lower() in _NEIGHBOURS]
    if not places:
        return word
    at = random.choice(places)
    key = random.choice(_NEIGHBOURS[word[at].lower()])
    return word[:at] + (key.upper() if word[at].isupper() else key) + word[at + 1 :]


def _doubled_letter(word: str, random: Random) -> str:
    at = random.randrange(len(word))
    return word[: at + 1] + word[at].lower() + word[at + 1 :]


def _dropped_letter(word: str, random: Random) -> str:
    at = random.randrange(len(word))
    return word[:at] + word[at + 1 :]


def _swapped_letters(word: str, random: Random) -> str:
    at = random.randrange(len(word) - 1)
    return word[:at] + word[at + 1] + word[at] + word[at + 2 :]


_SLIPS: tuple[tuple[Callable[[str, Random], str], ...], ...] = (
    (_raw_telex, _raw_vni, _loose_tone, _stray_tone),
    (_missing_tone, _missing_marks, _confused_tone),
    (_neighbour_key, _doubled_letter, _dropped_letter, _swapped_letters),
)

# By name, as the command line and the tables have them.
VARIANTS: dict[str, Callable[[str], str]] = {"plain": str, "undiacritic": undiacritic, "typos": typos}
