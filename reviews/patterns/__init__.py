"""Patterns: the same decline, by code, topic, pipeline and model, followed over its weeks as one thing with a life."""
