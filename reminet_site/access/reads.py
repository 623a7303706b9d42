"""Questions about accounts: who waits for what, who administers, what is missing."""

from dataclasses import dataclass

from django.db import connection
from django.db.models import Count, Exists, OuterRef, Prefetch, Q, QuerySet
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from reminet_site.access.models import AccessRequest, DutyKind, DutyRecord, RequestState
from reminet_site.clock import now
from reminet_site.context import Actor
from reminet_site.errors import NotThere
from reminet_site.models import Centre, Grant, Session, User
from reminet_site.roles import RIGHTS, Role, Verb


@dataclass(frozen=True, slots=True)
class Waiting:
    """A role that is granted and does not count yet."""

    grant: int
    role: Role
    centre: str
    missing: tuple[str, ...]

    @property
    def sentence(self) -> str:
        """What is missing, and who mends it."""
        sentence = ngettext(
            "You are %(role)s at %(centre)s, and this does not count yet: %(what)s is missing.",
            "You are %(role)s at %(centre)s, and this does not count yet: %(what)s are missing.",
            len(self.missing),
        )
        what = _(" and ").join(self.missing)
        return sentence % {"role": _(self.role.label), "centre": self.centre, "what": what}


MISSING = """
SELECT h.id, h.granted, c.code || ' ' || c.name, c.opened_on IS NULL, c.closed_on IS NOT NULL,
       h.trained, h.charge
  FROM reminet_site_heldrole h JOIN reminet_site_centre c ON c.id = h.centre_id
 WHERE h.user_id = %s AND h.role IS NULL ORDER BY h.id
"""


def waiting(user_id: int) -> list[Waiting]:
    """The person's roles that do not count, each with what it lacks."""
    with connection.cursor() as cursor:
        cursor.execute(MISSING, [user_id])
        rows = cursor.fetchall()
    return [Waiting(pk, Role(role), centre, lacks(*facts)) for pk, role, centre, *facts in rows]


def lacks(inactive: bool, closed: bool, trained: bool, charge: str | None) -> tuple[str, ...]:
    """What keeps a role at a centre from counting, in words."""
    found = []
    if not trained:
        found.append(_("the record of the training"))
    if charge != DutyKind.DELEGATION:
        found.append(
            _("a new delegation, since the last one has ended")
            if charge
            else _("the principal investigator's delegation")
        )
    if inactive:
        found.append(_("the activation of the centre"))
    if closed:
        found.append(_("an open centre: it is closed"))
    return tuple(found)


def why_not(user_id: int, verb: Verb) -> str:
    """What stands between this person and the right; "" where no role of theirs would hold it."""
    for one in waiting(user_id):
        if verb in RIGHTS[one.role]:
            return one.sentence
    return ""


def administrators() -> list[int]:
    """Ids of those who are administrators now and can sign in."""
    held = User.objects.filter(
        is_active=True, grants__role=Role.ADMINISTRATOR, grants__revoked_at__isnull=True
    )
    return list(held.order_by("pk").values_list("pk", flat=True).distinct())


def people(*, person: str, role: str, centre: str, state: str) -> QuerySet[User]:
    """Accounts by name or address, by a live role, by its centre, by state."""
    live = Grant.objects.filter(user=OuterRef("pk"), revoked_at__isnull=True)
    found = User.objects.order_by("name", "pk").prefetch_related(
        Prefetch("grants", Grant.objects.filter(revoked_at__isnull=True).select_related("centre"))
    )
    if person:
        found = found.filter(Q(name__icontains=person) | Q(email__icontains=person))
    if role:
        live = live.filter(role=role)
    if centre:
        live = live.filter(centre__code=centre)
    if role or centre:
        found = found.filter(Exists(live))
    if state == "closed":
        found = found.filter(is_active=False)
    elif state == "open":
        found = found.filter(is_active=True)
    elif state == "invited":
        found = found.filter(is_active=True, last_login__isnull=True)
    elif state:
        found = found.none()
    return found


def sessions_of(user: User) -> int:
    return Session.objects.filter(user_id=user.pk, expire_date__gt=now()).count()


def requests(*, waiting_only: bool) -> QuerySet[AccessRequest]:
    found = AccessRequest.objects.select_related("user", "centre", "asked_by", "decided_by")
    if waiting_only:
        return found.filter(state=RequestState.WAITING).order_by("id")
    return found.exclude(state=RequestState.WAITING).order_by("-id")


def waiting_requests() -> int:
    return AccessRequest.objects.filter(state=RequestState.WAITING).count()


def request_for(pk: int) -> AccessRequest:
    found = requests(waiting_only=True).select_for_update(of=("self",)).filter(pk=pk).first()
    if found is None:
        raise NotThere(_("No such request waits."))
    return found


def centre_for(code: str, actor: Actor) -> Centre:
    """A centre where the actor holds the right of this page; another's answers like none."""
    centre = Centre.objects.filter(code=code).first()
    if centre is None or (actor.centres is not None and centre.pk not in actor.centres):
        raise NotThere(_("No centre %(code)s.") % {"code": code})
    return centre


def centres(actor: Actor) -> QuerySet[Centre]:
    found = Centre.objects.order_by("code").annotate(
        people=Count("grants__user", filter=Q(grants__revoked_at__isnull=True), distinct=True)
    )
    return found if actor.centres is None else found.filter(pk__in=actor.centres)


def team(centre: Centre) -> QuerySet[Grant]:
    """Roles at the centre, live ones first, each with its records."""
    return (
        Grant.objects.filter(centre=centre)
        .select_related("user", "centre")
        .prefetch_related(
            Prefetch("duties", DutyRecord.objects.select_related("recorded_by").order_by("id"))
        )
        .order_by("-revoked_at", "role", "id")
    )


def counting(centre: Centre) -> list[int]:
    """Ids of the grants at the centre that count now."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM reminet_site_heldrole WHERE centre_id = %s AND role IS NOT NULL",
            [centre.pk],
        )
        return [pk for (pk,) in cursor.fetchall()]


def lead_is_ready(centre: Centre) -> bool:
    """A principal investigator is trained and charged: the centre may be activated."""
    for grant in team(centre):
        if grant.role == Role.PRINCIPAL_INVESTIGATOR and grant.revoked_at is None:
            kinds = [duty.kind for duty in grant.duties.all()]
            charge = [kind for kind in kinds if kind != DutyKind.TRAINING]
            if DutyKind.TRAINING in kinds and charge[-1:] == [DutyKind.DELEGATION]:
                return True
    return False
