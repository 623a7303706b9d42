"""Kits: delivered, sent, arrived, set aside; never twice, never told."""

from datetime import date

import pytest

from randomisation import actions, reads
from randomisation.arms.doors import custody
from randomisation.methods.kit_file import NewKit
from randomisation.models import Dispensing, Kit, KitMove, KitStatus, Scheme, Shipment
from reminet_site.context import acting
from reminet_site.errors import Refusal
from tests import allocations
from tests.allocations import EXPIRY, SYSTEM, participants, randomise
from tests.people import centre


def register(*kits):
    with acting(SYSTEM):
        return actions.register_kits(kits=kits, scheme=Scheme.objects.get(), by=SYSTEM)


def kit(number, arm, expires=EXPIRY):
    return NewKit(number, arm, expires)


def statuses(where=None):
    with acting(SYSTEM):
        rows = Kit.objects.filter(centre=where) if where else Kit.objects.all()
        return sorted(rows.values_list("status", flat=True))


def test_a_delivery_is_in_the_depot_in_the_order_of_numbers(dijon):
    assert register(kit("0002", "LAN"), kit("0001", "PBO"), kit("0003", "LAN")) == 3
    assert statuses() == ["depot"] * 3
    with acting(SYSTEM):
        assert list(Kit.objects.order_by("id").values_list("number", flat=True)) == [
            "0001",
            "0002",
            "0003",
        ]
        held = custody.kit_contents(["0001", "0002", "0003"], by=SYSTEM)
    assert held == {"0001": "PBO", "0002": "LAN", "0003": "LAN"}


@pytest.mark.parametrize(
    ("kits", "says"),
    [
        ([kit("0001", "LAN"), kit("0001", "PBO")], "Kit 0001 exists already"),
        ([kit("0001", "LAN"), kit("0002", "ARM")], "no such arm"),
        ([kit("0001", "LAN")], "the date would tell the arm"),
        (
            [kit("0001", "LAN", date(2015, 1, 1)), kit("0002", "PBO", date(2015, 1, 1))],
            "expired on 2015-01-01",
        ),
    ],
)
def test_a_delivery_with_a_defect_is_refused_whole(dijon, kits, says):
    with pytest.raises(Refusal, match=says):
        register(*kits)
    assert statuses() == []


def test_a_number_that_exists_is_refused(dijon):
    register(kit("0001", "LAN"), kit("0002", "PBO"))
    with pytest.raises(Refusal, match="Kit 0002 exists already"):
        register(kit("0002", "LAN"), kit("0003", "PBO"))
    assert len(statuses()) == 2


def test_a_shipment_holds_the_same_of_every_arm(dijon):
    allocations.deliver(10)
    with acting(SYSTEM):
        shipment = actions.ship_kits(centre=dijon, each=3, by=SYSTEM)
        numbers = list(shipment.kits.values_list("number", flat=True))
        held = custody.kit_contents(numbers, by=SYSTEM)
    assert shipment.number == "S-0001"
    assert sorted(held.values()) == ["LAN"] * 3 + ["PBO"] * 3
    assert statuses(dijon) == ["in_transit"] * 6


def test_the_depot_may_lack_kits(dijon):
    allocations.deliver(2)
    with pytest.raises(Refusal, match="Nothing was sent"), acting(SYSTEM):
        actions.ship_kits(centre=dijon, each=3, by=SYSTEM)
    assert statuses() == ["depot"] * 4
    with acting(SYSTEM):
        assert Scheme.objects.get().shipped == 0


@pytest.mark.parametrize("each", [0, -1, 201])
def test_a_shipment_has_a_size(dijon, each):
    with pytest.raises(Refusal, match="Send 1 to 200"), acting(SYSTEM):
        actions.ship_kits(centre=dijon, each=each, by=SYSTEM)


def test_arrival_makes_kits_available_and_sets_damaged_ones_aside(dijon):
    allocations.deliver(3)
    with acting(SYSTEM):
        shipment = actions.ship_kits(centre=dijon, each=2, by=SYSTEM)
        numbers = list(shipment.kits.values_list("number", flat=True))
    with pytest.raises(Refusal, match="Kit 99999 is not in shipment S-0001"), acting(SYSTEM):
        actions.receive_kits(shipment=shipment, damaged=["99999"], by=SYSTEM)
    with acting(SYSTEM):
        actions.receive_kits(shipment=shipment, damaged=numbers[:1], by=SYSTEM)
    assert statuses(dijon) == ["available"] * 3 + ["quarantined"]
    with acting(SYSTEM):
        assert Kit.objects.get(number=numbers[0]).status == KitStatus.QUARANTINED
    with pytest.raises(Refusal, match="has arrived already"), acting(SYSTEM):
        actions.receive_kits(shipment=Shipment.objects.get(), by=SYSTEM)


def shipped(dijon, each=2):
    allocations.deliver(each)
    with acting(SYSTEM):
        shipment = actions.ship_kits(centre=dijon, each=each, by=SYSTEM)
        return shipment, list(shipment.kits.values_list("number", flat=True))


def test_a_kit_that_was_not_in_the_box_is_missing_and_given_to_nobody(dijon):
    shipment, numbers = shipped(dijon)
    with acting(SYSTEM):
        actions.receive_kits(
            shipment=shipment, damaged=numbers[:1], missing=numbers[1:2], by=SYSTEM
        )
    assert statuses(dijon) == ["available"] * 2 + ["missing", "quarantined"]
    with acting(SYSTEM):
        moves = KitMove.objects.order_by("kit__number")
        assert list(moves.values_list("kit__number", "before", "after", "reason")) == sorted(
            [
                (numbers[0], "in_transit", "quarantined", "Damaged or warm on arrival"),
                (numbers[1], "in_transit", "missing", "Not in the box on arrival"),
            ]
        )
        lost = Kit.objects.get(number=numbers[1])
        assert lost.pk not in [kit.pk for kit in reads.stock_for(dijon, date(2026, 1, 1), 28)]
        actions.quarantine(kit=lost, reason="found in the fridge of the ward", by=SYSTEM)
        actions.release_from_quarantine(kit=lost, reason="2 to 8 degrees throughout", by=SYSTEM)
    assert statuses(dijon) == ["available"] * 3 + ["quarantined"]


def test_a_kit_was_damaged_or_missing_not_both(dijon):
    shipment, numbers = shipped(dijon)
    says = f"Kit {numbers[0]} is ticked as damaged and as not in the box. Untick one of the two."
    with pytest.raises(Refusal, match=says), acting(SYSTEM):
        actions.receive_kits(shipment=shipment, damaged=numbers, missing=numbers[:1], by=SYSTEM)
    with pytest.raises(Refusal, match="Kit 99999 is not in shipment"), acting(SYSTEM):
        actions.receive_kits(shipment=shipment, missing=["99999"], by=SYSTEM)
    assert statuses(dijon) == ["in_transit"] * 4


def test_who_comes_second_is_told_which_kits_to_set_aside(dijon):
    shipment, numbers = shipped(dijon)
    with acting(SYSTEM):
        actions.receive_kits(shipment=shipment, by=SYSTEM)
    both = f"was not kept: set kits {numbers[0]}, {numbers[1]} aside, in the list of this page."
    with pytest.raises(Refusal, match=both), acting(SYSTEM):
        actions.receive_kits(
            shipment=shipment, damaged=[numbers[1]], missing=[numbers[0]], by=SYSTEM
        )
    with pytest.raises(Refusal, match=f"set kit {numbers[3]} aside"), acting(SYSTEM):
        actions.receive_kits(shipment=shipment, damaged=[numbers[3]], by=SYSTEM)
    with pytest.raises(Refusal) as refused, acting(SYSTEM):
        actions.receive_kits(shipment=shipment, by=SYSTEM)
    assert refused.value.sentence == f"Shipment {shipment.number} has arrived already."
    assert statuses(dijon) == ["available"] * 4


@pytest.mark.parametrize("reason", ["the placebo leaked", "lanreotide syringe is cracked"])
def test_a_reason_tells_of_no_arm(dijon, reason):
    """Blind people read it beside the kit."""
    allocations.deliver(2)
    allocations.supply(dijon, 2)
    with acting(SYSTEM):
        one = Kit.objects.filter(centre=dijon).first()
    with pytest.raises(Refusal, match="may tell of an arm"), acting(SYSTEM):
        actions.quarantine(kit=one, reason=reason, by=SYSTEM)


def test_kits_on_their_way_are_not_given(dijon):
    allocations.deliver(3)
    with acting(SYSTEM):
        actions.ship_kits(centre=dijon, each=3, by=SYSTEM)
    with pytest.raises(Refusal, match="does not hold enough kits"):
        randomise(participants(dijon, 1)[0])


def test_quarantine_and_release_with_a_reason(dijon):
    allocations.deliver(2)
    allocations.supply(dijon, 2)
    with acting(SYSTEM):
        one = Kit.objects.filter(centre=dijon).first()
    with pytest.raises(Refusal, match="Say why"), acting(SYSTEM):
        actions.quarantine(kit=one, reason=" ", by=SYSTEM)
    with acting(SYSTEM):
        actions.quarantine(kit=one, reason="12 °C for an hour", by=SYSTEM)
    with pytest.raises(Refusal, match="is in quarantine: it can't be set aside"), acting(SYSTEM):
        actions.quarantine(kit=one, reason="again", by=SYSTEM)
    assert statuses(dijon).count("quarantined") == 1
    with acting(SYSTEM):
        actions.release_from_quarantine(kit=one, reason="maker agrees", by=SYSTEM)
    assert statuses(dijon) == ["available"] * 4


def test_a_kit_that_was_given_is_never_released(dijon):
    allocations.deliver(2)
    allocations.supply(dijon, 2)
    made = randomise(participants(dijon, 1)[0])
    with acting(SYSTEM):
        actions.quarantine(kit=made.kit, reason="broken syringe", by=SYSTEM)
    with pytest.raises(Refusal, match="not used again"), acting(SYSTEM):
        actions.release_from_quarantine(kit=Kit.objects.get(pk=made.kit_id), reason="x", by=SYSTEM)


@pytest.mark.promise("RN-09")
def test_every_visit_has_another_kit_of_the_same_arm(dijon):
    allocations.deliver(10)
    allocations.supply(dijon, 10)
    participant = participants(dijon, 1)[0]
    randomise(participant)
    with acting(SYSTEM):
        for n in range(2, 9):
            made = actions.dispense(participant=participant, visit=f"INJ-{n:02d}", by=SYSTEM)
            again = actions.dispense(participant=participant, visit=f"INJ-{n:02d}", by=SYSTEM)
            assert again.pk == made.pk
            assert made.turn == n
        numbers = list(Dispensing.objects.values_list("kit__number", flat=True))
        held = custody.kit_contents(numbers, by=SYSTEM)
    assert len(set(numbers)) == 8
    assert len(set(held.values())) == 1


def test_dispensing_is_refused_while_any_arm_is_lacking(dijon):
    """With two kits of each arm, the third dose is refused, whoever asks."""
    allocations.deliver(2)
    allocations.supply(dijon, 2)
    participant = participants(dijon, 1)[0]
    randomise(participant)
    with acting(SYSTEM):
        actions.dispense(participant=participant, visit="INJ-02", by=SYSTEM)
    with pytest.raises(Refusal, match="CHU Dijon does not hold enough kits"), acting(SYSTEM):
        actions.dispense(participant=participant, visit="INJ-03", by=SYSTEM)
    with pytest.raises(Refusal, match="CHU Dijon does not hold enough kits"):
        randomise(participants(dijon, 1, first=2)[0])


def test_nothing_is_dispensed_before_randomisation(dijon):
    with pytest.raises(Refusal, match="is not randomised"), acting(SYSTEM):
        actions.dispense(participant=participants(dijon, 1)[0], visit="INJ-01", by=SYSTEM)


def test_a_kit_of_another_centre_stays_there(dijon):
    beaune = centre("FR-11", "Beaune")
    allocations.deliver(4)
    allocations.supply(beaune, 4)
    with pytest.raises(Refusal, match="CHU Dijon does not hold"):
        randomise(participants(dijon, 1)[0])


def test_the_commands_number_by_chance_and_register(dijon, tmp_path, capsys):
    from django.core.management import CommandError, call_command

    call_command("kits", "generate", "30", "2099-08-31")
    text = capsys.readouterr().out
    path = tmp_path / "kits.csv"
    path.write_text(text)
    call_command("kits", "register", str(path))
    assert statuses() == ["depot"] * 60
    with pytest.raises(CommandError, match="exists already"):
        call_command("kits", "register", str(path))
