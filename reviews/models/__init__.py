"""The tables of `reviews`: cases, what people settled, re-issues, desks, what leaves the house, weekly counts."""

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
from reviews.models.opening import Began, Opening
from reviews.models.meeting import Action, ActionState, MeetingRecord
from reviews.models.outcome import Ending, FirstOutcome
from reviews.models.outgoing import ExportKind, Mailing, ReportSubscription, SentReport, TextExport
from reviews.models.reissue import NoFormBehindIt, Reissue, Sending, Way
from reviews.models.standing import ChangeState, StandingChange, StandingChangeEvent
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
    "MOVES",
    "STAYS_CLOSED",
    "TOLD",
    "TURN_DOWN",
    "Began",
    "Action",
    "ActionState",
    "Bulk",
    "Case",
    "CaseEvent",
    "CaseRun",
    "CaseText",
    "ChangeState",
    "CodeGuidance",
    "Decision",
    "DeliveredFile",
    "Delivery",
    "Disabled",
    "Draft",
    "Ending",
    "EventKind",
    "ExportKind",
    "Failure",
    "FirstOutcome",
    "Folded",
    "Hook",
    "Kind",
    "Mailing",
    "Mark",
    "MeetingRecord",
    "Mention",
    "NoFormBehindIt",
    "Opening",
    "Posting",
    "Preferences",
    "ReasonTemplate",
    "Reissue",
    "ReportSubscription",
    "Resolution",
    "SavedView",
    "Sending",
    "SentReport",
    "Snooze",
    "StandingChange",
    "StandingChangeEvent",
    "State",
    "Suspicion",
    "TextExport",
    "Way",
    "WebhookAttempt",
    "WebhookEndpoint",
    "WebhookMessage",
    "WeekDeclines",
    "WeekRuns",
]
