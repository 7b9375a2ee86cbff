"""Mending slips of the keyboard by what the library's own texts say."""

from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.settings import Settings
from core.text import syllables
from core.types import Span
from retrieval.knowledge_base import KnowledgeBase
from retrieval.retriever import HybridRetriever
from tests.retrieval.samples import DATA_RULES, TRAINING_PLAN, parsed_document

RULES = """Quy định về hỗ trợ kinh phí đào tạo
Điều 1. Mức hỗ trợ kinh phí đào tạo cho mỗi học viên là 500.000 đồng một tháng.
Điều 2. Thống kê học viên trong thời hạn 30 ngày, gửi Ủy ban nhân dân tỉnh.
Điều 3. Sở Khoa học và Công nghệ thống kê kinh phí, quyết định mức hỗ trợ người học."""


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KnowledgeBase]:
    settings = Settings(_env_file=None, data_dir=tmp_path_factory.mktemp("data"))  # type: ignore[call-arg]
    with KnowledgeBase.open(settings, None) as library:
        for source, text in (("a.txt", TRAINING_PLAN), ("b.txt", DATA_RULES), ("c.txt", RULES)):
            library.store(parsed_document(text, source=source))
        yield library


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        # keystrokes of Telex and VNI left raw, tones behind the vowel or the word
        ("mức hoox trợ kinh phis đào taoj", "mức hỗ trợ kinh phí đào tạo"),
        ("thoongs kê học viên, thongos kê kinh phí", "thống kê học viên, thống kê kinh phí"),
        ("mức ho64 trợ, tho6ng1 kê, hỗ tro75.", "mức hỗ trợ, thống kê, hỗ trợ."),
        ("mức hỗ trợ nguwowif học, ddaof tạo", "mức hỗ trợ người học, đào tạo"),
        # marks
        ("muc hỗ trợ kinh phí đào tạo", "mức hỗ trợ kinh phí đào tạo"),
        ("mức hổ trợ kinh phí", "mức hỗ trợ kinh phí"),
        # letters
        ("hỗ trợ kinh phhí đào tạoo", "hỗ trợ kinh phí đào tạo"),
        ("mức hỗ trợ knh phí", "mức hỗ trợ kinh phí"),
        # spaces
        ("mức hỗtrợ kinhphí là baonhiêu?", "mức hỗ trợ kinh phí là bao nhiêu?"),
        ("Thoosng kê HỌC VIÊN", "Thống kê HỌC VIÊN"),
    ],
)
def test_a_slip_is_mended(library: KnowledgeBase, typed: str, meant: str) -> None:
    assert library.repair_spelling(typed) == meant


@pytest.mark.parametrize(
    "question",
    [
        "Mức hỗ trợ kinh phí đào tạo cho mỗi học viên là bao nhiêu?",
        "Kế hoạch 4407/KH-UBND năm 2025 giao UBND cấp xã việc gì?",
        "Quyết định 66.15/2026/QĐ-UBND, mẫu 03a, bảng A4, lớp 5a2",
        "Blockchain, ChatGPT và Kubernetes được dạy trong mấy ngày?",
        "Ông Nguyễn Văn Thịnh được giao nhiệm vụ gì?",  # a name that the library does not hold
        "quy hoạch mệnh danh thẩm vấn",  # words that the library does not hold
        "",
    ],
)
def test_what_is_no_slip_stays(library: KnowledgeBase, question: str) -> None:
    assert library.repair_spelling(question) == question


def test_kept_words_stay_as_typed(library: KnowledgeBase) -> None:
    assert library.repair_spelling("hoox trợ hoox trợ", kept=[Span(0, 4)]) == "hoox trợ hỗ trợ"


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("muc ho tro kinhh phi dao tao", "mức hỗ trợ kinh phí đào tạo"),
        ("muc hotro kinhphi dao tao may buoi", "mức hỗ trợ kinh phí đào tạo mấy buổi"),
    ],
)
def test_slips_are_mended_where_diacritics_are_restored(library: KnowledgeBase, typed: str, meant: str) -> None:
    assert library.repair_spelling(typed, undiacritic=True) == meant


@given(st.text(max_size=60))
def test_numbers_stay_and_mending_twice_is_mending_once(library: KnowledgeBase, question: str) -> None:
    mended = library.repair_spelling(question)
    assert [w for w in syllables(mended) if w.isdigit()] == [w for w in syllables(question) if w.isdigit()]
    assert library.repair_spelling(mended) == mended


def test_a_question_says_how_it_was_understood(library: KnowledgeBase) -> None:
    retriever = HybridRetriever(knowledge_base=library)
    query = retriever.understand("mức hoox trợ theo điều 1")
    assert (query.typed, query.text) == ("mức hoox trợ theo điều 1", "mức hỗ trợ theo điều 1")
    (named,) = query.provisions
    assert query.text[named.span.start : named.span.end] == "điều 1"
    as_typed = retriever.model_copy(update={"repairs_spelling": False}).understand("mức hoox trợ theo điều 1")
    assert as_typed.text == as_typed.typed
