"""Writes of source data verification: an entry agrees with the source, or does not after all."""

from django.db import transaction
from django.utils.translation import gettext as _

from crf import reads_source
from crf.models import Entry, SourceCheck
from crf.reads import Place
from crf.rules import check_not_locked
from reminet_site.clock import ClinicalNow
from reminet_site.context import Actor
from reminet_site.errors import Conflict, NotThere, Refusal


@transaction.atomic(savepoint=False)
def verify(*, place: Place, version: int, by: Actor) -> SourceCheck:
    """The entry was compared with the source at the version that was on the page."""
    return _keep(place, version, True, by)


@transaction.atomic(savepoint=False)
def take_back(*, place: Place, version: int, by: Actor) -> SourceCheck:
    """It was not, or does not agree: a query says why."""
    return _keep(place, version, False, by)


def _keep(place: Place, version: int, verified: bool, by: Actor) -> SourceCheck:
    check_not_locked(place.locked)
    if place.entry is None:
        raise NotThere(_("Nothing is saved on this page yet."))
    # held until the end: a save that comes now finds the check, or the check its version
    entry = Entry.objects.select_for_update(no_key=True).get(pk=place.entry.pk)
    if entry.version != version:
        raise Conflict(
            _("Version %(n)d was saved since you opened the page. Compare it with the source.")
            % {"n": entry.version}
        )
    if reads_source.is_verified(entry) == verified:
        said = _("It is verified already.") if verified else _("It is not verified.")
        raise Refusal(said)
    return SourceCheck.objects.create(
        entry=entry,
        participant_id=entry.participant_id,
        centre_id=entry.centre_id,
        version=version,
        verified=verified,
        at=ClinicalNow(),
        by_id=by.user_id,
    )
