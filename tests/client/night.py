"""An unattended pipeline: asks the model, is held, sleeps until a person has settled it, and goes on."""

import json
from typing import Any

import anthropic

from refusals import Hub

QUESTION = "Write the notice about the closed car park. [[sandbox: until_context cyber]]"


def main() -> None:
    """Run once and say what became of it."""
    hub = Hub(flush_interval=0.05)
    request: dict[str, Any] = {
        "model": "claude-opus-5-5",
        "max_tokens": 200,
        "messages": [{"role": "user", "content": QUESTION}],
    }
    with hub.run("nightly-digest", task_id="tonight", request=request) as run:
        verdict = run.finish(anthropic.Anthropic().messages.create(**request))
    found = hub.wait_for_deliverable(verdict.run_id, timeout=120, poll=0.2)
    print(
        json.dumps({"verdict": verdict.disposition, "state": found.state, "published": found.text}),
        flush=True,
    )


if __name__ == "__main__":
    main()
