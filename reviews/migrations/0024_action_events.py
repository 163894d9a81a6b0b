"""The history of what was taken on at a meeting. What was settled before has its line as if it had been written then."""

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

# As 0002 does, and for its reasons.
TABLE = "reviews_actionevent"


def write_down(apps, schema_editor):
    action, event = (apps.get_model("reviews", name) for name in ("Action", "ActionEvent"))
    settled = action.objects.exclude(state="open").select_related("settled_by").order_by("settled_at", "pk")
    event.objects.bulk_create(
        [
            event(
                action=one, at=one.settled_at, by=one.settled_by, state=one.state,
                changes={
                    "state": ["open", one.state],
                    "settled_by": [None, one.settled_by.username],
                    "settled_at": [None, one.settled_at.isoformat()],
                },
            )
            for one in settled.iterator(chunk_size=1000)
        ],
        batch_size=1000,
    )


def forbid(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(
            f"CREATE TRIGGER {TABLE}_append_only BEFORE UPDATE OR DELETE ON {TABLE} "
            "FOR EACH ROW EXECUTE FUNCTION refusalhub_append_only()"
        )
    else:
        schema_editor.execute(
            f"CREATE TRIGGER {TABLE}_append_only BEFORE UPDATE ON {TABLE} "
            f"BEGIN SELECT RAISE(ABORT, '{TABLE} is append-only: UPDATE refused'); END"
        )


def allow(apps, schema_editor):
    on = f" ON {TABLE}" if schema_editor.connection.vendor == "postgresql" else ""
    schema_editor.execute(f"DROP TRIGGER {TABLE}_append_only{on}")


class Migration(migrations.Migration):

    dependencies = [
        ("reviews", "0023_hushed_by_time"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ActionEvent",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("at", models.DateTimeField(verbose_name="at")),
                ("state", models.CharField(choices=[("open", "open"), ("done", "done"), ("dropped", "dropped")], help_text="In which it was from then on.", max_length=8, verbose_name="state")),
                ("changes", models.JSONField(verbose_name="changes")),
                ("action", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="events", to="reviews.action", verbose_name="action")),
                ("by", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL, verbose_name="by")),
            ],
            options={
                "verbose_name": "event of an action",
                "verbose_name_plural": "events of actions",
                "ordering": ("at", "pk"),
                "constraints": [models.CheckConstraint(condition=models.Q(("state__in", ["open", "done", "dropped"])), name="action_event_state_known")],
            },
        ),
        migrations.RunPython(write_down, migrations.RunPython.noop),
        migrations.RunPython(forbid, allow),
    ]
