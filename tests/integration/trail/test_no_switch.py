"""The trail cannot be switched off: there is no switch, and nothing that looks like one works."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from django.db import DatabaseError, connection

from crf.models import Entry
from reminet_site.context import KEYS, Actor, acting, because
from reminet_site.models import Centre
from tests import people, world
from tests.conftest import ROOT, superuser
from tests.integration.analysis import trial
from tests.integration.test_audit import trail as rows_where

SYSTEM = Actor.system("tests")
ROOMS = ("reminet_site", "crf", "randomisation", "analysis", "simulation")
# What the names of the environment and of the settings may say of the trail.
NAMED = {"ANCHOR_KEY"}
SWITCH = re.compile(r"audit|trail|trigger|anchor|history", re.I)
OFF = re.compile(r"DISABLE\s+TRIGGER|session_replication_role|DROP\s+TRIGGER", re.I)


def sources(*patterns: str) -> list[Path]:
    return [path for room in ROOMS for one in patterns for path in (ROOT / room).rglob(one)]


@pytest.mark.promise("AT-04")
def test_no_setting_and_no_variable_speaks_of_the_trail():
    from reminet_site import settings

    names = {name for name in vars(settings) if name.isupper()}
    for path in sources("*.py"):
        names |= set(re.findall(r"environ[^\n]{0,8}[\[(]\s*\"([A-Z_]+)\"", path.read_text()))
    for path in (ROOT / ".env.example", ROOT / "docker-compose.yml"):
        names |= set(re.findall(r"\b([A-Z][A-Z_]{2,})\b[=:]", path.read_text()))
    assert "ANCHOR_KEY" in names
    assert {name for name in names if SWITCH.search(name)} <= NAMED


@pytest.mark.promise("AT-04")
def test_nothing_that_runs_turns_a_trigger_off():
    """Migrations take a trigger away; nothing else knows how."""
    hits = {
        path.relative_to(ROOT).as_posix()
        for path in sources("*.py", "*.sql")
        if OFF.search(path.read_text()) and "migrations" not in path.parts
    }
    # the reverse of `watch`, and triggers that a leaner one replaces on the next line
    replaced = {"crf/sql/capture.sql", "randomisation/sql/capture.sql"}
    assert hits == {"reminet_site/audit.py"} | replaced
    for path in replaced:
        text = re.sub(r"\s+", " ", (ROOT / path).read_text())
        taken = re.findall(r"DROP TRIGGER (\w+) ON", text)
        assert taken == re.findall(r"DROP TRIGGER \w+ ON [^;]*;[^;]*CREATE TRIGGER (\w+)", text)
        assert text.count("ENABLE ALWAYS TRIGGER audit_capture") >= len(taken)


@pytest.mark.promise("AT-04")
@pytest.mark.django_db
def test_the_trail_reads_no_setting_but_who_acts_and_why():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT string_agg(prosrc, ' ') FROM pg_proc p JOIN pg_namespace n "
            "ON n.oid = p.pronamespace WHERE n.nspname = 'audit'"
        )
        source = cursor.fetchone()[0]
    asked = set(re.findall(r"(?:audit\.)?setting\('(\w+)'\)", source))
    asked |= set(re.findall(r"current_setting\('reminet\.(\w+)'", source))
    assert asked <= set(KEYS)


@pytest.mark.promise("AT-04")
def test_started_with_whatever_looks_like_a_switch_it_writes_all_the_same(clone):
    people.centre()
    code = (
        "import django; django.setup();"
        "from reminet_site.context import Actor, acting, because;"
        "from reminet_site.models import Centre;"
        "a = Actor.system('switched off');"
        "c = acting(a); c.__enter__();"
        "b = because('x'); b.__enter__();"
        "o = Centre.objects.get(); o.name = 'Renamed'; o.save();"
        "b.__exit__(None, None, None); c.__exit__(None, None, None)"
    )
    off = dict.fromkeys(("AUDIT", "AUDIT_TRAIL", "AUDIT_ENABLED", "TRAIL", "TRIGGERS"), "0")
    off |= {"AUDIT_DISABLED": "1", "NO_AUDIT": "1", "PGOPTIONS": ""}
    base, _, _ = os.environ["DATABASE_URL"].rpartition("/template_none")
    tail = os.environ["DATABASE_URL"].partition("/template_none")[2]
    address = f"{base}/{clone}{tail}"
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=os.environ | off | {"DATABASE_URL": address},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    (row,) = rows_where("t.actor = 'switched off'")
    assert (row["old"], row["new"]) == ("CHU Dijon", "Renamed")


REFUSED = [
    "DROP TRIGGER audit_capture ON crf_entry",
    "DROP TABLE audit.trail",
    "DROP SCHEMA audit CASCADE",
    "ALTER TABLE audit.trail DROP COLUMN hash",
    "ALTER TABLE audit.trail OWNER TO app",
    "ALTER TABLE audit.trail DISABLE ROW LEVEL SECURITY",
    "ALTER TABLE crf_entry DISABLE TRIGGER ALL",
    "ALTER TABLE crf_entry DISABLE TRIGGER audit_capture",
    "ALTER ROLE app SUPERUSER",
    "SET ROLE owner",
    "SET LOCAL session_replication_role = replica",
    "SELECT set_config('session_replication_role', 'replica', true)",
    "CREATE OR REPLACE FUNCTION audit.capture() RETURNS trigger LANGUAGE plpgsql AS "
    "$$ BEGIN RETURN NULL; END $$",
    "TRUNCATE audit.trail",
    "DELETE FROM audit.head",
    "UPDATE audit.trail SET at = now()",
    "COPY audit.trail FROM '/dev/null'",
]


@pytest.mark.promise("AT-02")
@pytest.mark.promise("AT-04")
@pytest.mark.django_db
@pytest.mark.parametrize("sql", REFUSED)
def test_the_role_of_the_application_cannot(sql):
    people.centre()
    with pytest.raises(DatabaseError), acting(SYSTEM), connection.cursor() as cursor:
        cursor.execute(sql)


@pytest.mark.promise("AT-02")
@pytest.mark.parametrize("prelude", ["", "SET session_replication_role = replica;"])
@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE audit.trail SET actor = 'x'",
        "DELETE FROM audit.trail",
        "TRUNCATE audit.trail",
        "UPDATE audit.trail SET new = 'x'",
        "DELETE FROM reminet_site_centre",
    ],
)
def test_a_superuser_is_refused_as_long_as_the_triggers_stand(clone, prelude, sql):
    """What remains to him, taking the triggers away, is found by `verify` (AT-03)."""
    import psycopg

    people.centre()
    with pytest.raises(psycopg.Error, match=r"append-only|nothing in the trial is deleted"):
        superuser(f"{prelude} {sql}", clone)


@pytest.mark.promise("AT-02")
@pytest.mark.promise("AT-01")
@pytest.mark.django_db
def test_the_back_ways_of_the_orm_are_audited_too():
    """bulk_create, bulk_update, update and raw SQL leave the same rows as save()."""
    here = world.small()
    with acting(SYSTEM), because("by the back way"):
        entry = trial.entry(here.participant, "TUMOUR", "SCR", {"grade": "G1"}, None)
        entry.data = {"grade": "G2"}
        Entry.objects.bulk_update([entry], ["data"])
        Entry.objects.filter(pk=entry.pk).update(data={"grade": "G3"})
        with connection.cursor() as cursor:
            cursor.execute(
                'UPDATE crf_entry SET data = \'{"grade": "G4"}\' WHERE id = %s', [entry.pk]
            )
        Centre.objects.bulk_create([Centre(code="BE-01", name="Gent", country="BE")])
    where = f"relation = 'crf_entry' AND row_id = '{entry.pk}' AND item = 'grade'"
    assert [(row["old"], row["new"]) for row in rows_where(where)] == [
        (None, "G1"),
        ("G1", "G2"),
        ("G2", "G3"),
        ("G3", "G4"),
    ]
    assert rows_where("relation = 'reminet_site_centre' AND item = '#code' AND t.new = 'BE-01'")
