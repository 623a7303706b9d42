"""What the page of the supply says: where kits run out, expire unused or are on their way.

Kits are counted whatever they hold; the order of the centres follows from the same counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from django.utils.translation import gettext as _

from crf.presenters.words import State, state
from randomisation.methods.forecast import days_left, unused
from randomisation.models import KitStatus
from randomisation.reads_supply import CentreStock, Supply
from reminet_site.models import Centre

SEND_BEFORE = 2  # doses: a centre whose stock lasts no longer needs a shipment
LOOK_AHEAD = 3  # doses: what expires later than that is not told yet


@dataclass(frozen=True, slots=True)
class ComingRow:
    """A shipment that has not arrived."""

    number: str
    kits: int
    sent_on: date


@dataclass(frozen=True, slots=True)
class SupplyRow:
    """One centre."""

    code: str
    name: str
    state: State
    assured: int
    given: int
    lasts: date | None  # None where none was given lately
    available: int
    set_aside: int
    expired: int
    unused: int
    unused_on: date | None  # the first day on which one expires unused
    coming: tuple[ComingRow, ...]


@dataclass(frozen=True, slots=True)
class SupplyPage:
    """All that randomisation/supply.html shows; the centres that wait for kits first."""

    rows: tuple[SupplyRow, ...]
    kit_days: int
    without: int  # active centres that can give nothing
    soon: int  # those whose stock lasts less than two doses
    coming: int  # kits on their way
    depot: int
    depot_expired: int
    depot_first: date | None  # the first expiry in the depot


def supply_page(found: Supply, today: date, *, kit_days: int, arms: int) -> SupplyPage:
    rows = [row(one, kit_days, arms) for one in found.centres]
    in_date = {on: n for on, n in found.depot.items() if on > today}  # as what can be sent
    return SupplyPage(
        rows=tuple(sorted(rows, key=lambda one: (ORDER.index(one.state.kind), one.code))),
        kit_days=kit_days,
        without=sum(one.state.kind == "late" for one in rows),
        soon=sum(one.state.kind == "due" for one in rows),
        coming=sum(shipment.kits for one in rows for shipment in one.coming),
        depot=sum(in_date.values()),
        depot_expired=sum(found.depot.values()) - sum(in_date.values()),
        depot_first=min(in_date, default=None),
    )


ORDER = ("late", "due", "draft", "verified", "future", "locked")


def row(one: CentreStock, kit_days: int, arms: int) -> SupplyRow:
    assured = one.assured(kit_days, arms)
    left = days_left(assured, one.given, kit_days)
    until = one.today + timedelta(days=LOOK_AHEAD * kit_days)
    expiries = one.expiries()
    wasted, first = unused(expiries, one.given, kit_days, one.today, until)
    return SupplyRow(
        code=one.centre.code,
        name=one.centre.name,
        state=state_of(one.centre, assured, left, coming=bool(one.coming), kit_days=kit_days),
        assured=assured,
        given=one.given,
        lasts=None if left is None else one.today + timedelta(days=left),
        available=sum(expiries.values()),
        set_aside=one.count(KitStatus.QUARANTINED),
        expired=one.expired,
        unused=wasted,
        unused_on=first,
        coming=tuple(
            ComingRow(shipment.number, shipment.kit_count, shipment.sent_on)
            for shipment in one.coming
        ),
    )


def state_of(
    centre: Centre, assured: int, left: int | None, *, coming: bool, kit_days: int
) -> State:
    """What the centre waits for."""
    if centre.closed_on:
        return state("locked", _("Closed"))
    if not centre.opened_on:
        return state("future", _("Not active yet"))
    short = not assured or (left is not None and left < SEND_BEFORE * kit_days)
    if short and coming:
        return state("draft", _("Kits on their way"))
    if not assured:
        return state("late", _("Nothing can be given"))
    return state("due", _("Send kits soon")) if short else state("verified", _("Enough"))
