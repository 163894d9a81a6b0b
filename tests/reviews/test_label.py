"""Handing a case to somebody, and saying what it is about."""

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied

from pipelines.models import Pipeline, Run, Topic
from reviews.count import counted, recount
from reviews.label import NotAReviewer, assign, set_topic
from reviews.models import Bulk, Case, EventKind
from tests.reviews.acting import act
from tests.reviews.making import NOW, declined, held, record


def test_a_case_is_handed_to_somebody_and_to_nobody_again(
    pipeline: Pipeline, reviewer: User, other_reviewer: User
) -> None:
    case = held(pipeline)
    bulk = Bulk.objects.create(act="assign", by=reviewer, at=NOW, chosen=1)
    assign(case_id=case.pk, to=other_reviewer, by=reviewer, now=NOW, bulk=bulk)
    assert Case.objects.get().assigned_to == other_reviewer
    event = case.events.get(kind=EventKind.ASSIGNED)
    assert (event.text, event.bulk, event.changes) == (
        "other_reviewer", bulk, {"assigned_to_id": [None, other_reviewer.pk]},
    )  # fmt: skip
    act("uphold", case, other_reviewer, NOW)
    assign(case_id=case.pk, to=None, by=reviewer, now=NOW)
    assert Case.objects.get().assigned_to is None
    assert case.events.last().text == ""  # type: ignore[union-attr]  # it has events


def test_nobody_is_handed_a_case_who_cannot_settle_it(
    pipeline: Pipeline, reviewer: User, viewer: User, other_reviewer: User
) -> None:
    case = held(pipeline)
    other_reviewer.is_active = False
    for nobody in (viewer, other_reviewer):
        with pytest.raises(NotAReviewer, match=nobody.username):
            assign(case_id=case.pk, to=nobody, by=reviewer, now=NOW)
    with pytest.raises(PermissionDenied):
        assign(case_id=case.pk, to=reviewer, by=viewer, now=NOW)
    with pytest.raises(PermissionDenied):
        set_topic(case_id=case.pk, topic=None, by=viewer, now=NOW)
    assert not case.events.exclude(kind=EventKind.HELD).exists()


def test_a_topic_moves_the_cases_runs_in_the_weekly_counts_and_no_other(
    pipeline: Pipeline, reviewer: User
) -> None:
    record(pipeline, [declined(topic="harbour"), declined(), declined("Another.", topic="harbour")])
    case = Case.objects.get(declines=2)
    cranes = Topic.objects.create(slug="cranes", name="Cranes")
    set_topic(case_id=case.pk, topic=cranes, by=reviewer, now=NOW)
    assert Case.objects.get(pk=case.pk).topic == cranes
    assert set(Run.objects.filter(folded__case=case).values_list("topic__slug", flat=True)) == {"cranes"}
    assert sorted((key.topic, n) for key, n in counted().runs.items()) == [("cranes", 2), ("harbour", 1)]
    assert counted() == recount()
    assert case.events.get(kind=EventKind.TOPIC_SET).text == "Cranes"
