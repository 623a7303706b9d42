"""Who could do what at a past moment, from rows that are never changed: grants, records, changes.

Read apart from the view that requests are checked by, so that each can be held against the other.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from django.db.models import Q
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from reminet_site.access.models import AccountChange, AccountChangeKind, DutyKind, DutyRecord
from reminet_site.clock import day_at, now
from reminet_site.errors import Refusal
from reminet_site.models import Centre, Grant
from reminet_site.roles import RIGHTS, Role, words
from reminet_site.typed import NO_DAY, a_day


@dataclass(frozen=True, slots=True)
class Right:
    """One role of one person as it stood."""

    person: str
    email: str
    role: Role
    centre: str
    granted_at: datetime
    granted_by: str
    seconded_by: str
    reason: str
    why_not: str  # why it did not count; "" where it did

    @property
    def acts(self) -> str:
        """What the role let this person do."""
        if self.why_not:
            return ""
        return ", ".join(words(verb) for verb in sorted(RIGHTS[self.role]))


@dataclass(frozen=True, slots=True)
class Moment:
    """The end of a past day, UTC; or now, where the day is each centre's own."""

    at: datetime
    day: date | None = None

    def day_at(self, centre: Centre) -> date:
        return self.day or day_at(self.at, centre)


def moment_of(text: str) -> Moment:
    if not text.strip():
        return Moment(now())
    day = a_day(text)
    if day is None:
        raise Refusal(_(NO_DAY), item="day")
    if day > now().date():
        raise Refusal(
            _("%(day)s lies ahead: give a day until today.") % {"day": f"{day:%d/%m/%Y}"},
            item="day",
        )
    if day == now().date():
        return Moment(now())
    return Moment(datetime.combine(day + timedelta(days=1), time(), UTC), day)


def rights_at(moment: Moment, *, centre: str = "") -> list[Right]:
    """Every role that was granted and not revoked then, and whether it counted."""
    grants = (
        Grant.objects.filter(Q(revoked_at__isnull=True) | Q(revoked_at__gte=moment.at))
        .filter(granted_at__lt=moment.at)
        .select_related("user", "centre", "granted_by", "seconded_by")
        .order_by("user__name", "user_id", "id")
    )
    if centre:
        grants = grants.filter(Q(centre__code=centre) | Q(centre__isnull=True))
    duties = duties_at(moment.at)
    closed = closed_at(moment.at)
    return [right(one, duties.get(one.pk, ()), one.user_id in closed, moment) for one in grants]


def duties_at(moment: datetime) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    rows = DutyRecord.objects.filter(recorded_at__lt=moment).order_by("id")
    for grant_id, kind in rows.values_list("grant_id", "kind"):
        found.setdefault(grant_id, []).append(kind)
    return found


def closed_at(moment: datetime) -> set[int]:
    last: dict[int, str] = {}
    rows = AccountChange.objects.filter(at__lt=moment).order_by("id")
    for user_id, kind in rows.values_list("user_id", "kind"):
        last[user_id] = kind
    return {user for user, kind in last.items() if kind == AccountChangeKind.CLOSED}


def right(grant: Grant, duties: Sequence[str], closed: bool, moment: Moment) -> Right:
    role = Role(grant.role)
    why = gettext_noop("account closed") if closed else ""
    if grant.centre is not None and not why:
        role, why = at_centre(role, grant.centre, duties, moment.day_at(grant.centre))
    return Right(
        person=grant.user.name,
        email=grant.user.email,
        role=role,
        centre=grant.centre.code if grant.centre else "",
        granted_at=grant.granted_at,
        granted_by=grant.granted_by.name if grant.granted_by else "the system",
        seconded_by=grant.seconded_by.name if grant.seconded_by else "",
        reason=grant.reason,
        why_not=why,
    )


def at_centre(role: Role, centre: Centre, duties: Iterable[str], day: date) -> tuple[Role, str]:
    """The role that counted at the centre that day, or why none did."""
    kinds = list(duties)
    charge = [kind for kind in kinds if kind != DutyKind.TRAINING]
    if DutyKind.TRAINING not in kinds:
        return role, gettext_noop("no training recorded")
    if charge[-1:] != [DutyKind.DELEGATION]:
        if charge:
            return role, gettext_noop("delegation ended")
        return role, gettext_noop("no delegation recorded")
    if centre.opened_on is None or centre.opened_on > day:
        return role, gettext_noop("centre not active")
    if centre.closed_on is not None and centre.closed_on <= day:
        if role is Role.PRINCIPAL_INVESTIGATOR:
            return Role.CENTRE_READER, ""
        return role, gettext_noop("centre closed")
    return role, ""
