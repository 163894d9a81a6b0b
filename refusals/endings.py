"""The four endings of a run: everything else in this package decides between them."""

from enum import Enum


class Outcome(str, Enum):
    """How a run ended. `declined` is never retried; it is held for a person."""

    OK = "ok"
    INFRA_ERROR = "infra_error"
    DECLINED = "declined"
    DEGRADED = "degraded"

    __str__ = str.__str__
