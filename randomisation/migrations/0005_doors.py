from pathlib import Path

from django.db import migrations

HERE = Path(__file__).parent.parent
DOORS = (HERE / "arms" / "sql" / "doors.sql").read_text()
CAPTURE = (HERE / "sql" / "capture.sql").read_text()

# The counters are not of the trail, so counting does not call it: every turn does that under the
# lock of the scheme. Any other column still does, whoever writes it.
SCHEME = """
DROP TRIGGER audit_capture ON randomisation_scheme;
CREATE TRIGGER audit_capture
    AFTER INSERT OR DELETE OR UPDATE OF id, name, plan, plan_sha256, opened_at
    ON randomisation_scheme
    FOR EACH ROW EXECUTE FUNCTION audit.capture('issued,shipped', '');
ALTER TABLE randomisation_scheme ENABLE ALWAYS TRIGGER audit_capture;
"""
BEFORE = """
DROP TRIGGER audit_capture ON randomisation_scheme;
CREATE TRIGGER audit_capture AFTER INSERT OR UPDATE OR DELETE ON randomisation_scheme
    FOR EACH ROW EXECUTE FUNCTION audit.capture('issued,shipped', '');
ALTER TABLE randomisation_scheme ENABLE ALWAYS TRIGGER audit_capture;
"""


class Migration(migrations.Migration):
    dependencies = [("randomisation", "0004_restoration")]
    operations = [
        migrations.RunSQL(DOORS, "DROP SCHEMA doors CASCADE"),
        migrations.RunSQL(SCHEME, BEFORE),
        migrations.RunSQL(CAPTURE, migrations.RunSQL.noop),
    ]
