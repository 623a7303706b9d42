from pathlib import Path

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from reminet_site.audit import allow, wall, watch

SIGNATURES = (Path(__file__).parent.parent / "sql" / "signatures.sql").read_text()
# What the trail's own row says already: who, in which role, where, when.
SAID = "name,role,by_id,at,clinical_at,centre_id,participant_id,definition_sha256"


class Migration(migrations.Migration):
    dependencies = [("reminet_site", "0005_certified_copies")]

    operations = [
        migrations.CreateModel(
            name="Signature",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("kind", models.CharField(max_length=24)),
                ("record", models.CharField(max_length=64)),
                ("meaning", models.CharField(max_length=300)),
                ("name", models.CharField(max_length=120)),
                ("role", models.CharField(max_length=32)),
                ("at", models.DateTimeField()),
                ("clinical_at", models.DateTimeField()),
                ("participant_id", models.BigIntegerField(null=True)),
                ("definition_sha256", models.CharField(blank=True, max_length=64)),
                ("sha256", models.CharField(max_length=64)),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "centre",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="reminet_site.centre",
                    ),
                ),
            ],
            options={
                "ordering": ["id"],
                "indexes": [models.Index(fields=["kind", "record"], name="signature_of")],
            },
        ),
        migrations.RunSQL(SIGNATURES, migrations.RunSQL.noop),
        watch("reminet_site_signature", skip=SAID),
        wall("reminet_site_signature"),
        allow("reminet_site_signature", "SELECT, INSERT"),
    ]
