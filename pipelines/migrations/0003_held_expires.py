from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("pipelines", "0002_field_names")]

    operations = [
        migrations.AddField(
            model_name="pipeline",
            name="held_expires_after",
            field=models.PositiveIntegerField(
                blank=True,
                help_text="How long a held run waits for a person to look at its case before the pipeline is told that nobody did. The case stays held, and what is decided later is still delivered. Empty: it is held for as long as it takes.",
                null=True,
                verbose_name="told that nobody looked after, hours",
            ),
        ),
        migrations.AddConstraint(
            model_name="pipeline",
            constraint=models.CheckConstraint(
                condition=models.Q(held_expires_after__isnull=True) | models.Q(held_expires_after__gte=1),
                name="pipeline_held_expires_later",
            ),
        ),
    ]
