"""A row of ingest: its fields, their types, and how a bad one is refused by name.

Nothing here touches the database.
"""

import hashlib
import json
import re
from datetime import datetime, timezone
from typing import Annotated, Any, Literal

from pydantic import (
    AfterValidator,
    AliasChoices,
    AwareDatetime,
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
    ValidationError,
    WithJsonSchema,
    model_validator,
)
from pydantic_core import PydanticCustomError

from pipelines.jsontext import RawRow
from refusals import conditions_from

# Names stand in lists, addresses and index entries, where such a character is unreadable or unstorable.
_UNNAMEABLE = re.compile("[\x00-\x1f\x7f\ud800-\udfff]")


def _nameable(value: str) -> str:
    if _UNNAMEABLE.search(value):
        raise PydanticCustomError("unprintable", "holds a character that cannot be printed")
    return value


def _readable_spec(spec: dict[str, Any]) -> dict[str, Any]:
    try:
        conditions_from(spec)
    except ValueError as error:
        raise PydanticCustomError("done", "{why}", {"why": str(error)}) from error
    return spec


def _body(value: Any) -> Any:
    if not isinstance(value, dict | list | str | None):
        raise PydanticCustomError("body", "must be an object, an array or text")
    return value


Name = Annotated[str, StringConstraints(max_length=200), AfterValidator(_nameable)]
ShortName = Annotated[str, StringConstraints(max_length=120), AfterValidator(_nameable)]
# What may stand in a header's list.
Beta = Annotated[str, StringConstraints(max_length=200, pattern=r"^[ -+\--~]*[!-+\--~][ -+\--~]*$")]
DoneSpec = Annotated[dict[str, Any], AfterValidator(_readable_spec)]
Moment = Annotated[
    AwareDatetime,
    # Wide enough for any record of a model call; a moment outside is a wrong unit or a wrong field.
    Field(ge=datetime(2000, 1, 1, tzinfo=timezone.utc), lt=datetime(3000, 1, 1, tzinfo=timezone.utc)),
]
# Not a union of types: one clear fault instead of one for each type that it is not.
Body = Annotated[
    Any,
    AfterValidator(_body),
    WithJsonSchema({"anyOf": [{"type": kind} for kind in ("object", "array", "string", "null")]}),
]


class ErrorIn(BaseModel):
    """What a caller has in its hands when a call raised."""

    model_config = ConfigDict(extra="forbid")

    type: ShortName = Field("", description="The exception's class name, such as `RateLimitError`.")
    message: str = Field("", description="Its text; stored and shown, never matched on.")
    http_status: int | None = Field(None, ge=100, le=599, description="None where no answer came.")
    body: Body = Field(None, description="The provider's error body as it came.")
    retry_after: float | None = Field(
        None, ge=0, allow_inf_nan=False, description="Seconds, from the `Retry-After` header."
    )


class RowIn(BaseModel):
    """One run as its pipeline reports it.

    What happened stands in exactly one of `response`, `text`, `error` and `refusal`. Fields that are
    not named here are kept beside the run and judge nothing.
    """

    model_config = ConfigDict(extra="allow")

    run_id: Name = Field(
        "",
        validation_alias=AliasChoices("run_id", "id"),
        description="Your own name for the run; sending it again is safe. Without one, one is made.",
    )
    pipeline: Name = Field(
        "",
        description="The pipeline that the run is of, by its name; the key's own. Another one is refused.",
    )
    task_id: Name = Field(
        "", description="The item of work. Declines of one task and prompt fold into one case."
    )
    prompt: str | None = Field(None, description="The prompt as text.")
    request: dict[str, Any] | None = Field(
        None, description="The request body as it was sent to the provider."
    )
    betas: list[Beta] = Field(
        [], max_length=100, description="Values of the header `anthropic-beta` that `request` was sent with."
    )

    response: Body = Field(
        None,
        description="The provider's response body as it came, a list of its stream events, or plain text.",
    )
    text: str | None = Field(None, description="The answer as plain text.")
    # Its schema stands in place: the API's document has no place for definitions of ours.
    error: Annotated[ErrorIn, WithJsonSchema(ErrorIn.model_json_schema())] | None = Field(
        None, description="The facts of an exception."
    )
    refusal: Annotated[str, StringConstraints(pattern=r"\S")] | None = Field(
        None, description="What a guard emitted: `REFUSED: CODE: detail`, or words of its own."
    )
    surface: Literal[
        "model", "tool_loop", "skill_scanner", "post_compaction", "rce_backstop", "io_guardrail"
    ] = Field("model", description="Which guard surface spoke; needed beside `refusal`.")

    provider: ShortName = Field(
        "", description="`anthropic`, `openai`, …; recognised from the body without it."
    )
    model: ShortName = Field("", description="The requested model, where `request` does not say it.")
    http_status: int | None = Field(
        None, ge=100, le=599, description="The provider's status, where an answer came."
    )
    stop_reason: ShortName | None = Field(None, description="Beside `text`: why the answer ended.")
    topic: ShortName = Field("", description="What the work is about. Without one, the topic rules say.")
    at: Moment | None = Field(None, description="When the call ended, with its UTC offset.")
    duration_ms: int | None = Field(
        None, ge=0, le=2**31 - 1, description="How long the call took, in milliseconds."
    )
    attempt: int = Field(1, ge=1, le=32_767, description="Which attempt it was, counted from 1.")
    final: bool = Field(True, description="False for an attempt that was followed by another.")
    done: DoneSpec | None = Field(None, description="Done-conditions, instead of the pipeline's own.")
    done_failures: list[str] = Field([], description="Done-conditions that failed at the caller's.")

    @model_validator(mode="after")
    def _one_ending(self) -> "RowIn":
        given = [name for name in ("response", "text", "error", "refusal") if getattr(self, name) is not None]
        if len(given) != 1:
            found = " and ".join(given) or "none"
            raise PydanticCustomError(
                "one_ending",
                "needs exactly one of response, text, error and refusal, found {found}",
                {"found": found},
            )
        if self.prompt is None and self.request is None:
            raise PydanticCustomError("no_prompt", "needs a prompt or a request")
        if self.refusal is not None and self.surface == "model":
            raise PydanticCustomError("no_surface", "a refusal needs the surface that emitted it")
        return self


def validate_row(fields: dict[str, Any]) -> RowIn | list[dict[str, str]]:
    """Return the typed row, or what is wrong with it as a list of {"field", "message"}."""
    try:
        return RowIn.model_validate(fields)
    except ValidationError as error:
        return [
            {
                "field": ".".join(map(str, fault["loc"])) or _FIELD_OF.get(fault["type"], "row"),
                "message": fault["msg"],
            }
            for fault in error.errors(include_url=False, include_context=False, include_input=False)
        ]


# A rule over the whole row has no place of its own: the field that would mend it is named.
_FIELD_OF = {"one_ending": "response", "no_prompt": "prompt", "no_surface": "surface"}


def digest_of(raw: RawRow) -> str:
    """Return the SHA-256 of the row's meaning: the same fields in another order or spacing are the same row."""
    canonical = json.dumps(raw.fields, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()
