"""Which lines stand inside a quotation: amending texts quote whole provisions, numbers and all.

`1. Sửa đổi Điều 5 như sau: “Điều 5. …` opens one; it may close pages later with `”.` or never, by a typist's slip.
"""

import re
from collections.abc import Sequence

_LONGEST = 400  # lines; a longer "quotation" is a mark that was never closed
_OPENING = re.compile(r"(?:^|:\s*)[“\"]")
_CLOSING = re.compile(r"[”\"]\s*[.;,/]*\s*$")


def quoted_lines(lines: Sequence[str]) -> list[bool]:
    """For each line whether it begins inside a quotation; a line that quotes only after its own words does not."""
    quoted = [False] * len(lines)
    curly = [line.count("“") - line.count("”") for line in lines]
    straight = [line.count('"') for line in lines]
    closing = [_CLOSING.search(line) is not None for line in lines]
    i = 0
    while i < len(lines):
        last = i - 1
        if _OPENING.search(lines[i]):
            last = _curly_end(curly, closing, i) if "“" in lines[i] else _straight_end(lines, straight, closing, i)
        for j in range(i if lines[i][:1] in {"“", '"'} else i + 1, last + 1):
            quoted[j] = True
        i = max(i, last) + 1
    return quoted


def _curly_end(opened: Sequence[int], closing: Sequence[bool], first: int) -> int:
    """Last line of the quotation that opens in line `first`; `first - 1` when it never closes."""
    depth = 0
    for i in range(first, min(first + _LONGEST, len(opened))):
        depth += opened[i]
        if depth <= 0 and (i == first or closing[i]):
            return i
    return first - 1


def _straight_end(lines: Sequence[str], marks: Sequence[int], closing: Sequence[bool], first: int) -> int:
    """Last line of the quotation that opens in line `first`; that line itself when another opens before it closes."""
    count = 0
    for i in range(first, min(first + _LONGEST, len(marks))):
        if i > first and _OPENING.search(lines[i]):
            return first if lines[first].startswith('"') else first - 1
        count += marks[i]
        if count % 2 == 0 and (i == first or closing[i]):
            return i
    return first - 1
