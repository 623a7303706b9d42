"""When a participant is imaged, and how large the lesions are: the progression on its day.

The days follow from the outcome profile alone; the sizes stay clear of RECIST 1.1 progression
(at least 20 % and 5 mm above the smallest sum) until the day it is due.
"""

from __future__ import annotations

import random
from collections.abc import Sequence

from simulation.outcomes import Outcome
from simulation.source_records import Assessment, Calendar, off_weekend
from simulation.subjects import TargetLesion

APART = 10  # days between two assessments, at least where a window allows it
SMALLEST_MM = 11  # nothing gets too small to measure, and no node becomes normal
NEW_SITES = ("liver", "bone", "peritoneum", "lung")


def days_seen(one: Outcome, calendar: Calendar, chance: random.Random, first: int = 0) -> list[int]:
    """Days with an evaluable assessment, in order; the last is the one that the profile names.

    A death as the event has no assessment on its day. Where there is time for it, the assessment
    of the 6-month landmark is made; where a death comes by the landmark's limit it is not, so
    that nothing speaks against the failure.
    """
    if one.pfs_days == 0:
        return []
    last = one.pfs_days
    days = scheduled_before(last, calendar, chance, first)
    if not one.dies_without_progression:
        return [*days, last]
    if last <= calendar.landmark_limit:
        return [day for day in days if day < calendar.landmark_first]
    if last <= calendar.landmark_last:
        days.append(chance.randint(calendar.landmark_first, last - 1))
    return days


def scheduled_before(
    last: int, calendar: Calendar, chance: random.Random, first: int = 0
) -> list[int]:
    """The scheduled assessments whose whole window lies before the day `last`, each inside its
    window and, where the window allows, on a weekday some days away from `last`."""
    spread = calendar.imaging_window
    days = []
    nth = 1
    while (target := nth * calendar.imaging_every) + spread < last:
        latest = min(target + spread, max(target - spread, last - APART))
        wanted = off_weekend(target + round(chance.gauss(0, 4)), first)
        days.append(max(target - spread, min(wanted, latest)))
        nth += 1
    return days


def visit_of(day: int, calendar: Calendar, used: set[str]) -> str:
    """The scheduled visit in whose window the day lies, else the next unscheduled one."""
    nth = round(day / calendar.imaging_every)
    if nth > 0 and abs(day - nth * calendar.imaging_every) <= calendar.imaging_window:
        name = f"ASM-{nth * calendar.imaging_step:02d}"
        if name not in used:
            return name
    taken = sum(1 for name in used if name.startswith("UNS"))
    return f"UNS-{taken + 1:02d}"


def assessments(
    one: Outcome,
    targets: Sequence[TargetLesion],
    non_targets: Sequence[str],
    calendar: Calendar,
    chance: random.Random,
    first: int = 0,
) -> tuple[Assessment, ...]:
    """Every evaluable assessment after baseline; the last is the progression where there is one.

    `first` is the weekday of day 0, Monday 0.
    """
    days = days_seen(one, calendar, chance, first)
    quiet = "NON_CR_NON_PD" if non_targets else "NONE"
    baseline = [lesion.mm for lesion in targets]
    smallest = sum(baseline)
    aim = chance.uniform(0.74, 1.0)
    found: list[Assessment] = []
    used: set[str] = set()
    for place, day in enumerate(days):
        share = 1 + (aim - 1) * min(1.0, (place + 1) / 3)
        mm = quiet_sizes(baseline, share, smallest, chance)
        visit = visit_of(day, calendar, used)
        used.add(visit)
        if one.progresses and day == one.pfs_days:
            found.append(progression(day, visit, mm, smallest, quiet, chance))
            break
        smallest = min(smallest, sum(mm))
        found.append(Assessment(day, visit, tuple(mm), quiet))
    return tuple(found)


def quiet_sizes(
    baseline: Sequence[int], share: float, smallest: int, chance: random.Random
) -> list[int]:
    """Sizes around a share of baseline whose sum is no progression against the smallest sum."""
    mm = [max(SMALLEST_MM, round(size * share * chance.uniform(0.96, 1.05))) for size in baseline]
    while is_progression(sum(mm), smallest):
        mm[mm.index(max(mm))] -= 1
    return mm


def is_progression(now: int, smallest: int) -> bool:
    """At least 20 % and at least 5 mm above the smallest sum, in whole millimetres."""
    return now - smallest >= 5 and 5 * (now - smallest) >= smallest


def progression(
    day: int,
    visit: str,
    mm: Sequence[int],
    smallest: int,
    quiet: str,
    chance: random.Random,
) -> Assessment:
    """By growth of the target lesions, by a new lesion, or by non-target lesions."""
    way = chance.random()
    if way < 0.3:
        return Assessment(day, visit, tuple(mm), quiet, chance.choice(NEW_SITES), True)
    if way < 0.4 and quiet != "NONE":
        return Assessment(day, visit, tuple(mm), "PD", "", True)
    wanted = smallest * chance.uniform(1.24, 1.6) + 5
    grown = list(mm)
    while sum(grown) < wanted:
        place = chance.randrange(len(grown))
        grown[place] += chance.randint(1, 4)
    return Assessment(day, visit, tuple(grown), quiet, "", True)
