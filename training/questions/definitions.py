"""Questions about terms that a document defines: what is it, which term is it, and matching."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from core.references import cite_provision, joint_label
from core.text import sentences, syllables
from core.types import Span
from training.provisions import Provision, SourceText
from training.questions.drafts import DISTRACTORS, Candidate, Draft, QuestionPool, say_document, say_reference
from training.types import QuestionKind
from training.wording import holds, is_self_contained, likeness, tidy

_HEADING = re.compile(r"giải thích từ ngữ|định nghĩa|khái niệm|thuật ngữ", re.IGNORECASE)
_LEAD = re.compile(r"(?:từ ngữ|thuật ngữ|khái niệm)[^:]*(?:hiểu|như sau|sau đây)", re.IGNORECASE)
_DEFINITION = re.compile(
    r"[“\"]?(?P<term>[^.;:“”\"\n]{2,90}?)[”\"]?(?:\s*\([^)]{1,80}\))?\s+(?:được hiểu )?là\s+(?P<meaning>\S.+)",
    re.DOTALL,
)
_NOT_A_TERM = re.compile(r"\b(?:được|phải|quy định|bao gồm|này)\b")
_MAX_OPTION_SYLLABLES = 48
_PAIRS = 4
_MAX_MATCHING_CHARS = 2000


@dataclass(frozen=True, slots=True)
class _Definition:
    source: SourceText
    provision: Provision
    term: str
    meaning: str
    span: Span


def definition_questions(pool: QuestionPool) -> Iterator[Candidate]:
    """`… là gì?`, `Thuật ngữ nào …?` and matching questions from articles that explain terms."""
    known = [definition for source in pool.sources for definition in _definitions(source)]
    asked = [definition for definition in known if definition.source.covers(definition.span)]
    for definition in asked:
        draft = partial(_ask, definition, known)
        yield Candidate(QuestionKind.DEFINITION, definition.source, definition.provision, definition.span, 0.8, draft)
    for start in range(0, len(asked) - _PAIRS + 1, _PAIRS):
        group = asked[start : start + _PAIRS]
        evidence = Span(group[0].span.start, group[-1].span.end)
        one_place = all(one.source is group[0].source for one in group)
        if one_place and 0 < evidence.end - evidence.start <= _MAX_MATCHING_CHARS:
            match = partial(_match, group, evidence)
            yield Candidate(QuestionKind.MATCHING, group[0].source, group[0].provision, evidence, 0.6, match)


def _definitions(source: SourceText) -> Iterator[_Definition]:
    for provision in source.walk():
        lead = source.text[provision.lead_in.start : provision.lead_in.end] if provision.lead_in else ""
        if provision.children or not (
            _LEAD.search(lead) or any(_HEADING.search(heading) for heading in provision.headings[-1:])
        ):
            continue
        body = source.text[provision.body.start : provision.body.end]
        first = next(sentences(body), Span(0, 0))
        words = body[first.start : first.end]
        match = _DEFINITION.match(words)
        if match is None or words.endswith(":") or not is_self_contained(words) or _NOT_A_TERM.search(match["term"]):
            continue
        start = provision.body.start + first.start
        yield _Definition(
            source, provision, tidy(match["term"]), tidy(match["meaning"]), Span(start, start + len(words.rstrip()))
        )


def _ask(definition: _Definition, known: list[_Definition]) -> Draft | None:
    others = sorted(
        (other for other in known if other.term != definition.term),
        key=lambda other: (
            other.source is not definition.source,
            abs(len(syllables(other.meaning)) - len(syllables(definition.meaning))),
            other.span,
        ),
    )
    # Terms that mean nearly the same, in another document or one within the other's definition, could both be right.
    others = [other for other in others if likeness(other.meaning, definition.meaning) < 0.75]
    reference = say_reference(definition.source, definition.provision, with_heading=False)
    term = definition.source.inside_sentence(definition.term)
    short = [other for other in others if len(syllables(other.meaning)) <= _MAX_OPTION_SYLLABLES]
    if len(syllables(definition.meaning)) <= _MAX_OPTION_SYLLABLES and len(short) >= DISTRACTORS:
        question = f"Theo {reference}, “{term}” được hiểu là gì?"
        options = _distinct([_sentence(other.meaning) for other in short])
        return Draft(question, _sentence(definition.meaning), options, definition.span, definition.provision.label)
    if holds(definition.meaning, definition.term):
        return None
    question = f"Theo {reference}, thuật ngữ nào được hiểu là “{definition.meaning}”?"
    terms = [
        other.term
        for other in others
        if not holds(definition.meaning, other.term) and likeness(other.term, definition.term) < 1
    ]
    return Draft(question, definition.term, _distinct(terms), definition.span, definition.provision.label, hardness=1)


def _match(group: list[_Definition], evidence: Span) -> Draft:
    # Meanings in alphabetical order are mixed enough and the same every time.
    meanings = sorted(definition.meaning for definition in group)
    letters = [chr(ord("a") + meanings.index(definition.meaning)) for definition in group]
    lines = [f"{number}. {definition.term}" for number, definition in enumerate(group, 1)]
    lines += [f"{chr(ord('a') + index)}) {_sentence(meaning)}" for index, meaning in enumerate(meanings)]
    first = group[0].provision.label
    document = say_document(group[0].source)
    label = joint_label(first, group[-1].provision.label)
    question = "\n".join(
        [f"Ghép mỗi thuật ngữ (1-{_PAIRS}) với cách hiểu đúng (a-d) theo {cite_provision(label, document)}:", *lines]
    )
    wrong = (letters[1:] + letters[:1], letters[::-1], [letters[1], letters[0], *letters[2:]])
    return Draft(
        question,
        _combination(letters),
        tuple(_combination(one) for one in wrong),
        evidence,
        label,
        hardness=1,
        key_is_quoted=False,
        pairs=tuple((definition.term, _sentence(definition.meaning)) for definition in group),
    )


def _combination(letters: list[str]) -> str:
    return ", ".join(f"{number}-{letter}" for number, letter in enumerate(letters, 1))


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]


def _distinct(options: list[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(options))[:DISTRACTORS]
