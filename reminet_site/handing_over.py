"""A centre's last principal investigator loses the role after the data were handed over."""

from django.db import connection
from django.utils.translation import gettext as _

from reminet_site.errors import Refusal
from reminet_site.models import Centre, CertifiedCopy, Grant
from reminet_site.roles import Role


def check_can_revoke(grant: Grant) -> None:
    """A centre's last principal investigator reads on until the data were handed over."""
    if grant.role != Role.PRINCIPAL_INVESTIGATOR or grant.centre is None:
        return
    leads = leads_of(grant.centre)
    if leads != {grant.pk} or handed_over(grant.centre):
        return
    raise Refusal(
        _(
            "%(name)s is the last principal investigator of %(code)s and has no certified copy of "
            "the data as they stand. First let a copy be taken (Copy, in the centre's menu), or "
            "give the role to a successor."
        )
        % {"name": grant.user.name, "code": grant.centre.code}
    )


def leads_of(centre: Centre) -> set[int]:
    """Grants by which somebody is principal investigator there now, with an open account."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT h.id FROM reminet_site_heldrole h JOIN reminet_site_user u ON u.id = h.user_id "
            "WHERE h.centre_id = %s AND h.granted = %s AND h.role IS NOT NULL AND u.is_active",
            [centre.pk, Role.PRINCIPAL_INVESTIGATOR],
        )
        return {pk for (pk,) in cursor.fetchall()}


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
