"""A cross-encoder over the fused candidates, and search without one that cannot be loaded."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.settings import Settings
from retrieval.knowledge_base import KnowledgeBase
from retrieval.reranker import CrossEncoderReranker
from retrieval.retriever import HybridRetriever
from tests.retrieval.samples import DATA_RULES, TRAINING_PLAN, parsed_document

QUESTION = "Kinh phí lấy từ đâu?"


def make_cross_encoder(folder: Path, *, labels: int = 1) -> Path:
    """A tiny cross-encoder of random weights over single letters, saved as sentence-transformers reads it."""
    import torch
    from sentence_transformers import CrossEncoder
    from transformers import BertConfig, BertForSequenceClassification, BertTokenizerFast

    made = folder / f"cross-encoder-{labels}"
    made.mkdir()
    letters = sorted(set((QUESTION + TRAINING_PLAN + DATA_RULES).lower()) - {" ", "\n"})
    pieces = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", *letters, *(f"##{letter}" for letter in letters)]
    (made / "vocab.txt").write_text("\n".join(pieces), encoding="utf-8")
    torch.manual_seed(0)
    config = BertConfig(
        vocab_size=len(pieces),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        num_labels=labels,
        initializer_range=1.0,
    )
    BertForSequenceClassification(config).save_pretrained(made)
    BertTokenizerFast(str(made / "vocab.txt"), strip_accents=False).save_pretrained(made)
    CrossEncoder(str(made), local_files_only=True).save_pretrained(str(made))
    return made


@pytest.fixture
def retriever(settings: Settings) -> Iterator[HybridRetriever]:
    with KnowledgeBase.open(settings, None) as library:
        library.store(parsed_document(TRAINING_PLAN, source="a.txt"))
        library.store(parsed_document(DATA_RULES, source="b.txt"))
        yield HybridRetriever(knowledge_base=library)


def test_the_reranker_sets_the_order_of_what_was_found(retriever: HybridRetriever, tmp_path: Path) -> None:
    reranker = CrossEncoderReranker(str(make_cross_encoder(tmp_path)))
    query = retriever.understand("kinh phí, kết quả, dữ liệu của tỉnh và cơ quan")
    found = retriever.rank(query)
    reranked = retriever.model_copy(update={"reranker": reranker}).rank(query)
    assert {hit.chunk_id for hit in reranked} == {hit.chunk_id for hit in found}
    chunks = retriever.knowledge_base.chunks_by_id([hit.chunk_id for hit in found])
    texts = {id_: f"{chunk.header}\n{chunk.text}" for id_, chunk in chunks.items()}
    scores = dict(zip(texts, reranker.score(query.text, list(texts.values())) or [], strict=True))
    assert [hit.chunk_id for hit in reranked] == sorted(scores, key=lambda id_: -scores[id_])
    assert [hit.score for hit in reranked] == [hit.score for hit in found]
    only_two = retriever.model_copy(update={"reranker": reranker, "reranked": 2}).rank(query)
    assert [hit.chunk_id for hit in only_two[2:]] == [hit.chunk_id for hit in found[2:]]
    assert retriever.model_copy(update={"reranker": reranker, "reranked": 0}).rank(query) == found


def test_search_goes_on_without_a_missing_reranker(retriever: HybridRetriever, tmp_path: Path) -> None:
    reranker = CrossEncoderReranker(str(tmp_path / "khong-co"))
    with_missing = retriever.model_copy(update={"reranker": reranker})
    assert not reranker.notice
    assert with_missing.retrieve(QUESTION) == retriever.retrieve(QUESTION) != []
    assert "khong-co" in reranker.notice
    assert "RERANKER_MODEL" in reranker.notice


def test_a_classifier_is_no_reranker(tmp_path: Path) -> None:
    reranker = CrossEncoderReranker(str(make_cross_encoder(tmp_path, labels=3)))
    assert reranker.score(QUESTION, ["Kinh phí"]) is None
    assert "3" in reranker.notice
