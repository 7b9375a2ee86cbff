"""Whether two files hold the same document: number, issuer and date first, then how much of their texts is alike.

Texts are compared by their pairs of adjacent syllables without diacritics, so that a copy read by character
recognition meets the typed one. On 65 real texts the 7 pairs of copies share 0.89 to 1.00 of their pairs of syllables,
any two other documents at most 0.33, a compilation and its parts 0.48.
"""

import re
import zlib
from collections.abc import Iterator
from difflib import SequenceMatcher
from enum import StrEnum
from itertools import pairwise
from typing import NamedTuple

import numpy as np

from core.references import number_key
from core.text import fold_diacritics, nfc, syllables
from core.types import Metadata

_PERMUTATIONS = 128
# 32 bands of 4 rows: two texts alike to 0.6 meet with probability 0.99, alike to 0.2 with 0.05.
_ROWS_PER_BAND = 4
_HASHED_AT_ONCE = 10_000
# Fixed for ever, signatures stand in the catalogue: numpy keeps the raw stream of a bit generator (NEP 19).
_FACTORS, _SUMMANDS = np.random.PCG64(1).random_raw((2, _PERMUTATIONS, 1))
_FACTORS |= np.uint64(1)
# Under one number a poor scan is still the same document; texts alone have to agree more.
_ALIKE_UNDER_ONE_NUMBER = 0.7
_ALIKE_BY_THEMSELVES = 0.9
_WORTH_ASKING = 0.8
# A filled-in form differs from the next one by its figures alone.
_SHARED_FIGURES = 0.8
# "Ủy ban nhân dân" misread here and there is still the same issuer.
_ISSUER_LIKENESS = 0.85
_SHORT_FORMS = {"ubnd": "uy ban nhan dan", "hdnd": "hoi dong nhan dan"}
# The title of a consolidated text stands at its head, its number and date in the block at its end.
_CONSOLIDATED = re.compile(r"xac thuc van ban hop nhat|van ban hop nhat\b.{0,40}/vbhn", re.DOTALL)
_HEAD_CHARS, _END_CHARS = 1500, 2500


class Verdict(StrEnum):
    """What two files are to each other."""

    SAME = "same"
    ASK = "ask"
    DIFFERENT = "different"


class Text(NamedTuple):
    """What is compared of one document's text.

    Attributes:
        pairs: Hashes of its pairs of adjacent syllables.
        figures: Its syllables with digits in them.
        is_consolidated: It is a văn bản hợp nhất, which is another document than the one it consolidates.
    """

    pairs: frozenset[int]
    figures: frozenset[str]
    is_consolidated: bool


def read_text(text: str) -> Text:
    """What `judge` needs of a document's text."""
    words = [fold_diacritics(syllable) for syllable in syllables(text)]
    pairs = frozenset(zlib.crc32(f"{first} {second}".encode()) for first, second in pairwise(words))
    ends = fold_diacritics(nfc(text[:_HEAD_CHARS] + text[-_END_CHARS:])).lower()
    figures = frozenset(word for word in words if any(character.isdigit() for character in word))
    return Text(pairs, figures, _CONSOLIDATED.search(ends) is not None)


def similarity(one: Text, other: Text) -> float:
    """Share of their pairs of syllables that both texts have, 0 to 1 (Jaccard); 0 for an empty one."""
    return len(one.pairs & other.pairs) / max(1, len(one.pairs | other.pairs))


def signature(text: Text) -> bytes:
    """MinHash of the text's pairs of syllables: equal places of two signatures estimate `similarity`.

    Hash functions by multiply-shift (Dietzfelbinger et al., 1997); datasketch does the same after importing scipy,
    which takes 1.5 s.
    """
    least = np.full(_PERMUTATIONS, np.iinfo(np.uint32).max, np.uint64)
    hashed = np.fromiter(text.pairs, np.uint64, len(text.pairs))
    for part in np.array_split(hashed, len(hashed) // _HASHED_AT_ONCE + 1):
        if len(part):
            least = np.minimum(least, ((_FACTORS * part + _SUMMANDS) >> np.uint64(32)).min(axis=1))
    return least.astype("<u4").tobytes()


def bands(signed: bytes) -> Iterator[tuple[int, bytes]]:
    """Number and key of each band; texts that are alike share at least one (locality-sensitive hashing)."""
    width = 4 * _ROWS_PER_BAND
    for start in range(0, len(signed), width):
        yield start // width, signed[start : start + width]


def estimated_similarity(one: bytes, other: bytes) -> float:
    """`similarity` guessed from two signatures, give or take 0.04."""
    return float(np.mean(np.frombuffer(one, "<u4") == np.frombuffer(other, "<u4")))


def judge(one: Metadata, other: Metadata, texts: tuple[Text, Text], alike: float) -> Verdict:
    """What two files are to each other, one of which was not searched for under the other's number only.

    Args:
        one: What the one says of itself.
        other: What the other says of itself.
        texts: What is compared of their texts.
        alike: The `similarity` of these.
    """
    if texts[0].is_consolidated != texts[1].is_consolidated:
        return Verdict.DIFFERENT
    numbers = {number_key(one.number), number_key(other.number)}
    contradict = _contradict(one, other)
    if "" not in numbers and len(numbers) == 2:
        return Verdict.DIFFERENT
    if "" not in numbers:
        if contradict:
            return Verdict.ASK if alike >= _WORTH_ASKING or contradict == {"kind"} else Verdict.DIFFERENT
        return Verdict.SAME if alike >= _ALIKE_UNDER_ONE_NUMBER else Verdict.ASK
    if contradict or alike < _WORTH_ASKING:
        return Verdict.DIFFERENT
    figures = texts[0].figures & texts[1].figures
    most = max(len(texts[0].figures), len(texts[1].figures), 1)
    agree = len(figures) / most >= _SHARED_FIGURES or not (texts[0].figures or texts[1].figures)
    return Verdict.SAME if agree and alike >= _ALIKE_BY_THEMSELVES else Verdict.ASK


def _contradict(one: Metadata, other: Metadata) -> set[str]:
    """What both say and say differently, of kind, date and issuer."""
    found = set()
    if one.issued_on and other.issued_on and one.issued_on != other.issued_on:
        found.add("date")
    if one.kind and other.kind and _plain(one.kind) != _plain(other.kind):
        found.add("kind")
    if one.issuer and other.issuer and not _same_issuer(_plain(one.issuer), _plain(other.issuer)):
        found.add("issuer")
    return found


def _same_issuer(one: str, other: str) -> bool:
    """Whether two spellings name one body; "Ủy ban nhân dân tỉnh" may stand for that of any province."""
    if one.startswith(other) or other.startswith(one):
        return True
    return SequenceMatcher(None, one, other).ratio() >= _ISSUER_LIKENESS


def _plain(text: str) -> str:
    words = fold_diacritics(nfc(text)).lower().split()
    return " ".join(_SHORT_FORMS.get(word, word) for word in words)
