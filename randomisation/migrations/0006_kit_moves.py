from pathlib import Path

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from reminet_site.audit import allow, wall, watch

CAPTURE = (Path(__file__).parent.parent / "sql" / "replacement.sql").read_text()
STATUS = [
    ("depot", "In the depot"),
    ("in_transit", "On its way"),
    ("available", "Available"),
    ("dispensed", "Dispensed"),
    ("quarantined", "In quarantine"),
    ("missing", "Missing"),
    ("returned", "Returned"),
    ("destroyed", "Destroyed"),
]


def to(model: str, **more: object) -> models.ForeignKey:
    return models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, to=model, **more)


class Migration(migrations.Migration):
    """What is recorded of a kit beside shipment and dispensing; a kit in another one's place."""

    dependencies = [
        ("randomisation", "0005_doors"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        migrations.AlterField(
            "kit", "status", models.CharField(choices=STATUS, default="depot", max_length=12)
        ),
        migrations.AddField(
            "dispensing",
            "replaces",
            models.OneToOneField(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="replacement",
                to="randomisation.dispensing",
            ),
        ),
        migrations.RemoveConstraint("dispensing", "one_kit_for_a_visit"),
        migrations.AddConstraint(
            "dispensing",
            models.UniqueConstraint(
                condition=models.Q(("replaces__isnull", True)),
                fields=("participant", "visit"),
                name="one_kit_for_a_visit",
            ),
        ),
        migrations.CreateModel(
            name="KitMove",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("before", models.CharField(choices=STATUS, max_length=12)),
                ("after", models.CharField(choices=STATUS, max_length=12)),
                ("moved_on", models.DateField()),
                ("reason", models.TextField()),
                ("at", models.DateTimeField()),
                ("kit", to("randomisation.kit", related_name="moves")),
                ("centre", to("reminet_site.centre", related_name="+")),
                ("by", to(settings.AUTH_USER_MODEL, null=True, related_name="+")),
            ],
            options={"ordering": ["id"]},
        ),
        # who, when and where stand in every row of the trail already
        watch("randomisation_kitmove", skip="centre_id,at,by_id"),
        wall("randomisation_kitmove"),
        allow("randomisation_kitmove", "SELECT, INSERT"),
        migrations.RunSQL(CAPTURE, migrations.RunSQL.noop),
    ]
