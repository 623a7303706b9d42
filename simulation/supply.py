"""Kits: delivered to the depot, sent to centres, received there; always enough of every arm.

The supply manager is unblinded and knows how many of each arm a centre has left; the count is
kept here beside the actions, from nature's arms. No door of the vault is used.
"""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta

from randomisation.actions import receive_kits, register_kits, ship_kits
from randomisation.methods.kit_file import NewKit
from randomisation.models import Scheme
from reminet_site.context import acting
from reminet_site.roles import Role, Verb
from simulation.cohort import stream
from simulation.people import Staff

EACH = 6  # kits of every arm in one shipment, delivered to the depot just before
LOW = 3  # a shipment is asked for at this many left of an arm
KEEPS = timedelta(days=1080)


class Supply:
    """The depot and the stocks; a shipment arrives the moment it is sent."""

    def __init__(self, staff: Staff, scheme: Scheme, seed: str) -> None:
        self._staff, self._scheme = staff, scheme
        self._chance = stream(seed, "kits")
        self._arms: list[str] = list(scheme.plan["arms"])
        self._numbers: set[str] = set()
        self._left: dict[str, Counter[str]] = {}

    def taken(self, centre: str, arm: str, today: date) -> None:
        """A kit of this arm was given; more are sent where few are left."""
        stock = self._left.setdefault(centre, Counter())
        stock[arm] -= 1
        if min(stock[one] for one in self._arms) < LOW:
            self.send(centre, today)

    def open(self, centre: str, today: date) -> None:
        """The centre has its first kits."""
        if centre not in self._left:
            self.send(centre, today)

    def send(self, centre: str, today: date) -> None:
        self.deliver(EACH, today)
        staff, place = self._staff, self._staff.centres[centre]
        sender = staff.actor(Role.SUPPLY_MANAGER, Verb.REGISTER_KITS)
        with acting(sender):
            shipment = ship_kits(centre=place, each=EACH, by=sender)
        receiver = staff.actor(Role.PHARMACIST, Verb.RECEIVE_KITS, centre)
        with acting(receiver):
            receive_kits(shipment=shipment, by=receiver)
        self._left.setdefault(centre, Counter()).update(dict.fromkeys(self._arms, EACH))

    def deliver(self, each: int, today: date) -> None:
        """`each` kits of every arm into the depot. Numbers are drawn by chance, so that their
        order tells nothing."""
        numbers: list[str] = []
        while len(numbers) < each * len(self._arms):
            number = f"{self._chance.randrange(10**6):06d}"
            if number not in self._numbers:
                self._numbers.add(number)
                numbers.append(number)
        kits = [
            NewKit(number, self._arms[place % len(self._arms)], today + KEEPS)
            for place, number in enumerate(numbers)
        ]
        sender = self._staff.actor(Role.SUPPLY_MANAGER, Verb.REGISTER_KITS)
        with acting(sender):
            register_kits(kits=kits, scheme=self._scheme, by=sender)
