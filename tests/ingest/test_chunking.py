"""Chunks: exact slices along provisions, within the budget, with the breadcrumb that makes them understandable."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from core.types import Chunk, Metadata, PathStep, SectionKind
from ingest.chunking import make_chunks
from ingest.structure import find_sections

DECREE = Metadata(kind="Nghị định", number="9/2026/NĐ-CP", title="Quy định về trợ lý số")


def _count_words(texts: Sequence[str]) -> list[int]:
    return [len(text.split()) for text in texts]


def _chunks(text: str, max_tokens: int = 60, metadata: Metadata = DECREE) -> tuple[Chunk, ...]:
    return make_chunks(
        "d" * 16, text, (0,), find_sections(text, (0,)), metadata, count_tokens=_count_words, max_tokens=max_tokens
    )


def _words(count: int, word: str = "chữ") -> str:
    return " ".join([word] * count)


def test_article_that_fits_is_one_chunk() -> None:
    text = f"Điều 1. Tên\n1. {_words(10)}.\n2. {_words(10)}.\nĐiều 2. Hiệu lực\n{_words(5)}."
    chunks = _chunks(text)
    assert [chunk.label for chunk in chunks] == ["Điều 1", "Điều 2"]
    assert chunks[0].text == text[: text.index("\nĐiều 2")]
    assert chunks[0].header == "Nghị định 9/2026/NĐ-CP – Quy định về trợ lý số"
    assert [chunk.id for chunk in chunks] == ["dddddddddddddddd-00000", "dddddddddddddddd-00001"]


def test_long_article_is_cut_between_clauses_and_keeps_its_heading() -> None:
    clauses = "\n".join(f"{n}. {_words(18)}." for n in range(1, 5))
    first, *others = _chunks(f"Điều 1. Tên điều\n{clauses}")
    assert first.text.startswith("Điều 1. Tên điều\n1. ")
    assert [chunk.text[:2] for chunk in others] == [f"{n}." for n in range(1 + first.text.count("\n"), 5)]
    assert all(chunk.header.endswith("› Điều 1. Tên điều") for chunk in others)
    assert others[-1].label == "khoản 4 Điều 1"


def test_long_clause_is_cut_between_points_and_keeps_its_lead_in() -> None:
    points = "\n".join(f"{letter}) {_words(20)};" for letter in "abcd")
    chunks = _chunks(f"Điều 1. Tên\n1. Phạt tiền đối với hành vi sau:\n{points}", max_tokens=50)
    last = chunks[-1]
    assert last.label == "điểm d khoản 1 Điều 1"
    assert last.header.endswith("› Điều 1. Tên › 1. Phạt tiền đối với hành vi sau:")


def test_chapter_heading_goes_with_its_first_article() -> None:
    text = f"Chương I\nQUY ĐỊNH CHUNG\nĐiều 1. Tên\n{_words(6)}.\nĐiều 2. Tên\n{_words(6)}."
    first, second = _chunks(text)
    assert first.text.startswith("Chương I\nQUY ĐỊNH CHUNG\nĐiều 1.")
    assert (first.label, second.label) == ("Điều 1", "Điều 2")
    assert second.header.endswith("› Chương I. QUY ĐỊNH CHUNG")


def test_chunk_of_sibling_items_is_labelled_by_the_first_and_the_last() -> None:
    items = "\n".join(f"{n}. {_words(8)}." for n in range(1, 12))
    chunks = _chunks(f"I. NHIỆM VỤ\n{items}\nII. TỔ CHỨC\n{_words(5)}.", max_tokens=50)
    assert len(chunks) > 2
    assert {chunk.section_path for chunk in chunks[:-2]} == {(PathStep(SectionKind.ROMAN, "I"),)}
    assert [chunk.label for chunk in chunks[:3]] == ["Mục I", "Mục I.4 đến Mục I.6", "Mục I.7 đến Mục I.9"]
    assert chunks[-1].label == "Mục II"


def test_footnotes_go_into_chunks_together() -> None:
    body = "Điều 1. Tên\n" + _words(5)
    text = body + "".join(f"\n{n} Khoản này được sửa đổi {_words(4)}." for n in range(1, 7))
    sections = find_sections(text, (0,), len(body) + 1)
    chunks = make_chunks("a" * 16, text, (0,), sections, Metadata(), count_tokens=_count_words, max_tokens=40)
    assert [chunk.label for chunk in chunks] == [
        "Điều 1", "Chú thích 1 đến Chú thích 2", "Chú thích 3 đến Chú thích 4", "Chú thích 5 đến Chú thích 6",
    ]  # fmt: skip


def test_sentence_is_not_cut_when_it_fits() -> None:
    sentences = [f"Câu {n} có {_words(12)}." for n in range(20)]
    chunks = _chunks(" ".join(sentences), metadata=Metadata())
    assert all(chunk.text.endswith(".") and chunk.text.startswith("Câu ") for chunk in chunks)
    assert len(chunks) >= 5
    assert " ".join(chunk.text for chunk in chunks) == " ".join(sentences)


def test_sentence_longer_than_a_chunk_is_cut_between_words() -> None:
    text = _words(200, "dữliệu")
    chunks = _chunks(text, metadata=Metadata())
    assert len(chunks) >= 4
    assert all(set(chunk.text.split()) == {"dữliệu"} for chunk in chunks)


def test_later_rows_of_a_table_carry_the_column_heads() -> None:
    rows = "\n".join(f"{n} | Mở lớp học số {n} | Sở Nội vụ" for n in range(1, 30))
    chunks = _chunks(f"I. MỤC\nBảng sau:\nTT | Nhiệm vụ | Chủ trì\n{rows}\nII. HẾT\nXong.")
    middle = chunks[2]
    assert middle.header.endswith("Bảng: TT | Nhiệm vụ | Chủ trì")
    assert all(line.count(" | ") == 2 for line in middle.text.split("\n"))


def test_list_of_recipients_is_left_out_and_the_signature_kept() -> None:
    text = "Điều 1. Tên\nNội dung.\nNơi nhận:\n- Ban Bí thư;\n- Lưu: VT.\nTM. CHÍNH PHỦ\nTHỦ TƯỚNG\nNguyễn Văn A"
    chunks = _chunks(text)
    assert [chunk.label for chunk in chunks] == ["Điều 1", "Phần cuối"]
    assert chunks[-1].text == "TM. CHÍNH PHỦ\nTHỦ TƯỚNG\nNguyễn Văn A"


def test_letterhead_is_a_chunk_of_its_own_outside_every_section() -> None:
    preamble, article = _chunks("CHÍNH PHỦ\nSố: 9/2026/NĐ-CP\nCăn cứ Luật A;\nĐiều 1. Tên\nNội dung.")
    assert (preamble.label, preamble.section_path) == ("Phần mở đầu", ())
    assert article.label == "Điều 1"


def test_pages_are_those_of_first_and_last_character() -> None:
    text = f"Điều 1. Tên\n{_words(10)}.\nĐiều 2. Tên\n{_words(10)}."
    starts = (0, 20, text.index("Điều 2"))
    chunks = make_chunks(
        "a" * 16, text, starts, find_sections(text, starts), DECREE, count_tokens=_count_words, max_tokens=60
    )
    assert [(chunk.page_start, chunk.page_end) for chunk in chunks] == [(1, 2), (3, 3)]


def test_long_titles_never_push_a_chunk_over_the_budget() -> None:
    metadata = Metadata(kind="Quyết định", number="1/QĐ-UBND", title=_words(300, "tiêu đề"))
    text = f"Chương I\n{_words(60, 'TÊN')}\nĐiều 1. {_words(40, 'tên')}\n" + "\n".join(
        f"{n}. {_words(30)}." for n in range(1, 9)
    )
    assert all(chunk.token_count <= 40 for chunk in _chunks(text, max_tokens=40, metadata=metadata))


def test_empty_text_has_no_chunks() -> None:
    assert _chunks("") == ()
    assert _chunks(" \n ") == ()


def test_tokenizer_is_called_in_batches() -> None:
    calls = 0

    def count(texts: Sequence[str]) -> list[int]:
        nonlocal calls
        calls += 1
        return _count_words(texts)

    text = "\n".join(f"Điều {n}. Tên\n1. {_words(30)}.\n2. {_words(30)}." for n in range(1, 200))
    chunks = make_chunks("a" * 16, text, (0,), find_sections(text, (0,)), DECREE, count_tokens=count, max_tokens=60)
    assert len(chunks) >= 199
    assert calls <= 8


_LINE = st.one_of(
    st.sampled_from(
        [
            "Chương I", "QUY ĐỊNH CHUNG", "Điều 1. Tên", "Điều 2. Tên", "Điều 3. Tên", "1. Nội dung", "2. Nội dung",
            "a) Điểm", "b) Điểm", "I. MỤC", "II. MỤC", "TT | Tên", "1 | Một", "Phụ lục I", "QUY CHẾ", "- Gạch",
        ]
    ),
    st.integers(1, 70).map(_words),
    st.lists(st.integers(1, 12).map(lambda n: _words(n) + "."), max_size=8).map(" ".join),
    st.text(max_size=60),
)  # fmt: skip


@given(st.lists(_LINE, max_size=30).map("\n".join), st.integers(8, 60))
def test_chunks_are_ordered_slices_that_cover_the_text_within_the_budget(text: str, max_tokens: int) -> None:
    end = 0
    for chunk in _chunks(text, max_tokens):
        assert chunk.text == text[chunk.span.start : chunk.span.end] == chunk.text.strip() != ""
        assert chunk.token_count <= max_tokens
        assert chunk.token_count == len(f"{chunk.header} {chunk.text}".split())
        assert text[end : chunk.span.start].strip() == ""
        end = chunk.span.end
    assert text[end:].strip() == ""
