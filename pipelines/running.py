"""Asking a model: one request's exact bytes through the official SDK, and how the call ended.

Nothing is retried here, on any ending: whoever asks rules over that.
"""

import json
import time
from dataclasses import dataclass
from typing import Literal

import anthropic
from django.conf import settings

from pipelines.jsontext import BadJson, read_row


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How a call ended, as the field of an ingest row: the provider's body, or an exception's facts."""

    field: Literal["response", "error"]
    text: str
    duration_ms: int


def asks_sandbox() -> bool:
    """Whether calls go to the sandbox model server, whose answers are simulated: no key is set in this process."""
    return not settings.ANTHROPIC_API_KEY


def call_model(request: str, *, betas: str = "") -> Ended:
    """Ask the real API where a key is set, else the sandbox model server."""
    if not asks_sandbox():
        base_url, api_key = settings.ANTHROPIC_BASE_URL, settings.ANTHROPIC_API_KEY
        return call(request, betas=betas, base_url=base_url, api_key=api_key)
    return call(request, betas=betas, base_url=settings.SANDBOX_URL)


def call(request: str, *, base_url: str, api_key: str = "sandbox", betas: str = "") -> Ended:
    """Send the request's text byte for byte and return how it ended. An error of the provider is an ending.

    `betas` is the header `anthropic-beta`, which is not sent where it is empty.
    """
    headers = {"anthropic-beta": betas} if betas else {}
    client = anthropic.Anthropic(
        api_key=api_key, base_url=base_url, timeout=settings.MODEL_CALL_TIMEOUT_SECONDS, max_retries=0
    )
    begun = time.monotonic()
    field: Literal["response", "error"] = "response"
    try:
        with client as asked:
            text = asked.post(
                "/v1/messages", cast_to=str, content=request.encode(), options={"headers": headers}
            )
        read_row(text)
    except anthropic.APIError as error:
        field, text = "error", json.dumps(_facts(error))
    except BadJson as error:  # a proxy's page instead of an answer: kept, and no answer
        field, text = "error", json.dumps({"type": "MalformedBody", "message": f"{error}: {text}"})
    return Ended(field=field, text=text, duration_ms=round((time.monotonic() - begun) * 1000))


def _facts(error: anthropic.APIError) -> dict[str, object]:
    facts: dict[str, object] = {"type": type(error).__name__, "message": str(error)}
    if isinstance(error, anthropic.APIStatusError):
        facts["http_status"] = error.status_code
        facts["body"] = error.body if isinstance(error.body, dict | list | str) else None
        facts["retry_after"] = _seconds(error.response.headers.get("retry-after"))
    return facts


def _seconds(header: str | None) -> float | None:
    return float(header) if header and header.replace(".", "", 1).isdecimal() else None
