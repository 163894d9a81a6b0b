"""On PostgreSQL a case has one first run again. When 0014 took the index of the column away, Django took the unique
one on the same column with it. SQLite makes a table anew with all its constraints, so there it stands."""

from django.db import migrations


def forbid_another(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute(
            "CREATE UNIQUE INDEX IF NOT EXISTS case_has_one_first_run ON reviews_caserun (case_id) "
            "WHERE kind = 'first'"
        )


def leave(apps, schema_editor):
    """The models have said so since 0001; nothing to take back."""


class Migration(migrations.Migration):

    dependencies = [('reviews', '0018_forget_webhooks')]

    operations = [migrations.RunPython(forbid_another, leave)]
