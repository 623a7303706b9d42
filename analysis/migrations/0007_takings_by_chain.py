from pathlib import Path

from django.db import migrations

TAKINGS = (Path(__file__).parent.parent / "sql" / "takings.sql").read_text()


class Migration(migrations.Migration):
    """The participant's first row is found in his or her chain."""

    dependencies = [("analysis", "0006_retention"), ("reminet_site", "0009_trail_indexes")]
    operations = [migrations.RunSQL(TAKINGS, migrations.RunSQL.noop)]
