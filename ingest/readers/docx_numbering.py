"""Automatic list numbers of a Word file, written as Word prints them."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from docx.oxml.ns import qn
from docx.oxml.xmlchemy import BaseOxmlElement

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
    start: int
    format: str
    text: str


class Numbering:
    """The lists of one document; asked for each paragraph in order, it counts along."""

    def __init__(self, numbering: BaseOxmlElement | None, styles: BaseOxmlElement | None) -> None:
        self._levels: dict[str, dict[int, _Level]] = {}  # by abstract list
        self._abstract_of: dict[str, str] = {}
        self._restarts: dict[str, dict[int, int]] = {}
        self._counters: dict[str, dict[int, int]] = {}
        self._styles = (
            {} if styles is None else {style.get(qn("w:styleId"), ""): style for style in styles.findall(qn("w:style"))}
        )
        if numbering is not None:
            self._read(numbering)

    def _read(self, numbering: BaseOxmlElement) -> None:
        for abstract in numbering.findall(qn("w:abstractNum")):
            key = abstract.get(qn("w:abstractNumId"), "")
            self._levels[key] = _levels(abstract.findall(qn("w:lvl")))
        for number in numbering.findall(qn("w:num")):
            key = number.get(qn("w:numId"), "")
            self._abstract_of[key] = _value(number, "w:abstractNumId")
            self._restarts[key] = {
                int(override.get(qn("w:ilvl"), "0")): int(start)
                for override in number.findall(qn("w:lvlOverride"))
                if (start := _value(override, "w:startOverride")).isdigit()
            }

    def label(self, paragraph: BaseOxmlElement) -> str:
        """Number or mark in front of `paragraph` with a space after it; empty when it is in no list."""
        list_id, depth = self._list_of(paragraph)
        abstract = self._abstract_of.get(list_id)
        level = self._levels.get(abstract or "", {}).get(depth)
        if abstract is None or level is None:
            return ""
        counters = self._counters.setdefault(abstract, {})
        for restarted, start in self._restarts.pop(list_id, {}).items():
            counters[restarted] = start - 1
        counters[depth] = counters.get(depth, level.start - 1) + 1
        for deeper in [other for other in counters if other > depth]:
            del counters[deeper]
        if level.format == "bullet":
            return "- "
        text = level.text
        for outer in range(depth + 1):
            shape = self._levels[abstract].get(outer, level)
            number = counters.get(outer, shape.start)
            text = text.replace(f"%{outer + 1}", _FORMATS.get(shape.format, str)(number))
        return f"{text} " if text.strip() else ""

    def _list_of(self, paragraph: BaseOxmlElement) -> tuple[str, int]:
        """List id and level from the paragraph, else from its style and the styles that one is based on."""
        properties = paragraph.find(qn("w:pPr"))
        if properties is None:
            return "", 0
        list_id, depth = _list_properties(properties)
        style = self._styles.get(_value(properties, "w:pStyle"))
        seen: set[int] = set()
        while not list_id and style is not None and id(style) not in seen:
            seen.add(id(style))
            style_properties = style.find(qn("w:pPr"))
            if style_properties is not None:
                list_id, style_depth = _list_properties(style_properties)
                depth = style_depth if depth is None else depth
            style = self._styles.get(_value(style, "w:basedOn"))
        return list_id, depth or 0


def _levels(elements: Iterable[BaseOxmlElement]) -> dict[int, _Level]:
    levels = {}
    for element in elements:
        start = _value(element, "w:start")
        levels[int(element.get(qn("w:ilvl"), "0"))] = _Level(
            int(start) if start.isdigit() else 1, _value(element, "w:numFmt") or "decimal", _value(element, "w:lvlText")
        )
    return levels


def _list_properties(properties: BaseOxmlElement) -> tuple[str, int | None]:
    numbered = properties.find(qn("w:numPr"))
    if numbered is None:
        return "", None
    depth = _value(numbered, "w:ilvl")
    return _value(numbered, "w:numId"), int(depth) if depth.isdigit() else None


def _value(element: BaseOxmlElement, tag: str) -> str:
    child = element.find(qn(tag))
    return "" if child is None else child.get(qn("w:val"), "")
