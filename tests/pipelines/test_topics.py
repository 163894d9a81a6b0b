"""A run's topic: the one it came with, else the first rule that matches its prompt."""

from collections.abc import Callable

import pytest
from django.core.exceptions import ValidationError

from pipelines.ingest import Answer
from pipelines.models import Pipeline, Topic, TopicRule
from pipelines.topics import Topics, topic_slug


def rule(pattern: str, topic: str, *, position: int = 100, pipeline: Pipeline | None = None) -> TopicRule:
    named, _ = Topic.objects.get_or_create(slug=topic, defaults={"name": topic})
    return TopicRule.objects.create(topic=named, pattern=pattern, position=position, pipeline=pipeline)


def found(pipeline: Pipeline, prompt: str) -> str | None:
    topic = Topics(pipeline=pipeline).find(name="", prompt=prompt)
    return topic.slug if topic else None


def test_the_first_rule_by_position_wins(pipeline: Pipeline) -> None:
    rule("harbour", "places", position=20)
    rule("crane", "machines", position=10)
    assert found(pipeline, "The crane of the harbour") == "machines"
    assert found(pipeline, "The harbour") == "places"
    assert found(pipeline, "The bakery") is None


def test_a_rule_reads_upper_and_lower_case_alike(pipeline: Pipeline) -> None:
    rule(r"\bhäfen\b", "places")
    assert found(pipeline, "Beschreibe die HÄFEN!") == "places"


def test_a_rule_of_another_pipeline_does_not_count(pipeline: Pipeline, other_pipeline: Pipeline) -> None:
    rule("harbour", "theirs", position=1, pipeline=other_pipeline)
    rule("harbour", "ours", position=2, pipeline=pipeline)
    assert found(pipeline, "harbour") == "ours"
    assert found(other_pipeline, "harbour") == "theirs"


def test_a_pattern_that_would_run_away_elsewhere_is_answered(pipeline: Pipeline) -> None:
    rule(r"(a+)+$", "letters")
    assert found(pipeline, "a" * 19_000 + "!") is None


@pytest.mark.parametrize("pattern", ["(", r"(?=harbour)", r"(a)\1"])
def test_a_pattern_that_re2_does_not_know_is_refused(pipeline: Pipeline, pattern: str) -> None:
    topic = Topic.objects.create(slug="places", name="Places")
    with pytest.raises(ValidationError) as refused:
        TopicRule(topic=topic, pattern=pattern).full_clean()
    assert list(refused.value.message_dict) == ["pattern"]


def test_a_run_with_a_lone_surrogate_is_matched(ingested: Callable[..., Answer]) -> None:
    rule("harbour", "places")
    run = ingested(prompt="\ud800 the harbour").run
    assert run is not None
    assert run.topic is not None
    assert run.topic.slug == "places"


def test_a_topic_that_a_run_comes_with_is_made_once(ingested: Callable[..., Answer]) -> None:
    rule("harbour", "places")
    runs = [ingested(f"run-{n}", topic=name).run for n, name in enumerate(["Größe/Maße", "größe/maße"])]
    (topic,) = {run.topic for run in runs if run}
    assert topic is not None
    assert (topic.slug, topic.name) == ("größe-maße", "Größe/Maße")


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("quora/sincere", "quora-sincere"),
        ("  Safe Targets ", "safe-targets"),
        ("???", "unnamed"),
        ("港", "港"),
    ],
)
def test_a_name_has_a_slug(name: str, slug: str) -> None:
    assert topic_slug(name) == slug


def test_the_longest_name_is_stored(ingested: Callable[..., Answer]) -> None:
    assert ingested(topic="x" * 120).status == "stored"
