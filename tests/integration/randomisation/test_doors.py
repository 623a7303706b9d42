"""The vault's walls: role, ciphertext, key; and the role put back after every door."""

import contextlib
import re

import psycopg
import pytest
from django.db import connection, transaction
from django.db.utils import ProgrammingError

from randomisation.arms import key
from randomisation.arms.doors import allocate as allocation_door
from randomisation.arms.doors import custody, dispense, readings, results, reveal, table
from randomisation.arms.role import vault
from randomisation.arms.sealing import OVERHEAD
from randomisation.methods.randomness import SystemSource
from randomisation.models import Scheme
from randomisation.scheme import Opened, plan_of
from reminet_site.context import Actor, acting
from reminet_site.errors import NotAllowed, NotThere, Refusal
from tests import allocations
from tests.allocations import SYSTEM

TABLES = ("allocation", "kit_content", "marginals", "imported_list", "results", "reading")


def run(statement):
    with connection.cursor() as cursor:
        cursor.execute(statement)


def run_as_vault(statement):
    with vault() as cursor:
        cursor.execute(statement)


def current_user():
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        return cursor.fetchone()[0]


@pytest.fixture
def allocated(dijon):
    """Three participants randomised."""
    allocations.deliver(10)
    allocations.supply(dijon, 5)
    made = [allocations.randomise(p) for p in allocations.participants(dijon, 3)]
    return [one.randomisation_number for one in made]


@pytest.mark.promise("BL-04")
@pytest.mark.parametrize("name", TABLES)
def test_app_reads_nothing_of_the_vault(allocated, name):
    with pytest.raises(ProgrammingError, match="permission denied"), acting(SYSTEM):
        run(f"SELECT * FROM arms.{name}")


@pytest.mark.promise("BL-04")
def test_app_cannot_join_it_either(allocated):
    with pytest.raises(ProgrammingError, match="permission denied"), acting(SYSTEM):
        run(
            "SELECT a.* FROM randomisation_allocation a "
            "JOIN arms.allocation s USING (randomisation_number)"
        )


@pytest.mark.promise("RN-03")
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE arms.allocation SET sealed = ''",
        "DELETE FROM arms.allocation",
        "UPDATE arms.kit_content SET sealed = ''",
        "DELETE FROM arms.marginals",
        "DELETE FROM arms.reading",
        "UPDATE arms.reading SET what = ''",
        "TRUNCATE arms.allocation",
    ],
)
def test_even_the_vault_role_changes_no_allocation(allocated, statement):
    with pytest.raises(ProgrammingError, match="permission denied"), acting(SYSTEM):
        run_as_vault(statement)


@pytest.mark.promise("RN-03")
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE randomisation_allocation SET strata = '{}'",
        "DELETE FROM randomisation_allocation",
        "DELETE FROM randomisation_kit",
        "UPDATE randomisation_dispensing SET visit = ''",
        "DELETE FROM randomisation_unblindingrecord",
        "UPDATE randomisation_unblindingrecord SET reason = ''",
        "UPDATE randomisation_scheme SET plan = '{}'",
    ],
)
def test_app_changes_no_allocation(allocated, statement):
    with pytest.raises(ProgrammingError, match="permission denied"), acting(SYSTEM):
        run(statement)


def doors(dijon):
    """Every door, as (name, a call that succeeds)."""
    plan = plan_of(allocations.study.current().definition)
    dated = [(k.number, k.expires_on.isoformat()) for k in dijon.kits.filter(status="available")]
    kits = [number for number, _ in dated]
    scheme = Scheme.objects.get()
    levels = {"centre": dijon.code} | allocations.LEVELS
    source = SystemSource()
    return {
        "allocate": lambda: allocation_door.allocate(
            scheme=Opened(scheme.pk, "other", plan, ""), levels=levels, kits=kits, code=""
        ),
        "dispense.take": lambda: dispense.take(
            number="R-0001", arms=plan.arms, kits=kits, turn=2, source=source
        ),
        "dispense.store": lambda: dispense.store([("99999", plan.arms[0])]),
        "dispense.mix": lambda: dispense.mix(
            arms=plan.arms, kits=dated, each=1, turn=1, source=source
        ),
        "reveal": lambda: reveal.reveal("R-0001", by=SYSTEM, reason="test"),
        "table": lambda: table.table(by=SYSTEM, reason="test"),
        "results.write": lambda: results.write("run-1", {"a": 1}),
        "custody.check": lambda: custody.check("main", plan, strata(), by=SYSTEM),
        "custody.envelopes": lambda: custody.envelopes("main", by=SYSTEM),
        "custody.kit_contents": lambda: custody.kit_contents(["99999"], by=SYSTEM),
        "readings": lambda: readings.readings(before=2**62, limit=10),
    }


def strata():
    from randomisation.models import Allocation

    return dict(Allocation.objects.values_list("randomisation_number", "strata"))


NAMES = [
    "allocate",
    "dispense.take",
    "dispense.store",
    "dispense.mix",
    "reveal",
    "table",
    "results.write",
    "custody.check",
    "custody.envelopes",
    "custody.kit_contents",
]
KEYLESS = ["readings"]


@pytest.mark.parametrize("name", NAMES + KEYLESS)
def test_the_role_is_apps_again_after_every_door(allocated, dijon, name):
    with acting(SYSTEM):
        door = doors(dijon)[name]
        door()
        assert current_user() == "app"
    assert current_user() == "app"


@pytest.mark.parametrize("name", NAMES + KEYLESS)
def test_the_role_is_apps_again_within_and_after_a_savepoint(allocated, dijon, name):
    with acting(SYSTEM):
        with transaction.atomic():
            doors(dijon)[name]()
            assert current_user() == "app"
        assert current_user() == "app"


def broken(*args, **kwargs):
    raise RuntimeError("broken inside the door")


@pytest.mark.parametrize("name", NAMES)
def test_the_role_is_apps_again_when_the_door_raises(allocated, dijon, name, monkeypatch):
    with acting(SYSTEM):
        door = doors(dijon)[name]
        monkeypatch.setattr("randomisation.arms.sealing.Sealer.open", broken)
        monkeypatch.setattr("randomisation.arms.sealing.Sealer.seal", broken)
        with contextlib.suppress(RuntimeError):
            door()
        assert current_user() == "app"


def test_the_role_is_apps_again_when_the_database_refuses_inside(allocated):
    with acting(SYSTEM):
        with pytest.raises(ProgrammingError), transaction.atomic(), vault() as cursor:
            cursor.execute("DELETE FROM arms.allocation")
        assert current_user() == "app"


def test_a_savepoint_rolled_back_inside_a_door_keeps_the_role_for_the_door_only(allocated):
    with acting(SYSTEM):
        with vault() as cursor:
            with pytest.raises(ProgrammingError), transaction.atomic():
                cursor.execute("DELETE FROM arms.allocation")
            cursor.execute("SELECT current_user")
            assert cursor.fetchone()[0] == "vault"
        assert current_user() == "app"


@pytest.mark.clones
def test_a_door_opens_inside_a_transaction_only(allocated):
    with pytest.raises(NotAllowed), vault():
        raise AssertionError("not reached")


def test_the_next_transaction_of_the_same_connection_is_apps(allocated):
    with acting(SYSTEM):
        table.table(by=SYSTEM, reason="test")
    with acting(SYSTEM):
        assert current_user() == "app"


@pytest.mark.parametrize("name", NAMES)
def test_without_the_key_every_door_refuses_with_a_sentence(allocated, dijon, name, settings):
    settings.VAULT_KEY = b""
    with acting(SYSTEM), pytest.raises(Refusal, match="does not hold the key of the vault"):
        doors(dijon)[name]()


def test_the_key_comes_from_the_settings(settings):
    settings.VAULT_KEY = b"k" * 32 + b"r" * 32
    sealed = key.sealer().seal("x", "t.c.r", 32)
    settings.VAULT_KEY = b"k" * 32
    assert key.sealer().open(sealed, "t.c.r") == "x"


@pytest.mark.promise("BL-09")
def test_each_reading_is_logged(allocated):
    by = Actor(7, "Ada Roy", "dmc_statistician", None)
    with acting(by):
        reveal.reveal("R-0002", by=by, reason="unblinding 1")
        table.table(by=by, reason="look 1")
        results.write("run-1", {"a": 1})
        assert results.read("run-1", by=by, reason="look 1") == {"a": 1}
        with vault() as cursor:
            cursor.execute(
                "SELECT door, user_id, actor, role, what, reason FROM arms.reading ORDER BY id"
            )
            rows = cursor.fetchall()
    assert rows == [
        ("reveal", 7, "Ada Roy", "dmc_statistician", "R-0002", "unblinding 1"),
        ("table", 7, "Ada Roy", "dmc_statistician", "3 allocations", "look 1"),
        ("results", 7, "Ada Roy", "dmc_statistician", "run-1", "look 1"),
    ]


def test_what_is_not_there_is_not_there(allocated):
    with acting(SYSTEM):
        with pytest.raises(NotThere):
            reveal.reveal("R-4444", by=SYSTEM, reason="test")
        with pytest.raises(NotThere):
            results.read("no run", by=SYSTEM, reason="test")


def test_a_result_is_written_once(allocated):
    with acting(SYSTEM):
        results.write("run-1", {"a": 1})
        results.write("run-1", {"a": 2})
        assert results.read("run-1", by=SYSTEM, reason="test") == {"a": 1}


@pytest.mark.promise("BL-04")
@pytest.mark.clones
def test_a_dump_shows_ciphertext_of_one_length(allocated):
    """As the owner, who reads everything: no arm in the clear, and lengths tell nothing."""
    with acting(SYSTEM):
        results.write("run-1", {"LAN": [1] * 40, "PBO": []})
        results.write("run-2", {})
    from django.db import connections

    with connections["owner"].cursor() as cursor:
        for name in ("allocation", "kit_content", "results"):
            cursor.execute(f"SELECT sealed FROM arms.{name}")
            sealed = [bytes(row[0]) for row in cursor.fetchall()]
            assert len({len(one) for one in sealed}) == 1
            # with its quotes: three letters alone stand in ciphertext by chance now and then
            assert not any(re.search(rb"\"(LAN|PBO)\"", one) for one in sealed)
            assert len({one[5:17] for one in sealed}) == len(sealed), "a nonce is used twice"
        cursor.execute("SELECT length(sealed) FROM arms.marginals")
        assert [row[0] for row in cursor.fetchall()] == [4096 + 4 + OVERHEAD]


@pytest.mark.promise("BL-04")
@pytest.mark.clones
def test_the_whole_dump_holds_no_arm(allocated, clone):
    """Every table that a dump holds, as text, searched for the arms; the plan names both."""
    import os

    address = re.sub(r"/[^/]*$", f"/{clone}", os.environ["SUPERUSER_URL"])
    found = []
    with psycopg.connect(address) as db:
        tables = db.execute(
            "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables "
            "WHERE schemaname NOT IN ('pg_catalog', 'information_schema')"
        ).fetchall()
        for (name,) in tables:
            for (row,) in db.execute(f"SELECT t::text FROM {name} t").fetchall():
                if re.search(r"\b(LAN|PBO)\b", row):
                    found.append(name)
    assert set(found) <= {
        "public.crf_definitionversion",  # the public text of the trial
        "public.randomisation_scheme",  # the plan: both arms, in its order
        "audit.trail",  # the creation of the two above
    }


def test_nothing_points_across_the_wall(allocated):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_constraint c "
            "JOIN pg_class f ON f.oid = c.conrelid JOIN pg_namespace n ON n.oid = f.relnamespace "
            "JOIN pg_class t ON t.oid = c.confrelid JOIN pg_namespace m ON m.oid = t.relnamespace "
            "WHERE c.contype = 'f' AND (n.nspname = 'arms') <> (m.nspname = 'arms')"
        )
        assert cursor.fetchone()[0] == 0


def test_custody_replays_every_decision(allocated):
    plan = plan_of(allocations.study.current().definition)
    with acting(SYSTEM):
        assert custody.check("main", plan, strata(), by=SYSTEM) == custody.Verdict(3, ())
        wrong = strata()
        wrong["R-0002"] = wrong["R-0002"] | {"grade": "G1"}
        assert "R-0002" in custody.check("main", plan, wrong, by=SYSTEM).differ


def test_envelopes_agree_with_the_doors(allocated):
    with acting(SYSTEM):
        assert custody.envelopes("main", by=SYSTEM) == table.table(by=SYSTEM, reason="test")


@pytest.mark.clones
def test_keys_are_rotated(allocated, settings):
    before = settings.VAULT_KEY
    with acting(SYSTEM):
        arms = table.table(by=SYSTEM, reason="test")
    settings.VAULT_KEY = b"n" * 32 + before
    with transaction.atomic(using="owner"):
        assert custody.rotate() == 3 + 20 + 1
        assert custody.rotate() == 0
    settings.VAULT_KEY = b"n" * 32
    with acting(SYSTEM):
        assert table.table(by=SYSTEM, reason="test") == arms
