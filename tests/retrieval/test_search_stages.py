"""Stages of the search that change which passages come, each with the value that turns it off."""

from collections.abc import Iterator

import pytest

from core.settings import Settings
from core.types import SearchFilter
from retrieval.knowledge_base import KnowledgeBase
from retrieval.retriever import HybridRetriever
from tests.retrieval.samples import parsed_document

LONG = "\n".join(f"Kinh phí đào tạo cán bộ xã kinh phí đào tạo lớp {number} do tỉnh chi" for number in range(8))
OTHER = "Kinh phí cho người dân học kỹ năng số"
REPORTS = "Báo cáo kết quả gửi Sở Nội vụ trước ngày 15 hằng tháng"


@pytest.fixture
def retriever(settings: Settings) -> Iterator[HybridRetriever]:
    with KnowledgeBase.open(settings, None) as library:
        for source, text in (("dai.txt", LONG), ("khac.txt", OTHER), ("bao-cao.txt", REPORTS)):
            library.store(parsed_document(text, source=source))
        yield HybridRetriever(knowledge_base=library, top_k=4)


def sources(retriever: HybridRetriever, question: str, search_filter: SearchFilter | None = None) -> list[str]:
    return [passage.document.source for passage in retriever.retrieve(question, search_filter or SearchFilter())]


def test_a_long_document_leaves_room_for_others(retriever: HybridRetriever) -> None:
    question = "kinh phí đào tạo cán bộ xã"
    assert sources(retriever.model_copy(update={"passages_per_document": 0}), question) == ["dai.txt"] * 4
    bounded = retriever.model_copy(update={"passages_per_document": 2})
    assert sources(bounded, question) == ["dai.txt", "dai.txt", "khac.txt", "dai.txt"]
    (long,) = [d for d in retriever.knowledge_base.documents() if d.source == "dai.txt"]
    assert sources(bounded, question, SearchFilter(document_ids=frozenset({long.id}))) == ["dai.txt"] * 4


def test_both_things_asked_are_found(retriever: HybridRetriever) -> None:
    question = "Kinh phí đào tạo cán bộ xã lớp nào do tỉnh chi kinh phí và phải gửi ai?"
    whole = retriever.model_copy(update={"splits_questions": False, "passages_per_document": 0, "top_k": 3})
    assert "bao-cao.txt" not in sources(whole, question)
    assert "bao-cao.txt" in sources(whole.model_copy(update={"splits_questions": True}), question)
