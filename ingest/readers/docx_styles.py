"""Styles of a Word file: what a paragraph or run inherits from those it is based on."""

from collections.abc import Iterator

from docx.oxml.ns import qn
from docx.oxml.xmlchemy import BaseOxmlElement


class Styles:
    """The styles of one document by id."""

    def __init__(self, element: BaseOxmlElement) -> None:
        self.element = element
        self._by_id = {style.get(qn("w:styleId"), ""): style for style in element.findall(qn("w:style"))}
        self._default = next(
            (
                style.get(qn("w:styleId"), "")
                for style in element.findall(qn("w:style"))
                if style.get(qn("w:type")) == "paragraph" and style.get(qn("w:default")) in {"1", "true"}
            ),
            "",
        )
        self._fonts: dict[str, str] = {}

    def chain(self, style_id: str) -> Iterator[BaseOxmlElement]:
        """The style and those it is based on, nearest first."""
        style = self._by_id.get(style_id)
        seen: set[str] = set()
        while style is not None and style_id not in seen:
            seen.add(style_id)
            yield style
            style_id = attribute(style, "w:basedOn")
            style = self._by_id.get(style_id)

    def name(self, style_id: str) -> str:
        """Its name as Word shows it; empty when there is no such style."""
        style = self._by_id.get(style_id)
        return "" if style is None else attribute(style, "w:name")

    def font(self, run_properties: BaseOxmlElement | None, paragraph_style: str) -> str:
        """Font of a run that names none itself; empty when no style names one."""
        run_style = "" if run_properties is None else attribute(run_properties, "w:rStyle")
        inherited = self._style_font(run_style) or self._style_font(paragraph_style or self._default)
        return inherited or self._document_font()

    def _style_font(self, style_id: str) -> str:
        if style_id not in self._fonts:
            fonts = (style.find(f"{qn('w:rPr')}/{qn('w:rFonts')}") for style in self.chain(style_id))
            self._fonts[style_id] = next((name for found in fonts if (name := _font_name(found))), "")
        return self._fonts[style_id]

    def _document_font(self) -> str:
        path = ("w:docDefaults", "w:rPrDefault", "w:rPr", "w:rFonts")
        return _font_name(self.element.find("/".join(map(qn, path))))


def attribute(element: BaseOxmlElement, tag: str) -> str:
    """`w:val` of the child `tag`; empty without one."""
    child = element.find(qn(tag))
    return "" if child is None else child.get(qn("w:val"), "")


def _font_name(fonts: BaseOxmlElement | None) -> str:
    return "" if fonts is None else fonts.get(qn("w:ascii")) or fonts.get(qn("w:hAnsi")) or ""
