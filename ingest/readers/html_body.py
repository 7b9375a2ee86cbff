"""Where in a saved web page the document is: among menus, related news and the portal's own facts about it."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import takewhile

from lxml import etree, html

from core.errors import UnreadableFileError
from ingest.readers.lines import clean

NO_BODY = (
    "Trang {} không có nội dung văn bản (chỉ có phần khung của trang). Hãy mở toàn văn trên trang gốc rồi lưu lại."
)
_MAX_LINK_SHARE = 0.7
_MIN_LINKS = 4
_MIN_MAIN_CHARS = 200
_MIN_FORM_CHARS = 500

# What only official documents start a line with; a page that shows several of these shows a document.
_OFFICIAL = re.compile(
    r"\s*(?:CỘNG H(?:ÒA|OÀ) XÃ HỘI|ĐẢNG CỘNG SẢN VIỆT NAM|Điều\s+\d+[a-zđ]?\s*[.:]|Căn cứ\s+\S"
    r"|Chương\s+[IVXLC]+\b|Nơi nhận\s*:|(?:TM|KT|TL)\.\s)",
    re.IGNORECASE,
)
_MIN_OFFICIAL = 3
_NEVER_IN_BODY = frozenset(
    {"a", "nav", "aside", "footer", "script", "style", "noscript", "template", "select", "option"}
)
_INLINE = frozenset({"a", "b", "strong", "i", "em", "u", "span", "font"})
_BLOCK_CHARS = 60
_REPEATED_SHARE = 0.8
_CONTAINERS = frozenset({"body", "div", "td", "article", "main", "section", "form", "blockquote", "center"})

# vbpl.vn (national law database), as its pages are saved from a browser: body and the facts shown above it.
_PORTAL_PAGE = '//meta[@property="og:url"][contains(@content, "vbpl.vn/")]'
_PORTAL_BODY = '//*[contains(concat(" ", normalize-space(@class), " "), " preview-content ")]'
_PORTAL_FACTS = {
    "effective_from": re.compile(r"Ngày có hiệu lực:\s*(\d{1,2}/\d{1,2}/\d{4})"),
    "effective_to": re.compile(r"Ngày hết hiệu lực:\s*(\d{1,2}/\d{1,2}/\d{4})"),
    "status": re.compile(
        r"(Còn hiệu lực|Hết hiệu lực một phần|Hết hiệu lực toàn bộ|Hết hiệu lực|Chưa có hiệu lực|Ngưng hiệu lực)"
    ),
}
_PORTAL_NUMBER = re.compile(r"(?:Luật|Nghị định|Nghị quyết|Thông tư|Quyết định|\S+) số\s+(\S+)")


def find_body(root: html.HtmlElement, name: str) -> tuple[html.HtmlElement, dict[str, str]]:
    """The element that holds the document, menus inside it removed, and what a law portal says of it.

    Raises:
        UnreadableFileError: a portal page or a set of frames that shows no document.
    """
    official = _official_body(root)
    if root.xpath(_PORTAL_PAGE):
        bodies = root.xpath(_PORTAL_BODY)
        main = bodies[0] if bodies else official
        if main is None:
            raise UnreadableFileError(NO_BODY.format(name))
        return main, _portal_hints(root, main)
    if official is None and root.find(".//frame") is not None:
        raise UnreadableFileError(
            f"Trang {name} chỉ gồm các khung trỏ tới tệp khác, không có nội dung. "
            "Hãy mở khung có văn bản rồi lưu riêng."
        )
    main = _main_content(root) if official is None or official.tag == "body" else official
    for form in list(main.iter("form")):  # some portals wrap the whole page in one; others are search boxes
        if form is not main and len(form.text_content().strip()) < _MIN_FORM_CHARS:
            form.drop_tree()
    return main, {}


@dataclass(frozen=True, slots=True)
class _Mark:
    """Where something stands that only a document says: the elements from the page down to it, and its paragraph."""

    path: tuple[html.HtmlElement, ...]
    text: str


def _official_body(root: html.HtmlElement) -> html.HtmlElement | None:
    """The smallest container of everything that only a document says; `None` for a page that shows none."""
    marks = [
        _Mark((*reversed(list(element.iterancestors())), element), _block_text(element))
        for element in _official_elements(root)
    ]
    if len(marks) < _MIN_OFFICIAL:
        return None
    while True:
        depth = _shared_depth(marks)
        branches: dict[html.HtmlElement, list[_Mark]] = {}
        for mark in marks:
            branches.setdefault(mark.path[min(depth, len(mark.path) - 1)], []).append(mark)
        largest = max(branches.values(), key=len)
        said = {mark.text for mark in largest}
        others = [mark.text for branch in branches.values() if branch is not largest for mark in branch]
        # A list of the document's headings beside it says nothing of its own.
        repeated = sum(1 for text in others if text in said)
        if len(largest) < _MIN_OFFICIAL or not others or repeated < _REPEATED_SHARE * len(others):
            break
        marks = largest
    return next((element for element in reversed(marks[0].path[:depth]) if element.tag in _CONTAINERS), None)


def _shared_depth(marks: list[_Mark]) -> int:
    """How many elements, from the page down, all `marks` have above them or are."""
    steps = zip(*(mark.path for mark in marks), strict=False)
    return sum(1 for _ in takewhile(lambda step: all(element is step[0] for element in step), steps))


def _block_text(mark: html.HtmlElement) -> str:
    """The start of the paragraph that `mark` stands in."""
    blocks = (step for step in (mark, *mark.iterancestors()) if step.tag not in _INLINE)
    return clean(next(blocks, mark).text_content())[:_BLOCK_CHARS]


def _official_elements(root: html.HtmlElement) -> Iterator[html.HtmlElement]:
    """The elements whose own words start as only a document's lines do, links and navigation left out."""
    hidden = None  # the element whose content is being passed over
    for event, node in etree.iterwalk(root, events=("start", "end")):
        if event == "end":
            hidden = None if node is hidden else hidden
            parent = node.getparent()
            if hidden is None and parent is not None and node.tail and _OFFICIAL.match(node.tail):
                yield parent
        elif hidden is None:
            if node.tag in _NEVER_IN_BODY and (node.tag != "a" or node.get("href")):
                hidden = node
            elif node.text and _OFFICIAL.match(node.text):
                yield node


def _portal_hints(root: html.HtmlElement, body: html.HtmlElement) -> dict[str, str]:
    body_text = body.text_content()
    outside = root.text_content().replace(body_text, " ", 1)
    hints = {key: match[1] for key, pattern in _PORTAL_FACTS.items() if (match := pattern.search(outside))}
    titles = root.xpath("//h1|//h2")
    title = clean(titles[0].text_content()) if titles else ""
    if title:
        hints["title"] = title
        if number := _PORTAL_NUMBER.search(title):
            hints["number"] = number[1]
    return hints


def _main_content(root: html.HtmlElement) -> html.HtmlElement:
    body = root.find("body")
    body = root if body is None else body
    candidates = body.xpath('.//article|.//main|.//*[@role="main"]')
    main = max(candidates, key=lambda element: len(element.text_content()), default=body)
    if len(main.text_content().strip()) < _MIN_MAIN_CHARS:
        main = body
    for element in list(main.iter("ul", "div", "table", "section")):
        links = element.findall(".//a")
        if element is not main and len(links) >= _MIN_LINKS and element.getparent() is not None:
            linked = sum(len(link.text_content().strip()) for link in links)
            if linked > _MAX_LINK_SHARE * len(element.text_content().strip()):
                element.drop_tree()
    return main
