"""A small trained model that reads a question beside a quote and judges whether the quote answers it.

Over states of the bundled embedding model's tokens, which it leaves as they are, lie a few narrow encoder layers across
both texts. What each token knows at the start is what it means and how closely the other text holds the like of it. The
weights come from `python -m finetuning.judge`, which says what they were trained on.
"""

import logging
import os
import threading
from collections.abc import Callable, Sequence
from functools import lru_cache, partial
from pathlib import Path
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from core.errors import ConfigurationError, ModelUnavailableError
from core.settings import BUNDLED_MODEL, NO_JUDGE, Settings
from retrieval.bundled_model import PASSAGE_PREFIX, QUERY_PREFIX, find_bundled_weights, unpack_bundled_model
from retrieval.text_encoder import (
    EncoderLayer,
    Linear,
    Matrix,
    TextEncoder,
    TokenStates,
    linear,
    normalised,
    open_text_encoder,
)

_log = logging.getLogger(__name__)

WEIGHTS = Path(__file__).with_name("judge.safetensors")

MAX_QUESTION_TOKENS = 64
MAX_QUOTE_TOKENS = 192
NORM_EPSILON = 1e-5
# What is read of a document's title and of the heading over the quote.
_TITLE_CHARS = 120
_HEADING_CHARS = 80
# So many of the last quotes are kept as they were read, about 0.3 MB each: one conversation keeps to a few provisions.
_QUOTES_KEPT = 64


class Quote(NamedTuple):
    """Words of a document and what stands above them.

    Attributes:
        document: Its name and title.
        heading: Over the words; may be empty.
    """

    document: str
    heading: str
    text: str

    @property
    def above(self) -> str:
        """The line that is read before the text."""
        parts = (self.document[:_TITLE_CHARS], self.heading[-_HEADING_CHARS:])
        return " > ".join(part for part in parts if part) + "\n"

    @property
    def read(self) -> str:
        """All that is read of it."""
        return self.above + self.text


class QuoteJudge:
    """Reads with the weights of a safetensors file; the encoder is loaded at the first question.

    An encoder that cannot be loaded is not tried again until the next start: answering goes on without the judge.

    Args:
        open_encoder: Opens the bundled model without an adapter, as deep as it is told.
        weights: As `finetuning.judge_training` writes them.

    Raises:
        ConfigurationError: the file is missing, or does not hold what it should.
    """

    def __init__(self, open_encoder: Callable[[int], TextEncoder], weights: Path = WEIGHTS) -> None:
        from safetensors import SafetensorError
        from safetensors.numpy import load_file

        try:
            tensors = {name: tensor.astype(np.float32) for name, tensor in load_file(weights).items()}

            def read(*names: str) -> Linear:
                """Weights and biases of the named layers, one under the other."""
                weight, bias = (np.concatenate([tensors[f"{n}.{part}"] for n in names]) for part in ("weight", "bias"))
                return weight, bias

            self._read = [int(number) for number in tensors["layers"]]
            heads = int(tensors["heads"][0])
            self._projected = [read(f"projection.{number}") for number in range(len(self._read))]
            self._matched = {side: read(f"{side}_matches") for side in ("question", "quote")}
            self._sides, self._positions = tensors["side.weight"], tensors["position.weight"]
            self._verdict = tensors["verdict.weight"]
            self._norm = read("norm")
            depth = 1 + max(int(name.split(".")[1]) for name in tensors if name.startswith("layer."))
            self._layers = [EncoderLayer(f"layer.{number}", heads, NORM_EPSILON, read) for number in range(depth)]
            self._answers = read("answers")
        except (OSError, SafetensorError, KeyError, ValueError) as error:
            raise ConfigurationError(
                f"Không đọc được mô hình xét trích dẫn {weights} ({error}). "
                "Hãy đặt QUOTE_JUDGE thành `bundled`, `none` hoặc tệp do `python -m finetuning.judge` tạo ra."
            ) from error
        self._open_encoder = partial(open_encoder, self._read[-1])
        self._lock = threading.Lock()
        # More readers at once than cores would only slow each other down.
        self._turns = threading.BoundedSemaphore(os.cpu_count() or 1)
        self._given = lru_cache(maxsize=_QUOTES_KEPT)(self._read_quote)
        self._loaded: TextEncoder | None = None
        self._failed = False

    def score(self, question: str, quotes: Sequence[Quote], *, enough: float = float("inf")) -> list[float] | None:
        """Log-odds that each of `quotes` answers `question`, up to the first for which they are `enough`.

        `None` where the encoder is not to be had.
        """
        if (encoder := self._encoder()) is None:
            return None
        with self._turns:
            asked = encoder.read(QUERY_PREFIX, question, self._read, max_tokens=MAX_QUESTION_TOKENS)
        scores: list[float] = []
        for quote in quotes:
            with self._turns:
                scores.append(self._score(asked, quote, self._given(encoder, quote.read)))
            if scores[-1] >= enough:
                break
        return scores

    def _encoder(self) -> TextEncoder | None:
        with self._lock:
            if self._loaded is None and not self._failed:
                try:
                    self._loaded = self._open_encoder()
                except ModelUnavailableError as error:
                    self._failed = True
                    _log.warning("answering without the judge: %s", error)
            return self._loaded

    def _read_quote(self, encoder: TextEncoder, text: str) -> TokenStates:
        return encoder.read(PASSAGE_PREFIX, text, self._read, max_tokens=MAX_QUOTE_TOKENS)

    def _score(self, asked: TokenStates, quote: Quote, given: TokenStates) -> float:
        if not (asked.ids.size and given.ids.size):
            return float("-inf")
        matches = match_features(asked, given, given.spans[:, 1] <= len(quote.above))
        sides = zip(("question", "quote"), (asked, given), matches, self._sides, strict=False)
        states = [
            sum(linear(layer, to) for layer, to in zip(text.states, self._projected, strict=True))
            + linear(match, self._matched[name])
            + side
            + self._positions[: len(text.ids)]
            for name, text, match, side in sides
        ]
        read = normalised(np.concatenate([self._verdict + self._sides[2], *states]), self._norm, NORM_EPSILON)
        for layer in self._layers:
            read = layer(read)
        return float(linear(read[:1], self._answers)[0, 0])


def match_features(asked: TokenStates, given: TokenStates, above: NDArray[np.bool_]) -> tuple[Matrix, Matrix]:
    """How closely each token of the question and of the quote is met in the other text.

    Args:
        asked: The question's tokens.
        given: The quote's.
        above: Which of these stand above the quote itself.

    Returns:
        For each of the question's tokens, by layer, the highest cosine among all tokens and among the quote's own, then
        whether the very token is among either; for each of the quote's the highest cosine by layer, whether the very
        token is asked, and whether it stands above.
    """
    cosines = _unit(asked.states) @ _unit(given.states).transpose(0, 2, 1)
    own = np.where(above, -1, cosines).max(axis=2)
    same = asked.ids[:, None] == given.ids[None, :]
    question = [*cosines.max(axis=2), *own, same.any(axis=1), (same & ~above).any(axis=1)]
    quote = [*cosines.max(axis=1), same.any(axis=0), above]
    return np.stack(question, axis=1).astype(np.float32), np.stack(quote, axis=1).astype(np.float32)


def _unit(states: Matrix) -> Matrix:
    units: Matrix = states / np.linalg.norm(states, axis=-1, keepdims=True)
    return units


def open_judge(settings: Settings) -> QuoteJudge | None:
    """The judge that the settings name; `None` where they name none or the bundled model is not installed.

    Raises:
        ConfigurationError: its file is missing or damaged.
    """
    packed = find_bundled_weights()
    if settings.quote_judge == NO_JUDGE or packed is None:
        return None

    def open_encoder(depth: int) -> TextEncoder:
        return open_text_encoder(unpack_bundled_model(packed, settings.data_dir / "models"), depth=depth)

    return QuoteJudge(open_encoder, WEIGHTS if settings.quote_judge == BUNDLED_MODEL else Path(settings.quote_judge))
