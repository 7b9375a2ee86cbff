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
    i = 0
    while i < len(lines):
        last = _quotation_end(lines, i)
        for j in range(i if lines[i][:1] in {"“", '"'} else i + 1, last + 1):
            quoted[j] = True
        i = max(i, last) + 1
    return quoted


def _quotation_end(lines: Sequence[str], first: int) -> int:
    """Last line of the quotation that opens in line `first`; `first - 1` when none does or it never closes."""
    if not _OPENING.search(lines[first]):
        return first - 1
    curly = "“" in lines[first]
    depth = 0
    for i in range(first, min(first + _LONGEST, len(lines))):
        depth += lines[i].count("“") - lines[i].count("”") if curly else lines[i].count('"')
        closed = depth <= 0 if curly else depth % 2 == 0
        if closed and (i == first or _CLOSING.search(lines[i])):
            return i
    return first - 1
