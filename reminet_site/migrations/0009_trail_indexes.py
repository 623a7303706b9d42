from pathlib import Path

from django.db import migrations

INDEXES = (Path(__file__).parent.parent / "sql" / "trail_indexes.sql").read_text()
BEFORE = """
DROP INDEX audit.trail_row;
CREATE INDEX trail_item ON audit.trail (relation, row_id, item, id);
CREATE INDEX trail_participant ON audit.trail (participant_id, id);
CREATE INDEX trail_user_day ON audit.trail (user_id, at);
"""


class Migration(migrations.Migration):
    dependencies = [("reminet_site", "0008_access_guards")]
    operations = [migrations.RunSQL(INDEXES, BEFORE)]
