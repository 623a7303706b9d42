from pathlib import Path

from django.db import migrations

from reminet_site.audit import allow, wall, watch

HERE = Path(__file__).parent.parent
VAULT = (HERE / "arms" / "sql" / "arms.sql").read_text()
ACCRUAL = (HERE / "sql" / "accrual.sql").read_text()


class Migration(migrations.Migration):
    dependencies = [
        ("randomisation", "0001_initial"),
        ("crf", "0002_guards"),
        ("reminet_site", "0002_guards"),
    ]
    operations = [
        watch("randomisation_scheme", skip="issued,shipped"),
        watch("randomisation_kit"),
        watch("randomisation_shipment", skip="sent_at,sent_by_id,arrived_at,arrived_by_id"),
        # who, when, where and whose stand in every row of the trail already
        watch(
            "randomisation_allocation",
            skip="participant_id,centre_id,scheme_id,allocated_at,clinical_at,by_id",
        ),
        watch("randomisation_dispensing", skip="participant_id,centre_id,dispensed_at,by_id"),
        watch("randomisation_stratacorrection", skip="participant_id,centre_id,at,by_id"),
        watch(
            "randomisation_unblindingrecord",
            skip="token,participant_id,centre_id,at,clinical_at,by_id,role",
        ),
        wall("randomisation_kit"),
        wall("randomisation_shipment"),
        wall("randomisation_allocation"),
        wall("randomisation_dispensing"),
        wall("randomisation_stratacorrection"),
        wall("randomisation_unblindingrecord"),
        allow("randomisation_scheme", "SELECT, INSERT, UPDATE (issued, shipped)"),
        allow("randomisation_kit", "SELECT, INSERT, UPDATE (centre_id, shipment_id, status)"),
        allow(
            "randomisation_shipment",
            "SELECT, INSERT, UPDATE (arrived_on, arrived_at, arrived_by_id)",
        ),
        # an allocation, a dispensing, a correction: written once
        allow("randomisation_allocation", "SELECT, INSERT"),
        allow("randomisation_dispensing", "SELECT, INSERT"),
        allow("randomisation_stratacorrection", "SELECT, INSERT"),
        allow("randomisation_unblindingrecord", "SELECT, INSERT, UPDATE (shown_at)"),
        migrations.RunSQL(VAULT, "DROP SCHEMA arms CASCADE"),
        migrations.RunSQL(
            ACCRUAL,
            "DROP FUNCTION randomisation_accrual_days, randomisation_accrual_centres",
        ),
    ]
