"""Adverse events: CTCAE terms and grades, none after the last news or the death."""

from __future__ import annotations

import random
from collections.abc import Sequence

from simulation.outcomes import Outcome
from simulation.source_records import AdverseEvent, Injection

REPORTED_FOR = 30  # days after the last injection

MILD = (
    ("Diarrhea", 5, "possible"),
    ("Abdominal pain", 4, "unrelated"),
    ("Fatigue", 5, "possible"),
    ("Injection site reaction", 4, "related"),
    ("Nausea", 3, "possible"),
    ("Constipation", 2, "unrelated"),
    ("Arthralgia", 2, "unrelated"),
    ("Headache", 2, "unrelated"),
    ("Back pain", 2, "unrelated"),
    ("Flatulence", 2, "possible"),
    ("Anorexia", 2, "unrelated"),
    ("Hyperglycemia", 1, "possible"),
)
SEVERE = (
    ("Abdominal pain", "unrelated"),
    ("Cholecystitis", "related"),
    ("Hyperglycemia", "possible"),
    ("Diarrhea", "possible"),
    ("GGT increased", "unrelated"),
    ("Anemia", "unrelated"),
    ("Biliary tract infection", "unrelated"),
    ("Alkaline phosphatase increased", "unrelated"),
    ("Fatigue", "possible"),
)

WORSE = ("GGT increased", "Biliary tract infection", "Anemia")  # may reach grade 4


def adverse_events(
    one: Outcome, shots: Sequence[Injection], severe: bool, chance: random.Random
) -> tuple[AdverseEvent, ...]:
    """Grade 1-2 events of any participant; one of grade 3-4 exactly where `severe`."""
    last = one.os_days - 1 if one.os_event else one.os_days
    until = max(0, min(last, (shots[-1].day if shots else 0) + REPORTED_FOR))
    count = min(6, chance.choice((0, 1, 1, 2, 2, 3, 4)) if until > 14 else int(until > 3))
    terms, weights = [row[0] for row in MILD], [row[1] for row in MILD]
    relation = {row[0]: row[2] for row in MILD}
    found = []
    for _ in range(count):
        term = chance.choices(terms, weights)[0]
        start = chance.randint(0, until)
        grade = 1 if term in ("Flatulence", "Injection site reaction") else chance.choice((1, 1, 2))
        found.append(AdverseEvent(term, grade, start, ended(start, last, chance), relation[term]))
    if severe:
        found.append(severe_event(until, last, chance))
    return tuple(sorted(found, key=lambda event: (event.start, event.term)))


def severe_event(until: int, last: int, chance: random.Random) -> AdverseEvent:
    term, related = chance.choice(SEVERE)
    start = chance.randint(0, until)
    grade = 4 if related == "unrelated" and term in WORSE and chance.random() < 0.3 else 3
    serious = grade == 4 or chance.random() < 0.5
    return AdverseEvent(term, grade, start, ended(start, last, chance), related, serious)


def ended(start: int, last: int, chance: random.Random) -> int | None:
    """The day an event is over; None where it was not by the last news."""
    day = start + chance.randint(2, 40)
    return day if day <= last else None
