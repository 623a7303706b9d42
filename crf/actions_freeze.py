"""Freeze a casebook, and take the freeze back: what is saved in it is changed no more."""

from django.db import transaction
from django.utils.translation import gettext as _

from crf import reads_freeze
from crf.actions_lock import take_key
from crf.models import Freeze, Participant
from crf.rules import check_can_freeze, check_no_arm, check_said, trial_is_locked
from reminet_site.clock import ClinicalNow
from reminet_site.context import Actor, because
from reminet_site.errors import Conflict, Refusal


@transaction.atomic(savepoint=False)
def freeze(*, participant: Participant, seen: str, by: Actor) -> Freeze:
    """Refused while a query is not closed. `seen` is the `Saved.mark` of the page that was read:
    nobody freezes what came since."""
    take_key()
    saved = reads_freeze.saved_of(participant)
    check_can_freeze(saved, trial_is_locked())
    if saved.mark != seen:
        raise Conflict(
            _("Data of %(code)s changed since you opened this page. Look at them, then freeze.")
            % {"code": participant.code}
        )
    return _keep(participant, saved.entries, "", by, frozen=True)


@transaction.atomic(savepoint=False)
def take_back(*, participant: Participant, reason: str, by: Actor) -> Freeze:
    """Everything in the casebook may be corrected again."""
    take_key()
    saved = reads_freeze.saved_of(participant)
    if saved.frozen_at is None:
        raise Refusal(_("%(code)s is not frozen.") % {"code": participant.code})
    check_said(reason, _("Write why the freeze is taken back."), item="reason")
    check_no_arm(reason, "reason")
    return _keep(participant, saved.entries, reason.strip(), by, frozen=False)


def _keep(
    participant: Participant, entries: int, reason: str, by: Actor, *, frozen: bool
) -> Freeze:
    with because(reason or "freeze of the casebook"):
        return Freeze.objects.create(
            participant=participant,
            centre_id=participant.centre_id,
            frozen=frozen,
            entries=entries,
            reason=reason,
            at=ClinicalNow(),
            by_id=by.user_id,
        )
