"""HTML pages: the document's own blocks, without scripts, navigation and the portal around it."""

import email
import email.policy
import re
from collections.abc import Iterator
from dataclasses import replace

from lxml import etree, html

from core.errors import UnreadableFileError
from ingest.readers.html_body import NO_BODY, find_body
from ingest.readers.lines import Line, RawDocument, whole_lines
from ingest.readers.sniffing import decode
from ingest.readers.tables import table_lines

_NOISE = (
    "script", "style", "noscript", "template", "svg", "iframe", "nav", "aside", "button", "select", "input",
    "object", "canvas", "head", "header", "footer",
)  # fmt: skip
_BLOCKS = frozenset({
    "address", "article", "blockquote", "body", "center", "dd", "details", "div", "dl", "dt", "fieldset", "figcaption",
    "figure", "form", "h1", "h2", "h3", "h4", "h5", "h6", "hr", "li", "main", "ol", "p", "pre", "section", "table",
    "tbody", "tr", "td", "th", "ul",
})  # fmt: skip
_HIDDEN = re.compile(r"(?:display\s*:\s*none|visibility\s*:\s*hidden)", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ufffe\uffff]")
_WRAPPER_CELL_CHARS = 1500
_MAX_SPAN = 100
_MAX_DEPTH = 150  # real pages have some 40; each costs up to four calls within calls


def read_html(text: str, name: str) -> RawDocument:
    """Blocks of the page's main content, tables as rows, list numbers written out.

    Raises:
        UnreadableFileError: a portal page that shows no document.
    """
    # Parsed as bytes: lxml refuses strings that declare an encoding. Control characters it takes in, but not back.
    parser = html.HTMLParser(encoding="utf-8", huge_tree=True, remove_comments=True)
    root = html.document_fromstring(_CONTROL.sub(" ", text).encode(errors="ignore"), parser=parser)
    _check_depth(root, name)
    main, hints = find_body(root, name)
    unread = [*main.iter(*_NOISE), *(element for element in main.iter("*") if _is_hidden(element))]
    for element in unread:
        if element is not main:
            element.drop_tree()
    _flatten_line_ends(main)
    lines = list(_block_lines(main))
    if not lines:
        raise UnreadableFileError(NO_BODY.format(name))
    return RawDocument("html", [lines], hints=hints)


def _is_hidden(element: html.HtmlElement) -> bool:
    """A reader of the page does not see it: what he cannot see is not what was decreed."""
    return "hidden" in element.attrib or _HIDDEN.search(element.get("style", "")) is not None


def _check_depth(root: html.HtmlElement, name: str) -> None:
    depth = 0
    for event, _ in etree.iterwalk(root, events=("start", "end")):
        depth += 1 if event == "start" else -1
        if depth > _MAX_DEPTH:
            raise UnreadableFileError(
                f"Trang {name} lồng thẻ HTML quá sâu (trên {_MAX_DEPTH} lớp) nên không đọc được. "
                "Hãy lưu lại trang dưới dạng PDF hoặc văn bản."
            )


def read_mht(data: bytes, name: str) -> RawDocument:
    """The page of a web archive, as browsers and Word save one in a single file.

    Raises:
        UnreadableFileError: it holds no page.
    """
    message = email.message_from_bytes(data, policy=email.policy.default)
    page = next((part for part in message.walk() if part.get_content_type() == "text/html"), None)
    content = None if page is None else page.get_payload(decode=True)
    if page is None or not isinstance(content, bytes) or not content.strip():
        raise UnreadableFileError(
            f"Tệp {name} là trang web lưu trong một tệp (.mht) nhưng không có trang nào bên trong. Hãy lưu lại trang."
        )
    try:
        text = content.decode(page.get_content_charset("utf-8"))
    except (LookupError, UnicodeDecodeError):
        text = decode(content, name)
    return replace(read_html(text, name), format="mht")


def _block_lines(element: html.HtmlElement, prefix: str = "") -> Iterator[Line]:
    """Lines of `element` in order; `prefix` is the number or dash of the list item it is."""
    inline: list[str] = [prefix, element.text or ""]
    for child in element:
        tag = child.tag if isinstance(child.tag, str) else ""
        if tag == "br":
            inline.append("\n")
        elif tag in _BLOCKS or (tag and child.find(".//p") is not None):
            yield from _flushed(inline)
            yield from _child_lines(child, tag)
        elif tag:
            inline.append(_inline_text(child))
        inline.append(child.tail or "")
    yield from _flushed(inline)


def _flushed(inline: list[str]) -> list[Line]:
    # In HTML only <br> ends a line: those of the source are spaces, and are made so before.
    lines = whole_lines("".join(inline).split("\n"))
    inline.clear()
    return lines


def _child_lines(child: html.HtmlElement, tag: str) -> Iterator[Line]:
    if tag == "table":
        yield from _table(child)
    elif tag in {"ol", "ul"}:
        number = int(child.get("start", "1")) if child.get("start", "1").isdigit() else 1
        for item in child:
            if item.tag == "li":
                yield from _block_lines(item, prefix=f"{number}. " if tag == "ol" else "- ")
                number += 1
            elif isinstance(item.tag, str):
                yield from _block_lines(item)
    else:
        yield from _block_lines(child)


def _inline_text(element: html.HtmlElement) -> str:
    parts = [element.text or ""]
    for child in element:
        if child.tag == "br":
            parts.append("\n")
        elif isinstance(child.tag, str):
            parts.append(_inline_text(child))
        parts.append(child.tail or "")
    return "".join(parts)


def _table(table: html.HtmlElement) -> Iterator[Line]:
    rows = [row for row in table.iter("tr") if next(row.iterancestors("table"), None) is table]
    cells = [[cell for cell in row if cell.tag in {"td", "th"}] for row in rows]
    if any(_is_wrapper(cell) for row in cells for cell in row):
        for row in cells:
            for cell in row:
                yield from _block_lines(cell)
        return
    styles = " ".join([table.get("style", ""), *(cell.get("style", "") for row in cells for cell in row)])
    ruled = table.get("border", "0") != "0" or re.search(r"border[^;]*:\s*[^;]*solid", styles) is not None
    yield from table_lines(_grid(cells), ruled=ruled)


def _grid(rows: list[list[html.HtmlElement]]) -> list[list[list[str]]]:
    """Cell texts by row and column; places that a merged cell covers stay empty."""
    grid: list[list[list[str]]] = []
    covered: dict[int, int] = {}  # column -> rows that a cell above still covers
    for row in rows:
        texts: list[list[str]] = []
        for cell in [*row, None]:
            while covered.get(len(texts), 0) > 0:
                covered[len(texts)] -= 1
                texts.append([])
            if cell is not None:
                width, height = _span(cell, "colspan"), _span(cell, "rowspan")
                covered.update((len(texts) + c, height - 1) for c in range(width))
                texts += [[line.text for line in _block_lines(cell)], *([] for _ in range(width - 1))]
        grid.append(texts)
    return grid


def _is_wrapper(cell: html.HtmlElement) -> bool:
    return cell.find(".//table") is not None or len(cell.text_content()) > _WRAPPER_CELL_CHARS


def _span(cell: html.HtmlElement, attribute: str) -> int:
    value = cell.get(attribute, "1")
    return max(1, min(int(value), _MAX_SPAN)) if value.isdecimal() else 1


def _flatten_line_ends(root: html.HtmlElement) -> None:
    """Make the source's own line ends spaces, outside `<pre>`, so that only `<br>` breaks lines."""
    for element in root.iter():
        if element.text and element.tag != "pre":
            element.text = re.sub(r"\s+", " ", element.text)
        if element.tail:
            element.tail = re.sub(r"\s+", " ", element.tail)
