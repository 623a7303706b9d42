import django.db.models.deletion
from django.db import migrations, models

from reminet_site.audit import allow, wall, watch


class Migration(migrations.Migration):
    """The clock of serious events."""

    dependencies = [("crf", "0011_unsigned"), ("reminet_site", "0002_guards")]
    operations = [
        migrations.CreateModel(
            name="SeriousReport",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("serious", models.BooleanField(default=True)),
                ("aware_at", models.DateTimeField()),
                ("told_at", models.DateTimeField(null=True)),
                ("escalated_at", models.DateTimeField(null=True)),
                (
                    "centre",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="reminet_site.centre",
                    ),
                ),
                (
                    "entry",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="report",
                        to="crf.entry",
                    ),
                ),
                (
                    "participant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="crf.participant",
                    ),
                ),
            ],
            options={
                "indexes": [
                    models.Index(
                        condition=models.Q(("serious", True), ("told_at__isnull", True)),
                        fields=["centre", "aware_at"],
                        name="report_waits",
                    )
                ],
            },
        ),
        watch("crf_seriousreport"),
        wall("crf_seriousreport"),
        allow("crf_seriousreport", "SELECT, INSERT, UPDATE"),
    ]
