"""The pipeline of these tests."""

from tests.reviews.conftest import other_pipeline, pipeline

__all__ = ["other_pipeline", "pipeline"]
