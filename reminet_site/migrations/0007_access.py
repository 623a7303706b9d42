from pathlib import Path

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from reminet_site.audit import allow, wall, watch

ACCESS = (Path(__file__).parent.parent / "sql" / "access.sql").read_text()
# A demonstration that was built before there was a log goes on working.
LOGGED = """
INSERT INTO reminet_site_dutyrecord (grant_id, centre_id, kind, happened_on, what, recorded_at)
SELECT g.id, g.centre_id, k.kind, c.opened_on, 'Before there was a log', now()
  FROM reminet_site_grant g JOIN reminet_site_centre c ON c.id = g.centre_id
 CROSS JOIN (VALUES ('training'), ('delegation')) AS k (kind)
 WHERE c.opened_on IS NOT NULL
   AND EXISTS (SELECT FROM reminet_site_deployment WHERE demonstration)
 ORDER BY g.id, k.kind DESC
"""


class Migration(migrations.Migration):
    dependencies = [
        ("reminet_site", "0006_signatures"),
    ]

    operations = [
        migrations.AddField(
            model_name="grant",
            name="reason",
            field=models.CharField(blank=True, max_length=500),
        ),
        migrations.AddField(
            model_name="grant",
            name="revoked_because",
            field=models.CharField(blank=True, max_length=500),
        ),
        migrations.AlterField(
            model_name="grant",
            name="role",
            field=models.CharField(
                choices=[
                    ("principal_investigator", "Principal investigator"),
                    ("investigator", "Investigator"),
                    ("site_coordinator", "Trial coordinator"),
                    ("pharmacist", "Pharmacist, unblinded"),
                    ("monitor", "Monitor"),
                    ("data_manager", "Data manager"),
                    ("trial_statistician", "Trial statistician"),
                    ("dmc_statistician", "DMC statistician, unblinded"),
                    ("dmc_member", "DMC member, unblinded"),
                    ("custodian", "Custodian of the lists"),
                    ("supply_manager", "Supply manager, unblinded"),
                    ("central_reader", "Central reader"),
                    ("safety_physician", "Safety physician"),
                    ("sponsor_manager", "Sponsor manager"),
                    ("auditor", "Auditor"),
                    ("administrator", "Administrator"),
                    ("centre_reader", "Principal investigator, reading"),
                ],
                max_length=32,
            ),
        ),
        migrations.CreateModel(
            name="AccountChange",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("closed", "Closed"), ("reopened", "Reopened")], max_length=8
                    ),
                ),
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
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="changes",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="AccountReview",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("period", models.CharField(max_length=40)),
                ("rights", models.JSONField()),
                ("note", models.CharField(blank=True, max_length=500)),
                ("at", models.DateTimeField()),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="DutyRecord",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("training", "Training"),
                            ("delegation", "Delegation"),
                            ("end", "End of delegation"),
                        ],
                        max_length=10,
                    ),
                ),
                ("happened_on", models.DateField()),
                ("what", models.CharField(max_length=300)),
                ("recorded_at", models.DateTimeField()),
                (
                    "centre",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="reminet_site.centre",
                    ),
                ),
                (
                    "grant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="duties",
                        to="reminet_site.grant",
                    ),
                ),
                (
                    "recorded_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Invitation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("secret_sha256", models.CharField(max_length=64, unique=True)),
                ("sent_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("ended_at", models.DateTimeField(null=True)),
                (
                    "sent_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="invitations",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="AccessRequest",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "kind",
                    models.CharField(
                        choices=[("role", "Role"), ("second_step", "New second step")],
                        max_length=12,
                    ),
                ),
                ("role", models.CharField(blank=True, max_length=32)),
                ("reason", models.CharField(max_length=500)),
                ("asked_at", models.DateTimeField()),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "Waiting"),
                            ("confirmed", "Confirmed"),
                            ("declined", "Declined"),
                        ],
                        default="waiting",
                        max_length=9,
                    ),
                ),
                ("decided_at", models.DateTimeField(null=True)),
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
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="reminet_site.centre",
                    ),
                ),
                (
                    "decided_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="requests",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("state", "confirmed"), _negated=True),
                            models.Q(
                                ("decided_by__isnull", False),
                                models.Q(("decided_by", models.F("asked_by")), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="confirmed_by_a_second_person",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("user", models.F("asked_by")), _negated=True),
                        name="nobody_asks_for_themselves",
                    ),
                ],
            },
        ),
        migrations.RunSQL(ACCESS, migrations.RunSQL.noop),
        migrations.RunSQL(LOGGED, migrations.RunSQL.noop),
        watch("reminet_site_dutyrecord"),
        wall("reminet_site_dutyrecord"),
        watch("reminet_site_accountchange"),
        watch("reminet_site_invitation", skip="secret_sha256"),
        watch("reminet_site_accessrequest"),
        wall("reminet_site_accessrequest"),
        watch("reminet_site_accountreview", skip="rights"),
        allow("reminet_site_dutyrecord", "SELECT, INSERT"),
        allow("reminet_site_accountchange", "SELECT, INSERT"),
        allow("reminet_site_invitation", "SELECT, INSERT, UPDATE"),
        allow("reminet_site_accessrequest", "SELECT, INSERT, UPDATE"),
        allow("reminet_site_accountreview", "SELECT, INSERT"),
    ]
