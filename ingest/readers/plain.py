"""Plain text and Markdown: marks removed, hard-wrapped lines ready to be joined, word segmentation undone."""

import re
from collections.abc import Iterator
from itertools import pairwise

from ingest.letterhead_lines import stated_properties
from ingest.readers.lines import Line, RawDocument, clean
from ingest.readers.tables import table_lines

_LINE_ENDS = re.compile("\r\n|[\r\v\x85\u2028\u2029]")
_FRONT_MATTER = re.compile(r"\A\s*---[ \t]*\n(.*?)\n---[ \t]*\n", re.DOTALL)
_ISO_DATE = re.compile(r"\b(\d{4})-(\d{2})-(\d{2})\b")
_COMMENT = re.compile(r"<!--(?:(?!<!--).)*?-->", re.DOTALL)
_MARKDOWN_SIGN = re.compile(r"^(?:#{1,6} |[ \t]{0,8}\|?[ \t]{0,8}:?-{3,}|.*\*\*[^*\n]+\*\*)", re.MULTILINE)
_MIN_MARKDOWN_SIGNS = 3
_HEADING = re.compile(r"\s{0,3}#{1,6}\s+(.*?)\s*#*\s*$")
_TABLE_RULE = re.compile(r"[\s|:\-]*-{2,}[\s|:\-]*")
# Copied web pages leave the names of their pictures on lines of their own.
_PICTURE_NAME = re.compile(r"\S+\.(?:jpe?g|png|gif|webp)", re.IGNORECASE)
_IMAGE = re.compile(r"!\[[^\[\]]*\]\([^()]*\)")
_LINK = re.compile(r"\[([^\[\]]+)\]\((?:[^()]|\([^()]*\))*\)")
_TAG = re.compile(r"</?(?:br|b|i|u|em|strong|sup|sub|p|div|span|center|a|font)\b[^<>]*>", re.IGNORECASE)
_EMPHASIS = re.compile(r"(\*{1,3}|_{2,3}|~~|`+)(?=\S)(.{1,2000}?)(?<=\S)\1", re.DOTALL)
_UNDERSCORE = re.compile(r"(?<!\w)_(?=\S)([^_\n]+?)(?<=\S)_(?!\w)")
_STRAY_MARKS = re.compile(r"\*{2,}|`{3,}\w*|(?<!\S)\*(?=[^\s*])|(?<=[^\s*])\*(?!\S)")
_STAR_BULLET = re.compile(r"^(\s*)\*(?=\s)", re.MULTILINE)
_ESCAPE = re.compile(r"\\([\\`*_{}\[\]()#+\-.!|>~\"'<=:;&$])")
_QUOTED = re.compile(r"^\s{0,3}(?:>\s?)+")
_JOINED_SYLLABLES = re.compile(r"(?<=[^\W\d_])_(?=[^\W\d_])")
_SPACED_PUNCTUATION = re.compile(r"(?<![ \t])[ \t]+([,.;:!?)\]”%])|([(\[“])[ \t]+")
_SEGMENTED_SHARE = 0.05
# Above this line length a text is not hard-wrapped: its lines are its paragraphs.
_MAX_WRAP = 160
_WRAPPED_SHARE = 0.5
_MAX_ROW_LINES = 6


def read_plain(text: str, format_name: str) -> RawDocument:
    """Lines of a `txt` or `md` text; form feeds part pages, blank lines part paragraphs."""
    text = _LINE_ENDS.sub("\n", text)
    if _is_segmented(text):
        text = _SPACED_PUNCTUATION.sub(lambda match: match[1] or match[2], _JOINED_SYLLABLES.sub(" ", text))
    hints: dict[str, str] = {}
    if format_name == "md" or len(_MARKDOWN_SIGN.findall(text)) >= _MIN_MARKDOWN_SIGNS:
        if front := _FRONT_MATTER.match(text):
            hints = _facts(front[1])
            text = text[front.end() :]
        text = _COMMENT.sub("", text)
        pages = [_markdown_lines(page) for page in text.split("\f")]
    else:
        pages = [_lines(page.split("\n")) for page in text.split("\f")]
    return RawDocument(format_name, pages, hints=hints)


def _facts(front_matter: str) -> dict[str, str]:
    """What the fields above a Markdown text state (`ngay_ban_hanh: "2024-12-26"`), by field of `Metadata`."""
    spelled = _ISO_DATE.sub(r"\3/\2/\1", front_matter.replace("_", " ").replace('"', ""))
    return stated_properties(spelled)


def _is_segmented(text: str) -> bool:
    words = text.split()
    return sum(1 for word in words if _JOINED_SYLLABLES.search(word)) > _SEGMENTED_SHARE * max(1, len(words))


def _lines(rows: list[str], *, soft: bool = False, breaks: bool = False) -> list[Line]:
    """Lines whose positions are character counts, right edges cut at the text's wrap width.

    With `breaks`, two spaces at a line's end are a line break, as in Markdown.
    """
    lengths = sorted(
        len(row.strip()) for row, following in zip(rows, [*rows[1:], ""], strict=True) if following.strip()
    )
    width = lengths[int(0.95 * (len(lengths) - 1))] if lengths else 0
    lines = []
    opens = True
    for row in rows:
        content = clean(row)
        if content and not _PICTURE_NAME.fullmatch(content):
            lines.append(
                Line(
                    content,
                    whole=width > _MAX_WRAP,
                    opens=opens,
                    soft=soft,
                    left=len(row) - len(row.lstrip()),
                    right=min(len(row.rstrip()), width),
                    first_word=len(content.split()[0]),
                )
            )
        opens = not row.strip() or (breaks and row.endswith("  "))
    return lines


def _markdown_lines(text: str) -> list[Line]:
    rows = text.split("\n")
    soft = _is_wrapped(rows)
    lines: list[Line] = []
    for table, block in _blocks(rows):
        if table:
            lines += _table_block(block)
        elif heading := _HEADING.match(block[0]):
            content = clean(_unmarked(heading[1]))
            lines += [Line(content)] if content else []
        else:
            lines += _lines(_unmarked("\n".join(block)).split("\n"), soft=soft, breaks=True)
    return lines


def _is_wrapped(rows: list[str]) -> bool:
    """Whether the paragraphs are wrapped by hand: most lines follow another one and none is long."""
    filled = [row for row in rows if row.strip()]
    following = sum(1 for row, after in pairwise(rows) if row.strip() and after.strip())
    long = sum(1 for row in filled if len(row) > _MAX_WRAP)
    return following > _WRAPPED_SHARE * len(filled) and long < 0.05 * len(filled)


def _blocks(rows: list[str]) -> Iterator[tuple[bool, list[str]]]:
    """Runs of rows in order: tables, lone headings and everything else; `True` marks a table."""
    block: list[str] = []
    in_table = False
    open_row = 0  # lines that a table row with line ends in its cells has run over so far
    for row in (_QUOTED.sub("", row) for row in rows):
        stripped = row.strip()
        if open_row:
            block[-1] += "\n" + row
            open_row = 0 if stripped.endswith("|") or open_row >= _MAX_ROW_LINES else open_row + 1
            continue
        if stripped == "|":  # a table whose rows a crawler broke up: its cells stand apart
            row = stripped = ""
        is_row = stripped.startswith("|")
        is_heading = _HEADING.match(row) is not None
        if block and (is_row != in_table or is_heading or _HEADING.match(block[0])):
            yield in_table, block
            block = []
        in_table = is_row
        block.append(row)
        open_row = 1 if is_row and not stripped.endswith("|") else 0
    if block:
        yield in_table, block


def _table_block(rows: list[str]) -> list[Line]:
    cells = []
    for row in rows:
        if not _TABLE_RULE.fullmatch(row):
            inner = row.strip().removeprefix("|").removesuffix("|")
            cells.append(
                [
                    [_unmarked(part) for part in re.split(r"<br\s*/?>|\n", cell)]
                    for cell in re.split(r"(?<!\\)\|", inner)
                ]
            )
    return table_lines(cells, ruled=True)


def _unmarked(text: str) -> str:
    """`text` without Markdown and inline HTML marks; its words all kept."""
    text = _TAG.sub(lambda match: "  \n" if match[0].lower().startswith("<br") else "", text)
    text = _LINK.sub(r"\1", _IMAGE.sub("", text))
    # Escaped stars are text: kept out of the way while emphasis is removed.
    text = _ESCAPE.sub(lambda match: chr(0xE000 + ord(match[1])), text)
    for _ in range(2):
        text = _EMPHASIS.sub(r"\2", text)
    text = _STAR_BULLET.sub(r"\1-", text)
    text = _STRAY_MARKS.sub("", _UNDERSCORE.sub(r"\1", text))
    return re.sub("[\ue000-\ue07f]", lambda match: chr(ord(match[0]) - 0xE000), text)
