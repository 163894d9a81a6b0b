"""A delivery may be a file, and is exactly one thing. What is delivered stays append-only, files included."""

import django.db.models.deletion
from django.db import migrations, models

# All of a delivery but whether it was taken back; all of a file but its content, which goes with retention.
DELIVERED = "case_id, run_id, text, file_id, by_id, at, send_after"
OF_A_FILE = "id, name, media_type, size, sha256"
RULES = [
    ("reviews_delivery", "append_only", DELIVERED, ""),
    ("reviews_deliveredfile", "append_only", OF_A_FILE, ""),
    ("reviews_deliveredfile", "content", "content", " WHEN (NEW.content IS NOT NULL)"),
]


def forbid(apps, schema_editor):
    """On SQLite the changed table is a new one and has no triggers; on PostgreSQL the old one knows no file."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP TRIGGER reviews_delivery_append_only ON reviews_delivery")
        for table, name, columns, when in RULES:
            schema_editor.execute(
                f"CREATE TRIGGER {table}_{name} BEFORE UPDATE OF {columns} ON {table} "
                f"FOR EACH ROW{when} EXECUTE FUNCTION refusalhub_append_only()"
            )
        for table in ("reviews_delivery", "reviews_deliveredfile"):
            schema_editor.execute(
                f"CREATE TRIGGER {table}_kept BEFORE DELETE ON {table} "
                "FOR EACH ROW EXECUTE FUNCTION refusalhub_append_only()"
            )
    else:
        for table, name, columns, when in RULES:
            schema_editor.execute(
                f"CREATE TRIGGER {table}_{name} BEFORE UPDATE OF {columns} ON {table}{when} "
                f"BEGIN SELECT RAISE(ABORT, '{table} is append-only: UPDATE refused'); END"
            )


class Migration(migrations.Migration):
    dependencies = [("reviews", "0006_field_names"), ("pipelines", "0003_held_expires")]

    operations = [
        migrations.CreateModel(
            name="DeliveredFile",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=255, verbose_name="name")),
                ("media_type", models.CharField(help_text="As the browser told it.", max_length=100, verbose_name="media type")),
                ("size", models.PositiveIntegerField(verbose_name="size, bytes")),
                ("sha256", models.CharField(help_text="SHA-256 of the content, in hexadecimal digits.", max_length=64)),
                ("content", models.BinaryField(help_text="Empty once retention has deleted it.", null=True)),
            ],
            options={
                "verbose_name": "delivered file",
                "verbose_name_plural": "delivered files",
                "constraints": [
                    models.CheckConstraint(condition=~models.Q(name=""), name="delivered_file_has_name"),
                    models.CheckConstraint(condition=~models.Q(media_type=""), name="delivered_file_has_type"),
                    models.CheckConstraint(condition=models.Q(size__gte=1), name="delivered_file_not_empty"),
                ],
            },
        ),
        migrations.RemoveConstraint(model_name="delivery", name="delivery_is_answer_or_text"),
        migrations.AddField(
            model_name="delivery",
            name="file",
            field=models.OneToOneField(
                verbose_name="file",
                blank=True,
                help_text="A person's own file, where neither a run nor a text is the answer.",
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="delivery",
                to="reviews.deliveredfile",
            ),
        ),
        migrations.AddConstraint(
            model_name="delivery",
            constraint=models.CheckConstraint(
                condition=models.Q(run__isnull=False, text="", file__isnull=True)
                | (models.Q(run__isnull=True, file__isnull=True) & ~models.Q(text=""))
                | models.Q(run__isnull=True, text="", file__isnull=False),
                name="delivery_is_one_thing",
            ),
        ),
        migrations.RunPython(forbid),
    ]
