"""The words of a Word paragraph as they are printed: fields, tracked changes, symbols, old fonts run by run."""

from collections.abc import Iterator
from dataclasses import dataclass, field

from docx.oxml.ns import qn
from docx.oxml.xmlchemy import BaseOxmlElement

from ingest.readers.docx_styles import Styles
from ingest.readers.legacy_encodings import LegacyEncoding, LegacyFont, decode_by_font, font_encoding, is_written_for

_MATH_TEXT = "{http://schemas.openxmlformats.org/officeDocument/2006/math}t"
# Deletions and properties are no text; a drawing is stored twice, the second time for Word 2007.
_SKIPPED = {
    qn("w:del"), qn("w:delText"), qn("w:moveFrom"), qn("w:pPr"), qn("w:rPr"), qn("w:instrText"), qn("w:sdtPr"),
    "{http://schemas.openxmlformats.org/markup-compatibility/2006}Fallback",
}  # fmt: skip
_SIGNS = {
    qn("w:tab"): " ", qn("w:br"): "\n", qn("w:cr"): "\n", qn("w:noBreakHyphen"): "-", qn("w:softHyphen"): "\u00ad",
}  # fmt: skip
_NOTES = {qn("w:footnoteReference"): "footnote", qn("w:endnoteReference"): "endnote"}
# Signs that official documents set in symbol fonts (https://www.unicode.org/Public/MAPPINGS/VENDORS/ADOBE/symbol.txt);
# Wingdings has the boxes of forms. List marks are left to the cleaning of lines.
_SYMBOLS = {
    "symbol": {
        0xA3: "≤", 0xB0: "°", 0xB1: "±", 0xB3: "≥", 0xB4: "×", 0xB8: "÷", 0xB9: "≠", 0xBB: "≈", 0xAE: "→", 0xDE: "⇒",
        0x61: "α", 0x62: "β", 0x64: "δ", 0x6C: "λ", 0x6D: "μ", 0x70: "π", 0x73: "σ", 0x44: "Δ", 0x53: "Σ", 0x57: "Ω",
    },
    "wingdings": {0x6F: "☐", 0x71: "☐", 0xA8: "☐", 0xFD: "☒", 0xFE: "☑", 0xFC: "✓", 0xFB: "✗"},
}  # fmt: skip
_PRIVATE_USE = 0xF000


@dataclass(slots=True)
class Words:
    """What a paragraph holds.

    Attributes:
        text: Its words, `\\n` where Word breaks the line.
        boxes: Text boxes anchored in it.
        notes: Kind (`footnote` or `endnote`) and id of the notes it refers to.
    """

    text: str = ""
    boxes: list[BaseOxmlElement] = field(default_factory=list)
    notes: list[tuple[str, str]] = field(default_factory=list)


class RunReader:
    """Reads paragraphs of one document, whose fonts were looked at beforehand.

    Attributes:
        encodings: The old encodings that its fonts promise and its text bears out.
    """

    def __init__(self, body: BaseOxmlElement, styles: Styles) -> None:
        self._styles = styles
        self.encodings: tuple[LegacyEncoding, ...] = ()
        names = {name for root in (body, styles.element) for name in _font_names(root)}
        self._has_legacy_fonts = any(font_encoding(name) for name in names)
        if self._has_legacy_fonts:
            texts = {encoding: "".join(self._texts_of(body, encoding)) for encoding in LegacyEncoding}
            self.encodings = tuple(
                encoding for encoding, text in texts.items() if text.strip() and is_written_for(text, encoding)
            )

    def words(self, paragraph: BaseOxmlElement) -> Words:
        """The words of `paragraph`; deleted and hidden ones left out."""
        words = Words()
        words.text = "".join(self._pieces(paragraph, words, []))
        return words

    def legacy_font(self, run_properties: BaseOxmlElement | None, paragraph_style: str) -> LegacyFont | None:
        """The old font that a run with these properties is set in, when the document's text bears it out."""
        if not self._has_legacy_fonts:
            return None
        font = font_encoding(_own_font(run_properties) or self._styles.font(run_properties, paragraph_style))
        return font if font is not None and font.encoding in self.encodings else None

    def _pieces(self, element: BaseOxmlElement, words: Words, fields: list[bool]) -> Iterator[str]:
        for child in element:
            if child.tag == qn("w:r"):
                yield from self._run(child, words, fields)
            elif child.tag == qn("w:txbxContent"):
                words.boxes.append(child)
            elif child.tag == _MATH_TEXT:
                yield child.text or ""
            elif child.tag not in _SKIPPED and not is_placeholder(child):
                yield from self._pieces(child, words, fields)

    def _run(self, run: BaseOxmlElement, words: Words, fields: list[bool]) -> Iterator[str]:
        properties = run.find(qn("w:rPr"))
        if properties is not None and is_on(properties.find(qn("w:vanish"))):
            return
        text = "".join(piece for child in run for piece in self._run_pieces(child, words, fields))
        if not text or text.isspace():
            yield text
            return
        symbols = _SYMBOLS.get(_own_font(properties).lower())
        if symbols is not None:
            text = "".join(symbols.get(ord(c) - _PRIVATE_USE, c) for c in text)
        font = self.legacy_font(properties, paragraph_style_of(run)) if self.encodings else None
        yield decode_by_font(text, font) if font is not None else text

    def _run_pieces(self, piece: BaseOxmlElement, words: Words, fields: list[bool]) -> Iterator[str]:
        if piece.tag == qn("w:fldChar"):
            _step(fields, piece.get(qn("w:fldCharType"), ""))
        elif any(fields):
            return  # the field's instruction, not its result
        elif piece.tag in _NOTES:
            words.notes.append((_NOTES[piece.tag], piece.get(qn("w:id"), "")))
        elif piece.tag == qn("w:sym"):
            yield _symbol(piece.get(qn("w:font"), ""), piece.get(qn("w:char"), ""))
        elif (printed := _printed(piece)) is not None:
            yield printed
        elif piece.tag not in _SKIPPED:
            yield from self._pieces(piece, words, fields)

    def _texts_of(self, body: BaseOxmlElement, encoding: LegacyEncoding) -> Iterator[str]:
        for run in body.iter(qn("w:r")):
            properties = run.find(qn("w:rPr"))
            font = font_encoding(_own_font(properties) or self._styles.font(properties, paragraph_style_of(run)))
            if font is not None and font.encoding is encoding:
                yield from (_printed(piece) or "" for piece in run)


def _printed(piece: BaseOxmlElement) -> str | None:
    """The words of a piece of a run that holds words or a sign; `None` for any other."""
    tag = str(piece.tag)
    return (piece.text or "") if tag == qn("w:t") else _SIGNS.get(tag)


def is_placeholder(element: BaseOxmlElement) -> bool:
    """Whether `element` is a content control that nobody has filled in: it shows `Click here to enter text`."""
    return element.tag == qn("w:sdt") and element.find(f"{qn('w:sdtPr')}/{qn('w:showingPlcHdr')}") is not None


def is_on(switch: BaseOxmlElement | None) -> bool:
    """Whether an on-off property is there and not switched off."""
    return switch is not None and switch.get(qn("w:val"), "true") not in {"false", "0", "off"}


def paragraph_style_of(run: BaseOxmlElement) -> str:
    """Id of the style of the paragraph around `run`; empty without one."""
    paragraph = next(run.iterancestors(qn("w:p")), None)
    style = None if paragraph is None else paragraph.find(f"{qn('w:pPr')}/{qn('w:pStyle')}")
    return "" if style is None else style.get(qn("w:val"), "")


def _step(fields: list[bool], mark: str) -> None:
    """Keep for each open field whether its instruction is being read."""
    if mark == "begin":
        fields.append(True)
    elif fields and mark == "separate":
        fields[-1] = False
    elif fields and mark == "end":
        fields.pop()


def _symbol(font: str, code: str) -> str:
    try:
        number = int(code, 16)
        character = chr(number)
    except (ValueError, OverflowError):
        return ""
    return _SYMBOLS.get(font.lower(), {}).get(number & 0xFF, character)


def _own_font(properties: BaseOxmlElement | None) -> str:
    fonts = None if properties is None else properties.find(qn("w:rFonts"))
    return "" if fonts is None else fonts.get(qn("w:ascii")) or fonts.get(qn("w:hAnsi")) or ""


def _font_names(root: BaseOxmlElement) -> set[str]:
    return {_own_font(fonts.getparent()) for fonts in root.iter(qn("w:rFonts"))}
