from pathlib import Path

from django.db import migrations

APPEND = (Path(__file__).parent.parent / "sql" / "append.sql").read_text()


class Migration(migrations.Migration):
    """Rows are appended with less work. The index of a centre's rows served no page: what is
    asked for of one centre reads the trail from end to end, by a worker (its copy, its export) or
    once in a while (where its last principal investigator leaves)."""

    dependencies = [("reminet_site", "0009_trail_indexes")]
    operations = [
        migrations.RunSQL(APPEND, migrations.RunSQL.noop),
        migrations.RunSQL(
            "DROP INDEX audit.trail_centre",
            "CREATE INDEX trail_centre ON audit.trail (centre_id, id)",
        ),
    ]
