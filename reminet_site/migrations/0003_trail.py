from pathlib import Path

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from reminet_site.audit import allow, wall, watch

SQL = Path(__file__).parent.parent / "sql"
TRAIL, REDACTION = ((SQL / name).read_text() for name in ("trail.sql", "redaction.sql"))


class Migration(migrations.Migration):
    dependencies = [
        ("reminet_site", "0002_guards"),
    ]

    operations = [
        migrations.CreateModel(
            name="TrailCopy",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("asked_at", models.DateTimeField()),
                ("search", models.JSONField()),
                (
                    "state",
                    models.CharField(
                        choices=[("waiting", "Waiting"), ("done", "Done"), ("failed", "Failed")],
                        default="waiting",
                        max_length=8,
                    ),
                ),
                ("rows", models.IntegerField(null=True)),
                ("sha256", models.CharField(blank=True, max_length=64)),
                ("problem", models.CharField(blank=True, max_length=300)),
                ("finished_at", models.DateTimeField(null=True)),
                (
                    "asked_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Redaction",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("trail_id", models.BigIntegerField()),
                ("side", models.CharField(choices=[("old", "old"), ("new", "new")], max_length=3)),
                ("reason", models.CharField(max_length=500)),
                ("requested_at", models.DateTimeField()),
                ("done_at", models.DateTimeField(null=True)),
                (
                    "centre",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="reminet_site.centre",
                    ),
                ),
                (
                    "confirmed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "requested_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("confirmed_by__isnull", True),
                            models.Q(("confirmed_by", models.F("requested_by")), _negated=True),
                            _connector="OR",
                        ),
                        name="a_redaction_takes_two_persons",
                    )
                ],
            },
        ),
        migrations.RunSQL(TRAIL, migrations.RunSQL.noop),
        migrations.RunSQL(REDACTION, migrations.RunSQL.noop),
        watch("reminet_site_trailcopy"),
        watch("reminet_site_redaction"),
        wall("reminet_site_redaction"),
        allow("reminet_site_trailcopy", "SELECT, INSERT, UPDATE"),
        allow("reminet_site_redaction", "SELECT, INSERT"),
    ]
