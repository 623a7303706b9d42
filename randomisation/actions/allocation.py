"""Randomise one participant: once, or not at all."""

from __future__ import annotations

import json
from collections.abc import Mapping

from django.db import connection, transaction

from crf.actions import mark_randomised
from crf.models import Participant
from crf.rules import check_not_withdrawn, trial_is_locked
from randomisation import eligibility, logged, rules
from randomisation.arms.doors.allocate import NotEnoughKits, allocate
from randomisation.methods.allocator import ListEndedError
from randomisation.models import Allocation, KitStatus
from randomisation.reads import StockKit, allocation_of, kits_for
from randomisation.scheme import Turn, open_turn
from randomisation.signed import sign_eligibility
from reminet_site import build
from reminet_site.clock import day_at
from reminet_site.context import Actor
from reminet_site.errors import Refusal

FIRST_VISIT = "INJ-01"

# One statement: it runs under the lock that everybody waits for.
BLIND_FACTS = """
WITH taken AS (
    UPDATE randomisation_kit SET status = %(given)s WHERE id = %(kit)s
), made AS (
    INSERT INTO randomisation_allocation (participant_id, centre_id, scheme_id,
        randomisation_number, strata, kit_id, allocated_at, clinical_at, by_id)
    VALUES (%(participant)s, %(centre)s, %(scheme)s, %(number)s, %(strata)s::jsonb, %(kit)s,
        %(at)s, %(clinical_at)s, %(by)s)
    RETURNING id
), given AS (
    INSERT INTO randomisation_dispensing (participant_id, centre_id, visit, turn, kit_id,
        dispensed_on, dispensed_at, by_id)
    VALUES (%(participant)s, %(centre)s, %(visit)s, 1, %(kit)s, %(today)s, %(at)s, %(by)s)
)
SELECT id FROM made
"""


@transaction.atomic(savepoint=False)
def randomise(
    *, participant: Participant, strata_confirmed: Mapping[str, str], by: Actor
) -> Allocation:
    """The participant has a randomisation number and a first kit; asked again, the same ones.

    One transaction. The participant's row is locked first, so that a second click, a retry or
    another browser waits here and then finds the allocation made. What can refuse without the
    scheme refuses before its lock is taken, and the lock is the last one of all; nothing is drawn
    before the kits are counted.
    """
    locked = Participant.objects.select_for_update(of=("self",), no_key=True).select_related(
        "centre"
    )
    participant = locked.get(pk=participant.pk)
    if participant.randomisation_number is not None:
        return allocation_of(participant)
    rules.check_not_locked(trial_is_locked())
    check_not_withdrawn(participant)
    rules.check_centre_open(participant.centre)
    gate = eligibility.assess(participant)
    rules.check_eligible(gate.open_criteria)
    rules.check_strata(gate.levels, strata_confirmed)
    sign_eligibility(participant, by)
    kits = kits_for(participant.centre, gate.today, gate.definition.randomisation.kit_days)
    return _allocate(open_turn(gate.definition, by), participant, gate.levels, kits, by)


def _allocate(
    turn: Turn,
    participant: Participant,
    levels: Mapping[str, str],
    kits: Mapping[str, StockKit],
    by: Actor,
) -> Allocation:
    centre = participant.centre
    try:
        number = allocate(
            scheme=turn.name,
            plan=turn.plan,
            number=turn.number,
            place=turn.place,
            levels=levels,
            kits=[(kit.number, kit.expires_on) for kit in kits.values()],
            sources=(turn.source("allocation"), turn.source("first kit")),
            code=build.commit(),
        )
    except NotEnoughKits:
        raise rules.not_enough(centre) from None
    except ListEndedError:
        raise Refusal(
            "Not randomised. The randomisation list has no place left for these strata; the "
            "custodian of the lists can add some. Nothing was drawn."
        ) from None
    logged.give(
        participant=participant,
        visit=FIRST_VISIT,
        kit=number,
        available=kits,
        at=turn.at,
        clinical_at=turn.clinical_at,
        position=turn.place,
        number=turn.number,
        strata=levels,
    )
    return _write(turn, participant, levels, kits[number].pk, by)


def _write(
    turn: Turn, participant: Participant, levels: Mapping[str, str], kit_id: int, by: Actor
) -> Allocation:
    """The blind facts: kit taken, allocation, first dispensing, participant told."""
    today = day_at(turn.clinical_at, participant.centre)
    made = Allocation(
        participant=participant,
        centre_id=participant.centre_id,
        scheme_id=turn.scheme_id,
        randomisation_number=turn.number,
        strata=dict(levels),
        kit_id=kit_id,
        allocated_at=turn.at,
        clinical_at=turn.clinical_at,
        by_id=by.user_id,
    )
    with connection.cursor() as cursor:
        cursor.execute(
            BLIND_FACTS,
            {
                "kit": kit_id,
                "given": KitStatus.DISPENSED.value,
                "participant": participant.pk,
                "centre": participant.centre_id,
                "scheme": turn.scheme_id,
                "number": turn.number,
                "strata": json.dumps(made.strata),
                "at": turn.at,
                "clinical_at": turn.clinical_at,
                "today": today,
                "by": by.user_id,
                "visit": FIRST_VISIT,
            },
        )
        made.pk = cursor.fetchone()[0]
    made._state.adding = False
    mark_randomised(
        participant=participant, number=turn.number, at=turn.clinical_at, on=today, by=by
    )
    return made
