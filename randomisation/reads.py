"""Questions to the database about allocations and kits. None of them knows an arm."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import connection
from django.db.models import (
    Count,
    Exists,
    OuterRef,
    Prefetch,
    Q,
    QuerySet,
    Subquery,
    TextField,
    Value,
)
from django.db.models.functions import Coalesce
from django.utils.translation import gettext as _

from crf.definition import Definition
from crf.models import Participant
from randomisation.methods.stock import StockKit, assured
from randomisation.models import (
    Allocation,
    Dispensing,
    Kit,
    KitMove,
    KitStatus,
    Shipment,
    StrataCorrection,
    UnblindingRecord,
)
from randomisation.scheme import NAME, OPENED, Opened
from reminet_site.errors import NotThere
from reminet_site.models import Centre
from reminet_site.statements import prepared


def allocation_of(participant: Participant) -> Allocation:
    """The participant's allocation; NotThere before there is one."""
    found = (
        Allocation.objects.select_related("kit", "participant__centre", "by", "scheme")
        .filter(participant=participant)
        .first()
    )
    if found is None:
        raise NotThere(_("%(code)s is not randomised.") % {"code": participant.code})
    return found


PARTICIPANT = [field.attname for field in Participant._meta.concrete_fields]
CENTRE = [field.attname for field in Centre._meta.concrete_fields]

# The centre's row is the turn for its kits: who gives one or sets one aside holds it. Everybody
# locks the participant, then the centre, then the scheme.
STANDING = f"""
SELECT {", ".join(f"p.{name}" for name in PARTICIPANT)},
       {", ".join(f"c.{name}" for name in CENTRE)},
       coalesce((SELECT locked FROM crf_triallock ORDER BY id DESC LIMIT 1), false),
       audit.clinical_now(), {OPENED}
  FROM crf_participant p JOIN reminet_site_centre c ON c.id = p.centre_id
  LEFT JOIN randomisation_scheme s ON s.name = '{NAME}'
 WHERE p.id = %s::bigint FOR NO KEY UPDATE OF p, c
"""


@dataclass(frozen=True, slots=True)
class Standing:
    """The participant, locked with its centre's stock until the transaction ends; and the scheme
    in use, None where none is open yet."""

    participant: Participant
    trial_locked: bool
    clinical_at: datetime
    scheme: Opened | None


def standing_of(participant: Participant) -> Standing:
    """As it is now, whoever acted on it before; DoesNotExist behind the wall."""
    with prepared() as cursor:
        cursor.execute(STANDING, [participant.pk])
        row = cursor.fetchone()
    if row is None:
        raise Participant.DoesNotExist
    wide, at = len(PARTICIPANT), len(PARTICIPANT) + len(CENTRE)
    found = Participant.from_db("default", PARTICIPANT, row[:wide])
    found.centre = Centre.from_db("default", CENTRE, row[wide:at])
    locked, clinical_at, *scheme = row[at:]
    return Standing(found, locked, clinical_at, Opened.of(*scheme))


STOCK = """
SELECT id, number, shipment_id, expires_on::text, size
  FROM (SELECT *, count(*) OVER (PARTITION BY shipment_id, expires_on) AS size
          FROM randomisation_kit
         WHERE centre_id = %(centre)s::bigint AND shipment_id IS NOT NULL) k
 WHERE status = 'available' AND expires_on >= %(until)s::date
"""


def stock_for(centre: Centre, today: date, kit_days: int) -> list[StockKit]:
    """Kits of the centre that are available, and in date to the end of a dose begun today."""
    with prepared() as cursor:
        cursor.execute(STOCK, {"centre": centre.pk, "until": today + timedelta(days=kit_days)})
        return [StockKit(*row) for row in cursor.fetchall()]


def kits_of(centre: Centre) -> Sequence[Kit]:
    """Every kit that is or was at the centre, by number, with whom it was given to, and
    `recorded`: what was recorded of it."""
    moves = KitMove.objects.select_related("by")
    return (
        Kit.objects.filter(centre=centre)
        .select_related("dispensing__participant", "shipment")
        .prefetch_related(Prefetch("moves", moves, to_attr="recorded"))
        .order_by("number")
    )


def states_in(shipment: Shipment) -> Counter[str]:
    """How many kits of the shipment are in each state."""
    return Counter(Kit.objects.filter(shipment=shipment).values_list("status", flat=True))


def assured_at(centre: Centre, today: date, definition: Definition) -> int:
    """How many kits the centre can give before it needs new ones."""
    said = definition.randomisation
    return assured(stock_for(centre, today, said.kit_days), len(said.arms))


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
        raise NotThere(_("No shipment %(number)s.") % {"number": number})
    return found


def kit_for(number: str, centre: Centre) -> Kit:
    here = Kit.objects.select_related("dispensing__participant")
    found = here.filter(number=number, centre=centre).first()
    if found is None:
        raise NotThere(_("No kit %(number)s.") % {"number": number})
    return found


def dispensings_of(participant: Participant) -> QuerySet[Dispensing]:
    """The kits given, in their order; `set_aside` of one that is not to be used (any more), and
    `why` where a person said it."""
    moves = KitMove.objects.filter(kit=OuterRef("kit"))
    left = moves.filter(before=KitStatus.QUARANTINED).exclude(after=KitStatus.AVAILABLE)
    aside = Q(kit__status=KitStatus.QUARANTINED) | Q(replacement__isnull=False) | Exists(left)
    said = moves.filter(after=KitStatus.QUARANTINED).order_by("-id").values("reason")
    return (
        Dispensing.objects.filter(participant=participant)
        .select_related("kit")
        .annotate(
            set_aside=aside, why=Coalesce(Subquery(said[:1]), Value(""), output_field=TextField())
        )
        .order_by("turn")
    )


def last_kits(given: Iterable[Dispensing]) -> dict[str, Dispensing]:
    """Visit -> the kit that was given for it last: one in the place of another follows that."""
    return {one.visit: one for one in given}


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
