"""The unpacked model for one short text at a time, in NumPy: nothing as heavy as torch is imported for a question."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.special import erf

Matrix = NDArray[np.float32]
_Linear = tuple[Matrix, Matrix]

_ROOT_OF_HALF = np.float32(0.5**0.5)


class QuestionEncoder:
    """A BERT encoder with mean pooling, read from a sentence-transformers folder; not thread-safe.

    Its vectors agree with those of sentence-transformers to cosine 0.99999 (held together by a test).
    """

    def __init__(self, folder: Path) -> None:
        """Reads the layers; of the word embeddings, most of the file, only the rows of a text are read, and later.

        Raises:
            OSError: a file is missing.
            ValueError: a file does not hold what it should.
        """
        from safetensors import SafetensorError, safe_open
        from threadpoolctl import ThreadpoolController
        from tokenizers import Tokenizer

        # A text is too short to share out: beside a bulk ingestion on two cores, threads that wait for each other made
        # a question take 0.46 s instead of 0.07 s.
        self._blas = ThreadpoolController().select(user_api="blas")
        try:
            config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
            self._tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
            self._tokenizer.enable_truncation(config["max_position_embeddings"])
            file: Any = safe_open(folder / "model.safetensors", "np")
            self._words = file.get_slice("embeddings.word_embeddings.weight")

            def read(*names: str) -> _Linear:
                """Weights and biases of the named layers, one under the other."""
                weights = np.concatenate([file.get_tensor(f"{name}.weight") for name in names])
                return weights, np.concatenate([file.get_tensor(f"{name}.bias") for name in names])

            types = file.get_tensor("embeddings.token_type_embeddings.weight")
            self._positions: Matrix = file.get_tensor("embeddings.position_embeddings.weight") + types[0]
            self._norm = read("embeddings.LayerNorm")
            heads, self._epsilon = config["num_attention_heads"], config["layer_norm_eps"]
            self._layers = [
                _Layer(f"encoder.layer.{i}", heads, self._epsilon, read) for i in range(config["num_hidden_layers"])
            ]
        except (SafetensorError, KeyError) as error:
            raise ValueError(f"{folder}: {error}") from error

    def embed(self, prefix: str, text: str) -> list[float]:
        """Unit vector of `text` behind `prefix`; what is beyond the model's length is left out."""
        ids = self._tokenizer.encode(prefix + text).ids
        states = np.concatenate([self._words[i : i + 1] for i in ids]) + self._positions[: len(ids)]
        states = _normalised(states, self._norm, self._epsilon)
        with self._blas.limit(limits=1):
            for layer in self._layers:
                states = layer(states)
        mean = states.mean(axis=0)
        vector: list[float] = (mean / np.linalg.norm(mean)).tolist()
        return vector


class _Layer:
    """One post-norm encoder layer; `read` gives the weights and biases of layers by name."""

    def __init__(self, name: str, heads: int, epsilon: float, read: Callable[..., _Linear]) -> None:
        attention = f"{name}.attention"
        self._heads = heads
        self._epsilon = epsilon
        self._inputs = read(*(f"{attention}.self.{part}" for part in ("query", "key", "value")))
        self._attended = read(f"{attention}.output.dense")
        self._attended_norm = read(f"{attention}.output.LayerNorm")
        self._widening = read(f"{name}.intermediate.dense")
        self._narrowing = read(f"{name}.output.dense")
        self._norm = read(f"{name}.output.LayerNorm")

    def __call__(self, states: Matrix) -> Matrix:
        states = _normalised(states + _linear(self._attend(states), self._attended), self._attended_norm, self._epsilon)
        widened = _linear(states, self._widening)
        widened *= (1 + erf(widened * _ROOT_OF_HALF)) / 2  # GELU
        return _normalised(states + _linear(widened, self._narrowing), self._norm, self._epsilon)

    def _attend(self, states: Matrix) -> Matrix:
        tokens, hidden = states.shape
        split = _linear(states, self._inputs).reshape(tokens, 3, self._heads, hidden // self._heads)
        queries, keys, values = split.transpose(1, 2, 0, 3)
        weights = queries @ keys.transpose(0, 2, 1) / np.float32((hidden // self._heads) ** 0.5)
        weights = np.exp(weights - weights.max(axis=-1, keepdims=True))
        weights /= weights.sum(axis=-1, keepdims=True)
        attended: Matrix = (weights @ values).transpose(1, 0, 2).reshape(tokens, hidden)
        return attended


def _linear(states: Matrix, layer: _Linear) -> Matrix:
    product: Matrix = states @ layer[0].T
    product += layer[1]
    return product


def _normalised(states: Matrix, norm: _Linear, epsilon: float) -> Matrix:
    centred = states - states.mean(axis=-1, keepdims=True)
    variance = np.square(centred).mean(axis=-1, keepdims=True)
    scaled: Matrix = centred / np.sqrt(variance + np.float32(epsilon)) * norm[0] + norm[1]
    return scaled
