"""A list of a text's articles without a parser: the headings that count on, outside quotations.

The method shares nothing with `ingest.structure`, so that the two do not err together: quotation marks are paired over
the whole text, and the sequence of numbers that explains the most headings is taken, whatever stands between them.
"""

import re
import unicodedata
from collections.abc import Sequence
from typing import NamedTuple

_HEADING = re.compile(
    r"\W*(?:Điều|ĐIỀU|Ðiều|Điêu|Đièu)\s+(?P<number>\d{1,4})(?P<suffix>[a-zđ]?)(?:\[\d+\]|\(\d+\))?\s*"
    r"(?:[.:]|$)(?P<rest>.*)"
)
# 1945: "Điều thứ nhất", "Điều thứ 2", "Điều thứ XII", "Điều I".
_OLD_HEADING = re.compile(r"\W*(?:Điều|ĐIỀU)\s+(?:thứ\s+(?P<word>\w+)|(?P<roman>[IVXL]+))\s*[:.\-–]")
_WORDS = ("nhất", "hai", "ba", "tư", "năm", "sáu", "bảy", "tám", "chín", "mười")
_APPENDIX = re.compile(r"\W*(?:Phụ lục|PHỤ LỤC|Mẫu|MẪU)\s*(?:số\s*)?[\dIVXLC.]*\s*(?:\W|$|[A-ZĐ]{2})", re.IGNORECASE)
_ISSUED_WITH = re.compile(r"\W*(?:Quy chế|Quy định|Điều lệ|Nội quy)\b.*", re.IGNORECASE)
_STRAIGHT_OPENING = re.compile(r'(?:^|(?<=[\s(:]))"(?=\S)')

# A jump in the numbering costs nearly what a heading is worth: a stray reference needs two, a lost heading one.
_JUMP_COST = 0.9


class _Candidate(NamedTuple):
    number: int
    suffix: str
    in_form: bool


def number_key(number: str) -> str:
    """`5a` however it was written: lower case, without leading zeros."""
    return number.lower().lstrip("0")


def count_articles(lines: Sequence[str]) -> list[str]:
    """Numbers of the articles that `lines` open, in order; a series that begins anew at 1 is listed after the last.

    Series that begin in an appendix are the articles of forms to fill in, not the document's, and are left out.
    """
    runs: list[list[_Candidate]] = [[]]
    for candidate in _candidates(lines):
        if candidate.number == 1 and not candidate.suffix:
            runs.append([])
        runs[-1].append(candidate)
    listed = [series for run in runs if (series := _best_series(run)) and not series[0].in_form]
    return [number_key(f"{article.number}{article.suffix}") for series in listed for article in series]


def _candidates(lines: Sequence[str]) -> list[_Candidate]:
    inside = _quoted_starts(lines)
    found = []
    in_form = False
    for line, quoted in zip(lines, inside, strict=True):
        text = unicodedata.normalize("NFC", line)
        in_form = (in_form or _APPENDIX.match(text) is not None) and not _ISSUED_WITH.match(text)
        if quoted or line.lstrip()[:1] in {"“", '"'} or "|" in line:
            continue
        if (old := _OLD_HEADING.match(text)) and (number := _old_number(old["word"] or old["roman"])):
            found.append(_Candidate(number, "", in_form))
        elif (match := _HEADING.match(text)) and not match["rest"].strip()[:1].islower():
            found.append(_Candidate(int(match["number"]), match["suffix"], in_form))
    return found


def _old_number(word: str) -> int:
    if word.isdigit():
        return int(word)
    if word in _WORDS:
        return _WORDS.index(word) + 1
    values = [{"I": 1, "V": 5, "X": 10, "L": 50}.get(letter, 0) for letter in word]
    if not all(values):
        return 0
    return sum(-one if one < other else one for one, other in zip(values, [*values[1:], 0], strict=True))


def _quoted_starts(lines: Sequence[str]) -> list[bool]:
    """For each line whether it begins inside a pair of quotation marks; marks without a partner do not count."""
    depth_change = [0] * (len(lines) + 1)
    waiting: list[int] = []
    for i, line in enumerate(lines):
        openings = {match.start() for match in _STRAIGHT_OPENING.finditer(line)}
        for k, character in enumerate(line):
            if character == "“" or k in openings:
                waiting.append(i)
            elif character in '”"' and waiting:
                first = waiting.pop()
                depth_change[first + 1] += 1
                depth_change[i + 1] -= 1
    inside, depth = [], 0
    for change in depth_change[:-1]:
        depth += change
        inside.append(depth > 0)
    return inside


def _best_series(run: Sequence[_Candidate]) -> list[_Candidate]:
    """The increasing series that holds most of `run`, jumps counted against it."""
    scores: list[float] = []
    previous: list[int] = []
    for i, candidate in enumerate(run):
        best, source = (1.0 if i == 0 or candidate.number == 1 else 1 - _JUMP_COST), -1
        for j in range(i):
            if run[j][:2] < candidate[:2]:
                step = candidate.number - run[j].number
                score = scores[j] + 1 - (_JUMP_COST if step > 1 else 0)
                if score > best:
                    best, source = score, j
        scores.append(best)
        previous.append(source)
    if not scores:
        return []
    at = max(range(len(scores)), key=scores.__getitem__)
    series = []
    while at >= 0:
        series.append(run[at])
        at = previous[at]
    return series[::-1]
