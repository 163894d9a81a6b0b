"""What goes wrong between a pipeline and its hub is said in the log once, and once more when it is over."""

import logging
import threading

logger = logging.getLogger("refusals.hub")


class Troubles:
    """The kinds of trouble there are at the moment."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._present: set[str] = set()
        self._said: set[str] = set()

    def __bool__(self) -> bool:
        return bool(self._present)

    def after_fork_in_child(self) -> None:
        """Another thread of the parent may have held the lock."""
        self._lock = threading.Lock()

    def begin(self, kind: str, message: str, *arguments: object) -> None:
        """Say it, unless this kind of trouble has been said and is not over."""
        with self._lock:
            is_new = kind not in self._present
            self._present.add(kind)
        if is_new:
            logger.warning(message, *arguments)

    def end(self, kind: str, message: str) -> None:
        """Say that it is over, if there was any."""
        with self._lock:
            was_there = kind in self._present
            self._present.discard(kind)
        if was_there:
            logger.warning(message)

    def say_once(self, kind: str, message: str, *arguments: object) -> None:
        """Say what is no trouble that ends, once for good."""
        with self._lock:
            is_new = kind not in self._said
            self._said.add(kind)
        if is_new:
            logger.warning(message, *arguments)
