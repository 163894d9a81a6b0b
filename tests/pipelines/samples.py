"""Rows as pipelines send them. Every prompt is harmless."""

import json
from typing import Any

from pipelines.jsontext import RawRow, read_row

ANSWER = "The harbour has two piers and a crane, and the ferry leaves at nine."


def answered(text: str = ANSWER, **changes: Any) -> dict[str, Any]:
    """An Anthropic body that ended by itself; `changes` replace its fields."""
    return {
        "id": "msg_01HarbourAndPiers",
        "type": "message",
        "role": "assistant",
        "model": "claude-opus-5-5",
        "content": [{"type": "text", "text": text}],
        "stop_reason": "end_turn",
        "stop_sequence": None,
        "usage": {"input_tokens": 12, "output_tokens": 34},
        **changes,
    }


def refused() -> dict[str, Any]:
    """An Anthropic body of a declined request."""
    details = {"type": "refusal", "category": "cyber", "explanation": "The request names a security tool."}
    return answered(content=[], stop_reason="refusal", stop_details=details)


def row(run_id: str = "run-1", **fields: Any) -> dict[str, Any]:
    """A valid row; it is ok unless `fields` say otherwise. A field set to None is left out."""
    ending = not {"response", "text", "error", "refusal"} & fields.keys()
    defaults = {"run_id": run_id, "prompt": "Describe the harbour."} | ({"text": ANSWER} if ending else {})
    return {name: value for name, value in (defaults | fields).items() if value is not None}


def raw(run_id: str = "run-1", **fields: Any) -> RawRow:
    """The same, as read from its JSON text."""
    return read_row(json.dumps(row(run_id, **fields)))
