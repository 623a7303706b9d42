"""The people: the published baseline totals, and any other size."""

from collections import Counter
from datetime import timedelta
from statistics import median

import pytest

from simulation import cohort, marginals
from simulation.centres import CENTRES

MONTH = 30.4375


def test_fifty_three_have_the_published_baseline() -> None:
    people = [one for one in cohort.draw(53, "test") if one.randomised]
    tumours = [one.tumour for one in people]
    months = [(one.l1_stop - one.l1_start).days / MONTH for one in tumours]
    assert len(people) == 53
    assert Counter(one.grade for one in tumours)["G2"] == 43
    assert Counter(one.metastatic for one in tumours)[True] == 48
    assert Counter(one.response for one in tumours) == {"SD": 43, "PR": 10}
    assert Counter(one.regimen for one in tumours) == marginals.REGIMEN
    assert [round(f(months), 1) for f in (median, min, max)] == [4.6, 2.0, 7.7]
    assert {one.centre.code for one in people} == {one.code for one in CENTRES}


@pytest.mark.parametrize("n", [1, 2, 3, 5, 17, 52, 54, 200])
def test_any_number_of_people(n: int) -> None:
    people = cohort.draw(n, "test")
    assert sum(one.randomised for one in people) == n
    for one in people:
        assert cohort.OPENED <= one.consented_on <= one.imaged_on < one.randomised_on
        assert (one.randomised_on - one.imaged_on).days <= 28
        assert one.randomised_on.weekday() < 5
        assert one.tumour.l1_stop <= one.imaged_on


def test_same_seed_same_people() -> None:
    assert cohort.draw(20, "one") == cohort.draw(20, "one")
    assert cohort.draw(20, "one") != cohort.draw(20, "two")


def test_screening_failures_keep_out() -> None:
    failures = [one for one in cohort.draw(53, "test") if not one.randomised]
    assert len(failures) == 8
    assert all(one.failure for one in failures)


def test_earlier_analogue_by_arm() -> None:
    arms = ["LAN"] * 27 + ["PBO"] * 26
    people = cohort.with_arms(cohort.draw(53, "test"), arms, "test")
    counted = Counter(one.arm for one in people if one.earlier_analogue)
    assert counted == {"LAN": 4, "PBO": 5}


def test_accrual_takes_sixty_months() -> None:
    order = cohort.in_order(cohort.draw(53, "test"))
    assert order[-1].randomised_on - cohort.OPENED <= timedelta(days=cohort.ACCRUAL_DAYS)
