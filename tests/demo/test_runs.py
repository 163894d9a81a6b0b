"""The weeks that the generator invents: the same for the same seed, in the mix that the demo promises."""

from collections import Counter, defaultdict
from collections.abc import Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import anthropic
import pytest
from anthropic.types.beta import BetaMessage
from openai.types.chat import ChatCompletion
from pydantic import ValidationError

from refusalhub.demo.faults import REFUSAL_LIKE_ANSWERS
from refusalhub.demo.pipelines import PIPELINES
from refusalhub.demo.prompts import PROMPTS
from refusalhub.demo.runs import CHANGED_BEFORE_END, SURGE, DemoRun, demo_runs
from refusalhub.demo.scenarios import scenarios
from refusalhub.sandbox.endings import CONTEXT_LABEL
from refusalhub.sandbox.server import sandbox_running
from refusals import RunResult, classify, parse_refusal, reads_like_refusal

UNTIL = datetime(2026, 6, 19, 15, 30, tzinfo=ZoneInfo("Europe/Berlin"))


@pytest.fixture(scope="module")
def runs() -> list[DemoRun]:
    return list(demo_runs(until=UNTIL))


@pytest.fixture
def client(monkeypatch: pytest.MonkeyPatch) -> Iterator[anthropic.Anthropic]:
    for name in ("ANTHROPIC_API_KEY", "ANTHROPIC_AUTH_TOKEN", "ANTHROPIC_BASE_URL"):
        monkeypatch.delenv(name, raising=False)
    with (
        sandbox_running(scenarios=scenarios()) as sandbox,
        anthropic.Anthropic(base_url=sandbox.url, api_key="sandbox", max_retries=0) as client,
    ):
        yield client


def test_the_same_seed_gives_the_same_runs(runs: list[DemoRun]) -> None:
    assert list(demo_runs(until=UNTIL)) == runs
    assert list(demo_runs(until=UNTIL, seed=8)) != runs


def test_runs_come_oldest_first_within_the_weeks_asked_for(runs: list[DemoRun]) -> None:
    times = [datetime.fromisoformat(run.row["at"]) for run in runs]
    assert len(times) == 2000
    assert times == sorted(times)
    assert UNTIL - timedelta(weeks=12) <= times[0]
    assert times[-1] <= UNTIL


def test_the_end_must_know_its_time_zone() -> None:
    with pytest.raises(ValueError, match="time zone"):
        next(demo_runs(until=datetime(2026, 6, 19)))


def test_every_declined_prompt_comes_up(runs: list[DemoRun]) -> None:
    declined = {run.scenario for run in runs if run.outcome == "declined"}
    assert declined >= {prompt.slug for prompt in PROMPTS if prompt.decline}


def test_run_ids_are_unique(runs: list[DemoRun]) -> None:
    assert len({run.row["run_id"] for run in runs}) == len(runs)


@pytest.mark.parametrize("seed", [7, 8, 9])
def test_the_outcomes_come_in_the_promised_mix(seed: int) -> None:
    counts = Counter(run.outcome for run in demo_runs(until=UNTIL, seed=seed))
    assert 0.78 <= counts["ok"] / 2000 <= 0.86
    assert 0.04 <= counts["infra_error"] / 2000 <= 0.08
    assert 0.05 <= counts["declined"] / 2000 <= 0.09
    assert 0.035 <= counts["degraded"] / 2000 <= 0.065


def test_weekends_are_quiet(runs: list[DemoRun]) -> None:
    weekdays = Counter(
        datetime.fromisoformat(run.row["at"]).astimezone(UNTIL.tzinfo).weekday() for run in runs
    )
    assert max(weekdays[5], weekdays[6]) < min(weekdays[day] for day in range(5))


def test_cyber_declines_rise_after_the_model_change(runs: list[DemoRun]) -> None:
    cyber = {prompt.slug for prompt in PROMPTS if prompt.decline and prompt.decline.category == "cyber"}
    changed = UNTIL - CHANGED_BEFORE_END
    times = [
        datetime.fromisoformat(run.row["at"])
        for run in runs
        if run.outcome == "declined" and run.scenario in cyber
    ]
    before = sum(changed - SURGE <= at < changed for at in times)
    after = sum(changed <= at < changed + SURGE for at in times)
    assert after > 2 * before > 0


def test_the_model_changes_once_and_for_good(runs: list[DemoRun]) -> None:
    changed = UNTIL - CHANGED_BEFORE_END
    for run in runs:
        pipeline = next(pipeline for pipeline in PIPELINES if pipeline.slug == run.pipeline)
        late = datetime.fromisoformat(run.row["at"]) >= changed
        assert run.row["request"]["model"] == (pipeline.model if late else pipeline.earlier_model)


def test_a_declined_task_comes_again_with_the_same_request(runs: list[DemoRun]) -> None:
    requests = defaultdict(list)
    for run in runs:
        if run.outcome == "declined":
            requests[run.pipeline, run.row["task_id"]].append(run.row["request"] | {"model": None})
    repeated = [bodies for bodies in requests.values() if len(bodies) > 1]
    assert len(repeated) >= 10
    assert all(body == bodies[0] for bodies in repeated for body in bodies)


def test_a_retried_fault_is_not_final_and_an_answer_follows(runs: list[DemoRun]) -> None:
    first_attempts = [(run, runs[index + 1]) for index, run in enumerate(runs[:-1]) if not run.row["final"]]
    assert len(first_attempts) >= 20
    for failed, answered in first_attempts:
        assert (failed.outcome, answered.outcome) == ("infra_error", "ok")
        assert failed.row["task_id"] == answered.row["task_id"]
        assert (failed.row["attempt"], answered.row["attempt"]) == (1, 2)


def test_every_row_says_in_one_way_how_it_ended(runs: list[DemoRun]) -> None:
    for run in runs:
        assert len({"response", "error", "refusal"} & run.row.keys()) == 1
        assert ("surface" in run.row) == ("refusal" in run.row)


def test_responses_are_what_the_providers_own_types_read(runs: list[DemoRun]) -> None:
    readers: dict[str, type[BetaMessage] | type[ChatCompletion]] = {
        "anthropic": BetaMessage,
        "openai": ChatCompletion,
        "azure.ai.openai": ChatCompletion,
    }
    unreadable = set()
    for run in runs:
        reader = readers.get(run.row["provider"])
        if reader is None or "response" not in run.row:
            continue
        try:
            reader.model_validate(run.row["response"])
        except ValidationError:
            unreadable.add(run.row["response"].get("stop_reason"))
    assert unreadable <= {"handed_over"}, "only the stop reason that nobody has heard of"


def test_guards_refuse_in_the_canonical_form_and_as_planned(runs: list[DemoRun]) -> None:
    refused = [run for run in runs if "refusal" in run.row]
    assert {run.outcome for run in refused} == {"declined", "infra_error"}
    for run in refused:
        result = RunResult(None, None, None, refusal=run.row["refusal"])
        assert parse_refusal(run.row["refusal"]) is not None
        assert classify(result) == run.outcome


def test_messages_are_judged_as_planned(runs: list[DemoRun]) -> None:
    bodies = [
        (run, run.row["response"])
        for run in runs
        if run.row["provider"] == "anthropic" and "response" in run.row
    ]
    assert {run.outcome for run, _ in bodies} == {"ok", "declined", "degraded"}
    for run, body in bodies:
        text = "".join(block.get("text", "") for block in body["content"])
        assert classify(RunResult(200, body["stop_reason"], text)) == run.outcome


@pytest.mark.parametrize("answer", REFUSAL_LIKE_ANSWERS)
def test_a_refusal_like_answer_reads_like_one_and_is_ok_all_the_same(answer: str) -> None:
    assert reads_like_refusal(answer)
    assert classify(RunResult(200, "end_turn", answer)) == "ok"


def test_guards_of_all_surfaces_refuse_now_and_then(runs: list[DemoRun]) -> None:
    surfaces = {run.row["surface"] for run in runs if "surface" in run.row}
    assert surfaces == {"tool_loop", "skill_scanner", "post_compaction", "rce_backstop", "io_guardrail"}


def test_some_answers_were_given_by_a_fallback_model(runs: list[DemoRun]) -> None:
    served = [run for run in runs if "iterations" in run.row.get("response", {}).get("usage", {})]
    assert served
    for run in served:
        assert run.outcome == "ok"
        assert run.row["response"]["content"][0]["type"] == "fallback"
        assert run.row["response"]["model"] != run.row["request"]["model"]


def test_the_sandbox_declines_what_was_declined_and_answers_it_with_context(
    runs: list[DemoRun], client: anthropic.Anthropic
) -> None:
    prompts = {prompt.slug: prompt for prompt in PROMPTS}
    requests = {
        run.scenario: run.row["request"]
        for run in runs
        if run.outcome == "declined" and run.scenario in prompts and run.row["provider"] == "anthropic"
    }
    assert requests
    for slug, request in requests.items():
        context = {"role": "user", "content": f"{CONTEXT_LABEL}\nPurpose: the work of this desk."}
        declined = prompts[slug].decline
        assert declined is not None
        assert client.messages.create(**request).stop_reason == "refusal"
        with_context = client.messages.create(**request | {"messages": [*request["messages"], context]})
        assert with_context.stop_reason == ("refusal" if declined.stays_declined else "end_turn")
