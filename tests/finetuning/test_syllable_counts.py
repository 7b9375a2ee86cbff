"""Counting syllables for questions without diacritics."""

from finetuning.syllable_counts import count_syllables


def test_syllables_and_pairs_seen_often_enough_in_marked_vietnamese_are_counted() -> None:
    texts = ["Mức hỗ trợ là 2 triệu đồng\nMức hỗ trợ khác"] * 2 + [
        "muc ho tro bare lines",
        "the tax of the tax of the tax",
    ] * 5
    assert count_syllables(iter(texts)) == {
        "singles": {"hỗ": 4, "mức": 4, "trợ": 4},
        "pairs": {"hỗ trợ": 4, "mức hỗ": 4},
    }
