"""`docs/states.md` is true: it lists the moves that are allowed, and each step makes its move and no other."""

import re
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from pytest_django.fixtures import Settings

from pipelines.models import Pipeline
from pipelines.running import Ended
from reviews.approve import approve
from reviews.models import MOVES, Case, CaseEvent, EventKind, Reissue, State
from reviews.send import send, sweep
from reviews.suspect import hold_suspected
from reviews.undo import undo
from tests.conftest import person
from tests.reviews.acting import act
from tests.reviews.making import (
    APOLOGY,
    HOUR,
    NOW,
    answered,
    come,
    declined,
    ended,
    ending,
    held,
    record,
    to_send,
)
from tests.signing_in import pass_for

ROOT = Path(__file__).parents[2]
DOCUMENT = ROOT / "docs/states.md"
ROW = re.compile(r"^\| (\w+) \| (\w+) \| `(\w+\.\w+)` \| (.+?) \| (.+?) \|$", re.MULTILINE)
Row = tuple[str, str, str, str]
LATER = NOW + HOUR

# (from, to, step, line of history), one for each line that a row names.
ROWS: dict[Row, str] = {
    (from_, to, step, kind): who
    for from_, to, step, who, kinds in ROW.findall(DOCUMENT.read_text())
    for kind in re.findall(r"`(\w+)`", kinds)
}


class Site:
    """A pipeline, and somebody who does what a row says."""

    def __init__(self, pipeline: Pipeline, by: User) -> None:
        self.pipeline, self.by = pipeline, by

    def held(self) -> Case:
        held(self.pipeline, "Another.")
        return held(self.pipeline)

    def closed(self, name: str = "withdraw") -> Case:
        return self.after(name, self.held())

    def after(self, *names: str | Case) -> Case:
        """Do what a reviewer does, one act after the other, and return the case."""
        *acts, case = names
        assert isinstance(case, Case)
        for name in acts:
            act(str(name), case, self.by, NOW)
        return case

    def answered(self) -> Case:
        case = self.held()
        ended(case, self.by)
        return case

    def lost(self, case: Case) -> Callable[[], None]:
        """Send a re-issue of which nothing comes; what is returned gives it up."""
        case.refresh_from_db()
        sending = to_send(case, by=self.by)

        def die(request: str, **_: object) -> Ended:
            raise KeyboardInterrupt

        with pytest.raises(KeyboardInterrupt):
            send(reissue_id=sending.pk, clock=lambda: NOW + HOUR, ask=die)
        return lambda: _nothing_to_send(sweep(now=NOW + 2 * HOUR))

    def late(self, case: Case) -> None:
        """An answer comes when its re-issue was given up."""
        sending = to_send(case, by=self.by)

        def slow(request: str, **_: object) -> Ended:
            sweep(now=LATER + HOUR)
            assert Case.objects.get(pk=case.pk).state == State.HELD
            return ending("end_turn")

        send(reissue_id=sending.pk, clock=lambda: LATER, ask=slow)

    def late_and_unread(self) -> tuple[Case, Callable[[], None]]:
        """An answer came late, when another re-issue was on its way already, of which nothing comes."""
        case = self.held()
        sending, others = to_send(case, by=self.by), []

        def slow(request: str, **_: object) -> Ended:
            sweep(now=LATER + HOUR)
            others.append(self.lost(case))
            return ending("end_turn")

        send(reissue_id=sending.pk, clock=lambda: LATER, ask=slow)
        return case, others[0]

    def undoing(self, case: Case) -> Callable[[], object]:
        event = CaseEvent.objects.filter(case=case, by=self.by).latest("pk")
        return lambda: undo(event_id=event.pk, by=self.by, now=NOW)


def _nothing_to_send(due: list[int]) -> None:
    assert due == []


# What makes each move: the case before it, and the step.
Made = tuple[Case, Callable[[], object]]


def by(name: str, bring: Callable[[Site], Case]) -> Callable[[Site], Made]:
    """A reviewer's act on the case that `bring` brings."""

    def made(site: Site) -> Made:
        case = bring(site)
        return case, lambda: act(name, case, site.by, NOW)

    return made


def undone(bring: Callable[[Site], Case]) -> Callable[[Site], Made]:
    """The undoing of the latest act on the case that `bring` brings."""

    def made(site: Site) -> Made:
        case = bring(site)
        return case, site.undoing(case)

    return made


def sent(stop_reason: str) -> Callable[[Site], Made]:
    """A re-issue whose call ends so; without a reason, it fails."""

    def made(site: Site) -> Made:
        case = site.held()
        sending = to_send(case, by=site.by)
        if stop_reason:
            return case, lambda: come(sending, stop_reason, now=LATER)
        failed = Ended(field="error", text='{"type": "APIError", "http_status": 529}', duration_ms=1)
        return case, lambda: send(reissue_id=sending.pk, clock=lambda: LATER, ask=lambda *_, **__: failed)

    return made


def given_up(site: Site) -> Made:
    case = site.held()
    return case, site.lost(case)


def late(site: Site) -> Made:
    case = site.held()
    return case, lambda: site.late(case)


def proposed(site: Site) -> Made:
    case = site.held()
    Case.objects.filter(pk=case.pk).update(code="SELF_HARM")  # one of the sensitive codes
    case.refresh_from_db()
    to_send(case, by=person("proposer", "reviewer"))
    case.refresh_from_db()

    def approves() -> Reissue:
        given = pass_for(case, by=site.by, now=NOW, act="approve")
        return approve(case_id=case.pk, version=case.version, by=site.by, now=NOW, given=given)

    return case, approves


def back(site: Site) -> Made:
    case = site.closed()
    return case, lambda: record(site.pipeline, [declined()])


SCENARIOS: dict[Row, Callable[[Site], Made]] = {
    ("held", "reissuing", "reissue.reissue", "decided"): by("re-issue", Site.held),
    ("held", "reissuing", "approve.approve", "approved"): proposed,
    ("held", "closed", "decide.settle", "decided"): by("uphold", Site.held),
    ("held", "closed", "decide.reclassify", "decided"): by("no decline", Site.held),
    ("held", "closed", "merge.merge", "merged"): by("merge", Site.held),
    ("held", "closed", "undo.undo", "undone"): undone(lambda site: site.after("reopen", site.closed())),
    ("held", "answered", "send.send", "answered"): late,
    ("held", "answered", "undo.undo", "undone"): undone(lambda site: site.after("turn down", site.answered())),
    ("reissuing", "answered", "send.send", "answered"): sent("end_turn"),
    ("reissuing", "answered", "send.sweep", "fate_unknown"): Site.late_and_unread,
    ("reissuing", "held", "send.send", "declined_again"): sent("refusal"),
    ("reissuing", "held", "send.send", "send_failed"): sent(""),
    ("reissuing", "held", "send.sweep", "fate_unknown"): given_up,
    ("reissuing", "held", "undo.undo", "undone"): undone(lambda site: site.after("re-issue", site.held())),
    ("answered", "closed", "deliver.accept", "accepted"): by("accept", Site.answered),
    ("answered", "held", "deliver.turn_down", "not_accepted"): by("turn down", Site.answered),
    ("closed", "held", "hold.hold_recorded", "came_back"): back,
    ("closed", "held", "decide.reopen", "reopened"): by("reopen", Site.closed),
    ("closed", "held", "merge.split", "split"): by("split", lambda site: site.closed("merge")),
    ("closed", "held", "undo.undo", "undone"): undone(lambda site: site.closed("by hand with a text")),
    ("closed", "answered", "undo.undo", "undone"): undone(lambda site: site.after("accept", site.answered())),
}  # fmt: skip
NEW = {
    ("new", "held", "hold.hold_recorded", "held"),
    ("new", "held", "suspect.hold_suspected", "held"),
}


@pytest.fixture(autouse=True)
def no_rest(settings: Settings) -> None:
    """Let a case be re-issued twice in a moment: the brakes are no moves."""
    settings.REISSUE_COOLDOWN_SECONDS = 0


@pytest.fixture
def site(pipeline: Pipeline, reviewer: User, settings: Settings) -> Site:
    settings.UNDO_SECONDS = 10
    return Site(pipeline, reviewer)


def test_the_table_lists_the_moves_that_are_allowed_and_no_other() -> None:
    listed = {(from_, to) for from_, to, *_ in ROWS if from_ != "new"}
    assert listed == {(from_.value, to.value) for from_, all_ in MOVES.items() for to in all_}
    assert set(ROWS) == set(SCENARIOS) | NEW


def test_every_module_that_moves_a_case_is_in_the_table() -> None:
    moving = re.compile(r"^from reviews\.move import .*\b(moving|move|moved)\b", re.MULTILINE)
    modules = {path.stem for path in (ROOT / "reviews").glob("*.py") if moving.search(path.read_text())}
    assert {"approve", "hold"} <= modules <= {row[2].partition(".")[0] for row in ROWS}


@pytest.mark.parametrize("row", ROWS, ids=" ".join)
def test_every_step_and_line_of_the_table_is_there(row: Row) -> None:
    module, name = row[2].split(".")
    assert callable(getattr(import_module(f"reviews.{module}"), name))
    assert row[3] in EventKind.values


@pytest.mark.parametrize("row", SCENARIOS, ids=" ".join)
def test_a_step_makes_the_move_of_its_row_and_leaves_its_line(row: Row, site: Site) -> None:
    from_, to, _step, kind = row
    case, step = SCENARIOS[row](site)
    case.refresh_from_db()
    # The late answer's step passes through `held` by itself.
    assert case.state == (State.HELD if row[:2] == ("held", "answered") else from_)
    version, last = case.version, case.events.latest("pk").pk
    step()
    case.refresh_from_db()
    assert (case.state, case.version > version) == (to, True)
    assert kind in set(case.events.filter(pk__gt=last).values_list("kind", flat=True))


@pytest.mark.parametrize("row", [row for row, who in ROWS.items() if "a reviewer" in who], ids=" ".join)
def test_a_reviewers_move_is_made_by_nobody_without_the_right(row: Row, site: Site, viewer: User) -> None:
    if row in NEW:
        (run,) = record(site.pipeline, [answered(APOLOGY)])
        with pytest.raises(PermissionDenied):
            hold_suspected(run_id=run.pk, by=viewer, now=NOW)
        return
    case, step = SCENARIOS[row](site)
    before = Case.objects.values().get(pk=case.pk)
    site.by.groups.clear()
    site.by = User.objects.get(pk=site.by.pk)  # it remembers what it could do
    with pytest.raises(PermissionDenied):
        step()
    assert Case.objects.values().get(pk=case.pk) == before


def test_a_new_case_is_held_by_a_run_or_by_a_person(site: Site) -> None:
    assert held(site.pipeline).state == State.HELD
    (run,) = record(site.pipeline, [answered(APOLOGY)])
    assert hold_suspected(run_id=run.pk, by=site.by, now=NOW).state == State.HELD
