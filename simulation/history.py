"""From a person and an outcome profile to dated source records that lead exactly to it.

Deterministic: the same subject, profile and seed give the same history. What the derivation of
the endpoints makes of the records is the profile again, day for day, whatever the profile.
"""

from __future__ import annotations

import random

from simulation.cohort import stream
from simulation.imaging import assessments
from simulation.outcomes import Outcome
from simulation.safety import adverse_events
from simulation.source_records import (
    Assessment,
    Calendar,
    Contact,
    End,
    History,
    Injection,
    Treatment,
    off_weekend,
)
from simulation.subjects import Subject

LOST_AFTER = 75  # days without news before the end of the trial: treatment has ended
NEXT_LINES = (
    ("chemotherapy", "FOLFIRI"),
    ("chemotherapy", "FOLFOX"),
    ("chemotherapy", "Capecitabine and temozolomide"),
    ("targeted", "Everolimus"),
    ("targeted", "Sunitinib"),
    ("prrt", "Lutetium (177Lu) oxodotreotide"),
    ("embolisation", "Chemoembolisation of the liver"),
)


def draw(
    subject: Subject,
    outcome: Outcome,
    seed: str,
    *,
    severe: bool = False,
    closing_day: int | None = None,
    calendar: Calendar | None = None,
) -> History:
    """The history of one participant.

    `severe`: has a grade 3-4 event, and only then. `closing_day`: the day of the data cut since
    randomisation; who was last seen long before it has ended treatment.
    """
    plan = calendar or Calendar()
    chance = stream(seed, f"history {subject.key}")
    lesions = subject.tumour
    first = subject.randomised_on.weekday()
    seen = assessments(outcome, lesions.targets, lesions.non_targets, plan, chance, first)
    treatment = next_treatment(outcome, chance)
    end = end_of_treatment(outcome, treatment, closing_day, chance)
    shots = injections(outcome, end, plan, chance, first)
    return History(
        assessments=seen,
        injections=shots,
        events=adverse_events(outcome, shots, severe, chance),
        treatments=(treatment,) if treatment else (),
        contacts=contacts(outcome, seen, shots, treatment, end, plan, chance),
        end=end,
        death=outcome.os_days if outcome.os_event else None,
        death_cause=chance.choices(("disease", "other", "unknown"), (8, 1, 1))[0]
        if outcome.os_event
        else "",
    )


def next_treatment(one: Outcome, chance: random.Random) -> Treatment | None:
    """After progression, mostly; before a death that is no PFS event, always."""
    first = one.pfs_days + 1 if one.pfs_days else 0
    last = one.os_days - 1 if one.os_event else one.os_days
    if one.dies_without_progression or first > last:
        return None
    wanted = one.treated_before_event or (one.pfs_event and chance.random() < 0.85)
    if not wanted:
        return None
    day = min(last, one.pfs_days + chance.randint(14, 60))
    kind, name = chance.choice(NEXT_LINES)
    return Treatment(day, kind, name)


def end_of_treatment(
    one: Outcome, treatment: Treatment | None, closing_day: int | None, chance: random.Random
) -> End | None:
    """Why and when the injections stopped; None where they go on."""
    if one.progresses:
        last = one.os_days - 1 if one.os_event else one.os_days
        if treatment:
            last = min(last, treatment.day)
        return End(min(last, one.pfs_days + chance.randint(0, 12)), "progression")
    if one.dies_without_progression:
        return End(one.os_days, "death")
    if treatment:
        return End(treatment.day, "other_treatment")
    if one.pfs_days == 0:
        return End(min(one.os_days, chance.randint(20, 60)), "participant")
    if one.os_days > one.pfs_days:
        return End(min(one.os_days, one.pfs_days + chance.randint(5, 20)), "participant")
    if closing_day is not None and closing_day - one.os_days > LOST_AFTER:
        return End(one.os_days, chance.choice(("lost", "participant", "investigator")))
    return None


def injections(
    one: Outcome, end: End | None, plan: Calendar, chance: random.Random, first: int = 0
) -> tuple[Injection, ...]:
    """Every 28 days from day 1, each anchored on the one before, on weekdays, until treatment ends.

    None on or after the day of progression or death, none after the last news.
    """
    last = one.os_days
    if one.pfs_event:
        last = one.pfs_days - 1
    if end and end.reason != "lost":
        last = min(last, end.day)
    if one.treated_before_event:
        last = min(last, one.pfs_days if one.pfs_days else last - 1)
    found: list[Injection] = []
    day = min(off_weekend(1 + chance.choice((0, 0, 0, 1, 2)), first), max(last, 0))
    while day <= last:
        found.append(Injection(len(found) + 1, day))
        late = chance.choices((-2, -1, 0, 1, 2, 3, 9), (2, 6, 30, 8, 4, 2, 1))[0]
        day = off_weekend(day + plan.injection_every + late, first)
    return tuple(found)


def contacts(
    one: Outcome,
    seen: tuple[Assessment, ...],
    shots: tuple[Injection, ...],
    treatment: Treatment | None,
    end: End | None,
    plan: Calendar,
    chance: random.Random,
) -> tuple[Contact, ...]:
    """Every 6 months after the end of treatment; the last news of the living on its day."""
    if end is None:
        return ()
    news = max([0, end.day, *(a.day for a in seen), *(i.day for i in shots)])
    news = max(news, treatment.day if treatment else 0)
    last = one.os_days - 1 if one.os_event else one.os_days
    days: list[int] = []
    nth = 1
    while (due := end.day + round(nth * plan.follow_up_every) + chance.randint(-9, 9)) < last - 20:
        days.append(due)
        nth += 1
    if not one.os_event and last > news:
        days.append(last)
    ways = ("visit", "visit", "telephone", "physician")
    return tuple(Contact(k, day, chance.choice(ways)) for k, day in enumerate(days, start=1))
