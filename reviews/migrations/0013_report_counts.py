"""The weekly counts tell surfaces, models, hidden declines and versions of the rules apart. Counted anew."""

from django.db import migrations, models
from django.db.models import Case, Count, F, Q, Value, When
from django.db.models.functions import Coalesce, NullIf

SURFACES = [
    ("model", "the model"),
    ("tool_loop", "tool-loop guard"),
    ("skill_scanner", "skill scanner"),
    ("post_compaction", "post-compaction guard"),
    ("rce_backstop", "RCE backstop"),
    ("io_guardrail", "input/output guardrail"),
]


def forget(apps, schema_editor):
    for name in ("WeekRuns", "WeekDeclines"):
        apps.get_model("reviews", name).objects.all().delete()


def _ending(run):
    """Return the outcome and the code that count: a person's correction, else the machine's judgement."""
    outcome = Coalesce(NullIf(F(f"{run}corrected_outcome"), Value("")), F(f"{run}outcome"))
    code = Case(When(~Q(**{f"{run}corrected_outcome": ""}), then=F(f"{run}corrected_code")), default=F(f"{run}code"))
    return outcome, code


def count_runs(apps, schema_editor):
    Run, WeekRuns = apps.get_model("pipelines", "Run"), apps.get_model("reviews", "WeekRuns")
    outcome, code = _ending("")
    rows = (
        Run.objects.filter(final=True, origin="pipeline")
        .values(
            "week", "pipeline_id", "surface", "requested_model", "serving_model", "rules_version",
            of_topic=Coalesce("topic__slug", Value("")), ended=outcome, under=code,
        )
        .annotate(n=Count("pk"))
        .order_by()
    )
    WeekRuns.objects.bulk_create(
        (
            WeekRuns(
                week=row["week"], pipeline_id=row["pipeline_id"], topic=row["of_topic"], outcome=row["ended"],
                code=row["under"], surface=row["surface"], requested_model=row["requested_model"],
                serving_model=row["serving_model"], rules_version=row["rules_version"], runs=row["n"],
            )
            for row in rows.iterator()
        ),
        batch_size=500,
    )


def count_declines(apps, schema_editor):
    DeclineEvent = apps.get_model("pipelines", "DeclineEvent")
    WeekDeclines = apps.get_model("reviews", "WeekDeclines")
    outcome, _code = _ending("run__")
    corrected = Q(terminal=True) & ~Q(run__corrected_code="")
    rows = (
        DeclineEvent.objects.annotate(ended=outcome)
        .filter(Q(ended="declined") | Q(terminal=False))
        .values(
            "surface",
            week=F("run__week"),
            of_pipeline=F("run__pipeline_id"),
            of_topic=Coalesce("run__topic__slug", Value("")),
            under=Case(When(corrected, then=F("run__corrected_code")), default=F("code")),
            by_model=Coalesce(NullIf(F("model"), Value("")), F("run__requested_model")),
            went_on=Case(When(ended="declined", then=Value(False)), default=Value(True)),
        )
        .annotate(n=Count("pk"))
        .order_by()
    )
    WeekDeclines.objects.bulk_create(
        (
            WeekDeclines(
                week=row["week"], pipeline_id=row["of_pipeline"], topic=row["of_topic"], code=row["under"],
                surface=row["surface"], model=row["by_model"], hidden=row["went_on"], declines=row["n"],
            )
            for row in rows.iterator()
        ),
        batch_size=500,
    )


class Migration(migrations.Migration):
    dependencies = [("reviews", "0012_retention"), ("pipelines", "0006_retention")]

    operations = [
        migrations.RunPython(forget, forget),
        migrations.RemoveConstraint(model_name="weekdeclines", name="week_declines_once"),
        migrations.RemoveConstraint(model_name="weekruns", name="week_runs_once"),
        migrations.AddField(
            model_name="weekdeclines",
            name="hidden",
            field=models.BooleanField(
                default=False, help_text="Its run went on, and did not end declined.", verbose_name="hidden"
            ),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="weekdeclines",
            name="model",
            field=models.CharField(
                blank=True, help_text="Of a guard's: the model it guarded.", max_length=120, verbose_name="declining model"
            ),
        ),
        migrations.AddField(
            model_name="weekdeclines",
            name="surface",
            field=models.CharField(choices=SURFACES, default="model", max_length=20, verbose_name="surface"),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="weekruns",
            name="surface",
            field=models.CharField(choices=SURFACES, default="model", max_length=20, verbose_name="surface"),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="weekruns",
            name="requested_model",
            field=models.CharField(blank=True, max_length=120, verbose_name="requested model"),
        ),
        migrations.AddField(
            model_name="weekruns",
            name="serving_model",
            field=models.CharField(blank=True, max_length=120, verbose_name="serving model"),
        ),
        migrations.AddField(
            model_name="weekruns",
            name="rules_version",
            field=models.CharField(blank=True, max_length=40, verbose_name="rules version"),
        ),
        migrations.AddConstraint(
            model_name="weekdeclines",
            constraint=models.UniqueConstraint(
                fields=("week", "pipeline", "topic", "code", "surface", "model", "hidden"), name="week_declines_once"
            ),
        ),
        migrations.AddConstraint(
            model_name="weekruns",
            constraint=models.UniqueConstraint(
                fields=(
                    "week", "pipeline", "topic", "outcome", "code", "surface", "requested_model", "serving_model",
                    "rules_version",
                ),
                name="week_runs_once",
            ),
        ),
        migrations.RunPython(count_runs, forget),
        migrations.RunPython(count_declines, forget),
    ]
