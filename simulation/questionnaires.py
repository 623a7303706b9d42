"""The quality of life of one person at one visit, as the paper questionnaire says it."""

from __future__ import annotations

import random
from datetime import date

from simulation.cohort import stream
from simulation.sheets import NOT_DONE, Answers, day
from simulation.subjects import Subject

NOT_FILLED = (("too_ill", 2), ("not_given", 2), ("refused", 1))
MAY_NOT_APPLY = (39, 40, 51)  # treatment before its start, sexual life
HEALTH, QUALITY = 29, 30  # from 1 to 7, the only ones of which more is better


def questionnaire(subject: Subject, visit: str, on: date, seed: str, *, worse: bool) -> Answers:
    """The form QOL; `worse` where the disease has progressed."""
    chance = stream(seed, f"quality {subject.key} {visit}")
    if visit != "SCR" and chance.random() < 0.08:
        reasons, weights = zip(*NOT_FILLED, strict=True)
        why = chance.choices(reasons, weights)[0]
        return {"qol_date": day(on), "filled": "no", "why_not": why}
    burden = burden_of(subject, seed) + (0.6 if worse else 0.0)
    made: Answers = {"qol_date": day(on), "filled": "yes"}
    made |= {f"q{number}": answer(chance, burden) for number in range(1, 52)}
    made |= {f"q{number}": overall(chance, burden) for number in (HEALTH, QUALITY)}
    for number in MAY_NOT_APPLY:
        if (visit == "SCR" and number != 51) or chance.random() < 0.1:
            made[f"q{number}"] = {"missing": "not_applicable"}
    made["uniscale"] = overall(chance, burden) * 13 + chance.randrange(9)
    if chance.random() < 0.04:
        made["uniscale"] = NOT_DONE
    return made


def burden_of(subject: Subject, seed: str) -> float:
    """Around 1, no less than 0.2: how much somebody is troubled, all visits alike."""
    own = stream(seed, f"burden {subject.key}").gauss(0.8, 0.3)
    return max(0.2, own + 0.3 * subject.performance)


def answer(chance: random.Random, burden: float) -> int:
    """1, not at all, to 4, very much."""
    return min(4, max(1, round(1 + chance.gauss(burden * 0.7, 0.6))))


def overall(chance: random.Random, burden: float) -> int:
    """1, very poor, to 7, excellent."""
    return min(7, max(1, round(chance.gauss(6.3 - 1.3 * burden, 0.7))))
