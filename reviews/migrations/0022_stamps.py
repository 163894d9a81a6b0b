"""Stamps, which say whether what was read from the counts of a week, or from first outcomes, still holds.

The weeks that are counted already get theirs here. First outcomes that are there already share one: what changes
from now on gets another.
"""

import django.db.models.deletion
import reviews.models.count
from django.db import migrations, models


def stamp(apps, schema_editor):
    runs, declines, stamps = (
        apps.get_model("reviews", name) for name in ("WeekRuns", "WeekDeclines", "WeekStamp")
    )
    counted = runs.objects.values_list("week", "pipeline_id").union(
        declines.objects.values_list("week", "pipeline_id")
    )
    stamps.objects.bulk_create(
        [stamps(week=week, pipeline_id=pipeline) for week, pipeline in counted],
        batch_size=1000,
    )


class Migration(migrations.Migration):

    dependencies = [
        ("pipelines", "0006_retention"),
        ("reviews", "0021_forget_alerts"),
    ]

    operations = [
        migrations.CreateModel(
            name="WeekStamp",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("week", models.DateField(verbose_name="week")),
                ("stamp", models.BigIntegerField(default=reviews.models.count.new_stamp)),
                ("pipeline", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to="pipelines.pipeline")),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("week", "pipeline"), name="week_stamp_once"),
                    models.CheckConstraint(condition=models.Q(stamp__gte=0), name="week_stamp_not_negative"),
                ],
            },
        ),
        migrations.RunPython(stamp, migrations.RunPython.noop),
        migrations.AddField(
            model_name="firstoutcome",
            name="stamp",
            field=models.BigIntegerField(default=reviews.models.count.new_stamp, editable=False),
        ),
        migrations.RemoveIndex(model_name="firstoutcome", name="first_outcome_at"),
        migrations.AddIndex(
            model_name="firstoutcome",
            index=models.Index(fields=["at", "stamp"], name="first_outcome_at"),
        ),
        # So that the decisions of some weeks are counted from the index alone.
        migrations.RemoveIndex(model_name="decision", name="decision_at"),
        migrations.AddIndex(
            model_name="decision",
            index=models.Index(fields=["at", "kind", "id"], name="decision_at"),
        ),
    ]
