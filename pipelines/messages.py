"""The conversation inside a request's body, message by message, whatever the provider calls its parts.

Read for showing alone: what repeats fold by, and what a re-issue sends, is the request itself. Data
(a picture, a document) is never unpacked; only its kind and size are told. What has no name here
keeps its JSON, so that no part of a conversation goes unseen.
"""

import json
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum
from typing import Any

from pipelines.prompts import ASKED_FIELDS, STANDING_ROLES
from pipelines.storable import storable


class PartKind(Enum):
    """What a part of a message is, for a reader."""

    TEXT = "text"
    THINKING = "thinking"
    TOOL_USE = "tool_use"
    TOOL_RESULT = "tool_result"
    IMAGE = "image"
    DOCUMENT = "document"
    AUDIO = "audio"
    VIDEO = "video"
    OTHER = "other"


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One part of a message. `size` is the number of bytes of data that stand in the request and are not shown."""

    kind: PartKind
    text: str = ""
    name: str = ""  # a tool's, a file's, or the type of what is unknown
    media_type: str = ""
    address: str = ""  # where the data would be, as text: nobody fetches it
    size: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One message. `role` is the provider's word, empty where there is none."""

    role: str
    parts: tuple[Part, ...]

    @property
    def is_standing(self) -> bool:
        """Whether it is what the pipeline says every time, and no turn of the conversation."""
        return self.role in STANDING_ROLES


def messages_of(request: dict[str, Any]) -> list[Message]:
    """Return the messages of a request in their order; none where no field of it could hold any."""
    asked = [request[name] for name in ASKED_FIELDS if request.get(name)]
    return [_message(item) for value in asked for item in (value if isinstance(value, list) else [value])]


def is_conversation(messages: list[Message]) -> bool:
    """Say whether there is more to show than one text: several turns, or a part that is no text."""
    turns = [message for message in messages if not message.is_standing]
    kinds = {part.kind for message in turns for part in message.parts}
    return len(turns) > 1 or bool(kinds - {PartKind.TEXT})


# A tool's result may hold parts of its own, which may hold others; no provider goes deeper.
_MAX_DEPTH = 6
_MESSAGE_FIELDS = ("content", "parts", "refusal", "tool_calls", "function_call")
_TOOL_ROLES = ("tool", "function")


def _message(item: Any) -> Message:
    if isinstance(item, str):
        return Message(role="user", parts=tuple(_parts(item)))
    if not isinstance(item, dict) or not any(name in item for name in ("role", "content", "parts")):
        # OpenAI's Responses API puts tool calls and what they gave beside the messages.
        return Message(role="", parts=tuple(_parts(item)))
    if _reader_of(item):
        return Message(role=_string(item, "role"), parts=tuple(_parts(item)))
    role = _string(item, "role")
    parts = tuple(part for name in _MESSAGE_FIELDS for part in _parts(item.get(name)))
    if role in _TOOL_ROLES:
        parts = (Part(kind=PartKind.TOOL_RESULT, name=_string(item, "name", "tool_call_id")), *parts)
    return Message(role=role, parts=parts)


def _parts(value: Any, depth: int = 0) -> Iterator[Part]:
    """Yield the parts of a value one after the other; those inside a tool's result follow it."""
    if value is None:
        return
    if isinstance(value, str):
        yield Part(kind=PartKind.TEXT, text=storable(value))
    elif isinstance(value, list) and depth < _MAX_DEPTH:
        for item in value:
            yield from _parts(item, depth + 1)
    elif isinstance(value, dict) and depth < _MAX_DEPTH:
        yield from _of_object(value, depth + 1)
    else:
        yield Part(kind=PartKind.OTHER, text=_json(value))


def _of_object(item: dict[str, Any], depth: int) -> Iterator[Part]:
    """Yield the parts of an object by its type, or else by the field that Gemini and Bedrock name it with."""
    if reader := _reader_of(item):
        yield from reader(item, depth)
        return
    field = next((name for name in _BY_FIELD if name in item), None)
    if "type" in item or field is None:
        yield Part(kind=PartKind.OTHER, name=_string(item, "type"), text=_json(item))
        return
    inner = item[field]
    yield from _BY_FIELD[field](inner if isinstance(inner, dict) else item, depth)


def _text(item: dict[str, Any], depth: int) -> Iterator[Part]:
    if item.get("thought") is True:
        yield Part(kind=PartKind.THINKING, text=_string(item, "text"))
    else:
        yield from _parts(item.get("text", item.get("refusal")), depth)


def _thinking(item: dict[str, Any], depth: int) -> Iterator[Part]:
    said = [
        part.text
        for name in ("thinking", "summary", "content", "reasoningText")
        for part in _parts(item.get(name), depth)
    ]
    sealed = _string(item, "data", "encrypted_content", "redactedContent")
    yield Part(
        kind=PartKind.THINKING,
        text="\n\n".join(filter(None, said)),
        size=_decoded_size(sealed) if sealed else None,
    )


def _tool_use(item: dict[str, Any], depth: int) -> Iterator[Part]:
    call = item["function"] if isinstance(item.get("function"), dict) else item
    given = next(
        (call[name] for name in ("input", "arguments", "args", "code", "action") if name in call), ""
    )
    text = given if isinstance(given, str) else _json(given)
    yield Part(kind=PartKind.TOOL_USE, name=_string(call, "name", "type"), text=storable(text))


def _tool_result(item: dict[str, Any], depth: int) -> Iterator[Part]:
    name = _string(item, "name", "tool_use_id", "toolUseId", "call_id", "outcome")
    yield Part(kind=PartKind.TOOL_RESULT, name=name)
    given = next((item[name] for name in ("content", "output", "response") if name in item), None)
    yield from _parts(given, depth)


def _data(kind: PartKind) -> Callable[[dict[str, Any], int], Iterator[Part]]:
    """Return a reader of parts that carry data: embedded as base64, or by its address."""

    def read(item: dict[str, Any], depth: int) -> Iterator[Part]:
        # Bedrock's source of a document in a bucket is one level deeper.
        holder = _holder(_holder(item))
        if "content" in holder or holder.get("type") == "text":
            name = _string(item, "title", "name")
            yield Part(kind=kind, name=name, media_type=_string(holder, *_MEDIA_FIELDS))
            yield from _parts(holder.get("content", holder.get("data")), depth)
            return
        address = _string(holder, "url", "image_url", "file_id", "fileUri", "file_uri", "uri")
        inside = _DATA_ADDRESS.match(address)
        data = address[inside.end() :] if inside else _string(holder, "data", "bytes", "file_data")
        media_type = _string(holder, *_MEDIA_FIELDS) or _string(item, *_MEDIA_FIELDS)
        yield Part(
            kind=_KIND_OF_MEDIA.get(media_type.partition("/")[0], kind),
            name=_string(item, "title", "name", "filename") or _string(holder, "filename"),
            media_type=inside[1] if inside else media_type,
            address="" if inside else address,
            size=_decoded_size(data) if data else None,
        )

    return read


_DATA_ADDRESS = re.compile(r"data:([^;,]*)[^,]*,", re.IGNORECASE)
_DATA_HOLDERS = ("source", "image_url", "video_url", "input_audio", "file", "s3Location")
_MEDIA_FIELDS = ("media_type", "mimeType", "mime_type", "format")
_KIND_OF_MEDIA = {"image": PartKind.IMAGE, "audio": PartKind.AUDIO, "video": PartKind.VIDEO}

_Reader = Callable[[dict[str, Any], int], Iterator[Part]]
_IMAGE, _DOCUMENT = _data(PartKind.IMAGE), _data(PartKind.DOCUMENT)

# Anthropic and OpenAI give a part's type.
_BY_TYPE: dict[str, _Reader] = {
    **dict.fromkeys(("text", "input_text", "output_text", "summary_text", "refusal"), _text),
    **dict.fromkeys(("thinking", "redacted_thinking", "reasoning"), _thinking),
    **dict.fromkeys(("tool_use", "server_tool_use", "mcp_tool_use"), _tool_use),
    **dict.fromkeys(("function", "function_call", "custom_tool_call", "mcp_call"), _tool_use),
    **dict.fromkeys(("tool_result", "mcp_tool_result", "web_search_tool_result"), _tool_result),
    **dict.fromkeys(("function_call_output", "custom_tool_call_output"), _tool_result),
    **dict.fromkeys(("image", "image_url", "input_image"), _IMAGE),
    **dict.fromkeys(("document", "file", "input_file"), _DOCUMENT),
    "input_audio": _data(PartKind.AUDIO),
    "video_url": _data(PartKind.VIDEO),
}
# Gemini and Bedrock name a part by the field that it stands in. The order counts: `text` may be beside others.
_BY_FIELD: dict[str, _Reader] = {
    **dict.fromkeys(("functionCall", "function_call", "toolUse", "executableCode"), _tool_use),
    **dict.fromkeys(
        ("functionResponse", "function_response", "toolResult", "codeExecutionResult"), _tool_result
    ),
    **dict.fromkeys(("inlineData", "inline_data", "fileData", "file_data", "document"), _DOCUMENT),
    "image": _IMAGE,
    "video": _data(PartKind.VIDEO),
    "reasoningContent": _thinking,
    "guardContent": _text,
    "text": _text,
}


def _reader_of(item: dict[str, Any]) -> _Reader | None:
    kind = item.get("type")
    return _BY_TYPE.get(kind) if isinstance(kind, str) else None


def _holder(item: dict[str, Any]) -> dict[str, Any]:
    """Return the object inside a part that says where its data is, or the part itself."""
    return next((item[name] for name in _DATA_HOLDERS if isinstance(item.get(name), dict)), item)


def _string(item: dict[str, Any], *names: str) -> str:
    """Return the first of these fields that holds a text."""
    found = next((item[name] for name in names if isinstance(item.get(name), str)), "")
    return storable(found)


def _json(value: Any) -> str:
    return storable(json.dumps(value, ensure_ascii=False, indent=2))


def _decoded_size(base64: str) -> int:
    """Return how many bytes a base64 text stands for, without decoding it."""
    return len(base64.rstrip("=")) * 3 // 4
