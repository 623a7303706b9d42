import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models

from reminet_site.audit import allow, watch

# By who acts, after a look whose report is there; it stays as it is.
GUARD = """
CREATE FUNCTION analysis_recommendation_guard() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp AS $$
BEGIN
    IF TG_OP <> 'INSERT'
        OR NEW.by_id IS DISTINCT FROM nullif(current_setting('reminet.user', true), '')::bigint
    THEN
        RAISE EXCEPTION 'a recommendation is recorded once, by who acts'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER guard BEFORE INSERT OR UPDATE OR DELETE ON analysis_recommendation
    FOR EACH ROW EXECUTE FUNCTION analysis_recommendation_guard();
ALTER TABLE analysis_recommendation ENABLE ALWAYS TRIGGER guard;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("analysis", "0008_takings_in_trail"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        migrations.CreateModel(
            name="Recommendation",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                (
                    "verdict",
                    models.CharField(
                        choices=[
                            ("continue", "Continue unchanged"),
                            ("change", "Continue, with a change"),
                            ("pause", "Pause recruitment"),
                            ("stop", "Stop the trial"),
                        ],
                        max_length=8,
                    ),
                ),
                ("asked", models.CharField(blank=True, max_length=500)),
                ("grounds_sha256", models.CharField(max_length=64)),
                ("at", models.DateTimeField()),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to=settings.AUTH_USER_MODEL,
                    ),
                ),
                (
                    "look",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="recommendation",
                        to="analysis.look",
                    ),
                ),
            ],
            options={
                "ordering": ["-look__number"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(verdict="continue") | ~models.Q(asked=""),
                        name="a_change_is_asked_for",
                    )
                ],
            },
        ),
        migrations.RunSQL(GUARD, "DROP FUNCTION analysis_recommendation_guard CASCADE"),
        watch("analysis_recommendation"),
        allow("analysis_recommendation", "SELECT, INSERT"),
    ]
