"""Once or not at all: fifty clients, eight kits, a killed process."""

import os
import signal
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.db import connection

from randomisation.arms.doors import custody, table
from randomisation.methods.allocator import part_of
from randomisation.methods.minimisation import add
from randomisation.models import Allocation, Dispensing, Kit, KitStatus, Scheme
from randomisation.scheme import Plan
from reminet_site.context import acting
from reminet_site.errors import Refusal
from tests import allocations
from tests.allocations import SYSTEM, participants, randomise
from tests.people import centre

pytestmark = pytest.mark.clones

ROOT = Path(__file__).resolve().parents[3]


def together(acts):
    """Run all at the same time, a connection each; results or refusals, in order."""
    start = threading.Barrier(len(acts))

    def run(act):
        start.wait()
        try:
            return act()
        except Refusal as said:
            return said.sentence
        finally:
            connection.close()

    with ThreadPoolExecutor(len(acts)) as pool:
        return list(pool.map(run, acts))


def check_whole():
    """The blind facts, the vault and the totals agree."""
    with acting(SYSTEM):
        made = list(Allocation.objects.select_related("kit", "participant"))
        scheme = Scheme.objects.get()
        arms = table.table(by=SYSTEM, reason="test")
        kits = custody.kit_contents([one.kit.number for one in made], by=SYSTEM)
        given = list(Dispensing.objects.values_list("kit_id", flat=True))
        strata = {one.randomisation_number: one.strata for one in made}
        verdict = custody.check(scheme.name, Plan.from_json(scheme.plan), strata, by=SYSTEM)
    numbers = [one.randomisation_number for one in made]
    assert numbers == [f"R-{n:04d}" for n in range(1, len(made) + 1)]
    assert scheme.issued == len(made)
    assert set(arms) == set(numbers)
    assert all(arms[one.randomisation_number] == kits[one.kit.number] for one in made)
    assert all(one.kit.status == KitStatus.DISPENSED for one in made)
    assert all(one.participant.randomisation_number == one.randomisation_number for one in made)
    assert len(set(given)) == len(given) >= len(made)
    assert verdict == custody.Verdict(len(made), ())
    return made, arms


@pytest.mark.slow
@pytest.mark.promise("RN-02")
def test_fifty_clients_on_one_participant(dijon):
    allocations.deliver(6)
    allocations.supply(dijon, 5)
    participant = participants(dijon, 1)[0]
    found = together([lambda: randomise(participant)] * 50)
    assert {(one.pk, one.randomisation_number, one.kit_id) for one in found} == {
        (found[0].pk, "R-0001", found[0].kit_id)
    }
    made, _ = check_whole()
    assert len(made) == 1
    with acting(SYSTEM):
        assert Kit.objects.filter(status=KitStatus.AVAILABLE).count() == 9


@pytest.mark.slow
@pytest.mark.promise("RN-02")
@pytest.mark.promise("RN-09")
def test_fifty_participants_on_eight_kits(dijon):
    allocations.deliver(4)
    allocations.supply(dijon, 4)
    people = participants(dijon, 50)
    found = together([lambda p=p: randomise(p) for p in people])
    sentences = [one for one in found if isinstance(one, str)]
    made, _ = check_whole()
    assert len(made) + len(sentences) == 50
    # four kits were given; of the other four nobody knows what they hold: all are refused
    assert len(made) == 4
    assert set(sentences) == {
        "Not randomised. CHU Dijon does not hold enough kits. Nothing was drawn."
    }


@pytest.mark.slow
@pytest.mark.promise("RN-02")
def test_fifty_participants_in_two_centres_all_randomised(dijon):
    beaune = centre("FR-11", "Beaune")
    allocations.deliver(60)
    allocations.supply(dijon, 25)
    allocations.supply(beaune, 25)
    people = [*participants(dijon, 25), *participants(beaune, 25)]
    together([lambda p=p: randomise(p) for p in people])
    made, arms = check_whole()
    assert len(made) == 50
    # the marginals are a recount
    plan = Plan.from_json(Scheme.objects.get().plan)
    totals = {}
    for one in made:
        totals = add(plan, totals, one.strata, arms[one.randomisation_number])
    assert part_of(plan, made[0].strata) == "totals"
    for by_level in totals.values():
        for counts in by_level.values():
            assert abs(counts[0] - counts[1]) <= 12


@pytest.mark.slow
def test_two_browsers_dispense_the_same_visit_and_other_visits(dijon):
    from randomisation.actions import dispense

    allocations.deliver(20)
    allocations.supply(dijon, 18)
    people = participants(dijon, 4)
    for one in people:
        randomise(one)

    def give(participant, visit):
        with acting(SYSTEM):
            return dispense(participant=participant, visit=visit, by=SYSTEM)

    visits = ["INJ-02", "INJ-03"]
    found = together([lambda p=p, v=v: give(p, v) for p in people for v in visits for _ in "ab"])
    assert not [one for one in found if isinstance(one, str)]
    with acting(SYSTEM):
        given = list(Dispensing.objects.select_related("kit", "participant"))
        arms = table.table(by=SYSTEM, reason="test")
        held = custody.kit_contents([one.kit.number for one in given], by=SYSTEM)
    assert len(given) == 12
    assert len({one.kit_id for one in given}) == 12
    for one in given:
        assert held[one.kit.number] == arms[one.participant.randomisation_number]
    check_whole()


SCRIPT = """
import os, sys, time
sys.path.insert(0, {root!r})
os.environ.update({environ!r})
import django
django.setup()
from unittest import mock
from django.db import connections
for alias in ("default", "owner"):
    connections[alias].settings_dict["NAME"] = {database!r}
from crf.models import Participant
from reminet_site.context import acting
from tests import allocations

def wait(*args, **kwargs):
    print("here", flush=True)
    time.sleep(60)

with allocations.everybody_eligible(), acting(allocations.SYSTEM):
    participant = Participant.objects.select_related("centre").get(code="FR-05-001")
with allocations.everybody_eligible(), mock.patch({where!r}, wait):
    allocations.randomise(participant)
"""
PASSED_ON = (
    "DATABASE_URL",
    "OWNER_DATABASE_URL",
    "SUPERUSER_URL",
    "SECRET_KEY",
    "VAULT_KEY",
    "LOCAL",
    "DATA_DIR",
    "BROKER_URL",
    "DJANGO_SETTINGS_MODULE",
)


@pytest.mark.slow
@pytest.mark.promise("RN-02")
@pytest.mark.parametrize(
    "where",
    [
        "randomisation.arms.doors.allocate._turn",
        "randomisation.arms.contents.choose",
        "randomisation.actions.allocation._write",
        "randomisation.actions.allocation._facts",
    ],
)
def test_a_process_killed_in_the_middle_leaves_nothing(dijon, clone, settings, where):
    allocations.deliver(6)
    allocations.supply(dijon, 3)
    participant = participants(dijon, 1)[0]
    script = SCRIPT.format(
        root=str(ROOT),
        environ={name: os.environ[name] for name in PASSED_ON if name in os.environ}
        | {"ALLOCATION_LOG": settings.ALLOCATION_LOG},
        database=clone,
        where=where,
    )
    child = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", script], stdout=subprocess.PIPE, text=True
    )
    try:
        assert child.stdout.readline().strip() == "here"
        os.kill(child.pid, signal.SIGKILL)
    finally:
        child.kill()
        child.wait()
    # the server notices the closed connection, rolls back and gives the locks free
    began = time.monotonic()
    made = randomise(participant)
    assert time.monotonic() - began < 10
    assert made.randomisation_number == "R-0001"
    assert len(check_whole()[0]) == 1
