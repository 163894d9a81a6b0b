"""Which ending a request gets: request → `Ending`. The first step of every answer of the sandbox.

The words that name an ending are documented in the package's docstring.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace

from refusalhub.sandbox.requests import BadRequest, MessagesRequest

HEADER = "x-sandbox-ending"

CONTEXT_LABEL = "Context added by a reviewer"
"""How the first line of a re-issue's added block starts. The sandbox knows re-issues by nothing else."""

HTTP_ERRORS = {
    400: "invalid_request_error",
    401: "authentication_error",
    402: "billing_error",
    403: "permission_error",
    404: "not_found_error",
    408: "timeout_error",
    413: "request_too_large",
    429: "rate_limit_error",
    500: "api_error",
    503: "api_error",
    504: "timeout_error",
    529: "overloaded_error",
}
"""The HTTP errors it can play: status → `error.type`."""

STREAM_ONLY = frozenset({"stream_stop", "stream_error"})
TAKES_ARGUMENT = frozenset(
    {"refusal", "until_context", "fallback", "fallback_refused", "stream_error", *map(str, HTTP_ERRORS)}
)
NAMES = TAKES_ARGUMENT | {
    "end_turn",
    "max_tokens",
    "model_context_window_exceeded",
    "pause_turn",
    "tool_use",
    "empty",
    "unknown_stop",
    "fallback_sticky",
    "drop",
    "broken",
    "stream_stop",
}
FLAGS = frozenset({"partial", "no_details"})
OPTIONS = frozenset({"retry_after", "seconds", "times"})

_MARKER = re.compile(r"\[\[sandbox:([^\]\n]*)\]\]")
_CONTEXT_LINE = re.compile(rf"^{re.escape(CONTEXT_LABEL)}", re.MULTILINE)


@dataclass(frozen=True, kw_only=True)
class Ending:
    """One ending, ready to be played. `argument` is a category, an error code or an error type, by `name`."""

    name: str
    argument: str | None = None
    flags: frozenset[str] = frozenset()
    retry_after: int | None = None
    seconds: float = 0
    times: int | None = None


@dataclass(frozen=True, kw_only=True)
class Scenario:
    """A prompt that the server recognises by its opening sentence, wherever in a request it stands.

    `declined` scenarios are declined with `category` and `explanation` until context is added, those that
    `stays_declined` even then. `answer` is Markdown.
    """

    opening: str
    answer: str
    declined: bool = False
    category: str | None = None
    explanation: str | None = None
    stays_declined: bool = False


@dataclass(frozen=True, kw_only=True)
class Choice:
    """What to play: the ending, and the scenario that its texts come from, if the prompt was recognised."""

    ending: Ending
    scenario: Scenario | None = None


def choose_ending(
    *, request: MessagesRequest, header: str | None = None, scenarios: Iterable[Scenario] = ()
) -> Choice:
    """Choose by header, marker, scenario, in this order; raise `BadRequest` for words that name no ending."""
    scenario = next((s for s in scenarios if any(s.opening in text for text in request.texts)), None)
    asked = header or _last_marker(request)
    ending = _scenario_ending(scenario) if asked is None else parse_ending(asked)
    if ending.name == "until_context":
        answered = Ending(name="end_turn", seconds=ending.seconds)
        ending = answered if has_context(request) else replace(ending, name="refusal")
    if ending.name in STREAM_ONLY and not request.stream:
        raise BadRequest(f'sandbox: {ending.name} needs "stream": true')
    return Choice(ending=ending, scenario=scenario)


def has_context(request: MessagesRequest) -> bool:
    """Whether some text of the request has a line that starts with `CONTEXT_LABEL`."""
    return any(_CONTEXT_LINE.search(text) for text in request.texts)


def parse_ending(words: str) -> Ending:
    """Read `refusal cyber partial seconds=2`; raise `BadRequest` naming the word that makes no sense."""
    name, *rest = words.split() or [""]
    if name not in NAMES:
        raise BadRequest(f"sandbox: no ending is called {name!r}; there are {', '.join(sorted(NAMES))}")
    options = dict(word.split("=", 1) for word in rest if "=" in word)
    plain = [word for word in rest if "=" not in word]
    flags = frozenset(plain) & FLAGS
    arguments = [word for word in plain if word not in FLAGS]
    if arguments and (name not in TAKES_ARGUMENT or len(arguments) > 1):
        raise BadRequest(f"sandbox: {name} does not take {arguments[-1]!r}")
    if unknown := options.keys() - OPTIONS:
        raise BadRequest(f"sandbox: no option is called {', '.join(sorted(unknown))}")
    return Ending(
        name=name,
        argument=arguments[0] if arguments else None,
        flags=flags,
        retry_after=_whole_number(options, "retry_after"),
        seconds=_whole_number(options, "seconds") or 0,
        times=_whole_number(options, "times"),
    )


def _whole_number(options: dict[str, str], name: str) -> int | None:
    if name not in options:
        return None
    if not options[name].isdecimal():
        raise BadRequest(f"sandbox: {name} must be a whole number, not {options[name]!r}")
    return int(options[name])


def _last_marker(request: MessagesRequest) -> str | None:
    markers = [marker for text in request.texts for marker in _MARKER.findall(text)]
    return markers[-1] if markers else None


def _scenario_ending(scenario: Scenario | None) -> Ending:
    if scenario is None or not scenario.declined:
        return Ending(name="end_turn")
    name = "refusal" if scenario.stays_declined else "until_context"
    return Ending(name=name, argument=scenario.category)
