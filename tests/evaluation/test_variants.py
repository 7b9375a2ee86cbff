"""Slips of the keyboard: they keep numbers, repeat themselves, and are those that people make."""

import re
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rapidfuzz.distance import Levenshtein

from core.text import fold_diacritics, has_vietnamese_marks, nfc
from evaluation.sample import read_questions
from evaluation.variants import TELEX, VNI, keystrokes, typos, undiacritic
from tests.evaluation.test_sample import QUESTIONS

_WORDS = st.sampled_from(
    "quy định về thống kê của Ủy ban nhân dân tỉnh, được hưởng 450.000 đồng/tiết theo Nghị định số 13/2023/NĐ-CP"
    " ngày 17/4/2023 tại điểm a khoản 2 Điều 7 (sửa đổi) UBND 12-NQ/TW nước ngoài hoà giải không?".split()
)
_QUESTIONS = st.lists(_WORDS, min_size=1, max_size=40).map(" ".join)


@pytest.mark.parametrize(
    ("word", "telex", "vni"),
    [
        ("định", "ddinhj", "d9inh5"),
        ("thống", "thoongs", "tho6ng1"),
        ("được", "dduwowcj", "d9u7o7c5"),
        ("Đặng", "Ddawngj", "D9a8ng5"),
        ("theo", "theo", "theo"),
    ],
)
def test_keystrokes_are_those_of_the_typing_methods(word: str, telex: str, vni: str) -> None:
    assert keystrokes(word, TELEX, tone_last=True) == telex
    assert keystrokes(word, VNI, tone_last=True) == vni


def test_a_tone_may_be_typed_behind_its_vowel() -> None:
    assert keystrokes("thống", TELEX, tone_last=False) == "thoosng"
    assert keystrokes("thống", VNI, tone_last=False) == "tho61ng"


@given(_QUESTIONS, st.integers(0, 9))
def test_the_same_question_slips_the_same_way_and_stays_close(question: str, seed: int) -> None:
    slipped = typos(question, seed=seed)
    assert slipped == typos(question, seed=seed) == nfc(slipped)
    words = len(question.split())
    # "được" in raw keys of VNI takes the most edits.
    assert Levenshtein.distance(question, slipped) <= 7 * max(1, round(0.1 * words))


@given(_QUESTIONS, st.integers(0, 9))
def test_numbers_document_numbers_and_abbreviations_are_left_alone(question: str, seed: int) -> None:
    def fixed(text: str) -> Counter[str]:
        return Counter(word for word in text.split() if re.search(r"\d|/|-|UBND", word))

    assert fixed(question) <= fixed(typos(question, seed=seed))


@given(_QUESTIONS)
def test_without_diacritics_only_the_marks_are_gone(question: str) -> None:
    bare = undiacritic(question)
    assert not has_vietnamese_marks(bare)
    assert bare == fold_diacritics(question)
    assert len(bare) == len(nfc(question))


def test_every_question_of_the_sample_set_gets_a_slip_and_every_family_occurs() -> None:
    questions = [question.text for question in read_questions(QUESTIONS)]
    slipped = [typos(question) for question in questions]
    changed = [
        (before, after) for question, varied in zip(questions, slipped, strict=True)
        if len(question.split()) == len(varied.split())
        for before, after in zip(question.split(), varied.split(), strict=True) if before != after
    ]  # fmt: skip
    assert all(question != varied for question, varied in zip(questions, slipped, strict=True))
    assert any(len(question.split()) > len(varied.split()) for question, varied in zip(questions, slipped, strict=True))
    assert any(keystrokes(before.strip(",?."), VNI, tone_last=True) == after.strip(",?.") for before, after in changed)
    assert any(fold_diacritics(before) == fold_diacritics(after) for before, after in changed)
    assert any(len(before) == len(after) + 1 for before, after in changed)
    assert len(changed) < 0.2 * sum(len(question.split()) for question in questions)


def test_what_cannot_slip_comes_back_as_it_was() -> None:
    assert [typos(text) for text in ("", "13/2023/NĐ-CP", "UBND 2026", "  ")] == [
        "",
        "13/2023/NĐ-CP",
        "UBND 2026",
        "  ",
    ]
