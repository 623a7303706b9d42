"""A database whose values lay in a table beside the trail, brought to today's schema."""

import importlib

import pytest
from django.db import connection, connections

from reminet_site.context import Actor, acting
from reminet_site.trail import export
from tests.conftest import superuser

MIGRATION = importlib.import_module("reminet_site.migrations.0011_values_in_trail").Migration
AS_IT_WAS = """
    CREATE TABLE audit.value (trail_id bigint PRIMARY KEY, old_salt text, old text,
                              new_salt text, new text, centre_id bigint);
    INSERT INTO audit.value SELECT id, old_salt, old, new_salt, new, centre_id FROM audit.trail;
    ALTER TABLE audit.value ENABLE ROW LEVEL SECURITY;
    CREATE POLICY wall ON audit.value FOR SELECT USING (
        (SELECT current_setting('reminet.every_centre', true)) = 'on');
    GRANT SELECT ON audit.value TO app;
    DROP TRIGGER only_redacted ON audit.trail;
    DROP TRIGGER append_only ON audit.trail;
    CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON audit.trail
        FOR EACH STATEMENT EXECUTE FUNCTION audit.append_only();
    ALTER TABLE audit.trail ENABLE ALWAYS TRIGGER append_only;
    ALTER TABLE audit.trail DROP COLUMN old_salt, DROP COLUMN old,
                            DROP COLUMN new_salt, DROP COLUMN new;
    ALTER TABLE audit.value OWNER TO owner;
"""
ROWS = "SELECT id, old_salt, old, new_salt, new, hash FROM audit.trail ORDER BY id"
TRIGGERS = """
SELECT tgname, tgenabled FROM pg_trigger
 WHERE tgrelid = 'audit.trail'::regclass AND NOT tgisinternal ORDER BY 1
"""


def asked(sql: str) -> list[tuple]:
    with acting(Actor.system("tests")), connection.cursor() as cursor:
        cursor.execute(sql)
        return cursor.fetchall()


def exported() -> list[str]:
    with acting(Actor.system("tests")):
        return list(export.rows(None))


@pytest.mark.promise("BK-07")
def test_every_value_stands_in_its_row(trail):
    before, triggers, lines = asked(ROWS), asked(TRIGGERS), exported()
    assert sum(new is not None for *_, new, _ in before) > 5
    superuser(AS_IT_WAS, trail.database)
    assert exported() == lines  # such a database, restored, is verified before it is migrated
    with connections["owner"].cursor() as cursor:
        for operation in MIGRATION.operations:
            cursor.execute(operation.sql)
    assert asked(ROWS) == before
    assert asked(TRIGGERS) == triggers == [("append_only", "A"), ("only_redacted", "A")]
    assert asked("SELECT to_regclass('audit.value') IS NULL") == [(True,)]
    said = trail.verify()
    assert said.status == 0, said.text
