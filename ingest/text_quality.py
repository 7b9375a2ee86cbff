"""How much of a text is well-formed Vietnamese: tells a good text layer from a broken font map or bad OCR."""

import re
import unicodedata

from core.syllable import is_vietnamese_syllable

_TONES = re.compile("[\u0300\u0301\u0303\u0309\u0323]")
_LEAST_MARKED = 0.08
_WORD = re.compile(r"[^\W\d_]+")
_ABBREVIATION_LETTERS = 5
_VOWEL = re.compile(r"[aeiouyăâêôơư]")


def text_quality(text: str) -> float:
    """Share of the words of `text` that are well-formed Vietnamese syllables, 0 to 1; 1 when it has no words.

    Single letters and what looks like an abbreviation (`UBND`, `kg`) are not counted.
    """
    counts: dict[str, int] = {}
    for word in _WORD.findall(text):
        counts[word] = counts.get(word, 0) + 1
    total = good = 0
    for word, count in counts.items():
        well_formed = is_vietnamese_syllable(word)
        if well_formed or not _may_be_abbreviation(word):
            total += count
            good += count * well_formed
    return good / total if total else 1.0


def vietnamese_score(text: str) -> float:
    """How much `text` looks like Vietnamese as printed, 0 to 1: well-formed syllables, and enough marked letters.

    Recognition made for another language loses the diacritics and still leaves syllables: of the letters of official
    texts 20 to 28 % carry a mark, of a form with nothing but figures 14 %, of such recognition at most 3 %.
    """
    letters = [letter for letter in unicodedata.normalize("NFC", text) if letter.isalpha()]
    marked = sum(letter > "\x7f" for letter in letters)
    return text_quality(text) * min(1.0, marked / (_LEAST_MARKED * len(letters))) if letters else 0.0


def word_count(text: str) -> int:
    """Number of words of two letters or more; page numbers, marks and single letters are none."""
    return sum(1 for word in _WORD.findall(text) if len(word) > 1)


def _may_be_abbreviation(word: str) -> bool:
    folded = _TONES.sub("", unicodedata.normalize("NFD", word.lower()))
    no_vowel = _VOWEL.search(unicodedata.normalize("NFC", folded)) is None
    return len(word) == 1 or no_vowel or (word.isupper() and len(word) <= _ABBREVIATION_LETTERS)
