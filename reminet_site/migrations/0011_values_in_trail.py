from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent.parent / "sql"
FILES = ("append.sql", "capture.sql", "redaction.sql")
# A database made when they lay in a table of their own. The trigger stands again, always, with
# the last of the files.
MOVE = """
DO $$ BEGIN
    IF to_regclass('audit.value') IS NOT NULL THEN
        ALTER TABLE audit.trail ADD COLUMN old_salt text, ADD COLUMN old text,
                                ADD COLUMN new_salt text, ADD COLUMN new text;
        ALTER TABLE audit.trail DISABLE TRIGGER append_only;
        UPDATE audit.trail t SET old_salt = v.old_salt, old = v.old,
                                 new_salt = v.new_salt, new = v.new
          FROM audit.value v WHERE v.trail_id = t.id;
        DROP TABLE audit.value;
    END IF;
END $$
"""


class Migration(migrations.Migration):
    """The values stand in the trail's own rows: one table and one index less to write."""

    dependencies = [("reminet_site", "0010_append")]
    operations = [
        migrations.RunSQL(sql, migrations.RunSQL.noop)
        for sql in (MOVE, *((SQL / name).read_text() for name in FILES))
    ]
