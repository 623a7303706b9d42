from django.db import migrations

TABLES = (
    "randomisation_allocation",
    "randomisation_dispensing",
    "randomisation_stratacorrection",
)


def guard(table: str) -> migrations.RunSQL:
    """Nothing is added to this table while the trial is locked."""
    return migrations.RunSQL(
        f"""
        CREATE TRIGGER not_while_locked BEFORE INSERT ON {table}
            FOR EACH ROW EXECUTE FUNCTION crf_not_while_locked();
        ALTER TABLE {table} ENABLE ALWAYS TRIGGER not_while_locked;
        """,
        f"DROP TRIGGER not_while_locked ON {table}",
    )


class Migration(migrations.Migration):
    dependencies = [("randomisation", "0002_guards"), ("crf", "0005_lock_guards")]
    operations = [guard(table) for table in TABLES]
