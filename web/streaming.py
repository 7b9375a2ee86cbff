"""Lets a reader leave a slow iterator between its items."""

import threading
from collections.abc import Iterator
from queue import Empty, SimpleQueue
from typing import TypeVar

_Item = TypeVar("_Item")
_END = object()


def interruptible(items: Iterator[_Item], *, every_s: float = 0.3) -> Iterator[_Item | None]:
    """`items` as they come, read ahead in a thread, and `None` whenever none came for `every_s`.

    Gradio can stop a handler only where it yields; without the `None`s a silent chat model would hold the page for as
    long as it is silent. After the reader left, the thread ends with the item it is waiting for.
    """
    arrived: SimpleQueue[object] = SimpleQueue()
    left = threading.Event()

    def read() -> None:
        try:
            for item in items:
                if left.is_set():
                    return
                arrived.put(item)
            arrived.put(_END)
        except Exception as error:  # noqa: BLE001 (handed over to the reader, who raises it)
            arrived.put(_Failure(error))

    threading.Thread(target=read, name="answer", daemon=True).start()
    try:
        while True:
            try:
                item = arrived.get(timeout=every_s)
            except Empty:
                yield None
                continue
            if item is _END:
                return
            if isinstance(item, _Failure):
                raise item.error
            yield item  # type: ignore[misc]  # only items are put there besides the two above
    finally:
        left.set()


class _Failure:
    def __init__(self, error: Exception) -> None:
        self.error = error
