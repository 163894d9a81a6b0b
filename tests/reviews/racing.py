"""Steps at the same time: real threads, each with its own connection."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

from django.db import connection

from reviews.claim import HeldByAnother
from reviews.meeting import AlreadyClosed
from reviews.move import MoveNotAllowed, StaleCase
from reviews.passes import BadPass
from reviews.standing_changes import StaleChange
from reviews.suspect import AlreadySettled
from reviews.taken_on import AlreadySettled as ActionSettled
from reviews.taken_on import MeetingClosed
from reviews.undo import NotUndoable

OF_CASES = (StaleCase, BadPass, AlreadySettled, HeldByAnother, MoveNotAllowed, NotUndoable)
LOST = (*OF_CASES, AlreadyClosed, MeetingClosed, ActionSettled, StaleChange)


def at_once(*steps: Callable[[], object]) -> list[object]:
    """Run the steps at the same time and return what each returned, or how it lost."""
    begin = Barrier(len(steps))

    def run(step: Callable[[], object]) -> object:
        try:
            begin.wait(timeout=10)
            return step()
        except LOST as lost:
            return lost
        finally:
            connection.close()

    with ThreadPoolExecutor(len(steps)) as threads:
        return list(threads.map(run, steps))
