"""A real training run, small: it learns, and what it writes is what the application loads."""

from collections.abc import Iterator
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

import numpy as np
import pytest

from app import main
from commands.output import EXIT_USAGE
from core.errors import UsageError
from core.settings import Settings
from evaluation.sample import SAMPLE_CORPUS
from finetuning.pairs import make_pairs
from finetuning.sources import SourcePassage, read_source
from finetuning.training import TrainingOptions, TrainingResult, train_adapter
from retrieval.adapter import read_adapter, write_adapter
from retrieval.bundled_model import BUNDLED_FINGERPRINT, find_bundled_weights, unpack_bundled_model
from retrieval.embeddings import BundledEmbedder, estimate_tokens
from retrieval.knowledge_base import KnowledgeBase
from web.application import open_application

QUICK = TrainingOptions(
    steps=12, batch_pairs=8, rank=4, learning_rate=2e-3, max_tokens=48, held_out_share=0.2, strengths=(0.5, 1.0)
)


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KnowledgeBase]:
    """The sample corpus, without vectors."""
    settings = Settings(
        _env_file=None,  # type: ignore[call-arg]
        data_dir=tmp_path_factory.mktemp("library"),
        embedding_model="none",
    )
    with open_application(settings) as application:
        assert not application.ingest([SAMPLE_CORPUS]).failed
        yield application.knowledge_base


@pytest.fixture(scope="module")
def passages(library: KnowledgeBase) -> list[SourcePassage]:
    settings = Settings(_env_file=None)  # type: ignore[call-arg]
    return read_source(library.folder, estimate_tokens, settings)


@pytest.fixture(scope="module")
def trained(passages: list[SourcePassage], tmp_path_factory: pytest.TempPathFactory) -> TrainingResult:
    weights = find_bundled_weights()
    assert weights is not None
    folder = unpack_bundled_model(weights, tmp_path_factory.mktemp("models"))
    with redirect_stdout(StringIO()) as printed:
        result = train_adapter(folder, make_pairs(passages, seed=1), QUICK)
    assert printed.getvalue() == "", "standard output is the command's"
    return result


def test_a_library_gives_its_passages_as_they_are_embedded(
    library: KnowledgeBase, passages: list[SourcePassage]
) -> None:
    chunks = [chunk for document in library.documents() for chunk in library.chunks(document.id)]
    assert [(p.header, p.text) for p in passages] == [(chunk.header, chunk.text) for chunk in chunks]
    headed = [p for p in passages if p.heading]
    assert len(headed) > len(passages) / 2
    assert all(p.document in p.provision for p in passages)


def test_training_learns(trained: TrainingResult) -> None:
    """The loss falls, and passages of documents never seen are found better than before."""
    first, last = trained.losses
    assert last < first
    assert trained.strength in QUICK.strengths
    assert trained.held_out[trained.strength] > trained.held_out[0.0]


def test_what_was_trained_is_what_is_loaded(trained: TrainingResult, tmp_path: Path) -> None:
    """Written, read, merged and embedded, the adapter changes vectors, and both engines agree on them."""
    weights = find_bundled_weights()
    assert weights is not None
    write_adapter(trained.adapter, tmp_path / "own.safetensors")
    adapter = read_adapter(tmp_path / "own.safetensors", base=BUNDLED_FINGERPRINT)
    assert adapter.fingerprint == trained.adapter.fingerprint
    assert len(adapter.factors) == 12 * 6
    bare, own = BundledEmbedder(weights, tmp_path), BundledEmbedder(weights, tmp_path, adapter=adapter)
    text = "Kinh phí tập huấn chuyển đổi số cấp xã do ngân sách tỉnh bảo đảm."
    change = np.dot(bare.embed_documents([text])[0], own.embed_documents([text])[0])
    assert 0.5 < change < 0.999


def test_too_little_to_learn_from_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    corpus = tmp_path / "corpus.jsonl"
    corpus.write_text('{"_id": "a@1", "title": "Điều 1. Phạm vi", "text": "Phạm vi"}\n', encoding="utf-8")
    out = tmp_path / "own.safetensors"
    assert main(["finetune", str(corpus), "--out", str(out), "--data-dir", str(tmp_path)]) == EXIT_USAGE
    assert "quá ít để học" in capsys.readouterr().err
    assert not out.exists()


def test_corpus_files_are_read_by_articles(tmp_path: Path) -> None:
    corpus = tmp_path / "corpus.jsonl"
    corpus.write_text(
        '{"_id": "1/2026/QH16@7", "title": "Điều 7. Quyền của chủ thể (Luật Dữ liệu)", "text": "Quyền của chủ thể\\n'
        '1. Được biết.\\n2. Được xóa."}\n'
        '{"_id": "2/2026/QĐ#a", "title": "BAN HÀNH QUY CHẾ", "text": "BAN HÀNH QUY CHẾ QUY ĐỊNH CHUNG Điều 2. Nguyên '
        'tắc làm việc 1. Theo chế độ tập thể. 2. Theo khoản 1 Điều 3 Quy chế này."}\n',
        encoding="utf-8",
    )
    settings = Settings(_env_file=None)  # type: ignore[call-arg]
    read = read_source(corpus, estimate_tokens, settings)
    assert {(p.document, p.document_title, p.provision, p.heading) for p in read} == {
        ("1/2026/QH16", "Luật Dữ liệu", "1/2026/QH16@7", "Quyền của chủ thể"),
        ("2/2026/QĐ", "ban hành quy chế", "2/2026/QĐ#a", "Nguyên tắc làm việc"),
    }
    assert "khoản 1 Điều 3" in read[-1].text
    with pytest.raises(UsageError, match=r"corpus\.jsonl"):
        read_source(tmp_path, estimate_tokens, settings)
