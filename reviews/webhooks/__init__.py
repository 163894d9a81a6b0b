"""Telling pipelines what becomes of their cases: announced with what happened, sent by a worker, signed."""
