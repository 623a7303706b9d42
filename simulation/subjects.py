"""Who a synthetic participant is at screening, before any arm. Pure data."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from simulation.centres import CentrePlan


@dataclass(frozen=True, slots=True)
class TargetLesion:
    """A target lesion at baseline: longest diameter, or short axis of a node, in mm."""

    organ: str
    site: str
    node: bool
    mm: int


@dataclass(frozen=True, slots=True)
class Tumour:
    """The disease and its first-line treatment; dates are of the calendar."""

    primary: str  # pancreas | duodenum
    grade: str  # G1 | G2
    ki67: int
    gastrinoma: bool
    metastatic: bool
    liver_invasion: str  # none | up_to_30 | over_30 | over_50
    bone: bool
    progressive: bool
    symptomatic: bool
    diagnosed: date
    regimen: str
    l1_start: date
    l1_stop: date
    response: str  # SD | PR
    targets: tuple[TargetLesion, ...]
    non_targets: tuple[str, ...]  # organs


@dataclass(frozen=True, slots=True)
class Subject:
    """A person screened; `failure` names the criterion that keeps a person out, else ""."""

    key: int  # place in the order of screening, from 0
    centre: CentrePlan
    sex: str  # F | M
    birth_year: int
    birth_month: int
    consented_on: date
    imaged_on: date
    randomised_on: date
    performance: int
    weight: float
    height: int
    tumour: Tumour
    failure: str = ""
    arm: str = ""  # nature's; nothing of it is entered
    earlier_analogue: bool = False

    @property
    def randomised(self) -> bool:
        return not self.failure

    def on(self, day: int) -> date:
        """The calendar date of a day since randomisation."""
        return self.randomised_on + timedelta(days=day)
