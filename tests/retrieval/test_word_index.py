"""The word index by itself."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import StoreError
from core.text import fold_diacritics
from retrieval.word_index import WordIndex, terms_of
from tests.retrieval.samples import DATA_RULES, TRAINING_PLAN, parsed_document

PLAN = parsed_document(TRAINING_PLAN, source="ke-hoach.txt")
RULES = parsed_document(DATA_RULES, source="quy-che.txt")


@pytest.fixture
def index(tmp_path: Path) -> Iterator[WordIndex]:
    index = WordIndex(tmp_path / "words", writable=True)
    index.put([(PLAN.id, PLAN.chunks), (RULES.id, RULES.chunks)])
    yield index
    index.close()


def test_a_question_finds_the_chunk_that_shares_its_words(index: WordIndex) -> None:
    hits = index.search("kinh phí lấy từ đâu?", limit=5, folded=False)
    assert hits[0].chunk_id == PLAN.chunks[1].id
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)


def test_a_question_without_diacritics_needs_the_folded_words(index: WordIndex) -> None:
    assert index.search("dong y", limit=1, folded=False) == []
    assert index.search("dong y", limit=1, folded=True)[0].chunk_id == RULES.chunks[0].id


def test_old_and_new_tone_placement_are_one_word(index: WordIndex) -> None:
    index.put([("d", [parsed_document("Uỷ ban hoà giải", source="x").chunks[0]])])
    assert index.search("ủy ban hòa giải", limit=1, folded=False)[0].score > 0


def test_adjacent_words_rank_above_the_same_words_apart(index: WordIndex) -> None:
    apart = parsed_document("bộ máy và nội dung\nnội bộ dung máy và", source="x")
    index.put([(apart.id, apart.chunks)])
    assert index.search("nội bộ", limit=2, folded=False)[0].chunk_id == apart.chunks[1].id


def test_header_words_are_found(index: WordIndex) -> None:
    assert {hit.chunk_id for hit in index.search("quy chế txt", limit=9, folded=True)} >= {c.id for c in RULES.chunks}


def test_a_search_within_documents_returns_only_theirs(index: WordIndex) -> None:
    hits = index.search("dữ liệu kinh phí", limit=9, folded=False, document_ids=[RULES.id])
    assert hits and all(hit.chunk_id.startswith(RULES.id) for hit in hits)
    assert index.search("dữ liệu", limit=9, folded=False, document_ids=[]) == []


def test_putting_twice_is_putting_once_and_deleting_takes_all(index: WordIndex) -> None:
    index.put([(PLAN.id, PLAN.chunks)])
    assert index.count() == len(PLAN.chunks) + len(RULES.chunks)
    index.delete_documents([PLAN.id, "unknown"])
    assert index.count() == len(RULES.chunks)
    assert index.search("kinh phí", limit=5, folded=False) == []


@given(question=st.text(max_size=200) | st.sampled_from(['"a" AND (b', "words:* -x", "a_b:c^2", "\0"]))
def test_no_question_is_taken_for_a_query_language(question: str, tmp_path_factory: pytest.TempPathFactory) -> None:
    index = WordIndex(tmp_path_factory.getbasetemp() / "any-question", writable=False)
    assert index.search(question, limit=3, folded=True) == []
    assert all(term == term.lower() and not term.isspace() for term in terms_of(question))


def test_a_page_long_question_is_answered(index: WordIndex) -> None:
    assert index.search("kinh phí " + "từ này từ khác " * 1300, limit=1, folded=False)


def test_a_reader_sees_what_was_committed_after_it_opened(index: WordIndex, tmp_path: Path) -> None:
    reader = WordIndex(tmp_path / "words", writable=False)
    index.delete_documents([PLAN.id])
    reader.refresh()
    assert reader.count() == len(RULES.chunks)
    with pytest.raises(StoreError, match="mở để đọc"):
        reader.refill([])


def test_a_reader_before_the_first_writer_finds_nothing_then_everything(tmp_path: Path) -> None:
    reader = WordIndex(tmp_path / "new", writable=False)
    assert reader.search("kinh phí", limit=1, folded=False) == []
    writer = WordIndex(tmp_path / "new", writable=True)
    writer.put([(PLAN.id, PLAN.chunks)])
    reader.refresh()
    assert reader.count() == len(PLAN.chunks)
    writer.close()


def test_a_damaged_index_is_made_anew_by_a_writer_and_refused_to_a_reader(index: WordIndex, tmp_path: Path) -> None:
    index.close()
    (tmp_path / "words" / "meta.json").write_text("{", encoding="utf-8")
    with pytest.raises(StoreError, match="rebuild"):
        WordIndex(tmp_path / "words", writable=False)
    anew = WordIndex(tmp_path / "words", writable=True)
    assert anew.count() == 0
    anew.close()


def test_rare_terms_stand_in_few_chunks(index: WordIndex) -> None:
    counts = index.chunk_frequencies(["dữ", "du", "kinh_phí", "vắng"])
    assert counts == {"dữ": 2, "du": 2, "kinh_phí": 1, "vắng": 0}


def test_folding_terms_equals_terms_of_the_folded_text() -> None:
    assert terms_of(fold_diacritics(TRAINING_PLAN)) == [fold_diacritics(term) for term in terms_of(TRAINING_PLAN)]
