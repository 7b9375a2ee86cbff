"""Questions made from official texts: headings, definitions, lead-ins and statements, each with its passage."""

import random
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from core.text import fold_diacritics, sentences, syllables
from finetuning.sources import SourcePassage
from training.wording import BLANK, is_self_contained

_HEADING_QUESTIONS = (
    "{} là gì?", "{} được quy định như thế nào?", "{} quy định ra sao?", "{} gồm những gì?", "Quy định về {}",
    "{} thế nào?", "Pháp luật quy định gì về {}?", "{}", "Cho tôi hỏi về {}", "{} bao gồm những nội dung nào?",
)  # fmt: skip
_TERM_QUESTIONS = (
    "{} là gì?", "Thế nào là {}?", "{} được hiểu như thế nào?", "Khái niệm {}", "Hiểu thế nào về {}?",
    "{} nghĩa là gì?",
)  # fmt: skip
_LEAD_QUESTIONS = ("{} gì?", "{} những gì?", "{} như thế nào?", "{} ra sao?", "{} nào?")
_STATEMENT_QUESTIONS = ("{}", "{}", "{}, đúng hay sai?", "Có phải {} không?", "{} đúng không?")
_ACTS = r"(?= (?:có|quyết định|chịu|phê duyệt|ban hành|thực hiện)\b)"
_ASKED_OF = (
    ("Ai", re.compile(rf"(?:Chủ tịch|Giám đốc|Thủ trưởng|Người đứng đầu|Bộ trưởng)[^,]{{0,60}}?{_ACTS}")),
    ("Cơ quan nào", re.compile(rf"(?:Ủy ban nhân dân|Bộ|Sở|Cơ quan|Hội đồng|Chính phủ)[^,]{{0,60}}?{_ACTS}")),
)
_UNITS = "ngày|tháng|năm|giờ|tuổi|người|lần|đồng|triệu đồng|tỷ đồng|m2"
_AMOUNT = re.compile(rf"\b\d[\d.,]*(?: \([^)]{{2,20}}\))?(?= (?:{_UNITS})\b)|\b\d+(?:,\d+)?(?=%)")
_NUMBERING = re.compile(r"^(?:Điều \w+\.?|Khoản \d+\.|\d+(?:\.\d+)*\.|[a-zđ]\)|[-–+•*])\s*")
_DEFINITION = re.compile(r"^(?P<term>[^.;:,\n]{3,80}?)(?: \([^)]{1,60}\))? (?:được hiểu )?là \S")
_DEFINING = re.compile(r"giải thích từ ngữ|định nghĩa|khái niệm|thuật ngữ", re.IGNORECASE)
_LEAD_END = re.compile(r"(?:,? (?:như )?sau(?: đây)?| dưới đây)?\s*:$")
# From this many documents on a heading says nothing without its document.
_COMMON_HEADING = 3
_LEAST_SYLLABLES = 20


@dataclass(frozen=True, slots=True)
class Pair:
    """A question and the passage that answers it; `document` and `provision` as of the passage."""

    document: str
    provision: str
    question: str
    passage: str


def make_pairs(passages: Sequence[SourcePassage], *, seed: int, undiacritic_share: float = 0.05) -> list[Pair]:
    """One pair a passage, of a kind drawn at random from those that the passage offers.

    Args:
        passages: What to ask about; those under twenty syllables are left out, so are repeated ones.
        seed: Equal seeds make equal pairs.
        undiacritic_share: Share of the questions that lose their diacritics, as people type them in a hurry.
    """
    draw = random.Random(seed)  # noqa: S311 - no secret depends on it
    headings = Counter({p.heading.lower(): 0 for p in passages})
    for _document, heading in {(p.document, p.heading.lower()) for p in passages}:
        headings[heading] += 1
    pairs = []
    for passage in {p.text: p for p in passages}.values():
        if len(syllables(passage.text)) < _LEAST_SYLLABLES or BLANK.search(passage.text):
            continue
        drafts = [list(kind) for kind in (_by_heading(passage, headings, draw), _by_term(passage, draw),
                                          _by_lead(passage, draw), _by_statement(passage, draw))]  # fmt: skip
        offered = [kind for kind in drafts if kind]
        if not offered:
            continue
        question, answer = draw.choice(draw.choice(offered))
        if draw.random() < undiacritic_share:
            question = fold_diacritics(question).lower()
        pairs.append(Pair(passage.document, passage.provision, question, answer))
    return pairs


def _by_heading(passage: SourcePassage, headings: Counter[str], draw: random.Random) -> Iterator[tuple[str, str]]:
    heading = _NUMBERING.sub("", " ".join(passage.heading.split())).rstrip(" .:;")
    if not 2 <= len(syllables(heading)) <= 40:
        return
    asked = heading.lower() if heading.isupper() else heading
    common = headings[passage.heading.lower()] >= _COMMON_HEADING
    if passage.document_title and (common or draw.random() < 0.15):
        asked = draw.choice(
            (f"{asked} của {_inside(passage.document_title)}", f"{asked} theo {_inside(passage.document_title)}")
        )
    elif common:
        return
    question = _asked(draw.choice(_HEADING_QUESTIONS), asked)
    stripped = " ".join(f"{passage.header}\n{passage.text}".replace(passage.heading, " ").split(" "))
    yield question, stripped if draw.random() < 0.8 else f"{passage.header}\n{passage.text}"


def _by_term(passage: SourcePassage, draw: random.Random) -> Iterator[tuple[str, str]]:
    if not _DEFINING.search(passage.heading):
        return
    for line in passage.text.split("\n"):
        if match := _DEFINITION.match(_NUMBERING.sub("", line.strip())):
            yield _asked(draw.choice(_TERM_QUESTIONS), match["term"].strip('“”" ')), f"{passage.header}\n{passage.text}"


def _by_lead(passage: SourcePassage, draw: random.Random) -> Iterator[tuple[str, str]]:
    for line in passage.text.split("\n"):
        lead = _NUMBERING.sub("", line.strip())
        if lead.endswith(":") and 6 <= len(syllables(lead)) <= 45:
            asked = _LEAD_END.sub("", lead)
            rest = passage.text.replace(line, "") if draw.random() < 0.6 else passage.text
            if len(syllables(rest)) >= _LEAST_SYLLABLES:
                yield _asked(draw.choice(_LEAD_QUESTIONS), asked), f"{passage.header}\n{rest}"


def _by_statement(passage: SourcePassage, draw: random.Random) -> Iterator[tuple[str, str]]:
    for span in sentences(passage.text):
        whole = passage.text[span.start : span.end]
        said = _NUMBERING.sub("", whole).rstrip(" .;:,")
        if not 8 <= len(syllables(said)) <= 60 or whole.rstrip().endswith(":") or not is_self_contained(said):
            continue
        removed = passage.text[: span.start] + passage.text[span.end :]
        if len(syllables(removed)) < _LEAST_SYLLABLES:
            continue
        kept = draw.random() < 0.5
        yield _question_of(said, draw), f"{passage.header}\n{passage.text if kept else removed}"


def _question_of(said: str, draw: random.Random) -> str:
    """A statement as someone asks for it: an amount or who is in charge asked for, else a part of it put in doubt."""
    amounts = list(_AMOUNT.finditer(said))
    if amounts and draw.random() < 0.7:
        amount = draw.choice(amounts)
        return f"{said[: amount.start()]}bao nhiêu{said[amount.end() :]}?".replace("bao nhiêu%", "bao nhiêu phần trăm")
    for word, subject in _ASKED_OF:
        if (match := subject.match(said)) and draw.random() < 0.7:
            return f"{word}{said[match.end() :]}?"
    parts = said.split(", ")
    if len(parts) > 1 and draw.random() < 0.5:
        start = draw.randrange(len(parts))
        part = ", ".join(parts[start : start + draw.randint(1, len(parts))])
        said = part if len(syllables(part)) >= 6 else said
    return _asked(draw.choice(_STATEMENT_QUESTIONS), said)


def _asked(template: str, words: str) -> str:
    question = template.format(words if template.startswith("{}") else _inside(words))
    return question[0].upper() + question[1:]


def _inside(words: str) -> str:
    """`words` as they stand inside a sentence."""
    return words[0].lower() + words[1:] if len(words) > 1 and words[1].islower() else words
