"""A cross-encoder that reads question and passage together and sets the order anew; off unless a model is named."""

import logging
import threading
from collections.abc import Sequence
from typing import TYPE_CHECKING

from core.errors import ModelUnavailableError
from retrieval.model_loading import load_local_or_hub

if TYPE_CHECKING:
    from sentence_transformers import CrossEncoder

_log = logging.getLogger(__name__)

_BATCH_SIZE = 16


class CrossEncoderReranker:
    """A sentence-transformers `CrossEncoder` by folder or hub name, loaded at first use.

    A model that cannot be loaded is not tried again until the next start: search goes on without it.

    Attributes:
        notice: Vietnamese sentence naming the remedy once the model could not be used; else empty.
    """

    def __init__(self, model: str) -> None:
        self.notice = ""
        self._model = model
        self._lock = threading.Lock()
        self._loaded: CrossEncoder | None = None

    def score(self, question: str, texts: Sequence[str]) -> list[float] | None:
        """How well each of `texts` answers `question`, comparable within one call; `None` when the model is missing."""
        with self._lock:
            if self.notice:
                return None
            try:
                model = self._loaded = self._loaded or _load(self._model)
            except ModelUnavailableError as error:
                self.notice = str(error)
                _log.warning("searching without the reranker: %s", error)
                return None
            scores = model.predict(
                [(question, text) for text in texts], batch_size=_BATCH_SIZE, show_progress_bar=False
            )
        return [float(score) for score in scores]


def _load(model: str) -> "CrossEncoder":
    def load(local_files_only: bool) -> "CrossEncoder":
        from sentence_transformers import CrossEncoder

        loaded: CrossEncoder = CrossEncoder(model, local_files_only=local_files_only)
        return loaded

    loaded = load_local_or_hub(
        model,
        load,
        missing=f"Chưa cài sentence-transformers nên không nạp được mô hình xếp hạng {model}. "
        "Hãy chạy `pip install -r requirements.txt`, hoặc để trống RERANKER_MODEL.",
        failed=f"Không nạp được mô hình xếp hạng {model} ({{}}). Tìm kiếm tạm thời không xếp hạng lại. "
        "Hãy kiểm tra RERANKER_MODEL, hoặc để trống để không dùng.",
    )
    if loaded.num_labels != 1:
        raise ModelUnavailableError(
            f"Mô hình xếp hạng {model} cho {loaded.num_labels} điểm mỗi đoạn thay vì một. "
            "Hãy đặt RERANKER_MODEL thành một mô hình cross-encoder để xếp hạng."
        )
    return loaded
