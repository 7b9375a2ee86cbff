"""Plain text and Markdown: marks removed, hard-wrapped lines ready to be joined, word segmentation undone."""

import re

from ingest.readers.lines import Line, RawDocument, clean
from ingest.readers.tables import table_lines

_FRONT_MATTER = re.compile(r"\A\s*---[ \t]*\n.*?\n---[ \t]*\n", re.DOTALL)
_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
_MARKDOWN_SIGN = re.compile(r"^(?:#{1,6} |\s*\|?\s*:?-{3,}|.*\*\*[^*\n]+\*\*)", re.MULTILINE)
_MIN_MARKDOWN_SIGNS = 3
_HEADING = re.compile(r"\s{0,3}#{1,6}\s+(.*?)\s*#*\s*$")
_TABLE_RULE = re.compile(r"[\s|:\-]*-{2,}[\s|:\-]*")
_IMAGE = re.compile(r"!\[[^\]]*\]\([^)]*\)")
_LINK = re.compile(r"\[([^\]]+)\]\((?:[^()]|\([^()]*\))*\)")
_TAG = re.compile(r"</?(?:br|b|i|u|em|strong|sup|sub|p|div|span|center|a|font)\b[^>]*>", re.IGNORECASE)
_EMPHASIS = re.compile(r"(\*{1,3}|_{2,3}|~~|`+)(?=\S)(.+?)(?<=\S)\1", re.DOTALL)
_UNDERSCORE = re.compile(r"(?<!\w)_(?=\S)([^_\n]+?)(?<=\S)_(?!\w)")
_STRAY_MARKS = re.compile(r"\*{2,}|`{3,}\w*")
_ESCAPE = re.compile(r"\\([\\`*_{}\[\]()#+\-.!|>~\"'<=:;&$])")
_QUOTED = re.compile(r"^\s{0,3}(?:>\s?)+")
_JOINED_SYLLABLES = re.compile(r"(?<=[^\W\d_])_(?=[^\W\d_])")
_SPACED_PUNCTUATION = re.compile(r"[ \t]+([,.;:!?)\]”%])|([(\[“])[ \t]+")
_SEGMENTED_SHARE = 0.05
# Above this line length a text is not hard-wrapped: its lines are its paragraphs.
_MAX_WRAP = 160


def read_plain(text: str, format_name: str) -> RawDocument:
    """Lines of a `txt` or `md` text; form feeds part pages, blank lines part paragraphs."""
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if _is_segmented(text):
        text = _SPACED_PUNCTUATION.sub(lambda match: match[1] or match[2], _JOINED_SYLLABLES.sub(" ", text))
    if format_name == "md" or len(_MARKDOWN_SIGN.findall(text)) >= _MIN_MARKDOWN_SIGNS:
        text = _COMMENT.sub("", _FRONT_MATTER.sub("", text))
        pages = [_markdown_lines(page) for page in text.split("\f")]
    else:
        pages = [_lines(page.split("\n")) for page in text.split("\f")]
    return RawDocument(format_name, pages)


def _is_segmented(text: str) -> bool:
    words = text.split()
    return sum(1 for word in words if _JOINED_SYLLABLES.search(word)) > _SEGMENTED_SHARE * max(1, len(words))


def _lines(rows: list[str]) -> list[Line]:
    """Lines whose positions are character counts, right edges cut at the text's wrap width."""
    lengths = sorted(
        len(row.strip()) for row, following in zip(rows, [*rows[1:], ""], strict=True) if following.strip()
    )
    width = lengths[int(0.95 * (len(lengths) - 1))] if lengths else 0
    lines = []
    opens = True
    for row in rows:
        content = clean(row)
        if content:
            right = min(len(row.rstrip()), width)
            lines.append(
                Line(
                    content,
                    width > _MAX_WRAP,
                    opens,
                    len(row) - len(row.lstrip()),
                    right,
                    first_word=len(content.split()[0]),
                )
            )
        opens = not row.strip()
    return lines


def _markdown_lines(text: str) -> list[Line]:
    lines: list[Line] = []
    block: list[str] = []
    table: list[str] = []

    def flush() -> None:
        lines.extend(_table_block(table) if table else _lines(_unmarked("\n".join(block)).split("\n")))
        table.clear()
        block.clear()

    for row in text.split("\n"):
        row = _QUOTED.sub("", row)
        heading = _HEADING.match(row)
        is_row = row.strip().startswith("|") and len(row.strip()) > 1
        if is_row != bool(table) or heading:
            flush()
        if heading:
            content = clean(_unmarked(heading[1]))
            lines.extend([Line(content)] if content else [])
        elif is_row:
            table.append(row.strip())
        elif row.strip() != "|":
            block.append(row)
    flush()
    return lines


def _table_block(rows: list[str]) -> list[Line]:
    cells = []
    for row in rows:
        if not _TABLE_RULE.fullmatch(row):
            inner = row.removeprefix("|").removesuffix("|")
            cells.append(
                [[_unmarked(part) for part in re.split(r"<br\s*/?>", cell)] for cell in re.split(r"(?<!\\)\|", inner)]
            )
    return table_lines(cells, ruled=True)


def _unmarked(text: str) -> str:
    """`text` without Markdown and inline HTML marks; its words all kept."""
    text = _TAG.sub(lambda match: "\n" if match[0].lower().startswith("<br") else "", text)
    text = _LINK.sub(r"\1", _IMAGE.sub("", text))
    # Escaped stars are text: kept out of the way while emphasis is removed.
    text = _ESCAPE.sub(lambda match: chr(0xE000 + ord(match[1])), text)
    for _ in range(2):
        text = _EMPHASIS.sub(r"\2", text)
    text = _STRAY_MARKS.sub("", _UNDERSCORE.sub(r"\1", text))
    return re.sub("[\ue000-\ue07f]", lambda match: chr(ord(match[0]) - 0xE000), text)
