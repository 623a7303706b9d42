"""The inventory of kits against a model of it in plain Python, in any order of events.

Deliveries, shipments, damage on arrival, quarantine and release, days that pass, allocations and
dispensings, at two centres. After every step the tables say what the model says; each kit that is
given matches the arm, is at that centre, available, in date to the end of the dose, and new.
"""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, field, replace
from datetime import timedelta
from itertools import count
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from django.db import transaction
from django.test import override_settings
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from crf.models import Participant
from randomisation import actions, reads, scheme
from randomisation.actions import allocation, dispensing, supply
from randomisation.arms.doors import table
from randomisation.methods.kit_file import NewKit
from randomisation.methods.randomness import SeededSource
from randomisation.models import Dispensing, Kit, Scheme, Shipment
from reminet_site.clock import clinical_today
from reminet_site.context import acting
from reminet_site.errors import Refusal
from tests import allocations, people
from tests.allocations import SYSTEM

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
CENTRES = (("FR-05", "CHU Dijon"), ("FR-11", "Beaune"))
ARMS = ("LAN", "PBO")
DOSE = 28  # days that a kit must last
SHELF = (35, 90, 400)  # days from now to the expiry of what is delivered


@dataclass
class Box:
    """One kit, as the model knows it."""

    arm: str
    expires: int  # days after the first day
    status: str = "depot"
    centre: str | None = None
    shipment: str | None = None
    given_to: str | None = None
    aside: bool = False  # set aside, and not released since


@dataclass
class Model:
    day: int = 0
    kits: dict[str, Box] = field(default_factory=dict)
    arms: dict[str, str] = field(default_factory=dict)  # participant -> arm
    visits: dict[str, int] = field(default_factory=dict)  # participant -> visits with a kit
    last: dict[tuple[str, str], str] = field(default_factory=dict)  # visit -> its last kit
    waiting: dict[str, str] = field(default_factory=dict)  # shipment on its way -> centre

    def lasting(self, centre: str) -> dict[tuple[str | None, int], list[str]]:
        """(shipment, expiry) -> kits that are available at the centre and last a dose."""
        found: dict[tuple[str | None, int], list[str]] = {}
        for number, box in self.kits.items():
            here = box.centre == centre and box.status == "available"
            if here and box.expires >= self.day + DOSE:
                found.setdefault((box.shipment, box.expires), []).append(number)
        return found

    def surely_every_arm(self, centre: str) -> list[int]:
        """Expiries of lots of which more than half are left: both arms must be among them."""
        whole: dict[tuple[str | None, int], int] = {}
        for box in self.kits.values():
            if box.shipment is not None:
                key = (box.shipment, box.expires)
                whole[key] = whole.get(key, 0) + 1
        lots = self.lasting(centre)
        return sorted(lot[1] for lot, kits in lots.items() if 2 * len(kits) > whole[lot])

    def sendable(self) -> int:
        """Kits of every arm that the depot can send, the same number of both of each expiry."""
        alive = [b for b in self.kits.values() if b.status == "depot" and b.expires > self.day]
        return sum(
            min(sum(b.expires == day and b.arm == arm for b in alive) for arm in ARMS)
            for day in {box.expires for box in alive}
        )


class Inventory(RuleBasedStateMachine):
    logs: Path
    examples = count()

    def __init__(self) -> None:
        super().__init__()
        self.model, self.numbers, self.stack = Model(), count(1), ExitStack()
        self.stack.enter_context(transaction.atomic())
        log = self.logs / f"{next(self.examples)}.jsonl"
        self.stack.enter_context(override_settings(ALLOCATION_LOG=str(log)))
        self.stack.enter_context(allocations.everybody_eligible())
        for module in (allocation, dispensing):
            self.stack.enter_context(
                mock.patch.object(module, "standing_of", self.later(reads.standing_of))
            )
        # the same bytes in every run, so that what fails fails again
        draws = mock.patch.object(scheme, "SystemSource", return_value=SeededSource(b"inventory"))
        self.stack.enter_context(draws)
        self.stack.enter_context(
            mock.patch.object(supply, "take_shipment", self.later(supply.take_shipment))
        )

    def later(self, read: Callable[[Any], Any]) -> Callable[[Any], Any]:
        """What is read, on the model's day instead of today."""

        def shifted(what: Any) -> Any:
            found = read(what)
            return replace(found, clinical_at=found.clinical_at + timedelta(days=self.model.day))

        return shifted

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self.stack.close()

    @initialize(each=st.integers(3, 5), shelf=st.integers(0, len(SHELF) - 1))
    def begin(self, each: int, shelf: int) -> None:
        allocations.scheme()
        self.centres = {code: people.centre(code, name) for code, name in CENTRES}
        self.first = clinical_today(self.centres["FR-05"])
        for code in self.centres:
            self.restock(code, each, shelf)
            self.randomise(code)

    # What may happen

    @rule(each=st.integers(1, 4), shelf=st.integers(0, len(SHELF) - 1))
    def deliver(self, each: int, shelf: int) -> None:
        expires = self.model.day + SHELF[shelf]
        arms = [arm for n in range(each) for arm in (ARMS[::-1] if n % 2 else ARMS)]
        kits = [
            NewKit(f"{next(self.numbers):05d}", arm, self.first + timedelta(days=expires))
            for arm in arms
        ]
        with acting(SYSTEM):
            actions.register_kits(kits=kits, scheme=Scheme.objects.get(), by=SYSTEM)
        self.model.kits |= {kit.number: Box(kit.arm, expires) for kit in kits}

    @rule(
        code=st.sampled_from([code for code, _ in CENTRES]),
        each=st.integers(2, 5),
        shelf=st.integers(0, len(SHELF) - 1),
    )
    def restock(self, code: str, each: int, shelf: int) -> None:
        """All of it at once, so that there is something to give."""
        self.deliver(each, shelf)
        self.ship(code, each)
        self.arrive(0, 0)

    @rule(code=st.sampled_from([code for code, _ in CENTRES]), each=st.integers(1, 4))
    def ship(self, code: str, each: int) -> None:
        made = self.done(lambda: actions.ship_kits(centre=self.centres[code], each=each, by=SYSTEM))
        assert bool(made) == (each <= self.model.sendable())
        if made is None:
            return
        with acting(SYSTEM):
            numbers = list(made.kits.values_list("number", flat=True))
        sent = [self.model.kits[number] for number in numbers]
        assert sorted(box.arm for box in sent) == sorted(ARMS * each)
        for box in sent:
            assert box.status == "depot"
            assert box.expires > self.model.day
            box.status, box.centre, box.shipment = "in_transit", code, made.number
        self.model.waiting[made.number] = code

    @precondition(lambda self: self.model.waiting)
    @rule(damaged=st.integers(0, 3), missing=st.integers(0, 1))
    def arrive(self, damaged: int, missing: int) -> None:
        number, _ = self.model.waiting.popitem()
        kits = sorted(n for n, box in self.model.kits.items() if box.shipment == number)
        broken, lost = kits[:damaged], kits[damaged : damaged + missing]
        with acting(SYSTEM):
            shipment = Shipment.objects.select_related("centre").get(number=number)
            actions.receive_kits(shipment=shipment, damaged=broken, missing=lost, by=SYSTEM)
        for one in kits:
            box = self.model.kits[one]
            box.aside = one in broken
            box.status = "quarantined" if box.aside else "missing" if one in lost else "available"

    @precondition(lambda self: any(box.centre for box in self.model.kits.values()))
    @rule(which=st.integers(0, 10_000), back=st.booleans())
    def set_aside_or_release(self, which: int, back: bool) -> None:
        here = sorted(n for n, box in self.model.kits.items() if box.centre)
        number = here[which % len(here)]
        box, act = self.model.kits[number], actions.quarantine
        allowed = box.status in ("available", "dispensed", "missing")
        if back:
            act = actions.release_from_quarantine
            allowed = box.status == "quarantined" and box.given_to is None
        with acting(SYSTEM):
            kit = Kit.objects.get(number=number)
        assert bool(self.done(lambda: act(kit=kit, reason="test", by=SYSTEM))) == allowed
        if allowed:
            box.status, box.aside = ("available", False) if back else ("quarantined", True)

    @precondition(lambda self: any(box.centre for box in self.model.kits.values()))
    @rule(which=st.integers(0, 10_000), to=st.sampled_from(["returned", "destroyed"]))
    def leave(self, which: int, to: str) -> None:
        here = sorted(n for n, box in self.model.kits.items() if box.centre)
        number = here[which % len(here)]
        box = self.model.kits[number]
        with acting(SYSTEM):
            # on the day of the centre's own clock, which does not pass here
            today = clinical_today(self.centres[box.centre])
        expired = box.status == "available" and self.first + timedelta(days=box.expires) < today
        # of one that was given the empty box leaves, and no injection is entered here
        allowed = expired or box.status == "quarantined"

        def act() -> object:
            rule = mock.patch("randomisation.rules.check_not_before")
            with rule:
                return actions.take_leave(
                    centre=self.centres[box.centre],
                    numbers=[number],
                    to=to,
                    on=today,
                    reason="test",
                    by=SYSTEM,
                )

        assert bool(self.done(act)) == allowed
        if allowed:
            box.status = to

    @rule(days=st.sampled_from([1, 7, 28]))
    def days_pass(self, days: int) -> None:
        self.model.day += days

    @rule(code=st.sampled_from([code for code, _ in CENTRES]))
    def randomise(self, code: str) -> None:
        first = len(self.model.visits) + 1
        [participant] = allocations.participants(self.centres[code], 1, first=first)
        self.model.visits[participant.code] = 0
        made = self.give(participant, lambda: allocations.randomise(participant))
        if made:
            with acting(SYSTEM):
                arms = table.table(by=SYSTEM, reason="test")
            self.model.arms[participant.code] = arms[made.randomisation_number]
            self.note(participant.code, number_of(made), "INJ-01")
            self.model.visits[participant.code] += 1

    @precondition(lambda self: self.model.arms)
    @rule(which=st.integers(0, 10_000))
    def dispense(self, which: int) -> None:
        codes = sorted(self.model.arms)
        with acting(SYSTEM):
            code = codes[which % len(codes)]
            participant = Participant.objects.select_related("centre").get(code=code)
        visit = f"INJ-{self.model.visits[code] + 1:02d}"

        def ask() -> Dispensing:
            return actions.dispense(participant=participant, visit=visit, by=SYSTEM)

        made = self.give(participant, ask)
        if made:
            self.note(code, number_of(made), visit)
            self.model.visits[code] += 1
            again = self.done(ask)
            assert again is not None, "a visit that has its kit is told it again"
            assert again.kit_id == made.kit_id

    @precondition(lambda self: any(self.broken()))
    @rule(which=st.integers(0, 10_000))
    def replace(self, which: int) -> None:
        """Another kit for a visit whose last one was set aside."""
        broken = self.broken()
        code, visit = broken[which % len(broken)]
        with acting(SYSTEM):
            participant = Participant.objects.select_related("centre").get(code=code)

        def ask() -> Dispensing:
            return actions.dispense(participant=participant, visit=visit, by=SYSTEM)

        made = self.give(participant, ask)
        if made:
            old = self.model.last[code, visit]
            self.note(code, number_of(made), visit)
            with acting(SYSTEM):
                assert Dispensing.objects.get(pk=made.pk).replaces.kit.number == old

    def broken(self) -> list[tuple[str, str]]:
        """(participant, visit) whose last kit is set aside."""
        return sorted(
            place for place, number in self.model.last.items() if self.model.kits[number].aside
        )

    # What is said of it

    def done(self, act: Callable[[], Any]) -> Any:
        """What the act made; None where it was refused, and then nothing is changed."""
        try:
            with acting(SYSTEM):
                return act()
        except Refusal:
            return None

    def give(self, participant: Participant, act: Callable[[], Any]) -> Any:
        """A kit is given where, and only where, the model knows one of every arm at the centre."""
        sure = self.model.surely_every_arm(participant.centre.code)
        made = self.done(act)
        assert bool(made) == bool(sure)
        if made:
            assert self.model.kits[number_of(made)].expires <= sure[0]
        return made

    def note(self, code: str, number: str, visit: str) -> None:
        box = self.model.kits[number]
        assert box.arm == self.model.arms[code], "the kit matches the arm"
        assert box.centre == code[:5], "it is at that centre"
        assert box.status == "available", "it is neither aside nor on its way"
        assert box.expires >= self.model.day + DOSE, "it lasts to the end of the dose"
        assert box.given_to is None, "it was never given before"
        box.status, box.given_to = "dispensed", code
        self.model.last[code, visit] = number

    @invariant()
    def the_tables_say_the_same(self) -> None:
        with acting(SYSTEM):
            stock = {
                row[0]: row[1:]
                for row in Kit.objects.values_list(
                    "number", "status", "centre__code", "shipment__number"
                )
            }
            given = dict(Dispensing.objects.values_list("kit__number", "participant__code"))
        assert stock == {
            n: (box.status, box.centre, box.shipment) for n, box in self.model.kits.items()
        }
        assert given == {n: box.given_to for n, box in self.model.kits.items() if box.given_to}


def number_of(made: Any) -> str:
    """The number of the kit that an allocation or a dispensing gave."""
    with acting(SYSTEM):
        return Kit.objects.get(pk=made.kit_id).number


def run(tmp_path: Path, **changes: Any) -> None:
    Inventory.logs = tmp_path
    chosen = {
        "max_examples": 10,
        "stateful_step_count": 20,
        "deadline": None,
        "suppress_health_check": list(HealthCheck),
    }
    run_state_machine_as_test(Inventory, settings=settings(**(chosen | changes)))


@pytest.mark.promise("RN-09")
def test_the_inventory_is_its_model(tmp_path):
    run(tmp_path)


@pytest.mark.parametrize(
    ("fault", "instead"),
    [
        ("status = 'available'", "status IN ('available', 'quarantined')"),
        ("%(until)s::date", "%(until)s::date - 400"),
    ],
)
def test_a_planted_fault_is_found(tmp_path, monkeypatch, fault, instead):
    """The model itself: a kit from quarantine, or one that is past its date, is not missed."""
    assert fault in reads.STOCK
    monkeypatch.setattr(reads, "STOCK", reads.STOCK.replace(fault, instead))
    with pytest.raises(AssertionError):
        run(tmp_path, phases=(Phase.generate,), derandomize=True, max_examples=40)
