from django.conf import settings
from django.db import migrations, models

from reminet_site.audit import allow, watch

# Who asks and who confirms are the actors of their transactions, and a list is confirmed once.
GUARD = """
CREATE FUNCTION analysis_deletion_guard() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
DECLARE who bigint := nullif(current_setting('reminet.user', true), '')::bigint;
BEGIN
    IF (TG_OP = 'INSERT' AND (NEW.asked_by_id IS DISTINCT FROM who OR NEW.confirmed_at IS NOT NULL))
    OR (TG_OP = 'UPDATE' AND (OLD.confirmed_at IS NOT NULL OR NEW.confirmed_by_id IS DISTINCT FROM who))
    THEN
        RAISE EXCEPTION 'a deletion is asked for and confirmed by two persons, once'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guard BEFORE INSERT OR UPDATE ON analysis_deletion
    FOR EACH ROW EXECUTE FUNCTION analysis_deletion_guard();
ALTER TABLE analysis_deletion ENABLE ALWAYS TRIGGER guard;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("analysis", "0005_takings"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        migrations.CreateModel(
            name="Deletion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("due_on", models.DateField()),
                ("items", models.JSONField()),
                ("asked_at", models.DateTimeField()),
                ("confirmed_at", models.DateTimeField(null=True)),
                (
                    "asked_by",
                    models.ForeignKey(
                        on_delete=models.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL
                    ),
                ),
                (
                    "confirmed_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=models.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
            ],
            options={
                "ordering": ["-id"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("confirmed_by__isnull", True))
                        | models.Q(("confirmed_by", models.F("asked_by")), _negated=True),
                        name="deleted_by_two_persons",
                    )
                ],
            },
        ),
        migrations.RunSQL(GUARD, "DROP FUNCTION analysis_deletion_guard CASCADE"),
        watch("analysis_deletion"),
        allow("analysis_deletion", "SELECT, INSERT, UPDATE (confirmed_by_id, confirmed_at)"),
    ]
