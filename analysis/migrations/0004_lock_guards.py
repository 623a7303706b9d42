from pathlib import Path

from django.db import migrations

LOCK = (Path(__file__).parent.parent / "sql" / "lock.sql").read_text()


class Migration(migrations.Migration):
    dependencies = [("analysis", "0003_cutoff"), ("crf", "0005_lock_guards")]
    operations = [
        migrations.RunSQL(
            LOCK,
            "DROP FUNCTION analysis_stays_locked CASCADE;"
            "DROP TRIGGER a_key ON analysis_blindopening",
        ),
    ]
