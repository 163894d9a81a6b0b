"""The tables of `reviews`: cases, what people settled, re-issues, what lies on a desk, weekly counts."""

from reviews.models.case import MOVES, STAYS_CLOSED, Case, CaseRun, Folded, Resolution, Snooze, State
from reviews.models.count import WeekDeclines, WeekRuns
from reviews.models.decision import Decision, DeliveredFile, Delivery, Kind, Mark, Suspicion
from reviews.models.desk import (
    TURN_DOWN,
    CaseText,
    CodeGuidance,
    Draft,
    Preferences,
    ReasonTemplate,
    SavedView,
)
from reviews.models.event import Bulk, CaseEvent, EventKind, Mention
from reviews.models.pattern import LIVES, Life, Pattern, PatternClock, PatternEvent, Turn
from reviews.models.reissue import NoFormBehindIt, Reissue, Sending, Way
from reviews.models.webhook import (
    TOLD,
    Disabled,
    Failure,
    Hook,
    Posting,
    WebhookAttempt,
    WebhookEndpoint,
    WebhookMessage,
)

__all__ = [
    "LIVES",
    "MOVES",
    "STAYS_CLOSED",
    "TOLD",
    "TURN_DOWN",
    "Bulk",
    "Case",
    "CaseEvent",
    "CaseRun",
    "CaseText",
    "CodeGuidance",
    "Decision",
    "DeliveredFile",
    "Delivery",
    "Disabled",
    "Draft",
    "EventKind",
    "Failure",
    "Folded",
    "Hook",
    "Kind",
    "Life",
    "Mark",
    "Mention",
    "NoFormBehindIt",
    "Pattern",
    "PatternClock",
    "PatternEvent",
    "Posting",
    "Preferences",
    "ReasonTemplate",
    "Reissue",
    "Resolution",
    "SavedView",
    "Sending",
    "Snooze",
    "State",
    "Suspicion",
    "Turn",
    "Way",
    "WebhookAttempt",
    "WebhookEndpoint",
    "WebhookMessage",
    "WeekDeclines",
    "WeekRuns",
]
