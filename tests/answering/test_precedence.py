"""Which of two documents prevails: rank before date, and silence where neither tells."""

from dataclasses import replace
from datetime import date

import pytest

from answering.precedence import prevailing, rank_of
from core.types import Document
from tests.web.values import make_document


def document(kind: str, number: str, *, issuer: str = "", day: date | None = None) -> Document:
    base = make_document()
    metadata = replace(base.metadata, kind=kind, number=number, issuer=issuer, issued_on=day)
    return replace(base, id=number, metadata=metadata)


def test_the_order_of_legal_force() -> None:
    names = [
        ("Hiến pháp", ""), ("Luật", "64/2025/QH15"), ("Pháp lệnh", "02/2022/UBTVQH15"), ("Nghị định", "1/2025/NĐ-CP"),
        ("Quyết định", "5/2025/QĐ-TTg"), ("Thông tư", "3/2025/TT-BTC"), ("Nghị quyết", "12/2025/NQ-HĐND"),
        ("Quyết định", "31/2025/QĐ-UBND"),
    ]  # fmt: skip
    ranks = [rank_of(document(kind, number)) for kind, number in names]
    assert None not in ranks
    assert ranks == sorted(set(ranks), key=ranks.index) == sorted(ranks, key=lambda rank: rank or 0)
    assert rank_of(document("Nghị quyết", "254/2025/QH15")) == rank_of(document("Luật", "64/2025/QH15"))
    assert rank_of(document("Nghị quyết", "9/2022/UBTVQH15")) == rank_of(document("Pháp lệnh", "02/2022/UBTVQH15"))


def test_rank_decides_before_date_and_date_only_within_one_body() -> None:
    decree = document("Nghị định", "1/2020/NĐ-CP", issuer="Chính phủ", day=date(2020, 1, 1))
    later = document("Nghị định", "9/2025/NĐ-CP", issuer="Chính phủ", day=date(2025, 1, 1))
    circular = document("Thông tư", "3/2026/TT-BTC", issuer="Bộ Tài chính", day=date(2026, 1, 1))
    elsewhere = document("Thông tư", "4/2025/TT-BYT", issuer="Bộ Y tế", day=date(2025, 1, 1))
    assert (first := prevailing(decree, circular)) and first[0] is decree
    assert (first := prevailing(decree, later)) and first[0] is later
    assert prevailing(circular, elsewhere) is None


@pytest.mark.parametrize("kind", ["Kế hoạch", "Chỉ thị", "Công văn"])
def test_documents_that_are_no_law_are_not_judged(kind: str) -> None:
    assert prevailing(document(kind, "1/KH-UBND"), document("Luật", "64/2025/QH15")) is None
