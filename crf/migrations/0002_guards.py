from pathlib import Path

from django.db import migrations

from reminet_site.audit import allow, wall, watch

GUARDS = (Path(__file__).parent.parent / "sql" / "guards.sql").read_text()


class Migration(migrations.Migration):
    dependencies = [("crf", "0001_initial"), ("reminet_site", "0002_guards")]
    operations = [
        migrations.RunSQL(GUARDS, "DROP FUNCTION crf_entry_guard CASCADE"),
        watch("crf_definitionversion", skip="body"),
        watch("crf_participant"),
        watch(
            "crf_entry",
            skip="participant_id,centre_id,visit,form,number,saved_at,saved_by_id,filled,"
            "expected,visit_date,derived",
            open="data,comments",
        ),
        watch("crf_dataquery", skip="participant_id,centre_id"),
        watch("crf_querystep", skip="participant_id,centre_id"),
        watch("crf_triallock"),
        wall("crf_participant"),
        wall("crf_entry"),
        wall("crf_draft"),
        wall("crf_dataquery"),
        wall("crf_querystep"),
        allow("crf_definitionversion", "SELECT"),
        allow("crf_participant", "SELECT, INSERT, UPDATE"),
        allow("crf_entry", "SELECT, INSERT, UPDATE"),
        allow("crf_draft", "SELECT, INSERT, UPDATE, DELETE"),
        allow("crf_dataquery", "SELECT, INSERT, UPDATE"),
        allow("crf_querystep", "SELECT, INSERT"),
        allow("crf_triallock", "SELECT, INSERT"),
    ]
