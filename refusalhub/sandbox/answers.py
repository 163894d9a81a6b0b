"""What the sandbox says: request and ending → `Reply`. The second step, after the ending was chosen."""

from dataclasses import dataclass, field

from refusalhub.sandbox import messages
from refusalhub.sandbox.endings import HTTP_ERRORS, Choice, Ending
from refusalhub.sandbox.messages import Body
from refusalhub.sandbox.requests import MessagesRequest

SIMULATED = "[simulated answer]"
"""How every answer text starts, so that none passes for a real one."""

FALLBACK_MODEL = "claude-opus-4-8"
UNHEARD_OF = "sandbox_unheard_of"
"""The stop reason of `unknown_stop`."""

_CUT_OFF = frozenset({"max_tokens", "model_context_window_exceeded"})


@dataclass(frozen=True, kw_only=True)
class Reply:
    """A status, a JSON body and headers of its own. Breaking it is the server's part."""

    status: int
    body: Body
    headers: dict[str, str] = field(default_factory=dict)


def make_reply(*, request: MessagesRequest, choice: Choice, number: int) -> Reply:
    """Make the whole reply to the `number`-th request since the last reset."""
    if choice.ending.name.isdecimal():
        return error_reply(ending=choice.ending, number=number)
    return Reply(status=200, body=_message(request=request, choice=choice, number=number))


def error_reply(*, ending: Ending, number: int, text: str | None = None) -> Reply:
    """An HTTP error. `text` is its message, unless the sandbox's own will do."""
    status = int(ending.name)
    retry_after = ending.retry_after if ending.retry_after is not None else (1 if status == 429 else None)
    body = messages.error(
        type=HTTP_ERRORS[status],
        message=text or f"Simulated {HTTP_ERRORS[status].replace('_', ' ')}",
        request_id=request_id(number),
        error_code=ending.argument,
    )
    return Reply(
        status=status, body=body, headers={} if retry_after is None else {"retry-after": str(retry_after)}
    )


def request_id(number: int) -> str:
    return f"req_sandbox_{number:06d}"


def _message(*, request: MessagesRequest, choice: Choice, number: int) -> Body:
    ending = choice.ending
    content = _content(request=request, choice=choice)
    input_tokens = messages.tokens("".join(request.texts))
    output_tokens = messages.tokens("".join(block.get("text", "") for block in content))
    fell_back = ending.name.startswith("fallback")
    iterations = None
    if fell_back:
        serving = messages.iteration(
            fallback=True, model=FALLBACK_MODEL, input_tokens=input_tokens, output_tokens=output_tokens
        )
        declined = messages.iteration(
            fallback=False, model=request.model, input_tokens=input_tokens, output_tokens=0
        )
        iterations = [serving] if ending.name == "fallback_sticky" else [declined, serving]
    return messages.message(
        id=f"msg_sandbox_{number:06d}",
        model=FALLBACK_MODEL if fell_back else request.model,
        content=content,
        stop_reason=_stop_reason(ending),
        stop_details=_stop_details(choice),
        input_tokens=input_tokens,
        output_tokens=output_tokens,
        iterations=iterations,
    )


def _content(*, request: MessagesRequest, choice: Choice) -> list[Body]:
    """The content blocks of an ending, in their order."""
    ending = choice.ending
    answer = _answer(request=request, choice=choice)
    handover = messages.fallback_block(
        from_model=request.model, to_model=FALLBACK_MODEL, category=ending.argument
    )
    match ending.name:
        case "empty":
            return []
        case "refusal":
            partial = "partial" in ending.flags
            return [messages.text_block(f"{SIMULATED} The first step is to")] if partial else []
        case "fallback":
            return [handover, messages.text_block(answer)]
        case "fallback_refused":
            return [handover]
        case "pause_turn":
            return [messages.text_block(f"{SIMULATED} Still searching.")]
        case "tool_use":
            return [messages.text_block(f"{SIMULATED} Looking it up."), _tool_call(request)]
        case name if name in _CUT_OFF:
            kept = min(len(answer) // 2, request.max_tokens * 4)
            return [messages.text_block(answer[:kept])]
        case _:
            return [messages.text_block(answer)]


def _stop_reason(ending: Ending) -> str:
    match ending.name:
        case "refusal" | "fallback_refused":
            return "refusal"
        case "max_tokens" | "model_context_window_exceeded" | "pause_turn" | "tool_use":
            return ending.name
        case "unknown_stop":
            return UNHEARD_OF
        case _:
            return "end_turn"


def _stop_details(choice: Choice) -> Body | None:
    ending = choice.ending
    if _stop_reason(ending) != "refusal" or "no_details" in ending.flags:
        return None
    explanation = choice.scenario.explanation if choice.scenario else None
    if explanation is None and ending.argument is not None:
        explanation = f"This request was declined under the {ending.argument} safeguards."
    labelled = None if explanation is None else f"[simulated] {explanation}"
    return messages.refusal_details(category=ending.argument, explanation=labelled)


def _tool_call(request: MessagesRequest) -> Body:
    name = request.tools[0] if request.tools else "look_up"
    return {
        "type": "tool_use",
        "id": "toolu_sandbox_000001",
        "name": name,
        "input": {"query": "the matter asked"},
    }


def _answer(*, request: MessagesRequest, choice: Choice) -> str:
    if choice.scenario:
        return f"{SIMULATED}\n\n{choice.scenario.answer.strip()}\n"
    lines = "\n".join(request.message_texts).splitlines()
    asked = next((line.strip() for line in lines if line.strip()), "")
    return f"""{SIMULATED}

## Summary
The request was read in full and is answered below. It began: "{asked[:120]}"

## Findings
- The material names its subject, its audience and the form it wants.
- Nothing in it contradicts itself, and no figure is left without a unit.
- Two points would gain from a source, and are marked as open rather than filled in by guessing.

## Next steps
1. Have the open points settled by whoever owns the material.
2. Keep this answer with the request, so that both can be read together later.
"""
