"""What the judge learns from: questions beside quotes that answer them, and beside quotes that nearly do.

A file of written documents holds one JSON object a line:

    {"document": "…", "passages": [{"heading": "…", "text": "…",
      "questions": [{"question": "…", "answer": "words of the text"}], "unanswered": ["…"]}]}

No passage of a document answers the questions under `unanswered`, though they are near the one that they stand with.
"""

import json
import random
import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import NamedTuple

from answering.judge import Quote
from core.beir_folder import BeirDocument, read_answers, read_beir
from core.errors import UsageError
from core.text import fold_diacritics, nfc, sentences, syllables
from core.types import Span
from retrieval.provisions import overlaps

# Points, bullets and table rows are quoted with the line that opens their list.
_ITEM = re.compile(r"\s*(?:[a-zđ]\)|[-–+•|])")
_SHORT_FORMS = {
    "ủy ban nhân dân": "UBND", "hội đồng nhân dân": "HĐND", "quyết định": "QĐ", "kế hoạch": "KH", "nghị quyết": "NQ",
    "chuyển đổi số": "CĐS", "công nghệ thông tin": "CNTT", "thủ tục hành chính": "TTHC", "ban chỉ đạo": "BCĐ",
}  # fmt: skip
# Shares of the examples, as the questions of a day are typed and the quotes of an answer cut.
_WITHOUT_DIACRITICS = 0.08
_ABBREVIATED = 0.15
_WITHOUT_MARK = 0.15
_WHOLE_AND_PART = 0.75
_NEIGHBOUR_WHOLE = 0.4
_SECOND_NEIGHBOUR = 0.3
_OTHER_LINE = 0.35
_ELSEWHERE = 0.25
_LEAST_SYLLABLES = 6


class Example(NamedTuple):
    """A question beside a quote.

    Attributes:
        answer: Where the answer stands in the quote's text; `None` where it holds none.
    """

    question: str
    quote: Quote
    answer: Span | None


@dataclass(frozen=True, slots=True)
class WrittenPassage:
    """A passage of a written document, with questions on it.

    Attributes:
        questions: Each with the words of the text that answer it.
        unanswered: Questions near it that its document does not answer.
    """

    heading: str
    text: str
    questions: tuple[tuple[str, str], ...]
    unanswered: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class WrittenDocument:
    """A document written to learn from."""

    name: str
    passages: tuple[WrittenPassage, ...]


def read_documents(path: Path) -> list[WrittenDocument]:
    """The documents of a `.jsonl` file.

    Raises:
        UsageError: a line is malformed, or an answer does not stand in its text.
    """
    documents = []
    for number, line in enumerate(nfc(path.read_text(encoding="utf-8")).splitlines(), start=1):
        try:
            record = json.loads(line)
            document = WrittenDocument(record["document"], tuple(map(_passage, record["passages"])))
        except (ValueError, KeyError, TypeError) as error:
            raise UsageError(f"{path}, dòng {number} sai định dạng ({error!r}). Hãy sửa dòng này.") from error
        documents.append(document)
    return documents


def _passage(record: dict[str, object]) -> WrittenPassage:
    heading, text, questions, unanswered = (record[key] for key in ("heading", "text", "questions", "unanswered"))
    if not (isinstance(heading, str) and isinstance(text, str)):
        raise TypeError("heading, text")
    if not (isinstance(questions, list) and isinstance(unanswered, list)):
        raise TypeError("questions, unanswered")
    answered = tuple((str(item["question"]), str(item["answer"])) for item in questions)
    if strange := [answer for _, answer in answered if answer not in text]:
        raise ValueError(strange[0])
    return WrittenPassage(heading, text, answered, tuple(map(str, unanswered)))


def make_examples(documents: Sequence[WrittenDocument], draw: random.Random) -> Iterator[Example]:
    """Examples of every question of `documents`.

    Each has its passage, whole and in part, what lies next to it in its document, and what is nearest in another one.
    """
    everywhere = [(document, passage) for document in documents for passage in document.passages]
    for document in documents:
        elsewhere = [(other, passage) for other, passage in everywhere if other is not document]
        for passage in document.passages:
            others = [other for other in document.passages if other is not passage]
            for question, answer in passage.questions:
                start = passage.text.index(answer)
                yield from _answered(question, document.name, passage, Span(start, start + len(answer)), draw)
                for other in _nearest(question, others)[: 1 + (draw.random() < _SECOND_NEIGHBOUR)]:
                    yield _unanswered(question, document.name, other, draw, whole=draw.random() < _NEIGHBOUR_WHOLE)
            for question in passage.unanswered:
                for whole in _wholes(passage.text, draw):
                    yield _unanswered(question, document.name, passage, draw, whole=whole)
                if others and draw.random() < _SECOND_NEIGHBOUR:
                    yield _unanswered(question, document.name, _nearest(question, others)[0], draw, whole=True)
            for question in (*(question for question, _ in passage.questions), *passage.unanswered):
                if elsewhere and draw.random() < _ELSEWHERE:
                    place, other = max(elsewhere, key=lambda place: _shared(question, place[1].text))
                    yield _unanswered(question, place.name, other, draw, whole=draw.random() < _NEIGHBOUR_WHOLE)


def paragraph_examples(folder: Path, draw: random.Random) -> Iterator[Example]:
    """Examples of a BEIR folder with answers: what holds the answer, and the nearest that does not.

    Raises:
        UsageError: the folder is no such set.
    """
    question_set = read_beir(folder)
    texts = {document.id: document for document in question_set.corpus}
    titled: defaultdict[str, list[BeirDocument]] = defaultdict(list)
    for document in question_set.corpus:
        titled[document.title].append(document)
    for question_id, answers in read_answers(folder).items():
        question, answer = question_set.queries[question_id], answers[0]
        for document in (texts[id_] for id_ in question_set.qrels[question_id]):
            start = document.text.find(answer)
            if start < 0:
                continue
            found = Span(start, start + len(answer))
            part = _sentences_around(document.text, found)
            whole = Span(0, len(document.text))
            around = whole if draw.random() < _NEIGHBOUR_WHOLE else part
            inside = Span(found.start - around.start, found.end - around.start)
            quote = Quote(document.title, "", document.text[around.start : around.end])
            yield Example(_typed(question, draw), quote, inside)
            others = [other.text for other in titled[document.title] if answer not in other.text]
            rest = [text[slice(*span)] for text in (document.text, *others) for span in sentences(text)]
            rest = [text for text in rest if answer not in text and len(syllables(text)) >= _LEAST_SYLLABLES]
            nearest = sorted(rest, key=lambda text: -_shared(question, text))[:2]
            if others and draw.random() < _NEIGHBOUR_WHOLE:
                nearest.append(max(others, key=lambda text: _shared(question, text)))
            for text in nearest:
                yield Example(_typed(question, draw), Quote(document.title, "", text), None)


def _sentences_around(text: str, part: Span) -> Span:
    held = [span for span in sentences(text) if overlaps(span, [part])]
    return Span(held[0].start, held[-1].end) if held else part


def _answered(
    question: str, document: str, passage: WrittenPassage, answer: Span, draw: random.Random
) -> Iterator[Example]:
    for whole in _wholes(passage.text, draw):
        text, start = _cut(passage.text, answer, whole=whole)
        inside = Span(answer.start - start, answer.end - start)
        yield Example(_typed(question, draw), Quote(document, passage.heading, text), inside)
    rest = [line for line in _lines(passage.text) if not overlaps(line, [answer])]
    if rest and draw.random() < _OTHER_LINE:
        line = _best_line(question, passage.text, rest)
        text = passage.text[line.start : line.end]
        if len(syllables(text)) >= _LEAST_SYLLABLES and not text.rstrip().endswith(":"):
            yield Example(_typed(question, draw), Quote(document, passage.heading, text), None)


def _unanswered(question: str, document: str, passage: WrittenPassage, draw: random.Random, *, whole: bool) -> Example:
    text, _ = _cut(passage.text, _best_line(question, passage.text, _lines(passage.text)), whole=whole)
    return Example(_typed(question, draw), Quote(document, passage.heading, text), None)


def _wholes(text: str, draw: random.Random) -> Iterator[bool]:
    """Whether to quote `text` whole: yes, and mostly once more in part where it has lines."""
    yield True
    if "\n" in text and draw.random() < _WHOLE_AND_PART:
        yield False


def _cut(text: str, part: Span, *, whole: bool) -> tuple[str, int]:
    """`text`, or its lines around `part` under the line that opens their list, and where in `text` that would begin."""
    lines = _lines(text)
    held = [number for number, line in enumerate(lines) if overlaps(line, [part])]
    if whole or not held:
        return text, 0
    start, end = lines[held[0]].start, lines[held[-1]].end
    opening = held[0]
    while opening and _ITEM.match(text, lines[opening].start):
        opening -= 1
    if opening == held[0]:
        return text[start:end], start
    above = text[lines[opening].start : lines[opening].end] + "\n"
    return above + text[start:end], start - len(above)


def _lines(text: str) -> list[Span]:
    return [Span(*match.span()) for match in re.finditer(r"[^\n]+", text)]


def _best_line(question: str, text: str, lines: Sequence[Span]) -> Span:
    return max(lines, key=lambda line: _shared(question, text[line.start : line.end]))


def _nearest(question: str, passages: Sequence[WrittenPassage]) -> list[WrittenPassage]:
    return sorted(passages, key=lambda passage: -_shared(question, f"{passage.heading} {passage.text}"))


def _shared(question: str, text: str) -> float:
    asked = _words(question)
    return len(asked & _words(text)) / max(1, len(asked))


@cache
def _words(text: str) -> frozenset[str]:
    return frozenset(syllables(text))


def _typed(question: str, draw: random.Random) -> str:
    """`question` as another might type it."""
    changes: Sequence[tuple[float, Callable[[str], str]]] = (
        (_ABBREVIATED, _abbreviated),
        (_WITHOUT_DIACRITICS, fold_diacritics),
        (_WITHOUT_MARK, lambda text: text.rstrip("?. ")),
    )
    for share, change in changes:
        if draw.random() < share:
            question = change(question)
    return question


def _abbreviated(question: str) -> str:
    for long, short in _SHORT_FORMS.items():
        question = re.sub(long, short, question, flags=re.IGNORECASE)
    return question
