import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from reminet_site.audit import allow, wall, watch


class Migration(migrations.Migration):
    """Files of entries that were taken in."""

    dependencies = [
        ("crf", "0013_sponsor_opinion"),
        ("reminet_site", "0013_trail_clinical_day"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="ImportedFile",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("form", models.CharField(max_length=16)),
                ("name", models.CharField(max_length=80)),
                ("sha256", models.CharField(max_length=64)),
                ("created", models.IntegerField()),
                ("changed", models.IntegerField()),
                ("unchanged", models.IntegerField()),
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
            ],
            options={
                "ordering": ["-id"],
            },
        ),
        watch("crf_importedfile"),
        wall("crf_importedfile"),
        allow("crf_importedfile", "SELECT, INSERT"),
    ]
