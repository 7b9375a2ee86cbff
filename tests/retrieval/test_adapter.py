"""Adapters: files, merging, and the vector space that they make."""

import dataclasses
from pathlib import Path

import numpy as np
import pytest

from core.errors import ConfigurationError, ModelUnavailableError
from core.settings import Settings
from retrieval.adapter import Adapter, make_adapter, read_adapter, write_adapter
from retrieval.bundled_model import BUNDLED_FINGERPRINT, find_bundled_weights, open_adapter, unpack_bundled_model
from retrieval.embeddings import (
    BundledEmbedder,
    describe_embedding,
    open_embedder,
    reopen_embedder,
)
from tests.retrieval.samples import DATA_RULES, TRAINING_PLAN

TEXTS = [
    *TRAINING_PLAN.split("\n"),
    *DATA_RULES.split("\n"),
    "Điều 5. Tỷ lệ 95 % (≥ 0,5 điểm) – “trích dẫn” … § ½ ﬁ ①",
    "Hòa bình, thuỷ lợi; e\u0302\u0301 tổ hợp",
    "AI",
    "một " * 700,
    "中文 кириллица 😀",
    "",
]


def an_adapter(*, scale: float = 2.0, seed: int = 1, base: str = BUNDLED_FINGERPRINT) -> Adapter:
    draw = np.random.default_rng(seed)
    factors = {
        f"encoder.layer.{layer}.{name}": (draw.normal(0, 0.05, (4, width)), draw.normal(0, 0.05, (height, 4)))
        for layer in range(12)
        for name, height, width in (("attention.self.query", 384, 384), ("output.dense", 384, 1536))
    }
    return make_adapter(base, scale, {name: (np.float32(a), np.float32(b)) for name, (a, b) in factors.items()})


def test_merged_weights_are_the_base_and_the_scaled_product() -> None:
    draw = np.random.default_rng(0)
    base = {"x.weight": draw.normal(size=(3, 5)).astype(np.float32), "x.bias": np.ones(3, np.float32)}
    a, b = (np.float32(draw.normal(size=shape)) for shape in ((2, 5), (3, 2)))
    merged = make_adapter("m", 0.5, {"x": (a, b)}).merged(base)
    product = b.astype(np.float16).astype(np.float32) @ a.astype(np.float16).astype(np.float32)
    assert np.array_equal(merged["x.weight"], base["x.weight"] + np.float32(0.5) * product)
    assert merged["x.bias"] is base["x.bias"]
    with pytest.raises(ConfigurationError, match="không khớp"):
        make_adapter("m", 0.5, {"y": (a, b)}).merged(base)
    with pytest.raises(ConfigurationError, match="không khớp"):
        make_adapter("m", 0.5, {"x": (b.T, a.T)}).merged(base)


def test_a_written_adapter_is_read_back_the_same(tmp_path: Path) -> None:
    adapter = an_adapter()
    write_adapter(adapter, tmp_path / "a.safetensors")
    again = read_adapter(tmp_path / "a.safetensors", base=BUNDLED_FINGERPRINT)
    assert (again.base, again.scale, again.fingerprint) == (adapter.base, adapter.scale, adapter.fingerprint)
    assert all(np.array_equal(again.factors[name][1], b) for name, (_, b) in adapter.factors.items())


def test_whatever_changes_the_weights_changes_the_fingerprint() -> None:
    made = [an_adapter(), an_adapter(scale=1.0), an_adapter(seed=2), an_adapter(base="other")]
    assert len({adapter.fingerprint for adapter in made}) == len(made)
    assert an_adapter().fingerprint == made[0].fingerprint


@pytest.mark.parametrize("damage", ["missing", "empty", "cut", "no factors", "half a layer", "no metadata"])
def test_a_damaged_file_is_named_with_what_to_do(tmp_path: Path, damage: str) -> None:
    from safetensors.numpy import load_file, save_file

    path = tmp_path / "own.safetensors"
    write_adapter(an_adapter(), path)
    tensors = load_file(path)
    if damage == "missing":
        path.unlink()
    elif damage in {"empty", "cut"}:
        path.write_bytes(path.read_bytes()[: 0 if damage == "empty" else -100])
    elif damage == "no factors":
        save_file({}, path, metadata={"base": BUNDLED_FINGERPRINT, "scale": "1.0"})
    elif damage == "half a layer":
        del tensors[min(tensors)]
        save_file(tensors, path, metadata={"base": BUNDLED_FINGERPRINT, "scale": "1.0"})
    else:
        save_file(tensors, path)
    with pytest.raises(ConfigurationError, match=r"own\.safetensors.*EMBEDDING_ADAPTER"):
        open_adapter(str(path))


def test_an_adapter_of_another_model_is_refused(tmp_path: Path) -> None:
    write_adapter(an_adapter(base="bge-m3"), tmp_path / "a.safetensors")
    with pytest.raises(ConfigurationError, match="bge-m3"):
        open_adapter(str(tmp_path / "a.safetensors"))


def test_settings_choose_the_adapter_and_old_libraries_go_on_with_theirs(settings: Settings, tmp_path: Path) -> None:
    path = tmp_path / "own.safetensors"
    write_adapter(an_adapter(), path)
    own = settings.model_copy(update={"embedding_adapter": str(path)})
    bare = settings.model_copy(update={"embedding_adapter": "none"})
    with_own, with_none = open_embedder(own), open_embedder(bare)
    assert with_own is not None and with_own.fingerprint == f"{BUNDLED_FINGERPRINT}+{an_adapter().fingerprint}"
    assert with_none is not None and with_none.fingerprint == BUNDLED_FINGERPRINT
    # A library from before there were adapters, one made without, and one made with.
    for description, expected in (
        ("", with_none),
        ('{"embedding_model": "bundled", "embedding_base_url": ""}', with_none),
        (describe_embedding(bare), with_none),
        (describe_embedding(own), with_own),
    ):
        for configured in (own, bare):
            reopened = reopen_embedder(description, configured)
            assert reopened is not None and reopened.fingerprint == expected.fingerprint
    path.unlink()
    assert reopen_embedder(describe_embedding(own), bare) is None


def test_both_engines_read_the_merged_weights(tmp_path: Path, bundled_embedder: BundledEmbedder) -> None:
    """With an adapter a passage alone (NumPy) and among many (torch) has one vector, which is not the bare model's."""
    weights = find_bundled_weights()
    assert weights is not None
    adapted = BundledEmbedder(weights, tmp_path, adapter=an_adapter())
    alone = np.array([adapted.embed_documents([text])[0] for text in TEXTS])
    adapted.prepare_bulk()
    assert (np.array(adapted.embed_documents(TEXTS)) * alone).sum(axis=1).min() > 0.99999
    bare = np.array(bundled_embedder.embed_documents(TEXTS[:4]))
    assert (alone[:4] * bare).sum(axis=1).max() < 0.999


def test_an_unpacked_model_that_was_damaged_is_named(tmp_path: Path) -> None:
    weights = find_bundled_weights()
    assert weights is not None
    embedder = BundledEmbedder(weights, tmp_path, adapter=an_adapter())
    folder = unpack_bundled_model(weights, tmp_path, an_adapter())
    (folder / "model.safetensors").write_bytes(b"")
    with pytest.raises(ModelUnavailableError, match=folder.name):
        embedder.embed_query("kinh phí")


def test_an_adapter_that_fits_no_layer_leaves_nothing_behind(tmp_path: Path) -> None:
    weights = find_bundled_weights()
    assert weights is not None
    factors = {"encoder.layer.99.output.dense": next(iter(an_adapter().factors.values()))}
    with pytest.raises(ConfigurationError, match=r"layer\.99"):
        unpack_bundled_model(weights, tmp_path, dataclasses.replace(an_adapter(), factors=factors))
    assert list(tmp_path.iterdir()) == []
