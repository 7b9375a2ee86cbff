"""The two sides of a comparison, and the one provision that speaks for each."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from answering.questions import content_words
from answering.units import QuestionWords, Unit, titles
from core.text import fold_diacritics
from core.types import Document

# "giữa X và Y", "X và Y khác nhau", "X so với Y", "X khác gì Y": what stands between the two sides.
_BETWEEN = re.compile(r"\s(?:so với|khác (?:gì|với)(?: với)?|và|với|hay)\s")
# Where the second side ends.
_AFTER = re.compile(
    r"\s*(?:[,;?.]|\b(?:khác|giống|chênh|tăng|giảm|thế nào|như thế nào|ra sao|là|có|thì|theo|hơn|kém|tại|ở|trong)\b)"
)
_BEFORE_AND_AFTER = re.compile(
    r"\btruoc (?:va|voi|so voi) sau\b|\btruoc khi\b.*\bsau khi\b|\b(?:cu va moi|moi va cu)\b"
)
_LONGEST_SIDE = 6
# Both sides should say the same of different things: how much that counts against the score, and how far a score may be
# from the best one's of its document.
_LIKENESS_WEIGHT = 4.0
_COMPARABLE_MARGIN = 3.0


@dataclass(frozen=True, slots=True)
class Side:
    """One side: the words that only it has, and those of the other side."""

    own: frozenset[str]
    other: frozenset[str]


def sides_of(question: str) -> tuple[Side, Side] | None:
    """The two sides that `question` sets against each other, by the words that tell them apart.

    "Mức hỗ trợ của tổ cấp tỉnh và tổ cấp xã khác nhau thế nào?" gives `tỉnh` and `xã`; `None` where it names no two.
    """
    for between in _BETWEEN.finditer(question):
        rest = question[between.end() :]
        after = _AFTER.search(rest)
        second = rest[: after.start() if after else len(rest)].split()[:_LONGEST_SIDE]
        first = re.split(r"[,;:]", question[: between.start()])[-1].split()[-len(second) :]
        one, other = (frozenset(content_words(" ".join(words))) for words in (first, second))
        if one - other and other - one:
            return Side(one - other, other - one), Side(other - one, one - other)
    return None


def one_for_each_document(units: Sequence[Unit], documents: Sequence[Document], words: QuestionWords) -> list[Unit]:
    """Of each of `documents` the unit that answers; `units` are given best first."""
    return _alike(
        [[unit for unit in units if unit.passage.document.id == document.id] for document in documents], words
    )


def one_for_each_side(units: Sequence[Unit], sides: tuple[Side, Side], words: QuestionWords) -> list[Unit]:
    """Of each side the unit that answers for it and not for the other; `units` are given best first.

    Where there is none for each, the best that speaks of both; empty where there is neither.
    """
    of_each = [_speaking(units, side, words) for side in sides]
    if all(of_each):
        return _alike(of_each, words)
    both = words.keys(sides[0].own | sides[1].own)
    return [unit for unit in units if both <= words.terms(unit.text)][:1]


def _alike(of_each: Sequence[Sequence[Unit]], words: QuestionWords) -> list[Unit]:
    """One unit of each group, given best first: what reads most like the surest of all; empty groups passed over."""
    surest = max((own[0] for own in of_each if own), key=lambda unit: unit.score, default=None)
    if surest is None:
        return []
    wanted = words.terms(surest.context)

    def likeness(unit: Unit) -> float:
        held = words.terms(unit.context)
        return unit.score + _LIKENESS_WEIGHT * len(held & wanted) / max(1, len(held | wanted))

    return [
        max((unit for unit in own if unit.score >= own[0].score - _COMPARABLE_MARGIN), key=likeness)
        for own in of_each
        if own
    ]


def before_and_after(question: str) -> bool:
    """Whether `question` compares a provision with what an amendment made of it."""
    return _BEFORE_AND_AFTER.search(fold_diacritics(question).lower()) is not None


def _speaking(units: Sequence[Unit], side: Side, words: QuestionWords) -> list[Unit]:
    """Units that name `side` in themselves or above them, else in their document's title, and not the other side.

    A heading may name both sides where no other names one alone.
    """
    own, other = words.keys(side.own), words.keys(side.other)
    named = [unit for unit in units if own <= words.terms(unit.context)] or [
        unit for unit in units if own <= words.terms(f"{unit.context} {titles(unit.passage)}")
    ]
    alone = [unit for unit in named if not other <= words.terms(unit.context)]
    return alone or [unit for unit in named if not other <= words.terms(unit.text)]
