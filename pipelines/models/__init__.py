"""The tables of `pipelines`: who calls, what work is about, what happened."""

from pipelines.models.pipeline import ApiKey, FallbackCounts, KeepContent, Pipeline
from pipelines.models.run import DeclineEvent, Deletion, Origin, Run, RunContent, Surface
from pipelines.models.topic import Topic, TopicRule

__all__ = [
    "ApiKey",
    "DeclineEvent",
    "Deletion",
    "FallbackCounts",
    "KeepContent",
    "Origin",
    "Pipeline",
    "Run",
    "RunContent",
    "Surface",
    "Topic",
    "TopicRule",
]
