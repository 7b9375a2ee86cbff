"""Which of two provisions prevails where they differ: by rank of the document, then by date."""

import re

from core.types import Document

# Order of legal force after the Law on Promulgation of Legal Documents: the higher document prevails, and of two by the
# same body the later one. Kinds that are no legal documents (plans, directives) have no rank and are never judged.
# Resolutions and decisions rank with the body that issued them, told by the letters of the number.
_RANKS = tuple(
    re.compile(pattern)
    for pattern in (
        r"Hiến pháp",
        r"(?:Bộ luật|Luật)\b|Nghị quyết .*(?<!UBTV)QH\d",
        r"Pháp lệnh|Nghị quyết .*UBTVQH\d",
        r"Lệnh|Quyết định .*QĐ-CTN",
        r"Nghị định|Nghị quyết .*NQ-CP",
        r"Quyết định .*QĐ-TTg",
        r"Thông tư",
        r"Nghị quyết .*NQ-HĐND",
        r"Quyết định .*QĐ-UBND",
    )
)


def rank_of(document: Document) -> int | None:
    """Place in the order of legal force, 0 for the constitution, more for less force; `None` for other documents."""
    name = f"{document.metadata.kind} {document.metadata.number}"
    return next((rank for rank, pattern in enumerate(_RANKS) if pattern.match(name)), None)


def prevailing(one: Document, other: Document) -> tuple[Document, str] | None:
    """The document that prevails over the other and why, in Vietnamese; `None` where that cannot be told."""
    ranks = rank_of(one), rank_of(other)
    if ranks[0] is None or ranks[1] is None:
        return None
    if ranks[0] != ranks[1]:
        return (one if ranks[0] < ranks[1] else other), "có hiệu lực pháp lý cao hơn"
    days = one.metadata.issued_on, other.metadata.issued_on
    same_body = bool(one.metadata.issuer) and one.metadata.issuer == other.metadata.issuer
    if not same_body or days[0] is None or days[1] is None or days[0] == days[1]:
        return None
    return (one if days[0] > days[1] else other), "do cùng cơ quan ban hành và được ban hành sau"
