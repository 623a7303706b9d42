from pathlib import Path

from django.db import migrations

INDEX = """
CREATE INDEX trail_taken ON audit.trail (participant_id, centre_id, id)
 WHERE relation = 'act' AND act IN ('download', 'export');
"""
TAKINGS = (Path(__file__).parent.parent / "sql" / "takings.sql").read_text()


class Migration(migrations.Migration):
    dependencies = [("analysis", "0004_lock_guards"), ("reminet_site", "0003_trail")]
    operations = [
        migrations.RunSQL(
            INDEX + TAKINGS, "DROP FUNCTION audit.takings; DROP INDEX audit.trail_taken"
        ),
    ]
