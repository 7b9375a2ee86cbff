"""One writing process a data folder."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from core.errors import LibraryLockedError, StoreError


@contextmanager
def write_lock(data_dir: Path) -> Iterator[None]:
    """Holds the data folder for one writing process; the system lets go of it when the process ends.

    Raises:
        LibraryLockedError: another process holds it.
        StoreError: the folder cannot be written.
    """
    try:
        data_dir.mkdir(parents=True, exist_ok=True)
        lock_file = (data_dir / ".lock").open("a")
    except OSError as error:
        raise StoreError(
            f"Không ghi được vào thư mục dữ liệu {data_dir} ({error}). "
            "Hãy cấp quyền ghi, hoặc chọn thư mục khác bằng --data-dir."
        ) from error
    with lock_file:
        try:
            fcntl.flock(lock_file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise LibraryLockedError(
                f"Thư mục dữ liệu {data_dir} đang được một tiến trình khác của ứng dụng ghi. "
                "Hãy thao tác trên trang web đang chạy, hoặc dừng tiến trình ấy rồi thử lại."
            ) from error
        yield
