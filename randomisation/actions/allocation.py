"""Randomise one participant: once, or not at all."""

from __future__ import annotations

from collections.abc import Mapping

from django.db import transaction

from crf.actions import mark_randomised
from crf.models import Participant
from crf.rules import trial_is_locked
from randomisation import eligibility, rules
from randomisation.arms.doors.allocate import NotEnoughKits, allocate
from randomisation.methods.allocator import ListEndedError
from randomisation.models import Allocation, Dispensing, Kit, KitStatus
from randomisation.reads import StockKit, allocation_of, kits_for
from randomisation.scheme import Turn, open_turn
from reminet_site import build
from reminet_site.clock import day_at
from reminet_site.context import Actor
from reminet_site.errors import Refusal

FIRST_VISIT = "INJ-01"


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
    rules.check_centre_open(participant.centre)
    gate = eligibility.assess(participant)
    rules.check_eligible(gate.open_criteria)
    rules.check_strata(gate.levels, strata_confirmed)
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
    return _write(turn, participant, levels, kits[number].pk, by)


def _write(
    turn: Turn, participant: Participant, levels: Mapping[str, str], kit_id: int, by: Actor
) -> Allocation:
    """The blind facts: kit taken, allocation, first dispensing, participant told."""
    today = day_at(turn.clinical_at, participant.centre)
    Kit.objects.filter(pk=kit_id).update(status=KitStatus.DISPENSED)
    allocation = Allocation.objects.create(
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
    Dispensing.objects.create(
        participant=participant,
        centre_id=participant.centre_id,
        visit=FIRST_VISIT,
        turn=1,
        kit_id=kit_id,
        dispensed_on=today,
        dispensed_at=turn.at,
        by_id=by.user_id,
    )
    mark_randomised(
        participant=participant, number=turn.number, at=turn.clinical_at, on=today, by=by
    )
    return allocation
