"""The two times that a lead sets on a pipeline end within the calendar; what was longer is shortened."""

import django.core.validators
from django.conf import settings
from django.db import migrations, models

MOST = {"retention_days": 36_500, "held_expires_after": 87_600}


def shorten(apps, schema_editor):
    pipelines = apps.get_model("pipelines", "Pipeline").objects
    for column, most in MOST.items():
        pipelines.filter(**{f"{column}__gt": most}).update(**{column: most})


class Migration(migrations.Migration):

    dependencies = [
        ('pipelines', '0007_requests_as_sent'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RunPython(shorten, migrations.RunPython.noop),
        migrations.AlterField(
            model_name='pipeline',
            name='held_expires_after',
            field=models.PositiveIntegerField(blank=True, help_text='How long a held run waits for a person to look at its case before the pipeline is told that nobody did. The case stays held, and what is decided later is still delivered. Empty: it is held for as long as it takes.', null=True, validators=[django.core.validators.MaxValueValidator(87600)], verbose_name='told that nobody looked after, hours'),
        ),
        migrations.AlterField(
            model_name='pipeline',
            name='retention_days',
            field=models.PositiveIntegerField(default=180, help_text='After this, its texts are deleted. 36500, a hundred years, keeps them for good.', validators=[django.core.validators.MaxValueValidator(36500)], verbose_name='retention, days'),
        ),
        migrations.AddConstraint(
            model_name='pipeline',
            constraint=models.CheckConstraint(condition=models.Q(('retention_days__lte', 36500)), name='pipeline_retention_in_reach'),
        ),
        migrations.AddConstraint(
            model_name='pipeline',
            constraint=models.CheckConstraint(condition=models.Q(('held_expires_after__isnull', True), ('held_expires_after__lte', 87600), _connector='OR'), name='pipeline_held_expires_in_reach'),
        ),
    ]
