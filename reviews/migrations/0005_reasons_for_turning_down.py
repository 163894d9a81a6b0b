"""Reasons to pick from when an answer is not accepted, and the first of them."""

from django.db import migrations, models

TEMPLATES = [
    ("Misses the question", "The answer does not do what was asked."),
    ("Not correct", "The answer says something that does not hold."),
]


def add_templates(apps, schema_editor):
    """Add what a new site starts with; a lead changes it in the admin."""
    ReasonTemplate = apps.get_model("reviews", "ReasonTemplate")
    ReasonTemplate.objects.bulk_create(
        ReasonTemplate(kind="turn_down", title=title, text=text, position=place)
        for place, (title, text) in enumerate(TEMPLATES)
    )


def remove_templates(apps, schema_editor):
    """Remove what the kinds of before do not allow."""
    apps.get_model("reviews", "ReasonTemplate").objects.filter(kind="turn_down").delete()


class Migration(migrations.Migration):

    dependencies = [
        ('pipelines', '0001_initial'),
        ('reviews', '0004_history_search_templates'),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='reasontemplate',
            name='reason_template_kind_known',
        ),
        migrations.AlterField(
            model_name='reasontemplate',
            name='kind',
            field=models.CharField(choices=[('uphold', 'uphold'), ('by_hand', 'handle by hand'), ('reclassify', 'reclassify'), ('withdraw', 'withdraw'), ('turn_down', 'do not accept the answer')], max_length=10, verbose_name='decision'),
        ),
        migrations.AddConstraint(
            model_name='reasontemplate',
            constraint=models.CheckConstraint(condition=models.Q(('kind__in', ['uphold', 'by_hand', 'reclassify', 'withdraw', 'turn_down'])), name='reason_template_kind_known'),
        ),
        migrations.RunPython(add_templates, remove_templates),
    ]
