"""The demo, loaded through the product's own steps: people, pipelines, runs in their order, decisions in between.

Nothing is written past the steps that pipelines and reviewers use, so what the demo shows is what
the product does. Re-issues of the past are answered by a sandbox server of its own.
"""

import json
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from functools import partial
from importlib import import_module
from itertools import groupby

from django.conf import settings
from django.contrib.auth import login
from django.contrib.auth.models import Group, User
from django.core.mail import get_connection
from django.http import HttpRequest

from pipelines.ingest import ingest
from pipelines.jsontext import read_row
from pipelines.models import Pipeline, Topic, TopicRule
from pipelines.running import Ended, call
from refusalhub.demo.agreements import Step, agreements
from refusalhub.demo.decisions import DemoDecision, decision_for
from refusalhub.demo.people import PEOPLE
from refusalhub.demo.pipelines import PIPELINES
from refusalhub.demo.runs import DemoRun, demo_runs
from refusalhub.demo.scenarios import scenarios
from refusalhub.demo.topics import TOPICS
from refusalhub.sandbox.server import sandbox_running
from refusals import Outcome, describe
from reviews import passes
from reviews.alerts.send import send as send_alert
from reviews.alerts.send import sweep as due_alerts
from reviews.compose import Context
from reviews.decide import reclassify, settle
from reviews.deliver import accept
from reviews.models import AlertMessage, Case, Kind, State
from reviews.patterns.evaluate import evaluate
from reviews.reissue import reissue
from reviews.send import send

READING_TIME = timedelta(minutes=40)


def load_demo(*, now: datetime, count: int = 2000, done: Callable[[int], None] = lambda runs: None) -> None:
    """Fill an empty database with twelve weeks until `now`. `done` hears how many runs each step recorded."""
    people = _people()
    pipelines = _pipelines(people)
    _topics()
    with sandbox_running(scenarios=scenarios()) as server:
        desk = _Desk(people=people, ask=partial(call, base_url=server.url))
        agreed = deque(sorted(agreements(people, pipelines, now=now), key=lambda step: step[0]))
        for day, runs in _days(demo_runs(until=now, count=count)):
            # Not midnight, which belongs to the next day, and on Sundays to the next week.
            end_of_day = min(day + timedelta(days=1, seconds=-1), now)
            for slug, rows in groupby(
                sorted(runs, key=lambda run: run.pipeline), key=lambda run: run.pipeline
            ):
                recorded = list(rows)
                answers = ingest(
                    pipeline=pipelines[slug],
                    rows=[read_row(json.dumps(run.row)) for run in recorded],
                    now=end_of_day,
                )
                desk.hear(recorded, [answer.run.pk for answer in answers if answer.run])
                done(len(recorded))
            desk.work(until=end_of_day)
            _agree(agreed, until=end_of_day)
            evaluate(now=end_of_day)
            _send_alerts(until=end_of_day)
        _agree(agreed, until=now)


def _agree(steps: deque[tuple[datetime, Step]], *, until: datetime) -> None:
    while steps and steps[0][0] <= until:
        at, step = steps.popleft()
        step(at)


def _send_alerts(*, until: datetime) -> None:
    """Send what was due, when it was due. Of the past no mail leaves this machine: they are kept in a file."""
    past = get_connection(
        "django.core.mail.backends.filebased.EmailBackend", file_path=str(settings.VAR_DIR / "mail")
    )
    due = AlertMessage.objects.filter(pk__in=due_alerts(now=until)).order_by("send_after", "pk")
    for pk, at in due.values_list("pk", "send_after"):
        send_alert(message_id=pk, clock=partial(_at, at), mailer=past)


def _at(moment: datetime) -> datetime:
    return moment


def _people() -> dict[str, User]:
    people: dict[str, User] = {}
    for person in PEOPLE:
        user = people[person.username] = User.objects.create_user(
            person.username,
            person.email,
            person.password,
            first_name=person.first_name,
            last_name=person.last_name,
        )
        user.groups.add(Group.objects.get(name=person.role))
    return people


def _pipelines(people: dict[str, User]) -> dict[str, Pipeline]:
    return {
        demo.slug: Pipeline.objects.create(slug=demo.slug, title=demo.title, owner=people[demo.owner])
        for demo in PIPELINES
    }


def _topics() -> None:
    for place, demo in enumerate(TOPICS):
        topic = Topic.objects.create(slug=demo.slug, name=demo.title)
        TopicRule.objects.bulk_create(
            TopicRule(topic=topic, position=place, pattern=pattern) for pattern in demo.rules
        )


def _days(runs: Iterable[DemoRun]) -> Iterator[tuple[datetime, list[DemoRun]]]:
    """Yield the runs of each day, in the order of the days."""

    def day_of(run: DemoRun) -> datetime:
        at = datetime.fromisoformat(run.row["at"])
        return at.replace(hour=0, minute=0, second=0, microsecond=0)

    for day, of_day in groupby(sorted(runs, key=day_of), key=day_of):
        yield day, list(of_day)


class _Desk:
    """The reviewers of the past: each scripted decision is taken once, when its hour has come."""

    def __init__(self, *, people: dict[str, User], ask: Callable[[str], Ended]) -> None:
        self._people = people
        self._ask = ask
        self._due: dict[int, tuple[datetime, DemoDecision]] = {}
        self._settled: set[int] = set()
        self._sessions: dict[int, str | None] = {}

    def hear(self, runs: list[DemoRun], numbers: list[int]) -> None:
        """Note for every new case when somebody will decide it."""
        script = {
            number: decision_for(scenario=run.scenario) for run, number in zip(runs, numbers, strict=True)
        }
        for case in Case.objects.filter(folded__run__in=numbers, state=State.HELD).distinct():
            decision = script.get(case.first_run_id)
            if decision and case.pk not in self._settled:
                self._due[case.pk] = (case.held_since + timedelta(hours=decision.after_hours), decision)

    def work(self, *, until: datetime) -> None:
        """Take every decision that is due."""
        for pk, (at, decision) in sorted(self._due.items(), key=lambda item: item[1][0]):
            if at <= until:
                self._decide(Case.objects.get(pk=pk), decision, at=at)
                self._settled.add(pk)
                del self._due[pk]

    def _decide(self, case: Case, script: DemoDecision, *, at: datetime) -> None:
        by = self._people[script.reviewer]
        if script.kind == "reissue":
            self._reissue(case, script, by=by, at=at)
        elif script.kind == "reclassify":
            reclassify(
                case_id=case.pk,
                version=case.version,
                outcome=Outcome(describe(script.code).usual_outcome),
                code=script.code,
                reason=script.reason,
                by=by,
                now=at,
            )
        else:
            settle(
                case_id=case.pk,
                version=case.version,
                kind=Kind(script.kind),
                reason=script.reason,
                by=by,
                now=at,
            )

    def _session_of(self, by: User) -> str | None:
        """Sign one of the demo's people in, as only this command does, in a database that holds nothing else."""
        if by.pk not in self._sessions:
            request = HttpRequest()
            request.session = import_module(settings.SESSION_ENGINE).SessionStore()
            login(request, by)
            request.session.save()
            self._sessions[by.pk] = request.session.session_key
        return self._sessions[by.pk]

    def _reissue(self, case: Case, script: DemoDecision, *, by: User, at: datetime) -> None:
        context = Context(
            purpose=script.purpose, background=script.background, handling_limits=script.handling_limits
        )
        given = passes.issue(
            act="reissue",
            case_id=case.pk,
            version=case.version,
            by=by,
            session_key=self._session_of(by),
            now=at,
        )
        sending = reissue(
            case_id=case.pk,
            version=case.version,
            asked=context,
            by=by,
            now=at,
            given=given,
            attested=True,
            reuse_seen=True,  # a task that names its topic itself puts a known prompt under another one
        )
        send(reissue_id=sending.pk, clock=lambda: at + timedelta(seconds=20), ask=self._ask)
        case.refresh_from_db()
        if case.state == State.ANSWERED:
            accept(case_id=case.pk, version=case.version, by=by, now=at + READING_TIME)
