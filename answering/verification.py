"""Comparing what a chat model wrote with the passages it cites: what cannot be found there is not shown."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from core.references import find_dates, find_document_numbers, number_key
from core.text import syllables
from core.types import Passage

MARKER = re.compile(r"\s*\[(\d{1,2})\]")
_QUOTED = re.compile(r"[“\"]([^“”\"]+)[”\"]")
_TOKEN = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]+|%")
# Words that a figure numbers instead of counting what follows it.
_NUMBERED = frozenset("năm tháng ngày quý điều khoản điểm mục chương phần số đoạn lục bảng mẫu lần thứ từ đến".split())
# Share of a sentence's distinct syllables that its passages must hold. Paraphrase keeps most of the words of a legal
# text; below this, the sentences of the trial set were about something else.
_MIN_SUPPORT = 0.6


def problems_of(sentence: str, cited: Sequence[Passage]) -> list[str]:
    """What in `sentence` its passages do not bear out, in Vietnamese; empty when it is verified.

    Every quote must stand in a passage word for word; every date, document number and figure with its unit must occur
    in it or in what is known of its document; most of the words must, too.
    """
    statement = MARKER.sub("", sentence)
    if not cited:
        return ["câu không dẫn đoạn nào"]
    source = "\n".join(_known_of(passage) for passage in cited)
    return [
        *_unfound_quotes(statement, source),
        *_unfound_numbers(statement, source),
        *_unfound_dates(statement, source, cited),
        *_unfound_figures(statement, source, cited),
        *_unsupported(statement, source),
    ]


def _known_of(passage: Passage) -> str:
    metadata = passage.document.metadata
    return "\n".join(
        (passage.document.name, metadata.title, metadata.issuer, metadata.signer, passage.header, passage.label,
         passage.validity.reason, passage.text)
    )  # fmt: skip


def _unfound_quotes(statement: str, source: str) -> list[str]:
    flat = " ".join(source.split())
    quotes = (" ".join(quote.split()).rstrip(".,;") for quote in _QUOTED.findall(statement))
    return [f"lời trích “{quote}” không có trong đoạn được dẫn" for quote in quotes if quote not in flat]


def _unfound_numbers(statement: str, source: str) -> list[str]:
    held = {number_key(number.text) for number in find_document_numbers(source)}
    numbers = find_document_numbers(statement)
    return [f"số hiệu {n.text} không có trong đoạn được dẫn" for n in numbers if number_key(n.text) not in held]


def _unfound_dates(statement: str, source: str, cited: Sequence[Passage]) -> list[str]:
    held = {found for found, _ in find_dates(source)}
    for passage in cited:
        metadata = passage.document.metadata
        held |= {day for day in (metadata.issued_on, metadata.effective_from, metadata.effective_to) if day}
    return [f"ngày {d:%d/%m/%Y} không có trong đoạn được dẫn" for d, _ in find_dates(statement) if d not in held]


def _unfound_figures(statement: str, source: str, cited: Sequence[Passage]) -> list[str]:
    # Dates and document numbers are checked as wholes above.
    spans = [span for _, span in find_dates(statement)] + [number.span for number in find_document_numbers(statement)]
    held = {(figure.before, figure.value) for figure in _figures(source)}
    held |= {(figure.value, figure.after) for figure in _figures(source)}
    for passage in cited:
        metadata = passage.document.metadata
        held |= {("năm", str(day.year)) for day in (metadata.issued_on, metadata.effective_from) if day}
    return [
        f"con số {figure.text} {figure.after} không có trong đoạn được dẫn".replace("  ", " ")
        for figure in _figures(statement)
        if not any(span.start <= figure.start < span.end for span in spans) and not held & figure.claims
    ]


@dataclass(frozen=True, slots=True)
class _Figure:
    """A figure and the words beside it: 7 người and 7 năm are different claims."""

    text: str
    value: str
    before: str
    after: str
    start: int

    @property
    def claims(self) -> set[tuple[str, str]]:
        """Pairs of which one must stand in the source: with its unit, or with the word that it numbers."""
        numbered = {(self.before, self.value)} if self.before in _NUMBERED or not self.after else set()
        return numbered | ({(self.value, self.after)} if self.after else set())


def _figures(text: str) -> list[_Figure]:
    tokens = [(match.group(), match.start()) for match in _TOKEN.finditer(text)]
    words = ["", *(token.lower() for token, _ in tokens), ""]
    return [
        _Figure(token, _plain(token), words[position], words[position + 2], start)
        for position, (token, start) in enumerate(tokens)
        if token[0].isdigit()
    ]


def _plain(figure: str) -> str:
    """`figure` without thousands marks and leading zeros: 1.183 is 1183, 05 is 5; a decimal comma stays."""
    whole, comma, decimals = figure.partition(",")
    if len(whole.split(".")) > 1 and all(len(group) == 3 for group in whole.split(".")[1:]):
        whole = whole.replace(".", "")
    return (whole.lstrip("0") or "0") + comma + decimals


def _unsupported(statement: str, source: str) -> list[str]:
    words = set(syllables(statement))
    if not words:
        return ["câu trống"]
    support = len(words & set(syllables(source))) / len(words)
    return [] if support >= _MIN_SUPPORT else [f"chỉ {support:.0%} số từ có trong đoạn được dẫn"]
