import threading
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from core.errors import ModelUnavailableError
from web.streaming import interruptible


@given(st.lists(st.integers()))
def test_items_come_whole_and_in_order(items):
    assert [item for item in interruptible(iter(items)) if item is not None] == items


def test_reader_is_not_held_by_a_silent_source_and_may_leave():
    speak, closed = threading.Event(), threading.Event()

    def silent() -> Iterator[str]:
        try:
            speak.wait(30)
            yield "muộn"
            yield "không ai đọc"
        finally:
            closed.set()

    stream = interruptible(silent(), every_s=0.01)
    assert next(stream) is None
    stream.close()
    speak.set()
    assert closed.wait(5), "the source goes on although nobody reads"


def test_error_of_the_source_reaches_the_reader_after_the_items_before_it():
    def failing() -> Iterator[int]:
        yield 1
        raise ModelUnavailableError("mất kết nối")

    stream = (item for item in interruptible(failing()) if item is not None)
    assert next(stream) == 1
    with pytest.raises(ModelUnavailableError, match="mất kết nối"):
        next(stream)
