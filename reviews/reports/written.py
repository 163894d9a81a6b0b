"""The values of a report's table in words: one way to write a number, for page, PDF and e-mail alike.

Everything is written in the active language. A value that is missing is a dash.
"""

from datetime import date, datetime, timedelta

from django.utils import formats, timezone
from django.utils.translation import gettext as _

from reviews.reports.rates import Share
from reviews.reports.table import Unit, Value

NOTHING = "—"
_LEAST_P = 0.0001
_MINUTE, _HOUR, _DAY = 60, 3600, 86400


def written(value: Value, unit: Unit) -> str:
    """Return a value as a person reads it. Of a share, the rate alone: `basis` says the rest."""
    if value is None:
        return NOTHING
    if isinstance(value, Share):
        return percent(value.percent)
    if isinstance(value, timedelta):
        return duration(value)
    if isinstance(value, date):
        return day(value)
    if isinstance(value, str):
        return value
    if unit == Unit.CHANGE:
        return change(value)
    if unit == Unit.PERCENT:
        return percent(value)
    return number(value, decimals=1 if unit == Unit.HOURS or value != int(value) else 0)


def basis(value: Value) -> str:
    """Return what stands beside a rate: its n, and its interval where n is small. Empty for other values."""
    if not isinstance(value, Share) or not value.n:
        return ""
    n = _("n = %(n)s") % {"n": number(value.n)}
    if not value.is_small or value.interval is None:
        return n
    low, high = (number(bound, decimals=0) for bound in value.interval)
    return f"{n}, {low}\N{EN DASH}{high}\N{NO-BREAK SPACE}%"


def number(value: float, *, decimals: int = 0) -> str:
    """Return a number with the separators of the language."""
    if not decimals and -1000 < value < 1000:
        return str(round(value))  # what most cells of a page are; it has no separator in any language
    return formats.number_format(round(value, decimals), decimals, use_l10n=True, force_grouping=True)


def percent(value: float | None) -> str:
    """Return a rate, given in per cent."""
    return NOTHING if value is None else f"{number(value, decimals=1)}\N{NO-BREAK SPACE}%"


def p_value(value: float) -> str:
    """Return a p-value with four decimals, and one too small for them as what it is less than."""
    if value < _LEAST_P:
        return f"p < {number(_LEAST_P, decimals=4)}"
    return f"p = {number(value, decimals=4)}"


def change(value: float) -> str:
    """Return a difference with its sign; a float has one decimal."""
    decimals = 0 if isinstance(value, int) else 1
    size = number(abs(value), decimals=decimals)
    if round(value, decimals) == 0:
        return f"±{size}"
    return f"+{size}" if value > 0 else f"\N{MINUS SIGN}{size}"


def duration(value: timedelta) -> str:
    """Return a stretch of time in its two largest units: days and hours, hours and minutes, minutes."""
    seconds = int(value.total_seconds())
    days, hours, minutes = seconds // _DAY, seconds % _DAY // _HOUR, seconds % _HOUR // _MINUTE
    if days:
        return _("%(days)s d %(hours)s h") % {"days": number(days), "hours": hours}
    if hours:
        return _("%(hours)s h %(minutes)s min") % {"hours": hours, "minutes": minutes}
    return _("%(minutes)s min") % {"minutes": minutes}


def day(value: date | datetime) -> str:
    """Return a day, or a moment in the site's time zone, as every page writes them: "2026-11-16 09:30"."""
    if isinstance(value, datetime):
        return f"{timezone.localtime(value):%Y-%m-%d %H:%M}"
    return value.isoformat()
