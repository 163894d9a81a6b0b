"""Whose work slugs name: what there is not is refused, and which of the two it was is said."""

import pytest

from pipelines.models import Pipeline, Topic
from reviews.forms.widgets import pipeline_choices, topic_choices
from reviews.reports.scope import EVERYTHING, NONE_NAMED, NoSuchScope, Scope, scope_named

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _letters_about_harbours() -> None:
    Pipeline.objects.create(slug="letters", title="Letters")
    Topic.objects.create(slug="harbour", name="Harbours")


def test_slugs_that_there_are_name_a_scope() -> None:
    assert scope_named(pipeline="", topic="") == EVERYTHING
    assert scope_named(pipeline="letters", topic="harbour") == Scope("letters", "harbour")
    assert scope_named(pipeline="letters", topic=NONE_NAMED) == Scope("letters", "-")


@pytest.mark.parametrize(
    ("pipeline", "topic", "field", "said"),
    [
        ("harbour", "", "pipeline", "There is no pipeline 'harbour'."),
        (NONE_NAMED, "", "pipeline", "There is no pipeline '-'."),
        ("letters\0", "", "pipeline", r"There is no pipeline 'letters\x00'."),
        ("letters", "letters", "topic", "There is no topic 'letters'."),
        ("", "\0", "topic", r"There is no topic '\x00'."),
    ],
)
def test_what_there_is_not_is_named(pipeline: str, topic: str, field: str, said: str) -> None:
    with pytest.raises(NoSuchScope) as caught:
        scope_named(pipeline=pipeline, topic=topic)
    assert (caught.value.field, str(caught.value)) == (field, said)


def test_all_of_them_come_first_and_no_topic_can_be_chosen() -> None:
    assert pipeline_choices("all") == [("", "all"), ("letters", "letters")]
    assert topic_choices("all") == [("", "all"), (NONE_NAMED, "no topic"), ("harbour", "Harbours")]
