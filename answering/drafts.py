"""A chat model's words as they come, cut into statements: prose, lists, headings and tables of its Markdown alike."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

from core.text import nfc, sentences, table_cells

_MARKER = re.compile(r"\s*\[(\d{1,2})\]")
# [1, 2] · [^1] · 【1†nguồn】 · [Đoạn 1] · [1](#nguon)
_OTHER_MARKERS = (
    (re.compile(r"[\[【]\s*(\d{1,2}(?:\s*[,;]\s*\d{1,2})+)\s*[\]】]"), lambda m: _each_marked(m[1])),
    (re.compile(r"\[\^(\d{1,2})\]|【(\d{1,2})(?:†[^】]*)?】"), lambda m: f"[{m[1] or m[2]}]"),
    (re.compile(r"\[(?:đoạn|nguồn|trích)\s+(\d{1,2})\]", re.IGNORECASE), lambda m: f"[{m[1]}]"),
    (re.compile(r"(\[\d{1,2}\])\([^()\s]*\)"), lambda m: m[1]),
)
_IMAGE = re.compile(r"!\[[^\]\n]*\]\([^)\n]*\)")
_LINK = re.compile(r"\[([^\]\n]*)\]\([^)\n]*\)")
_TAG = re.compile(r"<!--.*?-->|</?[a-zA-Z][^<>\n]*>")
_EMPHASIS = re.compile(r"\*\*|__|`+|(?<!\w)[*_](?=\w)|(?<=[\w.,:;!?])[*_](?!\w)")
# Escapes of terminals, other control characters, and marks that turn the direction of writing.
_CONTROL = re.compile("\x1b\\[[0-9;]*[A-Za-z]|[\x00-\x08\x0b-\x1f\x7f-\x9f\u00ad\u061c\u202a-\u202e\u2066-\u2069]")
_HEADING = re.compile(r"\s*#{1,6}\s+(?P<text>.+)|\s*\*\*(?P<bold>[^*]+)\*\*:?\s*$")
_ITEM = re.compile(r"\s*(?:[-*•+–]|\d{1,2}[.)]|[a-zđ]\))\s+")
_FENCE = re.compile(r"\s*(?:```|~~~|-{3,}\s*$|\*{3,}\s*$)")
_TABLE_RULE = re.compile(r"\s*\|?[\s:|-]*-{2,}[\s:|-]*$")
_MAY_END = re.compile(r"[\s\]]")
# A line this long is no answer.
_MAX_LINE_CHARS = 4000
_THOUGHT, _END_OF_THOUGHT = "<think>", "</think>"


@dataclass(frozen=True, slots=True)
class Draft:
    """One statement of a model, not yet verified.

    Attributes:
        text: Without markers and Markdown.
        markers: The passages that it cites.
        lead: The heading and the opening words that it stands below.
        opens: It opens a list or heads what follows, and proves nothing by itself.
    """

    text: str
    markers: tuple[int, ...]
    lead: str = ""
    opens: bool = False


def read_drafts(tokens: Iterable[str]) -> Iterator[Draft]:
    """The statements in `tokens`, each as soon as it is complete; what a model thinks aloud first is left out."""
    reader = _Reader()
    pending = ""
    for token in _without_thoughts(tokens):
        pending += token
        *lines, pending = pending.split("\n")
        for line in lines:
            yield from reader.line(line, is_whole=True)
        if len(pending) > _MAX_LINE_CHARS:
            yield from reader.line(pending, is_whole=True)
            pending = ""
        # Only what may have completed a sentence is worth looking at.
        if _MAY_END.search(token) and not _needs_its_end(pending):
            done, pending = _complete_sentences(pending)
            yield from reader.line(done, is_whole=False) if done else ()
    yield from reader.line(pending, is_whole=True)


class _Reader:
    """Reads lines one after another and remembers what they stand below."""

    def __init__(self) -> None:
        self._heading = ""
        self._opening = ""
        self._heads: list[str] = []
        self._goes_on = False
        self._in_item = False

    def line(self, line: str, *, is_whole: bool) -> Iterator[Draft]:
        """Drafts of a line, or of the beginning of one."""
        starts = not self._goes_on
        self._goes_on = not is_whole
        if starts:
            heading = _HEADING.match(line)
            if heading:
                yield from self._headed(heading["text"] or heading["bold"])
                return
            cells = table_cells(line.strip()) or table_cells(line.strip().strip("|"))
            if _FENCE.match(line) or _TABLE_RULE.match(line) or not line.strip():
                return
            if cells:
                yield from self._row([cell for cell in cells if cell])
                return
            self._heads = []
            item = _ITEM.match(line)
            self._in_item = item is not None
            line = line[item.end() :] if item else line
        for sentence in marked_sentences(_plain(line)):
            draft = self._draft(sentence, self._heading, self._opening if self._in_item else "")
            if draft.text.endswith(":") and (is_whole or not self._in_item):
                self._opening = draft.text
                yield Draft(draft.text, draft.markers, self._heading, opens=True)
            elif draft.text:
                yield draft

    def _headed(self, text: str) -> Iterator[Draft]:
        draft = self._draft(_plain(text))
        self._heading, self._opening, self._heads = draft.text, "", []
        if draft.text:
            yield Draft(draft.text, draft.markers, opens=True)

    def _row(self, cells: list[str]) -> Iterator[Draft]:
        if not self._heads:
            self._heads = [_MARKER.sub("", _plain(cell)).strip() for cell in cells]
            return
        named = [f"{head}: {cell}" if head else cell for head, cell in zip(self._heads, cells, strict=False)]
        yield self._draft(_plain("; ".join([*named, *cells[len(self._heads) :]])), self._heading, self._opening)

    @staticmethod
    def _draft(sentence: str, *lead: str) -> Draft:
        markers = tuple(dict.fromkeys(int(marker) for marker in _MARKER.findall(sentence)))
        return Draft(" ".join(_MARKER.sub("", sentence).split()), markers, " ".join(part for part in lead if part))


def marked_sentences(text: str) -> list[str]:
    """Sentences of one line, each with the markers that follow its full stop."""
    found: list[str] = []
    for start, end in sentences(text):
        lead = _MARKER.match(text, start)
        while found and lead and lead.end() <= end:
            found[-1] += lead.group()
            start = lead.end()
            lead = _MARKER.match(text, start)
        if text[start:end].strip(" ."):
            found.append(text[start:end].strip())
    return found


def _complete_sentences(line: str) -> tuple[str, str]:
    """What of an unfinished line is complete, and the rest."""
    spans = list(sentences(line))
    # "… quy định. [" may still become the marker of the sentence before it.
    ends = [span.end for span, after in pairwise(spans) if line[after.start] != "["]
    # The last of them may be followed by markers of its own.
    for end in reversed(ends):
        following = re.match(r"(?:\s*\[\d{1,2}\])*\s*", line[end:])
        rest = line[end + (following.end() if following else 0) :]
        if rest and not rest.startswith("["):
            return line[: len(line) - len(rest)], rest
    return "", line


def _needs_its_end(line: str) -> bool:
    """Whether a line can be read only as a whole."""
    return line.lstrip()[:1] in {"#", "|", "*", "`", "~", "<"} or "|" in line


def _without_thoughts(tokens: Iterable[str]) -> Iterator[str]:
    """`tokens` without a first `<think>…</think>`, in which reasoning models talk to themselves."""
    beginning: str | None = ""
    for token in tokens:
        if beginning is None:
            yield token
            continue
        beginning += token
        start = beginning.lstrip()
        if start.startswith(_THOUGHT):
            _, end, rest = start.partition(_END_OF_THOUGHT)
            if not end:
                continue
            start = rest
        elif _THOUGHT.startswith(start):
            continue
        beginning = None
        yield start
    if beginning and not beginning.lstrip().startswith(_THOUGHT):
        yield beginning


def _plain(text: str) -> str:
    """`text` without Markdown, tags and invisible characters; markers in one style."""
    text = _CONTROL.sub("", nfc(text))
    for pattern, marked in _OTHER_MARKERS:
        text = pattern.sub(marked, text)
    text = _LINK.sub(r"\1", _IMAGE.sub("", text))
    return _EMPHASIS.sub("", _TAG.sub("", text)).strip()


def _each_marked(numbers: str) -> str:
    return "".join(f"[{number}]" for number in re.findall(r"\d+", numbers))
