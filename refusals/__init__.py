"""Four endings instead of two: tell ok, infrastructure error, safety decline and degraded output apart.

The one vocabulary of reason codes, for guards and pipelines of any code base. Standard library only.
"""

from refusals.codes import KNOWN_CODES, CodeInfo, ReasonCode, describe
from refusals.deliverables import Deliverable, DeliverableFile, HubError
from refusals.done import (
    DoneCondition,
    conditions_from,
    contains,
    min_chars,
    min_headings,
    required_json_keys,
)
from refusals.endings import Outcome
from refusals.handling import (
    DefinitionOfDoneError,
    PermanentInfraError,
    RunFailed,
    Sink,
    TransientError,
    handle,
)
from refusals.hub import Hub
from refusals.outcomes import RunResult, Verdict, check_shape, classify, judge
from refusals.parsing import format_refusal, parse_refusal
from refusals.reading import reads_like_refusal
from refusals.recording import RunRecorder, RunVerdict
from refusals.refusal_phrases import register_refusal_phrase
from refusals.registry import register_alias, register_code, temporary_registrations
from refusals.review_dir import HeldRun, enqueue_for_review, review_key

__all__ = [
    "KNOWN_CODES",
    "CodeInfo",
    "DefinitionOfDoneError",
    "Deliverable",
    "DeliverableFile",
    "DoneCondition",
    "HeldRun",
    "Hub",
    "HubError",
    "Outcome",
    "PermanentInfraError",
    "ReasonCode",
    "RunFailed",
    "RunRecorder",
    "RunResult",
    "RunVerdict",
    "Sink",
    "TransientError",
    "Verdict",
    "check_shape",
    "classify",
    "conditions_from",
    "contains",
    "describe",
    "enqueue_for_review",
    "format_refusal",
    "handle",
    "judge",
    "min_chars",
    "min_headings",
    "parse_refusal",
    "reads_like_refusal",
    "register_alias",
    "register_code",
    "register_refusal_phrase",
    "required_json_keys",
    "review_key",
    "temporary_registrations",
]
