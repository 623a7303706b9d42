from django.db import migrations


class Migration(migrations.Migration):
    """A day of the trail is the trial's: the same index as the server's day has, a few pages."""

    dependencies = [("reminet_site", "0012_language")]
    operations = [
        migrations.RunSQL(
            "CREATE INDEX trail_clinical_at ON audit.trail USING brin (clinical_at)"
            " WITH (pages_per_range = 16, autosummarize = on)",
            "DROP INDEX audit.trail_clinical_at",
        )
    ]
