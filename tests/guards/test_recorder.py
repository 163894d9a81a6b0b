"""`Hub.guard`: what a guard refuses is recorded as a run of its surface, and handed back unchanged."""

from typing import Any

import pytest

from pipelines.models import Pipeline, Run
from refusals import Hub, format_refusal
from refusals.codes import ReasonCode
from refusals.guards import SURFACES, RceBackstop, ToolLoopGuard, ToolLoopPolicy
from tests.client.conftest import absent_hub, finished, hub, key, make_hub, pipeline, rows_in

__all__ = ["absent_hub", "hub", "key", "make_hub", "pipeline"]  # the client's fixtures

REFUSAL = format_refusal(ReasonCode.UNVERIFIED_TOOL, "shell.run")


def test_what_a_guard_refuses_is_recorded_and_comes_back_unchanged(absent_hub: Hub) -> None:
    guarded = absent_hub.guard("skill_scanner", pipeline="nightly-digest", task_id="day")
    assert guarded.refused(REFUSAL, prompt="Load the skill.") == REFUSAL
    (row,) = rows_in(absent_hub)
    told = {name: row[name] for name in ("pipeline", "task_id", "prompt", "refusal", "surface", "final")}
    assert told == {
        "pipeline": "nightly-digest",
        "task_id": "day",
        "prompt": "Load the skill.",
        "refusal": REFUSAL,
        "surface": "skill_scanner",
        "final": True,
    }


def test_what_a_guard_lets_pass_leaves_no_trace(absent_hub: Hub) -> None:
    guarded = absent_hub.guard("rce_backstop", pipeline="nightly-digest")
    assert guarded.refused(None) is None
    assert guarded(RceBackstop())("search", {"query": "opening hours"}) is None
    assert rows_in(absent_hub) == []


def test_a_guard_is_wrapped_and_its_arguments_say_task_and_prompt(absent_hub: Hub) -> None:
    guarded = absent_hub.guard(
        "tool_loop",
        pipeline="nightly-digest",
        task_id=lambda name, arguments, now: f"{name} at {now}",
        prompt=lambda name, arguments, now: arguments["q"],
    )
    check = guarded(ToolLoopGuard(ToolLoopPolicy(calls=2)))
    answers = [check("search", {"q": "opening hours"}, now=now) for now in (0.0, 1.0)]
    assert answers[0] is None
    (row,) = rows_in(absent_hub)
    assert (row["task_id"], row["prompt"], row["refusal"]) == ("search at 1.0", "opening hours", answers[1])


def test_a_guard_of_your_own_may_be_decorated_plain_or_async(absent_hub: Hub) -> None:
    guarded = absent_hub.guard("io_guardrail", pipeline="nightly-digest")

    @guarded
    def plain(text: str) -> str | None:
        """Its own words."""
        return REFUSAL if text else None

    @guarded
    async def awaited(text: str) -> str | None:
        return REFUSAL if text else None

    assert plain.__doc__ == "Its own words."
    assert [plain("a"), finished(awaited("a")), plain(""), finished(awaited(""))] == [REFUSAL] * 2 + [
        None
    ] * 2
    assert [row["refusal"] for row in rows_in(absent_hub)] == [REFUSAL] * 2


def test_a_surface_that_nobody_knows_is_refused_at_once(absent_hub: Hub) -> None:
    unknown: Any = "model"
    with pytest.raises(ValueError, match=r"'model'.*tool_loop"):
        absent_hub.guard(unknown, pipeline="nightly-digest")


@pytest.mark.django_db(transaction=True)
def test_every_surface_reaches_the_hub_as_a_declined_run(hub: Hub, pipeline: Pipeline) -> None:
    for surface in SURFACES:
        hub.guard(surface, pipeline=pipeline.slug, task_id=surface).refused(REFUSAL, prompt="Load it.")
    assert hub.flush()
    events = {
        (event.surface, event.code, run.outcome) for run in Run.objects.all() for event in run.declines.all()
    }
    assert events == {(surface, "UNVERIFIED_TOOL", "declined") for surface in SURFACES}
