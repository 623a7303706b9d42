from pathlib import Path

from django.db import migrations

CAPTURE = (Path(__file__).parent.parent / "sql" / "capture.sql").read_text()


class Migration(migrations.Migration):
    dependencies = [("crf", "0007_withdrawal"), ("reminet_site", "0003_trail")]
    operations = [migrations.RunSQL(CAPTURE, migrations.RunSQL.noop)]
