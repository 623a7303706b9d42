"""Asking for a certified copy and taking it: by the centre, without anybody at the sponsor."""

from django.db import transaction
from django.utils.translation import gettext as _

from analysis import broker
from analysis.copy.make import path_of
from reminet_site.audit import note
from reminet_site.clock import clinical_now
from reminet_site.context import Actor
from reminet_site.errors import NotThere, Refusal
from reminet_site.models import Centre, CertifiedCopy, CertifiedCopyState

UNDER_WAY = (CertifiedCopyState.WAITING, CertifiedCopyState.RUNNING)


@transaction.atomic(savepoint=False)
def ask(*, centre: Centre, by: Actor) -> CertifiedCopy:
    """A worker makes the copy of what is recorded when it begins."""
    Centre.objects.select_for_update(no_key=True).get(pk=centre.pk)
    check_none_under_way(centre, by)
    copy = CertifiedCopy.objects.create(
        centre=centre, asked_by_id=by.user_id, asked_at=clinical_now()
    )
    note("export", copy.name, centre_id=centre.pk, detail="certified copy")
    broker.after_commit("analysis.copy.tasks.make_copy", copy.pk)
    return copy


def check_none_under_way(centre: Centre, by: Actor) -> None:
    mine = CertifiedCopy.objects.filter(centre=centre, asked_by_id=by.user_id)
    if mine.filter(state__in=UNDER_WAY).exists():
        raise Refusal(_("A copy that you asked for is being made. Wait until it is ready."))


@transaction.atomic(savepoint=False)
def take(*, copy: CertifiedCopy, by: Actor) -> CertifiedCopy:
    """The file goes to the one who asked; that it went is on record first."""
    if copy.asked_by_id != by.user_id or copy.state != CertifiedCopyState.DONE:
        raise NotThere(_("There is no such copy."))
    if copy.removed_at or not path_of(copy).exists():
        raise NotThere(_("This file was kept for 14 days and is gone. Ask for a new copy."))
    if copy.taken_at is None:
        copy.taken_at = clinical_now()
        copy.save(update_fields=["taken_at"])
    note("download", copy.file_name, centre_id=copy.centre_id, detail=copy.sha256)
    return copy
