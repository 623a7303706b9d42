from pathlib import Path

from django.db import migrations

CAPTURE = (Path(__file__).parent.parent / "sql" / "capture.sql").read_text()


class Migration(migrations.Migration):
    """What is captured comes in order from audit.changed_fields, and is not sorted again."""

    dependencies = [("crf", "0009_registers"), ("reminet_site", "0011_values_in_trail")]
    operations = [migrations.RunSQL(CAPTURE, migrations.RunSQL.noop)]
