"""From the schema before the newest migration of each app to today's, with a trial in it."""

import os
import re

import psycopg
import pytest
from django.apps import apps
from django.core.management import call_command
from django.db import connections
from django.db.migrations.executor import MigrationExecutor
from django.test import override_settings

from reminet_site.backup import restore
from reminet_site.management.commands.prepare_database import DEFAULTS
from tests.integration.backup.conftest import asked, empty_machine

OURS = ("reminet_site", "crf", "randomisation", "analysis")
# What Django itself fills after a migration, and what it keeps of migrations
ITS_OWN = {"public.django_migrations", "public.django_content_type", "public.auth_permission"}
COLUMNS = """
SELECT format('%I.%I', table_schema, table_name), string_agg(format('%I', column_name), ', '
       ORDER BY column_name)
  FROM information_schema.columns JOIN pg_tables
    ON schemaname = table_schema AND tablename = table_name
 WHERE table_schema IN ('public', 'audit', 'arms') GROUP BY 1
"""


def before_the_newest() -> list[tuple[str, str | None]]:
    """The migration before the last of each of our apps; the last of each other."""
    graph = MigrationExecutor(connections["owner"]).loader.graph
    targets = []
    for app, name in graph.leaf_nodes():
        if app in OURS:
            earlier = [parent.key for parent in graph.node_map[app, name].parents]
            name = max((key[1] for key in earlier if key[0] == app), default=None)
        if name is not None:
            targets.append((app, name))
    return targets


def columns(database: str) -> dict[str, set[str]]:
    return {table: set(names.split(", ")) for table, names in asked(database, COLUMNS)}


def copy_rows(before: str, after: str) -> dict[str, str]:
    """Every table that both have, with the columns that both have; table -> these columns."""
    had, has = columns(before), columns(after)
    shared = {
        table: ", ".join(sorted(had[table] & has[table]))
        for table in had.keys() & has.keys() - ITS_OWN
    }
    address = os.environ["SUPERUSER_URL"]
    with (
        psycopg.connect(re.sub(r"/[^/]*$", f"/{before}", address)) as source,
        psycopg.connect(re.sub(r"/[^/]*$", f"/{after}", address)) as target,
    ):
        target.execute("SET session_replication_role = replica")
        for table in shared:  # triggers that always fire stand aside for the seeding
            target.execute(f"ALTER TABLE {table} DISABLE TRIGGER ALL")
        for table, names in shared.items():
            with (
                source.cursor().copy(f"COPY {table} ({names}) TO STDOUT") as out,
                target.cursor().copy(f"COPY {table} ({names}) FROM STDIN") as into,
            ):
                for block in out:
                    into.write(block)
        for table in shared:
            target.execute(f"ALTER TABLE {table} ENABLE TRIGGER ALL")
        for table, trigger in target.execute(
            "SELECT tgrelid::regclass::text, tgname FROM pg_trigger WHERE NOT tgisinternal"
        ).fetchall():
            target.execute(f'ALTER TABLE {table} ENABLE ALWAYS TRIGGER "{trigger}"')
        named = "SELECT schemaname || '.' || sequencename, last_value FROM pg_sequences"
        there = dict(target.execute(named).fetchall())
        for name, last in source.execute(named).fetchall():
            if last is not None and name in there:
                target.execute("SELECT setval(%s, %s)", [name, last])
    return shared


@pytest.mark.slow
@pytest.mark.promise("BK-07")
def test_data_metadata_and_trail_stay_linked_through_a_migration(trial, tmp_path):
    source, files = trial
    with empty_machine(tmp_path / "none") as name, override_settings(DATA_DIR=files):
        with connections["owner"].cursor() as cursor:
            cursor.execute(DEFAULTS)
        executor = MigrationExecutor(connections["owner"])
        executor.migrate(before_the_newest())
        connections["owner"].close()
        newest = {(app, name) for app, name in executor.loader.graph.leaf_nodes() if app in OURS}
        applied = {(app, name) for app, name in executor.recorder.applied_migrations()}
        assert newest - applied
        shared = copy_rows(source, name)
        assert len(shared) > 40
        call_command("prepare_database")
        connections["owner"].close()
        # every row is what it was, in every column that there was
        for table, names in shared.items():
            rows = (
                f"SELECT ({names})::text FROM {table} ORDER BY 1"
                if "," in names
                else (f"SELECT {names}::text FROM {table} ORDER BY 1")
            )
            assert asked(source, rows) == asked(name, rows), table
        # the trail is whole, up to the anchor that was made before
        assert "1 anchors" in restore.verified()
        # and each of its rows still names a row that is there, with the value that stands
        check_links(name, set(shared))


def check_links(database: str, seeded: set[str]) -> None:
    """Of the tables that were there before; what is newer was not seeded."""
    tables = {model._meta.db_table for model in apps.get_models()}
    named = asked(
        database,
        "SELECT relation, array_agg(DISTINCT row_id::bigint) FROM audit.trail"
        " WHERE relation <> 'act' GROUP BY 1",
    )
    assert len(named) > 8
    for relation, ids in named:
        assert relation in tables
        if f"public.{relation}" not in seeded:
            continue
        there = asked(
            database, f"SELECT count(*) FROM {relation} WHERE id = ANY(ARRAY{ids}::bigint[])"
        )
        assert there == [(len(ids),)], relation
    last = asked(
        database,
        "SELECT DISTINCT ON (row_id, item) row_id, item, t.new FROM audit.trail t "
        "WHERE relation = 'randomisation_kit'"
        " AND item = '#status' ORDER BY row_id, item, t.id DESC",
    )
    stands = dict(asked(database, "SELECT id::text, status FROM randomisation_kit"))
    assert {row: value for row, _, value in last} == stands
    entries = "SELECT count(*) FROM crf_entry"
    pinned = entries + " e JOIN crf_definitionversion d ON d.id = e.definition_id"
    assert asked(database, entries) == asked(database, pinned)
