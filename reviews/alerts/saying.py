"""What an alert says, in the language of whoever hears it: codes, names and counts, and where to look. No text."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import urlencode

from django.conf import settings
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from reviews.models import Alert, AlertKind, AlertMessage, Preferences
from reviews.reports.weeks import week_name

SUBJECT_LENGTH = 200
# More alerts than this are counted in a digest and not listed.
MOST_LISTED = 50


@dataclass(frozen=True, slots=True)
class Said:
    """A message as it leaves, and the code of the language that it is in."""

    subject: str
    text: str
    language: str


def written(message: AlertMessage, alerts: Sequence[Alert], *, told: int, repeats: bool) -> Said:
    """Write a message; a test has no alerts. `told` is how often its alert had been counted when it was told before.

    `repeats` says that an earlier try may have arrived.
    """
    language = _language(message)
    with translation.override(language):
        if message.test:
            where = settings.SITE_URL + reverse("alerts")
            lines = [_("This is a test: what this chat is told arrives. Nothing has happened."), where]
            subject = _("RefusalHub: a test")
        elif message.day:
            lines = list(_digest(alerts))
            subject = _of_all(alerts) if len(alerts) > 1 else f"RefusalHub: {sentence(alerts[0])}"
        else:
            (alert,) = alerts
            lines = [more_of(alert, told=told) if message.again else sentence(alert), address(alert)]
            subject = f"RefusalHub: {lines[0]}"
        if repeats:
            lines.append(_("An earlier try was cut off: this may have come before."))
        foot = settings.SITE_URL + reverse("alert-choices")
        if message.person_id:
            lines += ["", _("What you hear of, and when, is your choice: %(address)s") % {"address": foot}]
        return Said(one_line(subject)[:SUBJECT_LENGTH], "\n".join(lines) + "\n", language)


def _language(message: AlertMessage) -> str:
    chosen = Preferences.of(message.person).language if message.person else ""
    return chosen or settings.LANGUAGE_CODE


def _of_all(alerts: Sequence[Alert]) -> str:
    """Say how many alerts a digest holds, and of which codes; of a pipeline that degrades, of which pipeline."""
    subject = ngettext("RefusalHub: %(n)d alert", "RefusalHub: %(n)d alerts", len(alerts))
    about = dict.fromkeys(alert.code or alert.pipeline.slug for alert in alerts)
    return f"{subject % {'n': len(alerts)}}: {', '.join(about)}"


def _digest(alerts: Sequence[Alert]) -> Iterator[str]:
    for alert in alerts[:MOST_LISTED]:
        moment = timezone.localtime(alert.opened_at)
        yield f"{moment:%Y-%m-%d %H:%M}  {sentence(alert)}"
        yield f"    {address(alert)}"
    if (more := len(alerts) - MOST_LISTED) > 0:
        yield ngettext("… and %(n)d more", "… and %(n)d more", more) % {"n": more}


def one_line(text: str) -> str:
    """Return a text without line breaks, which a subject cannot hold, and a name should not."""
    return " ".join(text.split())


def place(alert: Alert) -> str:
    """Return where it happened: the pipeline, and topic and model where they are named."""
    return one_line(", ".join(filter(None, (alert.pipeline.slug, alert.topic, alert.model))))


def sentence(alert: Alert) -> str:
    """Say in one sentence what happened, with its counts."""
    values = {
        "code": alert.code,
        "place": place(alert),
        "pipeline": alert.pipeline.slug,
        "week": week_name(alert.week),
        "n": alert.count if alert.kind == AlertKind.CODE else alert.declines,
        "expected": f"{alert.expected:.1f}" if alert.expected is not None else "?",
        "runs": f"{alert.runs:.0f}" if alert.runs is not None else "?",
    }
    match AlertKind(alert.kind):
        case AlertKind.CODE:
            one = ngettext(
                "%(code)s: %(n)d decline (%(place)s)", "%(code)s: %(n)d declines (%(place)s)", alert.count
            )
        case AlertKind.ESCALATING:
            one = _("%(code)s escalates: %(n)d declines in %(week)s, %(expected)s expected (%(place)s)")
        case AlertKind.REGRESSED:
            one = _("%(code)s is back: %(n)d in %(week)s after weeks without (%(place)s)")
        case AlertKind.NEW:
            one = _("%(code)s is new: %(n)d in %(week)s (%(place)s)")
        case AlertKind.DEGRADED:
            one = _("%(pipeline)s degrades: %(n)d of %(runs)s runs in %(week)s, %(expected)s expected")
    return one % values


def more_of(alert: Alert, *, told: int) -> str:
    """Say how many more there were after an alert was told of."""
    more = alert.count - told
    words = ngettext(
        "%(code)s: %(more)d more within the hour, %(n)d in all (%(place)s)",
        "%(code)s: %(more)d more within the hour, %(n)d in all (%(place)s)",
        more,
    )
    return words % {"code": alert.code, "more": more, "n": alert.count, "place": place(alert)}


def address(alert: Alert) -> str:
    """Return where to look: the pattern, or the patterns of the code, or of the pipeline."""
    if alert.event:
        return f"{settings.SITE_URL}{alert.event.pattern.get_absolute_url()}"
    asked = {"pipeline": alert.pipeline.slug} | ({"code": alert.code} if alert.code else {})
    return f"{settings.SITE_URL}{reverse('patterns')}?{urlencode(asked)}"


def for_slack(text: str) -> str:
    """Escape a text as Slack asks for: these three characters, and no other, steer its markup."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
