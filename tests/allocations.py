"""A trial with kits and participants who may be randomised, for tests of what comes after."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date, datetime
from typing import Any
from unittest import mock

from crf import study
from crf.definition import StratumValue, Text
from crf.definition.eligibility import Source
from crf.models import Participant
from randomisation import actions
from randomisation.eligibility import Gate
from randomisation.methods.kit_file import NewKit
from randomisation.methods.randomness import Reader, SeededSource
from randomisation.models import Scheme
from randomisation.scheme import open_scheme, plan_of
from reminet_site.clock import clinical_now, day_at
from reminet_site.context import Actor, acting
from reminet_site.models import Centre
from tests import people

SYSTEM = Actor.system("tests")
EXPIRY = date(2099, 8, 31)
LEVELS = {"grade": "G2", "response": "SD"}


def scheme(**changes: Any) -> Scheme:
    """The scheme of the published definition, or with some of its plan changed."""
    plan = plan_of(study.current().definition)
    if changes:
        plan = type(plan).from_json(plan.to_json() | changes)
    with acting(SYSTEM):
        return open_scheme(plan=plan, by=SYSTEM)


def kit_numbers(n: int, start: int = 0) -> list[str]:
    """Different five-digit numbers, in an order by chance."""
    reader = Reader(SeededSource(b"kit numbers", str(start)).draw(1, 64 * (n + 8)))
    numbers: dict[str, None] = {}
    while len(numbers) < n:
        numbers[f"{start * 10_000 + reader.below(10_000):05d}"] = None
    return list(numbers)


def deliver(each: int, arms: Mapping[str, int] | None = None, start: int = 0) -> list[NewKit]:
    """`each` kits of every arm (or `arms`: how many of each) are in the depot."""
    with acting(SYSTEM):
        here = Scheme.objects.get()
        counts = arms or dict.fromkeys(here.plan["arms"], each)
        contents = [arm for arm, n in counts.items() for _ in range(n)]
        numbers = kit_numbers(len(contents), start)
        kits = [NewKit(number, arm, EXPIRY) for number, arm in zip(numbers, contents, strict=True)]
        actions.register_kits(kits=kits, scheme=here, by=SYSTEM)
    return kits


def supply(centre: Centre, each: int) -> None:
    """`each` kits of every arm are available at the centre."""
    with acting(SYSTEM):
        shipment = actions.ship_kits(centre=centre, each=each, by=SYSTEM)
        actions.receive_kits(shipment=shipment, by=SYSTEM)


def participants(centre: Centre, n: int, first: int = 1) -> list[Participant]:
    with acting(SYSTEM):
        return [
            Participant.objects.create(
                centre=centre,
                number=number,
                code=f"{centre.code}-{number:03d}",
                screened_on=date(2019, 9, 5),
            )
            for number in range(first, first + n)
        ]


def levels_of(participant: Participant) -> dict[str, str]:
    return {"centre": participant.centre.code} | LEVELS


@contextmanager
def everybody_eligible():
    """The gate is open for all, with the same strata; other tests are about the gate itself."""

    def assess(participant: Participant, at: datetime | None = None) -> Gate:
        strata = tuple(
            StratumValue(name, Text(name), level, Text(level), Source("", "", ""))
            for name, level in levels_of(participant).items()
        )
        today = day_at(at or clinical_now(), participant.centre)
        return Gate(study.current().definition, today, (), strata, {})

    with mock.patch("randomisation.eligibility.assess", assess):
        yield


def randomise(participant: Participant, by: Actor = SYSTEM) -> Any:
    with acting(by):
        return actions.randomise(
            participant=participant, strata_confirmed=levels_of(participant), by=by
        )


@contextmanager
def supplied_centre(kits: int) -> Iterator[Centre]:
    """A centre with a scheme and `kits` of every arm, where everybody is eligible."""
    scheme()
    deliver(2 * kits)
    with everybody_eligible():
        here = people.centre()
        supply(here, kits)
        yield here


def treated(centre: Centre, n: int) -> list[Participant]:
    """The centre's first participants, randomised."""
    for one in participants(centre, n):
        randomise(one)
    with acting(SYSTEM):
        return list(Participant.objects.select_related("centre").order_by("code"))
