"""What the page of a centre's kits says. Counts, numbers, dates; no content."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta
from typing import Any
from urllib.parse import urlencode

from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from randomisation.models import Kit, KitMove, KitStatus, Shipment
from randomisation.rules import CAME_DAMAGED, NOT_IN_BOX, SET_ASIDE, may_leave
from reminet_site.jinja2_env import day
from reminet_site.models import Centre


@dataclass(frozen=True, slots=True)
class KitRow:
    """One kit of the centre. state: verified, due, late, entered, rest."""

    number: str
    kind: str  # a status, or "expired": what the list is filtered by
    status: str  # the same in words
    state: str
    expires_on: date
    expires_soon: bool
    shipment: str
    given_to: str = ""
    given_url: str = ""
    visit: str = ""
    given_on: date | None = None
    remark: str = ""  # what was recorded of it last: "broken needle, 17 Sep 2018, Anne Petit"
    can_set_aside: bool = False
    can_find: bool = False  # it was missing: setting it aside says that it is there
    can_release: bool = False


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which kits the reader asks for; all of them where nothing is said."""

    state: str = ""  # a kind of kit; what is none asks for nothing
    number: str = ""  # some digits of it

    @property
    def asks(self) -> bool:
        return bool(self.state or self.number)

    @property
    def query(self) -> str:
        """As the address has it, so that an act on a kit leads back to the same list."""
        asked = {"state": self.state, "kit": self.number}
        return f"?{urlencode({k: v for k, v in asked.items() if v})}" if self.asks else ""

    def fits(self, row: KitRow) -> bool:
        return self.state in ("", row.kind) and self.number in row.number


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
class Leaving:
    """The form for kits that were returned or destroyed; after a refusal as it was sent."""

    kits: tuple[tuple[str, str], ...]  # number, its state in words
    today: str
    sent: bool = False
    ticked: tuple[str, ...] = ()
    what: str = ""
    on: str = ""
    reason: str = ""


@dataclass(frozen=True, slots=True)
class KitsPage:
    """The stock of a centre: counts, shipments, kits by number; and what the reader may do."""

    centre: str
    centre_code: str
    counts: tuple[tuple[str, int], ...]
    kits: tuple[KitRow, ...]  # those that are asked for
    of: int  # how many there are in all
    wanted: Wanted
    states: tuple[tuple[str, str, int], ...]  # kind, words, how many
    shipments: tuple[ShipmentRow, ...]
    can_receive: bool
    can_send: bool
    errors: dict[str, str] = field(default_factory=dict)
    each: str = "4"
    acted: str = ""  # the kit of a refused act, with the reason and the ticks as they were sent
    reason: str = ""
    damaged: tuple[str, ...] = ()
    missing: tuple[str, ...] = ()
    leaving: Leaving | None = None  # None where the reader may not


EXPIRED = "expired"  # on the shelf and out of date: no status, since nobody does it
KIT_STATES = {
    KitStatus.IN_TRANSIT: "due",
    KitStatus.AVAILABLE: "verified",
    KitStatus.DISPENSED: "entered",
    KitStatus.QUARANTINED: "late",
    KitStatus.MISSING: "late",
    KitStatus.RETURNED: "rest",
    KitStatus.DESTROYED: "rest",
}
# What a kit of a centre can be, in the order of its life, in words.
KINDS = {
    KitStatus.IN_TRANSIT.value: KitStatus.IN_TRANSIT.label,
    KitStatus.AVAILABLE.value: KitStatus.AVAILABLE.label,
    EXPIRED: gettext_noop("Expired"),
    KitStatus.DISPENSED.value: KitStatus.DISPENSED.label,
    KitStatus.QUARANTINED.value: KitStatus.QUARANTINED.label,
    KitStatus.MISSING.value: KitStatus.MISSING.label,
    KitStatus.RETURNED.value: KitStatus.RETURNED.label,
    KitStatus.DESTROYED.value: KitStatus.DESTROYED.label,
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
    missing: Sequence[str] = (),
    leaves: Mapping[str, Any] | None = None,
    wanted: Wanted | None = None,
) -> KitsPage:
    """`assured`: how many can be given before more are needed; `casebooks`: the reader may open
    a casebook, so that codes become links; `leaves`: the form of kits that left, as it was sent."""
    wanted = wanted or Wanted()
    by_shipment: dict[int, list[str]] = {}
    rows = tuple(_kit(kit, today, casebooks, can_receive) for kit in kits)
    states = _states(rows)
    for kit in kits:
        if kit.shipment_id:
            by_shipment.setdefault(kit.shipment_id, []).append(kit.number)
    return KitsPage(
        centre=centre.name,
        centre_code=centre.code,
        counts=(
            *((words, count) for _kind, words, count in states),
            (_("Can be given before more are needed"), assured),
        ),
        kits=tuple(row for row in rows if wanted.fits(row)),
        of=len(rows),
        wanted=wanted,
        states=states,
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
        missing=tuple(missing),
        leaving=_leaving(kits, today, leaves) if can_receive else None,
    )


def _leaving(kits: Sequence[Kit], today: date, sent: Mapping[str, Any] | None) -> Leaving:
    """Kits that may be recorded as returned or destroyed; what is ready to go comes before what
    was given."""
    ready = [kit for kit in kits if may_leave(kit, today)]
    ready.sort(key=lambda kit: (kit.status == KitStatus.DISPENSED, kit.number))
    rows = tuple((kit.number, _(KINDS[_kind(kit, today)]).lower()) for kit in ready)
    return Leaving(kits=rows, today=day(today), **({"sent": True} | dict(sent) if sent else {}))


def wanted_of(state: str, number: str) -> Wanted:
    """As an address says it: a state that there is not asks for nothing."""
    return Wanted(state if state in KINDS else "", "".join(number.split())[:12])


def _states(rows: Sequence[KitRow]) -> tuple[tuple[str, str, int], ...]:
    """How many kits are in each state; those that expired on the shelf count apart."""
    counts = Counter(row.kind for row in rows)
    return tuple((kind, _(words), counts[kind]) for kind, words in KINDS.items())


def _kit(kit: Kit, today: date, casebooks: bool, can_move: bool) -> KitRow:
    given = getattr(kit, "dispensing", None)
    code = given.participant.code if given else ""
    kind = _kind(kit, today)
    said = kit.recorded  # type: ignore[attr-defined]
    return KitRow(
        number=kit.number,
        kind=kind,
        status=_(KINDS.get(kind, kind)),
        state="late" if kind == EXPIRED else KIT_STATES.get(KitStatus(kit.status), "rest"),
        expires_on=kit.expires_on,
        expires_soon=kit.expires_on < today + timedelta(days=56),
        shipment=kit.shipment.number if kit.shipment else "",
        given_to=code,
        given_url=reverse("crf:casebook", args=[code]) if code and casebooks else "",
        visit=given.visit if given else "",
        given_on=given.dispensed_on if given else None,
        remark=_remark(said[-1]) if said else "",
        can_set_aside=can_move and kit.status in SET_ASIDE,
        can_find=can_move and kit.status == KitStatus.MISSING,
        can_release=can_move and kit.status == KitStatus.QUARANTINED and given is None,
    )


def _kind(kit: Kit, today: date) -> str:
    """The kit's status; "expired" where it is out of date on the shelf."""
    expired = kit.status == KitStatus.AVAILABLE and kit.expires_on < today
    return EXPIRED if expired else str(kit.status)


def _remark(one: KitMove) -> str:
    """Why, when and by whom; what the service wrote itself in the language of the page."""
    reason = _(one.reason) if one.reason in (CAME_DAMAGED, NOT_IN_BOX) else one.reason
    return ", ".join(filter(None, (reason, day(one.moved_on), str(one.by or ""))))
