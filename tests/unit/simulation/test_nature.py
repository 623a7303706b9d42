"""Nature's arms: the split of the profiles, by the allocator or by a list."""

from collections import Counter
from dataclasses import replace

import pytest

from randomisation.methods import imported_list
from randomisation.methods.allocator import replay
from randomisation.methods.plan import Factor, Plan
from randomisation.methods.randomness import SeededSource, SystemSource
from simulation import cohort, nature
from simulation.outcomes import OWN_FILE, Outcome, read

PLAN = Plan(
    method="minimisation",
    arms=("LAN", "PBO"),
    factors=(Factor("centre"), Factor("grade", ("G1", "G2")), Factor("response", ("SD", "CR-PR"))),
)


def profiles(lan: int, pbo: int) -> list[Outcome]:
    one = Outcome("LAN", True, 100, False, 100, False)
    return [one] * lan + [replace(one, arm="PBO")] * pbo


def test_own_file_is_split_by_the_allocator_itself() -> None:
    rows = read(OWN_FILE)
    people = cohort.draw(len(rows), "test")
    found = nature.decide(people, rows, PLAN, "test")
    strata = [cohort.strata_of(one) for one in cohort.in_order(people)]
    assert not found.list_csv
    assert Counter(found.arms) == {"LAN": 27, "PBO": 26}
    assert tuple(replay(PLAN, strata, SeededSource(found.seed.encode()))) == found.arms


@pytest.mark.parametrize(("lan", "pbo"), [(20, 4), (1, 9), (5, 0), (0, 4), (40, 44)])
def test_unequal_arms_come_from_a_list_that_passes_its_import(lan: int, pbo: int) -> None:
    rows = profiles(lan, pbo)
    people = cohort.draw(len(rows), "test")
    found = nature.decide(people, rows, PLAN, "test")
    assert Counter(found.arms) == Counter(one.arm for one in rows)
    assert found.plan.method == "list"
    made = imported_list.parse(
        found.list_csv.encode(), plan=found.plan, ratio=(1, 1), sha256=found.list_sha256
    )
    strata = [cohort.strata_of(one) for one in cohort.in_order(people)]
    assert tuple(replay(found.plan, strata, SystemSource(), made.places)) == found.arms


@pytest.mark.parametrize(("lan", "pbo"), [(3, 2), (30, 33), (1, 1), (1, 0)])
def test_near_equal_arms_find_a_seed(lan: int, pbo: int) -> None:
    rows = profiles(lan, pbo)
    found = nature.decide(cohort.draw(len(rows), "test"), rows, PLAN, "test")
    assert Counter(found.arms) == Counter(one.arm for one in rows)


def test_each_gets_a_profile_of_the_same_arm() -> None:
    rows = read(OWN_FILE)
    people = cohort.draw(len(rows), "test")
    fates, failures = nature.fates(people, rows, nature.decide(people, rows, PLAN, "test"), "test")
    assert all(fate.subject.arm == fate.outcome.arm for fate in fates)
    assert sorted(fate.outcome.line for fate in fates) == sorted(one.line for one in rows)
    assert len(failures) == 8
