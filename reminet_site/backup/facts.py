"""What a database holds, as facts that a restored one must show again.

Read by the owner, inside a transaction. The hash of a table is that of its rows as text, each
hashed, in the order of these hashes: the same rows give the same hash, in whatever order they lie.
"""

from __future__ import annotations

import hashlib
import re
from typing import Any

from django.db import connections
from django.db.backends.utils import CursorWrapper

# A row as text looks the same wherever it is read.
PLAIN = """
SET LOCAL TimeZone = 'UTC'; SET LOCAL DateStyle = 'ISO, YMD'; SET LOCAL IntervalStyle = 'iso_8601';
SET LOCAL extra_float_digits = 1; SET LOCAL bytea_output = 'hex'; SET LOCAL search_path = pg_catalog
"""
TABLES = """
SELECT format('%I.%I', n.nspname, c.relname)
  FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
 WHERE c.relkind IN ('r', 'p') AND n.nspname !~ '^pg_' AND n.nspname <> 'information_schema'
 ORDER BY 1
"""
ROWS = """
SELECT count(*), encode(sha256(coalesce(string_agg(h, ''::bytea ORDER BY h), ''::bytea)), 'hex')
  FROM (SELECT sha256(convert_to(t::text, 'UTF8')) AS h FROM {table} t) hashed
"""
SEQUENCES = """
SELECT format('%I.%I', schemaname, sequencename), last_value FROM pg_sequences
 WHERE last_value IS NOT NULL ORDER BY 1
"""
# Walls, triggers, rights, functions, constraints, indexes: everything that guards the rows.
GUARDS = """
WITH ours AS (SELECT oid FROM pg_namespace
               WHERE nspname !~ '^pg_' AND nspname <> 'information_schema'),
relations AS (SELECT c.* FROM pg_class c JOIN ours ON ours.oid = c.relnamespace)
SELECT line FROM (
    SELECT 'trigger ' || t.tgenabled::text || ' ' || pg_get_triggerdef(t.oid) AS line
      FROM pg_trigger t JOIN relations r ON r.oid = t.tgrelid WHERE NOT t.tgisinternal
    UNION ALL
    SELECT 'policy ' || to_jsonb(p)::text FROM pg_policies p
    UNION ALL
    SELECT concat_ws(' ', 'wall', r.oid::regclass, r.relrowsecurity, r.relforcerowsecurity)
      FROM relations r WHERE r.relkind = 'r'
    UNION ALL
    SELECT concat_ws(' ', 'owner', r.oid::regclass, r.relowner::regrole) FROM relations r
    UNION ALL
    SELECT concat_ws(' ', 'right', r.oid::regclass, a.grantee::regrole, a.privilege_type)
      FROM relations r, aclexplode(r.relacl) a
    UNION ALL
    SELECT concat_ws(' ', 'right', r.oid::regclass, c.attname, a.grantee::regrole, a.privilege_type)
      FROM pg_attribute c JOIN relations r ON r.oid = c.attrelid, aclexplode(c.attacl) a
    UNION ALL
    SELECT concat_ws(' ', 'right', n.nspname, a.grantee::regrole, a.privilege_type)
      FROM pg_namespace n JOIN ours USING (oid), aclexplode(n.nspacl) a
    UNION ALL
    SELECT concat_ws(' ', 'right', p.oid::regprocedure, a.grantee::regrole, a.privilege_type)
      FROM pg_proc p JOIN ours ON ours.oid = p.pronamespace, aclexplode(p.proacl) a
    UNION ALL
    SELECT 'function ' || pg_get_functiondef(p.oid)
      FROM pg_proc p JOIN ours ON ours.oid = p.pronamespace WHERE p.prokind IN ('f', 'p')
    UNION ALL
    SELECT concat_ws(' ', 'constraint', c.conrelid::regclass, c.conname,
                     pg_get_constraintdef(c.oid))
      FROM pg_constraint c JOIN ours ON ours.oid = c.connamespace
    UNION ALL
    SELECT 'index ' || pg_get_indexdef(i.indexrelid)
      FROM pg_index i JOIN relations r ON r.oid = i.indrelid
) lines ORDER BY line COLLATE "C"
"""


def of_database() -> dict[str, Any]:
    """Tables with rows and hash, sequences, and the hash of what guards them."""
    with connections["owner"].cursor() as cursor:
        cursor.execute(PLAIN)
        guards = sorted(plain(line) for line in lines(cursor, GUARDS))
        return {
            "tables": {table: rows_of(cursor, table) for table in lines(cursor, TABLES)},
            "sequences": dict(pairs(cursor, SEQUENCES)),
            "guards": {
                "sha256": hashlib.sha256("\n".join(guards).encode()).hexdigest(),
                "lines": guards,
            },
        }


def plain(line: str) -> str:
    """Without brackets and casts of text: PostgreSQL writes them otherwise the second time."""
    return re.sub(r"::(character varying|text)(\[\])?|[()]", "", line)


def rows_of(cursor: CursorWrapper, table: str) -> dict[str, Any]:
    cursor.execute(ROWS.format(table=table))
    count, sha256 = cursor.fetchone()
    return {"rows": count, "sha256": sha256}


def lines(cursor: CursorWrapper, sql: str) -> list[str]:
    cursor.execute(sql)
    return [row[0] for row in cursor.fetchall()]


def pairs(cursor: CursorWrapper, sql: str) -> list[tuple[str, Any]]:
    cursor.execute(sql)
    return list(cursor.fetchall())


def differences(said: dict[str, Any], found: dict[str, Any]) -> list[str]:
    """What a restored database does not show as the backup's manifest says it; a line each."""
    told = []
    for table in sorted(said["tables"].keys() | found["tables"].keys()):
        before, after = said["tables"].get(table), found["tables"].get(table)
        if before is None or after is None:
            told.append(f"table {table} is {'new' if before is None else 'missing'}")
        elif before["rows"] != after["rows"]:
            told.append(f"table {table} has {after['rows']} rows, not {before['rows']}")
        elif before != after:
            told.append(f"table {table} has other rows")
    for name, value in said["sequences"].items():
        if found["sequences"].get(name, 0) < value:
            told.append(f"sequence {name} is behind")
    before, after = set(said["guards"]["lines"]), set(found["guards"]["lines"])
    told += [f"missing: {line[:150]}" for line in sorted(before - after)]
    told += [f"new: {line[:150]}" for line in sorted(after - before)]
    return told


SCOPE = {
    "lsn": "SELECT pg_current_wal_lsn()::text",
    "snapshot": "SELECT pg_current_snapshot()::text",
    "system": "SELECT system_identifier::text FROM pg_control_system()",
    "timeline": "SELECT timeline_id FROM pg_control_checkpoint()",
    "server": "SHOW server_version",
    "name": "SELECT current_database()",
}
TRAIL = """
SELECT count(*), min(id), max(id),
       to_char(min(at) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'),
       to_char(max(at) AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"')
  FROM audit.trail
"""
MIGRATIONS = "SELECT app || '.' || name FROM public.django_migrations ORDER BY 1"
DEFINITIONS = "SELECT sha256 FROM public.crf_definitionversion ORDER BY id"
# Four bytes that name the key, in each sealed value: which keys the vault needs to be read.
VAULT_KEYS = """
SELECT DISTINCT encode(substring(sealed FROM 2 FOR 4), 'hex') FROM (
    SELECT sealed FROM arms.allocation UNION ALL SELECT sealed FROM arms.kit_content) vault
 ORDER BY 1
"""


def of_scope() -> dict[str, Any]:
    """From which transaction to which, of which build and trial."""
    with connections["owner"].cursor() as cursor:
        database = {name: lines(cursor, sql)[0] for name, sql in SCOPE.items()}
        cursor.execute(TRAIL)
        count, first, last, first_at, last_at = cursor.fetchone()
        return {
            "database": database,
            "trail": {
                "rows": count,
                "first": {"id": first, "at": first_at},
                "last": {"id": last, "at": last_at},
            },
            "migrations": lines(cursor, MIGRATIONS),
            "definitions": lines(cursor, DEFINITIONS),
            "vault_keys": lines(cursor, VAULT_KEYS),
        }
