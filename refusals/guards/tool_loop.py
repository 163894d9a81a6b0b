"""The tool-loop guard: the same call, with the same arguments, too often in too short a time."""

import hashlib
import json
from collections import OrderedDict, deque
from dataclasses import dataclass
from threading import Lock
from typing import Any

from refusals.codes import ReasonCode
from refusals.guards.arguments import as_value, short
from refusals.parsing import format_refusal


@dataclass(frozen=True, kw_only=True)
class ToolLoopPolicy:
    """`calls` same calls within `seconds` are a loop. ValueError where that could never be, or always.

    `may_repeat` names tools that are asked again and again on purpose, such as one that polls. Of the calls
    made, `remembered` different ones are kept in mind, those that came last.
    """

    calls: int = 5
    seconds: float = 60.0
    may_repeat: frozenset[str] = frozenset()
    remembered: int = 1000

    def __post_init__(self) -> None:
        if self.calls < 2 or not self.seconds > 0 or self.remembered < 1:
            raise ValueError(
                "a loop needs calls of at least 2, seconds above 0, and remembered of at least 1"
            )


class ToolLoopGuard:
    """Asked before each tool call of one agent's run; safe under threads.

    Arguments are compared by value: the order of fields, 1 and 1.0, and a JSON text instead of the data it says
    make no difference. A call that was refused counts too, so that a loop stays refused until it pauses.
    """

    def __init__(self, policy: ToolLoopPolicy | None = None) -> None:
        self.policy = policy or ToolLoopPolicy()
        self._seen: OrderedDict[bytes, deque[float]] = OrderedDict()
        self._lock = Lock()

    def __call__(self, name: str, arguments: object = None, *, now: float) -> str | None:
        """LOOP_DETECTED, or None. `now` is in seconds, of any clock that goes forward."""
        if name in self.policy.may_repeat:
            return None
        with self._lock:
            times = self._times_of(_digest(name, arguments))
            times.append(now)
            recent = sum(now - time <= self.policy.seconds for time in times)
        if recent < self.policy.calls:
            return None
        detail = (
            f"{short(name)}: {recent} calls with the same arguments within {self.policy.seconds:g} seconds"
        )
        return format_refusal(ReasonCode.LOOP_DETECTED, detail)

    def _times_of(self, call: bytes) -> deque[float]:
        times = self._seen.setdefault(call, deque(maxlen=self.policy.calls))
        self._seen.move_to_end(call)
        if len(self._seen) > self.policy.remembered:
            self._seen.popitem(last=False)
        return times


def _digest(name: str, arguments: object) -> bytes:
    """What two calls share when name and arguments are equal; it keeps no argument in memory."""
    canonical = json.dumps([name, _leveled(as_value(arguments))], sort_keys=True)
    return hashlib.sha256(canonical.encode()).digest()


def _leveled(value: Any) -> Any:
    """Numbers that are equal, written alike; JSON knows one kind of number."""
    if isinstance(value, float) and value.is_integer():
        return int(value)
    if isinstance(value, dict):
        return {name: _leveled(inner) for name, inner in value.items()}
    if isinstance(value, list):
        return [_leveled(inner) for inner in value]
    return value
