"""Randomise one participant: once, or not at all."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _

from crf.actions import MARK
from crf.models import Participant
from randomisation import eligibility, logged, rules
from randomisation.arms.doors.allocate import NotEnoughKits, allocate
from randomisation.eligibility import Gate
from randomisation.methods.allocator import ListEndedError
from randomisation.methods.stock import givable
from randomisation.models import Allocation, KitStatus
from randomisation.reads import allocation_of, standing_of, stock_for
from randomisation.scheme import Opened, Turn, open_first
from randomisation.signed import sign_eligibility
from reminet_site import build
from reminet_site.clock import day_at
from reminet_site.context import Actor
from reminet_site.errors import Conflict, Refusal
from reminet_site.statements import prepared

FIRST_VISIT = "INJ-01"

# One statement: it runs under the lock that everybody waits for.
BLIND_FACTS = f"""
WITH taken AS (
    UPDATE randomisation_kit SET status = %(given)s::text
     WHERE id = %(kit)s::bigint AND status = %(available)s::text RETURNING id
), made AS (
    INSERT INTO randomisation_allocation (participant_id, centre_id, scheme_id,
        randomisation_number, strata, kit_id, allocated_at, clinical_at, by_id)
    SELECT %(participant)s::bigint, %(centre)s::bigint, %(scheme)s::bigint, %(number)s::text,
        %(strata)s::jsonb, id, %(at)s::timestamptz, %(clinical_at)s::timestamptz, %(by)s::bigint
      FROM taken
    RETURNING id
), given AS (
    INSERT INTO randomisation_dispensing (participant_id, centre_id, visit, turn, kit_id,
        dispensed_on, dispensed_at, by_id)
    SELECT %(participant)s::bigint, %(centre)s::bigint, %(visit)s::text, 1, id,
        %(today)s::date, %(at)s::timestamptz, %(by)s::bigint
      FROM taken
), marked AS ({MARK})
SELECT made.id FROM made, marked
"""


@transaction.atomic(savepoint=False)
def randomise(
    *, participant: Participant, strata_confirmed: Mapping[str, str], by: Actor
) -> Allocation:
    """The participant has a randomisation number and a first kit; asked again, the same ones.

    One transaction. The participant's row is locked first, with that of its centre, so that a
    second click, a retry or another browser waits here and then finds the allocation made. What
    can refuse without the scheme refuses before its lock is taken, and the lock is the last one
    of all; nothing is drawn before the kits are counted.
    """
    standing = standing_of(participant)
    participant = standing.participant
    if participant.randomisation_number is not None:
        return allocation_of(participant)
    rules.check_can_randomise(participant, standing.trial_locked)
    gate = eligibility.assess(participant, standing.clinical_at)
    rules.check_eligible(gate.open_criteria)
    rules.check_strata(gate.levels, strata_confirmed)
    sign_eligibility(participant, by)
    scheme = standing.scheme or open_first(gate.definition, by)
    return _allocate(scheme, participant, gate, _kits(scheme, participant, gate), by)


def _kits(scheme: Opened, participant: Participant, gate: Gate) -> dict[str, int]:
    """number -> id of the kits among which the first is drawn."""
    kit_days = gate.definition.randomisation.kit_days
    stock = stock_for(participant.centre, gate.today, kit_days)
    kits = {kit.number: kit.pk for kit in givable(stock, len(scheme.plan.arms))}
    if not kits:
        raise rules.not_enough(participant.centre)
    return kits


def _allocate(
    scheme: Opened, participant: Participant, gate: Gate, kits: Mapping[str, int], by: Actor
) -> Allocation:
    try:
        turn, number = allocate(
            scheme=scheme, levels=gate.levels, kits=list(kits), code=build.commit()
        )
    except NotEnoughKits:
        raise rules.not_enough(participant.centre) from None
    except ListEndedError:
        raise Refusal(
            _(
                "Not randomised. The randomisation list has no place left for these strata; the "
                "custodian of the lists can add some. Nothing was drawn."
            )
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
        strata=gate.levels,
    )
    return _write(turn, participant, gate.levels, kits[number], by)


def _write(
    turn: Turn, participant: Participant, levels: Mapping[str, str], kit_id: int, by: Actor
) -> Allocation:
    """The blind facts: kit taken, allocation, first dispensing, participant told."""
    today = day_at(turn.clinical_at, participant.centre)
    made = Allocation(
        participant=participant,
        centre_id=participant.centre_id,
        scheme_id=turn.scheme.pk,
        randomisation_number=turn.number,
        strata=dict(levels),
        kit_id=kit_id,
        allocated_at=turn.at,
        clinical_at=turn.clinical_at,
        by_id=by.user_id,
    )
    with prepared() as cursor:
        cursor.execute(BLIND_FACTS, _facts(made, today))
        row = cursor.fetchone()
    if row is None:
        raise Conflict(_("Not randomised. The stock changed meanwhile; try again."))
    made.pk = row[0]
    made._state.adding = False
    return made


def _facts(made: Allocation, today: date) -> dict[str, object]:
    return {
        "kit": made.kit_id,
        "available": KitStatus.AVAILABLE.value,
        "given": KitStatus.DISPENSED.value,
        "participant": made.participant_id,
        "centre": made.centre_id,
        "scheme": made.scheme_id,
        "number": made.randomisation_number,
        "strata": json.dumps(made.strata),
        "at": made.allocated_at,
        "clinical_at": made.clinical_at,
        "today": today,
        "by": made.by_id,
        "visit": FIRST_VISIT,
    }
