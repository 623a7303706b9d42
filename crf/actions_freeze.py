"""Freeze a casebook, and take the freeze back: what is saved in it is changed no more."""

from collections.abc import Iterable

from django.db import transaction
from django.utils.translation import gettext as _

from crf import reads_freeze
from crf.models import Entry, Freeze, Participant
from crf.rules import check_can_freeze, check_can_take_back, check_no_arm, trial_is_locked
from reminet_site.clock import ClinicalNow
from reminet_site.context import Actor, because
from reminet_site.errors import Conflict


@transaction.atomic(savepoint=False)
def freeze(*, participant: Participant, seen: str, by: Actor) -> Freeze:
    """Refused while a query is not closed. `seen` is the `Saved.mark` of the page that was read:
    nobody freezes what came since."""
    take_entries(participant)
    saved = reads_freeze.saved_of(participant)
    check_can_freeze(saved, trial_is_locked())
    if saved.mark != seen:
        raise Conflict(
            _("Data of %(code)s changed since you opened this page. Look at them, then freeze.")
            % {"code": participant.code}
        )
    return _keep(participant, saved.versions, "", by, frozen=True)


@transaction.atomic(savepoint=False)
def take_back(*, participant: Participant, reason: str, by: Actor) -> Freeze:
    """Everything in the casebook may be corrected again."""
    take_entries(participant)
    frozen = reads_freeze.held_of(participant) is not None
    check_can_take_back(participant.code, frozen, reason, trial_is_locked())
    check_no_arm(reason, "reason")
    return _keep(participant, (), reason.strip(), by, frozen=False)


def take_entries(participant: Participant) -> None:
    """A save of one of them that has begun ends first, and the next one sees what is done here;
    nobody else waits."""
    rows = Entry.objects.select_for_update(no_key=True).filter(participant=participant)
    list(rows.order_by("pk").values_list("pk"))


def _keep(
    participant: Participant, held: Iterable[int], reason: str, by: Actor, *, frozen: bool
) -> Freeze:
    with because(reason or "freeze of the casebook"):
        return Freeze.objects.create(
            participant=participant,
            centre_id=participant.centre_id,
            frozen=frozen,
            held=sorted(held),
            reason=reason,
            at=ClinicalNow(),
            by_id=by.user_id,
        )
