"""A database that went back in time gives nothing that the allocation log has given."""

import contextlib
import json
import os
import re
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.db import DatabaseError, IntegrityError, connection, transaction

from randomisation import logged
from randomisation.actions import dispense
from randomisation.models import Allocation, Dispensing, Scheme
from reminet_site.clock import now
from reminet_site.context import acting
from reminet_site.errors import Refusal
from reminet_site.models import Restoration
from tests import allocations
from tests.allocations import SYSTEM, participants, randomise
from tests.conftest import pointed_at, superuser

pytestmark = pytest.mark.clones


def give(participant, visit="INJ-02"):
    """The number of the kit."""
    with acting(SYSTEM):
        return dispense(participant=participant, visit=visit, by=SYSTEM).kit.number


@contextmanager
def rewound_to(copy: str):
    """Another database, as it was when `copied` was called; the log stays."""
    try:
        with pointed_at(copy):
            yield
    finally:
        superuser(f'DROP DATABASE IF EXISTS "{copy}" WITH (FORCE)')


def copied(database: str) -> str:
    connection.close()
    connection.close_pool()
    copy = database + "_b"
    superuser(f'CREATE DATABASE "{copy}" TEMPLATE "{database}" OWNER owner')
    superuser(f'GRANT CONNECT ON DATABASE "{copy}" TO app')
    return copy


@pytest.fixture
def people(dijon):
    allocations.deliver(12)
    allocations.supply(dijon, 10)
    return participants(dijon, 6)


def text() -> str:
    return Path(logged.path()).read_text()


@pytest.mark.promise("BK-05")
def test_each_allocation_and_each_kit_is_in_the_log_and_no_arm(people):
    made = randomise(people[0])
    kit = give(people[0])
    state = logged.log().state()
    assert state.positions[1]["number"] == made.randomisation_number == "R-0001"
    assert state.visits["FR-05-001", "INJ-02", ""]["kit"] == kit
    assert all(state.is_certain(line) for line in state.kits.values())
    assert not re.search("LAN|PBO|lanreotide|placebo", text())


@pytest.mark.promise("BK-05")
@pytest.mark.parametrize("what", ["randomise", "dispense"])
def test_an_older_database_gives_nothing(people, clone, what):
    randomise(people[0])
    older = copied(clone)
    for one in people[1:4]:
        randomise(one)
    give(people[0])
    with rewound_to(older):
        before = text()
        with pytest.raises(Refusal, match="older than the log"):
            randomise(people[4]) if what == "randomise" else give(people[0])
        with acting(SYSTEM):
            assert Allocation.objects.count() == Dispensing.objects.count() == 1
            assert Scheme.objects.get().issued == 1
        assert text() == before


@pytest.mark.promise("BK-05")
def test_a_kit_given_elsewhere_closes_the_older_database_for_other_kits_too(people, clone):
    randomise(people[0])
    randomise(people[1])
    older = copied(clone)
    give(people[0])
    with rewound_to(older), pytest.raises(Refusal, match="The allocation log has kit"):
        give(people[1])


@pytest.mark.promise("BK-05")
def test_a_restored_database_waits_for_the_custodian(people):
    randomise(people[0])
    with acting(SYSTEM):
        Restoration.objects.create(restored_at=now(), source="a backup")
    for act in (lambda: randomise(people[1]), lambda: give(people[0])):
        with pytest.raises(Refusal, match="restored from a backup"):
            act()
    # the database has the last word
    with pytest.raises(DatabaseError, match="not reconciled"), acting(SYSTEM):
        connection.cursor().execute(
            "INSERT INTO randomisation_dispensing (participant_id, centre_id, visit, turn, kit_id,"
            " dispensed_on, dispensed_at) SELECT participant_id, centre_id, 'INJ-09', 9, 1,"
            " current_date, now() FROM randomisation_allocation"
        )


@pytest.mark.promise("BK-05")
def test_a_reconciliation_takes_two_persons(people):
    from reminet_site.roles import Role
    from tests.people import person

    one = person(Role.CUSTODIAN)
    with pytest.raises(IntegrityError, match="two_persons"), acting(SYSTEM):
        Restoration.objects.create(
            restored_at=now(),
            source="a backup",
            asked_by=one,
            reconciled_by=one,
            reconciled_at=now(),
        )


def test_a_rollback_after_the_line_leaves_it_void(people):
    class Stop(Exception):
        pass

    with contextlib.suppress(Stop), transaction.atomic():
        randomise(people[0])
        raise Stop
    assert randomise(people[1]).randomisation_number == "R-0001"
    lines = [json.loads(line) for line in text().splitlines()]
    assert [line["kind"] for line in lines] == ["intent", "void", "intent", "kept"]
    assert logged.log().state().positions[1]["participant"] == "FR-05-002"


def test_a_log_that_was_lost_is_written_again_from_the_database(people):
    randomise(people[0])
    give(people[0])
    os.unlink(logged.path())
    randomise(people[1])
    state = logged.log().state()
    assert set(state.positions) == {1, 2}
    assert len(state.kits) == 3


def test_a_log_that_cannot_be_written_refuses_and_nothing_is_given(people, settings, tmp_path):
    (tmp_path / "no folder").write_text("")
    settings.ALLOCATION_LOG = str(tmp_path / "no folder" / "log.jsonl")
    with pytest.raises(Refusal, match="allocation log can't be used"):
        randomise(people[0])
    with acting(SYSTEM):
        assert not Allocation.objects.exists()


def test_an_altered_log_refuses(people):
    randomise(people[0])
    Path(logged.path()).write_text(text().replace("FR-05-001", "FR-05-009"))
    logged._log.cache_clear()
    with pytest.raises(Refusal, match="altered"):
        randomise(people[1])
