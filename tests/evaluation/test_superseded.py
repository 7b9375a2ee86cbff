"""Answers that pass off as current what does not bind on the day."""

from dataclasses import replace
from datetime import date

import pytest

from core.types import Answer, SearchFilter, Span
from evaluation.sample import locate_terms
from evaluation.superseded import Term, passes_as_current, read_terms
from web.application import Application

_BEFORE, _AFTER = date(2026, 11, 23), date(2027, 2, 1)


@pytest.fixture(scope="module")
def terms(assistant: Application) -> list[tuple[Term, str, Span]]:
    return locate_terms(assistant)


@pytest.fixture(scope="module")
def replaced(assistant: Application) -> Answer:
    """From a resolution that another replaces on 1 January 2027, asked for by its number after that day."""
    question = "Mức thù lao giảng viên nguồn theo Nghị quyết 12/2025/NQ-HĐND là bao nhiêu?"
    answer = assistant.chain.ask(question, search_filter=SearchFilter(as_of=_AFTER))
    assert {citation.document.metadata.number for citation in answer.citations} == {"12/2025/NQ-HĐND"}
    return answer


def test_the_table_names_provisions_that_the_corpus_has(terms: list[tuple[Term, str, Span]]) -> None:
    assert len(terms) == len(read_terms())
    assert all(span.start < span.end for _, _, span in terms)


def test_an_answer_that_says_so_passes_nothing_off(replaced: Answer, terms: list[tuple[Term, str, Span]]) -> None:
    assert not passes_as_current(replaced, terms, _AFTER)


def test_the_same_answer_without_its_warning_does(replaced: Answer, terms: list[tuple[Term, str, Span]]) -> None:
    silent = replace(replaced, warnings=("Kho không có văn bản hướng dẫn.",))
    assert passes_as_current(silent, terms, _AFTER)
    assert not passes_as_current(silent, terms, _BEFORE)


def test_a_term_ends_before_its_last_day() -> None:
    term = Term("a.pdf", "", date(2025, 8, 10), date(2027, 1, 1), "")
    days = [date(2025, 8, 9), date(2025, 8, 10), date(2026, 12, 31), date(2027, 1, 1)]
    assert [term.holds_on(day) for day in days] == [False, True, True, False]
