from pathlib import Path

from django.db import migrations, models

from reminet_site.audit import allow

GUARD = (Path(__file__).parent.parent / "sql" / "withdrawal.sql").read_text()


class Migration(migrations.Migration):
    """A participant bears the day on which consent was withdrawn; nothing is dated later."""

    dependencies = [("crf", "0006_participant_columns")]
    operations = [
        migrations.AddField("participant", "withdrawn_on", models.DateField(null=True)),
        migrations.RunSQL(GUARD, "DROP FUNCTION crf_entry_before_withdrawal CASCADE"),
        allow(
            "crf_participant",
            "SELECT, INSERT, UPDATE (randomised_on, randomised_at, randomisation_number, "
            "withdrawn_on)",
        ),
    ]
