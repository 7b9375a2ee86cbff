"""Questions made from official texts."""

from itertools import islice

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.text import lacks_diacritics
from finetuning.batches import make_batches
from finetuning.pairs import Pair, make_pairs
from finetuning.sources import SourcePassage, without_held_out

HEADER = "Luật Dữ liệu › Điều 3. Giải thích từ ngữ"
DEFINITIONS = (
    "Điều 3. Giải thích từ ngữ\n"
    "1. Dữ liệu mở là dữ liệu mà mọi cơ quan, tổ chức, cá nhân được tự do sử dụng, tái sử dụng và chia sẻ.\n"
    "2. Kho dữ liệu dùng chung là nơi tập hợp dữ liệu của các cơ quan trong tỉnh để cùng khai thác."
)
DUTIES = (
    "Điều 7. Trách nhiệm của chủ quản dữ liệu\n"
    "1. Chủ quản dữ liệu có trách nhiệm sau đây:\n"
    "a) Công bố danh mục dữ liệu mở trong thời hạn 15 ngày kể từ ngày kế hoạch được phê duyệt;\n"
    "b) Bảo đảm an toàn thông tin cho dữ liệu trong suốt quá trình thu thập, lưu trữ và chia sẻ."
)


def passage(text: str, *, document: str = "luat", heading: str = "", provision: str = "điều") -> SourcePassage:
    return SourcePassage(document, "Luật Dữ liệu", provision, heading, f"Luật Dữ liệu › {heading}", text)


def questions(source: SourcePassage) -> list[Pair]:
    """What is asked about one passage over many draws, diacritics kept."""
    return [pair for seed in range(400) for pair in make_pairs([source], seed=seed, undiacritic_share=0)]


def test_definitions_are_asked_for() -> None:
    made = questions(passage(DEFINITIONS, heading="Giải thích từ ngữ"))
    assert {"Dữ liệu mở là gì?", "Thế nào là kho dữ liệu dùng chung?"} <= {pair.question for pair in made}
    assert all("tái sử dụng" in pair.passage for pair in made if pair.question == "Dữ liệu mở là gì?")


def test_a_heading_is_asked_for_mostly_without_standing_in_the_passage() -> None:
    heading = "Trách nhiệm của chủ quản dữ liệu"
    made = questions(passage(DUTIES, heading=heading))
    by_heading = [pair for pair in made if pair.question == f"{heading} quy định ra sao?"]
    assert by_heading
    hidden = [pair for pair in made if heading.lower() in pair.question.lower() and heading not in pair.passage]
    assert len(hidden) > len(made) / 10


def test_amounts_and_lists_are_asked_for() -> None:
    asked = " ".join(pair.question for pair in questions(passage(DUTIES)))
    assert "trong thời hạn bao nhiêu ngày" in asked
    assert "Chủ quản dữ liệu có trách nhiệm gì?" in asked


def test_a_heading_of_many_documents_is_asked_with_its_document_only() -> None:
    sources = [
        passage(f"Văn bản số {i} quy định kinh phí, thời gian và nơi tổ chức các lớp tập huấn cho cán bộ cấp xã. " * 2,
                document=f"d{i}", heading="Phạm vi điều chỉnh", provision=f"d{i}")
        for i in range(4)
    ]  # fmt: skip
    made = [pair for seed in range(20) for pair in make_pairs(sources, seed=seed, undiacritic_share=0)]
    by_heading = [pair.question for pair in made if "hạm vi điều chỉnh" in pair.question]
    assert by_heading and all("luật dữ liệu" in question.lower() for question in by_heading)


def test_equal_seeds_make_equal_pairs_and_some_lose_their_diacritics() -> None:
    sources = [passage(DUTIES.replace("15", str(number)), provision=str(number)) for number in range(40)]
    assert make_pairs(sources, seed=3) == make_pairs(sources, seed=3) != make_pairs(sources, seed=4)
    folded = [lacks_diacritics(pair.question) for pair in make_pairs(sources, seed=3, undiacritic_share=0.5)]
    assert 5 < sum(folded) < 35


def test_forms_and_scraps_are_not_asked_about() -> None:
    assert make_pairs([passage("Ngắn."), passage("Họ và tên: ................ " * 20)], seed=1) == []


def test_documents_that_stand_in_what_is_held_out_are_left_out_whole() -> None:
    own = [
        passage(DEFINITIONS, document="luật"),
        passage(DUTIES, document="luật"),
        passage(DUTIES * 2, document="khác"),
    ]
    kept = without_held_out(
        [*own, passage("Một văn bản hoàn toàn khác về tập huấn cán bộ. " * 3, document="riêng")], own[:1]
    )
    assert {source.document for source in kept} == {"khác", "riêng"}
    assert without_held_out(own, []) == own


PAIRS = st.lists(
    st.builds(
        Pair,
        document=st.sampled_from("abc"),
        provision=st.integers(0, 9).map(str),
        question=st.integers(0, 20).map(str),
        passage=st.text(max_size=3),
    ),
    max_size=60,
)


@given(PAIRS, st.integers(2, 5))
def test_no_batch_holds_a_provision_or_a_question_twice(pairs: list[Pair], size: int) -> None:
    try:
        batches = list(islice(make_batches(pairs, size, seed=1), 20))
    except ValueError:
        return
    for batch in batches:
        assert len(batch) == len({pair.provision for pair in batch}) == len({pair.question for pair in batch}) == size


def test_a_large_document_fills_whole_batches() -> None:
    pairs = [Pair(document, f"{document}{i}", f"{document}?{i}", "p") for document in "ab" for i in range(40)]
    for batch in islice(make_batches(pairs, 8, seed=1), 10):
        assert len({pair.document for pair in batch}) == 1


def test_too_few_pairs_for_a_batch_are_refused() -> None:
    with pytest.raises(ValueError, match="too few"):
        next(make_batches([], 2, seed=1))
