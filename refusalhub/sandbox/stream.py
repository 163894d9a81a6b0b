"""A message as server-sent events: the body that `answers` made → the events that would carry it."""

import json
from collections.abc import Iterator

from refusalhub.sandbox.messages import Body

_CHUNK = 48
"""How many characters of text one delta carries."""


def events(message: Body) -> Iterator[bytes]:
    """Yield the events of a whole message in their order, one at a time."""
    start = {**message, "content": [], "stop_reason": None, "stop_details": None}
    yield event({"type": "message_start", "message": start})
    yield event({"type": "ping"})
    for index, block in enumerate(message["content"]):
        yield from _block_events(index=index, block=block)
    ended = {name: message[name] for name in ("stop_reason", "stop_sequence", "stop_details")}
    yield event({"type": "message_delta", "delta": ended, "usage": message["usage"]})
    yield event({"type": "message_stop"})


def event(data: Body) -> bytes:
    """One event on the wire, named by the type of its data."""
    return f"event: {data['type']}\ndata: {json.dumps(data)}\n\n".encode()


def _block_events(*, index: int, block: Body) -> Iterator[bytes]:
    opening, deltas = _opening_and_deltas(block)
    yield event({"type": "content_block_start", "index": index, "content_block": opening})
    for delta in deltas:
        yield event({"type": "content_block_delta", "index": index, "delta": delta})
    yield event({"type": "content_block_stop", "index": index})


def _opening_and_deltas(block: Body) -> tuple[Body, list[Body]]:
    """How a block begins and what follows; one of a kind without deltas (a fallback mark) comes whole."""
    match block["type"]:
        case "text":
            text = block["text"]
            pieces = [text[start : start + _CHUNK] for start in range(0, len(text), _CHUNK)]
            return {**block, "text": ""}, [{"type": "text_delta", "text": piece} for piece in pieces]
        case "tool_use":
            delta = {"type": "input_json_delta", "partial_json": json.dumps(block["input"])}
            return {**block, "input": {}}, [delta]
        case _:
            return block, []
