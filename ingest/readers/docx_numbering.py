"""Automatic list numbers of a Word file, written as Word prints them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from docx.oxml.ns import qn
from docx.oxml.xmlchemy import BaseOxmlElement

from ingest.readers.docx_runs import is_on
from ingest.readers.docx_styles import Styles, attribute
from ingest.readers.legacy_encodings import LegacyFont, decode_by_font

_ROMAN = (
    (1000, "m"), (900, "cm"), (500, "d"), (400, "cd"), (100, "c"), (90, "xc"), (50, "l"), (40, "xl"), (10, "x"),
    (9, "ix"), (5, "v"), (4, "iv"), (1, "i"),
)  # fmt: skip


def _roman(number: int) -> str:
    digits = ""
    for value, letters in _ROMAN:
        digits += letters * (number // value)
        number %= value
    return digits


def _letters(number: int) -> str:
    return chr(ord("a") + (number - 1) % 26) * ((number - 1) // 26 + 1)


_FORMATS: dict[str, Callable[[int], str]] = {
    "decimal": str,
    "decimalZero": lambda number: f"{number:02d}",
    "lowerLetter": _letters,
    "upperLetter": lambda number: _letters(number).upper(),
    "lowerRoman": _roman,
    "upperRoman": lambda number: _roman(number).upper(),
    "none": lambda number: "",
}


@dataclass(frozen=True, slots=True)
class _Level:
    """How one depth of a list is numbered.

    Attributes:
        decimal: The numbers of the depths above stand in it as 1, 2, 3 whatever their own format is.
        restarts_after: Innermost depth whose next item starts the count anew (ECMA-376, 17.9.10).
    """

    start: int
    format: str
    text: str
    decimal: bool
    restarts_after: int


LegacyFontOf = Callable[[BaseOxmlElement | None, str], LegacyFont | None]


class Numbering:
    """The lists of one document; asked for each paragraph in order, it counts along."""

    def __init__(self, numbering: BaseOxmlElement | None, styles: Styles, legacy_font: LegacyFontOf) -> None:
        self._levels: dict[str, dict[int, _Level]] = {}  # by abstract list
        self._own_levels: dict[str, dict[int, _Level]] = {}  # by list, where it differs from the abstract one
        self._depth_of_style: dict[tuple[str, str], int] = {}  # by abstract list and style id
        self._abstract_of: dict[str, str] = {}
        self._restarts: dict[str, dict[int, int]] = {}
        self._counters: dict[str, dict[int, int]] = {}
        self._styles = styles
        self._legacy_font = legacy_font
        if numbering is not None:
            self._read(numbering)

    def _read(self, numbering: BaseOxmlElement) -> None:
        linked = {}
        for abstract in numbering.findall(qn("w:abstractNum")):
            key = abstract.get(qn("w:abstractNumId"), "")
            self._levels[key] = self._read_levels(abstract.findall(qn("w:lvl")))
            self._depth_of_style.update(
                ((key, style), _depth(level))
                for level in abstract.findall(qn("w:lvl"))
                if (style := attribute(level, "w:pStyle"))
            )
            linked[key] = attribute(abstract, "w:numStyleLink")
        definitions = {
            attribute(abstract, "w:styleLink"): abstract.get(qn("w:abstractNumId"), "")
            for abstract in numbering.findall(qn("w:abstractNum"))
        }
        for number in numbering.findall(qn("w:num")):
            key = number.get(qn("w:numId"), "")
            abstract_id = attribute(number, "w:abstractNumId")
            self._abstract_of[key] = definitions.get(linked.get(abstract_id) or "-", abstract_id)
            overrides = number.findall(qn("w:lvlOverride"))
            self._own_levels[key] = self._read_levels([lvl for over in overrides for lvl in over.findall(qn("w:lvl"))])
            self._restarts[key] = {
                _depth(override): int(start)
                for override in overrides
                if (start := attribute(override, "w:startOverride")).isdecimal()
            }

    def _read_levels(self, elements: Iterable[BaseOxmlElement]) -> dict[int, _Level]:
        levels = {}
        for element in elements:
            start, restart = attribute(element, "w:start"), attribute(element, "w:lvlRestart")
            text = attribute(element, "w:lvlText")
            font = self._legacy_font(element.find(qn("w:rPr")), attribute(element, "w:pStyle"))
            levels[_depth(element)] = _Level(
                start=int(start) if start.isdecimal() else 1,
                format=attribute(element, "w:numFmt") or "decimal",
                text=(decode_by_font(text, font) if font is not None else text)
                + ("" if attribute(element, "w:suff") == "nothing" else " "),
                decimal=is_on(element.find(qn("w:isLgl"))),
                restarts_after=int(restart) - 1 if restart.isdecimal() else _depth(element),
            )
        return levels

    def label(self, paragraph: BaseOxmlElement) -> str:
        """Number or mark in front of `paragraph` with the space after it; empty when it is in no list."""
        list_id, depth = self._list_of(paragraph)
        abstract = self._abstract_of.get(list_id)
        levels = {**self._levels.get(abstract or "", {}), **self._own_levels.get(list_id, {})}
        level = levels.get(depth)
        if abstract is None or level is None:
            return ""
        counters = self._counters.setdefault(abstract, {})
        for restarted, start in self._restarts.pop(list_id, {}).items():
            counters[restarted] = start - 1
        counters[depth] = counters.get(depth, level.start - 1) + 1
        for deeper in [other for other in counters if other > depth]:
            if deeper not in levels or depth <= levels[deeper].restarts_after:
                del counters[deeper]
        if level.format == "bullet":
            return "- "
        text = level.text
        for outer in range(depth + 1):
            shape = levels.get(outer, level)
            shown = "decimal" if level.decimal else shape.format
            text = text.replace(f"%{outer + 1}", _FORMATS.get(shown, str)(counters.get(outer, shape.start)))
        return text if text.strip() else ""

    def _list_of(self, paragraph: BaseOxmlElement) -> tuple[str, int]:
        """List id and level from the paragraph, else from its style and the styles that one is based on."""
        properties = paragraph.find(qn("w:pPr"))
        if properties is None:
            return "", 0
        list_id, depth = _list_properties(properties)
        if list_id:
            return list_id, depth or 0
        for style in self._styles.chain(attribute(properties, "w:pStyle")):
            style_properties = style.find(qn("w:pPr"))
            list_id, style_depth = ("", None) if style_properties is None else _list_properties(style_properties)
            if list_id:
                # A list that is linked to styles says itself which depth each of them has.
                linked = (self._abstract_of.get(list_id, ""), style.get(qn("w:styleId"), ""))
                found = (depth, self._depth_of_style.get(linked), style_depth, 0)
                return list_id, next(value for value in found if value is not None)
        return "", 0


def _list_properties(properties: BaseOxmlElement) -> tuple[str, int | None]:
    numbered = properties.find(qn("w:numPr"))
    if numbered is None:
        return "", None
    depth = attribute(numbered, "w:ilvl")
    return attribute(numbered, "w:numId"), int(depth) if depth.isdecimal() else None


def _depth(element: BaseOxmlElement) -> int:
    return int(element.get(qn("w:ilvl"), "0"))
