"""Enumerated provisions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.provisions import list_provisions, provision_spans


@pytest.mark.parametrize(
    ("text", "scopes"),
    [
        ("khoản 6 và khoản 7 Điều 3", ["khoản 6 Điều 3", "khoản 7 Điều 3"]),
        ("các điểm b, c và đ khoản 1, điểm đ khoản 2 Điều 14; Điều 19", [
            "điểm b khoản 1 Điều 14", "điểm c khoản 1 Điều 14", "điểm đ khoản 1 Điều 14", "điểm đ khoản 2 Điều 14",
            "Điều 19",
        ]),
        ("Khoản 3 và điểm c khoản 4 Điều 7; các Điều 16, 17", [
            "khoản 3 Điều 7", "điểm c khoản 4 Điều 7", "Điều 16", "Điều 17",
        ]),
        ("Điều 5 khoản 2 điểm a", ["điểm a khoản 2 Điều 5"]),
        ("khoản 3 vào sau khoản 2 Điều 14", ["khoản 3 Điều 14"]),
        ("điểm n vào sau điểm m của khoản 2 Điều 3", ["điểm n khoản 2 Điều 3"]),
        ("Điều 64a vào sau Điều 64", ["Điều 64a"]),
        ("từ Phụ lục I đến Phụ lục III", ["Phụ lục I", "Phụ lục II", "Phụ lục III"]),
        ("khoản 1 Mục VII nội dung C Phần V Phụ lục I", ["khoản 1 Mục VII Phần V Phụ lục I"]),
        ("gạch đầu dòng thứ 2 điểm a khoản 2 Điều 7", ["gạch đầu dòng thứ 2 điểm a khoản 2 Điều 7"]),
        ("khoản la sau khoản 1 Điều 18", ["khoản 1a Điều 18"]),
        ("khoản 1 Điểu 3", ["khoản 1 Điều 3"]),
        ("Điều 5 ngày 12/3/2020, Nghị định số 5/2020/NĐ-CP", ["Điều 5"]),
        ("điều kiện, mục tiêu và phần mềm", []),
    ],
)  # fmt: skip
def test_enumerations_name_each_provision_with_all_its_levels(text: str, scopes: list[str]) -> None:
    assert [provision.scope for provision in list_provisions(text)] == scopes


def test_a_level_left_unsaid_is_taken_from_the_clause_above() -> None:
    (container,) = list_provisions("một số điểm tại khoản 2 của Điều 99")
    (point,) = list_provisions("điểm b")
    assert point.within(container).scope == "điểm b khoản 2 Điều 99"
    (article,) = list_provisions("Điều 5")
    assert article.within(container) == article
    assert point.within(None) == point


_points = st.sampled_from("abcdđeghiklmnopqrstuvxy")
_clauses = st.integers(1, 40).map(str) | st.just("3a")
_articles = st.integers(1, 300).map(str) | st.just("12b")
_cited = st.one_of(
    st.builds("Điều {}".format, _articles),
    st.builds("khoản {} Điều {}".format, _clauses, _articles),
    st.builds("điểm {} khoản {} Điều {}".format, _points, _clauses, _articles),
)


@given(st.lists(_cited, min_size=1, max_size=6, unique=True), st.sampled_from(["; ", " và "]))
def test_what_is_cited_in_full_is_read_back_in_full(cited: list[str], joint: str) -> None:
    assert [provision.scope for provision in list_provisions(joint.join(cited))] == cited


@given(st.text(max_size=200), _cited)
def test_any_text_is_read_and_scopes_are_read_the_same_again(text: str, cited: str) -> None:
    mixed = f"{text} {cited} {text}"
    for provision in list_provisions(mixed):
        assert provision.steps in [again.steps for again in list_provisions(provision.scope)]
    spans = provision_spans(mixed)
    assert spans == sorted(spans)
