"""Question sets through the product's own stores, at both levels."""

import json
from pathlib import Path

import pytest

from core.errors import UsageError
from core.settings import Settings
from evaluation.beir import evaluate_beir, open_beir
from evaluation.bm25 import rank_by_bm25
from evaluation.variants import undiacritic

_TEXTS = {
    "d1": "Cán bộ được nghỉ phép mười hai ngày. Người làm việc nặng nhọc được nghỉ mười bốn ngày.",
    "d2": "Hồ sơ gồm đơn đề nghị và bản sao bằng tốt nghiệp. Hồ sơ nộp tại bộ phận một cửa.",
    "d3": "Mức hỗ trợ là hai triệu đồng mỗi tháng. Kinh phí do ngân sách tỉnh bảo đảm.",
}
_QUESTIONS = {"q1": ("người làm việc nặng nhọc nghỉ mấy ngày", "d1#1"), "q2": ("nộp hồ sơ tại đâu", "d2#1")}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "leave"
    folder.mkdir()
    sentences = {f"{id_}#{n}": s for id_, text in _TEXTS.items() for n, s in enumerate(text.split(". "))}
    for name, texts in (("corpus", _TEXTS), ("corpus_sentences", sentences)):
        lines = [json.dumps({"_id": id_, "title": "", "text": text}) for id_, text in texts.items()]
        (folder / f"{name}.jsonl").write_text("\n".join(lines), encoding="utf-8")
    queries = [json.dumps({"_id": id_, "text": text}) for id_, (text, _) in _QUESTIONS.items()]
    (folder / "queries.jsonl").write_text("\n".join(queries), encoding="utf-8")
    for name, shorten in (("qrels", True), ("qrels_sentences", False)):
        rows = [f"{id_}\t{gold.split('#')[0] if shorten else gold}\t1" for id_, (_, gold) in _QUESTIONS.items()]
        (folder / f"{name}.tsv").write_text("\n".join(["query-id\tcorpus-id\tscore", *rows]), encoding="utf-8")
    return folder


@pytest.fixture
def word_settings(tmp_path: Path) -> Settings:
    return Settings(_env_file=None, data_dir=tmp_path / "data", embedding_model="none")  # type: ignore[call-arg]


def test_a_set_is_scored_by_paragraph_and_by_sentence(folder: Path, word_settings: Settings) -> None:
    paragraphs = evaluate_beir(folder, word_settings)
    sentences = evaluate_beir(folder, word_settings, sentences=True)
    assert (paragraphs.n_documents, sentences.n_documents) == (3, 6)
    assert paragraphs.metrics["recall@1"] == sentences.metrics["recall@1"] == 1


def test_questions_are_asked_as_the_variant_types_them(folder: Path, word_settings: Settings) -> None:
    asked = []

    def vary(question: str) -> str:
        asked.append(undiacritic(question))
        return asked[-1]

    assert evaluate_beir(folder, word_settings, vary=vary).metrics["recall@1"] == 1
    assert asked == ["nguoi lam viec nang nhoc nghi may ngay", "nop ho so tai dau"]


def test_the_corpus_is_indexed_once(folder: Path, word_settings: Settings) -> None:
    for _ in range(2):
        with open_beir(folder, word_settings) as asked:
            assert asked.name == "leave"
            assert len(asked.retriever.knowledge_base.documents()) == 1
    with open_beir(folder, word_settings, sentences=True) as asked:
        assert asked.name == "leave/sentences"


def test_a_set_without_sentences_names_the_missing_file(folder: Path, word_settings: Settings) -> None:
    (folder / "qrels_sentences.tsv").unlink()
    with pytest.raises(UsageError, match=r"qrels_sentences\.tsv"):
        evaluate_beir(folder, word_settings, sentences=True)


def test_the_baseline_knows_words_only(folder: Path, word_settings: Settings) -> None:
    with open_beir(folder, word_settings, sentences=True) as asked:
        assert rank_by_bm25(asked.corpus, asked.queries, depth=2)["q1"][0] == "d1#1"
        bare = {id_: undiacritic(question) for id_, question in asked.queries.items()}
        assert rank_by_bm25(asked.corpus, bare, depth=6) != rank_by_bm25(asked.corpus, asked.queries, depth=6)
