"""Characters that hide are named wherever the words of a machine's detail or of a person's context are read."""

import re
from collections.abc import Callable

import pytest
from django.contrib.auth.models import User
from django.template.loader import render_to_string
from django.test import Client
from django.utils import timezone

from pipelines.models import Run, RunContent
from reviews.compose import Context
from reviews.deliver import turn_down
from reviews.models import Case, Kind, Reissue
from tests.cases import QUESTION, body, held_case, report
from tests.reviews.making import come
from tests.signing_in import reissued
from tests.views.test_precedents import closed

pytestmark = pytest.mark.django_db

TURNED = "\u202e"
MARKED = re.compile(r'<span class="hidden-one" data-shown="\[RLO\]"[^>]*>')
FIELDS = ("purpose", "serves", "authority", "background", "handling_limits")
CONTEXT = Context(**{name: f"The {name},\r\nand <b>{TURNED}more</b>." for name in FIELDS})


@pytest.fixture
def client(reviewer: User, client_as: Callable[[User], Client]) -> Client:
    return client_as(reviewer)


def detailed(run: Run | None) -> None:
    """Give the run a detail in which a character hides."""
    assert RunContent.objects.filter(run=run).update(detail=f"Quoted {TURNED}mail.")


def sent_on(case: Case, by: User, stop_reason: str = "refusal") -> Reissue:
    """Re-issue the case with a context in which characters hide, and let the model end the call so."""
    sending = reissued(case, asked=CONTEXT, by=by, now=timezone.now())
    come(sending, stop_reason, now=sending.send_after)
    case.refresh_from_db()
    return sending


def page_of(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200
    return response.content.decode()


def part(page: str, begins: str, ends: str = "</section>") -> str:
    begin = page.index(begins)
    return page[begin : page.index(ends, begin)]


def test_the_reason_of_a_decline_hides_nothing(client: Client) -> None:
    case = held_case()
    detailed(case.first_run)
    page = page_of(client, case.get_absolute_url())
    assert len(MARKED.findall(part(page, '<h2 id="why">'))) == 1


def test_the_signal_of_a_run_hides_nothing(client: Client) -> None:
    run = report(response=body("max_tokens", text="The car park"))
    detailed(run)
    page = page_of(client, run.get_absolute_url())
    assert len(MARKED.findall(part(page, '<dl class="facts">', "</dl>"))) == 1


@pytest.mark.parametrize("stop_reason", ["refusal", "max_tokens"])
def test_how_a_reissue_ended_hides_nothing(client: Client, reviewer: User, stop_reason: str) -> None:
    case = held_case()
    sending = sent_on(case, reviewer, stop_reason)
    if stop_reason == "max_tokens":  # as long as it waits to be read, its flaws are named instead
        turn_down(case_id=case.pk, version=case.version, reason="Cut.", by=reviewer, now=sending.send_after)
    before = page_of(client, case.get_absolute_url())
    detailed(sending.run)
    after = page_of(client, case.get_absolute_url())
    card = f'aria-labelledby="reissue-{sending.number}"'
    added = [len(MARKED.findall(part(page, card))) for page in (before, after)]
    assert added[1] == added[0] + 1


def test_what_a_person_added_hides_nothing_in_any_of_the_places_where_it_stands(
    client: Client, reviewer: User
) -> None:
    case = held_case()
    sent_on(case, reviewer)
    page = page_of(client, case.get_absolute_url())
    places = {
        "the chain": part(page, '<div class="added-context">'),
        "the attempts": part(page, 'class="attempts"'),
    }
    closed(case, reviewer, Kind.UPHOLD)
    another = held_case(question=f"{QUESTION} Briefly.")
    places["precedents"] = part(
        page_of(client, f"{another.get_absolute_url()}precedents/"), 'class="precedents"'
    )
    for place, shown in places.items():
        facts = re.findall(r"<dd>(.*?)</dd>", shown, re.DOTALL)
        assert [len(MARKED.findall(fact)) for fact in facts[: len(FIELDS)]] == [1] * len(FIELDS), place
        assert "&lt;b&gt;" in shown, place


def test_the_line_ends_that_browsers_send_are_nothing_that_hides() -> None:
    sending = Reissue(purpose="One line,\r\nand another.", background="A return\r alone.")
    shown = render_to_string("reviews/_context_facts.html", {"sending": sending})
    assert "One line,\nand another." in shown
    assert shown.count('data-shown="[CR]"') == 1
