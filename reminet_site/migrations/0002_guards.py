from pathlib import Path

from django.db import migrations

from reminet_site.audit import allow, watch

SQL = Path(__file__).parent.parent / "sql"
AUDIT, APPEND, CAPTURE = (
    (SQL / name).read_text() for name in ("audit.sql", "append.sql", "capture.sql")
)


class Migration(migrations.Migration):
    dependencies = [("reminet_site", "0001_initial")]
    operations = [
        migrations.RunSQL(AUDIT, "DROP SCHEMA audit CASCADE"),
        migrations.RunSQL(APPEND, migrations.RunSQL.noop),
        migrations.RunSQL(CAPTURE, migrations.RunSQL.noop),
        watch("reminet_site_user", skip="password,last_login,language,density"),
        watch("reminet_site_centre"),
        watch("reminet_site_grant"),
        watch("reminet_site_deployment", skip="clinical_at,clinical_set_at,seed"),
        allow("reminet_site_user", "SELECT, INSERT, UPDATE"),
        allow("reminet_site_centre", "SELECT, INSERT, UPDATE"),
        allow("reminet_site_grant", "SELECT, INSERT, UPDATE"),
        allow("reminet_site_deployment", "SELECT"),
        allow("reminet_site_securityevent", "SELECT, INSERT"),
    ]
