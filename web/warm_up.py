"""Loads what answering needs while the page is already open."""

import logging
import threading
from enum import Enum

from core.errors import AssistantError
from web.application import Application

logger = logging.getLogger(__name__)


class Readiness(Enum):
    """How far the search has come since the start."""

    LOADING = "Đang nạp mô hình…"
    READY = "Sẵn sàng"
    FAILED = "Chưa nạp được mô hình"


class WarmUp:
    """One search made in the background, which loads the model and opens the indexes.

    Attributes:
        state: How far it has come.
        problem: Vietnamese message when it failed.
    """

    def __init__(self, application: Application) -> None:
        self._application = application
        self.state = Readiness.LOADING
        self.problem = ""

    def start(self) -> None:
        """Begin; returns at once."""
        threading.Thread(target=self._load, name="warm-up", daemon=True).start()

    def _load(self) -> None:
        try:
            self._application.retriever.retrieve("Văn bản quy định những nội dung gì?")
        except AssistantError as error:
            self.problem = str(error)
            self.state = Readiness.FAILED
            logger.warning("The model could not be loaded: %s", error)
        except Exception:
            self.problem = "Có lỗi ngoài dự kiến khi nạp mô hình. Hãy xem nhật ký máy chủ rồi khởi động lại."
            self.state = Readiness.FAILED
            logger.exception("The warm-up failed")
        else:
            self.state = Readiness.READY
