"""One event of a case's history, said in the reader's language.

Where an event kept values (`changes`), they are said anew; else the words that it was stored with.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from reviews.models import CaseEvent, Decision, EventKind, Kind, Snooze


@dataclass(frozen=True, slots=True)
class Names:
    """What people and topics are called, by their ids."""

    people: dict[int, str]
    topics: dict[int, str]


def said(event: CaseEvent, names: Names) -> str:
    """Return what happened, without who did it and without what they wrote about it."""
    if event.decision:
        return _decided(event.decision)
    say = SAYINGS.get(EventKind(event.kind))
    return say(event, names) if say else event.get_kind_display()


def _decided(decision: Decision) -> str:
    """Return the decision in words; a reclassification also says what to."""
    words = decision.get_kind_display()
    if decision.kind != Kind.RECLASSIFY:
        return words
    return f"{words}: {decision.get_to_outcome_display()} {decision.to_code}".rstrip()


def _taken_over(event: CaseEvent, names: Names) -> str:
    return _("taken over from %(who)s") % {"who": event.text} if event.text else event.get_kind_display()


def _assigned(event: CaseEvent, names: Names) -> str:
    before, after = event.changes.get("assigned_to_id", [None, event.text])
    words = (
        _("handed to %(who)s") % {"who": event.text} if after else _("handed to nobody: free for all again")
    )
    return _before(words, names.people.get(before))


def _topic_set(event: CaseEvent, names: Names) -> str:
    before, after = event.changes.get("topic_id", [None, event.text])
    words = _("topic set to %(topic)s") % {"topic": event.text} if after else _("topic taken away")
    return _before(words, names.topics.get(before))


def _before(words: str, name: str | None) -> str:
    return _("%(said)s (before: %(name)s)") % {"said": words, "name": name} if name else words


def _snoozed(event: CaseEvent, names: Names) -> str:
    until = event.changes.get("snoozed_until", [None, None])[1]
    declines = event.changes.get("wakes_at_declines", [None, None])[1]
    models = event.changes.get("snoozed_models", [None, None])[1]
    if until:
        day = timezone.localtime(datetime.fromisoformat(until))
        return _("snoozed until %(when)s") % {"when": date_format(day, "Y-m-d H:i")}
    if declines:
        return ngettext(
            "snoozed until it has been declined %(n)s time",
            "snoozed until it has been declined %(n)s times",
            declines,
        ) % {"n": declines}
    if models is not None:
        return _("snoozed until another model is asked than %(models)s") % {
            "models": ", ".join(models) or "—"
        }
    return f"{event.get_kind_display()} {event.text}".rstrip()


def _woke(event: CaseEvent, names: Names) -> str:
    waited_for = event.changes.get("snooze", [""])[0]
    if not event.text:
        return _("woken by hand") if event.by_id else event.get_kind_display()
    if waited_for == Snooze.GROWTH:
        return ngettext(
            "woke up: it grew to %(n)s decline", "woke up: it grew to %(n)s declines", int(event.text)
        ) % {"n": event.text}
    if waited_for == Snooze.MODEL:
        return _("woke up: a run asked for %(models)s") % {"models": event.text}
    return _("woke up: %(why)s") % {"why": event.text}


def _merged(event: CaseEvent, names: Names) -> str:
    """On the case that was merged it names the other; on the other one its text is the number of the first."""
    if target := other_case(event):
        return _("merged into case %(case)s") % {"case": target}
    if event.text.isdecimal():
        return _("case %(case)s joined") % {"case": event.text}
    return event.text or event.get_kind_display()


def _split(event: CaseEvent, names: Names) -> str:
    if target := other_case(event):
        return _("split off from case %(case)s") % {"case": target}
    if event.text.isdecimal():
        return _("case %(case)s left") % {"case": event.text}
    return event.text or event.get_kind_display()


def _undone(event: CaseEvent, names: Names) -> str:
    if event.undoes is None:
        return event.get_kind_display()
    return _("undone: %(what)s") % {"what": said(event.undoes, names)}


SAYINGS: dict[EventKind, Callable[[CaseEvent, Names], str]] = {
    EventKind.TAKEN_OVER: _taken_over,
    EventKind.ASSIGNED: _assigned,
    EventKind.TOPIC_SET: _topic_set,
    EventKind.SNOOZED: _snoozed,
    EventKind.WOKE: _woke,
    EventKind.MERGED: _merged,
    EventKind.SPLIT: _split,
    EventKind.UNDONE: _undone,
}


def other_case(event: CaseEvent) -> int | None:
    """Return the case that the event's own one was merged into, or split off from; None for all else."""
    before_after = event.changes.get("merged_into_id") or [None]
    return next((pk for pk in before_after if pk is not None), None)
