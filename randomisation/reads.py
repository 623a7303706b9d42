"""Questions to the database about allocations and kits. None of them knows an arm."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import connection
from django.db.models import Count

from crf.models import Entry, Participant
from randomisation.models import (
    Allocation,
    Dispensing,
    Kit,
    KitStatus,
    Shipment,
    StrataCorrection,
    UnblindingRecord,
)
from randomisation.rules import INJECTION
from randomisation.scheme import DEPLOYED
from reminet_site.errors import NotThere
from reminet_site.models import Centre


def allocation_of(participant: Participant) -> Allocation:
    """The participant's allocation; NotThere before there is one."""
    found = (
        Allocation.objects.select_related("kit", "participant__centre", "by", "scheme")
        .filter(participant=participant)
        .first()
    )
    if found is None:
        raise NotThere(f"{participant.code} is not randomised.")
    return found


@dataclass(frozen=True, slots=True)
class StockKit:
    """A kit that could be given; `expires_on` as an ISO date."""

    pk: int
    number: str
    expires_on: str


def kits_for(centre: Centre, today: date, kit_days: int) -> dict[str, StockKit]:
    """number -> kit that the centre may give today, each locked until the transaction ends.

    Available, and in date to the end of the dose. Locked in one order, so that two who give at
    the same time wait for each other and never for both.
    """
    rows = (
        Kit.objects.filter(
            centre=centre,
            status=KitStatus.AVAILABLE,
            expires_on__gte=today + timedelta(days=kit_days),
        )
        .order_by("id")
        .select_for_update()
        .values_list("id", "number", "expires_on")
    )
    return {number: StockKit(pk, number, day.isoformat()) for pk, number, day in rows}


def kits_of(centre: Centre) -> Sequence[Kit]:
    """Every kit that is or was at the centre, with whom it was given to, by number."""
    return (
        Kit.objects.filter(centre=centre)
        .select_related("dispensing__participant", "shipment")
        .order_by("number")
    )


def stock_of(centre: Centre) -> dict[str, int]:
    """status -> how many kits of the centre have it."""
    rows = Kit.objects.filter(centre=centre).values_list("status").annotate(n=Count("id"))
    return dict(rows)


def shipments_of(centre: Centre) -> Sequence[Shipment]:
    """Shipments to the centre, the latest first, with the number of kits."""
    return (
        Shipment.objects.filter(centre=centre)
        .select_related("sent_by", "arrived_by")
        .annotate(kit_count=Count("kits"))
        .order_by("-number")
    )


def shipment_for(number: str, centre: Centre) -> Shipment:
    found = Shipment.objects.select_related("centre").filter(number=number, centre=centre).first()
    if found is None:
        raise NotThere(f"No shipment {number}.")
    return found


def kit_for(number: str, centre: Centre) -> Kit:
    found = Kit.objects.select_related("dispensing").filter(number=number, centre=centre).first()
    if found is None:
        raise NotThere(f"No kit {number}.")
    return found


def dispensings_of(participant: Participant) -> Sequence[Dispensing]:
    return Dispensing.objects.filter(participant=participant).select_related("kit").order_by("turn")


def injections_of(participant: Participant) -> frozenset[str]:
    """Visits whose injection is entered."""
    entered = Entry.objects.filter(participant=participant, form=INJECTION)
    return frozenset(entered.values_list("visit", flat=True))


def corrections_of(participant: Participant) -> Sequence[StrataCorrection]:
    return StrataCorrection.objects.filter(participant=participant).select_related("by")


def unblindings_of(participant: Participant) -> Sequence[UnblindingRecord]:
    return UnblindingRecord.objects.filter(participant=participant).select_related("by")


@dataclass(frozen=True, slots=True)
class CentreAccrual:
    """How many a centre has screened and randomised."""

    code: str
    name: str
    screened: int
    randomised: int


def accrual_dates() -> list[date]:
    """Days of randomisation over the whole trial, in order; counts only, no participant."""
    return [day for day, n in _accrual_days() for _ in range(n)]


def _accrual_days() -> list[tuple[date, int]]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT randomised_on, randomised FROM randomisation_accrual_days()")
        return list(cursor.fetchall())


def accrual_by_centre() -> list[CentreAccrual]:
    """Every centre of the trial: everybody may know how accrual goes."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT code, name, screened, randomised FROM randomisation_accrual_centres()"
        )
        return [CentreAccrual(*row) for row in cursor.fetchall()]


def deployment() -> tuple[str, datetime]:
    """The seed (empty outside a demonstration) and the trial's time."""
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {DEPLOYED}")
        seed, clinical_at = cursor.fetchone()
    return seed, clinical_at
