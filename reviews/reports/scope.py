"""What a report is about: everything, or the work of one pipeline, or of one topic."""

from dataclasses import dataclass
from urllib.parse import urlencode

from django.db.models import Q

from pipelines.models import Pipeline, Topic

# What an address, of a report as of the queue, calls "none": no topic, no model that was named, nobody.
NONE_NAMED = "-"


@dataclass(frozen=True, slots=True)
class Scope:
    """Which runs and cases a report counts: by the slugs of a pipeline and a topic, empty for all of them."""

    pipeline: str = ""
    topic: str = ""

    def counts(self) -> Q:
        """Return the condition over the weekly counts, where a topic is its slug."""
        wanted = Q(pipeline__slug=self.pipeline) if self.pipeline else Q()
        if self.topic:
            wanted &= Q(topic="" if self.topic == NONE_NAMED else self.topic)
        return wanted

    def cases(self, prefix: str = "") -> Q:
        """Return the condition over cases; `prefix` leads to them from another table, such as `case__`."""
        wanted = Q(**{f"{prefix}pipeline__slug": self.pipeline}) if self.pipeline else Q()
        if self.topic == NONE_NAMED:
            wanted &= Q(**{f"{prefix}topic": None})
        elif self.topic:
            wanted &= Q(**{f"{prefix}topic__slug": self.topic})
        return wanted

    def query(self) -> dict[str, str]:
        """Return the scope as parameters of an address; empty where it is everything."""
        asked = {"pipeline": self.pipeline, "topic": self.topic}
        return {name: value for name, value in asked.items() if value}

    def __str__(self) -> str:
        return urlencode(self.query())


EVERYTHING = Scope()


class NoSuchScope(LookupError):
    """There is no such pipeline, or no such topic (`field`); the message names it."""

    def __init__(self, field: str, slug: str) -> None:
        super().__init__(f"There is no {field} {slug!r}.")
        self.field = field


def scope_named(*, pipeline: str, topic: str) -> Scope:
    """Return whose work these slugs name, empty for all of it. Raises NoSuchScope."""
    # A NUL is looked for in no database: PostgreSQL refuses the question.
    if pipeline and ("\0" in pipeline or not Pipeline.objects.filter(slug=pipeline).exists()):
        raise NoSuchScope("pipeline", pipeline)
    if topic not in ("", NONE_NAMED) and ("\0" in topic or not Topic.objects.filter(slug=topic).exists()):
        raise NoSuchScope("topic", topic)
    return Scope(pipeline=pipeline, topic=topic)
