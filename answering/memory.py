"""Answers given before, for as long as the library, the day and the question's understanding stay the same."""

from collections import OrderedDict
from collections.abc import Hashable
from threading import Lock

from core.types import Answer

_ANSWERS_KEPT = 500


class AnswerMemory:
    """The latest answers by key; safe to share between threads.

    The key must hold everything an answer follows from, the library's version among it: then a changed document can
    never serve an old answer.
    """

    def __init__(self, *, size: int = _ANSWERS_KEPT) -> None:
        self._answers: OrderedDict[Hashable, Answer] = OrderedDict()
        self._size = size
        self._lock = Lock()

    def recall(self, key: Hashable) -> Answer | None:
        """The answer kept under `key`, if there is one."""
        with self._lock:
            if key in self._answers:
                self._answers.move_to_end(key)
            return self._answers.get(key)

    def keep(self, key: Hashable, answer: Answer) -> None:
        """Keeps `answer`, in place of the one that was asked for the longest time ago."""
        with self._lock:
            self._answers[key] = answer
            self._answers.move_to_end(key)
            if len(self._answers) > self._size:
                self._answers.popitem(last=False)
