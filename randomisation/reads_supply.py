"""The stock of every centre of the reader, in as many statements for thirty centres as for one.

Numbers of kits by state, shipment and expiry; what they hold stands nowhere here.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from django.db import connection
from django.db.models import Count

from randomisation.methods.stock import sure
from randomisation.models import Kit, KitStatus, Shipment
from reminet_site.clock import clinical_now, day_at
from reminet_site.models import Centre

GIVEN = """
SELECT d.centre_id, count(*)
  FROM randomisation_dispensing d JOIN reminet_site_centre c ON c.id = d.centre_id
 WHERE d.dispensed_on > (audit.clinical_now() AT TIME ZONE c.timezone)::date - %s::int
 GROUP BY 1
"""


@dataclass(frozen=True, slots=True)
class Lot:
    """Kits of one shipment, expiry and state; `shipment` 0 for those that no shipment took."""

    shipment: int
    status: str
    expires_on: date
    count: int


@dataclass(frozen=True, slots=True)
class CentreStock:
    """What a centre has: its lots, kits given lately, shipments that have not arrived."""

    centre: Centre
    today: date
    lots: Sequence[Lot]
    given: int
    coming: Sequence[Shipment]

    def count(self, status: KitStatus) -> int:
        return sum(lot.count for lot in self.lots if lot.status == status)

    @property
    def expired(self) -> int:
        """On the shelf and out of date."""
        return self.count(KitStatus.AVAILABLE) - sum(self.expiries().values())

    def expiries(self) -> Counter[date]:
        """Day -> kits that are available and in date."""
        found: Counter[date] = Counter()
        for lot in self.lots:
            if lot.status == KitStatus.AVAILABLE and lot.expires_on >= self.today:
                found[lot.expires_on] += lot.count
        return found

    def assured(self, kit_days: int, arms: int) -> int:
        """How many can be given before more are needed, as `reads.assured_at` of one centre."""
        sizes: Counter[tuple[str, int]] = Counter()
        left: Counter[tuple[str, int]] = Counter()
        until = self.today + timedelta(days=kit_days)
        for lot in self.lots:
            if not lot.shipment:
                continue
            key = (lot.expires_on.isoformat(), lot.shipment)
            sizes[key] += lot.count
            if lot.status == KitStatus.AVAILABLE and lot.expires_on >= until:
                left[key] += lot.count
        return sum(sure(left, sizes, arms).values())


@dataclass(frozen=True)
class Supply:
    """Every centre of the reader, and the kits that wait in the depot."""

    centres: Sequence[CentreStock]
    depot: Mapping[date, int]  # expiry -> kits


def supply(kit_days: int) -> Supply:
    """`kit_days`: the days over which given kits are counted."""
    now = clinical_now()
    lots = lots_by_centre()
    given = given_lately(kit_days)
    coming: dict[int, list[Shipment]] = defaultdict(list)
    on_the_way = Shipment.objects.filter(arrived_on__isnull=True).annotate(kit_count=Count("kits"))
    for one in on_the_way.order_by("sent_on", "number"):
        coming[one.centre_id].append(one)
    return Supply(
        centres=[
            CentreStock(
                centre, day_at(now, centre), lots[centre.pk], given.get(centre.pk, 0),
                coming[centre.pk],
            )
            for centre in Centre.objects.order_by("code")
        ],
        depot={lot.expires_on: lot.count for lot in lots[None]},
    )  # fmt: skip


def lots_by_centre() -> dict[int | None, list[Lot]]:
    """Centre, None for the depot -> its lots."""
    found: dict[int | None, list[Lot]] = defaultdict(list)
    rows = Kit.objects.order_by().values_list("centre_id", "shipment_id", "status", "expires_on")
    for centre, shipment, status, expires_on, count in rows.annotate(Count("id")):
        found[centre].append(Lot(shipment or 0, status, expires_on, count))
    return found


def given_lately(days: int) -> dict[int, int]:
    """Centre -> kits given on its last `days` days."""
    with connection.cursor() as cursor:
        cursor.execute(GIVEN, [days])
        return dict(cursor.fetchall())
