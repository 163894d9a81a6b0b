"""What reports keep of past weeks and months, read before anybody asks: it is kept in each process by itself."""

from datetime import datetime

from reviews.reports.agenda import sections
from reviews.reports.gathered import Gathered
from reviews.reports.scope import EVERYTHING
from reviews.reports.subjects import Asked, over_refusal
from reviews.reports.week import PARTS, tables_of
from reviews.reports.weeks import WEEK, current_week


def warm(*, now: datetime) -> None:
    """Read what everybody's reports of this week and the last one are made from, so that no reader waits for it."""
    week = current_week(now=now)
    for one in (week - WEEK, week):
        gathered = Gathered(one, EVERYTHING, now)
        for name, part in PARTS.items():
            if not part.apart:
                tables_of(gathered, name)
    sections(week - WEEK, now=now)
    over_refusal(Asked(week=week, scope=EVERYTHING), now=now)
