from pathlib import Path

from django.db import migrations

TAKINGS = (Path(__file__).parent.parent / "sql" / "takings.sql").read_text()


class Migration(migrations.Migration):
    dependencies = [("analysis", "0004_lock_guards"), ("reminet_site", "0003_trail")]
    operations = [
        migrations.RunSQL(TAKINGS, "DROP FUNCTION audit.takings; DROP INDEX audit.trail_taken"),
    ]
