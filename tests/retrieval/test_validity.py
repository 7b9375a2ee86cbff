"""Whether a document binds on a day."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.types import Document, Metadata, PathStep, Relation, RelationKind, SectionKind, ValidityState
from retrieval.validity import IncomingRelation, validity_of

JANUARY, MARCH, JUNE, DECEMBER = date(2025, 1, 5), date(2025, 3, 1), date(2025, 6, 1), date(2025, 12, 31)


def document(number: str, issued_on: date | None = None, effective_from: date | None = None, **more: date) -> Document:
    metadata = replace(Metadata("Kế hoạch", number, "", "", "", issued_on, effective_from), **more)
    return Document(number, number, number, "txt", metadata, 1, 1, 1.0, (), datetime(2026, 1, 1, tzinfo=UTC))


def change(by: Document, kind: RelationKind, scope: str = "") -> IncomingRelation:
    return IncomingRelation(by, Relation(kind, "4407/KH-UBND", scope))


OLD = document("4407/KH-UBND", JANUARY)
NEW = document("12/KH-UBND", MARCH, JUNE)


@pytest.mark.parametrize("kind", [RelationKind.REPLACES, RelationKind.REPEALS])
def test_a_document_ends_when_the_one_that_ends_it_takes_effect(kind: RelationKind) -> None:
    changes = [change(NEW, kind)]
    before, after = validity_of(OLD, changes, JUNE - timedelta(1)), validity_of(OLD, changes, JUNE)
    assert (before.state, after.state) == (ValidityState.IN_FORCE, ValidityState.EXPIRED)
    assert before.by_document_id == after.by_document_id == NEW.id
    assert "01/06/2025" in before.reason


def test_the_reason_names_the_document_and_the_day() -> None:
    replaced = validity_of(OLD, [change(document("12/KH-UBND", date(2026, 1, 5)), RelationKind.REPLACES)], DECEMBER)
    assert replaced.reason == "Sẽ được thay thế bởi Kế hoạch 12/KH-UBND từ ngày 05/01/2026."
    repealed = validity_of(OLD, [change(NEW, RelationKind.REPEALS, "mục III")], DECEMBER)
    assert repealed.reason == "Bị bãi bỏ mục III bởi Kế hoạch 12/KH-UBND từ ngày 01/06/2025."


@pytest.mark.parametrize(
    ("kind", "scope"),
    [(RelationKind.AMENDS, ""), (RelationKind.AMENDS, "Điều 5"), (RelationKind.REPLACES, "Phụ lục I")],
)
def test_a_partial_change_amends_from_the_day_it_takes_effect(kind: RelationKind, scope: str) -> None:
    changes = [change(NEW, kind, scope)]
    assert validity_of(OLD, changes, JUNE).state is ValidityState.AMENDED
    assert validity_of(OLD, changes, MARCH).state is ValidityState.IN_FORCE


@pytest.mark.parametrize(
    ("path", "state"),
    [
        ((("article", "5"), ("clause", "1"), ("point", "c")), ValidityState.AMENDED),
        ((("chapter", "II"), ("article", "5")), ValidityState.AMENDED),
        ((("article", "5"), ("clause", "2")), ValidityState.IN_FORCE),
        ((("article", "10"),), ValidityState.IN_FORCE),
        ((), ValidityState.AMENDED),
    ],
)
def test_an_amendment_touches_the_provisions_it_names_and_what_holds_them(
    path: tuple[tuple[str, str], ...], state: ValidityState
) -> None:
    changes = [change(NEW, RelationKind.AMENDS), change(NEW, RelationKind.AMENDS, "điểm c khoản 1 Điều 5")]
    steps = tuple(PathStep(SectionKind(kind), number) for kind, number in path)
    assert validity_of(OLD, changes, DECEMBER, steps).state is state


def test_an_amendment_that_names_no_provision_touches_every_one() -> None:
    steps = (PathStep(SectionKind.ARTICLE, "10"),)
    assert validity_of(OLD, [change(NEW, RelationKind.AMENDS)], DECEMBER, steps).state is ValidityState.AMENDED


def test_a_guide_or_a_legal_ground_changes_nothing() -> None:
    changes = [change(NEW, RelationKind.GUIDES), change(NEW, RelationKind.BASED_ON)]
    assert validity_of(OLD, changes, DECEMBER) == validity_of(OLD, [], DECEMBER)


def test_a_news_report_has_no_validity() -> None:
    report = replace(OLD, metadata=Metadata(title="Tỉnh mở lớp tập huấn", issued_on=JANUARY))
    assert validity_of(report, [], DECEMBER).state is ValidityState.UNKNOWN


def test_own_dates_bound_validity() -> None:
    bounded = document("1/KH-UBND", JANUARY, MARCH, effective_to=JUNE)
    states = {day: validity_of(bounded, [], day).state for day in (JANUARY, MARCH, JUNE, DECEMBER)}
    assert list(states.values()) == [
        ValidityState.NOT_YET,
        ValidityState.IN_FORCE,
        ValidityState.IN_FORCE,
        ValidityState.EXPIRED,
    ]


def test_without_any_date_validity_is_unknown_unless_something_ended_it() -> None:
    undated = document("1/KH-UBND")
    assert validity_of(undated, [], JUNE).state is ValidityState.UNKNOWN
    assert validity_of(undated, [change(NEW, RelationKind.REPLACES)], DECEMBER).state is ValidityState.EXPIRED


_days = st.dates(date(2024, 1, 1), date(2027, 1, 1))


@given(
    st.lists(st.tuples(_days, st.sampled_from(RelationKind), st.sampled_from(["", "Điều 1"])), max_size=4), _days, _days
)
def test_what_has_expired_stays_expired(happened: list[tuple[date, RelationKind, str]], on: date, later: date) -> None:
    changes = [change(document(f"{i}/KH-UBND", day), kind, scope) for i, (day, kind, scope) in enumerate(happened)]
    on, later = sorted((on, later))
    if validity_of(OLD, changes, on).state is ValidityState.EXPIRED:
        assert validity_of(OLD, changes, later).state is ValidityState.EXPIRED
