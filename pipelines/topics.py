"""Which topic a run belongs to: the one it came with, else the first rule that matches its prompt."""

from collections.abc import Iterable

import re2
from django.utils.text import slugify

from pipelines.models import Pipeline, Topic, TopicRule
from pipelines.storable import storable

# RE2 is linear, but a rule reads every prompt: the beginning says what the work is about.
SEARCHED_CHARS = 20_000


class Topics:
    """The topics that one batch of a pipeline's runs needs, loaded once."""

    def __init__(self, *, pipeline: Pipeline) -> None:
        rules = TopicRule.objects.filter(pipeline=None) | TopicRule.objects.filter(pipeline=pipeline)
        self._rules = [
            (re2.compile(f"(?i){rule.pattern}"), rule.topic) for rule in rules.select_related("topic")
        ]
        self._named: dict[str, Topic] = {}

    def load(self, names: Iterable[str]) -> None:
        """Make sure that the topics which rows came with exist; an unknown name makes a topic."""
        wanted = {topic_slug(name): name for name in names if name}
        if not wanted:
            return
        self._named = {topic.slug: topic for topic in Topic.objects.filter(slug__in=wanted)}
        if missing := [slug for slug in sorted(wanted) if slug not in self._named]:
            Topic.objects.bulk_create(
                (Topic(slug=slug, name=wanted[slug]) for slug in missing), ignore_conflicts=True
            )
            self._named |= {topic.slug: topic for topic in Topic.objects.filter(slug__in=missing)}

    def find(self, *, name: str, prompt: str) -> Topic | None:
        """Return the topic of a run, None where nothing says it."""
        if name:
            return self._named[topic_slug(name)]
        beginning = storable(prompt[:SEARCHED_CHARS])  # RE2 reads UTF-8, which has no lone surrogate
        return next((topic for pattern, topic in self._rules if pattern.search(beginning)), None)


def topic_slug(name: str) -> str:
    """Return the slug under which a topic's name is kept; `quora/sincere` becomes `quora-sincere`."""
    return slugify(name.replace("/", "-"), allow_unicode=True)[:80].strip("-_") or "unnamed"
