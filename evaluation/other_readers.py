"""Texts of files as programs other than ours read them; nothing of `ingest` is used here."""

import re
import shutil
import subprocess
import zipfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import NamedTuple

from lxml import etree, html

from core.text import has_vietnamese_marks

_TIMEOUT_S = 120
_REPEATED_SHARE = 0.4
_DIGITS = re.compile(r"\d+")
_SIGNATURE_BOX = re.compile(r"(?:Người ký|Ký bởi|Email|Cơ quan|Thời gian ký)\s?:|Cổng Thông tin điện tử Chính phủ")
_TCVN3 = re.compile("[§®¬¸µ¶·¹¨¾»¼½Æ©]")
_SMALL_PRINT = 0.93  # of the page's usual size: footnotes
_W = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
_NUMBER = re.compile(r"\W*Điều\s+(\d+[a-zđ]?)")


@dataclass(frozen=True, slots=True)
class OtherReading:
    """What another program makes of a file.

    Attributes:
        lines: Its text without footnotes, line by line.
        articles: Articles that the file itself marks, perhaps not all; `None` where the lines must tell.
        words: All its text, when that is all of the document and nothing else, so that words can be counted.
    """

    method: str
    lines: Sequence[str]
    articles: Sequence[str] | None = None
    words: str | None = None


def read_otherwise(path: Path, file_format: str) -> OtherReading | None:
    """The file by a program of its format; `None` where there is none or it is not installed."""
    match file_format:
        case "pdf":
            return _poppler(path)
        case "docx":
            lines = _word_lines(path)
            return OtherReading("word-xml", lines, words="\n".join(lines))
        case "doc":
            return _antiword(path)
        case "html":
            return _marked_page(path)
        case "txt" | "md":
            return OtherReading("raw", _plain_lines(path, is_markdown=file_format == "md"))
    return None


def _output(*command: str) -> bytes:
    finished = subprocess.run(command, capture_output=True, timeout=_TIMEOUT_S, check=False)
    return finished.stdout if finished.returncode == 0 else b""


def _poppler(path: Path) -> OtherReading | None:
    if not (shutil.which("pdftohtml") and shutil.which("pdftotext")):
        return None
    output = _output("pdftohtml", "-xml", "-i", "-q", "-hidden", "-stdout", str(path))
    if not output:
        return None
    root = etree.fromstring(output, etree.XMLParser(recover=True, resolve_entities=False, huge_tree=True))
    sizes = {font.get("id"): float(font.get("size", "0")) for font in root.iter("fontspec")}
    lines = [line for page in root.iter("page") for line in _page_lines(page, sizes)]
    # Pieces of a word lie apart in the XML; the plain text has them joined.
    text = _output("pdftotext", "-q", str(path), "-").decode("utf-8", errors="replace")
    return OtherReading("poppler", _with_d_stroke(lines), words=_without_margins(text))


def _with_d_stroke(lines: Sequence[str]) -> list[str]:
    """`lines` with đ for the letters that Vietnamese does not have and some fonts print for it."""
    has_n = any("ñ" in line for line in lines)
    return [line.translate(str.maketrans("ñðÐ", "đĐĐ" if has_n else "đđĐ")) for line in lines]


def _without_margins(text: str) -> str:
    """The text of all pages without signature boxes and lines that stand, but for their numbers, on many of them."""
    pages = [_with_d_stroke(page.splitlines()) for page in text.split("\f")]
    common = Counter(key for page in pages for key in {_DIGITS.sub("#", line) for line in page})
    often = max(2.0, _REPEATED_SHARE * len(pages))
    lines = (line for page in pages for line in page if common[_DIGITS.sub("#", line)] < often)
    return "\n".join(line for line in lines if not _SIGNATURE_BOX.search(line))


def _page_lines(page: "etree._Element", sizes: dict[str | None, float]) -> Iterator[str]:
    """Lines of a page top to bottom, without its small print and raised numbers."""
    pieces = [_Piece.read(node, sizes) for node in page.iter("text")]
    usual = median([piece.size for piece in pieces if piece.text.strip()] or [0.0])
    row: list[_Piece] = []
    for piece in sorted(pieces, key=lambda piece: piece.middle):
        if piece.text.strip() and piece.size < _SMALL_PRINT * usual:
            continue
        if row and piece.middle - row[-1].middle > usual / 3:
            yield _row_text(row)
            row = []
        row.append(piece)
    yield _row_text(row)


class _Piece(NamedTuple):
    text: str
    left: int
    right: int
    middle: float
    size: float

    @classmethod
    def read(cls, node: "etree._Element", sizes: dict[str | None, float]) -> "_Piece":
        left, top, width, height = (int(node.get(name, "0")) for name in ("left", "top", "width", "height"))
        return cls("".join(node.itertext()), left, left + width, top + height / 2, sizes.get(node.get("font"), 0.0))


def _row_text(row: Sequence[_Piece]) -> str:
    text, right = "", 0
    for piece in sorted(row, key=lambda piece: piece.left):
        text += (" " if piece.left > right + piece.size / 4 else "") + piece.text
        right = piece.right
    return text.strip()


def _word_lines(path: Path) -> list[str]:
    """Paragraphs of a .docx in the order of its XML; those that Word numbers `Điều %1` get their number."""
    with zipfile.ZipFile(path) as archive:
        body = etree.fromstring(archive.read("word/document.xml"))
        numbered = _article_lists(archive)
    lines, counts = [], dict.fromkeys(numbered, 0)
    for paragraph in body.iter(f"{_W}p"):
        text = "".join(_run_text(paragraph))
        number = paragraph.find(f"{_W}pPr/{_W}numPr/{_W}numId")
        key = number.get(f"{_W}val") if number is not None else None
        if key in counts and text.strip():
            counts[key] += 1
            text = f"Điều {counts[key]}. {text}"
        # A row of three cells and more is data: an "article" in it is an example.
        row = next(paragraph.iterancestors(f"{_W}tr"), None)
        if row is not None and len(row.findall(f"{_W}tc")) > 2:
            text = f"| {text}"
        lines += text.split("\n")
    return lines


def _run_text(paragraph: "etree._Element") -> Iterator[str]:
    for node in paragraph.iter(f"{_W}t", f"{_W}tab", f"{_W}br", f"{_W}noBreakHyphen"):
        # A text box holds paragraphs of its own, which come by themselves.
        if next(node.iterancestors(f"{_W}p")) is paragraph:
            marks = {f"{_W}t": node.text or "", f"{_W}br": "\n", f"{_W}noBreakHyphen": "-"}
            yield marks.get(str(node.tag), " ")


def _article_lists(archive: zipfile.ZipFile) -> list[str]:
    """Ids of the lists whose first level prints `Điều 1.`, `Điều 2.` and so on."""
    if "word/numbering.xml" not in archive.namelist():
        return []
    root = etree.fromstring(archive.read("word/numbering.xml"))
    kinds = {
        kind.get(f"{_W}abstractNumId"): level.get(f"{_W}val", "")
        for kind in root.iter(f"{_W}abstractNum")
        for level in kind.findall(f"{_W}lvl[@{_W}ilvl='0']/{_W}lvlText")
    }
    return [
        str(number.get(f"{_W}numId"))
        for number in root.iter(f"{_W}num")
        for kind in number.findall(f"{_W}abstractNumId")
        if kinds.get(kind.get(f"{_W}val"), "").startswith("Điều %1")
    ]


def _antiword(path: Path) -> OtherReading | None:
    if not shutil.which("antiword"):
        return None
    text = _output("antiword", "-m", "UTF-8.txt", "-w", "0", str(path)).decode("utf-8", errors="replace")
    if not has_vietnamese_marks(text) or _TCVN3.search(text):
        return None  # nothing for Word 6 files, code points of another alphabet for TCVN3 ones
    # Letterheads are tables of two columns; rows of more cells are data.
    lines = (line if line.count("|") > 3 else line.replace("|", "\n") for line in text.splitlines())
    return OtherReading("antiword", "\n".join(lines).splitlines(), words=text)


def _plain_lines(path: Path, *, is_markdown: bool) -> list[str]:
    text = path.read_text(encoding="utf-8", errors="replace")
    if not is_markdown:
        return text.splitlines()
    # A paragraph ends at a blank line; \\1. is 1., **bold** is bold.
    plain = re.sub(r"(?<!\n)\n(?!\n|\d|[-*|#>])", " ", re.sub(r"\r", "", text))
    return re.sub(r"\\(?=\W)|[*#_`]", "", plain).splitlines()


def _marked_page(path: Path) -> OtherReading | None:
    marked = html.fromstring(path.read_bytes()).xpath("//*[contains(@class, 'prov-article')]")
    texts = [" ".join(element.text_content().split()) for element in marked]
    numbers = [match[1].lower() for text in texts if (match := _NUMBER.match(text))]
    return OtherReading("prov-article", texts, numbers) if numbers else None
