"""What every reader hands over: pages of lines, and the cleaning that makes a line's text final."""

import re
import time
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from core.errors import UnreadableFileError
from core.text import nfc

# What the place a file came from says of it (a vbpl.vn page's own fields); keys are those of `Metadata`.
SourceHints = Mapping[str, str]

# Word and PDFium print list marks in the private use area (Symbol, Wingdings).
_BULLETS = re.compile("[\uf0b7\uf0a7\uf0d8\uf076\uf02d\uf0fc\u2022\u25cf\u25aa\u25cb]")
_LINE_SEPARATORS = str.maketrans(dict.fromkeys("\t\n\v\f\r\x1c\x1d\x1e\x85\u2028\u2029", " "))
# Words typed with an Icelandic eth look the same and are never found.
_D_STROKE = str.maketrans("\u00d0", "Đ")
_SPACES = re.compile(r"\s+")
# Each run of signs is tried once, from its start: a hostile file has a million of them.
_DRAWN_RULE = re.compile(r" ?(?<![_\-–—=*])[_\-–—=*]{5,} ?$|^ ?[_\-–—=*]{5,} ?")
_NEVER_IN_TEXT = {"Cc", "Cf", "Cs", "Co", "Cn"}


@dataclass(frozen=True, slots=True)
class ReadLimits:
    """Bounds on one file.

    Attributes:
        timeout_s: Time after which reading one file is given up, character recognition not counted.
        ocr_page_timeout_s: Time after which recognising one page is given up.
        ocr_workers: Pages recognised side by side; 0 for one on each core.
    """

    max_file_mb: int = 200
    max_pages: int = 3000
    timeout_s: float = 300
    ocr_page_timeout_s: float = 180
    ocr_workers: int = 0


@dataclass(frozen=True, slots=True)
class Line:
    """One line as printed, or a whole paragraph or table row.

    Positions share one unit within a page (points, or characters for plain text), the vertical axis pointing down.

    Attributes:
        whole: A complete paragraph or row, never joined to its neighbours.
        opens: Starts a paragraph, whatever its words are.
        soft: Goes on with the paragraph before, wherever that line ended, unless its words open a provision.
        first_word: Width of its first word, to tell whether it would have fitted on the line before.
        size: Height of its letters' boxes; 0 when unknown.
        note: Belongs to a footnote.
    """

    text: str
    whole: bool = True
    opens: bool = False
    soft: bool = False
    left: float = 0
    right: float = 0
    top: float = 0
    bottom: float = 0
    first_word: float = 0
    size: float = 0
    note: bool = False


@dataclass(frozen=True, slots=True)
class RawDocument:
    """A file as its reader understood it: the lines of each page, top to bottom.

    Attributes:
        warnings: Vietnamese sentences for the administrator.
    """

    format: str
    pages: Sequence[Sequence[Line]]
    warnings: tuple[str, ...] = ()
    hints: SourceHints = field(default_factory=dict)


class Deadline:
    """A time limit that a reader asks about between two steps."""

    def __init__(self, timeout_s: float) -> None:
        self._timeout_s = timeout_s
        self._end = time.monotonic() + timeout_s

    def check(self) -> None:
        """Do nothing while time is left.

        Raises:
            UnreadableFileError: the time is over.
        """
        if time.monotonic() > self._end:
            raise UnreadableFileError(
                f"Đọc tệp quá {self._timeout_s:g} giây nên đã dừng. Hãy tách tệp thành các phần nhỏ hơn, "
                "hoặc tăng PARSE_TIMEOUT_S."
            )


def clean(text: str) -> str:
    """`text` as it will stand in the document: one line, NFC, single spaces, nothing invisible, no drawn rules.

    Empty when it holds no letter or digit. Idempotent. Soft hyphens stay: in TCVN3 they are the letter ư, and only the
    whole document tells.
    """
    text = _BULLETS.sub("-", text).translate(_LINE_SEPARATORS).translate(_D_STROKE)
    text = unicodedata.normalize("NFC", nfc(text))
    if not text.isprintable():
        text = unicodedata.normalize("NFC", "".join(c for c in text if _is_printed(c)))
    text = _DRAWN_RULE.sub("", _SPACES.sub(" ", text)).strip()
    return text if any(c.isalnum() for c in text) else ""


def _is_printed(character: str) -> bool:
    if character < "\u0300":
        return character.isprintable() or character == "\u00ad"
    return unicodedata.category(character) not in _NEVER_IN_TEXT


def whole_lines(texts: Iterable[str]) -> list[Line]:
    """A line for each text that is not blank, none of them to be joined."""
    return [Line(cleaned) for text in texts if (cleaned := clean(text))]
