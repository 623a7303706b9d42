from pathlib import Path

from django.db import migrations

LOCK = (Path(__file__).parent.parent / "sql" / "lock.sql").read_text()


class Migration(migrations.Migration):
    dependencies = [("crf", "0004_normal_range_guards")]
    operations = [
        migrations.RunSQL(LOCK, "DROP FUNCTION crf_lock_key, crf_not_while_locked CASCADE"),
    ]
