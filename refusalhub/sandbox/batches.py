"""Message Batches in the sandbox: every request of a batch has ended by the time the batch is made."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field

from refusalhub.sandbox import messages
from refusalhub.sandbox.answers import make_reply
from refusalhub.sandbox.endings import Choice
from refusalhub.sandbox.messages import Body
from refusalhub.sandbox.requests import BadRequest, MessagesRequest, parse_request

Choose = Callable[[MessagesRequest], Choice]

_TIME = "2026-11-20T06:00:00Z"
# What a batch can come to beside an answer or an error. By the marker in a request: `[[batch: expired]]`.
_ENDED = ("canceled", "expired")


@dataclass
class Batches:
    """The batches since the server began, by id: their results, a line of JSON each."""

    results: dict[str, bytes] = field(default_factory=dict)

    def make(self, *, body: bytes, choose: Choose, url: str) -> Body:
        """Play every request of a new batch, and return the batch; raise `BadRequest` where it is malformed."""
        try:
            entries = json.loads(body)["requests"]
            asked = [(entry["custom_id"], json.dumps(entry["params"]).encode()) for entry in entries]
        except (ValueError, KeyError, TypeError) as error:
            raise BadRequest(f"requests: must be a list with custom_id and params: {error}") from error
        id = f"msgbatch_sandbox_{len(self.results) + 1:06d}"
        lines = [
            {"custom_id": name, "result": _result(params, choose, n)}
            for n, (name, params) in enumerate(asked)
        ]
        self.results[id] = b"".join(json.dumps(line).encode() + b"\n" for line in lines)
        return self.batch(id, url=url)

    def batch(self, id: str, *, url: str) -> Body:
        """A batch that has ended, as the API shows it."""
        kinds = [json.loads(line)["result"]["type"] for line in self.results[id].splitlines()]
        counts = {kind: kinds.count(kind) for kind in ("succeeded", "errored", *_ENDED)}
        return {
            "id": id,
            "type": "message_batch",
            "processing_status": "ended",
            "request_counts": {"processing": 0, **counts},
            "created_at": _TIME,
            "ended_at": _TIME,
            "expires_at": _TIME,
            "archived_at": None,
            "cancel_initiated_at": None,
            "results_url": f"{url}/v1/messages/batches/{id}/results",
        }


def _result(params: bytes, choose: Choose, number: int) -> Body:
    request = parse_request(params)
    for kind in _ENDED:
        if any(f"[[batch: {kind}]]" in text for text in request.texts):
            return {"type": kind}
    reply = make_reply(request=request, choice=choose(request), number=number)
    if reply.status == 200:
        return {"type": "succeeded", "message": reply.body}
    error = reply.body["error"]
    return {
        "type": "errored",
        "error": messages.error(type=error["type"], message=error["message"], request_id=None),
    }
