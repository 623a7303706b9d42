"""What a method remembers once an allocation whose draw was lost is entered again."""

from randomisation.arms.doors import allocate, reenter
from randomisation.methods import allocator, reentry
from randomisation.methods.plan import Plan
from randomisation.methods.randomness import SeededSource
from tests.unit.randomisation.test_minimisation import PLAN

LEVELS = {"f1": "a", "f2": "y"}


def stepped(plan: Plan, levels: dict[str, str], n: int):
    state, arms = {}, []
    for number in range(1, n + 1):
        source = SeededSource(b"reentry", "draw")
        decision, state = allocator.step(plan, state, levels, number=number, source=source)
        arms.append(decision.arm)
    return state, arms


def entered(plan: Plan, levels: dict[str, str], arms: list[str]):
    state = {}
    for arm in arms:
        state = reentry.enter(plan, state, levels, arm)
    return state


def test_minimisation_counts_them_as_if_they_had_been_drawn():
    state, arms = stepped(PLAN, LEVELS, 9)
    assert entered(PLAN, LEVELS, arms) == state


def test_a_list_goes_on_behind_them():
    plan = Plan.from_json(PLAN.to_json() | {"method": "list"})
    assert entered(plan, LEVELS, list(plan.arms)) == {"given": "000002"}


def test_an_open_block_loses_a_place_of_their_arm_and_a_later_block_is_opened_anew():
    blocks = {"method": "blocks", "stratified_by": ["f1"], "block_sizes": [4]}
    plan = Plan.from_json(PLAN.to_json() | blocks)
    assert reentry.enter(plan, {"rest": "0110"}, LEVELS, plan.arms[1]) == {"rest": "010"}
    assert reentry.enter(plan, {}, LEVELS, plan.arms[1]) == {"rest": ""}


def test_the_door_seals_to_the_lengths_of_the_door_allocate():
    assert (reenter.RECORD, reenter.STATE) == (allocate.RECORD, allocate.STATE)
