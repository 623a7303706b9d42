from pathlib import Path

from django.db import migrations

TAKINGS = (Path(__file__).parent.parent / "sql" / "takings.sql").read_text()


class Migration(migrations.Migration):
    """What a taking says is read in the trail's own row."""

    dependencies = [("analysis", "0007_takings_by_chain"), ("reminet_site", "0011_values_in_trail")]
    operations = [migrations.RunSQL(TAKINGS, migrations.RunSQL.noop)]
