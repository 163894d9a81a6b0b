"""A site on which much has happened, with texts in Latin: what is English on its pages, we wrote."""

from datetime import datetime, timedelta

from django.contrib.auth.models import Group, User
from django.utils import timezone, translation

from pipelines.models import Pipeline, Run, Topic
from reviews import claim, decide, deliver, label, merge, note, snooze, undo
from reviews.compose import Context
from reviews.models import (
    TOLD,
    Case,
    Kind,
    ReasonTemplate,
    Reissue,
    SavedView,
    Snooze,
    WebhookEndpoint,
)
from reviews.send import send
from reviews.webhooks import endpoints
from tests.cases import body, held_case, report
from tests.signing_in import reissued
from tests.words.managed import managed

ANSWER = "Lorem ipsum dolor sit amet, consectetur adipiscing elit, sed do eiusmod tempor incididunt."
# The one sentence that has to be English, or it would not be suspected.
REFUSAL = "I'm sorry, but I can't help with that request. Lorem ipsum dolor sit amet."
CONTEXT = Context(purpose="Commodo consequat. [[sandbox: end_turn]]", background="Duis aute irure dolor.")


def played() -> tuple[User, list[str]]:
    """Let it happen; return a lead who took part in all of it, and the addresses of the pages. Needs the sandbox."""
    now = timezone.now()
    lead, other = _person("lee", "lead"), _person("ben", "reviewer")
    ok = _run(ANSWER, "Salve.")
    suspected = _run(REFUSAL, "Vale.")
    Topic.objects.create(slug="numeri", name="Numeri")
    told = _told(lead, now=now)
    cases = [
        _labelled(_case("Quid?"), lead, other, now=now),
        _talked_about(_case("Quis?", category="self_harm"), lead, other, now=now),
        _grown(_case("Quoties?"), lead, now=now),
        _merged(_case("Cur?"), _case("Quare?"), lead, now=now),
        _upheld(_case("Ubi?", category="bio"), lead, now=now),
        _by_hand(_case("Unde?"), lead, now=now),
        _sent(_case("Quo?"), lead, now=now),
        _delivered(_case("Quot?"), lead, now=now),
    ]
    waiting = _case("Qualis?")
    _reissued(waiting, lead, now=now)
    resting = _case("Quando?")
    snooze.snooze(case_id=resting.pk, kind=Snooze.DATE, until=now + timedelta(days=9), by=lead, now=now)
    ReasonTemplate.objects.create(kind=Kind.UPHOLD, title="Recte", text="Recte.")
    SavedView.objects.create(by=lead, name="Mea", query="?code=BIO", shared=True)
    walked = addresses([*cases, waiting, resting], runs=[ok, suspected])
    return lead, [*walked, *of_webhooks(told), *managed(lead, now=timezone.now())]


def addresses(cases: list[Case], *, runs: list[Run]) -> list[str]:
    """Return the address of every page that is read."""
    return [
        *(case.get_absolute_url() for case in cases),
        f"{cases[0].get_absolute_url()}precedents/",
        *(run.get_absolute_url() for run in runs),
        f"/runs/{runs[0].pk}/text/prompt/written/",
        "/queue/",
        "/queue/?state=all",
        "/queue/?state=all&q=quid&code=BIO&age=week&claim=free&week=2020-01-06",
        "/suspected/",
        "/mentions/",
        "/asked/",
        "/preferences/",
        "/preferences/password/",
        "/reports/",
    ]


def of_webhooks(endpoint: WebhookEndpoint) -> list[str]:
    """Return the address of every page about webhooks."""
    message = endpoint.messages.latest("pk")
    own = endpoint.get_absolute_url()
    return ["/webhooks/", "/webhooks/new/", own, f"{own}edit/", f"/webhooks/messages/{message.pk}/"]


def _told(lead: User, *, now: datetime) -> WebhookEndpoint:
    """Let the pipeline hear of its cases from now on."""
    pipeline, url = Pipeline.objects.get(slug="lectio"), "https://hooks.example.com/lectio"
    events = [hook.value for hook in TOLD]
    return endpoints.add(pipeline=pipeline, url=url, events=events, by=lead, now=now)


def _person(name: str, role: str) -> User:
    person = User.objects.create_user(name, first_name=name.capitalize(), last_name="Okafor")
    person.groups.add(Group.objects.get(name=role))
    return person


def _run(answer: str, question: str) -> Run:
    response = body("end_turn", text=answer)
    return report(response=response, question=question, pipeline="lectio", topic="litterae", system="Scribe.")


def _case(question: str, category: str = "cyber") -> Case:
    latin = {"pipeline": "lectio", "topic": "litterae", "system": "Scribe."}
    return held_case(question=question, category=category, **latin)


def _labelled(case: Case, lead: User, other: User, *, now: datetime) -> Case:
    """A case that went from hand to hand."""
    claim.claim(case_id=case.pk, by=other, now=now)
    claim.take_over(case_id=case.pk, by=lead, now=now)
    for person in (other, None, lead):
        label.assign(case_id=case.pk, to=person, by=lead, now=now)
    for topic in (Topic.objects.get(slug="numeri"), None):
        label.set_topic(case_id=case.pk, topic=topic, by=lead, now=now)
    return case


def _talked_about(case: Case, lead: User, other: User, *, now: datetime) -> Case:
    """A case about which people talk, and whose owner is asked a second time."""
    Pipeline.objects.update(owner=lead)
    note.note(case_id=case.pk, text="Ecce @lee nota.", by=other, now=now)
    note.ask(case_id=case.pk, question="Unde venit?", by=other, now=now)
    note.reply(case_id=case.pk, text="Ex libro.", by=lead, now=now)
    note.ask(case_id=case.pk, question="Quo libro?", by=other, now=now)
    return case


def _grown(case: Case, lead: User, *, now: datetime) -> Case:
    """A case that was snoozed in two ways, and woke."""
    snooze.snooze(case_id=case.pk, kind=Snooze.MODEL, by=lead, now=now)
    snooze.wake(case_id=case.pk, by=lead, now=now)
    snooze.snooze(case_id=case.pk, kind=Snooze.GROWTH, more=1, by=lead, now=now)
    return _case("Quoties?")


def _merged(case: Case, target: Case, lead: User, *, now: datetime) -> Case:
    """A case into which another one was merged for a while, and once more."""
    merge.merge(case_id=case.pk, version=1, into=target.pk, by=lead, now=now)
    merge.split(case_id=case.pk, by=lead, now=now)
    case.refresh_from_db()
    merge.merge(case_id=case.pk, version=case.version, into=target.pk, by=lead, now=now)
    return target


def _upheld(case: Case, lead: User, *, now: datetime) -> Case:
    """A case that was upheld, which was undone, and upheld again."""
    for undone in (True, False):
        case.refresh_from_db()
        version = case.version
        decision = decide.settle(
            case_id=case.pk, version=version, kind=Kind.UPHOLD, reason="Recte.", by=lead, now=now
        )
        if undone:
            undo.undo(event_id=decision.event.pk, by=lead, now=now)
    return case


def _by_hand(case: Case, lead: User, *, now: datetime) -> Case:
    decide.settle(
        case_id=case.pk, version=1, kind=Kind.BY_HAND, reason="Manu.", text=ANSWER, by=lead, now=now
    )
    return case


def _reissued(case: Case, lead: User, *, now: datetime) -> Reissue:
    """Re-issue a case from a page in German: what a person attests is kept in the words that they saw."""
    with translation.override("de"):
        return reissued(case, asked=CONTEXT, by=lead, now=now)


def _sent(case: Case, lead: User, *, now: datetime) -> Case:
    """A case whose answer waits to be read."""
    sending = _reissued(case, lead, now=now)
    send(reissue_id=sending.pk)
    case.refresh_from_db()
    return case


def _delivered(case: Case, lead: User, *, now: datetime) -> Case:
    answered = _sent(case, lead, now=now)
    deliver.accept(case_id=case.pk, version=answered.version, by=lead, now=now)
    return case
