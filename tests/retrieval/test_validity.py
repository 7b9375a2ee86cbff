"""Whether a document binds on a day."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.types import Document, Metadata, PathStep, Relation, RelationKind, SectionKind, ValidityState
from retrieval.validity import IncomingRelation, relations_touching, validity_of

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


CLAUSE = (PathStep(SectionKind.ARTICLE, "12"), PathStep(SectionKind.CLAUSE, "1"))


def test_a_repealed_provision_has_expired_and_what_holds_it_is_amended() -> None:
    changes = [change(NEW, RelationKind.REPEALS, "khoản 1 Điều 12")]
    repealed = validity_of(OLD, changes, DECEMBER, CLAUSE)
    assert (repealed.state, repealed.by_document_id) == (ValidityState.EXPIRED, NEW.id)
    assert repealed.reason == "Bị bãi bỏ khoản 1 Điều 12 bởi Kế hoạch 12/KH-UBND từ ngày 01/06/2025."
    assert validity_of(OLD, changes, DECEMBER, CLAUSE[:1]).state is ValidityState.AMENDED
    before = validity_of(OLD, changes, MARCH, CLAUSE)
    assert (before.state, before.reason[:10]) == (ValidityState.IN_FORCE, "Sẽ bị bãi ")


def test_a_relation_with_a_day_of_its_own_counts_from_it() -> None:
    later = IncomingRelation(NEW, Relation(RelationKind.REPLACES, "4407/KH-UBND", effective_on=DECEMBER))
    assert validity_of(OLD, [later], JUNE).state is ValidityState.IN_FORCE
    assert validity_of(OLD, [later], DECEMBER).state is ValidityState.EXPIRED


@pytest.mark.parametrize(
    ("exception", "state"),
    [
        ("khoản 1 Điều 12", ValidityState.IN_FORCE),
        ("khoản 1 Điều 12 của Kế hoạch này", ValidityState.EXPIRED),
        ("khoản 2 Điều 12", ValidityState.EXPIRED),
    ],
)
def test_what_is_excepted_from_the_end_of_a_document_stays(exception: str, state: ValidityState) -> None:
    ended = IncomingRelation(NEW, Relation(RelationKind.REPEALS, "4407/KH-UBND", exception=exception))
    assert validity_of(OLD, [ended], DECEMBER, CLAUSE).state is state
    whole = validity_of(OLD, [ended], DECEMBER)
    assert (whole.state, whole.reason.endswith(f", trừ {exception}.")) == (ValidityState.EXPIRED, True)


def test_an_exception_within_a_repealed_article_is_read_from_that_article() -> None:
    ended = IncomingRelation(NEW, Relation(RelationKind.REPEALS, "4407/KH-UBND", "Điều 12", exception="khoản 1"))
    assert validity_of(OLD, [ended], DECEMBER, CLAUSE).state is ValidityState.IN_FORCE
    assert validity_of(OLD, [ended], DECEMBER, CLAUSE[:1]).state is ValidityState.EXPIRED


def test_the_end_of_a_replacing_document_does_not_revive_what_it_replaced() -> None:
    ended = change(NEW, RelationKind.REPLACES)._replace(by_ended_on=DECEMBER)
    assert validity_of(OLD, [ended], DECEMBER).state is ValidityState.EXPIRED


def test_a_document_that_ended_before_its_day_replaced_nothing() -> None:
    never = change(NEW, RelationKind.REPLACES)._replace(by_ended_on=MARCH)
    assert validity_of(OLD, [never], DECEMBER).state is ValidityState.IN_FORCE


def test_an_announced_extension_outlasts_the_documents_own_end() -> None:
    bounded = document("1/KH-UBND", JANUARY, effective_to=MARCH)
    extended = validity_of(bounded, [change(NEW, RelationKind.EXTENDS)], DECEMBER)
    assert (extended.state, extended.by_document_id) == (ValidityState.IN_FORCE, NEW.id)
    assert validity_of(bounded, [change(NEW, RelationKind.EXTENDS)], JUNE - timedelta(1)).state is ValidityState.EXPIRED


def test_a_muc_of_a_plan_is_its_roman_part() -> None:
    changes = [change(NEW, RelationKind.AMENDS, "Mục II")]
    states = {
        number: validity_of(OLD, changes, DECEMBER, (PathStep(SectionKind.ROMAN, number),)).state
        for number in ("I", "II")
    }
    assert states == {"I": ValidityState.IN_FORCE, "II": ValidityState.AMENDED}


def test_relations_that_touch_a_provision_come_oldest_first() -> None:
    later = document("15/KH-UBND", JUNE, DECEMBER)
    incoming = [
        change(later, RelationKind.GUIDES, "khoản 1 Điều 12"),
        change(NEW, RelationKind.AMENDS),
        change(NEW, RelationKind.AMENDS, "Điều 12"),
        change(later, RelationKind.AMENDS, "Điều 13"),
        change(later, RelationKind.BASED_ON),
    ]
    assert relations_touching(incoming, CLAUSE) == [incoming[2], incoming[0]]
    assert len(relations_touching(incoming, ())) == 4


_scopes = st.sampled_from(["", "Điều 1", "khoản 2 Điều 1", "điểm a khoản 2 Điều 1", "các quy định về phí", "Phụ lục I"])
_paths = st.sampled_from([(), CLAUSE, (PathStep(SectionKind.ARTICLE, "1"),), (PathStep(SectionKind.APPENDIX, "I"),)])
_days = st.dates(date(2024, 1, 1), date(2027, 1, 1))


_happened = st.lists(
    st.tuples(
        _days, st.sampled_from(RelationKind), _scopes, st.none() | _days, st.sampled_from(["", "khoản 1 Điều 12"])
    ),
    max_size=4,
)


def _incoming(happened: list[tuple[date, RelationKind, str, date | None, str]]) -> list[IncomingRelation]:
    return [
        IncomingRelation(
            document(f"{i}/KH-UBND", day), Relation(kind, "4407/KH-UBND", scope, effective_on=own, exception=exception)
        )
        for i, (day, kind, scope, own, exception) in enumerate(happened)
    ]


@given(_happened, _paths, _days, _days)
def test_what_has_expired_stays_expired_without_an_extension(
    happened: list[tuple[date, RelationKind, str, date | None, str]],
    path: tuple[PathStep, ...],
    on: date,
    later: date,
) -> None:
    changes = [c for c in _incoming(happened) if c.relation.kind is not RelationKind.EXTENDS]
    on, later = sorted((on, later))
    if validity_of(OLD, changes, on, path).state is ValidityState.EXPIRED:
        assert validity_of(OLD, changes, later, path).state is ValidityState.EXPIRED


@given(_happened, _paths, _days)
def test_every_change_of_state_names_the_document_that_makes_it(
    happened: list[tuple[date, RelationKind, str, date | None, str]], path: tuple[PathStep, ...], on: date
) -> None:
    changes = _incoming(happened)
    validity = validity_of(OLD, changes, on, path)
    by = {each.by.id: each for each in changes}
    if validity.state in (ValidityState.AMENDED, ValidityState.EXPIRED):
        assert validity.by_document_id is not None
        acting = by[validity.by_document_id]
        assert acting.by.name in validity.reason
        assert any(c.by.id == acting.by.id and c.since and c.since <= on for c in changes)
    assert validity.reason.endswith(".")


@given(_happened, _days)
def test_a_document_that_has_ended_has_no_provision_in_force_but_excepted_ones(
    happened: list[tuple[date, RelationKind, str, date | None, str]], on: date
) -> None:
    changes = _incoming(happened)
    if validity_of(OLD, changes, on).state is ValidityState.EXPIRED:
        article = (PathStep(SectionKind.ARTICLE, "7"),)
        assert validity_of(OLD, changes, on, article).state is ValidityState.EXPIRED
