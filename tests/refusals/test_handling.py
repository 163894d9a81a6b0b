import json
import multiprocessing
from datetime import datetime, timezone
from pathlib import Path
from typing import Any, NoReturn

import pytest

from refusals import (
    DefinitionOfDoneError,
    HeldRun,
    PermanentInfraError,
    ReasonCode,
    RunResult,
    TransientError,
    enqueue_for_review,
    handle,
    judge,
    min_headings,
    review_key,
)

LONG = "The nightly digest is ready: fourteen tickets were closed today."
DECLINED = RunResult(200, "refusal", "partial answer")


def held(task_id: str = "digest", prompt: str = "Summarise the tickets.", result: Any = DECLINED) -> Any:
    return HeldRun(task_id, prompt, result, judge(result))


def test_an_ok_run_goes_through_and_reaches_no_sink() -> None:
    caught: list[Any] = []
    assert handle("digest", "prompt", RunResult(200, "end_turn", LONG), sink=caught.append) == "ok"
    assert caught == []


def test_a_declined_run_is_handed_over_in_full() -> None:
    caught: list[Any] = []
    assert handle("digest", "prompt", DECLINED, sink=caught.append) == "held"
    (run,) = caught
    assert (run.task_id, run.prompt, run.result) == ("digest", "prompt", DECLINED)
    assert run.verdict.code is ReasonCode.POLICY_VIOLATION


def test_an_error_of_the_sink_propagates() -> None:
    def full(run: Any) -> NoReturn:
        raise OSError("disk full")

    with pytest.raises(OSError, match="disk full"):
        handle("digest", "prompt", DECLINED, sink=full)


def test_retryable_infrastructure_raises_with_its_wait() -> None:
    with pytest.raises(TransientError) as caught:
        handle("digest", "prompt", RunResult(429, None, None, retry_after=7.5))
    assert (caught.value.code, caught.value.retry_after) == ("RATE_LIMIT", 7.5)
    assert "429" in caught.value.detail


def test_other_infrastructure_fails_at_once() -> None:
    with pytest.raises(PermanentInfraError) as caught:
        handle("digest", "prompt", RunResult(401, None, None))
    assert caught.value.code == "AUTH" and not isinstance(caught.value, TransientError)


@pytest.mark.parametrize("result", [RunResult(200, "end_turn", ""), RunResult(200, "max_tokens", LONG)])
def test_a_degraded_run_fails_loudly(result: Any) -> None:
    with pytest.raises(DefinitionOfDoneError):
        handle("digest", "prompt", result)
    with pytest.raises(DefinitionOfDoneError, match="headings"):
        handle("digest", "prompt", RunResult(200, "end_turn", LONG), done=[min_headings(1)])


def test_the_default_sink_writes_to_the_directory_of_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REFUSALS_REVIEW_DIR", str(tmp_path / "here"))
    handle("digest", "prompt", DECLINED)
    (path,) = (tmp_path / "here").glob("*.json")
    assert path.stem == review_key("digest", "prompt")


def test_without_a_setting_the_directory_is_review_queue(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("REFUSALS_REVIEW_DIR", raising=False)
    monkeypatch.chdir(tmp_path)
    assert enqueue_for_review(held()).parent.resolve() == tmp_path / "review_queue"


def test_a_repeat_is_added_to_the_same_file(tmp_path: Path) -> None:
    moment = datetime(2026, 3, 4, 5, 6, tzinfo=timezone.utc)
    enqueue_for_review(held(), directory=tmp_path, now=moment)
    path = enqueue_for_review(held(result=RunResult(200, "refusal", "other")), directory=tmp_path, now=moment)
    record = json.loads(path.read_text())
    assert [run["text"] for run in record["runs"]] == ["partial answer", "other"]
    assert record["runs"][0]["held_at"] == "2026-03-04T05:06:00+00:00"
    assert (record["task_id"], record["prompt"]) == ("digest", "Summarise the tickets.")


def test_lone_surrogates_and_nul_survive(tmp_path: Path) -> None:
    run = held("t\ud800", "p\0\udfff", RunResult(200, "refusal", "a\0\ud800\n"))
    record = json.loads(enqueue_for_review(run, directory=tmp_path).read_bytes())
    assert (record["task_id"], record["prompt"]) == ("t\ud800", "p\0\udfff")
    assert record["runs"][0]["text"] == "a\0\ud800\n"


def test_the_key_is_the_digest_of_task_and_prompt() -> None:
    assert review_key("a", "b") == "7e18f737311b2dc3b2f269dd78396b0351f14fb66efa879f768cb23181883c78"
    assert review_key("a", "b\nc") != review_key("a", "b") != review_key("b", "a")


def test_a_file_that_is_not_ours_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / f"{held().key}.json"
    path.write_text('{"runs": "none"}')
    with pytest.raises(ValueError, match="held runs"):
        enqueue_for_review(held(), directory=tmp_path)
    assert path.read_text() == '{"runs": "none"}'


def _hold_many(directory: Any, worker: Any) -> None:
    for number in range(10):
        enqueue_for_review(held(result=RunResult(200, "refusal", f"{worker}-{number}")), directory=directory)


def test_several_processes_lose_nothing(tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    workers = [context.Process(target=_hold_many, args=(tmp_path, worker)) for worker in range(3)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join(60)
        assert worker.exitcode == 0
    (path,) = tmp_path.glob("*.json")
    texts = {run["text"] for run in json.loads(path.read_text())["runs"]}
    assert len(texts) == 30
    assert not list(tmp_path.glob(".*.tmp"))
