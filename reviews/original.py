"""What a re-issue is made from: the request as it was sent, or what can be carried over of another provider's."""

from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _

from pipelines.jsontext import BadJson, read_row
from refusals.plain import PYTHON_OBJECT
from reviews.carry import DEFAULT_MAX_TOKENS, LeftBehind, carry, written
from reviews.compose import LEFT_OUT, CannotCompose, user_messages


@dataclass(frozen=True, slots=True, kw_only=True)
class Original:
    """What a re-issue is made from: a Messages API request's JSON text, and the values of its beta header.

    `source` is what the pipeline sent, empty where it told no request. Where the text is another one, `left_behind`
    and `moved` say what of it is not in the text, and what stands elsewhere (see `carry`).
    """

    text: str
    betas: tuple[str, ...] = ()
    source: str = ""
    left_behind: tuple[LeftBehind, ...] = ()
    moved: tuple[int, ...] = ()

    @property
    def is_repeated(self) -> bool:
        """Whether the text is what the pipeline sent, to the byte."""
        return self.source == self.text


def original_request(
    *, request: str, provider: str, prompt: str, model: str, betas: tuple[str, ...] = ()
) -> Original:
    """Return the request to compose from: the run's own where it speaks the Messages API.

    One to another provider is carried over into a new request to `model`; where none came, the prompt is the one
    message of such a request. Raises CannotCompose for a request that cannot be read: what a person sends again is
    never something else in its place.
    """
    if not request:
        return Original(text=_asking(prompt, model=model))
    try:
        fields = read_row(request).fields
    except BadJson as error:
        raise CannotCompose(_("The original request cannot be read: %(why)s") % {"why": error}) from error
    if provider in ("", "anthropic") and _speaks_messages(fields):
        if any(_holds_python_object(value) for name, value in fields.items() if name not in LEFT_OUT):
            raise CannotCompose(
                _(
                    "The original was reported as a program's objects, and not as it was sent: nobody can repeat it."
                )
            )
        return Original(text=request, source=request, betas=betas)
    carried = carry(fields)
    if betas:
        carried.leave("anthropic-beta")
    if carried.asks:
        left, moved = carried.left_behind, tuple(carried.moved)
        return Original(text=carried.request(model=model), source=request, left_behind=left, moved=moved)
    left = tuple(LeftBehind(name) for name in fields if name != "model")
    return Original(text=_asking(prompt, model=model), source=request, left_behind=left)


def _asking(prompt: str, *, model: str) -> str:
    messages = [{"role": "user", "content": prompt}]
    return written({"model": model, "max_tokens": DEFAULT_MAX_TOKENS, "messages": messages})


def _speaks_messages(fields: dict[str, Any]) -> bool:
    return "max_tokens" in fields and isinstance(fields.get("model"), str) and bool(user_messages(fields))


def _holds_python_object(value: Any) -> bool:
    """Whether something stands there that no JSON could tell."""
    if isinstance(value, dict):
        return value.keys() == {PYTHON_OBJECT} or any(map(_holds_python_object, value.values()))
    return isinstance(value, list) and any(map(_holds_python_object, value))
