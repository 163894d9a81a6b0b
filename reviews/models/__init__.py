"""The tables of `reviews`: cases, what people settled, re-issues and the weekly counts."""

from reviews.models.case import (
    MOVES,
    STAYS_CLOSED,
    Case,
    CaseEvent,
    CaseRun,
    EventKind,
    Folded,
    Resolution,
    State,
)
from reviews.models.count import WeekDeclines, WeekRuns
from reviews.models.decision import Decision, Delivery, Kind, Mark, Suspicion
from reviews.models.reissue import Reissue, Sending

__all__ = [
    "MOVES",
    "STAYS_CLOSED",
    "Case",
    "CaseEvent",
    "CaseRun",
    "Decision",
    "Delivery",
    "EventKind",
    "Folded",
    "Kind",
    "Mark",
    "Reissue",
    "Resolution",
    "Sending",
    "State",
    "Suspicion",
    "WeekDeclines",
    "WeekRuns",
]
