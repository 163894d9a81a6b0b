"""A re-issue's beta header is part of what was asked for, and never changes."""

from django.db import migrations, models

# As in 0020, with the header.
ASKED = (
    "case_id, number, decision_id, way, purpose, serves, authority, background, handling_limits, own_words_digest, "
    "attestation, attested_in, attested_at, nonce, by_id, betas, original_digest, model, needs_second, created_at"
)
TEXTS = "request, text_before, text_after, own_words, deletion_id"
EMPTIED = (
    " WHEN (NEW.deletion_id IS NULL OR OLD.deletion_id IS NOT NULL "
    "OR NEW.request <> '' OR NEW.text_before <> '' OR NEW.text_after <> '' "
    "OR (NEW.own_words <> '' AND NEW.own_words <> OLD.own_words))"
)


def forbid(apps, schema_editor):
    """SQLite has made the table anew, without its triggers."""
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP TRIGGER reviews_reissue_append_only ON reviews_reissue")
        schema_editor.execute(
            f"CREATE TRIGGER reviews_reissue_append_only BEFORE UPDATE OF {ASKED} ON reviews_reissue "
            "FOR EACH ROW EXECUTE FUNCTION refusalhub_append_only()"
        )
        return
    for name, columns, when in (("append_only", ASKED, ""), ("texts", TEXTS, EMPTIED)):
        schema_editor.execute(
            f"CREATE TRIGGER reviews_reissue_{name} BEFORE UPDATE OF {columns} ON reviews_reissue{when} "
            "BEGIN SELECT RAISE(ABORT, 'reviews_reissue is append-only: UPDATE refused'); END"
        )


class Migration(migrations.Migration):

    dependencies = [('pipelines', '0007_requests_as_sent'), ('reviews', '0025_chats_and_views')]

    operations = [
        migrations.AddField(
            model_name='reissue',
            name='betas',
            field=models.TextField(blank=True, help_text='The header anthropic-beta that leaves with it; empty: none.', verbose_name='betas'),
        ),
        migrations.RunPython(forbid),
    ]
