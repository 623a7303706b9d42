"""The people of a demonstration trial: who is screened where and when, with which disease.

Drawn from one seed; baseline totals are those of `marginals`. No arm takes part here except in
`with_arms`, for the two counts that were published by arm.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import date, timedelta

from simulation import marginals
from simulation.centres import CENTRES, CentrePlan
from simulation.subjects import Subject, TargetLesion, Tumour

OPENED = date(2015, 1, 30)
ACCRUAL_DAYS = 1826  # 60 months
# What keeps a person out, in turn; each is seen by a criterion of the definition.
FAILURES = ("progression", "grade", "performance", "neutrophils", "two_lines", "other_cancer")


def stream(seed: str, purpose: str) -> random.Random:
    """A run of chance of its own for each purpose, so that one change does not move all others."""
    return random.Random(f"{seed}/{purpose}")


def draw(n: int, seed: str, opened: date = OPENED, accrual: int = ACCRUAL_DAYS) -> list[Subject]:
    """n participants to randomise and their share of screen failures, in order of screening."""
    chance = stream(seed, "cohort")
    failures = marginals.shared({"in": 53, "out": marginals.SCREEN_FAILURES}, n * 61 // 53)["out"]
    days = randomisation_days(n, accrual, chance)
    where = centres_of(n, chance)
    tumours = draw_tumours(n, chance)
    people = []
    for index in range(n):
        on = weekday(opened + timedelta(days=days[index]))
        people.append(person(where[index], on, tumours[index], chance))
    for index in range(failures):
        on = weekday(opened + timedelta(days=chance.randint(40, accrual)))
        people.append(misfit(FAILURES[index % len(FAILURES)], on, chance))
    people.sort(key=lambda one: (one.consented_on, one.centre.code, one.birth_year))
    return [replace(one, key=key) for key, one in enumerate(people)]


def randomisation_days(n: int, accrual: int, chance: random.Random) -> list[int]:
    """Days since the opening, in order; slow at first, as centres open one by one."""
    return sorted(
        35 + int((accrual - 42) * ((index + chance.random()) / n) ** 0.85) for index in range(n)
    )


def centres_of(n: int, chance: random.Random) -> list[CentrePlan]:
    """Every centre once where there are enough participants, the rest by weight."""
    chosen = sorted(CENTRES, key=lambda one: (-one.weight, one.code))[:n]
    while len(chosen) < n:
        chosen.append(chance.choices(CENTRES, [one.weight for one in CENTRES])[0])
    chance.shuffle(chosen)
    return chosen


def weekday(day: date) -> date:
    """The day itself, or the Monday after a week-end."""
    return day + timedelta(days=max(0, 7 - day.weekday()) if day.weekday() > 4 else 0)


def workday(day: date) -> date:
    """The day itself, or the Friday before a week-end."""
    return day - timedelta(days=max(0, day.weekday() - 4))


def draw_tumours(n: int, chance: random.Random) -> list[Tumour]:
    """Diseases whose totals are the published ones; first-line dates are set by `person`."""
    columns = (
        marginals.dealt(marginals.GRADE, n, chance),
        marginals.dealt(marginals.METASTATIC, n, chance),
        marginals.dealt(marginals.RESPONSE, n, chance),
        marginals.dealt(marginals.REGIMEN, n, chance),
        marginals.l1_days(n, chance),
    )
    return [tumour(*row, chance) for row in zip(*columns, strict=True)]


def tumour(
    grade: str, metastatic: bool, response: str, regimen: str, l1: int, chance: random.Random
) -> Tumour:
    liver = chance.choice(("up_to_30", "over_30", "over_50")) if metastatic else "none"
    bone = metastatic and chance.random() < 0.18
    progressive = chance.random() < 0.7
    symptomatic = chance.random() < 0.45
    start = date(2014, 1, 1)
    return Tumour(
        primary="pancreas" if chance.random() < 0.87 else "duodenum",
        grade=grade,
        ki67=chance.randint(1, 2) if grade == "G1" else chance.randint(3, 20),
        gastrinoma=chance.random() < 0.06,
        metastatic=metastatic,
        liver_invasion=liver,
        bone=bone,
        progressive=progressive or not (symptomatic or bone),
        symptomatic=symptomatic,
        diagnosed=start - timedelta(days=chance.randint(40, 1500)),
        regimen=regimen,
        l1_start=start,
        l1_stop=start + timedelta(days=l1),
        response=response,
        targets=draw_targets(metastatic, chance),
        non_targets=("liver",) if metastatic and chance.random() < 0.5 else (),
    )


LIVER = ("segment II", "segment IV", "segment V", "segment VI", "segment VIII")


def draw_targets(metastatic: bool, chance: random.Random) -> tuple[TargetLesion, ...]:
    """One to four target lesions, two an organ at most."""
    found = [TargetLesion("pancreas", "head", False, chance.randint(22, 58))]
    if metastatic:
        sites = chance.sample(LIVER, 2)
        for site in sites[: chance.randint(1, 2)]:
            found.append(TargetLesion("liver", site, False, chance.randint(14, 62)))
        if chance.random() < 0.3:
            found = found[1:]
    if chance.random() < 0.3:
        found.append(TargetLesion("node", "coeliac", True, chance.randint(16, 28)))
    return tuple(found)


def person(
    centre: CentrePlan, randomised_on: date, disease: Tumour, chance: random.Random
) -> Subject:
    """Consent and imaging in the four weeks before; the first line ends shortly before."""
    imaged_on = workday(randomised_on - timedelta(days=chance.randint(8, 24)))
    consented_on = workday(imaged_on - timedelta(days=chance.randint(0, 3)))
    stopped = imaged_on - timedelta(days=chance.randint(0, 9))
    started = stopped - (disease.l1_stop - disease.l1_start)
    diagnosed = started - (disease.l1_start - disease.diagnosed)
    age = min(84, max(29, round(chance.gauss(63, 10.5))))
    sex = "F" if chance.random() < 0.45 else "M"
    return Subject(
        key=0,
        centre=centre,
        sex=sex,
        birth_year=randomised_on.year - age,
        birth_month=chance.randint(1, 12),
        consented_on=consented_on,
        imaged_on=imaged_on,
        randomised_on=randomised_on,
        performance=chance.choices((0, 1, 2), (5, 4, 1))[0],
        weight=round(chance.gauss(66 if sex == "F" else 76, 10), 1),
        height=round(chance.gauss(163 if sex == "F" else 175, 6)),
        tumour=replace(disease, l1_start=started, l1_stop=stopped, diagnosed=diagnosed),
    )


def misfit(failure: str, on: date, chance: random.Random) -> Subject:
    """A person screened who may not be randomised, for the reason named."""
    disease = tumour("G2", True, "SD", "temozolomide", chance.randint(90, 180), chance)
    if failure == "grade":
        disease = replace(disease, grade="G3", ki67=34)
    if failure == "progression":
        disease = replace(disease, response="PD")
    where = chance.choices(CENTRES, [one.weight for one in CENTRES])[0]
    someone = person(where, on, disease, chance)
    performance = 3 if failure == "performance" else someone.performance
    return replace(someone, failure=failure, performance=performance)


def with_arms(people: Sequence[Subject], arms: Sequence[str], seed: str) -> list[Subject]:
    """Nature's arm for those who are randomised, in the order of randomisation."""
    order = in_order(people)
    arm_of = {one.key: arm for one, arm in zip(order, arms, strict=True)}
    chance = stream(seed, "earlier analogue")
    before: set[int] = set()
    for arm, published in marginals.EARLIER_ANALOGUE.items():
        mine = [one.key for one in order if arm_of[one.key] == arm]
        count = marginals.share_of_arm(published, len(mine))
        before |= marginals.picked(mine, count, chance)
    return [
        replace(one, arm=arm_of.get(one.key, ""), earlier_analogue=one.key in before)
        for one in people
    ]


def in_order(people: Sequence[Subject]) -> list[Subject]:
    """Those who are randomised, in the order of randomisation."""
    return sorted(
        (one for one in people if one.randomised), key=lambda one: (one.randomised_on, one.key)
    )


def strata_of(one: Subject) -> dict[str, str]:
    """The levels of the definition's factors."""
    response = "SD" if one.tumour.response == "SD" else "CR-PR"
    return {"centre": one.centre.code, "grade": one.tumour.grade, "response": response}
