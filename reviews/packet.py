"""A packet for a provider: declines that were false positives, as their own people can look them up.

Request ids, times, categories, models and counts, with what came of each review, upheld ones included; and
where a person chose some, a few cases with their texts, redacted and cut. It names no pipeline, task or person.
"""

import json
import zipfile
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, fields
from datetime import UTC, date, datetime
from io import BytesIO
from typing import Any
from urllib.parse import urlencode

from django.contrib.auth.models import User
from django.db.models import BooleanField, Count, ExpressionWrapper, Q, QuerySet
from django.db.models.functions import Coalesce

from pipelines.models import Origin, Run, Surface
from refusals import Outcome
from refusals.signals.redaction import redact
from reviews.behind import of_topic
from reviews.models import Case, CaseRun, ExportKind, Folded, Reissue, Resolution, State, TextExport, Way
from reviews.models.reissue import HAS_RUN
from reviews.reports.contexts import words_of
from reviews.reports.files.csv import csv_lines
from reviews.reports.weeks import week_name

FORMAT = "refusalhub-packet-1"
# As many requests as a packet lists, the latest first; the counts are of all.
MOST_REQUESTS = 5000
# As many cases as go with their texts, and how much of each text.
MOST_SAMPLES, LONGEST_TEXT = 5, 4000
# As many cases as are offered to choose from.
OFFERED = 50
# A run whose texts retention has not deleted.
_KEPT = Q(content__isnull=False)
# What a packet does not say of what it was asked for.
_OURS = ("pipeline", "topic")
# What stands in the counts where nobody named a model or a category.
NOT_SAID = "not said"
REQUEST = (
    "request_id",
    "at",
    "week",
    "code",
    "category",
    "stop_reason",
    "http_status",
    "requested_model",
    "serving_model",
    "after_context",
    "review",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Declines:
    """Which declines of a model; empty fields ask for nothing. The weeks are those in which they happened."""

    provider: str = ""
    category: str = ""
    code: str = ""
    pipeline: str = ""
    topic: str = ""
    since: date | None = None
    until: date | None = None

    def query(self) -> str:
        """Return it as the end of an address."""
        return urlencode(self.said())

    def said(self, *, own: bool = True) -> dict[str, str]:
        """Return what is asked for; without what is nobody's business outside, if not `own`."""
        asked = {one.name: getattr(self, one.name) for one in fields(self) if own or one.name not in _OURS}
        named = {
            name: week_name(value) if isinstance(value, date) else value for name, value in asked.items()
        }
        return {name: value for name, value in named.items() if value}

    def runs(self) -> QuerySet[Run]:
        """Return the runs that a model declined, a person's correction counted. Guards are not the provider's."""
        declined = Outcome.DECLINED.value
        judged = Q(corrected_outcome="", outcome=declined) & (Q(code=self.code) if self.code else Q())
        corrected = Q(corrected_outcome=declined) & (Q(corrected_code=self.code) if self.code else Q())
        found = Run.objects.filter(judged | corrected, of_topic("topic", self.topic), surface=Surface.MODEL)
        if self.since:
            found = found.filter(week__gte=self.since)
        if self.until:
            found = found.filter(week__lte=self.until)
        narrowed = {
            "provider": self.provider,
            "category": self.category,
            "pipeline__slug": self.pipeline,
        }
        return found.filter(**{name: value for name, value in narrowed.items() if value})

    def cases(self) -> QuerySet[Case]:
        """Return the cases of which one of these runs can be a sample, those answered with context first."""
        folded = CaseRun.objects.filter(run__in=self.runs().filter(_KEPT)).values("case")
        answered = Q(resolution=Resolution.DELIVERED) | Q(merged_into__resolution=Resolution.DELIVERED)
        return (
            Case.objects.filter(pk__in=folded)
            .select_related("pipeline", "topic", "merged_into")
            .annotate(fits=Count("pk", filter=answered))
            .order_by("-fits", "-last_seen", "-pk")
        )


def counts_of(wanted: Declines) -> dict[str, Any]:
    """Return how many declines there are, by model, category and week, and what people made of their cases."""
    runs = wanted.runs().order_by()
    models, categories, weeks = Counter[str](), Counter[str](), Counter[str]()
    columns = ("serving_model", "requested_model", "category", "week")
    for serving, requested, category, week, n in runs.values_list(*columns).annotate(n=Count("pk")):
        models[serving or requested or NOT_SAID] += n
        categories[category or NOT_SAID] += n
        weeks[week_name(week)] += n
    folded = CaseRun.objects.filter(run__in=runs).annotate(
        # What was decided of the case that it was merged into holds for it.
        head=Coalesce("case__merged_into", "case"),
        review=Coalesce("case__merged_into__resolution", "case__resolution"),
    )
    ended = folded.values_list("review").annotate(n=Count("head", distinct=True)).order_by()
    return {
        "declines": weeks.total(),
        "by_model": dict(models.most_common()),
        "by_category": dict(categories.most_common()),
        "by_week": dict(sorted(weeks.items())),
        "cases_by_review": {review or "not decided yet": n for review, n in sorted(ended)},
    }


def packet(wanted: Declines, *, samples: Iterable[int], by: User, now: datetime) -> bytes:
    """Log that somebody takes a packet, and return it as a ZIP archive.

    Raises ValueError for too many samples, or for a case that is not among these declines'. Whether the
    person may take texts along is the caller's to ask.
    """
    chosen = _chosen(wanted, list(dict.fromkeys(samples)))
    requests = [_request(run) for run in _latest(wanted)]
    counts = counts_of(wanted)
    facts = {
        "format": FORMAT,
        "made_at": now.astimezone(UTC).isoformat(),
        "asked_for": wanted.said(own=False),
        "counts": counts,
        "listed": len(requests),
        "samples": len(chosen),
    }
    files = {
        "README.txt": _readme(facts).encode(),
        "packet.json": _json({**facts, "requests": requests}),
        "requests.csv": csv_lines([list(REQUEST), *([one[name] for name in REQUEST] for one in requests)]),
    }
    if chosen:
        files["samples.json"] = _json([_sample(wanted, case) for case in chosen])
    TextExport.objects.create(kind=ExportKind.PACKET, by=by, at=now, filter=wanted.query(), n=len(chosen))
    return _zipped(files, now=now)


def _chosen(wanted: Declines, samples: list[int]) -> list[Case]:
    if len(samples) > MOST_SAMPLES:
        raise ValueError(f"at most {MOST_SAMPLES} samples, not {len(samples)}")
    by_id = {case.pk: case for case in wanted.cases().filter(pk__in=samples)}
    if strange := [pk for pk in samples if pk not in by_id]:
        raise ValueError(f"case {strange[0]} is not among these declines")
    return [by_id[pk] for pk in samples]


def _latest(wanted: Declines) -> QuerySet[Run]:
    """Return the runs that a packet lists, each with its case."""
    runs = wanted.runs().select_related("folded__case__merged_into")
    return runs.order_by("-week", "-happened_at", "-pk")[:MOST_REQUESTS]


def _request(run: Run) -> dict[str, Any]:
    link: CaseRun | None = getattr(run, "folded", None)
    return {
        "request_id": run.request_id or None,
        "at": run.happened_at.astimezone(UTC).isoformat(),
        "week": week_name(run.week),
        "code": run.effective_code,
        "category": run.category or None,
        "stop_reason": run.stop_reason or None,
        "http_status": run.http_status,
        "requested_model": run.requested_model or None,
        "serving_model": run.serving_model or None,
        "after_context": run.origin == Origin.REISSUE,
        "review": _review(_head(link.case)) if link else None,
    }


def _head(case: Case) -> Case:
    """Return the case whose decision holds for this one: where it was merged, the other."""
    return case.merged_into or case


def _review(case: Case) -> str | None:
    """Return what a person made of a case; None while nobody has settled it."""
    return case.resolution if case.state == State.CLOSED else None


def _sample(wanted: Declines, case: Case) -> dict[str, Any]:
    """Return one of the wanted declines of a case with its texts, without whose it is.

    Any other run of the case may be another provider's or a guard's: nothing of theirs goes along. What the
    pipeline itself asked comes before what a re-issue made of it.
    """
    runs = (
        wanted.runs().filter(_KEPT, folded__case=case).select_related("content", "folded__case__merged_into")
    )
    sent_again = ExpressionWrapper(Q(folded__kind=Folded.REISSUE), output_field=BooleanField())
    run = runs.order_by(sent_again.asc(), "happened_at", "pk")[0]
    added = _added(_head(case))
    return {
        **_request(run),
        "prompt": _cut(run.content.prompt),
        "declined_with": _cut(run.content.answer),
        "way": added.way if added else None,
        # The purpose of an edit is kept and never left.
        "context_that_was_added": _cut(words_of(added)) if added and added.way == Way.CONTEXT else None,
    }


def _added(case: Case) -> Reissue | None:
    """Return the re-issue whose answer was delivered, else the last of which a run came."""
    came = case.reissues.filter(state__in=HAS_RUN).order_by("number")
    delivered = case.deliveries.filter(taken_back_at=None, run__isnull=False).values("run")
    return came.filter(run__in=delivered).last() or came.last()


def _cut(text: str) -> str | None:
    """Return a text without the secrets of a provider's protocol, and of a long one its beginning."""
    clean = str(redact(text)) if text else ""
    if len(clean) > LONGEST_TEXT:
        return f"{clean[:LONGEST_TEXT]} [… {len(clean) - LONGEST_TEXT} more characters]"
    return clean or None


def _readme(facts: dict[str, Any]) -> str:
    counts = facts["counts"]
    asked = ", ".join(f"{name} {value}" for name, value in facts["asked_for"].items()) or "everything"
    lines = [
        "Declines that we ask you to look at",
        "",
        f"Asked for: {asked}. Made at {facts['made_at']}.",
        f"{counts['declines']} requests were declined; the latest {facts['listed']} are listed in requests.csv",
        "and packet.json, by your request id where the answer carried one. Times are in UTC.",
        "",
        "What our reviewers made of the cases behind them (a case is one request, repeated or not):",
        *(f"  {review}: {n}" for review, n in counts["cases_by_review"].items()),
        "",
        "delivered: answered once a person had added its purpose and background, and accepted.",
        "upheld: the decline was right. by_hand: a person did it. reclassified: it was no decline.",
        "withdrawn: it is not needed any more.",
        "Where a person found two cases to ask the same, both have the review of the one that was decided.",
        "after_context: the request was declined although that context had been added.",
        "",
        f"{facts['samples']} cases were chosen by a person and are in samples.json, with secrets taken out and long",
        "texts cut. Of each it is one of the declines asked for; way context: a person sent it again with the",
        "context that stands there, way edit: in words of their own.",
        "The rest of this packet holds no text of any prompt or answer.",
    ]
    return "\n".join(lines) + "\n"


def _json(value: Any) -> bytes:
    return (json.dumps(value, ensure_ascii=False, indent=2) + "\n").encode()


def _zipped(files: dict[str, bytes], *, now: datetime) -> bytes:
    out = BytesIO()
    stamp = now.astimezone(UTC)
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            entry = zipfile.ZipInfo(
                name, (stamp.year, stamp.month, stamp.day, stamp.hour, stamp.minute, stamp.second)
            )
            archive.writestr(entry, content, zipfile.ZIP_DEFLATED)
    return out.getvalue()
