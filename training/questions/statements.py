"""Questions about one figure or date in a sentence: what is it, or is this figure right?"""

import re
from collections.abc import Iterator
from functools import partial

from core.text import syllables
from training.facts import DATE_KINDS, Fact, FactKind, alternatives, find_facts
from training.provisions import Statement
from training.questions.drafts import DISTRACTORS, Candidate, Draft, QuestionPool, say_reference
from training.types import QuestionKind
from training.wording import holds, is_self_contained, tidy

TRUE, FALSE = "Đúng", "Sai"

_MIN_SYLLABLES, _MAX_SYLLABLES = 8, 55
_MAX_LEAD_SYLLABLES = 30
_AT_LEAST = re.compile(r"(?:tối thiểu|ít nhất|trên|hơn|từ|không dưới|không ít hơn)\s*$", re.IGNORECASE)
_AT_MOST = re.compile(r"(?:tối đa|không quá|dưới|chậm nhất|trước|không vượt quá|nhiều nhất|đến)\s*$", re.IGNORECASE)
_CROSS_REFERENCE = re.compile(r"\b(?:khoản|điểm|Điều|Mục|Phụ lục)\s+[\dIVXa-zđ]+\b", re.IGNORECASE)
_VAGUE_START = re.compile(r"[^\w“]|\d{1,3}[.)]\s|[a-zđ]\)\s|(?:của|và|hoặc|với|theo|bằng|để|do)\b")


def fact_questions(pool: QuestionPool) -> Iterator[Candidate]:
    """Number, deadline and true-or-false questions."""
    for statement in pool.statements():
        if not can_stand_alone(statement):
            continue
        for fact in find_facts(statement.text):
            if not fact.is_stated:
                continue
            kind = (
                QuestionKind.DEADLINE
                if fact.kind in DATE_KINDS or fact.kind is FactKind.DURATION
                else QuestionKind.NUMBER
            )
            source, provision, span = statement.source, statement.provision, statement.span
            quality = _quality(statement, fact)
            yield Candidate(kind, source, provision, span, quality, partial(_ask, pool, statement, fact))
            for answer, judge in ((TRUE, _affirm), (FALSE, _falsify)):
                draft = partial(judge, pool, statement, fact)
                yield Candidate(QuestionKind.TRUE_FALSE, source, provision, span, quality, draft, variant=answer)


def can_stand_alone(statement: Statement) -> bool:
    """Whether `statement`, after the words that govern it, reads as a whole sentence."""
    text = statement.text
    if not is_self_contained(text) or _VAGUE_START.match(text):
        return False
    if statement.lead_in and len(syllables(lead_of(statement))) > _MAX_LEAD_SYLLABLES:
        return False
    if statement.lead_in and not is_self_contained(lead_of(statement)):
        return False
    return _MIN_SYLLABLES <= len(syllables(text)) <= _MAX_SYLLABLES


def lead_of(statement: Statement) -> str:
    """The governing words as they open a question, with `như sau` and the colon off; empty when it stands alone."""
    if statement.lead_in is None:
        return ""
    words = statement.source.text[statement.lead_in.start : statement.lead_in.end]
    return re.sub(r"\s*(?:như sau|sau đây|sau)?\s*:\s*$", "", statement.source.inside_sentence(words))


def in_context(statement: Statement, words: str, *, with_heading: bool = True) -> str:
    """`Theo khoản 2 Điều 5 …, <lead>: <words>` with `words` set into the sentence."""
    lead = lead_of(statement)
    reference = say_reference(statement.source, statement.provision, with_heading=with_heading and not lead)
    said = statement.source.inside_sentence(f"{statement.time}{tidy(words)}")
    return f"Theo {reference}, {lead + ': ' if lead else ''}{said}"


def _ask(pool: QuestionPool, statement: Statement, fact: Fact) -> Draft | None:
    before, after = statement.text[: fact.span.start], statement.text[fact.span.end :]
    if len(syllables(after)) <= 2:
        before = re.sub(r"\s*:\s*$", " là ", before)
    words = f"{before}{fact.asking}{after}"
    question = in_context(statement, words) + "?"
    if holds(question, fact.text):
        question = in_context(statement, words, with_heading=False) + "?"
    distractors = _false_values(pool, statement, fact)
    return Draft(
        question,
        fact.text,
        tuple(other.text for other in distractors[:DISTRACTORS]),
        statement.span,
        statement.provision.label,
    )


def _affirm(pool: QuestionPool, statement: Statement, fact: Fact) -> Draft:
    return _judged(statement, statement.text, TRUE)


def _falsify(pool: QuestionPool, statement: Statement, fact: Fact) -> Draft | None:
    before, after = statement.text[: fact.span.start], statement.text[fact.span.end :]
    false = _false_values(pool, statement, fact)
    # "Ít nhất 3" follows from "ít nhất 5": a changed bound must not be implied by the true one.
    if _AT_LEAST.search(before):
        false = [other for other in false if other.values > fact.values]
    elif _AT_MOST.search(before):
        false = [other for other in false if other.values < fact.values]
    if not false:
        return None
    return _judged(statement, f"{before}{false[0].text}{after}", FALSE, note=f"Đúng phải là: {fact.text}.")


def _judged(statement: Statement, said: str, key: str, *, note: str = "") -> Draft:
    question = f"Nhận định sau đúng hay sai? “{in_context(statement, said)}.”"
    other = FALSE if key == TRUE else TRUE
    label = statement.provision.label
    return Draft(question, key, (other,), statement.span, label, key_is_quoted=False, note=note)


def _false_values(pool: QuestionPool, statement: Statement, fact: Fact) -> list[Fact]:
    """Alternatives that neither this provision nor one about nearly the same thing states."""
    apart, near = pool.comparable_facts(fact, statement)
    values = {value for other in near for value in other.values}
    found = alternatives(fact, apart)
    return [other for other in found if not values & set(other.values) and not holds(statement.text, other.text)][:6]


def _quality(statement: Statement, fact: Fact) -> float:
    length = len(syllables(statement.text))
    quality = 0.9 - abs(length - 24) / 80
    quality -= 0.3 * (statement.lead_in is not None) + 0.25 * bool(_CROSS_REFERENCE.search(statement.text))
    quality -= 0.2 * bool(statement.time) + 0.3 * (fact.kind is FactKind.YEAR) + 0.1 * (";" in statement.text)
    return max(0.0, quality)
