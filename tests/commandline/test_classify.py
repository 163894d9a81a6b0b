"""`python -m refusals classify` over logs of every form."""

import gzip
import json
import sys
import tracemalloc
from pathlib import Path
from typing import Any

import pytest

from refusals import format_refusal
from refusals.__main__ import main
from refusals.logs import Tally, entries, entries_in
from tests.commandline import night

LINES = 20_000
REFUSED_LINE = f"12:00 guard {format_refusal('RCE_RISK', 'rm -rf')}"


@pytest.fixture
def classified(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Any:
    """Classify a text, and give the exit code and the counts."""

    def classified(text: str | bytes, *options: str) -> tuple[int, dict[str, Any]]:
        log = tmp_path / "log"
        log.write_bytes(text.encode() if isinstance(text, str) else text)
        code = main(["classify", str(log), "--json", *options])
        return code, json.loads(capsys.readouterr().out)

    return classified


def endings(told: dict[str, Any]) -> dict[tuple[str, str], int]:
    return {(row["outcome"], row["code"] or ""): row["count"] for row in told["endings"]}


def test_a_long_mixed_log_is_counted_to_the_line(classified: Any) -> None:
    code, told = classified(b"".join(night.lines(LINES)))
    share = LINES // len(night.KINDS)
    assert code == 0
    assert endings(told) == night.counts(LINES)
    assert (told["entries"], told["other_lines"], told["damaged"]) == (LINES, share, share)
    assert told["successes_that_were_declines"] == {
        "declined": 3 * share,
        "hidden_by_fallback": 0,
        "of": 16 * share,
    }
    assert told["success"] == {"ok": 12 * share, "of": 14 * share}
    assert told["decline"] == {"declined": 4 * share, "of": 17 * share}


def test_a_packed_log_is_the_same_log(classified: Any) -> None:
    log = b"".join(night.lines(200))
    assert classified(gzip.compress(log)) == classified(log)


def peak(count: int) -> int:
    tally = Tally(by="model")
    tracemalloc.start()
    try:
        for entry in entries_in(night.log(count)):
            tally.add(entry)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
        assert tally.entries == count


def test_memory_does_not_grow_with_the_log() -> None:
    peak(200)  # what is made once
    assert peak(8000) < 1.5 * peak(1000)


BODY, DECLINED = night.message(1), night.declined(2)
DETAILS: Any = DECLINED["stop_details"]
FORMS = {
    "one body": json.dumps(BODY),
    "one pretty-printed body": json.dumps(BODY, indent=2),
    "pretty-printed bodies": f"{json.dumps(BODY, indent=2)}\n{json.dumps(BODY, indent=4)}",
    "an array in one line": json.dumps([BODY, BODY]),
    "a pretty-printed array": json.dumps([BODY, BODY], indent=2),
    "a byte order mark": "\ufeff" + json.dumps(BODY),
    "windows line ends": f"{json.dumps(BODY)}\r\n\r\n{json.dumps(BODY)}\r\n",
    "no last line break": f"{json.dumps(BODY)}\n{json.dumps(BODY)}",
    "rows of ours": json.dumps({"response": BODY}) + "\n" + json.dumps({"text": night.ANSWER}),
    "arrays among lines": f"{json.dumps(BODY)}\n{json.dumps([BODY, BODY])}",
}


@pytest.mark.parametrize("form", FORMS)
def test_a_log_of_any_form_is_read(form: str, classified: Any) -> None:
    code, told = classified(FORMS[form])
    assert code == 0
    assert endings(told) == {("ok", ""): told["entries"] if form != "arrays among lines" else 3}
    assert told["damaged"] == told["other_lines"] == 0


@pytest.mark.parametrize(
    ("entry", "ending"),
    [
        ({"refusal": REFUSED_LINE, "surface": "rce_backstop", "prompt": "p"}, ("declined", "RCE_RISK")),
        ({"refusal": "The scanner dislikes it.", "prompt": "p"}, ("declined", "GUARDRAIL")),
        (
            {"error": {"type": "RateLimitError", "http_status": 429}, "prompt": "p"},
            ("infra_error", "RATE_LIMIT"),
        ),
        ({"error": {"type": "APIConnectionError"}, "run_id": "1"}, ("infra_error", "NETWORK")),
        ({"text": "", "prompt": "p"}, ("degraded", "EMPTY_OUTPUT")),
        ({"text": "", "stop_reason": "safety", "prompt": "p"}, ("declined", "POLICY_VIOLATION")),
        ({"response": BODY, "http_status": 529}, ("infra_error", "OVERLOADED")),
        (
            {"key": "1", "response": {"candidates": [{"finishReason": "SAFETY"}]}},
            ("declined", "POLICY_VIOLATION"),
        ),
        ({"custom_id": "1", "result": {"type": "expired"}}, ("infra_error", "EXPIRED")),
        (REFUSED_LINE, ("declined", "RCE_RISK")),
        ({"hello": "world"}, ("degraded", "UNKNOWN_SIGNAL")),
    ],
)
def test_an_entry_of_any_kind_is_judged(entry: object, ending: tuple[str, str], classified: Any) -> None:
    assert endings(classified(json.dumps(entry))[1]) == {ending: 1}


def test_a_stream_is_one_call_as_lines_or_as_a_list(classified: Any) -> None:
    start: dict[str, Any] = {"type": "message_start", "message": {**DECLINED, "stop_reason": None}}
    delta: dict[str, Any] = {
        "type": "message_delta",
        "delta": {"stop_reason": "refusal", "stop_details": DETAILS},
    }
    events: list[dict[str, Any]] = [start, delta, {"type": "message_stop"}]
    captured = "".join(f"event: {event['type']}\ndata: {json.dumps(event)}\n\n" for event in events)
    for log, calls in (
        (captured, 1),
        (captured * 3, 3),
        (json.dumps(events), 1),
        (json.dumps(events, indent=1), 1),
        (f"{json.dumps(events)}\n" * 2, 2),
    ):
        assert endings(classified(log)[1]) == {("declined", "CYBER"): calls}


def test_a_decline_that_a_fallback_hid_is_a_decline_among_the_successes(classified: Any) -> None:
    hop = {
        "type": "fallback",
        "from": {"model": "a"},
        "to": {"model": "b"},
        "trigger": {"type": "refusal", "category": "bio"},
    }
    served = night.message(1, content=[hop, {"type": "text", "text": night.ANSWER}])
    _, told = classified(json.dumps(served))
    assert endings(told) == {("ok", "FALLBACK_SERVED"): 1}
    assert told["successes_that_were_declines"] == {"declined": 0, "hidden_by_fallback": 1, "of": 1}


def test_a_decline_that_came_as_an_error_was_no_success(classified: Any) -> None:
    error = {"error": {"message": "No.", "type": "invalid_request_error", "code": "content_filter"}}
    _, told = classified(json.dumps({"response": error, "http_status": 400}))
    assert told["decline"]["declined"] == 1
    assert told["successes_that_were_declines"]["of"] == 0


def test_earlier_attempts_are_counted_apart(classified: Any) -> None:
    first = {"prompt": "p", "error": {"http_status": 529}, "attempt": 1, "final": False}
    _, told = classified("\n".join(json.dumps(row) for row in (first, {"prompt": "p", "text": night.ANSWER})))
    assert (told["earlier_attempts"], endings(told)) == (1, {("ok", ""): 1})


def test_an_answer_that_reads_like_a_refusal_is_a_hint_and_stays_ok(classified: Any) -> None:
    _, told = classified(json.dumps({"text": "I'm sorry, but I can't help with that.", "prompt": "p"}))
    assert (told["suspected"], endings(told)) == (1, {("ok", ""): 1})


@pytest.mark.parametrize(("ending", "code"), [("declined", 1), ("degraded", 0), ("infra_error", 0)])
def test_fail_on_makes_an_ending_an_exit_code(ending: str, code: int, classified: Any) -> None:
    assert classified(json.dumps(DECLINED), "--fail-on", ending)[0] == code


def test_endings_are_told_apart_by_model(classified: Any) -> None:
    _, told = classified(b"".join(night.lines(40)), "--by", "model")
    counted = {(row["model"], row["outcome"], row["code"]): row["count"] for row in told["endings"]}
    assert counted["gpt-example", "declined", "POLICY_VIOLATION"] == 2
    assert counted["claude-example", "ok", None] == 14


def test_so_many_models_that_they_would_fill_the_memory_are_others(classified: Any) -> None:
    log = "\n".join(json.dumps({**BODY, "model": f"model-{number}"}) for number in range(300))
    _, told = classified(log, "--by", "model")
    assert {row["model"]: row["count"] for row in told["endings"]}["(others)"] == 100


def test_the_table_reads_well(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "log").write_bytes(b"".join(night.lines(40)))
    assert main(["classify", str(tmp_path / "log")]) == 0
    out, err = capsys.readouterr()
    assert out.splitlines()[:3] == [
        "ending       code              calls  share",
        "ok           -                    24  66.7%",
        "infra_error  OVERLOADED            2   5.6%",
    ]
    assert "Of 32 calls that looked like successes, 6 were declines (18.8%)" in out
    assert "Success rate 85.7% of 28" in out
    assert "decline rate 23.5% of 34" in out
    assert err == ""


def test_standard_input_is_read(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    (tmp_path / "log").write_bytes(b"".join(night.lines(20)))
    with (tmp_path / "log").open() as log:
        monkeypatch.setattr(sys, "stdin", log)
        assert main(["classify", "-", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["entries"] == 20


def test_what_cannot_be_read_is_said_and_the_rest_is_counted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = tmp_path / "log"
    log.write_text(json.dumps(BODY))
    assert main(["classify", str(tmp_path / "nowhere"), str(log), "--json"]) == 2
    out, err = capsys.readouterr()
    assert json.loads(out)["calls"] == 1
    assert "cannot read" in err


def test_a_packed_log_that_is_cut_off_is_said(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    log = tmp_path / "log.gz"
    log.write_bytes(gzip.compress(b"".join(night.lines(20_000)))[:-100])
    assert main(["classify", str(log), "--json"]) == 2
    out, err = capsys.readouterr()
    assert json.loads(out)["calls"] > 1000
    assert "gzip file is damaged" in err


@pytest.mark.parametrize("log", ["", "\n\n", "nothing here is a call\n", "[]", "\x00\x01\xff"])
def test_a_log_without_a_call_is_no_success(log: str, classified: Any) -> None:
    assert classified(log)[0] == 2


def test_damaged_json_spoils_only_itself(classified: Any) -> None:
    _, told = classified('{"type": "message", "conte\n' + json.dumps(BODY) + "\n" + "[" * 9000 + "\n")
    assert endings(told) == {("ok", ""): 1}
    assert told["damaged"] == 1


def test_a_long_line_is_one_entry_and_a_longer_one_than_any_answer_is_damaged(
    classified: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    long = json.dumps({"text": "digest \u00e9 " * 100_000, "prompt": "p"}, ensure_ascii=False)
    log = f"{json.dumps(BODY)}\n{long}\n{json.dumps(BODY)}\n"
    assert endings(classified(log)[1]) == {("ok", ""): 3}
    monkeypatch.setattr(entries, "LONGEST", 300_000)
    _, told = classified(log)
    assert (endings(told), told["damaged"]) == ({("ok", ""): 2}, 1)


def test_an_array_that_is_damaged_is_said_and_what_came_before_is_counted(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    log = tmp_path / "log"
    log.write_text(json.dumps([BODY] * 50, indent=1)[:-300])
    assert main(["classify", str(log), "--json"]) == 2
    out, err = capsys.readouterr()
    assert json.loads(out)["calls"] == 49
    assert "the JSON is damaged" in err
