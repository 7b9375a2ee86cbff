"""Vietnamese from before Unicode, TCVN3 (ABC) and VNI, told by its fonts or by its words, and made Unicode.

Text set in such a font is stored as the Latin-1 characters whose places the Vietnamese letters took.
"""

import re
import string
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from core.syllable import is_vietnamese_syllable
from ingest.readers.lines import Line, clean
from ingest.text_quality import text_quality


class LegacyEncoding(StrEnum):
    """How a font places its letters; the value is what people call it."""

    TCVN3 = "TCVN3 (ABC)"
    VNI = "VNI"


@dataclass(frozen=True, slots=True)
class LegacyFont:
    """What the name of a font tells.

    Attributes:
        capitals: It draws every letter as a capital (`.VnTimeH`): TCVN3 has no capitals with a tone.
    """

    encoding: LegacyEncoding
    capitals: bool


# TCVN 5712:1993, second column set (VN1), from 0xA1; what Windows has below that stays: quotation marks and dashes.
_TCVN3 = dict(
    zip(
        range(0xA1, 0xFF),
        "ĂÂÊÔƠƯĐăâêôơưđẰ\u0300\u0309\u0303\u0301\u0323àảãáạẲằẳẵắẴẮẦẨẪẤỀặầẩẫấậèỂẻẽéẹềểễếệìỉỄẾỒĩíịòỔỏõóọồổỗốộờởỡớợùỖủũúụừửữứựỳỷỹýỵ",
        strict=True,
    )
)
# The full width of the standard is in no font that was sold; these places are signs in text, not capitals with tones.
for _sign in "\u00b0\u00b1\u00b2\u00b3\u00b4":
    del _TCVN3[ord(_sign)]
# What PDF readers make of two TCVN3 letters that the font calls a soft hyphen and a middle dot.
_PDF_SIGNS = re.compile(r"(?<=[^\W\d_])[\u2212\u2219]|[\u2212\u2219](?=[^\W\d_])")
_PDF_LETTERS = {"\u2212": "ư", "\u2219": "ã"}

_GRAVE, _ACUTE, _HOOK, _TILDE, _DOT = "\u0300\u0301\u0309\u0303\u0323"
_BREVE, _CIRCUMFLEX = "\u0306\u0302"
_VNI_TONES = {"ø": _GRAVE, "ù": _ACUTE, "û": _HOOK, "õ": _TILDE, "ï": _DOT}
_VNI_MARKS = {
    "a": {
        "ê": _BREVE, "è": _BREVE + _GRAVE, "é": _BREVE + _ACUTE, "ú": _BREVE + _HOOK, "ü": _BREVE + _TILDE,
        "ë": _BREVE + _DOT,
    },
    "aeo": {
        "â": _CIRCUMFLEX, "à": _CIRCUMFLEX + _GRAVE, "á": _CIRCUMFLEX + _ACUTE, "å": _CIRCUMFLEX + _HOOK,
        "ã": _CIRCUMFLEX + _TILDE, "ä": _CIRCUMFLEX + _DOT,
    },
    "aeouyơư": _VNI_TONES,
}  # fmt: skip
_VNI_LETTERS = {"ñ": "đ", "ô": "ơ", "ö": "ư", "æ": "ỉ", "ó": "ĩ", "ò": "ị", "î": "ỵ"}


def _vni_table() -> dict[str, str]:
    table = dict(_VNI_LETTERS)
    written = {letter: code for code, letter in _VNI_LETTERS.items()}
    for bases, marks in _VNI_MARKS.items():
        for base in bases:
            for mark, combining in marks.items():
                table[written.get(base, base) + mark] = unicodedata.normalize("NFC", base + combining)
    # A capital takes the capital mark, in careless typing the small one.
    capitals = {code.upper(): letter.upper() for code, letter in table.items()}
    mixed = {code[0].upper() + code[1:]: letter.upper() for code, letter in table.items()}
    return {**table, **mixed, **capitals}


_VNI = _vni_table()
_VNI_CODE = re.compile("|".join(sorted(map(re.escape, _VNI), key=len, reverse=True)))

_TCVN3_FONT = re.compile(r"\.?Vn[A-Z]")
_VNI_FONT = re.compile(r"VNI[-\s]", re.IGNORECASE)

# Letters that neither encoding can be mistaken for: text with one of them is Unicode.
_UNICODE_LETTER = re.compile("[ĂăĐđĨĩŨũƠơƯư\u1ea0-\u1ef9]")
_LEGACY_LETTER = re.compile("[\u00a1-\u00ff\u2212\u2219]")
_EDGES = string.punctuation + string.digits + "“”‘’–—…"
_MIN_WORD = 3  # shorter ones are units and signs as well: µm, m², 5°C
_MIN_WORDS = 3
_MIN_SHARE = 0.1
_MIN_WORDS_OF_MIXED_LINE = 2

_ETH = re.compile("[ðñÐ]")
_SMALL_MARKED = "àáảãạăằắẳẵặâầấẩẫậèéẻẽẹêềếểễệìíỉĩịòóỏõọôồốổỗộơờớởỡợùúủũụưừứửữựỳýỷỹỵđ"
_BROKEN_CAPITALS = re.compile(
    rf"[A-Z][{_SMALL_MARKED}]{{1,3}}[A-Z](?![a-z])|(?<![^\W\d_])[A-Z]{{2,3}}[{_SMALL_MARKED}]{{1,2}}(?![^\W\d_])"
)
_WORD = re.compile(r"[^\W\d_]+")
_MIN_CAPITALS = 4


def font_encoding(name: str) -> LegacyFont | None:
    """What the font called `name` encodes; `None` for a Unicode font."""
    if _TCVN3_FONT.match(name):
        return LegacyFont(LegacyEncoding.TCVN3, capitals=name.endswith("H"))
    return LegacyFont(LegacyEncoding.VNI, capitals=False) if _VNI_FONT.match(name) else None


def decode_legacy(text: str, encoding: LegacyEncoding) -> str:
    """`text`, known to be written in `encoding`, in Unicode; characters that it does not place stay."""
    if encoding is LegacyEncoding.TCVN3:
        return _PDF_SIGNS.sub(lambda match: _PDF_LETTERS[match[0]], text.translate(_TCVN3))
    return _VNI_CODE.sub(lambda match: _VNI[match[0]], text)


def decode_by_font(text: str, font: LegacyFont) -> str:
    """`text` of a run set in `font`, as it is printed; text that is Unicode already is left as it is."""
    if _UNICODE_LETTER.search(text):
        return text
    decoded = decode_legacy(text, font.encoding)
    return decoded.upper() if font.capitals else decoded


def is_written_for(text: str, encoding: LegacyEncoding) -> bool:
    """Whether `text`, whose font promises `encoding`, holds it: some programs convert the text and keep the font."""
    return text_quality(decode_legacy(text, encoding)) >= text_quality(text)


def convert_legacy(text: str) -> tuple[str, str | None]:
    """`text` in Unicode and the name of the encoding found in it, `None` when it was Unicode throughout.

    Told by its words, line by line, so that a document may mix both. Soft hyphens, a letter in TCVN3, must still be in
    `text`; lines that are not converted keep them.
    """
    lines, encoding = _convert_lines(text.split("\n"))
    return "\n".join(lines), encoding


def convert_pages(pages: Sequence[Sequence[Line]]) -> tuple[list[list[Line]], str | None]:
    """`pages` converted as by `convert_legacy`, soft hyphens gone, and the broken letters of bad conversions mended."""
    texts = [line.text for page in pages for line in page]
    converted, encoding = _convert_lines(texts)
    for mend in (_without_soft_hyphens, _with_d_stroke, _with_whole_capitals):
        converted = mend(converted)
    rewritten = iter(converted)
    return [_with_texts(page, rewritten) for page in pages], encoding


def conversion_warning(encoding: str) -> str:
    """What the administrator is told about a document that was written in `encoding`."""
    return (
        f"Văn bản dùng bảng mã cũ {encoding}; chữ đã được chuyển sang Unicode. Hãy xem lại vài đoạn, nhất là số hiệu "
        "và tên riêng."
    )


def _with_texts(lines: Sequence[Line], texts: Iterator[str]) -> list[Line]:
    rewritten = [
        line if line.text == text else replace(line, text=clean(text)) for line, text in zip(lines, texts, strict=False)
    ]
    return [line for line in rewritten if line.text]


def _convert_lines(lines: Sequence[str]) -> tuple[list[str], str | None]:
    legacy = [bool(_LEGACY_LETTER.search(line)) and not _UNICODE_LETTER.search(line) for line in lines]
    suspects = [line for line, may_be in zip(lines, legacy, strict=True) if may_be]
    encoding = _detect(suspects)
    if encoding is None:
        return list(lines), None
    mostly_legacy = sum(map(len, suspects)) > sum(len(line) for line in lines if _UNICODE_LETTER.search(line))
    converted = []
    for line, may_be in zip(lines, legacy, strict=True):
        gain = _gain(line, encoding) if may_be else 0
        wanted = may_be and (gain >= 0 if mostly_legacy else gain >= _MIN_WORDS_OF_MIXED_LINE)
        converted.append(_decoded_line(line, encoding) if wanted else line)
    return converted, encoding.value


def _detect(lines: Iterable[str]) -> LegacyEncoding | None:
    """The encoding that makes words of most of what is none; `None` when neither does."""
    text = "\n".join(lines)
    if not text:
        return None
    marked = sum(1 for word in text.split() if _LEGACY_LETTER.search(word))
    gains = {encoding: _gain(text, encoding) for encoding in LegacyEncoding}
    best = max(gains, key=lambda encoding: gains[encoding])
    return best if gains[best] >= max(_MIN_WORDS, _MIN_SHARE * marked) else None


def _gain(text: str, encoding: LegacyEncoding) -> int:
    """Words that `encoding` makes Vietnamese less those that it spoils."""
    gain = 0
    for word in text.split():
        core = word.strip(_EDGES)
        if len(core) < _MIN_WORD or not _LEGACY_LETTER.search(core):
            continue
        decoded = decode_legacy(core, encoding).strip(_EDGES)
        gain += is_vietnamese_syllable(decoded) - is_vietnamese_syllable(core)
    return gain


def _decoded_line(line: str, encoding: LegacyEncoding) -> str:
    return unicodedata.normalize("NFC", decode_legacy(line, encoding))


def _without_soft_hyphens(lines: Sequence[str]) -> list[str]:
    return [line.replace("\u00ad", "") for line in lines]


def _with_d_stroke(lines: Sequence[str]) -> list[str]:
    """`lines` with đ where the font prints it as ð or ñ: letters that Vietnamese does not have."""
    if not any(_ETH.search(line) for line in lines):
        return list(lines)
    # Some fonts print ñ for the small letter and ð for the capital, others ð and Ð.
    n_for_d = sum(line.count("ñ") for line in lines) > sum(line.count("đ") for line in lines)
    table = str.maketrans("ñðÐ", "đĐĐ") if n_for_d else str.maketrans("ðÐ", "đĐ")
    return [line.translate(table) for line in lines]


def _with_whole_capitals(lines: Sequence[str]) -> list[str]:
    """`lines` with `SắC LệNH` as `SẮC LỆNH`: what a conversion leaves of a font that draws capitals only."""
    return [_capitals_line(line) if _BROKEN_CAPITALS.search(line) else line for line in lines]


def _capitals_line(line: str) -> str:
    plain = [character for character in line if character in string.ascii_letters]
    if len(plain) >= _MIN_CAPITALS and all(character in string.ascii_uppercase for character in plain):
        return line.upper()
    return _WORD.sub(lambda match: match[0].upper() if _BROKEN_CAPITALS.search(match[0]) else match[0], line)
