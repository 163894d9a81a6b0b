"""Requests are kept as they were sent, with their beta header; a row's `"request": null` is no request."""

from django.db import migrations, models


def empty_null(apps, schema_editor):
    """JSON's null was stored as the text of a request."""
    apps.get_model("pipelines", "RunContent").objects.filter(request="null").update(request="")


class Migration(migrations.Migration):

    dependencies = [
        ('pipelines', '0006_retention'),
    ]

    operations = [
        migrations.AddField(
            model_name='runcontent',
            name='betas',
            field=models.TextField(blank=True, help_text='The header anthropic-beta that the request was sent with.', verbose_name='betas'),
        ),
        migrations.RunPython(empty_null, migrations.RunPython.noop),
        migrations.AddConstraint(
            model_name='runcontent',
            constraint=models.CheckConstraint(condition=models.Q(('request', ''), ('request__startswith', '{'), _connector='OR'), name='content_request_is_an_object'),
        ),
    ]
