"""What a centre learns of its kits' contents by setting them aside and asking: nothing.

The same attack is played at two centres whose kits have the same numbers' order and expiries and
hold different arms. What the attacker sees must be the same at both.
"""

from datetime import date
from itertools import combinations

import pytest
from django.db import transaction

from randomisation import actions
from randomisation.arms.doors import custody
from randomisation.arms.doors.allocate import allocate
from randomisation.methods.kit_file import NewKit
from randomisation.models import Kit, Scheme
from reminet_site.context import acting
from reminet_site.errors import Refusal
from tests.allocations import SYSTEM, levels_of, participants, randomise
from tests.people import centre

EARLY, LATE = date(2098, 8, 31), date(2099, 8, 31)
HERE = {EARLY: ("LAN", "LAN", "PBO", "PBO"), LATE: ("PBO", "LAN")}
THERE = {EARLY: ("LAN", "PBO", "LAN", "PBO"), LATE: ("LAN", "PBO")}


def stocked(code, first, contents):
    """A centre whose kits, in the order of their numbers, hold these arms."""
    place = centre(code, code)
    expiries = [expiry for expiry, arms in contents.items() for _ in arms]
    arms = [arm for held in contents.values() for arm in held]
    kits = [
        NewKit(f"{first + n:04d}", arm, expiry)
        for n, (arm, expiry) in enumerate(zip(arms, expiries, strict=True))
    ]
    with acting(SYSTEM):
        actions.register_kits(kits=kits, scheme=Scheme.objects.get(), by=SYSTEM)
        shipment = actions.ship_kits(centre=place, each=len(arms) // 2, by=SYSTEM)
        actions.receive_kits(shipment=shipment, by=SYSTEM)
    return place


@pytest.fixture
def centres(dijon):
    """Two of them, each with one participant who has the first kit and one who waits."""
    found = [stocked("FR-21", 2100, HERE), stocked("FR-31", 3100, THERE)]
    return [(place, participants(place, 1)[0]) for place in found]


def asked(place, participant, aside, monkeypatch):
    """Set these kits aside and ask for an allocation: the answer, and the kits it is drawn from,
    by their order at the centre. Nothing of it stays."""
    drawn_from = []

    def watched(**arguments):
        drawn_from.extend(arguments["kits"])
        return allocate(**arguments)

    monkeypatch.setattr("randomisation.actions.allocation.allocate", watched)
    with acting(SYSTEM):
        kits = list(Kit.objects.filter(centre=place).order_by("number"))
        for n in aside:
            actions.quarantine(kit=kits[n], reason="attack", by=SYSTEM)
        try:
            actions.randomise(
                participant=participant, strata_confirmed=levels_of(participant), by=SYSTEM
            )
            answer = "given"
        except Refusal as said:
            answer = said.sentence.replace(place.name, "the centre")
        transaction.set_rollback(True)
    order = [kit.number for kit in kits]
    return answer, sorted(order.index(number) for number in drawn_from)


@pytest.mark.promise("BL-03")
@pytest.mark.clones
def test_setting_kits_aside_in_any_combination_tells_nothing(centres, monkeypatch):
    answers = set()
    for size in range(7):
        for aside in combinations(range(6), size):
            here, there = [asked(place, one, aside, monkeypatch) for place, one in centres]
            assert here == there, f"set aside {aside}"
            answers.add(here[0])
    assert len(answers) == 2, "the attack saw one answer only: it asked nothing"


def test_a_refusal_that_looks_at_contents_would_be_found(centres, monkeypatch):
    """The attack with the rule switched off: it tells which two kits share a content."""
    monkeypatch.setattr("randomisation.actions.allocation.givable", lambda kits, arms: kits)
    aside = (2, 3, 4, 5)
    here, there = [asked(place, one, aside, monkeypatch) for place, one in centres]
    assert here[0] != "given"
    assert there[0] == "given"


def test_a_damaged_kit_is_never_given(dijon):
    """Two of eight were damaged on the way and one later: not one of them comes."""
    place = stocked("FR-41", 4100, {LATE: ("LAN", "PBO", "PBO", "LAN")})
    with acting(SYSTEM):
        kits = [NewKit(f"{4200 + n}", ("LAN", "PBO")[n % 2], LATE) for n in range(8)]
        actions.register_kits(kits=kits, scheme=Scheme.objects.get(), by=SYSTEM)
        shipment = actions.ship_kits(centre=place, each=4, by=SYSTEM)
        damaged = ["4200", "4201"]
        actions.receive_kits(shipment=shipment, damaged=damaged, by=SYSTEM)
        actions.quarantine(kit=Kit.objects.get(number="4202"), reason="too warm", by=SYSTEM)
        bad = set(Kit.objects.filter(number__in=[*damaged, "4202"]).values_list("pk", flat=True))
    given = []
    for one in participants(place, 20):
        try:
            given.append(randomise(one).kit_id)
        except Refusal:
            break
    assert given
    assert len(bad) == 3
    assert not set(given) & bad


@pytest.mark.promise("BL-03")
def test_a_shipment_holds_the_same_of_every_arm_of_each_expiry(dijon):
    """The depot holds five of an expiry, three and two: two and two of them are sent."""
    kits = [NewKit(f"{5100 + n}", arm, EARLY) for n, arm in enumerate(["LAN", "PBO", "LAN"])]
    kits += [NewKit(f"{5200 + n}", arm, EARLY) for n, arm in enumerate(["LAN", "PBO"])]
    kits += [NewKit(f"{5300 + n}", ("LAN", "PBO")[n % 2], LATE) for n in range(6)]
    with acting(SYSTEM):
        actions.register_kits(kits=kits, scheme=Scheme.objects.get(), by=SYSTEM)
        shipment = actions.ship_kits(centre=dijon, each=3, by=SYSTEM)
        sent = list(shipment.kits.values_list("number", "expires_on"))
        held = custody.kit_contents([number for number, _ in sent], by=SYSTEM)
    of = [(expiry, held[number]) for number, expiry in sent]
    assert {one: of.count(one) for one in of} == {
        (EARLY, "LAN"): 2,
        (EARLY, "PBO"): 2,
        (LATE, "LAN"): 1,
        (LATE, "PBO"): 1,
    }
