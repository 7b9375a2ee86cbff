"""Questions about a list in a provision: which item belongs to it, and which does not."""

import re
from collections.abc import Iterator
from functools import partial

from core.text import syllables
from training.provisions import ProvisionList
from training.questions.drafts import DISTRACTORS, Candidate, Draft, QuestionPool, say_reference
from training.types import QuestionKind
from training.wording import is_catch_all, is_self_contained, likeness

_MIN_ITEM, _MAX_ITEM = 3, 40
_MAX_LEAD = 30
_MAX_EVIDENCE_CHARS = 2500
_SAME_ITEM = 0.55
_SAME_WORDS = 0.7
_SAME_LIST = 0.5
_INCLUDES = re.compile(r",?\s+(bao gồm|gồm có|gồm)$")
_DEFINES = re.compile(r"giải thích từ ngữ|từ ngữ", re.IGNORECASE)


def enumeration_questions(pool: QuestionPool) -> Iterator[Candidate]:
    """Questions on lists whose items are short and clear enough to be options."""
    for source in pool.sources:
        for found in source.lists:
            if not source.covers(found.span) or found.span.end - found.span.start > _MAX_EVIDENCE_CHARS:
                continue
            if len(_usable(found)) < 3 or not _is_clear(found):
                continue
            for kind, draft in ((QuestionKind.LIST_MEMBER, _ask_member), (QuestionKind.LIST_EXCEPTION, _ask_intruder)):
                quality = 0.8 if found.lead else 0.6
                yield Candidate(kind, source, found.provision, found.span, quality, partial(draft, pool, found))


def _usable(found: ProvisionList) -> list[str]:
    return [
        item
        for item in found.item_texts()
        if _MIN_ITEM <= len(syllables(item)) <= _MAX_ITEM and is_self_contained(item) and not is_catch_all(item)
    ]


def _is_clear(found: ProvisionList) -> bool:
    if found.lead:
        return is_self_contained(found.lead) and 2 <= len(syllables(found.lead)) <= _MAX_LEAD
    return (
        is_self_contained(found.subject) and len(syllables(found.subject)) >= 4 and not _DEFINES.search(found.subject)
    )


def _ask_member(pool: QuestionPool, found: ProvisionList) -> Draft | None:
    usable = _usable(found)
    key = usable[found.span.start % len(usable)]
    strangers = _strangers(pool, found, like=key)
    if len(strangers) < DISTRACTORS:
        return None
    if found.lead:
        lead = _INCLUDES.sub(r" \1", found.source.inside_sentence(found.lead))
        question = (
            f"Theo {say_reference(found.source, found.provision, with_heading=False)}, {lead} nội dung nào sau đây?"
        )
        if not _INCLUDES.search(found.lead):
            question = f"{_announce(found)} Nội dung nào sau đây có trong phần liệt kê đó?"
    else:
        reference = say_reference(found.source, found.provision, with_heading=False)
        question = f"Theo {reference}, nội dung nào sau đây thuộc quy định về “{found.subject}”?"
    return Draft(question, key, tuple(item for item, _ in strangers[:DISTRACTORS]), found.span, found.provision.label)


def _ask_intruder(pool: QuestionPool, found: ProvisionList) -> Draft | None:
    usable = _usable(found)
    middle = usable[found.span.start % len(usable)]
    strangers = _strangers(pool, found, like=middle)
    if not strangers:
        return None
    key, home = strangers[0]
    if found.lead and _INCLUDES.search(found.lead):
        lead = _INCLUDES.sub(lambda match: f" KHÔNG {match.group(1)}", found.source.inside_sentence(found.lead))
        question = (
            f"Theo {say_reference(found.source, found.provision, with_heading=False)}, {lead} nội dung nào sau đây?"
        )
    elif found.lead:
        question = f"{_announce(found)} Nội dung nào sau đây KHÔNG có trong phần liệt kê đó?"
    else:
        reference = say_reference(found.source, found.provision, with_heading=False)
        question = f"Theo {reference}, nội dung nào sau đây KHÔNG thuộc quy định về “{found.subject}”?"
    own = sorted(usable, key=lambda item: (abs(len(item) - len(key)), item))[:DISTRACTORS]
    note = f"Nội dung “{key}” là của {say_reference(home.source, home.provision, with_heading=False)}."
    return Draft(
        question, key, tuple(own), found.span, found.provision.label, hardness=1, key_is_quoted=False, note=note
    )


def _announce(found: ProvisionList) -> str:
    reference = say_reference(found.source, found.provision, with_heading=False)
    return f"{reference[:1].upper()}{reference[1:]} liệt kê theo câu dẫn “{' '.join(found.lead.split())}: …”."


def _strangers(pool: QuestionPool, found: ProvisionList, *, like: str) -> list[tuple[str, ProvisionList]]:
    """Items of other lists that this one does not hold, nearest in place and length to `like` first.

    Lists about the same thing, such as that of an older document, are left out whole: their items may be right here.
    """
    evidence = found.source.text[found.span.start : found.span.end]
    openings = {syllables(item)[0] for item in _usable(found)}
    shapes = {_shape(item) for item in _usable(found)}
    all_amounts = all(is_amount for is_amount, _, _ in shapes)
    ranked = []
    for source in pool.sources:
        for other in source.lists:
            overlaps = (
                source is found.source and other.span.start < found.span.end and found.span.start < other.span.end
            )
            if overlaps or (source is not found.source and likeness(other.subject, found.subject) >= _SAME_LIST):
                continue
            for item in _usable(other):
                if all_amounts and not _shape(item)[0]:
                    continue
                own_words = any(likeness(item, own) >= _SAME_ITEM for own in found.item_texts())
                if own_words or _share_within(item, evidence) >= _SAME_WORDS:
                    continue
                ratio = len(item) / max(1, len(like))
                opens_alike = syllables(item)[0] in openings
                distance = (
                    source is not found.source,
                    _shape(item) not in shapes,
                    max(ratio, 1 / ratio) > 2,
                    not opens_alike,
                    abs(other.span.start - found.span.start),
                    other.span,
                )
                ranked.append((distance, item, other))
    ranked.sort(key=lambda entry: (entry[0], entry[1]))
    chosen: list[tuple[str, ProvisionList]] = []
    for _, item, other in ranked:
        if all(likeness(item, one) < _SAME_ITEM for one, _ in chosen):
            chosen.append((item, other))
        if len(chosen) == DISTRACTORS:
            break
    return chosen


def _share_within(item: str, text: str) -> float:
    """Share of the item's distinct syllables that `text` holds, 0 to 1."""
    words = set(syllables(item))
    return len(words & set(syllables(text))) / max(1, len(words))


def _shape(item: str) -> tuple[bool, bool, bool]:
    """What shows at a glance: amounts, percentages, any figures."""
    return "đồng" in item, "%" in item, any(character.isdigit() for character in item)
