from pathlib import Path

from django.db import migrations

GUARD = (Path(__file__).parent.parent / "sql" / "registers.sql").read_text()


class Migration(migrations.Migration):
    """After a withdrawal, what a public register tells, where the participant accepted that."""

    dependencies = [("crf", "0008_entry_capture")]
    operations = [migrations.RunSQL(GUARD, migrations.RunSQL.noop)]
