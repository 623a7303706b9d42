from pathlib import Path

from django.db import migrations

GUARDS = (Path(__file__).parent.parent / "sql" / "access_guards.sql").read_text()


class Migration(migrations.Migration):
    dependencies = [("reminet_site", "0007_access")]
    operations = [migrations.RunSQL(GUARDS, migrations.RunSQL.noop)]
