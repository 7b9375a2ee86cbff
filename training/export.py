"""Writes training materials to the file format that a path's suffix names."""

import json
from collections.abc import Callable
from pathlib import Path

from core.errors import UsageError
from training.export_docx import outline_docx, quiz_docx
from training.export_gift import quiz_gift
from training.export_markdown import outline_markdown, quiz_markdown
from training.types import Outline, Quiz


def export(material: Quiz | Outline, path: Path) -> None:
    """Write `material` to `path`, replacing what is there.

    `.docx` is for print, `.gift` and `.txt` for Moodle's question bank (quizzes only), `.md` for reading, `.json` for
    other programs.

    Raises:
        UsageError: the suffix names no format of this material, or the file cannot be written.
    """
    writers = _QUIZ_WRITERS if isinstance(material, Quiz) else _OUTLINE_WRITERS
    writer = writers.get(path.suffix.lower())
    if writer is None:
        known = ", ".join(writers)
        raise UsageError(f"Chưa hỗ trợ ghi tệp “{path.name}”. Hãy dùng tên tệp kết thúc bằng một trong: {known}.")
    content = writer(material)
    try:
        path.write_bytes(content)
    except OSError as error:
        raise UsageError(
            f"Không ghi được tệp {path} ({error.strerror}). Hãy kiểm tra thư mục và quyền ghi rồi thử lại."
        ) from error


def _json(material: Quiz | Outline) -> bytes:
    return (json.dumps(material.as_json(), ensure_ascii=False, indent=2) + "\n").encode()


_QUIZ_WRITERS: dict[str, Callable[..., bytes]] = {
    ".docx": quiz_docx,
    ".gift": lambda quiz: quiz_gift(quiz).encode(),
    ".txt": lambda quiz: quiz_gift(quiz).encode(),
    ".md": lambda quiz: quiz_markdown(quiz).encode(),
    ".json": _json,
}
_OUTLINE_WRITERS: dict[str, Callable[..., bytes]] = {
    ".docx": outline_docx,
    ".md": lambda outline: outline_markdown(outline).encode(),
    ".json": _json,
}
