"""What the demo's people agreed on: changes at the source, and meetings with what they took on there."""

from dataclasses import dataclass
from datetime import timedelta

from refusalhub.demo.runs import CALMED, CHANGED_BEFORE_END, SURGE

DAYS = timedelta(days=1)


@dataclass(frozen=True, kw_only=True)
class DemoChange:
    """A change of a pipeline's standing brief, made by the pipeline's owner.

    Times are how long before the demo's end; `done` is empty where it is planned.
    """

    pipeline: str
    code: str
    title: str
    words: str
    suggested_by: str
    suggested: timedelta
    due: timedelta
    done: timedelta | None = None


@dataclass(frozen=True, kw_only=True)
class DemoAction:
    """A line of a meeting that somebody took on: by when after it, and when they had done it."""

    line: str
    label: str
    note: str
    owner: str
    due: timedelta
    done: timedelta | None = None


@dataclass(frozen=True, kw_only=True)
class DemoMeeting:
    """A meeting, on a Monday at ten, `weeks` before the present week's: about the week that was just over."""

    weeks: int
    held_by: str
    actions: tuple[DemoAction, ...]


CHANGES = (
    DemoChange(
        pipeline=CALMED,
        code="CYBER",
        title="Say in the brief whose systems the reports are about",
        words="The advisories, incidents and tests are about systems that we run or sell. Write for the people "
        "who protect them.",
        suggested_by="rosa",
        suggested=CHANGED_BEFORE_END - SURGE + 9 * DAYS,
        due=CHANGED_BEFORE_END - SURGE + DAYS,
        done=CHANGED_BEFORE_END - SURGE,
    ),
    DemoChange(
        pipeline="nightly-digest",
        code="POLICY_VIOLATION",
        title="Mark what customers wrote as quoted",
        words="Between the lines is what a customer wrote, insults included. Digest it; do not answer it.",
        suggested_by="ben",
        suggested=2 * DAYS,
        due=-5 * DAYS,
    ),
)
MEETINGS = (
    DemoMeeting(
        weeks=2,
        held_by="lee",
        actions=(
            DemoAction(
                line="mover/fraud-desk/GENERAL_HARMS",
                label="fraud-desk GENERAL_HARMS",
                note="Ask the fraud desk which mails it can leave out",
                owner="rosa",
                due=7 * DAYS,
                done=3 * DAYS,
            ),
            DemoAction(
                line="mover/leaflet-writer/BIO",
                label="leaflet-writer BIO",
                note="Read the declined leaflets with the pharmacist",
                owner="ben",
                due=5 * DAYS,
            ),
        ),
    ),
    DemoMeeting(
        weeks=1,
        held_by="lee",
        actions=(
            DemoAction(
                line="mover/clause-extraction/POLICY_VIOLATION",
                label="clause-extraction POLICY_VIOLATION",
                note="Tell the legal department which clauses are declined",
                owner="oskar",
                due=14 * DAYS,
            ),
        ),
    ),
)
