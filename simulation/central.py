"""What the central reader sees on the images: mostly what the centre saw, not always. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from simulation.cohort import stream
from simulation.sheets import Sheet
from simulation.subjects import Subject

SOONEST, LATEST = 27, 60  # days from the imaging to its reading: entered by then (trial.LATE)
MISSED, FEARED, OTHERWISE = 0.1, 0.03, 0.08  # a progression not seen, one seen, PR and SD swapped
SWAPPED = {"SD": "PR", "PR": "SD"}


@dataclass(frozen=True, slots=True)
class Seen:
    """As a reader types it; `days` after the imaging."""

    days: int
    response: str
    new_lesions: str
    sum_mm: str


def seen(subject: Subject, sheet: Sheet, seed: str) -> Seen:
    """Of the images of one RECIST sheet."""
    chance = stream(seed, f"central {subject.key} {sheet.visit}")
    local = sheet.answers["response"]
    response = local
    if local == "PD":
        response = "SD" if chance.random() < MISSED else "PD"
    elif chance.random() < FEARED:
        response = "PD"
    elif chance.random() < OTHERWISE:
        response = SWAPPED.get(local, local)
    fresh = response == "PD" and sheet.answers.get("new_lesions") == "yes"
    measured = sum(float(row["mm"]) for row in sheet.answers.get("targets", ()))
    total = max(0.0, measured + chance.gauss(0, 1.5))
    return Seen(
        days=chance.randint(SOONEST, LATEST),
        response=response,
        new_lesions="yes" if fresh else "no",
        sum_mm=f"{total:.1f}",
    )
