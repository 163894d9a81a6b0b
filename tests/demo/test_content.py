"""The demo's content holds together: names that exist, texts that can be told apart, rules that match."""

import pytest
import re2

from refusalhub.demo.decisions import DECISIONS, DemoDecision, decision_for
from refusalhub.demo.guards import GUARD_REFUSALS
from refusalhub.demo.people import PEOPLE
from refusalhub.demo.pipelines import PIPELINES, DemoPipeline
from refusalhub.demo.prompts import PROMPTS, DemoPrompt
from refusalhub.demo.requests import request_body
from refusalhub.demo.scenarios import scenarios
from refusalhub.demo.topics import TOPICS
from refusals import KNOWN_CODES

each_prompt = pytest.mark.parametrize("prompt", PROMPTS, ids=lambda prompt: prompt.slug)
each_pipeline = pytest.mark.parametrize("pipeline", PIPELINES, ids=lambda pipeline: pipeline.slug)


def topic_of(text: str) -> str | None:
    return next((topic.slug for topic in TOPICS if any(re2.search(rule, text) for rule in topic.rules)), None)


@each_prompt
def test_a_prompt_belongs_to_a_topic_of_its_pipeline(prompt: DemoPrompt) -> None:
    pipeline = next(pipeline for pipeline in PIPELINES if pipeline.slug == prompt.pipeline)
    assert topic_of(prompt.text(0)) in pipeline.topics


@each_prompt
def test_no_two_variations_of_a_prompt_are_the_same(prompt: DemoPrompt) -> None:
    assert len({prompt.text(variation) for variation in range(60)}) == 60


@each_prompt
def test_an_answer_has_headings_and_a_length_worth_reading(prompt: DemoPrompt) -> None:
    lines = prompt.answer.strip().splitlines()
    assert 8 <= len(lines) <= 20
    assert sum(line.startswith("## ") for line in lines) >= 2


def test_every_prompt_is_known_by_its_opening_alone() -> None:
    texts = [prompt.text(0) for prompt in PROMPTS]
    assert all(sum(prompt.ask in text for text in texts) == 1 for prompt in PROMPTS)


def test_every_slug_is_used_once() -> None:
    slugs = [prompt.slug for prompt in PROMPTS] + [guard.slug for guard in GUARD_REFUSALS]
    assert len(slugs) == len(set(slugs))


@each_pipeline
def test_a_pipeline_has_an_owner_who_exists_and_prompts_of_both_kinds(pipeline: DemoPipeline) -> None:
    prompts = [prompt for prompt in PROMPTS if prompt.pipeline == pipeline.slug]
    assert pipeline.owner in {person.username for person in PEOPLE}
    assert any(prompt.decline for prompt in prompts)
    assert any(not prompt.decline for prompt in prompts)


def test_guard_refusals_belong_to_pipelines_that_exist() -> None:
    assert {guard.pipeline for guard in GUARD_REFUSALS} <= {pipeline.slug for pipeline in PIPELINES}


@pytest.mark.parametrize("decision", DECISIONS, ids=lambda decision: decision.scenario)
def test_a_decision_has_what_its_kind_needs(decision: DemoDecision) -> None:
    reviewers = {person.username for person in PEOPLE if person.role != "viewer"}
    declined = {prompt.slug for prompt in PROMPTS if prompt.decline}
    assert decision.reviewer in reviewers
    assert decision.scenario in declined | {guard.slug for guard in GUARD_REFUSALS if not guard.infra}
    assert decision.reason
    context = (decision.purpose, decision.background, decision.handling_limits)
    assert all(context) if decision.kind == "reissue" else not any(context)
    assert bool(decision.code) == (decision.kind == "reclassify")
    assert not decision.code or decision.code in KNOWN_CODES


def test_reissues_of_the_demo_go_to_the_provider_that_the_sandbox_plays() -> None:
    anthropic = {pipeline.slug for pipeline in PIPELINES if pipeline.provider == "anthropic"}
    reissued = {decision.scenario for decision in DECISIONS if decision.kind == "reissue"}
    prompts = [prompt for prompt in PROMPTS if prompt.slug in reissued]
    assert {prompt.pipeline for prompt in prompts} <= anthropic
    assert not any(prompt.decline and prompt.decline.stays_declined for prompt in prompts)


def test_every_kind_of_decision_occurs_and_some_cases_still_wait() -> None:
    assert {decision.kind for decision in DECISIONS} == {
        "reissue",
        "uphold",
        "by_hand",
        "reclassify",
        "withdraw",
    }
    assert any(prompt.decline and decision_for(scenario=prompt.slug) is None for prompt in PROMPTS)


def test_the_sandbox_knows_every_prompt() -> None:
    assert {scenario.opening for scenario in scenarios()} == {prompt.ask for prompt in PROMPTS}


@each_pipeline
def test_a_request_carries_system_prompt_and_prompt_in_the_providers_shape(pipeline: DemoPipeline) -> None:
    body = request_body(pipeline=pipeline, model=pipeline.model, prompt="What is new?")
    assert body["model"] == pipeline.model
    match pipeline.provider:
        case "anthropic":
            assert (body["system"], body["messages"][0]["content"]) == (pipeline.system, "What is new?")
        case "gcp.gemini":
            assert body["systemInstruction"]["parts"] == [{"text": pipeline.system}]
            assert body["contents"][0]["parts"] == [{"text": "What is new?"}]
        case _:
            assert [message["content"] for message in body["messages"]] == [pipeline.system, "What is new?"]
