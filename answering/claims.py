"""What a text claims and another can bear out: figures with their units, dates, names, and which way it points.

Two texts agree where the claims of the one are among those of the other.
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from core.references import find_dates, find_document_numbers
from core.text import nfc, normalise_tone_placement, syllables, table_cells
from core.types import Span

Claim = tuple[str, str]

_TOKEN = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]+|%")
_MONTH = re.compile(r"\btháng\s+(\d{1,2})\s*(?:/|năm\s)\s*(\d{4})\b|(?<![\d/.-])(\d{1,2})\s?/\s?((?:19|20)\d\d)\b")
_DAY = re.compile(r"(?<![\d/.])(\d{1,2})\s?/\s?(\d{1,2})(?![\d/])")
# Words that a figure numbers instead of counting what follows it.
_NUMBERED = frozenset("năm tháng ngày quý điều khoản điểm mục chương phần số đoạn lục bảng mẫu lần thứ khóa".split())
# Words that come after a figure and are not what it counts.
_NO_UNIT = frozenset("đến tới và hoặc hay là có được từ của cho trong theo tại với về đó này trở so nhưng thì".split())
_DIGIT_WORDS = {"hai": 2, "ba": 3, "bốn": 4, "sáu": 6, "bảy": 7, "tám": 8, "chín": 9}
_TEN_WORDS = {"mười": 10, "mươi": 10}
_AFTER_TEN = {"một": 1, "mốt": 1, "tư": 4, "năm": 5, "lăm": 5, **_DIGIT_WORDS}


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure or date of a text.

    Attributes:
        claims: Ways to put it, of which another text must hold one: 7 người and 7 năm are different claims.
        kind: What it counts (`đồng`, `năm`, `date`); two figures of one kind can contradict each other.
        span: Where it stands.
    """

    text: str
    claims: frozenset[Claim]
    kind: str
    span: Span


def figures_of(text: str) -> list[Figure]:
    """Figures and dates of `text` in order, without those within document numbers."""
    whole = [number.span for number in find_document_numbers(text)]
    found = []
    for day, span in find_dates(text):
        whole.append(span)
        found.append(Figure(f"ngày {day:%d/%m/%Y}", frozenset({("date", day.isoformat())}), "date", span))
    for match in _MONTH.finditer(text):
        span = Span(*match.span())
        if not _overlaps(span, whole):
            whole.append(span)
            month, year = (part for part in match.groups() if part)
            found.append(Figure(match.group(), frozenset({("month", f"{year}-{int(month):02}")}), "month", span))
    found += [figure for figure in _plain_figures(text) if not _overlaps(figure.span, whole)]
    return sorted(found, key=lambda figure: figure.span)


def claims_held(text: str) -> set[Claim]:
    """Every claim about figures and dates that `text` bears out, whichever way another text puts it."""
    held = {claim for figure in _plain_figures(text) for claim in _all_ways(text, figure)}
    for day, _ in find_dates(text):
        held |= {("date", day.isoformat()), ("month", f"{day:%Y-%m}"), ("năm", str(day.year))}
        held |= {("ngày", str(day.day)), ("tháng", str(day.month))}
    for match in _MONTH.finditer(text):
        month, year = (part for part in match.groups() if part)
        held |= {("month", f"{year}-{int(month):02}"), ("năm", year), ("tháng", str(int(month)))}
    for match in _DAY.finditer(text):
        held |= {("ngày", str(int(match[1]))), ("tháng", str(int(match[2])))}
    return held | set(_table_claims(text))


def _overlaps(span: Span, others: Sequence[Span]) -> bool:
    return any(span.start < other.end and other.start < span.end for other in others)


def _plain_figures(text: str) -> list[Figure]:
    tokens = [(normalise_tone_placement(match.group()), *match.span()) for match in _TOKEN.finditer(text)]
    words = ["", *(token for token, _, _ in tokens), ""]
    figures = []
    position = 0
    while position < len(tokens):
        token, start, end = tokens[position]
        length, value = (1, _plain(token)) if token[0].isdigit() else _spelled(words[position + 1 :])
        if length and (token[0].isdigit() or text[start].islower()):
            end = tokens[position + length - 1][2]
            claims, kind = _claims(value, words[position], words[position + length + 1])
            figures.append(Figure(text[start:end], claims, kind, Span(start, end)))
        position += max(1, length)
    return figures


def _claims(value: str, before: str, after: str) -> tuple[frozenset[Claim], str]:
    if before in _NUMBERED:
        return frozenset({(before, value)}), before
    if not after or after in _NO_UNIT or after[0].isdigit():
        return frozenset({("", value)}), ""
    return frozenset({(value, after)}), after


def _all_ways(text: str, figure: Figure) -> Iterator[Claim]:
    """The claims that a figure in a source bears out: bare, with the word before it, and with the word after it."""
    before = _TOKEN.findall(normalise_tone_placement(text[max(0, figure.span.start - 40) : figure.span.start]))
    after = _TOKEN.findall(normalise_tone_placement(text[figure.span.end : figure.span.end + 40]))
    for claim in figure.claims:
        value = claim[1] if claim[0] in _NUMBERED or not claim[0] else claim[0]
        yield "", value
        yield from ((before[-1], value),) if before else ()
        yield from ((value, after[0]),) if after else ()


def _spelled(words: Sequence[str]) -> tuple[int, str]:
    """How many of `words` spell a number from 2 to 99, and its figure; "một" and "năm" alone are other words, too."""
    first, second, third = (*words[:3], "", "", "")[:3]
    if first in _TEN_WORDS and first == "mười":
        return (2, str(10 + _AFTER_TEN[second])) if second in _AFTER_TEN and second != "năm" else (1, "10")
    digit = _DIGIT_WORDS.get(first) or (5 if first == "năm" and second == "mươi" else 0)
    if digit and second == "mươi":
        return (
            (3, str(10 * digit + _AFTER_TEN[third])) if third in _AFTER_TEN and third != "năm" else (2, str(10 * digit))
        )
    return (1, str(digit)) if digit else (0, "")


def _plain(figure: str) -> str:
    """`figure` without thousands marks and leading zeros: 1.183 is 1183, 05 is 5; a decimal comma stays."""
    whole, comma, decimals = figure.partition(",")
    if len(whole.split(".")) > 1 and all(len(group) == 3 for group in whole.split(".")[1:]):
        whole = whole.replace(".", "")
    return (whole.lstrip("0") or "0") + comma + decimals


def _table_claims(text: str) -> Iterator[Claim]:
    """In a table, a figure counts what the head of its column names."""
    heads: list[str] = []
    for line in text.splitlines():
        cells = table_cells(line)
        if not cells:
            heads = []
        elif len(cells) != len(heads):
            heads = cells
        else:
            for head, cell in zip(heads, cells, strict=True):
                values = [_plain(token) for token in _TOKEN.findall(cell) if token[0].isdigit()]
                yield from ((value, word) for value in values for word in syllables(head))


# --- names ---------------------------------------------------------------------------------------------------------

_WORD = re.compile(r"[^\W\d_]+(?:&[^\W\d_]+)*")
# The next word with a capital after these is the first syllable of a word of the body's field ("Sở Nội vụ"; Decree
# 30/2020/NĐ-CP, appendix II), while every syllable of a person or place has one.
_BODIES = frozenset("sở bộ ban cục vụ tổ phòng viện trường đội hội đoàn khoa đảng".split())
# How bodies and offices begin: a new name, also after "và".
_OFFICES = frozenset(
    "ủy ban|chính phủ|quốc hội|hội đồng|văn phòng|thanh tra|công an|trung tâm|chi cục|tổng cục|thủ tướng|chủ tịch|"
    "giám đốc|bộ trưởng|tỉnh ủy|thành ủy|đảng ủy|kho bạc|ban chỉ|chánh văn|bí thư|viện kiểm|tòa án|cục trưởng|"
    "mặt trận|hội nông|liên đoàn|bảo hiểm".split("|")
)
_HONORIFICS = frozenset("ông bà".split())
_CONNECTORS = frozenset("và với hoặc hay cùng của là theo do".split())
_LEVEL = re.compile(r"\bcấp (?:tỉnh|huyện|xã|thôn|trung ương|cơ sở)\b", re.IGNORECASE)


def names_of(text: str) -> Iterator[tuple[str, ...]]:
    """Names in `text`, each as spellings of which another text must hold one.

    A name is a run of words with capitals, with the syllable after it where that belongs to it, or a level of
    government ("cấp xã").
    """
    text = nfc(text)
    yield from ((match.group(),) for match in _LEVEL.finditer(text))
    tokens = list(_WORD.finditer(text))
    position = 0
    while position < len(tokens):
        if not tokens[position].group()[0].isupper():
            position += 1
            continue
        end = position + 1
        while end < len(tokens) and _adjoin(text, tokens, end) and tokens[end].group()[0].isupper():
            end += 1
        run = [token.group() for token in tokens[position:end]]
        before = tokens[position - 1].group() if position and _adjoin(text, tokens, position) else ""
        after = [token.group() for token in tokens[end : end + 4]] if _adjoin(text, tokens, end) else []
        is_first = re.search(r"\w[\s,]*$", text[: tokens[position].start()]) is None
        yield from _spellings(run, before, after, is_first=is_first)
        position = end


def _adjoin(text: str, tokens: Sequence[re.Match[str]], position: int) -> bool:
    """Whether nothing but space stands before the token at `position`."""
    return position < len(tokens) and text[tokens[position - 1].end() : tokens[position].start()].isspace()


def _spellings(run: list[str], before: str, after: list[str], *, is_first: bool) -> Iterator[tuple[str, ...]]:
    key = run[0].lower()
    if len(run) > 1:
        run = run[1:] if key in _HONORIFICS else run
        name = run
        if after and len(run) > 1 and run[-2].lower() in _BODIES and not run[-1].isupper():
            name = [*run, *_rest_of_body(after)]
        # The first word of a sentence has its capital anyway.
        loose = is_first and run[0].lower() not in _BODIES and len(name) > 1
        yield (" ".join(name), " ".join(name[1:])) if loose else (" ".join(name),)
    elif run[0].isupper() and len(run[0]) > 1:
        yield (run[0],)
    elif is_first:
        # The first word of a sentence has its capital anyway; only what surely is an office counts.
        yield from ((f"{run[0]} {after[0]}",),) if after and f"{key} {after[0]}" in _OFFICES else ()
    elif not after:
        yield (run[0],)
    elif before and before.lower() not in _CONNECTORS:
        yield f"{run[0]} {after[0]}", f"{before} {run[0]}"
    else:
        yield (f"{run[0]} {after[0]}",)


def _rest_of_body(after: list[str]) -> list[str]:
    """What of the words after "Sở Khoa" belongs to the name: "học", or "học và Công nghệ"."""
    is_joint = len(after) == 4 and after[1] == "và" and after[2][0].isupper()
    is_other = is_joint and (after[2].lower() in _BODIES or f"{after[2]} {after[3]}".lower() in _OFFICES)
    return after if is_joint and not is_other else after[:1]


# --- which way it points -------------------------------------------------------------------------------------------

# Opposites: what says the one must not be told as the other.
_OPPOSITES: tuple[tuple[str, ...], ...] = (
    (
        r"tối đa|không quá|không vượt quá|không vượt|nhiều nhất|cao nhất|chậm nhất|muộn nhất|trở xuống|không cao hơn",
        r"tối thiểu|ít nhất|thấp nhất|sớm nhất|trở lên|không ít hơn|không dưới|không thấp hơn",
    ),
    (
        r"trước(?= (?:khi|ngày|tháng|năm|quý|thời|\d))",
        r"(?<!như )sau(?= (?:khi|ngày|tháng|năm|quý|thời|\d))",
    ),
    (r"(?:trên|hơn|vượt)(?= \d)", r"dưới(?= \d)"),
    (r"tăng", r"giảm"),
    (
        r"phải|bắt buộc|có trách nhiệm|có nghĩa vụ",
        r"có thể|được phép|được quyền|có quyền|khuyến khích|không bắt buộc|không phải",
    ),
)
_DIRECTIONS = [[re.compile(rf"\b(?:{words})(?!\w)") for words in pair] for pair in _OPPOSITES]
_NO_NEGATION = re.compile(
    r"\bkhông (?:quá|vượt|gian|khí|phận|chỉ|những|ít hơn|dưới|cao hơn|thấp hơn|kể|phân biệt)\b|\bhàng không\b"
)
_NEGATION = re.compile(
    r"\b(?:không|chưa|chẳng|cấm)\s+(?:(?:được|phải|có|bị|thể|còn|cho|phép|là|hề)\s+)*"
    r"(?P<scope>[^\W\d_]+(?: [^\W\d_]+)?)?"
)


def directions_of(text: str) -> set[tuple[int, int]]:
    """Which side of which pair of opposites `text` says, as (pair, side)."""
    text = _spoken(text)
    # "không bắt buộc" holds "bắt buộc": the longer one counts.
    sides = set()
    for number, (one, other) in enumerate(_DIRECTIONS):
        rest = other.sub(" ", text) if other.search(text) else text
        sides |= {(number, 1)} if other.search(text) else set()
        sides |= {(number, 0)} if one.search(rest) else set()
    return sides


def negated_in(text: str) -> list[str]:
    """What `text` denies or forbids: the two syllables after each negation, empty where none follow."""
    text = _NO_NEGATION.sub(" ", _spoken(text))
    return [match["scope"] or "" for match in _NEGATION.finditer(text)]


def affirms(text: str, scope: str) -> bool:
    """Whether `text` says `scope` somewhere without a negation before it."""
    text = _NO_NEGATION.sub(" ", _spoken(text))
    denied = {match.start("scope") for match in _NEGATION.finditer(text) if match["scope"]}
    return any(match.start() not in denied for match in re.finditer(rf"\b{re.escape(scope)}\b", text))


def _spoken(text: str) -> str:
    return " ".join(normalise_tone_placement(text).split())
