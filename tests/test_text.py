"""Vietnamese text: normal forms, syllables and sentences."""

import unicodedata
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from core.text import (
    fold_diacritics,
    has_vietnamese_marks,
    lacks_diacritics,
    nfc,
    normalise_tone_placement,
    sentences,
    syllables,
)

_MARKED = "àáảãạăằắẳẵặâầấẩẫậèéẻẽẹêềếểễệìíỉĩịòóỏõọôồốổỗộơờớởỡợùúủũụưừứửữựỳýỷỹỵđ"
_LETTERS = "abcdeghiklmnopqrstuvxy" + _MARKED
vietnamese = st.text(alphabet=_LETTERS + _LETTERS.upper() + " 0123456789.,;:!?()/-\n", max_size=200)


@given(st.text())
@example("a\u200b\u0323\u0302")
def test_nfc_twice_equals_once(text: str) -> None:
    assert nfc(nfc(text)) == nfc(text)


@given(vietnamese)
def test_decomposed_text_becomes_the_composed_one(text: str) -> None:
    assert nfc(unicodedata.normalize("NFD", text)) == text


def test_nfc_removes_what_cannot_be_seen() -> None:
    assert nfc("Nghị\u00a0quyết\u200b số\ufeff 57") == "Nghị quyết số 57"


@given(vietnamese)
def test_folding_keeps_the_length_and_leaves_no_mark(text: str) -> None:
    folded = fold_diacritics(text)
    assert len(folded) == len(text)
    assert folded.isascii()
    assert fold_diacritics(folded) == folded


def test_every_vietnamese_letter_folds_to_its_base() -> None:
    assert fold_diacritics(_MARKED) == "a" * 17 + "e" * 11 + "i" * 5 + "o" * 17 + "u" * 11 + "y" * 5 + "d"
    assert fold_diacritics("ĐIỀU") == "DIEU"


@given(vietnamese)
@example("quỳ quý quỷ hoà uỷ thuý")
def test_tone_placement_twice_equals_once(text: str) -> None:
    once = normalise_tone_placement(text)
    assert normalise_tone_placement(once) == once


@pytest.mark.parametrize(
    ("old", "new"),
    [("hoà bình", "hòa bình"), ("Uỷ ban", "ủy ban"), ("thuý", "thúy"), ("khoẻ", "khỏe"), ("toạ đàm", "tọa đàm")],
)
def test_both_spellings_of_a_word_meet(old: str, new: str) -> None:
    assert normalise_tone_placement(old) == normalise_tone_placement(new) == new


@pytest.mark.parametrize("word", ["quý", "quỳ", "hoàn", "toán", "hoạt", "khoảng", "quỹ"])
def test_words_with_one_spelling_stay(word: str) -> None:
    assert normalise_tone_placement(word) == word


def test_syllables_are_lower_case_words_and_numbers() -> None:
    assert syllables("Uỷ ban nhân dân tỉnh, 30/2020/NĐ-CP_x") == [
        *("ủy", "ban", "nhân", "dân", "tỉnh"),
        *("30", "2020", "nđ", "cp", "x"),
    ]


@given(vietnamese)
def test_syllables_of_folded_text_are_the_folded_syllables(text: str) -> None:
    assert syllables(fold_diacritics(text)) == [fold_diacritics(syllable) for syllable in syllables(text)]


@pytest.mark.parametrize(
    ("question", "lacking"),
    [
        ("chi tieu dao tao nam 2026 la bao nhieu", True),
        ("muc ho tro", True),
        ("chỉ tieu dao tao", False),
        ("đao tao can bo", False),
        ("KH-UBND 4407", False),
        ("123 456 789 10", False),
        ("", False),
    ],
)
def test_a_question_typed_without_diacritics_is_noticed(question: str, lacking: bool) -> None:
    assert lacks_diacritics(question) is lacking


@given(vietnamese)
def test_folded_text_has_no_marks(text: str) -> None:
    assert has_vietnamese_marks(text) == any(letter in _MARKED for letter in text.lower())
    assert not has_vietnamese_marks(fold_diacritics(text))


def _cut(text: str) -> list[str]:
    return [text[span.start : span.end] for span in sentences(text)]


@given(vietnamese)
@example("Điều 5. Tên\n\n1. Một. Hai!? Ba…\n")
def test_sentences_are_trimmed_ordered_and_lose_only_white_space(text: str) -> None:
    spans = list(sentences(text))
    pieces = [text[span.start : span.end] for span in spans]
    assert all(piece and piece == piece.strip() for piece in pieces)
    assert all(left.end <= right.start for left, right in pairwise(spans))
    assert "".join("".join(pieces).split()) == "".join(text.split())


@pytest.mark.parametrize(
    "sentence",
    [
        "Điều 5. Đối tượng áp dụng là cán bộ cấp xã.",
        "2. Cơ quan chuyên môn của tỉnh.",
        "a. Học viên tham dự.",
        "1.2. Mục tiêu cụ thể đến năm 2030.",
        "II. Nhiệm vụ trọng tâm.",
        "Chương III. Tổ chức thực hiện.",
        "TP. Lạc Thủy và các xã.",
        "Hỗ trợ 1.500.000 đồng/người và 2,5 lần lương cơ sở.",
        "Theo ông Nguyễn V. Bình, có 3 lớp.",
    ],
)
def test_a_full_stop_inside_a_sentence_does_not_end_it(sentence: str) -> None:
    assert _cut(sentence) == [sentence]


def test_sentences_end_at_stops_and_lines() -> None:
    assert _cut("Có 12 lớp. Mỗi lớp 30 người; học 5 ngày.\nGồm:\na) Cán bộ;\nb) Giáo viên.") == [
        *("Có 12 lớp.", "Mỗi lớp 30 người; học 5 ngày.", "Gồm:"),
        *("a) Cán bộ;", "b) Giáo viên."),
    ]
    assert _cut("Ông nói: “Đủ rồi.” Rồi về.") == ["Ông nói: “Đủ rồi.”", "Rồi về."]
    assert _cut(" \n\t") == []
