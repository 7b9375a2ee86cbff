"""Provisions as amending texts enumerate them: `các điểm b, c và d khoản 1, điểm đ khoản 2 Điều 14; Điều 19`.

A lower level stands before the level that holds it (Decree 78/2025/NĐ-CP, on citing provisions) and shares it with
what was listed before: `khoản 3 và điểm c khoản 4 Điều 7` are two provisions of Article 7.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from core.types import PathStep, SectionKind, Span

_NOTHING = -2
_CLAUSE = 1
_ARTICLE = 2
_LEVELS: dict[str, tuple[int, SectionKind, str]] = {
    "gạch đầu dòng": (-1, SectionKind.BULLET, "gạch đầu dòng"),
    "điểm": (0, SectionKind.POINT, "điểm"),
    "khoản": (_CLAUSE, SectionKind.CLAUSE, "khoản"),
    "điều": (_ARTICLE, SectionKind.ARTICLE, "Điều"),
    "điểu": (_ARTICLE, SectionKind.ARTICLE, "Điều"),  # a frequent slip of typists and of character recognition
    "mục": (3, SectionKind.DIVISION, "Mục"),
    "chương": (4, SectionKind.CHAPTER, "Chương"),
    "phần": (5, SectionKind.PART, "Phần"),
    "phụ lục": (6, SectionKind.APPENDIX, "Phụ lục"),
    "mẫu": (6, SectionKind.APPENDIX, "Mẫu"),
}
_NUMBERS = {
    "gạch đầu dòng": r"\d{1,2}(?!\w)",
    "điểm": r"[a-zđ]\d?(?!\w)",
    "khoản": r"(?:\d{1,3}|l)[a-zđ]?(?!\w)",
    "điều": r"\d{1,4}[a-zđ]?(?!\w)",
    "mục": r"(?:[IVXLC]+|\d{1,3}|[A-H])(?!\w)",
    "chương": r"(?:[IVXLC]+|\d{1,3})(?!\w)",
    "phần": r"(?:[IVXLC]+|\d{1,3}|thứ\s+(?:nhất|hai|ba|tư|năm|sáu|bảy))(?!\w)",
    "phụ lục": r"(?:[IVXLC]+|\d{1,3}[a-zđ]?|[A-H])(?!\w)",
    "mẫu": r"[A-Z]{0,4}\d{1,3}[a-zđ]?(?:[./-]\w{1,4})*(?!\w)",
}
_NUMBERS["điểu"] = _NUMBERS["điều"]
# A number that goes on as a date or a document number ends the list before it.
_NOT_A_NUMBER = r"(?!\s?[/.]\s?\d|\s?/\s?\w|\s+(?:tháng|năm|ngày)\b)"
_TOKEN = re.compile(
    "|".join(
        rf"(?P<l{i}>(?i:(?<!\w){level}))\s+(?:số\s+|thứ\s+(?=\d))?(?P<n{i}>{number}(?!\s?/\s?\w)"
        rf"(?:(?:\s*,\s*|\s+và\s+|\s*,\s*và\s+){number}{_NOT_A_NUMBER})*)"
        for i, (level, number) in enumerate(_NUMBERS.items())
    )
)
_LEVEL_OF_GROUP = tuple(_NUMBERS)
_INSERTED_BESIDE = re.compile(r"(?:\bsau|\btrước)\s+(?:các\s+)?$", re.IGNORECASE)
_RANGE = re.compile(r"\s+(?:đến|tới)(?:\s+hết)?\s+$", re.IGNORECASE)
_ADJACENT = re.compile(r"[\s,]*(?:(?:của|thuộc|tại|trong|nội dung\s+\w+)[\s,]*)*$", re.IGNORECASE)
_HELD = re.compile(r"\s*(?:(?:của|thuộc|tại|trong|nội dung\s+\w+)\s*)*$", re.IGNORECASE)
_ROMAN = ("I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX", "X", "XI", "XII", "XIII", "XIV", "XV")
_LONGEST_RANGE = 60


@dataclass(frozen=True, slots=True)
class Provision:
    """One provision of an enumeration.

    Attributes:
        steps: Levels that were named, outermost first; numbers as in `PathStep`.
        scope: How it is cited: `điểm b khoản 1 Điều 14`, `khoản 1 Mục VII Phần V Phụ lục I`.
    """

    steps: tuple[PathStep, ...]
    scope: str

    def within(self, container: "Provision | None") -> "Provision":
        """This provision with the levels above it that only `container` names: `khoản 1` in `Điều 13`."""
        highest = max(map(_rank_of, self.steps))
        if container is None or highest >= _ARTICLE:
            return self
        outer = tuple(step for step in container.steps if _rank_of(step) > highest)
        names = _names(container.scope)
        return Provision(outer + self.steps, " ".join((self.scope, *(names[step] for step in reversed(outer)))))


@dataclass(slots=True)
class _Item:
    """A provision still being read: its levels from the innermost outward."""

    parts: list[tuple[int, PathStep, str]]

    @property
    def rank(self) -> int:
        return self.parts[-1][0]

    def done(self) -> Provision:
        steps = tuple(step for _, step, _ in reversed(self.parts))
        return Provision(steps, " ".join(name for _, _, name in self.parts))


@dataclass(frozen=True, slots=True)
class _Token:
    parts: tuple[tuple[int, PathStep, str], ...]
    span: Span

    @property
    def rank(self) -> int:
        return self.parts[0][0]


def list_provisions(text: str) -> list[Provision]:
    """Provisions that `text` enumerates, in order, without repetition.

    Places beside which something is inserted are left out, what holds them is kept: `khoản 3 vào sau khoản 2 Điều 14`
    is khoản 3 Điều 14.
    """
    items: list[_Item] = []
    end = 0
    beside = _NOTHING  # highest level of what is being inserted, while the place beside it is being read
    for token in _tokens(text):
        gap = text[end : token.span.start]
        end = token.span.end
        waiting = [item for item in items if item.rank < _ARTICLE]
        if waiting and _INSERTED_BESIDE.search(gap):
            beside = max(item.rank for item in waiting)
        elif items and items[-1].rank == _ARTICLE == token.rank and _INSERTED_BESIDE.search(gap):
            continue
        if token.rank <= beside:
            continue
        beside = _NOTHING
        _take(items, token, gap)
    _attach_trailing(items, text)
    return list(dict.fromkeys(item.done() for item in items))


def provision_spans(text: str) -> list[Span]:
    """Where provisions are named in `text`, one span for each level, in order."""
    return [token.span for token in _tokens(text)]


def _take(items: list[_Item], token: _Token, gap: str) -> None:
    """Puts `token` around the items it holds, or adds it as an item of its own."""
    rank = token.rank
    if items and _RANGE.search(gap) and items[-1].rank == rank and len(items[-1].parts) == 1:
        items += [_Item([part]) for part in _between(items[-1].parts[0], token.parts[0])]
        return
    if rank <= _ARTICLE:
        held = [item for item in items if item.rank < rank]
    else:
        held = items[-1:] if items and items[-1].rank < rank and _HELD.match(gap) else []
    for item in held:
        item.parts.append(token.parts[0])
    items += [_Item([part]) for part in token.parts[1 if held else 0 :]]


def _attach_trailing(items: list[_Item], text: str) -> None:
    """Reads `Điều 5 khoản 2 điểm a`: a lower level that directly follows and that nothing else holds."""
    tokens = list(_tokens(text))
    if len(items) < 2 or len(tokens) != len(items):
        return
    gaps = [text[a.span.end : b.span.start] for a, b in pairwise(tokens)]
    ranks = [item.rank for item in items]
    if ranks == sorted(ranks, reverse=True) and len(set(ranks)) == len(ranks) and all(map(_ADJACENT.match, gaps)):
        items[:] = [_Item([part for item in reversed(items) for part in item.parts])]


def _tokens(text: str) -> Iterator[_Token]:
    for match in _TOKEN.finditer(text):
        group = next(i for i in range(len(_LEVEL_OF_GROUP)) if match[f"l{i}"])
        level = _LEVEL_OF_GROUP[group]
        numbers = re.findall(_NUMBERS[level], match[f"n{group}"])
        yield _Token(tuple(_part(level, number) for number in numbers), Span(*match.span()))


def _part(level: str, number: str) -> tuple[int, PathStep, str]:
    rank, kind, name = _LEVELS[level]
    number = " ".join(number.split())
    if rank == _CLAUSE:
        number = number.replace("l", "1", 1) if number.startswith("l") else number
    elif rank > _ARTICLE:
        number = number if number[:1].islower() else number.upper()
    joint = {"mẫu": "số ", "gạch đầu dòng": "thứ "}.get(level, "")
    return rank, PathStep(kind, number), f"{name} {joint}{number}"


def _between(first: tuple[int, PathStep, str], last: tuple[int, PathStep, str]) -> Iterator[tuple[int, PathStep, str]]:
    """What a range adds after its first member: `từ Phụ lục I đến Phụ lục IX`."""
    rank, step, name = first
    prefix = name.removesuffix(step.number)
    series: Sequence[str] = _ROMAN if step.number in _ROMAN else [str(i) for i in range(1, 400)]
    ends = (step.number, last[1].number)
    if any(number not in series for number in ends):
        yield last
        return
    start, stop = (series.index(number) for number in ends)
    for number in series[start + 1 : min(stop, start + _LONGEST_RANGE) + 1]:
        yield rank, PathStep(step.kind, number), prefix + number


def _rank_of(step: PathStep) -> int:
    return next(rank for rank, kind, _ in _LEVELS.values() if kind is step.kind)


def _names(scope: str) -> dict[PathStep, str]:
    return {step: name for token in _tokens(scope) for _, step, name in token.parts}
