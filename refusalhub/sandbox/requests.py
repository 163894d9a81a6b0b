"""What arrives at the sandbox: bytes → `MessagesRequest`, checked as far as the real API would check it."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

# The top-level fields of a Messages request, those of its betas included. As the API does, anything else is refused:
# an SDK's arguments that leave as headers, say.
FIELDS = frozenset(
    {
        "billing_policy",
        "cache_control",
        "compaction",
        "container",
        "context_management",
        "diagnostics",
        "fallback_credit_token",
        "fallbacks",
        "inference_geo",
        "max_tokens",
        "mcp_servers",
        "messages",
        "metadata",
        "model",
        "output_config",
        "output_format",
        "service_tier",
        "speed",
        "stop_sequences",
        "stream",
        "system",
        "temperature",
        "thinking",
        "thread",
        "tool_choice",
        "tools",
        "top_k",
        "top_p",
    }
)


class BadRequest(ValueError):
    """The request is answered with HTTP 400 and this message."""


@dataclass(frozen=True, kw_only=True)
class MessagesRequest:
    """A checked request to `/v1/messages`, with its texts in their order."""

    model: str
    max_tokens: int
    stream: bool
    system_texts: tuple[str, ...]
    message_texts: tuple[str, ...]
    tools: tuple[str, ...]

    @property
    def texts(self) -> tuple[str, ...]:
        return self.system_texts + self.message_texts


def parse_request(body: bytes) -> MessagesRequest:
    """Read a request body; raise `BadRequest` naming the field that is missing or wrong."""
    try:
        content = json.loads(body)
    except ValueError as error:
        raise BadRequest(f"The request body is not valid JSON: {error}") from error
    if not isinstance(content, dict):
        raise BadRequest("The request body must be a JSON object")
    if unknown := next((name for name in content if name not in FIELDS), None):
        raise BadRequest(f"{unknown}: Extra inputs are not permitted")
    model, max_tokens, messages = (content.get(name) for name in ("model", "max_tokens", "messages"))
    if not isinstance(model, str) or not model:
        raise BadRequest("model: must be a non-empty string")
    if not isinstance(max_tokens, int) or isinstance(max_tokens, bool) or max_tokens < 1:
        raise BadRequest("max_tokens: must be greater than 0")
    if not isinstance(messages, list) or not messages:
        raise BadRequest("messages: at least one message is required")
    return MessagesRequest(
        model=model,
        max_tokens=max_tokens,
        stream=content.get("stream") is True,
        system_texts=tuple(_texts("system", content.get("system", ""))),
        message_texts=tuple(_message_texts(messages)),
        tools=tuple(str(tool.get("name")) for tool in content.get("tools") or () if isinstance(tool, dict)),
    )


def _message_texts(messages: list[Any]) -> Iterator[str]:
    for index, message in enumerate(messages):
        if not isinstance(message, dict) or message.get("role") not in {"user", "assistant", "system"}:
            raise BadRequest(f"messages.{index}: must be an object with a role")
        yield from _texts(f"messages.{index}.content", message.get("content"))


def _texts(field: str, content: object) -> Iterator[str]:
    """The texts of a `system` or `content` field, which is a string or a list of blocks."""
    if isinstance(content, str):
        yield content
    elif isinstance(content, list) and all(isinstance(block, dict) for block in content):
        for block in content:
            if block.get("type") == "tool_result" and block.get("content"):
                yield from _texts(f"{field}.content", block["content"])
            elif isinstance(block.get("text"), str):
                yield block["text"]
    else:
        raise BadRequest(f"{field}: must be a string or a list of content blocks")
