"""Give the next kit."""

from __future__ import annotations

from django.db import transaction

from crf import study
from crf.models import Participant
from randomisation import logged, rules
from randomisation.arms.doors.dispense import NotEnoughKits, take
from randomisation.course import course_of
from randomisation.kit_checks import kit_changed
from randomisation.methods.stock import givable
from randomisation.models import Dispensing, Kit, KitStatus
from randomisation.reads import dispensings_of, last_kits, standing_of, stock_for
from randomisation.scheme import source
from reminet_site.clock import day_at, now
from reminet_site.context import Actor


@transaction.atomic(savepoint=False)
def dispense(*, participant: Participant, visit: str, by: Actor) -> Dispensing:
    """The kit for this visit; asked again, the same one. A kit is never given twice.

    Where the visit's kit was set aside it is another one of the same arm; both stay on record.
    Refused while public numbers do not tell that the centre holds a kit of every arm.
    """
    standing = standing_of(participant)
    participant = standing.participant
    given = list(dispensings_of(participant))
    before = last_kits(given).get(visit)
    if before is not None and not before.set_aside:  # type: ignore[attr-defined]
        return before
    rules.check_can_dispense(participant, standing.trial_locked)
    today = day_at(standing.clinical_at, participant.centre)
    rules.check_treatment_goes_on(participant, course_of(participant, today))
    scheme = standing.scheme
    assert scheme is not None  # somebody is randomised
    kit_days = study.current().definition.randomisation.kit_days
    stock = stock_for(participant.centre, today, kit_days)
    kits = {kit.number: kit.pk for kit in givable(stock, len(scheme.plan.arms))}
    turn = len(given) + 1
    try:
        number = take(
            number=participant.randomisation_number or "",
            arms=scheme.plan.arms,
            kits=list(kits),
            turn=turn,
            source=source(scheme.seed, f"kit {participant.randomisation_number}"),
        )
    except NotEnoughKits:
        raise rules.not_enough_to_dispense(participant.centre) from None
    at = now()
    logged.give(
        participant=participant,
        visit=visit,
        kit=number,
        available=kits,
        replaces=before.kit.number if before else "",
        at=at,
        clinical_at=standing.clinical_at,
    )
    Kit.objects.filter(pk=kits[number]).update(status=KitStatus.DISPENSED)
    made = Dispensing.objects.create(
        participant=participant,
        centre_id=participant.centre_id,
        visit=visit,
        turn=turn,
        kit_id=kits[number],
        replaces=before,
        dispensed_on=today,
        dispensed_at=at,
        by_id=by.user_id,
    )
    kit_changed(participant, visit)
    return made
