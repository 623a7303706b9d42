"""One step of any method, and many steps in a row.

What a method remembers is a small plain mapping a part: minimisation has one part, blocks and
lists one for each stratum. Numbers are written with six digits, so that the length of a state
never depends on who went where.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from randomisation.methods import blocks, imported_list, minimisation
from randomisation.methods.imported_list import Place
from randomisation.methods.plan import Decision, Plan, check_levels, stratum_of
from randomisation.methods.randomness import Source

State = Mapping[str, Any]


class ListEndedError(ValueError):
    """The imported list has no place left for this stratum."""


def part_of(plan: Plan, levels: Mapping[str, str]) -> str:
    """Which part of the state the newcomer touches."""
    check_levels(plan, levels)
    return "totals" if plan.method == "minimisation" else stratum_of(plan, levels)


def next_position(state: State) -> int:
    """The place of an imported list that comes next in this part, counted from 1."""
    return int(state.get("given", 0)) + 1


def step(
    plan: Plan,
    state: State,
    levels: Mapping[str, str],
    *,
    number: int,
    source: Source,
    place: Place | None = None,
) -> tuple[Decision, dict[str, Any]]:
    """Allocate the newcomer who is `number` in the order of the scheme; and the next state.

    `place` is the row at `next_position`, None where the list has ended.
    """
    if plan.method == "minimisation":
        totals = _totals(state)
        decision = minimisation.decide(
            plan, totals, levels, source.draw(number, minimisation.BYTES)
        )
        return decision, _from_totals(minimisation.add(plan, totals, levels, decision.arm))
    if plan.method == "blocks":
        rest = [int(digit) for digit in state.get("rest", "")]
        fresh = b"" if rest else source.draw(number, blocks.bytes_needed(plan))
        decision, left = blocks.decide(plan, rest, levels, fresh)
        return decision, {"rest": "".join(map(str, left))}
    if place is None:
        raise ListEndedError("The randomisation list has no place left for this stratum.")
    return imported_list.decide(plan, place, levels), {"given": f"{place.position:06d}"}


def _totals(state: State) -> dict[str, dict[str, list[int]]]:
    return {
        factor: {level: [int(n) for n in counts] for level, counts in by_level.items()}
        for factor, by_level in state.items()
    }


def _from_totals(totals: Mapping[str, Mapping[str, Sequence[int]]]) -> dict[str, Any]:
    return {
        factor: {level: [f"{n:06d}" for n in counts] for level, counts in by_level.items()}
        for factor, by_level in totals.items()
    }


def replay(
    plan: Plan,
    strata: Iterable[Mapping[str, str]],
    randomness: Source,
    places: Sequence[Place] = (),
) -> list[str]:
    """The arms of participants randomised in this order with these strata, from the beginning.

    The same plan, order, strata and bytes give the same arms: custody checks the vault with it,
    and the simulation learns nature's arm from it.
    """
    return [decision.arm for decision in replay_decisions(plan, strata, randomness, places)]


def replay_decisions(
    plan: Plan,
    strata: Iterable[Mapping[str, str]],
    randomness: Source,
    places: Sequence[Place] = (),
) -> list[Decision]:
    """As `replay`, with the grounds of each decision."""
    states: dict[str, State] = {}
    rows = {(place.stratum, place.position): place for place in places}
    decisions = []
    for number, levels in enumerate(strata, start=1):
        part = part_of(plan, levels)
        state = states.get(part, {})
        decision, states[part] = step(
            plan,
            state,
            levels,
            number=number,
            source=randomness,
            place=rows.get((part, next_position(state))) if plan.method == "list" else None,
        )
        decisions.append(decision)
    return decisions
