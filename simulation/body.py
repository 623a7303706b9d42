"""Weight, pressure and blood of one person over time: plausible, and inside the checks' ranges."""

from __future__ import annotations

import random
from datetime import date

from simulation.cohort import stream
from simulation.sheets import NOT_DONE, Answers, day
from simulation.subjects import Subject

LIVER_LOAD = {"none": 0.0, "up_to_30": 0.3, "over_30": 0.7, "over_50": 1.0}


class Body:
    """Draws measures of one person; every measure stays near the one before."""

    def __init__(self, subject: Subject, seed: str) -> None:
        self.subject = subject
        self.chance: random.Random = stream(seed, f"body {subject.key}")
        chance = self.chance
        self.weight = min(110.0, max(44.0, subject.weight))
        self.ps = subject.performance
        self.pressure = round(min(148, max(104, chance.gauss(128, 9))))
        self.pulse = round(min(92, max(58, chance.gauss(72, 7))))
        self.qtc = round(min(462, max(380, chance.gauss(418, 14))))
        self.haemoglobin = min(15.5, max(10.6, chance.gauss(12.9, 1.1)))
        self.neutrophils = min(6.5, max(1.9, chance.gauss(3.6, 0.9)))
        self.platelets = min(380, max(135, chance.gauss(225, 45)))
        self.creatinine = creatinine(subject, self.weight, chance)
        self.marker = chance.lognormvariate(5.4, 1.0)

    def signs(self) -> Answers:
        """Weight and vital signs of one visit."""
        chance = self.chance
        self.weight = min(112.0, max(42.0, self.weight + chance.gauss(0, 0.5)))
        systolic = min(156, max(96, self.pressure + round(chance.gauss(0, 6))))
        return {
            "ps": str(self.ps if chance.random() < 0.85 else min(2, max(0, self.ps))),
            "weight": f"{self.weight:.1f}",
            "sbp": systolic,
            "dbp": max(52, min(96, systolic - 50 + round(chance.gauss(0, 4)))),
            "heart_rate": min(98, max(51, self.pulse + round(chance.gauss(0, 4)))),
            "temperature": f"{min(37.6, max(36.0, chance.gauss(36.7, 0.3))):.1f}",
        }

    def examination(self, on: date, *, first: bool) -> Answers:
        """The form VITALS; the ECG is made at screening, and later now and then."""
        made = {"visit_date": day(on), **self.signs()}
        if first:
            made |= {"ps": str(self.subject.performance), "height": self.subject.height}
        if first or self.chance.random() < 0.3:
            made |= {"ecg": "normal", "qtc": self.qtc + round(self.chance.gauss(0, 4))}
        else:
            made |= {"ecg": NOT_DONE, "qtc": NOT_DONE}
        return made

    def laboratory(self, on: date, *, first: bool) -> Answers:
        """The form LAB."""
        chance, subject = self.chance, self.subject
        load = LIVER_LOAD[subject.tumour.liver_invasion]
        low = subject.failure == "neutrophils" and first
        made: Answers = {
            "sampled_on": day(on),
            "haemoglobin": f"{self.haemoglobin + chance.gauss(0, 0.4):.1f}",
            "neutrophils": "1.20"
            if low
            else f"{max(1.6, self.neutrophils + chance.gauss(0, 0.4)):.2f}",
            "platelets": round(max(112, self.platelets + chance.gauss(0, 18))),
            "bilirubin": f"{min(24.0, max(4.0, chance.gauss(9 + 4 * load, 2.5))):.1f}",
            "ast": round(min(120, max(14, chance.gauss(27 + 22 * load, 7)))),
            "alt": round(min(130, max(12, chance.gauss(29 + 24 * load, 8)))),
            "alp": round(min(480, max(48, chance.gauss(90 + 120 * load, 25)))),
            "creatinine": round(self.creatinine * chance.uniform(0.95, 1.04)),
            "glucose": f"{min(9.5, max(4.1, chance.gauss(5.6, 0.7))):.1f}",
            "chromogranin_a": f"{max(18.0, self.marker * chance.lognormvariate(0, 0.2)):.1f}",
        }
        if first:
            made |= {"hba1c": f"{min(7.4, max(4.9, chance.gauss(5.7, 0.4))):.1f}"}
            made |= {"tsh": f"{min(3.9, max(0.6, chance.gauss(1.9, 0.6))):.2f}"}
        if subject.tumour.gastrinoma:
            made["gastrin"] = f"{chance.uniform(150, 900):.1f}"
        if can_become_pregnant(subject):
            made["pregnancy_test"] = "negative"
        return made


def age_of(subject: Subject) -> int:
    """Full years at consent, as the casebook counts them: from the end of the month of birth."""
    on = subject.consented_on
    return on.year - subject.birth_year - (on.month <= subject.birth_month)


def can_become_pregnant(subject: Subject) -> bool:
    return subject.sex == "F" and age_of(subject) < 50


def creatinine(subject: Subject, weight: float, chance: random.Random) -> float:
    """µmol/L such that the clearance after Cockcroft and Gault stays above 55 mL/min."""
    factor = 1.04 if subject.sex == "F" else 1.23
    highest = (140 - age_of(subject)) * weight * factor / 58
    return max(32.0, min(highest, chance.gauss(72, 9)))
