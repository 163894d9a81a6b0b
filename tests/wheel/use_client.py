"""A stranger's script, run where nothing but the wheel is installed. What it prints, the test reads."""

import refusals
from refusals import (
    Hub,
    Outcome,
    RunResult,
    classify,
    min_headings,
    parse_refusal,
    reads_like_refusal,
    required_json_keys,
)
from refusals.signals import read

DECLINED = {
    "type": "message",
    "role": "assistant",
    "model": "claude-invented",
    "content": [],
    "stop_reason": "refusal",
    "stop_details": {"type": "refusal", "category": "cyber", "explanation": None},
    "usage": {"input_tokens": 9, "output_tokens": 1},
}


def main() -> None:
    """Use each part of the vocabulary once."""
    if "site-packages" not in (refusals.__file__ or ""):
        raise SystemExit("refusals does not come from the wheel")
    signal = read(DECLINED)
    headed = RunResult(
        http_status=200,
        stop_reason="end_turn",
        text="# One\n\nForty runs.\n\n## Two\n\nTwo retries, one held.",
    )
    keyed = RunResult(
        http_status=200, stop_reason="end_turn", text='{"title": "The digest of the second week"}'
    )
    print(classify(RunResult(529, None, None)) is Outcome.INFRA_ERROR)
    print(classify(headed, done=[min_headings(2)]) is Outcome.OK)
    print(classify(keyed, done=[required_json_keys("title", "body")]) is Outcome.DEGRADED)
    print(parse_refusal("REFUSED: UNVERIFIED_TOOL: shell.run") == ("UNVERIFIED_TOOL", "shell.run"))
    print((signal.outcome, signal.code) == (Outcome.DECLINED, "CYBER"))
    print(reads_like_refusal("I'm sorry, but I can't help with that."))
    print(read("unsafe\nS9", provider="llama-guard").code == "DANGEROUS")
    hub = Hub("http://127.0.0.1:9", "rh_nobody", spool="spool", flush_interval=3600)
    print(hub.run("p", task_id="t", prompt="q").finish(DECLINED).recorded and hub.waiting() == 1)


if __name__ == "__main__":
    main()
