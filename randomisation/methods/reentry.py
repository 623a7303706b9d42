"""Allocations whose draw was lost: what the method remembers, once their arms are known again.

A restore can lose the decision of an allocation while its kit, and so its arm, is known. The
participant counts in the balance from then on; the decision itself cannot be run again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from randomisation.methods.allocator import State, next_position, part_of, step
from randomisation.methods.imported_list import Place
from randomisation.methods.plan import Decision, Plan
from randomisation.methods.randomness import Source


def enter(plan: Plan, state: State, levels: Mapping[str, str], arm: str) -> dict[str, Any]:
    """The state of the participant's part with one participant more, who is in this arm.

    Blocks: a place of this arm leaves the open block; where there is none the participant was of
    a block that was opened later and is lost, and the next one opens a new block.
    """
    if plan.method == "minimisation":
        return _grown(plan, state, levels, arm)
    if plan.method == "blocks":
        rest, place = str(state.get("rest", "")), str(plan.arms.index(arm))
        return {"rest": rest.replace(place, "", 1)}
    return {"given": f"{next_position(state):06d}"}


def _grown(plan: Plan, state: State, levels: Mapping[str, str], arm: str) -> dict[str, Any]:
    place = plan.arms.index(arm)
    grown = {name: {level: list(c) for level, c in by.items()} for name, by in state.items()}
    for factor in plan.factors:
        none = ["000000"] * len(plan.arms)
        counts = grown.setdefault(factor.name, {}).setdefault(levels[factor.name], none)
        counts[place] = f"{int(counts[place]) + 1:06d}"
    return grown


def replay(
    plan: Plan,
    strata: Iterable[Mapping[str, str]],
    randomness: Source,
    places: Sequence[Place],
    entered: Mapping[int, str],
) -> list[Decision | None]:
    """As allocator.replay_decisions; `entered` gives the arms of those whose draw was lost.

    They are counted from 1 in the order of `strata`, and have None in place of a decision.
    """
    states: dict[str, State] = {}
    rows = {(place.stratum, place.position): place for place in places}
    decisions: list[Decision | None] = []
    for number, levels in enumerate(strata, start=1):
        part = part_of(plan, levels)
        state = states.get(part, {})
        if number in entered:
            states[part] = enter(plan, state, levels, entered[number])
            decisions.append(None)
            continue
        place = rows.get((part, next_position(state))) if plan.method == "list" else None
        decision, states[part] = step(
            plan, state, levels, number=number, source=randomness, place=place
        )
        decisions.append(decision)
    return decisions
