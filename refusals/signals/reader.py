"""From whatever came back to a `Signal`: receive, recognise, judge, complete. Odd input raises nothing."""

from collections.abc import Iterator
from dataclasses import replace

from refusals.codes import ReasonCode
from refusals.endings import Outcome
from refusals.signals import batches, otel
from refusals.signals.errors import by_status, declining_exception
from refusals.signals.paths import dig
from refusals.signals.received import Received, plain, receive, retry_after
from refusals.signals.recognise import Rules, is_event_list, named, provider_name, rules_for, stream_rules
from refusals.signals.signal import Decline, Facts, Finding, Raw, Signal, degraded, failed, unknown

_REQUEST_ID_HEADERS = (
    "request-id",
    "x-request-id",
    "apim-request-id",
    "x-amzn-requestid",
    "x-goog-request-id",
)


def read(
    body: object, *, provider: str | None = None, http_status: int | None = None, headers: object = None
) -> Signal:
    """What an answer of a model provider tells of its ending.

    `body`: a dict, JSON or event-stream text or bytes, an SDK's object, a list of stream events, or an
    exception. `provider` helps where the body does not tell. `http_status` and `headers` (a mapping) as they
    came. What nobody knows is degraded with `UNKNOWN_SIGNAL`; nothing raises. Of several spans in one request
    the worst stands for all; `read_otlp` tells each.
    """
    received = receive(body, http_status=http_status, headers=headers)
    name = provider_name(provider)
    if isinstance(dig(received.body, "resourceSpans"), list):
        return _most_telling(read_otlp(received.body))
    if batches.is_line(received.body):
        return _read_line(received.body, name)[1]
    module = type(body).__module__ if isinstance(body, BaseException) else ""
    return _read(received, name, module or "")


def read_batch(lines: object, *, provider: str | None = None) -> Iterator[tuple[str | None, Signal]]:
    """The signal of each line of a batch's results, with its `custom_id`.

    `lines`: the file's text or bytes, or its lines as text, bytes, dicts or an SDK's objects. Blank lines are
    skipped; a line that cannot be read is unknown, and has no id.
    """
    for line in batches.lines_of(lines):
        yield _read_line(line, provider_name(provider))


def read_otlp(request: object) -> list[Signal]:
    """The signal of each span in an OTLP trace request (dict or JSON) that is one call of a model."""
    return [_read_span(span) for span in otel.spans(plain(request))]


def _read(received: Received, provider: str | None, module: str = "") -> Signal:
    completion = received.attributes.get("completion")
    if completion is not None:  # an SDK's helper raises what is an answer: a filtered or a cut-off completion
        received = replace(received, body=plain(completion), exception=(), http_status=200)
    if is_event_list(received.body):
        rules = stream_rules(received.body, provider)
        if rules:
            received = replace(received, body=rules.assemble(received.body))
    else:
        rules = rules_for(received.body, provider, module)
    finding = declining_exception(received) or _judge(received, rules)
    if finding.outcome is Outcome.DECLINED and finding.code is ReasonCode.POLICY_VIOLATION and rules:
        finding = _narrowed(finding, received, rules)
    facts = rules.facts(received.body) if rules else Facts()
    return _complete(finding, facts, received, named(rules, received.body, provider) if rules else provider)


def _judge(received: Received, rules: Rules | None) -> Finding:
    is_nothing = received.body is None and received.http_status is None and not received.exception
    if is_nothing:
        return failed(ReasonCode.NETWORK, True, "no answer")
    if rules is not None:
        finding = rules.judge(received)
        succeeded = finding.outcome is not Outcome.INFRA_ERROR and finding.outcome is not Outcome.DECLINED
        return by_status(received, None) if succeeded and received.is_error_status else finding
    if received.is_error_status or received.exception:
        return by_status(received, received.message or _excerpt(received.body))
    if received.body in (None, ""):
        return degraded(ReasonCode.EMPTY_OUTPUT, "an empty body")
    return unknown("a body that nobody knows")


def _narrowed(finding: Finding, received: Received, rules: Rules) -> Finding:
    """An exception's class says that a filter declined; its body may say which."""
    if not received.exception:
        return finding
    told = rules.judge(received)
    return told if told.outcome is Outcome.DECLINED else finding


def _complete(finding: Finding, facts: Facts, received: Received, provider: str | None) -> Signal:
    declines = finding.hops
    if finding.outcome is Outcome.DECLINED:
        code = finding.code or ReasonCode.POLICY_VIOLATION
        declines = (*declines, Decline(facts.model, None, code, finding.category))
    request_ids = (received.headers.get(name) for name in _REQUEST_ID_HEADERS)
    is_infra = finding.outcome is Outcome.INFRA_ERROR
    return Signal(
        outcome=finding.outcome,
        code=finding.code,
        detail=finding.detail,
        declines=declines,
        retryable=is_infra and _retryable(finding, received),
        retry_after=retry_after(received) if is_infra else None,
        text=facts.text,
        usage=facts.usage,
        terminal=finding.terminal,
        model=facts.model,
        raw=Raw(
            provider=provider,
            stop_reason=finding.stop_reason,
            category=finding.category,
            error_code=finding.error_code,
            http_status=received.http_status,
            request_id=facts.request_id or next(filter(None, request_ids), None),
            found_at=finding.found_at,
        ),
    )


def _retryable(finding: Finding, received: Received) -> bool:
    """Our own judgement, unless the provider says expressly that a retry is no use."""
    return finding.retryable and received.headers.get("x-should-retry", "").lower() != "false"


def _read_line(line: object, provider: str | None) -> tuple[str | None, Signal]:
    custom_id = batches.custom_id(line)
    ended = batches.ended_without_answer(line)
    if ended:
        return custom_id, _complete(ended, Facts(), Received(line), provider)
    body, at, status = batches.answer(line)
    if body is None:
        return custom_id, _complete(unknown("a line that nobody knows"), Facts(), Received(line), provider)
    signal = _read(Received(body, status), provider)
    return custom_id, replace(signal, raw=replace(signal.raw, found_at=at + signal.raw.found_at))


def _read_span(span: otel.Span) -> Signal:
    provider = span.text("gen_ai.provider.name", "gen_ai.system", "llm.provider", "llm.system")
    return _complete(otel.judge(span), otel.facts(span), Received(None), provider_name(provider))


def _most_telling(signals: list[Signal]) -> Signal:
    if not signals:
        return _complete(unknown("no span of a model call"), Facts(), Received(None), "otlp")
    rank = {Outcome.DECLINED: 0, Outcome.INFRA_ERROR: 1, Outcome.DEGRADED: 2, Outcome.OK: 3}
    return min(signals, key=lambda signal: (rank[signal.outcome], signal.code is None))


def _excerpt(body: object) -> str | None:
    return body.strip()[:200] or None if isinstance(body, str) else None
