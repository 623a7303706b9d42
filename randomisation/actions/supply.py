"""Kits: delivered to the depot, sent to a centre, arrived, set aside, returned or destroyed."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date

from django.db import transaction
from django.utils.translation import gettext as _

from crf.rules import trial_is_locked
from randomisation import rules
from randomisation.arms.doors.dispense import NotEnoughKits, mix, store
from randomisation.kit_checks import kit_changed
from randomisation.methods.kit_file import NewKit
from randomisation.models import (
    Dispensing,
    Kit,
    KitMove,
    KitStatus,
    LostDispensing,
    Scheme,
    Shipment,
)
from randomisation.scheme import opened, take_shipment
from reminet_site.clock import clinical_today, day_at, now
from reminet_site.context import Actor, because
from reminet_site.errors import NotThere, Refusal
from reminet_site.models import Centre

MOST = 200


@transaction.atomic(savepoint=False)
def register_kits(*, kits: Sequence[NewKit], scheme: Scheme, by: Actor) -> int:
    """The kits are in the depot, their contents sealed; all of them or none."""
    rules.check_new_kits(kits, scheme.plan["arms"], clinical_today())
    ordered = sorted(kits, key=lambda kit: kit.number)
    Kit.objects.bulk_create(Kit(number=k.number, expires_on=k.expires_on) for k in ordered)
    store([(kit.number, kit.arm) for kit in ordered])
    return len(ordered)


@transaction.atomic(savepoint=False)
def ship_kits(*, centre: Centre, each: int, by: Actor) -> Shipment:
    """`each` kits of every arm are on their way to the centre, earliest expiry first.

    The kits are chosen inside the vault: who sends them handles numbers only.
    """
    if not 1 <= each <= MOST:
        raise Refusal(_("Send 1 to %(most)d kits of every arm.") % {"most": MOST}, item="each")
    scheme = opened()
    if scheme is None:
        raise Refusal(_("No kit was delivered yet. Nothing was sent."))
    turn = take_shipment(scheme)
    today = day_at(turn.clinical_at, centre)
    depot = Kit.objects.filter(status=KitStatus.DEPOT, expires_on__gt=today).order_by("number")
    kits = {kit.number: kit for kit in depot.select_for_update()}
    try:
        numbers = mix(
            arms=scheme.plan.arms,
            kits=[(kit.number, kit.expires_on.isoformat()) for kit in kits.values()],
            each=each,
            turn=turn.place,
            source=turn.source("shipment"),
        )
    except NotEnoughKits:
        raise Refusal(_("The depot does not hold enough kits. Nothing was sent.")) from None
    shipment = Shipment.objects.create(
        number=f"S-{turn.place:04d}",
        centre=centre,
        sent_on=today,
        sent_at=turn.at,
        sent_by_id=by.user_id,
    )
    Kit.objects.filter(number__in=numbers).update(
        status=KitStatus.IN_TRANSIT, centre=centre, shipment=shipment
    )
    return shipment


@transaction.atomic(savepoint=False)
def receive_kits(
    *,
    shipment: Shipment,
    damaged: Collection[str] = (),
    missing: Collection[str] = (),
    by: Actor,
) -> Shipment:
    """The shipment arrived: its kits are available, but for those that are set aside because they
    came damaged, and those that were not in the box."""
    shipment = (
        Shipment.objects.select_for_update(of=("self",))
        .select_related("centre")
        .get(pk=shipment.pk)
    )
    rules.check_arrives(shipment, [*damaged, *missing])
    kits = {kit.number: kit for kit in shipment.kits.select_for_update()}
    rules.check_in_shipment(shipment, kits, damaged, missing)
    shipment.arrived_on = clinical_today(shipment.centre)
    shipment.arrived_at = now()
    shipment.arrived_by_id = by.user_id
    shipment.save(update_fields=["arrived_on", "arrived_at", "arrived_by"])
    for numbers, to, reason in (
        (damaged, KitStatus.QUARANTINED, rules.CAME_DAMAGED),
        (missing, KitStatus.MISSING, rules.NOT_IN_BOX),
    ):
        _record([kits[number] for number in sorted(set(numbers))], to, reason, by)
    here = Kit.objects.filter(shipment=shipment, status=KitStatus.IN_TRANSIT)
    here.update(status=KitStatus.AVAILABLE)
    return shipment


@transaction.atomic(savepoint=False)
def take_leave(
    *, centre: Centre, numbers: Collection[str], to: str, on: date | None, reason: str, by: Actor
) -> list[Kit]:
    """Kits left the centre on this day, returned or destroyed; all of them or none."""
    Centre.objects.select_for_update(no_key=True).get(pk=centre.pk)  # as who gives one
    found = Kit.objects.filter(centre=centre, number__in=list(numbers)).order_by("number")
    kits = list(found.select_related("dispensing", "shipment").select_for_update(of=("self",)))
    if strangers := sorted({*numbers} - {kit.number for kit in kits}):
        raise NotThere(_("No kit %(number)s.") % {"number": strangers[0]})
    rules.check_leaves(kits, to, on, clinical_today(centre))
    ask = _("Give the reason, or the number of the paper that goes with the kits.")
    reason = rules.check_reason_of_kit(reason, ask)
    with because(reason):
        _record(kits, to, reason, by, on)
    return kits


def quarantine(*, kit: Kit, reason: str, by: Actor) -> Kit:
    """The kit is set aside and is given to nobody; one that was missing is found."""
    reason = rules.check_reason_of_kit(reason, _("Say why the kit is set aside."))
    cannot = _("Kit %(number)s is %(status)s: it can't be set aside.")
    return _move(kit, rules.SET_ASIDE, KitStatus.QUARANTINED, cannot, reason, by)


def release_from_quarantine(*, kit: Kit, reason: str, by: Actor) -> Kit:
    """The kit may be given again; one that was given to a participant stays aside."""
    lost = LostDispensing.objects.filter(kit_number=kit.number).exists()
    if hasattr(kit, "dispensing") or lost:
        raise Refusal(
            _("Kit %(number)s was given to a participant: it is not used again.")
            % {"number": kit.number}
        )
    reason = rules.check_reason_of_kit(reason, _("Say why the kit is made available."))
    cannot = _("Kit %(number)s is %(status)s: it can't be made available.")
    return _move(kit, frozenset({KitStatus.QUARANTINED}), KitStatus.AVAILABLE, cannot, reason, by)


@transaction.atomic(savepoint=False)
def _move(kit: Kit, allowed: frozenset[str], to: str, cannot: str, reason: str, by: Actor) -> Kit:
    Centre.objects.select_for_update(no_key=True).get(pk=kit.centre_id)  # as who gives one
    kit = Kit.objects.select_for_update(of=("self",)).get(pk=kit.pk)
    rules.check_kit_moves(kit, allowed, cannot)
    with because(reason):
        _record([kit], to, reason, by)
    return kit


def _record(kits: Sequence[Kit], to: str, reason: str, by: Actor, on: date | None = None) -> None:
    """The kits, locked and of one centre, are in this state: who said so, on which day, and why.
    What is asked about the injection of one that was given follows."""
    if not kits:
        return
    centre = kits[0].centre
    assert centre is not None  # a kit of the depot is not moved by hand
    at = now()
    KitMove.objects.bulk_create(
        KitMove(
            kit=kit,
            centre=centre,
            before=kit.status,
            after=to,
            moved_on=on or clinical_today(centre),
            reason=reason,
            at=at,
            by_id=by.user_id,
        )
        for kit in kits
    )
    for kit in kits:
        kit.status = to
        kit.save(update_fields=["status"])
    if trial_is_locked():
        return
    given = Dispensing.objects.filter(kit__in=kits).select_related("participant")
    for one in given:
        kit_changed(one.participant, one.visit)
