"""Attach the database's own guards to a table (in migrations), and note acts in the trail."""

from django.db import connection
from django.db.migrations.operations import RunSQL

EVERY = "(SELECT current_setting('reminet.every_centre', true)) = 'on'"
HERE = "ANY ((SELECT nullif(current_setting('reminet.centres', true), ''))::bigint[])"


def watch(table: str, *, skip: str = "", open: str = "") -> RunSQL:
    """Every change of `table` goes to the trail, a row a field; deleting is refused.

    `skip` names columns that say nothing by themselves (a version number); `open` names jsonb
    columns whose keys are fields. Other columns are fields called `#column`.
    """
    return RunSQL(
        f"""
        CREATE TRIGGER audit_capture AFTER INSERT OR UPDATE OR DELETE ON {table}
            FOR EACH ROW EXECUTE FUNCTION audit.capture('{skip}', '{open}');
        ALTER TABLE {table} ENABLE ALWAYS TRIGGER audit_capture;
        """,
        f"DROP TRIGGER audit_capture ON {table}",
    )


def wall(table: str, *, centre: str = "centre_id") -> RunSQL:
    """Row-level security: rows of the actor's centres only, to read and to write."""
    return RunSQL(
        f"""
        ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
        CREATE POLICY wall ON {table} USING ({EVERY} OR {centre} = {HERE});
        """,
        f"DROP POLICY wall ON {table}; ALTER TABLE {table} DISABLE ROW LEVEL SECURITY",
    )


def wall_of_centres(table: str) -> RunSQL:
    """Row-level security: rows for those alone who see every centre, to read and to write."""
    return RunSQL(
        f"""
        ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
        CREATE POLICY wall ON {table} USING ({EVERY});
        """,
        f"DROP POLICY wall ON {table}; ALTER TABLE {table} DISABLE ROW LEVEL SECURITY",
    )


def allow(table: str, privileges: str) -> RunSQL:
    """What the role app may do with `table`, instead of the defaults for libraries' tables."""
    return RunSQL(
        f"REVOKE ALL ON {table} FROM app; GRANT {privileges} ON {table} TO app",
        f"REVOKE ALL ON {table} FROM app",
    )


def note(
    act: str,
    subject: str,
    *,
    centre_id: int | None = None,
    participant_id: int | None = None,
    detail: str = "",
) -> None:
    """Put an act that changes no column into the trail of this transaction."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT audit.act(%s, %s, %s, %s, %s)",
            [act, subject, centre_id, participant_id, detail],
        )
