"""Vietnamese text: normal forms, syllables, diacritics and sentences, always with offsets kept where they matter."""

import re
import unicodedata
from collections.abc import Iterator

from core.types import Span

# Footnote marks; they belong to no word.
SUPERSCRIPT_DIGITS = "⁰¹²³⁴⁵⁶⁷⁸⁹"
_SYLLABLE = re.compile(rf"[^\W_{SUPERSCRIPT_DIGITS}]+", re.UNICODE)
_D_STROKE = str.maketrans("đĐ", "dD")
_VIETNAMESE_MARKED = re.compile(r"[àáảãạăằắẳẵặâầấẩẫậèéẻẽẹêềếểễệìíỉĩịòóỏõọôồốổỗộơờớởỡợùúủũụưừứửữựỳýỷỹỵđ]", re.IGNORECASE)
_INVISIBLE = re.compile("[\u200b-\u200f\u2060\ufeff]")

# Old ("hoà", "thuý") to new ("hòa", "thúy") placement of the tone in open syllables ending in oa, oe, uy.
# Decision 240/QĐ (Ministry of Education, 1984) sets the one, most ministries print the other: the same words.
_TONE_PAIRS = {
    old: new
    for group_old, group_new in (
        ("oà oá oả oã oạ", "òa óa ỏa õa ọa"),
        ("oè oé oẻ oẽ oẹ", "òe óe ỏe õe ọe"),
        ("uỳ uý uỷ uỹ uỵ", "ùy úy ủy ũy ụy"),
    )
    for old, new in zip(group_old.split(), group_new.split(), strict=True)
}
_OLD_TONE = re.compile(r"(?<!q)(" + "|".join(_TONE_PAIRS) + r")(?![^\W\d_])")

_CELL_BAR = re.compile(r"(?:^| )\|(?= |$)")

# Words after which a full stop does not end a sentence.
_ABBREVIATIONS = frozenset(
    {"tp", "ts", "ths", "pgs", "gs", "tt", "v.v", "st", "th", "đ/c", "điều", "khoản", "mục", "số", "nxb"}
)
_SENTENCE_END = re.compile(r"(?<![.!?…])[.!?…]+[\"”’)\]]*(?=\s)|[;:](?=\s*\n)|\n+")


def nfc(text: str) -> str:
    """`text` in Unicode NFC without zero-width characters and with no-break spaces made plain."""
    # Removal first: a zero-width character between a letter and its mark would keep the two from composing.
    return unicodedata.normalize("NFC", _INVISIBLE.sub("", text)).replace("\u00a0", " ")


def fold_diacritics(text: str) -> str:
    """`text` without any diacritic, đ as d; case kept, same length as NFC `text` when it is Vietnamese."""
    decomposed = unicodedata.normalize("NFD", text)
    return "".join(c for c in decomposed if not unicodedata.combining(c)).translate(_D_STROKE)


def normalise_tone_placement(text: str) -> str:
    """Lower-cased NFC `text` with one spelling for `hoà/hòa`, `uỷ/ủy`, `thuý/thúy`; idempotent."""
    return _OLD_TONE.sub(lambda match: _TONE_PAIRS[match.group(1)], nfc(text).lower())


def syllables(text: str) -> list[str]:
    """Lower-case syllables and numbers in order, tone placement normalised: the unit of matching in Vietnamese."""
    return _SYLLABLE.findall(normalise_tone_placement(text))


def has_vietnamese_marks(text: str) -> bool:
    """Whether any letter carries a Vietnamese diacritic (đ included)."""
    return _VIETNAMESE_MARKED.search(unicodedata.normalize("NFC", text)) is not None


def lacks_diacritics(question: str) -> bool:
    """Whether `question` was typed without diacritics: several words and not one mark.

    Two unmarked words do occur in correct Vietnamese ("theo quy"), five in a row hardly ever; three is the measured
    middle: titles and codes of one or two words stay as they are.
    """
    words = [word for word in syllables(question) if not word.isdigit()]
    return len(words) >= 3 and not has_vietnamese_marks(question)


def sentences(text: str) -> Iterator[Span]:
    """Spans of the sentences of `text`, in order, trimmed of white space, none empty.

    Line ends break, so do `.`, `!`, `?` before white space; numbering (`Điều 5.`, `2.`), initials and common
    abbreviations do not. A semicolon or colon breaks at a line's end only.
    """
    start = 0
    for match in _SENTENCE_END.finditer(text):
        if match.group().startswith(".") and _is_numbering(text[start : match.start()]):
            continue
        yield from _trimmed(text, start, match.end())
        start = match.end()
    yield from _trimmed(text, start, len(text))


def table_cells(line: str) -> list[str]:
    """Cells of a table row as the readers write it, `TT | Nội dung | Số lượng`; empty for a line that is no row."""
    return [cell.strip() for cell in _CELL_BAR.split(line)] if "|" in line and _CELL_BAR.search(line) else []


def _is_numbering(before: str) -> bool:
    words = before.split()
    if not words:
        return True
    last = words[-1].lower().lstrip("(“\"'")
    if last in _ABBREVIATIONS or (len(last) == 1 and last.isalpha() and words[-1].isupper()):
        return True
    is_label = len(words) == 1 and (
        last.replace(".", "").isdigit() or len(last) == 1 or re.fullmatch(r"[ivxlc]+", last)
    )
    return bool(is_label) or (len(words) == 2 and words[0].lower() in {"điều", "chương", "mục", "phần", "khoản"})


def _trimmed(text: str, start: int, end: int) -> Iterator[Span]:
    while start < end and text[start].isspace():
        start += 1
    while end > start and text[end - 1].isspace():
        end -= 1
    if start < end:
        yield Span(start, end)
