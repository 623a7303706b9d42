"""What the page of a centre's kits says. Counts, numbers, dates; no content."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from randomisation.models import Kit, KitStatus, Shipment
from reminet_site.models import Centre


@dataclass(frozen=True, slots=True)
class KitRow:
    """One kit of the centre. state: verified, due, late, entered, rest."""

    number: str
    status: str
    state: str
    expires_on: date
    expires_soon: bool
    shipment: str
    given_to: str = ""
    given_url: str = ""
    visit: str = ""
    given_on: date | None = None
    can_set_aside: bool = False
    can_release: bool = False


@dataclass(frozen=True, slots=True)
class ShipmentRow:
    number: str
    kits: tuple[str, ...]
    sent_on: date
    arrived_on: date | None
    arrived_by: str

    @property
    def on_its_way(self) -> bool:
        return self.arrived_on is None


@dataclass(frozen=True, slots=True)
class KitsPage:
    """The stock of a centre: counts, shipments, kits by number; and what the reader may do."""

    centre: str
    centre_code: str
    counts: tuple[tuple[str, int], ...]
    kits: tuple[KitRow, ...]
    shipments: tuple[ShipmentRow, ...]
    can_receive: bool
    can_send: bool
    errors: dict[str, str] = field(default_factory=dict)
    each: str = "4"
    acted: str = ""  # the kit of a refused act, with the reason and the ticks as they were sent
    reason: str = ""
    damaged: tuple[str, ...] = ()


EXPIRED = gettext_noop("Expired")
KIT_STATES = {
    KitStatus.IN_TRANSIT: "due",
    KitStatus.AVAILABLE: "verified",
    KitStatus.DISPENSED: "entered",
    KitStatus.QUARANTINED: "late",
    KitStatus.RETURNED: "rest",
}


def kits_page(
    centre: Centre,
    kits: Sequence[Kit],
    shipments: Sequence[Shipment],
    today: date,
    *,
    assured: int,
    casebooks: bool,
    can_receive: bool,
    can_send: bool,
    errors: dict[str, str] | None = None,
    each: str = "4",
    acted: str = "",
    reason: str = "",
    damaged: Sequence[str] = (),
) -> KitsPage:
    """`assured`: how many can be given before more are needed; `casebooks`: the reader may open
    a casebook, so that codes become links."""
    by_shipment: dict[int, list[str]] = {}
    rows = tuple(_kit(kit, today, casebooks, can_receive) for kit in kits)
    for kit in kits:
        if kit.shipment_id:
            by_shipment.setdefault(kit.shipment_id, []).append(kit.number)
    return KitsPage(
        centre=centre.name,
        centre_code=centre.code,
        counts=(*_counts(rows), (_("Can be given before more are needed"), assured)),
        kits=rows,
        shipments=tuple(
            ShipmentRow(
                number=one.number,
                kits=tuple(by_shipment.get(one.pk, ())),
                sent_on=one.sent_on,
                arrived_on=one.arrived_on,
                arrived_by=str(one.arrived_by or ""),
            )
            for one in shipments
        ),
        can_receive=can_receive,
        can_send=can_send,
        errors=errors or {},
        each=each,
        acted=acted,
        reason=reason,
        damaged=tuple(damaged),
    )


def _counts(rows: Sequence[KitRow]) -> tuple[tuple[str, int], ...]:
    """How many kits are in each state; those that expired on the shelf count apart."""
    words = [_(status.label) for status in KIT_STATES]
    words.insert(words.index(_(KitStatus.AVAILABLE.label)) + 1, _(EXPIRED))
    return tuple((word, sum(row.status == word for row in rows)) for word in words)


def _kit(kit: Kit, today: date, casebooks: bool, can_move: bool) -> KitRow:
    given = getattr(kit, "dispensing", None)
    code = given.participant.code if given else ""
    expired = kit.status == KitStatus.AVAILABLE and kit.expires_on < today
    return KitRow(
        number=kit.number,
        status=_(EXPIRED if expired else KitStatus(kit.status).label),
        state="late" if expired else KIT_STATES.get(KitStatus(kit.status), "rest"),
        expires_on=kit.expires_on,
        expires_soon=kit.expires_on < today + timedelta(days=56),
        shipment=kit.shipment.number if kit.shipment else "",
        given_to=code,
        given_url=reverse("crf:casebook", args=[code]) if code and casebooks else "",
        visit=given.visit if given else "",
        given_on=given.dispensed_on if given else None,
        can_set_aside=can_move and kit.status in {KitStatus.AVAILABLE, KitStatus.DISPENSED},
        can_release=can_move and kit.status == KitStatus.QUARANTINED and given is None,
    )
