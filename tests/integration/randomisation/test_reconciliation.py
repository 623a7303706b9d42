"""Allocate, back up, allocate three more, restore the older copy, reconcile with the log."""

import getpass
import io
import os

import pytest
from django.core.management import CommandError, call_command

from randomisation import logged, reconciliation
from randomisation.actions import (
    dispense,
    quarantine,
    receive_kits,
    register_kits,
    release_from_quarantine,
)
from randomisation.arms.doors import custody, table
from randomisation.arms.role import vault
from randomisation.methods.kit_file import NewKit
from randomisation.methods.minimisation import add
from randomisation.methods.plan import Plan
from randomisation.models import (
    Allocation,
    Dispensing,
    Kit,
    KitStatus,
    LostDispensing,
    Scheme,
    Shipment,
)
from reminet_site.clock import now
from reminet_site.context import Actor, acting
from reminet_site.errors import Refusal
from reminet_site.models import Restoration
from reminet_site.roles import Role, Verb
from tests import allocations, people
from tests.allocations import SYSTEM, participants, randomise
from tests.integration.randomisation.test_exactly_once import check_whole
from tests.integration.randomisation.test_logged import copied, give, rewound_to

pytestmark = pytest.mark.clones


@pytest.fixture
def persons(dijon):
    allocations.deliver(14)
    allocations.supply(dijon, 10)
    people.person(Role.CUSTODIAN)
    people.person(Role.SPONSOR_MANAGER)
    return participants(dijon, 7)


def actor(role: Role, verb: Verb) -> Actor:
    return Actor.of(people.person(role), verb)


def asks(**more):
    by = actor(Role.CUSTODIAN, Verb.CUSTODY)
    with acting(by):
        return reconciliation.ask(by=by, **more)


def confirms(role=Role.SPONSOR_MANAGER, verb=Verb.OPEN_BLIND, **more):
    by = actor(role, verb)
    with acting(by):
        return reconciliation.confirm(by=by, **more)


def restored() -> None:
    with acting(SYSTEM):
        Restoration.objects.create(restored_at=now(), source="trial-20261126.backup")


def arms() -> dict[str, str]:
    with acting(SYSTEM):
        return table.table(by=SYSTEM, reason="test")


@pytest.mark.promise("BK-05")
def test_what_was_given_after_the_backup_is_entered_again(persons, clone):
    for one in persons[:2]:
        randomise(one)
    older = copied(clone)
    for one in persons[2:5]:
        randomise(one)
    second = give(persons[0])
    was = arms()
    with acting(SYSTEM):
        given = set(Dispensing.objects.values_list("kit__number", flat=True))
    with rewound_to(older):
        restored()
        with pytest.raises(Refusal, match="restored from a backup"):
            randomise(persons[5])
        _, found = asks()
        assert [one.why_not for one in found] == [""] * 4
        with pytest.raises(Refusal, match="restored from a backup"):
            randomise(persons[5])
        confirms()
        # numbers, kits and arms are the ones that were given
        assert arms() == was
        with acting(SYSTEM):
            again = Dispensing.objects.values_list("participant__code", "visit", "kit__number")
            assert ("FR-05-001", "INJ-02", second) in again
            assert {kit for _, _, kit in again} == given
            assert Scheme.objects.get().issued == 5
        # and they are not given again
        made = randomise(persons[5])
        assert made.randomisation_number == "R-0006"
        with acting(SYSTEM):
            assert made.kit.number not in given
        check_whole()
        check_marginals()


@pytest.mark.promise("BK-05")
def test_a_kit_in_the_place_of_another_is_entered_again_as_such(persons, clone):
    """It was set aside and replaced after the backup; before it, in the second case."""
    for one in persons[:2]:
        randomise(one)
    older = copied(clone)
    second, first = give(persons[0]), kit_of(persons[1])
    with acting(SYSTEM):
        for number in (second, first):
            quarantine(kit=Kit.objects.get(number=number), reason="broken", by=SYSTEM)
        dispense(participant=persons[0], visit="INJ-02", by=SYSTEM)
        dispense(participant=persons[1], visit="INJ-01", by=SYSTEM)
        was = given_in_place()
    assert len(was) == 2
    with rewound_to(older):
        restored()
        _, found = asks()
        assert [one.why_not for one in found] == [""] * 3
        assert any(one.what.endswith(f"in place of kit {second}") for one in found)
        confirms()
        with acting(SYSTEM):
            assert given_in_place() == was
            aside = Kit.objects.filter(number__in=(second, first))
            assert {kit.status for kit in aside} == {KitStatus.QUARANTINED}


def given_in_place():
    """(the kit, the one in whose place it was given)."""
    rows = Dispensing.objects.filter(replaces__isnull=False).order_by("kit__number")
    return list(rows.values_list("kit__number", "replaces__kit__number", "visit"))


def kit_of(participant):
    with acting(SYSTEM):
        return Dispensing.objects.get(participant=participant).kit.number


def check_marginals():
    """The next decision is taken on a recount of all six before it, the lost three among them."""
    with acting(SYSTEM):
        plan = Plan.from_json(Scheme.objects.get().plan)
        everyone = list(Allocation.objects.order_by("randomisation_number"))
        found = custody.check(
            "main", plan, {one.randomisation_number: one.strata for one in everyone}, by=SYSTEM
        )
        assert found == custody.Verdict(6, ())
        totals = {}
        held = arms()
        for one in everyone[:5]:
            totals = add(plan, totals, one.strata, held[one.randomisation_number])
        with vault() as cursor:
            record = dict(custody._records(cursor, "main"))["R-0006"]
    margins = {
        f"{f.name}={everyone[5].strata[f.name]}": totals[f.name][everyone[5].strata[f.name]]
        for f in plan.factors
    }
    assert record["basis"]["totals"] == margins


@pytest.mark.promise("BK-05")
def test_without_participant_or_kit_number_and_kit_are_burnt(persons, clone, dijon):
    randomise(persons[0])
    older = copied(clone)
    late = participants(dijon, 1, first=50)[0]  # screened after the backup
    lost = randomise(late)
    with acting(SYSTEM):
        kit = lost.kit.number
    with rewound_to(older):
        restored()
        _, [found] = asks()
        assert found.why_not == "the participant is not in the database"
        confirms()
        with acting(SYSTEM):
            row = LostDispensing.objects.get()
            assert (row.outcome, row.randomisation_number, row.kit_number) == (
                "burnt",
                "R-0002",
                kit,
            )
            assert Kit.objects.get(number=kit).status == KitStatus.QUARANTINED
            with pytest.raises(Refusal, match="not used again"):
                release_from_quarantine(kit=Kit.objects.get(number=kit), reason="found", by=SYSTEM)
        assert randomise(persons[1]).randomisation_number == "R-0003"
        # screened again under the same code: no new draw, but the old allocation
        again = participants(dijon, 1, first=50)[0]
        with pytest.raises(Refusal, match="The allocation log has R-0002"):
            randomise(again)
        _, [found] = asks()
        assert found.why_not == ""
        confirms()
        with acting(SYSTEM):
            assert Allocation.objects.get(participant=again).randomisation_number == "R-0002"
            assert LostDispensing.objects.get().outcome == "entered"
        check_whole()


@pytest.mark.promise("BK-05")
def test_a_burnt_kit_that_is_delivered_again_arrives_set_aside(persons, clone, dijon):
    with acting(SYSTEM):
        row = Restoration.objects.create(restored_at=now(), source="a backup")
        LostDispensing.objects.create(
            restoration=row, kit_number="99001", given_at=now(), outcome="burnt", at=now()
        )
        scheme = Scheme.objects.get()
        arms = scheme.plan["arms"]
        kits = [NewKit(f"9900{n}", arm, allocations.EXPIRY) for n, arm in enumerate(arms, 1)]
        register_kits(kits=kits, scheme=scheme, by=SYSTEM)
        sent = Shipment.objects.create(
            number="S-0099", centre=dijon, sent_on=now().date(), sent_at=now()
        )
        Kit.objects.filter(number="99001").update(
            status=KitStatus.IN_TRANSIT, centre=dijon, shipment=sent
        )
        receive_kits(shipment=sent, by=SYSTEM)
        assert Kit.objects.get(number="99001").status == KitStatus.QUARANTINED


@pytest.mark.promise("BK-05")
def test_one_person_does_not_reconcile(persons, clone):
    randomise(persons[0])
    restored()
    with pytest.raises(Refusal, match="No reconciliation was asked for"):
        confirms()
    asks()
    with pytest.raises(Refusal, match="Another person"):
        confirms(Role.CUSTODIAN, Verb.CUSTODY)
    confirms()
    assert randomise(persons[1]).randomisation_number == "R-0002"
    with pytest.raises(Refusal, match="Nothing is to be reconciled"):
        asks()


@pytest.mark.promise("BK-05")
def test_a_lost_log_is_said_and_what_the_centres_have_is_burnt(persons, clone):
    randomise(persons[0])
    older = copied(clone)
    lost = randomise(persons[1])
    with acting(SYSTEM):
        kit = lost.kit.number
    with rewound_to(older):
        restored()
        os.unlink(logged.path())
        with pytest.raises(Refusal, match="allocation log is not at"):
            asks()
        said = reconciliation.Lost(2, (kit,))
        asks(lost=said)
        confirms(lost=said)
        made = randomise(persons[2])
        assert made.randomisation_number == "R-0003"
        with acting(SYSTEM):
            assert Kit.objects.get(number=kit).status == KitStatus.QUARANTINED
            assert Dispensing.objects.count() == 2
        assert logged.log().state().last_position == 3


@pytest.mark.promise("BK-05")
def test_the_command_names_what_is_missing_and_asks_for_passwords(persons, clone, monkeypatch):
    randomise(persons[0])
    older = copied(clone)
    randomise(persons[1])
    monkeypatch.setattr(getpass, "getpass", lambda prompt: people.PASSWORD)
    with rewound_to(older):
        told = io.StringIO()
        call_command("reconcile", by="custodian@example.org", stdout=told)
        assert "R-0002 with kit" in told.getvalue()
        assert "LAN" not in told.getvalue()
        with pytest.raises(CommandError, match="do not include"):
            call_command("reconcile", by="sponsor_manager@example.org", stdout=told)
        call_command("reconcile", confirm=True, by="sponsor_manager@example.org", stdout=told)
        assert "1 entered again, 0 burnt" in told.getvalue()
        monkeypatch.setattr(getpass, "getpass", lambda prompt: "wrong")
        with pytest.raises(CommandError, match="does not match"):
            call_command("reconcile", by="custodian@example.org")
        with acting(SYSTEM):
            dispense(participant=persons[0], visit="INJ-02", by=SYSTEM)
