"""Sequences of tool calls. The guard stands for a loop at 4 same calls within 60 seconds."""

from typing import Any

from refusals import ReasonCode
from refusals.guards import ToolLoopGuard, ToolLoopPolicy

ABOUT = "tool-loop guard"
Call = tuple[float, str, Any]
POLICY = ToolLoopPolicy(calls=4, seconds=60, may_repeat=frozenset({"wait_for_job"}), remembered=50)


def run(calls: list[Call]) -> str | None:
    """The guard's word on the last of these calls."""
    guard = ToolLoopGuard(POLICY)
    return [guard(name, arguments, now=at) for at, name, arguments in calls][-1]


def every(seconds: float, name: str, *arguments: Any) -> list[Call]:
    """Calls of one tool, one argument after the other, so many seconds apart."""
    return [(index * seconds, name, argument) for index, argument in enumerate(arguments)]


def again(times: int, seconds: float, name: str, arguments: Any) -> list[Call]:
    """The same call, so many times."""
    return every(seconds, name, *[arguments] * times)


def in_turn(rounds: int, *calls: tuple[str, Any]) -> list[Call]:
    """Several calls in turn, five seconds apart."""
    return [(index * 5.0, *call) for index, call in enumerate(calls * rounds)]


QUERY = {"query": "opening hours", "limit": 10}

CATCHES: dict[ReasonCode, list[list[Call]]] = {
    ReasonCode.LOOP_DETECTED: [
        again(4, 1, "search", QUERY),
        again(4, 20, "search", QUERY),
        again(40, 0.1, "search", QUERY),
        again(4, 0, "search", QUERY),
        again(4, 1, "list_files", {}),
        again(4, 1, "list_files", None),
        again(4, 1, "read", {"path": "notes.md"}),
        again(4, 1, "ask", "the same text"),
        again(4, 1, "sum", [1, 2, 3]),
        again(4, 1, "search", {"filters": {"year": 2026, "kind": ["a", "b"]}}),
        again(4, 1, "suche", {"wort": "Öffnungszeiten"}),
        again(4, 1, "tell", {"text": "\ud800"}),
        again(4, 1, "tell", {"text": "long " * 10_000}),
        again(4, 1, "set", {"value": None, "on": True}),
        again(5, 19, "search", QUERY),
        every(1, "search", QUERY, dict(reversed(QUERY.items())), QUERY, dict(reversed(QUERY.items()))),
        every(1, "search", QUERY, '{"limit": 10, "query": "opening hours"}', QUERY, QUERY),
        every(1, "search", '{"a":1}', '{ "a": 1 }', '{"a":1.0}', {"a": 1}),
        every(1, "wait", {"seconds": 1}, {"seconds": 1.0}, {"seconds": 1}, {"seconds": 1.0}),
        every(1, "sum", [1, 2], (1, 2), [1, 2], (1, 2)),
        every(1, "sum", "[1,2]", [1, 2], "[1, 2]", [1, 2]),
        every(1, "tell", b'{"a": 1}', {"a": 1}, '{"a": 1}', {"a": 1}),
        every(1, "tell", {"text": "caf\u00e9"}, '{"text": "caf\\u00e9"}', {"text": "café"}, {"text": "café"}),
        in_turn(4, ("search", QUERY), ("read", {"path": "a"})),
        in_turn(4, ("search", QUERY), ("read", {"path": "a"}), ("list_files", {})),
        [*every(1, "read", *[{"path": f"{n}.md"} for n in range(20)]), *again(4, 1, "search", QUERY)],
        [*again(3, 1, "search", QUERY), (10, "read", {}), (59, "search", QUERY)],
        [
            *again(3, 1, "search", QUERY),
            (100, "search", QUERY),
            *[(101.0 + n, "search", QUERY) for n in range(3)],
        ],
    ]
}

PASSES: list[list[Call]] = [
    again(1, 1, "search", QUERY),
    again(3, 1, "search", QUERY),
    again(30, 21, "search", QUERY),
    again(100, 1, "wait_for_job", {"id": 7}),
    [*again(3, 1, "search", QUERY), (200, "search", QUERY)],
    every(1, "read", *[{"path": f"{n}.md"} for n in range(40)]),
    every(1, "search", *[{"query": "opening hours", "page": n} for n in range(40)]),
    every(1, "search", {"a": 1}, {"a": True}, {"a": "1"}, {"a": [1]}),
    every(1, "search", {"a": None}, {}, {"a": ""}, {"a": False}),
    every(1, "search", {"a": 1, "b": 2}, {"a": 2, "b": 1}, {"a": 1}, {"b": 2}),
    every(1, "sum", [1, 2, 3], [3, 2, 1], [1, 2], [[1, 2, 3]]),
    every(1, "search", {"q": "Oslo"}, {"q": "Bergen"}, {"q": "Tromsø"}, {"q": "Bodø"}),
    every(1, "search", {"q": {"a": 1}}, {"q": {"a": 2}}, {"q": {"b": 1}}, {"q": {}}),
    every(1, "sum", [0.1], [0.2], [0.3], [0.1 + 0.2]),
    every(1, "set", {"v": 2**70}, {"v": 2**70 + 1}, {"v": 2**70 + 2}, {"v": 2**70 + 3}),
    every(1, "tell", "a", "b", "c", "d"),
    every(1, "tell", "{not json", "[not json", "{", "["),
    every(1, "write", *[{"path": "log.txt", "line": f"step {n}"} for n in range(10)]),
    in_turn(3, ("search", QUERY), ("read", {"path": "a"})),
    in_turn(3, ("read", {"path": "a"}), ("write", {"path": "a", "text": "x"}), ("run_tests", {})),
    in_turn(1, ("a", {}), ("b", {}), ("c", {}), ("d", {}), ("e", {})),
    in_turn(1, ("Search", QUERY), ("search", QUERY), ("search ", QUERY), ("web.search", QUERY)),
    [(0, "search", QUERY), (30, "search", QUERY), (60, "search", QUERY), (90, "search", QUERY)],
    [(0, "a", {}), (0, "a", {"x": 1}), (0, "a", {"x": 2}), (0, "a", {"x": 3})],
    [*again(3, 1, "search", QUERY), *again(3, 1, "read", {"path": "a"}), *again(3, 1, "list_files", {})],
    every(1, "tell", {"text": "x" * 9_999}, {"text": "x" * 10_000}, {"text": "x" * 10_001}, {"text": "y"}),
]

MISSES: dict[str, Any] = {
    "one argument changes each time (a counter, a clock, a nonce)": every(
        1, "search", *[{**QUERY, "request_id": n} for n in range(40)]
    ),
    "the same question in other words": every(
        1,
        "search",
        {"q": "opening hours"},
        {"q": "hours of opening"},
        {"q": "Opening hours"},
        {"q": "opening  hours"},
    ),
    "slower than the window": again(50, 25, "search", QUERY),
    "the same work through several tools": in_turn(
        3, ("search", QUERY), ("web_search", QUERY), ("find", QUERY), ("lookup", QUERY)
    ),
    "a round of more different calls than are remembered": [
        (n * 0.1, "read", {"path": f"{n % 60}.md"}) for n in range(300)
    ],
    "a default spelled out": every(1, "search", *[{"q": "a"}, {"q": "a", "limit": 10}] * 3),
    "a tool that may repeat, stuck": again(1000, 0.01, "wait_for_job", {"id": 7}),
}

FALSE_ALARMS: dict[str, Any] = {
    "polling, with a tool that the policy does not name": again(6, 10, "job_status", {"id": 7}),
    "reading a file anew after each change to it": in_turn(
        4, ("edit", {"path": "a", "n": 1}), ("read", {"path": "a"})
    ),
    "running the tests after each change": [
        call for n in range(4) for call in [(n * 10.0, "edit", {"n": n}), (n * 10.0 + 5, "run_tests", {})]
    ],
    "calling again after each infrastructure error": again(4, 15, "fetch", {"page": "example.org"}),
    "throwing a die": again(5, 1, "roll", {"sides": 6}),
    "binary arguments of the same length, inside of data": every(
        1, "send", *[{"part": bytes([n])} for n in range(4)]
    ),
}
