"""What a chat model writes, cut into statements."""

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from answering.drafts import Draft, read_drafts

MARKDOWN = """## Nhiệm vụ của Tổ
Tổ nòng cốt có **hai** nhiệm vụ sau:
- Hướng dẫn cán bộ. [1]
- Báo cáo hằng quý. [1, 2]

| Nhóm | Số buổi |
|---|---|
| Lãnh đạo | 12 [3] |

Xem [Quyết định 5](http://x.example). [2] Hết."""


def test_lists_headings_and_tables_become_statements_with_what_they_stand_below() -> None:
    lead = "Nhiệm vụ của Tổ Tổ nòng cốt có hai nhiệm vụ sau:"
    assert list(read_drafts([MARKDOWN])) == [
        Draft("Nhiệm vụ của Tổ", (), opens=True),
        Draft("Tổ nòng cốt có hai nhiệm vụ sau:", (), "Nhiệm vụ của Tổ", opens=True),
        Draft("Hướng dẫn cán bộ.", (1,), lead),
        Draft("Báo cáo hằng quý.", (1, 2), lead),
        Draft("Nhóm: Lãnh đạo; Số buổi: 12", (3,), lead),
        Draft("Xem Quyết định 5.", (2,), "Nhiệm vụ của Tổ"),
        Draft("Hết.", (), "Nhiệm vụ của Tổ"),
    ]


@pytest.mark.parametrize(
    ("said", "text", "markers"),
    [
        ("Kết quả tốt 【1†nguồn】.", "Kết quả tốt.", (1,)),
        ("Kết quả tốt.[^2]", "Kết quả tốt.", (2,)),
        ("Kết quả tốt. [Đoạn 3]", "Kết quả tốt.", (3,)),
        ("Kết quả **rất tốt** <b>nhé</b>. [1](#a)", "Kết quả rất tốt nhé.", (1,)),
        ("Kết\u200b quả \x1b[31mtốt\u202e. [1]", "Kết quả tốt.", (1,)),
        ("<think>Hay là 7?</think>Kết quả tốt. [1]", "Kết quả tốt.", (1,)),
    ],
)
def test_markup_goes_and_markers_of_every_style_are_read(said: str, text: str, markers: tuple[int, ...]) -> None:
    assert [(draft.text, draft.markers) for draft in read_drafts([said])] == [(text, markers)]


@given(st.lists(st.integers(0, len(MARKDOWN)), max_size=30))
def test_it_does_not_matter_where_the_stream_is_cut(cuts: list[int]) -> None:
    ends = sorted({0, *cuts, len(MARKDOWN)})
    tokens = [MARKDOWN[start:end] for start, end in pairwise(ends)]
    assert list(read_drafts(tokens)) == list(read_drafts([MARKDOWN]))


def test_a_thought_that_never_ends_says_nothing() -> None:
    assert list(read_drafts(["<thi", "nk>Có lẽ là 7 năm. [1]"])) == []
