"""The chain of a case: the original, each re-issue with its answer, and what went back, in the order of time."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from pipelines.models import Run
from reviews.models import Case, Delivery, Reissue


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """One link of the chain: the original (`run` alone), a re-issue with the run that came of it, or a
    delivery, whose `reissue` is the one that it delivers the answer of."""

    at: datetime
    run: Run | None = None
    reissue: Reissue | None = None
    delivery: Delivery | None = None

    @property
    def name(self) -> str:
        """What an address ends with to lead to it."""
        if self.delivery:
            return f"delivery-{self.delivery.pk}"
        return f"reissue-{self.reissue.number}" if self.reissue else "original"


def chain(case: Case, *, reissues: Iterable[Reissue], deliveries: Iterable[Delivery]) -> list[Link]:
    """Return the links, the original first."""
    sent = list(reissues)
    by_run = {one.run_id: one for one in sent if one.run_id is not None}
    links = [Link(at=one.created_at, reissue=one, run=one.run) for one in sent]
    links += [Link(at=one.at, delivery=one, reissue=by_run.get(one.run_id or 0)) for one in deliveries]
    original = Link(at=case.first_run.happened_at, run=case.first_run)
    return [original, *sorted(links, key=lambda link: link.at)]
