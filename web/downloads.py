"""Training materials waiting to be downloaded by the account that made them."""

import re
import secrets
import tempfile
from collections import OrderedDict
from pathlib import Path
from threading import Lock

from core.errors import UsageError
from training.export import export
from training.types import Outline, Quiz

_KEPT = 200
# The name goes into a header of the answer.
_NAME = re.compile(r"[a-z-]+\.[a-z]+")
_MEDIA_TYPES = {
    ".docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    ".gift": "text/plain; charset=utf-8",
    ".md": "text/markdown; charset=utf-8",
}


class Downloads:
    """The latest materials by an unguessable token; a file is written when it is asked for."""

    def __init__(self) -> None:
        self._materials: OrderedDict[str, tuple[str, Quiz | Outline]] = OrderedDict()
        self._lock = Lock()

    def offer(self, material: Quiz | Outline, account: str) -> str:
        """Token under which `account` can fetch `material` until many newer ones were offered."""
        token = secrets.token_urlsafe(16)
        with self._lock:
            self._materials[token] = account, material
            while len(self._materials) > _KEPT:
                self._materials.popitem(last=False)
        return token

    def read(self, token: str, name: str, account: str) -> tuple[bytes, str]:
        """Content and media type of the file `name`, whose suffix names the format.

        Raises:
            UsageError: nothing is offered to `account` under `token`, or the format is not offered.
        """
        with self._lock:
            owner, material = self._materials.get(token, ("", None))
        suffix = Path(name).suffix
        if material is None or owner != account or suffix not in _MEDIA_TYPES or not _NAME.fullmatch(name):
            raise UsageError(f"Tệp {name} không còn để tải về. Hãy soạn lại ở trang Tập huấn.")
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"tai-lieu{suffix}"
            export(material, path)
            return path.read_bytes(), _MEDIA_TYPES[suffix]
