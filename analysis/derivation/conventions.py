"""The numbers of the protocol that the derivations need: parameters of the study definition.

The defaults are REMINET's; those that are not published are assumed, and said to be so there.
"""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Landmark:
    """A window of days for the assessment, and the limit in days where there is none."""

    name: str
    first: int
    last: int
    limit: float


SIX_MONTHS = Landmark("6 months", 182 - 14, 182 + 14, 182.625)
TWELVE_MONTHS = Landmark("12 months", 365 - 14, 365 + 14, 365.25)


@dataclass(frozen=True, slots=True)
class Conventions:
    """Landmarks; imaging every so many days with a window either side; how many scheduled
    assessments in a row make an event late; from which day stable disease counts; by how many
    hundredths of a point a score must fall to be worse."""

    six_months: Landmark = SIX_MONTHS
    twelve_months: Landmark = TWELVE_MONTHS
    imaging_every: int = 91
    imaging_window: int = 14
    missed_from: int = 2
    stable_from: int = 42
    worse_by: int = 500


REMINET = Conventions()
