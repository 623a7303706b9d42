"""Which arm each participant is in, known beforehand: the pure allocator run with the seed.

Where the profiles' arms differ by a few participants, seeds are tried until the allocator splits
as they do; else a list made beforehand gives the split. No door of the vault is used.
"""

from __future__ import annotations

import hashlib
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta

from randomisation.methods.allocator import replay
from randomisation.methods.plan import Plan
from randomisation.methods.randomness import SeededSource
from simulation.cohort import in_order, strata_of, stream, with_arms
from simulation.outcomes import ARMS, Outcome
from simulation.subjects import Subject

CLOSE = 3  # arms that differ by more are left to a list
TRIES = 400


@dataclass(frozen=True, slots=True)
class Nature:
    """The seed of the demonstration, the arms in the order of randomisation, and the list (CSV
    text, "" where the plan of the definition does the allocation)."""

    seed: str
    plan: Plan
    arms: tuple[str, ...]
    list_csv: str = ""

    @property
    def list_sha256(self) -> str:
        return hashlib.sha256(self.list_csv.encode()).hexdigest()


def decide(people: Sequence[Subject], outcomes: Sequence[Outcome], plan: Plan, seed: str) -> Nature:
    """A split of the people that has as many in each arm as the profiles."""
    wanted = Counter(one.arm for one in outcomes)
    order = in_order(people)
    if abs(wanted[ARMS[0]] - wanted[ARMS[1]]) <= CLOSE and plan.method == "minimisation":
        found = searched(order, wanted, plan, seed)
        if found:
            return found
    return listed(wanted, plan, seed)


def searched(
    order: Sequence[Subject], wanted: Counter[str], plan: Plan, seed: str
) -> Nature | None:
    """The first of the seeds whose allocations split as wanted."""
    strata = [strata_of(one) for one in order]
    for number in range(TRIES):
        tried = f"{seed}-{number}"
        arms = tuple(replay(plan, strata, SeededSource(tried.encode(), "allocation")))
        if Counter(arms) == wanted:
            return Nature(tried, plan, arms)
    return None


def listed(wanted: Counter[str], plan: Plan, seed: str) -> Nature:
    """A list in an order drawn by chance, filled up behind with what makes its ratio 1:1."""
    arms = list(wanted.elements())
    stream(seed, "list").shuffle(arms)
    most = max(wanted.values())
    spare = [arm for arm in plan.arms for _ in range(most - wanted[arm])]
    rows = [f"L{number:04d},{arm}" for number, arm in enumerate([*arms, *spare], start=1)]
    of_list = replace(plan, method="list", stratified_by=())
    return Nature(f"{seed}-list", of_list, tuple(arms), "\n".join(["number,arm", *rows]) + "\n")


@dataclass(frozen=True, slots=True)
class Fate:
    """A participant and the profile that comes true."""

    subject: Subject
    outcome: Outcome


def fates(
    people: Sequence[Subject], outcomes: Sequence[Outcome], nature: Nature, seed: str
) -> tuple[list[Fate], list[Subject]]:
    """Each participant with a profile of the same arm, in order of randomisation; and those who
    are not randomised. Of those alive at the end, the ones randomised early are, by and large,
    followed longest; deaths come at any time."""
    everybody = with_arms(people, nature.arms, seed)
    chance = stream(seed, "fates")
    longest = max(one.os_days for one in outcomes)
    found = []
    for arm in ARMS:
        mine = [one for one in in_order(everybody) if one.arm == arm]
        profiles = [one for one in outcomes if one.arm == arm]
        profiles.sort(key=lambda one: -place_of(one, longest, chance))
        found += [Fate(*pair) for pair in zip(mine, profiles, strict=True)]
    found.sort(key=lambda fate: (fate.subject.randomised_on, fate.subject.key))
    return found, [one for one in everybody if not one.randomised]


def place_of(one: Outcome, longest: int, chance: random.Random) -> float:
    """The larger, the earlier in the trial."""
    return chance.uniform(0, longest) if one.os_event else one.os_days + chance.gauss(0, 150)


def closing(fates: Sequence[Fate]) -> date:
    """The day of the data cut: every profile has come true a month before."""
    last = max(fate.subject.on(fate.outcome.os_days) for fate in fates)
    return last + timedelta(days=30)
