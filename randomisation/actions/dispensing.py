"""Give the next kit."""

from __future__ import annotations

from django.db import transaction

from crf import study
from crf.models import Participant
from crf.rules import check_not_withdrawn, trial_is_locked
from randomisation import logged, rules
from randomisation.arms.doors.dispense import NotEnoughKits, take
from randomisation.methods.plan import Plan
from randomisation.models import Allocation, Dispensing, Kit, KitStatus
from randomisation.reads import deployment, kits_for
from randomisation.scheme import source
from reminet_site.clock import day_at, now
from reminet_site.context import Actor


@transaction.atomic(savepoint=False)
def dispense(*, participant: Participant, visit: str, by: Actor) -> Dispensing:
    """The kit for this visit; asked again, the same one. A kit is never given twice.

    Refused while the centre lacks a kit of any arm, whichever the participant's is.
    """
    locked = Participant.objects.select_for_update(of=("self",), no_key=True).select_related(
        "centre"
    )
    participant = locked.get(pk=participant.pk)
    rules.check_randomised(participant)
    given = list(Dispensing.objects.filter(participant=participant).select_related("kit"))
    for one in given:
        if one.visit == visit:
            return one
    rules.check_not_locked(trial_is_locked())
    check_not_withdrawn(participant)
    allocation = Allocation.objects.select_related("scheme").get(participant=participant)
    seed, clinical_at = deployment()
    today = day_at(clinical_at, participant.centre)
    kit_days = study.current().definition.randomisation.kit_days
    kits = kits_for(participant.centre, today, kit_days)
    turn = len(given) + 1
    try:
        number = take(
            number=allocation.randomisation_number,
            arms=Plan.from_json(allocation.scheme.plan).arms,
            kits=[(kit.number, kit.expires_on) for kit in kits.values()],
            turn=turn,
            source=source(seed, f"kit {allocation.randomisation_number}"),
        )
    except NotEnoughKits:
        raise rules.not_enough_to_dispense(participant.centre) from None
    at = now()
    logged.give(
        participant=participant,
        visit=visit,
        kit=number,
        available=kits,
        at=at,
        clinical_at=clinical_at,
    )
    Kit.objects.filter(pk=kits[number].pk).update(status=KitStatus.DISPENSED)
    return Dispensing.objects.create(
        participant=participant,
        centre_id=participant.centre_id,
        visit=visit,
        turn=turn,
        kit_id=kits[number].pk,
        dispensed_on=today,
        dispensed_at=at,
        by_id=by.user_id,
    )
