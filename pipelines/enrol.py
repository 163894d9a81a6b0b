"""A pipeline that is named on the command line for the first time is made."""

from django.core.exceptions import ValidationError

from pipelines.models import Pipeline


def enrol(*, slug: str, title: str = "") -> tuple[Pipeline, bool]:
    """Return the pipeline of this slug, and whether it was made now. Raises ValueError for what is no slug."""
    if pipeline := Pipeline.objects.filter(slug=slug).first():
        return pipeline, False
    pipeline = Pipeline(slug=slug, title=title or slug)
    try:
        pipeline.full_clean()
    except ValidationError as error:
        raise ValueError(f"pipeline {slug!r}: {' '.join(error.messages)}") from error
    pipeline.save()
    return pipeline, True
