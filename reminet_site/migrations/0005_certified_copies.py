import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from reminet_site.audit import allow, wall, watch


class Migration(migrations.Migration):
    dependencies = [
        ("reminet_site", "0004_restoration"),
    ]

    operations = [
        migrations.CreateModel(
            name="CertifiedCopy",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("asked_at", models.DateTimeField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("running", "Running"),
                            ("done", "Done"),
                            ("failed", "Failed"),
                        ],
                        default="waiting",
                        max_length=8,
                    ),
                ),
                ("stage", models.CharField(blank=True, max_length=40)),
                ("step", models.IntegerField(default=0)),
                ("steps", models.IntegerField(default=0)),
                ("started_at", models.DateTimeField(null=True)),
                ("finished_at", models.DateTimeField(null=True)),
                ("problem", models.CharField(blank=True, max_length=300)),
                ("data_at", models.DateTimeField(null=True)),
                ("changes", models.BigIntegerField(null=True)),
                ("differences", models.IntegerField(default=0)),
                ("rows", models.BigIntegerField(default=0)),
                ("size", models.BigIntegerField(default=0)),
                ("sha256", models.CharField(blank=True, max_length=64)),
                ("taken_at", models.DateTimeField(null=True)),
                ("removed_at", models.DateTimeField(null=True)),
                (
                    "asked_by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "centre",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="copies",
                        to="reminet_site.centre",
                    ),
                ),
            ],
            options={"ordering": ["-id"]},
        ),
        watch("reminet_site_certifiedcopy", skip="stage,step,steps,started_at"),
        wall("reminet_site_certifiedcopy"),
        allow("reminet_site_certifiedcopy", "SELECT, INSERT, UPDATE"),
    ]
