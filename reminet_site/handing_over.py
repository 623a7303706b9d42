"""A centre's last principal investigator loses the role after the data were handed over."""

from django.db import connection

from reminet_site.errors import Refusal
from reminet_site.models import Centre, CertifiedCopy, Grant
from reminet_site.roles import Role


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
            "SELECT count(*) FROM audit.trail "
            "WHERE centre_id = %s AND participant_id IS NOT NULL AND relation <> 'act'",
            [centre.pk],
        )
        changes = cursor.fetchone()[0]
    taken = CertifiedCopy.objects.filter(centre=centre, taken_at__isnull=False, changes=changes)
    return not changes or taken.exists()
