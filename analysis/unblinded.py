"""Figures by arm: the one place where data and arms meet. Runs where the vault's key is.

Arms come through the door `table`, results leave through the door `results`, sealed.
"""

import logging
from collections.abc import Mapping, Sequence
from typing import Any, TypeVar

from analysis import agreement, cuts, extraction, rules, runs
from analysis.baseline import baseline_figures, characteristics
from analysis.derivation.table import to_json, trial_table
from analysis.extraction import Case, Cut
from analysis.figures import (
    ENDPOINTS,
    Member,
    comparison_figures,
    follow_up_figures,
    group_figures,
)
from analysis.interim import EVERYONE, course_figures, information, members_of, remarks_on
from analysis.models import Look, Run, RunKind, RunState
from analysis.plans import conventions_of
from analysis.secondary import TIMES, secondary_figures
from crf import study
from crf.definition import Definition
from randomisation.arms.doors import results, table
from reminet_site.context import Actor, acting
from reminet_site.errors import Refusal

log = logging.getLogger("reminet.analysis")
ACTOR = Actor.system("unblinded analysis")


def arms(reason: str) -> dict[str, str]:
    """randomisation number -> arm, of everyone; the reading is on record in the vault."""
    with acting(ACTOR):
        return table.table(by=ACTOR, reason=reason)


OneOfThem = TypeVar("OneOfThem", Case, Member)


def grouped(
    cases: Sequence[Case], members: Sequence[OneOfThem], arm_of: Mapping[str, str]
) -> dict[str, list[OneOfThem]]:
    """The members of each arm, arms in the order of their names. Nobody is without one."""
    number = {case.code: case.randomisation_number for case in cases}
    groups: dict[str, list[OneOfThem]] = {arm: [] for arm in sorted(set(arm_of.values()))}
    for one in members:
        if number[one.code] not in arm_of:
            raise Refusal(f"{one.code} is randomised and the vault has no arm for the number.")
        groups[arm_of[number[one.code]]].append(one)
    return groups


def run(run_id: int) -> Run | None:
    """Make the report of a waiting run; None where another worker has it or it has ended."""
    with acting(ACTOR):
        claimed = runs.claim(run_id)
    if claimed is None:
        return None
    try:
        return report(claimed)
    except Exception:
        with acting(ACTOR):
            runs.end(claimed, RunState.FAILED)
        raise


def report(claimed: Run) -> Run:
    """Cut the data, count by arm with both engines, seal."""
    snapshot = cuts.take(by=ACTOR, user_id=claimed.asked_by_id, cutoff_on=claimed.cutoff_on)
    with acting(ACTOR):
        if not runs.bind(claimed, snapshot):
            note_look(claimed, None)
            return claimed
    cut = extraction.of_snapshot(snapshot)
    definition = study.current().definition
    result, check = figures(cut, arms(f"run {claimed.name}"), definition)
    with acting(ACTOR):
        results.write(claimed.name, result)
        note_look(claimed, result["information"]["events"])
        state = RunState.DONE if check.agrees else RunState.DIFFERS
        return runs.end(claimed, state, step=4)


def figures(
    cut: Cut, arm_of: Mapping[str, str], definition: Definition
) -> tuple[dict[str, Any], agreement.Check]:
    """The report by arm as plain values, and how far the second engine agrees."""
    members, problems = members_of(cut.cases, conventions_of(definition))
    groups = grouped(cut.cases, members, arm_of)
    randomised = grouped(cut.cases, cut.cases, arm_of)
    by_arm = {
        arm: group_figures(ones) | {"secondary": secondary_figures(ones)}
        for arm, ones in groups.items()
    }
    times = (*ENDPOINTS, *TIMES) if len(groups) == 2 else ()
    compared = {time: comparison_figures(groups, time) for time in times}
    check = agreement.check(groups, by_arm, compared)
    events = sum(one["pfs"]["events"] for one in by_arm.values())
    result = {
        "arms": by_arm,
        "comparisons": compared,
        "followup": follow_up_figures(members),
        "information": information(events, definition),
        "table": to_json(trial_table({a: [m.outcome for m in g] for a, g in groups.items()})),
        "baseline": baseline_figures(cut.cases),
        "characteristics": {
            name: characteristics(group)
            for name, group in {**randomised, EVERYONE: cut.cases}.items()
        },
        **course_figures(cut, randomised, members, terms=True),
        "problems": problems,
        "remarks": remarks_on(members),
        "agreement": check.to_json(),
    }
    return result, check


def note_look(claimed: Run, events: int | None) -> None:
    """The information at this look, pooled; a look at data seen before takes that look's."""
    if claimed.kind != RunKind.DMC:
        return
    if events is None:
        earlier = Look.objects.filter(run=claimed.same_as).values_list("events", flat=True).first()
        events = earlier
    Look.objects.filter(run=claimed).update(events=events)


def read_final(claimed: Run, *, by: Actor) -> dict[str, Any]:
    """The final report, for a person; refused before the blind is open."""
    rules.check_blind_open()
    rules.check_agrees(claimed)
    found: dict[str, Any] = results.read(claimed.name, by=by, reason="final analysis")
    return found


def final_table(*, by: Actor) -> dict[str, Any]:
    """The published table from the data as they are, without a worker: the keys of the table
    (arms, followup), then severe (by arm), baseline, problems and agreement.

    Call it inside `acting(by)`; refused before the lock and the opening of the blind.
    """
    rules.check_locked()
    rules.check_blind_open()
    cut = extraction.live()
    result, check = figures(
        cut,
        table.table(by=by, reason="final table"),
        study.current().definition,
    )
    if not check.agrees:
        raise Refusal(f"The two engines disagree: {check.differences[0]}.")
    severe = {arm: one["severe"] for arm, one in result["arms"].items()}
    kept = ("baseline", "problems", "agreement")
    return result["table"] | {"severe": severe} | {name: result[name] for name in kept}
