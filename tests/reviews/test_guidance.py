"""Guidance for codes, and reasons to start from."""

import re

import pytest
from django.contrib.auth.models import User
from django.utils import translation

from pipelines.models import Pipeline
from refusals import Outcome, ReasonCode
from reviews.decide import settle
from reviews.guidance import OTHER, SENSITIVE, SHIPPED, folded_codes, guidance_for, sensitive_codes
from reviews.models import TURN_DOWN, CodeGuidance, Kind, Preferences, ReasonTemplate
from reviews.reasons import templates_of
from tests.reviews.making import NOW, held, sent, to_send

DECLINING = [code for code in ReasonCode if code.usual_outcome is Outcome.DECLINED]


@pytest.mark.parametrize("code", DECLINING, ids=str)
def test_every_declining_code_has_two_to_four_sentences_of_guidance(code: ReasonCode, db: None) -> None:
    text = guidance_for(code).text
    assert text != OTHER
    assert 2 <= len(re.findall(r"[.!?](?=\s|$)", text)) <= 4
    assert len([other for other in DECLINING if guidance_for(other).text == text]) == 1


def test_nothing_is_shipped_for_codes_that_are_not_there() -> None:
    assert set(SHIPPED) | SENSITIVE == {str(code) for code in DECLINING}


@pytest.mark.django_db
def test_texts_that_weigh_on_their_reader_are_marked() -> None:
    marked = {str(code) for code in DECLINING if guidance_for(code).sensitive}
    assert marked == {"CHILD_SAFETY", "SELF_HARM", "SEXUAL", "VIOLENCE", "HATE"}


@pytest.mark.django_db
def test_the_sites_own_guidance_stands_in_place_of_the_shipped_one() -> None:
    CodeGuidance.objects.create(code="CYBER", text="Ask the security desk.", sensitive=True)
    CodeGuidance.objects.create(code="VIOLENCE", text="Read it.", sensitive=False)
    assert (guidance_for("CYBER").text, guidance_for("CYBER").sensitive) == ("Ask the security desk.", True)
    assert not guidance_for("VIOLENCE").sensitive


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["en", "de"])
def test_a_code_of_an_organisations_own_has_a_word_of_guidance(language: str) -> None:
    with translation.override(language):
        assert (guidance_for("OUR_OWN").text, guidance_for("OUR_OWN").sensitive) == (str(OTHER), False)


def template(title: str, kind: str = "uphold", *, pipeline: Pipeline | None = None, place: int = 0) -> None:
    ReasonTemplate.objects.create(title=title, kind=kind, text="Because.", pipeline=pipeline, position=place)


@pytest.fixture
def no_templates(db: None) -> None:
    """Take away those that a new site starts with."""
    ReasonTemplate.objects.all().delete()


def test_a_pipelines_own_reasons_come_first_and_others_have_none_of_it(
    no_templates: None, pipeline: Pipeline, other_pipeline: Pipeline
) -> None:
    template("second of all", place=2)
    template("first of all", place=1)
    template("own", pipeline=pipeline, place=5)
    template("of another", pipeline=other_pipeline)
    titles = [one.title for one in templates_of(held(pipeline))]
    assert titles == ["own", "first of all", "second of all"]


def test_nine_reasons_are_offered_at_most_for_there_are_nine_digits(
    no_templates: None, pipeline: Pipeline
) -> None:
    for place in range(12):
        template(f"{place}", place=place)
    assert [one.title for one in templates_of(held(pipeline))] == list("012345678")


def test_reasons_are_offered_for_what_can_be_decided_now(
    no_templates: None, sandbox: str, pipeline: Pipeline, reviewer: User
) -> None:
    template("of a decision", "withdraw")
    template("of turning down", TURN_DOWN)
    case = held(pipeline)
    assert [one.title for one in templates_of(case)] == ["of a decision"]
    sent(case, reviewer)
    assert [one.title for one in templates_of(case)] == ["of turning down"]
    away = held(pipeline, "away")
    to_send(away, by=reviewer)
    away.refresh_from_db()
    closed = held(pipeline, "closed")
    settle(case_id=closed.pk, version=1, kind=Kind.UPHOLD, reason="r", by=reviewer, now=NOW)
    closed.refresh_from_db()
    assert templates_of(away) == templates_of(closed) == []


def test_the_site_adds_sensitive_codes_and_takes_some_back(reviewer: User) -> None:
    CodeGuidance.objects.create(code="CYBER", text="Ask the security desk.", sensitive=True)
    CodeGuidance.objects.create(code="VIOLENCE", text="Read it.", sensitive=False)
    assert sensitive_codes() == (SENSITIVE | {"CYBER"}) - {"VIOLENCE"}
    assert folded_codes(reviewer) == sensitive_codes()
    Preferences.objects.create(person=reviewer, fold_sensitive=False)
    assert folded_codes(User.objects.get(pk=reviewer.pk)) == set()
