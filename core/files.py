"""Files that are on the disk for certain before anyone speaks of them."""

import os
import tempfile
from pathlib import Path


def write_aside(folder: Path, data: bytes) -> Path:
    """Puts `data` on the disk under a hidden name of its own in `folder`, for the caller to rename or to delete.

    Raises:
        OSError: it cannot be written; then nothing is left of it.
    """
    descriptor, name = tempfile.mkstemp(prefix=".", dir=folder)
    path = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
    except BaseException:
        path.unlink(missing_ok=True)
        raise
    return path
