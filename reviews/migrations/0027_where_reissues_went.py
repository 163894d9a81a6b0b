"""A re-issue keeps where it was sent. Of those that are there already nobody knows."""

from django.db import migrations, models

# As in 0026.
ASKED = (
    "case_id, number, decision_id, way, purpose, serves, authority, background, handling_limits, own_words_digest, "
    "attestation, attested_in, attested_at, nonce, by_id, betas, original_digest, model, needs_second, created_at"
)
# Nothing changes but from a text to none, in the one step that says what deleted it.
TEXTS = "request, text_before, text_after, own_words, deletion_id"
EMPTIED = (
    " WHEN (NEW.deletion_id IS NULL OR OLD.deletion_id IS NOT NULL "
    "OR NEW.request <> '' OR NEW.text_before <> '' OR NEW.text_after <> '' "
    "OR (NEW.own_words <> '' AND NEW.own_words <> OLD.own_words))"
)


def forbid(apps, schema_editor):
    """SQLite has made the table anew, without its triggers."""
    if schema_editor.connection.vendor == "postgresql":
        return
    for name, columns, when in (("append_only", ASKED, ""), ("texts", TEXTS, EMPTIED)):
        schema_editor.execute(
            f"CREATE TRIGGER reviews_reissue_{name} BEFORE UPDATE OF {columns} ON reviews_reissue{when} "
            "BEGIN SELECT RAISE(ABORT, 'reviews_reissue is append-only: UPDATE refused'); END"
        )


class Migration(migrations.Migration):

    dependencies = [("reviews", "0026_betas_of_reissues")]

    operations = [
        migrations.AddField(
            model_name="reissue",
            name="sent_to",
            field=models.CharField(blank=True, choices=[("provider", "the provider"), ("sandbox", "the sandbox, which simulates answers")], help_text="Empty: it was not sent, or before this was kept.", max_length=8, verbose_name="sent to"),
        ),
        migrations.AddConstraint(
            model_name="reissue",
            constraint=models.CheckConstraint(condition=models.Q(("sent_to", ""), models.Q(("sending_since__isnull", False), ("sent_to__in", ["provider", "sandbox"])), _connector="OR"), name="reissue_sent_to_known"),
        ),
        migrations.RunPython(forbid),
    ]
