"""What a model was asked: the request's body as the text that went over the wire, and what went beside it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from refusals.plain import plain


@dataclass(frozen=True)
class SentRequest:
    """A JSON object's text, exactly as it was sent, and the values of the header `anthropic-beta` beside it."""

    body: str
    betas: tuple[str, ...] = ()


def as_told(request: Mapping[str, Any], *, betas: tuple[str, ...] = ()) -> SentRequest:
    """What a caller tells of a request, written down."""
    return SentRequest(json.dumps(plain(request), separators=(",", ":")), betas)


def sent_over_the_wire(content: bytes, *, beta_header: str = "") -> SentRequest | None:
    """The body of an HTTP request to a model; None where it is no JSON object that names its model.

    Such a body is not all that was asked: some services are told the model by their address.
    """
    try:
        text = content.decode()
        body = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(body, dict) or "model" not in body:
        return None
    # A run is one line in the spool; the SDKs write none, and inside a text JSON has it escaped.
    on_one_line = text.replace("\r", " ").replace("\n", " ")
    return SentRequest(on_one_line, betas_of(beta_header))


def betas_of(header: str) -> tuple[str, ...]:
    """The values of a header `anthropic-beta`."""
    return tuple(value for one in header.split(",") if (value := one.strip()))
