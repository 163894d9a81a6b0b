"""The filters of the queue, as its address holds them."""

from collections.abc import Callable
from datetime import date
from functools import cache
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator, ProhibitNullCharactersValidator
from django.utils.translation import gettext, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from pipelines.models import Surface
from refusals import KNOWN_CODES, Outcome, describe
from reviews import search
from reviews.behind import FINAL_RUNS
from reviews.forms.widgets import Choices, PlainSelect, pipeline_choices, topic_choices
from reviews.happened import words
from reviews.models import Ending, Resolution, State
from reviews.people import name_of, reviewers
from reviews.queue import SORTS, Filter
from reviews.reports.scope import NONE_NAMED
from reviews.reports.weeks import EARLIEST

# A day whose beginning is a moment, in every time zone.
DAYS = (MinValueValidator(EARLIEST), MaxValueValidator(date(9999, 12, 1)))


def _codes() -> Choices:
    """Return the codes that a case is held for, as a rule."""
    declining = [
        str(code) for code in KNOWN_CODES if describe(code).usual_outcome.value == Outcome.DECLINED.value
    ]
    return [("", gettext("any")), *((code, code) for code in sorted(declining))]


def _models() -> Choices:
    return [("", gettext("any")), (NONE_NAMED, gettext("none named"))]


def _people() -> Choices:
    return [(person.username, name_of(person)) for person in reviewers()]


def _claims(people: Choices) -> Choices:
    claimed = [(f"@{name}", gettext("claimed by %(who)s") % {"who": who}) for name, who in people]
    return [
        ("", gettext("any")),
        ("free", gettext("nobody's")),
        ("claimed", gettext("somebody's")),
        *claimed,
    ]


def _day(label: Any) -> forms.DateField:
    """Return the field of a day that a number's link alone asks for."""
    return forms.DateField(label=label, required=False, validators=DAYS, widget=forms.HiddenInput)


class OpenChoice(forms.ChoiceField):
    """A choice that takes other values as well: an address may name a code that is no longer chosen from."""

    widget = PlainSelect

    def validate(self, value: object) -> None:
        super().validate(value)
        ProhibitNullCharactersValidator()(value)

    def valid_value(self, value: object) -> bool:
        return True


class QueueFilterForm(forms.Form):
    """The filters of the queue as they stand in the address. What it cannot read, it leaves out.

    Code, topic, pipeline and the people take what they are given: an unknown one matches nothing.
    """

    q = forms.CharField(
        label=_("Search"),
        max_length=200,
        required=False,
        widget=forms.TextInput(attrs={"type": "search", "data-key": "/", "autocomplete": "off"}),
    )
    state = forms.ChoiceField(
        label=_("State"),
        choices=[
            ("waiting", _("waiting")),
            *State.choices,
            ("asked", _("owner asked")),
            ("snoozed", _("snoozed")),
            ("all", _("all")),
        ],
        required=False,
    )
    code = OpenChoice(label=_("Code"), required=False)
    topic = OpenChoice(label=_("Topic"), required=False)
    pipeline = OpenChoice(label=_("Pipeline"), required=False)
    age = forms.ChoiceField(
        label=_("Waiting"),
        choices=[
            ("", _("any time")),
            ("day", _("over a day")),
            ("week", _("over a week")),
            ("month", _("over a month")),
        ],
        required=False,
    )
    resolution = forms.ChoiceField(
        label=_("Resolution"), choices=[("", _("any")), *Resolution.choices], required=False
    )
    assigned = OpenChoice(label=_("Handed to"), required=False)
    claim = OpenChoice(label=pgettext_lazy("what somebody has on a case", "Claim"), required=False)
    decider = OpenChoice(label=_("Decided by"), required=False)
    sort = forms.ChoiceField(
        label=_("Order"), choices=[(name, label) for name, (label, _order) in SORTS.items()], required=False
    )
    week = forms.DateField(label=_("Week of"), required=False, widget=forms.HiddenInput)
    # What a number of the report counted beside its week: these come by its links alone.
    surface = forms.ChoiceField(
        label=_("Surface"),
        choices=[("", _("any")), *Surface.choices],
        required=False,
        widget=forms.HiddenInput,
    )
    model = OpenChoice(label=_("Declining model"), required=False, widget=forms.HiddenInput)
    requested = OpenChoice(label=_("Requested model"), required=False, widget=forms.HiddenInput)
    served = OpenChoice(label=_("Serving model"), required=False, widget=forms.HiddenInput)
    counted = forms.ChoiceField(
        label=_("Counted"),
        choices=[("", _("every decline")), (FINAL_RUNS, _("final runs, without re-issues"))],
        required=False,
        widget=forms.HiddenInput,
    )
    # What a number of the over-refusal report counted.
    settled_from = _day(_("First settled from"))
    settled_until = _day(_("First settled until"))
    ending = forms.ChoiceField(
        label=_("First settled as"),
        choices=[("", _("any")), *Ending.choices],
        required=False,
        widget=forms.HiddenInput,
    )
    first_model = OpenChoice(label=_("Model first asked"), required=False, widget=forms.HiddenInput)
    # What a number of people's work counted.
    happened = forms.ChoiceField(
        label=_("Happened"),
        choices=[("", _("any")), *words().items()],
        required=False,
        widget=forms.HiddenInput,
    )
    happened_from = _day(_("Happened from"))
    happened_until = _day(_("Happened until"))

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Asked of the database when they are first needed, and once: only a page that shows them does.
        people = cache(_people)
        self._offer("code", _codes)
        self._offer("topic", lambda: topic_choices(gettext("any")))
        for name in ("model", "requested", "served", "first_model"):
            self._offer(name, _models)
        self._offer("pipeline", lambda: pipeline_choices(gettext("any")))
        self._offer("assigned", lambda: [("", gettext("any")), (NONE_NAMED, gettext("nobody")), *people()])
        self._offer("decider", lambda: [("", gettext("any")), *people()])
        self._offer("claim", lambda: _claims(people()))

    def _offer(self, name: str, choices: Callable[[], Choices]) -> None:
        """Offer these choices, and what the address names besides."""
        given = self.data.get(name, "").replace("\0", "")

        def offered() -> Choices:
            known = choices()
            return known if given in dict(known) else [*known, (given, given.removeprefix("@"))]

        self.fields[name].choices = cache(offered)  # type: ignore[attr-defined]  # each is an OpenChoice

    def clean_q(self) -> str:
        """Leave out a search that has no word to look for: it must not seem to narrow the list."""
        q = str(self.cleaned_data["q"])
        if q and search.found(q) is None:
            raise forms.ValidationError(_("There is no word to look for."))
        return q

    def filter(self) -> Filter:
        """Return what the address asks for."""
        self.is_valid()
        given = {name: value for name, value in self.cleaned_data.items() if value}
        for name in ("week", "settled_from", "settled_until", "happened_from", "happened_until"):
            if name in given:
                given[name] = given[name].isoformat()
        if "week" not in given:  # these say what a week's number counted, and nothing without one
            for name in ("model", "requested", "served", "counted"):
                given.pop(name, None)
        if "happened" not in given:
            for name in ("happened_from", "happened_until"):
                given.pop(name, None)
        return Filter(**given)

    def in_words(self, name: str) -> str:
        """Return the value of a field as a person reads it."""
        value = str(self.cleaned_data[name])
        choices = getattr(self.fields[name], "choices", ())
        return str(dict(choices).get(value, value))


class SavedViewForm(forms.Form):
    """The name of a view to save, and whether everybody sees it."""

    name = forms.CharField(label=_("Name"), max_length=60)
    shared = forms.BooleanField(label=_("Shared with everybody"), required=False)
