import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from reminet_site.audit import allow, wall_of_centres, watch


class Migration(migrations.Migration):
    """What a central reader saw on the images of an entry."""

    dependencies = [
        ("crf", "0016_sourcecheck"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name="CentralReading",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("code", models.CharField(max_length=16)),
                ("visit", models.CharField(max_length=12)),
                ("imaging_on", models.DateField()),
                ("response", models.CharField(max_length=40)),
                ("new_lesions", models.BooleanField()),
                ("sum_mm", models.DecimalField(decimal_places=1, max_digits=6, null=True)),
                ("comment", models.CharField(max_length=500)),
                ("reason", models.CharField(max_length=500)),
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
                    "entry",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="readings",
                        to="crf.entry",
                    ),
                ),
            ],
            options={
                "ordering": ["id"],
            },
        ),
        watch("crf_centralreading"),
        wall_of_centres("crf_centralreading"),
        allow("crf_centralreading", "SELECT, INSERT"),
        migrations.RunSQL(
            "CREATE TRIGGER not_while_locked BEFORE INSERT ON crf_centralreading "
            "FOR EACH ROW EXECUTE FUNCTION crf_not_while_locked(); "
            "ALTER TABLE crf_centralreading ENABLE ALWAYS TRIGGER not_while_locked",
            "DROP TRIGGER not_while_locked ON crf_centralreading",
        ),
    ]
