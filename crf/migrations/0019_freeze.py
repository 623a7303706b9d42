from pathlib import Path

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from reminet_site.audit import allow, wall, watch

GUARD = (Path(__file__).parent.parent / "sql" / "freeze.sql").read_text()


class Migration(migrations.Migration):
    """What is saved in a casebook is changed no more."""

    dependencies = [
        ("crf", "0018_draft_typed_in"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="Freeze",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("frozen", models.BooleanField()),
                ("held", models.JSONField(default=list)),
                ("reason", models.TextField(blank=True)),
                ("at", models.DateTimeField()),
                (
                    "by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "centre",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="reminet_site.centre",
                    ),
                ),
                (
                    "participant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="freezes",
                        to="crf.participant",
                    ),
                ),
            ],
            options={"ordering": ["-id"]},
        ),
        watch("crf_freeze"),
        wall("crf_freeze"),
        allow("crf_freeze", "SELECT, INSERT"),
        migrations.RunSQL(GUARD, "DROP FUNCTION crf_entry_not_frozen CASCADE"),
    ]
