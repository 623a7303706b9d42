"""When the floor says no."""

from collections.abc import Callable, Sequence

from django.db import connection

from reminet_site.context import Actor
from reminet_site.errors import Refusal
from reminet_site.models import Centre, CertifiedCopy, Grant, User
from reminet_site.roles import CENTRE_ROLES, FORBIDDEN_PAIRS, UNBLINDED_ROLES, Role


def allowed(check: Callable[..., None], *args: object, **kwargs: object) -> str:
    """ "" where the check passes, else its sentence: buttons and guards read the same rule."""
    try:
        check(*args, **kwargs)
    except Refusal as said:
        return said.sentence
    return ""


def check_grant(
    role: str, centre: Centre | None, held: Sequence[str], seconded_by: User | None, by: Actor
) -> None:
    if role not in {r.value for r in Role}:
        raise Refusal("Choose a role of the list.", item="role")
    wanted = Role(role)
    if wanted in CENTRE_ROLES and centre is None:
        raise Refusal(f"{wanted.label} is a role at a centre. Choose the centre.", item="centre")
    if wanted not in CENTRE_ROLES and centre is not None:
        raise Refusal(f"{wanted.label} is held for the whole trial. Leave the centre empty.")
    for other in held:
        if frozenset({wanted, Role(other)}) in FORBIDDEN_PAIRS:
            raise Refusal(
                f"This person is or was {Role(other).label}; the same account can't be "
                f"{wanted.label}."
            )
    if wanted in UNBLINDED_ROLES and by.role != "system":
        if seconded_by is None:
            raise Refusal(f"{wanted.label} is unblinded: a second person must agree.")
        if seconded_by.pk == by.user_id:
            raise Refusal("The second person is somebody else than the first.")


def check_can_revoke(grant: Grant) -> None:
    """A centre's last principal investigator reads on until the data were handed over."""
    if grant.role != Role.PRINCIPAL_INVESTIGATOR or grant.centre is None:
        return
    others = Grant.objects.filter(
        role=grant.role, centre=grant.centre, revoked_at__isnull=True, user__is_active=True
    ).exclude(pk=grant.pk)
    if others.exists() or handed_over(grant.centre):
        return
    raise Refusal(
        f"{grant.user.name} is the last principal investigator of {grant.centre.code} and has no "
        "certified copy of the data as they stand. First let a copy be taken (Copy, in the "
        "centre's menu), or give the role to a successor."
    )


def handed_over(centre: Centre) -> bool:
    """Nothing about a participant was recorded since the last copy that was taken."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM audit.trail WHERE centre_id = %s AND participant_id IS NOT NULL",
            [centre.pk],
        )
        changes = cursor.fetchone()[0]
    taken = CertifiedCopy.objects.filter(centre=centre, taken_at__isnull=False, changes=changes)
    return not changes or taken.exists()
