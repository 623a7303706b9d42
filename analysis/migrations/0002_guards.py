from pathlib import Path

from django.db import migrations

from reminet_site.audit import allow, watch

GUARDS = (Path(__file__).parent.parent / "sql" / "guards.sql").read_text()


class Migration(migrations.Migration):
    dependencies = [("analysis", "0001_initial"), ("crf", "0002_guards")]
    operations = [
        migrations.RunSQL(GUARDS, "DROP FUNCTION analysis_ended CASCADE"),
        watch("analysis_snapshot", skip="content,counts"),
        watch("analysis_run", skip="stage,step,checked_at,result,agreement,started_at"),
        watch("analysis_look"),
        watch("analysis_blindopening"),
        watch("analysis_release", skip="stage,step,steps,manifest,started_at"),
        watch("analysis_releasedownload"),
        allow("analysis_snapshot", "SELECT, INSERT"),
        allow("analysis_run", "SELECT, INSERT, UPDATE"),
        allow("analysis_look", "SELECT, INSERT, UPDATE (events, events_planned, run_id)"),
        allow(
            "analysis_blindopening",
            "SELECT, INSERT, UPDATE (confirmed_by_id, confirmed_role, confirmed_at)",
        ),
        allow("analysis_release", "SELECT, INSERT, UPDATE"),
        allow("analysis_releasedownload", "SELECT, INSERT"),
    ]
