import re
from dataclasses import replace
from itertools import pairwise

import pytest

from core.errors import DocumentNotFoundError, UsageError
from tests.training.conftest import Library
from training.materials import Selection
from training.provisions import SourceText
from training.quiz import make_questions
from training.types import Difficulty, QuestionKind, Quiz, QuizItem
from training.wording import comparable, holds

KEY_IS_NOT_QUOTED = {QuestionKind.TRUE_FALSE, QuestionKind.LIST_EXCEPTION, QuestionKind.MATCHING}
FACTS = {QuestionKind.NUMBER, QuestionKind.DEADLINE, QuestionKind.RESPONSIBLE_BODY, QuestionKind.LEGAL_NUMBER}


def assert_sound(quiz: Quiz, library: Library) -> None:
    for item in quiz.items:
        citation = item.citation
        assert library.knowledge_base.text(citation.document_id)[citation.start : citation.end] == citation.quote
        assert item.options.count(item.key) == 1
        assert len({comparable(option) for option in item.options}) == len(item.options)
        assert len(item.options) == (2 if item.kind is QuestionKind.TRUE_FALSE else 4)
        assert citation.quote in item.explanation and citation.label in item.explanation
        if item.kind not in KEY_IS_NOT_QUOTED:
            assert holds(citation.quote, item.key)
            assert not holds(item.question, item.key)
        if item.kind is QuestionKind.LIST_EXCEPTION:
            assert not holds(citation.quote, item.key)
        for option in item.options:
            if item.kind in FACTS and option != item.key and "|" not in citation.quote:
                assert not holds(citation.quote, option), (item.question, option)


def item_of(quiz: Quiz, kind: QuestionKind, words: str) -> QuizItem:
    return next(item for item in quiz.items if item.kind is kind and words in item.question)


@pytest.fixture(scope="module")
def everything(library: Library) -> Quiz:
    return library.maker.quiz(Selection(document_ids=library.ids()), count=60)


def test_every_item_is_proven_and_unambiguous(library: Library, everything: Quiz) -> None:
    assert len(everything.items) >= 25
    assert_sound(everything, library)


def test_all_kinds_of_question_are_made(everything: Quiz) -> None:
    assert {item.kind for item in everything.items} >= set(QuestionKind) - {QuestionKind.MATCHING}


def test_a_figure_is_asked_for_in_a_whole_sentence(library: Library) -> None:
    quiz = library.maker.quiz(Selection(document_ids=(library.id_of("15/2026/QĐ-UBND"),)), count=60)
    asked = [item for item in quiz.items if "Điều 6" in item.citation.label or "Điều 3" in item.citation.label]
    assert asked
    numbers = [item for item in asked if item.kind in (QuestionKind.NUMBER, QuestionKind.DEADLINE)]
    assert numbers
    for item in numbers:
        assert item.question.startswith("Theo khoản ") and "15/2026/QĐ-UBND" in item.question
        assert "bao nhiêu" in item.question and item.question.endswith("?")
        assert len({re.sub(r"[\d.,]+", "", option) for option in item.options}) == 1, item.options


def test_the_body_named_by_a_heading_is_asked_for(library: Library) -> None:
    quiz = library.maker.quiz(Selection(document_ids=(library.id_of("15/2026/QĐ-UBND"),)), count=60)
    item = item_of(quiz, QuestionKind.RESPONSIBLE_BODY, "vận hành nền tảng học tập")
    assert item.key == "Sở Khoa học và Công nghệ"
    assert item.citation.quote.startswith("Điều 9. Sở Khoa học và Công nghệ")


def test_a_table_cell_is_asked_for_with_its_row_column_and_unit(library: Library) -> None:
    quiz = library.maker.quiz(Selection(document_ids=(library.id_of("88/KH-UBND"),)), count=60)
    item = next(item for item in quiz.items if "|" in item.citation.quote)
    assert "năm 202" in item.question and "triệu đồng" in item.question
    assert item.key in item.citation.quote.rsplit("\n", 1)[-1].split(" | ")


def test_definitions_offer_other_definitions(library: Library) -> None:
    quiz = library.maker.quiz(Selection(document_ids=(library.id_of("15/2026/QĐ-UBND"),)), count=60)
    item = next(item for item in quiz.items if item.kind in (QuestionKind.DEFINITION, QuestionKind.MATCHING))
    assert "Điều 2" in item.citation.label
    if item.kind is QuestionKind.MATCHING:
        assert len(item.pairs) == 4
        assert all(meaning in item.question for _, meaning in item.pairs)


def test_a_false_statement_differs_from_the_quote_and_says_what_is_right(everything: Quiz) -> None:
    judged = [item for item in everything.items if item.kind is QuestionKind.TRUE_FALSE]
    assert {item.key for item in judged} == {"Đúng", "Sai"}
    for item in judged:
        is_verbatim = comparable(item.citation.quote).rstrip(".") in comparable(item.question)
        assert is_verbatim == (item.key == "Đúng")
        assert ("Đúng phải là: " in item.explanation) == (item.key == "Sai")


def test_no_two_items_ask_about_the_same_words(everything: Quiz) -> None:
    spans = []
    for citation in (item.citation for item in everything.items):
        # A table's quote shows the head and the rows between; what it is asked about is its last row.
        asked = citation.quote.rsplit("\n", 1)[-1] if "|" in citation.quote else citation.quote
        spans.append((citation.document_id, citation.end - len(asked), citation.end))
    for (document, _, end), (other, start, _) in pairwise(sorted(spans)):
        assert document != other or end <= start
    assert len({item.question for item in everything.items}) == len(everything.items)


def test_few_questions_are_spread_over_documents_and_kinds(library: Library) -> None:
    quiz = library.maker.quiz(Selection(document_ids=library.ids()), count=8)
    assert len({item.citation.document_id for item in quiz.items}) == 3
    assert len({item.kind for item in quiz.items}) >= 5


def test_the_same_selection_gives_the_same_quiz_in_the_same_order(library: Library) -> None:
    selection = Selection(document_ids=library.ids())
    assert library.maker.quiz(selection, count=12) == library.maker.quiz(selection, count=12)


def test_difficulty_has_three_words(everything: Quiz) -> None:
    assert {item.difficulty for item in everything.items} == set(Difficulty)


def test_an_expired_document_is_left_out_of_a_topic(library: Library) -> None:
    quiz = library.maker.quiz(Selection(topic="trợ lý ảo tra cứu văn bản"), count=10)
    assert quiz.items
    assert library.id_of("21/2024/QĐ-UBND") not in {item.citation.document_id for item in quiz.items}
    assert_sound(quiz, library)


def test_an_expired_document_chosen_by_hand_is_used_with_a_warning(library: Library) -> None:
    quiz = library.maker.quiz(Selection(document_ids=(library.id_of("21/2024/QĐ-UBND"),)), count=3)
    assert quiz.items
    assert any("21/2024/QĐ-UBND đã hết hiệu lực" in warning for warning in quiz.warnings)


def test_too_few_facts_give_fewer_questions_and_say_so(library: Library) -> None:
    quiz = library.maker.quiz(Selection(document_ids=(library.id_of("21/2024/QĐ-UBND"),)), count=50)
    assert 0 < len(quiz.items) < 50
    assert any("trên 50 câu" in warning for warning in quiz.warnings)


def test_an_amended_provision_is_not_asked_about(library: Library, amended_library: Library) -> None:
    number = "15/2026/QĐ-UBND"
    before = library.maker.quiz(Selection(document_ids=(library.id_of(number),)), count=60)
    after = amended_library.maker.quiz(Selection(document_ids=(amended_library.id_of(number),)), count=60)
    assert "khoản 2 Điều 3" in {item.citation.label for item in before.items}
    assert after.items and "khoản 2 Điều 3" not in {item.citation.label for item in after.items}
    assert any(f"{number} đã được sửa đổi, bổ sung" in warning for warning in after.warnings)


def test_what_amending_text_quotes_is_not_asked_as_its_own(amended_library: Library) -> None:
    quiz = amended_library.maker.quiz(Selection(document_ids=(amended_library.id_of("40/2026/QĐ-UBND"),)), count=60)
    assert any("20 ngày" in item.citation.quote for item in quiz.items)
    assert not any("35 học viên" in item.citation.quote for item in quiz.items)


def test_what_another_document_says_of_the_same_thing_is_no_distractor(library: Library) -> None:
    document = library.knowledge_base.document(library.id_of("88/KH-UBND"))
    sentence = "Mỗi lớp đào tạo cơ bản có không quá {} học viên để bảo đảm mỗi người được thực hành."
    sources = [SourceText(replace(document, id=str(size)), sentence.format(size), ()) for size in (40, 35)]
    items, _ = make_questions(sources, count=10, seed="")
    asked = [item for item in items if item.kind is QuestionKind.NUMBER]
    assert asked
    assert not any({"40 học viên", "35 học viên"} <= set(item.options) for item in asked)


@pytest.mark.parametrize("count", [0, -1, 201])
def test_a_count_out_of_bounds_is_refused(library: Library, count: int) -> None:
    with pytest.raises(UsageError, match=str(count)):
        library.maker.quiz(Selection(document_ids=library.ids()), count=count)


def test_nothing_selected_is_refused(library: Library) -> None:
    with pytest.raises(UsageError, match="Chưa chọn"):
        library.maker.quiz(Selection(topic="  "), count=5)


def test_an_unknown_document_is_refused(library: Library) -> None:
    with pytest.raises(DocumentNotFoundError):
        library.maker.quiz(Selection(document_ids=("0123456789abcdef",)), count=5)


def test_the_sample_corpus_gives_forty_sound_questions(sample_library: Library) -> None:
    quiz = sample_library.maker.quiz(Selection(document_ids=sample_library.ids()), count=40)
    assert len(quiz.items) == 40
    assert_sound(quiz, sample_library)
    assert len({item.kind for item in quiz.items}) >= 7
    assert len({item.citation.document_id for item in quiz.items}) >= 10
