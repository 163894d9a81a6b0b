"""Which attributes of a client lead to model calls, by the package it comes from, and which certainly do not.

What stands in neither table is passed on, and said once in the log when it is called: a resource that an SDK
has grown since then may answer, and nobody should believe that it is recorded.
"""

from collections.abc import Mapping
from enum import Enum
from typing import Any


class Leaf(Enum):
    """What lies at the end of a path."""

    CALL = "a model call"
    RUNNER = "calls a model until it asks for no more tools"
    BATCH = "takes a batch of requests"
    RESULTS = "gives a batch's results"
    CLIENT = "makes another client"
    UNRECORDED = "brings answers that are not recorded"
    HARMLESS = "brings no answer of a model"


Tree = Mapping[str, Any]

RAW = ("with_raw_response", "with_streaming_response")


def _also_raw(tree: Tree) -> Tree:
    """The tree, and beside each of its branches the same calls with their raw responses."""
    return {**tree, **{name: _branches(tree, _raw_branch) for name in RAW}} | _branches(tree, _also_raw)


def _branches(tree: Tree, change: Any) -> dict[str, Any]:
    return {name: change(branch) if isinstance(branch, Mapping) else branch for name, branch in tree.items()}


def _raw_branch(tree: Tree) -> Tree:
    batch = (Leaf.BATCH, Leaf.RESULTS)  # their answers are not in one response
    return {
        name: Leaf.UNRECORDED if branch in batch else branch
        for name, branch in _branches(tree, _raw_branch).items()
    }


def _harmless(*names: str) -> dict[str, Any]:
    return dict.fromkeys(names, Leaf.HARMLESS)


_CALLS: Tree = {"create": Leaf.CALL, "parse": Leaf.CALL, "stream": Leaf.CALL}
_CLIENT: Tree = {
    "with_options": Leaf.CLIENT,
    "copy": Leaf.CLIENT,
    "post": Leaf.UNRECORDED,
    "request": Leaf.UNRECORDED,
}
_BATCHES: Tree = {"create": Leaf.BATCH, "results": Leaf.RESULTS}
_MESSAGES: Tree = {**_CALLS, "batches": _BATCHES}
_ANTHROPIC: Tree = {
    **_CLIENT,
    **_harmless("models", "files", "skills", "user_profiles", "organization"),
    "with_middleware": Leaf.CLIENT,
    "messages": _MESSAGES,
    "beta": {
        **_harmless("models", "files", "skills", "user_profiles", "organization", "webhooks", "tunnels"),
        **_harmless("agents", "environments", "vaults", "memory_stores"),
        "messages": {**_MESSAGES, "tool_runner": Leaf.RUNNER},
    },
}
_CHAT: Tree = {"completions": {**_CALLS, "messages": Leaf.HARMLESS}}
# A response in the background is created here, and its answer fetched there.
_RESPONSES: Tree = {**_CALLS, **_harmless("input_items", "input_tokens"), "retrieve": Leaf.UNRECORDED}
_OPENAI: Tree = {
    **_CLIENT,
    **_harmless("models", "files", "uploads", "vector_stores", "containers", "conversations", "skills"),
    **_harmless("embeddings", "moderations", "safety", "content_provenance_checks"),
    **_harmless("admin", "fine_tuning", "webhooks"),
    "chat": _CHAT,
    "responses": _RESPONSES,
    "beta": {"chat": _CHAT, "responses": _RESPONSES},
}

TREES: dict[str, Tree] = {"anthropic": _also_raw(_ANTHROPIC), "openai": _also_raw(_OPENAI)}

# Of any resource: what only looks after things.
LOOKING_AFTER = frozenset({"list", "retrieve", "delete", "cancel", "update", "count_tokens", "archive"})
