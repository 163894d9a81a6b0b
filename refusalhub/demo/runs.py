"""Twelve weeks of invented runs: a seed → rows as pipelines would post them to the API, oldest first.

What the weeks tell: quiet weekends; a model change eight weeks before the end, after which cyber declines rise
for three weeks, until one pipeline is changed at the source; since last week, one prompt that is declined
again and again; declined tasks that come again; faults that are retried; a few answers that a fallback model
gave, and a few that only read like a decline.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any, Literal

from refusalhub.demo.faults import FAULTS, FLAWS, REFUSAL_LIKE_ANSWERS
from refusalhub.demo.guards import GUARD_REFUSALS, DemoGuardRefusal
from refusalhub.demo.pipelines import PIPELINES, DemoPipeline
from refusalhub.demo.prompts import PROMPTS, DemoPrompt
from refusalhub.demo.requests import request_body
from refusalhub.demo.responses import answered, declined, failed, served_by_fallback, unfiltered
from refusals import format_refusal

Ending = Literal["ok", "infra_error", "declined", "degraded"]

CHANGED_BEFORE_END = timedelta(weeks=8)
"""How long before the end the models change."""

SURGE = timedelta(weeks=3)
"""How long cyber declines are raised after the change."""

CALMED = "security-digest"
"""The pipeline whose change at the source ended that."""

BURSTING = "angry-customer"
"""The prompt that is declined again and again since the Tuesday of last week; its pipeline's model did not change."""

_WEEKDAY_WEIGHTS = (10, 10, 10, 10, 9, 4, 3)
_BURST = next(prompt for prompt in PROMPTS if prompt.slug == BURSTING)
_PROMPTS = {p.slug: tuple(q for q in PROMPTS if q.pipeline == p.slug) for p in PIPELINES}


@dataclass(frozen=True, kw_only=True)
class DemoRun:
    """One run. `row` is the body to post for `pipeline`.

    `scenario` is the slug of the prompt or guard refusal behind it, `outcome` what the row should be judged.
    """

    pipeline: str
    scenario: str
    outcome: Ending
    row: dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class _Task:
    """A piece of work of a pipeline: the same `id` and `text` whenever it comes again."""

    pipeline: DemoPipeline
    prompt: DemoPrompt
    id: str
    text: str
    guard: DemoGuardRefusal | None = None

    @property
    def scenario(self) -> str:
        return (self.guard or self.prompt).slug


def demo_runs(*, until: datetime, weeks: int = 12, count: int = 2000, seed: int = 7) -> Iterator[DemoRun]:
    """Yield `count` runs of the `weeks` before `until`, the same ones for the same arguments.

    `until` must know its time zone (ValueError otherwise), in which the pipelines keep their hours. The rows
    give their times in UTC.
    """
    if until.tzinfo is None:
        raise ValueError("until must have a time zone")
    chance = Random(seed)  # noqa: S311  # invented runs, no secrets
    tuesday = until.replace(hour=0, minute=0) - timedelta(days=until.weekday() + 6)
    script = _Script(
        chance=chance,
        changed_at=until.astimezone(UTC) - CHANGED_BEFORE_END,
        bursts_at=tuesday.astimezone(UTC),
    )
    for at, pipeline in _moments(chance=chance, until=until, weeks=weeks, count=count):
        yield script.next_run(at=at, pipeline=pipeline)


def _moments(
    *, chance: Random, until: datetime, weeks: int, count: int
) -> list[tuple[datetime, DemoPipeline]]:
    """When (UTC) which pipeline runs, oldest first."""
    days = [until - timedelta(days=age) for age in range(weeks * 7 - 1)]
    chosen_days = chance.choices(days, [_WEEKDAY_WEIGHTS[day.weekday()] for day in days], k=count)
    chosen_pipelines = chance.choices(PIPELINES, [pipeline.share for pipeline in PIPELINES], k=count)
    moments = []
    for day, pipeline in zip(chosen_days, chosen_pipelines, strict=True):
        at = day.replace(
            hour=chance.randint(*pipeline.hours), minute=chance.randrange(60), second=chance.randrange(60)
        ).astimezone(UTC)
        moments.append((at if at <= until else at - timedelta(days=1), pipeline))
    return sorted(moments, key=lambda moment: moment[0])


class _Script:
    """What has happened so far, and what happens next."""

    def __init__(self, *, chance: Random, changed_at: datetime, bursts_at: datetime) -> None:
        self._chance = chance
        self._changed_at = changed_at
        self._bursts_at = bursts_at
        self._serial = 0
        self._variations: defaultdict[str, int] = defaultdict(int)
        self._declined: defaultdict[str, list[_Task]] = defaultdict(list)
        self._burst: list[_Task] = []
        self._to_retry: tuple[_Task, datetime] | None = None

    def next_run(self, *, at: datetime, pipeline: DemoPipeline) -> DemoRun:
        self._serial += 1
        if self._to_retry:
            task, failed_at = self._to_retry
            self._to_retry = None
            return self._run(min(at, failed_at + timedelta(seconds=95)), task, "ok", attempt=2)
        surging = self._changed_at <= at < self._changed_at + SURGE and _has_cyber(pipeline)
        bursting = at >= self._bursts_at and pipeline.slug == _BURST.pipeline
        calm = at >= self._changed_at + SURGE and pipeline.slug == CALMED
        declined = 400.0 if bursting else 18.0 if surging else 2.0 if calm else 6.2
        weights = {"ok": 82.0, "infra_error": 6.0, "declined": declined, "degraded": 5.0}
        ending: Any = self._chance.choices(list(weights), list(weights.values()))[0]
        if ending != "declined":
            task = self._task(pipeline)
        elif bursting:
            task = self._burst_task(pipeline)
        else:
            task = self._declined_task(pipeline, surging=surging)
        return self._run(at, task, ending)

    def _run(self, at: datetime, task: _Task, ending: Ending, *, attempt: int = 1) -> DemoRun:
        pipeline = task.pipeline
        model = pipeline.model if at >= self._changed_at else pipeline.earlier_model
        ended, final = self._ended(task, ending, model=model, changed=at >= self._changed_at)
        if not final:
            self._to_retry = (task, at)
        row = {
            "run_id": f"demo-{self._serial:05d}",
            "task_id": task.id,
            "at": at.isoformat(),
            "provider": pipeline.provider,
            "request": request_body(pipeline=pipeline, model=model, prompt=task.text),
            **ended,
            "duration_ms": self._duration(ending),
            "attempt": attempt,
            "final": final,
        }
        if self._chance.random() < 0.04:
            row["topic"] = pipeline.topics[0]
        return DemoRun(pipeline=pipeline.slug, scenario=task.scenario, outcome=ending, row=row)

    def _ended(
        self, task: _Task, ending: Ending, *, model: str, changed: bool
    ) -> tuple[dict[str, Any], bool]:
        """The part of the row that says how the run ended, and whether this attempt was the final one."""
        match ending:
            case "ok":
                return self._answer(task, model=model, changed=changed), True
            case "degraded":
                return self._flaw(task, model=model), True
            case "infra_error":
                return self._fault(task)
            case "declined":
                return self._decline(task, model=model), True

    def _answer(self, task: _Task, *, model: str, changed: bool) -> dict[str, Any]:
        provider, text, lot = task.pipeline.provider, task.prompt.answer.strip(), self._chance.random()
        if lot < 0.012:
            text = self._chance.choice(REFUSAL_LIKE_ANSWERS)
        elif lot < 0.04 and provider == "anthropic" and changed:
            category = task.prompt.decline.category if task.prompt.decline else "cyber"
            return served_by_fallback(model=model, text=text, category=category or None, serial=self._serial)
        return answered(provider=provider, model=model, text=text, serial=self._serial)

    def _flaw(self, task: _Task, *, model: str) -> dict[str, Any]:
        provider, text = task.pipeline.provider, task.prompt.answer.strip()
        flaws = FLAWS[provider]
        flaw = self._chance.choices(flaws, [flaw.weight for flaw in flaws])[0]
        if flaw.unfiltered:
            return unfiltered(model=model, text=text, serial=self._serial)
        arrived = text[: int(len(text) * flaw.arrives)]
        return answered(provider=provider, model=model, text=arrived, serial=self._serial, stop=flaw.stop)

    def _fault(self, task: _Task) -> tuple[dict[str, Any], bool]:
        guards = _guards(task.pipeline, infra=True)
        if guards and self._chance.random() < 0.3:
            return _guard_row(self._chance.choice(guards)), True
        faults = FAULTS[task.pipeline.provider]
        fault = self._chance.choices(faults, [fault.weight for fault in faults])[0]
        row = failed(
            provider=task.pipeline.provider,
            type=fault.type,
            status=fault.status,
            kind=fault.kind,
            message=fault.message,
            retry_after=fault.retry_after,
            serial=self._serial,
        )
        return row, not (fault.retried and self._chance.random() < 0.5)

    def _decline(self, task: _Task, *, model: str) -> dict[str, Any]:
        if task.guard:
            return _guard_row(task.guard)
        if task.prompt.decline is None:
            raise ValueError(f"{task.prompt.slug} is never declined")
        return declined(
            provider=task.pipeline.provider, model=model, decline=task.prompt.decline, serial=self._serial
        )

    def _task(self, pipeline: DemoPipeline) -> _Task:
        """New work, now and then with a prompt that is declined on other days."""
        prompts = _PROMPTS[pipeline.slug]
        prompt = self._chance.choices(prompts, [1 if prompt.decline else 5 for prompt in prompts])[0]
        return self._variation(pipeline, prompt)

    def _declined_task(self, pipeline: DemoPipeline, *, surging: bool) -> _Task:
        """Work to be declined: often one that was declined before, else what was declined least so far."""
        earlier = self._declined[pipeline.slug]
        if earlier and self._chance.random() < 0.35:
            return self._chance.choice(earlier[-4:])
        prompts = _PROMPTS[pipeline.slug]
        refusals: list[DemoPrompt | DemoGuardRefusal] = [p for p in prompts if p.decline]
        refusals += _guards(pipeline, infra=False)
        if surging and self._chance.random() < 0.6:
            refusals = [p for p in prompts if _is_cyber(p)]
        times = Counter(task.scenario for task in earlier)
        least = min(times[refusal.slug] for refusal in refusals)
        refusal = self._chance.choice([r for r in refusals if times[r.slug] == least])
        if isinstance(refusal, DemoPrompt):
            task = self._variation(pipeline, refusal)
        else:
            harmless = self._chance.choice([p for p in prompts if not p.decline])
            task = self._variation(pipeline, harmless, guard=refusal)
        earlier.append(task)
        return task

    def _burst_task(self, pipeline: DemoPipeline) -> _Task:
        """The prompt that bursts: most of the time, work that was declined before comes again."""
        if self._burst and self._chance.random() < 0.65:
            return self._chance.choice(self._burst)
        task = self._variation(pipeline, _BURST)
        self._burst.append(task)
        return task

    def _variation(
        self, pipeline: DemoPipeline, prompt: DemoPrompt, *, guard: DemoGuardRefusal | None = None
    ) -> _Task:
        variation = self._variations[prompt.slug]
        self._variations[prompt.slug] += 1
        return _Task(
            pipeline=pipeline,
            prompt=prompt,
            id=f"{(guard or prompt).slug}/{variation}",
            text=prompt.text(variation),
            guard=guard,
        )

    def _duration(self, ending: Ending) -> int:
        """Milliseconds: answers take their time, declines and faults come soon."""
        if ending in {"ok", "degraded"}:
            return self._chance.randint(3_500, 28_000)
        return self._chance.randint(250, 2_600)


def _guards(pipeline: DemoPipeline, *, infra: bool) -> list[DemoGuardRefusal]:
    return [guard for guard in GUARD_REFUSALS if guard.pipeline == pipeline.slug and guard.infra == infra]


def _guard_row(guard: DemoGuardRefusal) -> dict[str, Any]:
    return {"surface": guard.surface, "refusal": format_refusal(guard.code, guard.detail)}


def _has_cyber(pipeline: DemoPipeline) -> bool:
    return any(_is_cyber(prompt) for prompt in _PROMPTS[pipeline.slug])


def _is_cyber(prompt: DemoPrompt) -> bool:
    return prompt.decline is not None and prompt.decline.category == "cyber"
