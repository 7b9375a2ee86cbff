"""Comparing what a chat model wrote with the passages it cites: what cannot be found there is not shown."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache, partial

from answering.claims import Claim, Figure, affirms, claims_held, directions_of, figures_of, names_of, negated_in
from answering.questions import content_words
from core.references import find_document_numbers, number_key
from core.text import nfc, normalise_tone_placement, sentences, syllables
from core.types import Passage, Span
from retrieval.abbreviations import Abbreviations

_QUOTED = re.compile(r"[“\"«]([^“”\"«»]+)[”\"»]")
# A model may join a few sentences of its passages in one of its own; more than these are not its source.
_JOINED_UNITS = 3
# Share of a sentence's words that those must hold. Paraphrase keeps most of the words of a legal text; below this, the
# sentences of the trial set were about something else.
_MIN_SUPPORT = 0.6
_LABEL = re.compile(r"^\s*(?:[-–+•*]|[a-zđ]\)|\d{1,2}(?:\.\d{1,2})*[.)])\s+")
_NUMBERED_LIKE = re.compile(
    r"\s*(?:(?P<article>Điều \d)|(?P<number>\d{1,2}\.\s)|(?P<letter>[a-zđ]\)\s)|(?P<dash>[-–+•]\s)|(?P<row>[^\n]* \| ))"
)
_CLAUSE_END = re.compile(r"[,;](?=\s)|\s(?:và|còn|trong khi)(?=\s)")
# An opening that forbids all that stands below it.
_FORBIDDING = re.compile(r"\b(?:cấm|không được)\b")
# Figures that only number or date something do not contradict each other.
_NUMBERING = frozenset("điều khoản điểm mục chương phần số đoạn lục bảng mẫu lần thứ khóa".split())


@dataclass(frozen=True, slots=True)
class Verdict:
    """What comparing a sentence with its passages has shown.

    Attributes:
        problems: What the passages do not bear out, in Vietnamese; empty when it is verified.
        support: Share of the sentence's words that at most three sentences of its passages hold, 0 to 1.
    """

    problems: tuple[str, ...]
    support: float

    @property
    def is_verified(self) -> bool:
        """Whether it may be shown."""
        return not self.problems


class Verifier:
    """Judges sentences by the passages that they cite.

    Args:
        abbreviations: A name may be written short in the one and in full in the other.
    """

    def __init__(self, abbreviations: Abbreviations) -> None:
        # Sentences of one answer cite the same few passages.
        self._read = lru_cache(maxsize=64)(partial(_Source, abbreviations=abbreviations))

    def judge(self, sentence: str, cited: Sequence[Passage], *, lead: str = "") -> Verdict:
        """Whether `cited` bear out `sentence`, which holds no markers.

        Every quote must stand in a passage word for word; every name, date, document number and figure with its unit
        must occur in it or in what is known of its document. What occurs there must also be said of the same thing and
        point the same way: the sentence of the passage that is nearest in words decides.

        Args:
            sentence: What was written.
            cited: The passages that it names as its proof.
            lead: What it stands below ("Không được:").
        """
        sentence = nfc(sentence)
        if not syllables(sentence):
            return Verdict(("câu trống",), 0.0)
        if not cited:
            return Verdict(("câu không dẫn đoạn nào",), 0.0)
        source = self._read(tuple(cited))
        if source.holds_verbatim(sentence):
            return Verdict(tuple(_freed(sentence, lead, source)), 1.0)
        support = source.support(sentence)
        missing = [
            *_unfound_quotes(sentence, source),
            *_unfound_numbers(sentence, source),
            *_unfound_figures(sentence, source),
            *_unfound_names(sentence, source),
        ]
        if support < _MIN_SUPPORT:
            missing.append(f"chỉ {support:.0%} số từ có trong đoạn được dẫn")
        # What is not there at all cannot be said of the wrong thing.
        problems = missing or [
            *_misplaced_figures(sentence, source),
            *_misplaced_names(sentence, source),
            *_turned(sentence, lead, source),
            *_freed(sentence, lead, source),
        ]
        return Verdict(tuple(problems), round(support, 3))


class _Unit:
    """A sentence of a passage, or a part of it up to a semicolon, and the opening words that it belongs to."""

    def __init__(self, text: str, opening: str, source: "_Source") -> None:
        self.text = text
        self.opening = opening
        whole = f"{opening}\n{text}"
        self.words = source.words(whole)
        self.sequence = source.sequence(whole)
        self.claims = claims_held(text)
        self.all_claims = self.claims | claims_held(opening)
        self.figures = figures_of(text)


class _Source:
    """The passages cited, read for comparison."""

    def __init__(self, cited: Sequence[Passage], abbreviations: Abbreviations) -> None:
        self._abbreviations = abbreviations
        texts = [nfc(passage.text) for passage in cited]
        known = "\n".join(_known_of(passage) for passage in cited)
        self.text = "\n".join((known, *texts))
        self.sequence_of_all = self.sequence(self.text)
        self.known_claims = claims_held(known) | {claim for passage in cited for claim in _known_days(passage)}
        # Each text as a whole: a table's figures need the heads of their columns.
        self.claims = self.known_claims.union(*map(claims_held, texts))
        self._known_words = self.words(known)
        self._verbatim: set[str] = set()
        self.units = [unit for passage, text in zip(cited, texts, strict=True) for unit in self._units(passage, text)]

    def words(self, text: str) -> set[str]:
        """What `text` speaks of, abbreviations spelled out; figures are compared elsewhere."""
        for figure in reversed(figures_of(text)):
            text = f"{text[: figure.span.start]} {text[figure.span.end :]}"
        spelled = self._abbreviations.spelled_out(text)
        return {word for word in content_words(spelled) or syllables(spelled) if not word[0].isdigit()}

    def sequence(self, text: str) -> str:
        """Syllables of `text` in order, as written and with abbreviations spelled out, between spaces."""
        return f" {' '.join(syllables(text))}  {' '.join(syllables(self._abbreviations.spelled_out(text)))} "

    def spellings(self, name: str) -> set[str]:
        """Lower-case syllables of `name`, as written and with abbreviations spelled out."""
        return {" ".join(syllables(form)) for form in (name, self._abbreviations.spelled_out(name))}

    def holds_verbatim(self, sentence: str) -> bool:
        """Whether `sentence` is a whole sentence of a passage, or several in a row."""
        return _bare(sentence) in self._verbatim

    def support(self, sentence: str) -> float:
        """See `Verdict.support`; the name of the document may stand in any sentence."""
        wanted = self.words(sentence)
        left = wanted - self._known_words
        for _ in range(_JOINED_UNITS):
            left = left - max((unit.words for unit in self.units), key=lambda words: len(words & left), default=set())
        return 1 - len(left) / len(wanted) if wanted else 1.0

    def nearest(self, text: str, units: Sequence[_Unit] | None = None) -> tuple[int, list[_Unit]]:
        """How many words of `text` the nearest of `units` (of all, if not given) hold, and those units."""
        words = self.words(text)
        counts = [(len(words & unit.words), unit) for unit in (self.units if units is None else units)]
        most = max((count for count, _ in counts), default=0)
        return most, [unit for count, unit in counts if count == most]

    def _units(self, passage: Passage, text: str) -> Iterator[_Unit]:
        opening = above = re.split(r"\n| › ", passage.header)[-1]
        row: list[str] = []
        for span in sentences(text):
            piece = text[span.start : span.end]
            if _ends_list(piece, opening):
                opening = above
            yield from (_Unit(part, opening, self) for part in re.split(r"(?<=;)\s", piece))
            row = [*row[-_JOINED_UNITS:], _bare(piece)]
            self._verbatim |= {" ".join(row[start:]) for start in range(len(row))}
            opening = piece if piece.endswith(":") else opening


def _ends_list(piece: str, opening: str) -> bool:
    """Whether `piece` stands no longer below `opening`: it is numbered alike ("8." after "7. …:"), or a table's row."""
    shapes = [match.lastgroup if (match := _NUMBERED_LIKE.match(text)) else None for text in (piece, opening)]
    return shapes[0] is not None and shapes[0] in {shapes[1], "article", "row"}


def _known_of(passage: Passage) -> str:
    metadata = passage.document.metadata
    return "\n".join(
        (passage.document.name, metadata.title, metadata.issuer, metadata.signer, metadata.signer_title, metadata.place,
         passage.header, passage.label, passage.validity.reason)
    )  # fmt: skip


def _known_days(passage: Passage) -> Iterator[Claim]:
    metadata = passage.document.metadata
    for day in (metadata.issued_on, metadata.effective_from, metadata.effective_to):
        if day:
            yield from (("date", day.isoformat()), ("month", f"{day:%Y-%m}"), ("năm", str(day.year)))


def _bare(sentence: str) -> str:
    """`sentence` without its label, its final stop and the differences that say nothing."""
    plain = " ".join(normalise_tone_placement(_LABEL.sub("", sentence)).split())
    return plain.strip(" .;:,").translate({ord("“"): '"', ord("”"): '"'})


def _unfound_quotes(sentence: str, source: _Source) -> Iterator[str]:
    flat = " ".join(source.text.split())
    for quote in _QUOTED.findall(sentence):
        quote = " ".join(quote.split()).rstrip(".,;")
        if quote not in flat:
            yield f"lời trích “{quote}” không có trong đoạn được dẫn"


def _unfound_numbers(sentence: str, source: _Source) -> Iterator[str]:
    held = {number_key(number.text) for number in find_document_numbers(source.text)}
    for number in find_document_numbers(sentence):
        if number_key(number.text) not in held:
            yield f"số hiệu {number.text} không có trong đoạn được dẫn"


def _unfound_figures(sentence: str, source: _Source) -> Iterator[str]:
    for figure in figures_of(sentence):
        if not figure.claims & source.claims:
            yield f"con số {_shown(figure, sentence)} không có trong đoạn được dẫn"


def _unfound_names(sentence: str, source: _Source) -> Iterator[str]:
    for name in _names(sentence):
        if not _stands_in(name, source.sequence_of_all, source):
            yield f"tên “{name[0]}” không có trong đoạn được dẫn"


def _names(sentence: str) -> list[tuple[str, ...]]:
    """Names of `sentence` besides the document numbers."""
    text = list(sentence)
    for number in find_document_numbers(sentence):
        text[number.span.start : number.span.end] = "," * (number.span.end - number.span.start)
    return list(names_of("".join(text)))


def _stands_in(name: tuple[str, ...], sequence: str, source: _Source) -> bool:
    return any(f" {form} " in sequence for spelling in name for form in source.spellings(spelling))


def _misplaced_figures(sentence: str, source: _Source) -> Iterator[str]:
    """Figures that the passage gives for something else: "tổ trưởng" the sum that "thành viên" gets.

    Each figure is looked at in its own part of the sentence. Figures of one clause must stand in one sentence of the
    passage; and where the sentences nearest to the part give another figure of the same kind, that one was meant.
    """
    for part, figures in _parts(sentence):
        holding = [u for u in source.units if all(f.claims & (u.all_claims | source.known_claims) for f in figures)]
        if not holding and len(figures) > 1:
            yield f"{' và '.join(_shown(f, sentence) for f in figures)} không cùng một câu của đoạn được dẫn"
            continue
        for figure in figures:
            if figure.claims & source.known_claims or figure.kind in _NUMBERING:
                continue
            with_it = [unit for unit in source.units if figure.claims & unit.all_claims]
            shared, nearest = source.nearest(part)
            if with_it and any(_rivals(figure, unit) for unit in nearest) and source.nearest(part, with_it)[0] < shared:
                yield f"con số {_shown(figure, sentence)} được nói về việc khác trong đoạn được dẫn"


def _rivals(figure: Figure, unit: _Unit) -> bool:
    return any(other.kind == figure.kind and not other.claims & figure.claims for other in unit.figures)


def _parts(sentence: str) -> Iterator[tuple[str, list[Figure]]]:
    """Clauses with the figures in them; a clause that says nothing besides belongs to the next."""
    figures = figures_of(sentence)
    ends = (match.start() for match in _CLAUSE_END.finditer(sentence))
    cuts = [end for end in ends if not any(f.span.start <= end < f.span.end for f in figures)]
    start = 0
    for end in [*cuts, len(sentence)]:
        inside = [figure for figure in figures if start <= figure.span.start < end]
        clause = Span(start, end)
        rest = sentence[start:end]
        for figure in inside:
            rest = rest.replace(figure.text, " ")
        if not inside or (end < len(sentence) and len(content_words(rest)) < 2):
            continue
        yield sentence[clause.start : clause.end], inside
        start = end


def _misplaced_names(sentence: str, source: _Source) -> Iterator[str]:
    """Bodies named for what the passage gives to another."""
    names = _names(sentence)
    if len(names) != 1:
        return  # which of them does what is beyond counting words
    [name] = names
    with_it = [unit for unit in source.units if _stands_in(name, unit.sequence, source)]
    named = set(syllables(name[0]))
    rest = " ".join(word for word in syllables(sentence) if word not in named)
    shared, nearest = source.nearest(rest)
    if with_it and source.nearest(rest, with_it)[0] < shared and all(_names(unit.text) for unit in nearest):
        yield f"“{name[0]}” được nói về việc khác trong đoạn được dẫn"


def _turned(sentence: str, lead: str, source: _Source) -> Iterator[str]:
    """Where the sentence says the opposite of the nearest ones: "tối thiểu" for "tối đa", "được" for "không được"."""
    _, nearest = source.nearest(sentence)
    said = directions_of(f"{lead} {sentence}")
    for pair, side in said:
        known = [directions_of(f"{unit.opening} {unit.text}") for unit in nearest]
        if all((pair, 1 - side) in sides and (pair, side) not in sides for sides in known):
            yield "nói ngược mức hoặc nghĩa vụ so với đoạn được dẫn"
            break
    denied = negated_in(f"{lead} {sentence}")
    if denied and nearest and not any(negated_in(f"{unit.opening} {unit.text}") for unit in nearest):
        yield "phủ định điều mà đoạn được dẫn không phủ định"
    for unit in nearest:
        scopes = [scope for scope in negated_in(unit.text) if scope and not affirms(unit.text, scope)]
        if any(affirms(sentence, scope) and not negated_in(lead) for scope in scopes):
            yield "bỏ mất chữ phủ định của đoạn được dẫn"
            break


def _freed(sentence: str, lead: str, source: _Source) -> Iterator[str]:
    """Where what the passage forbids in the opening words of a list is told without them."""
    _, nearest = source.nearest(sentence)
    forbidden = bool(nearest) and all(_FORBIDDING.search(normalise_tone_placement(unit.opening)) for unit in nearest)
    if forbidden and not negated_in(f"{lead} {sentence}"):
        yield "bỏ mất lời cấm ở đầu danh mục của đoạn được dẫn"


def _shown(figure: Figure, sentence: str) -> str:
    """The figure with the word after it."""
    after = sentence[figure.span.end : figure.span.end + 20].split()
    return " ".join((figure.text, *(word.strip(".,;:") for word in after[:1])))
