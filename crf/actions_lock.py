"""Lock and unlock the trial's data."""

from django.db import connection, transaction
from django.utils.translation import gettext as _

from crf import endorsement
from crf.models import DataQuery, QueryState, TrialLock
from crf.rules import check_can_lock, check_said, trial_is_locked
from crf.signed import sign_lock
from reminet_site.clock import ClinicalNow
from reminet_site.context import Actor, because
from reminet_site.errors import Refusal


def take_key() -> None:
    """Every write of data that has begun ends first, and the next one sees what is done here."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtext('trial lock'))")


def check_lock(reason: str) -> tuple[int, int]:
    """How many queries are open at the lock, how many casebooks not signed; refused where it may
    not be made, or not so."""
    queries = DataQuery.objects.exclude(state=QueryState.CLOSED).count()
    casebooks = sum(endorsement.unsigned().values())
    check_can_lock(queries, casebooks, reason, trial_is_locked())
    return queries, casebooks


def check_unlock(reason: str) -> None:
    check_said(reason, _("Write why the trial is unlocked."), item="reason")


@transaction.atomic(savepoint=False)
def lock_trial(*, reason: str, by: Actor) -> TrialLock:
    """No entry changes from now on; refused while queries are open or casebooks not signed, unless
    a reason is given."""
    take_key()
    queries, casebooks = check_lock(reason)
    with because(reason or "lock of the trial"):
        made = TrialLock.objects.create(
            locked=True,
            reason=reason.strip(),
            open_queries=queries,
            unsigned=casebooks,
            at=ClinicalNow(),
            by_id=by.user_id,
        )
        sign_lock(made, by)
    return made


@transaction.atomic(savepoint=False)
def unlock_trial(*, reason: str, by: Actor) -> TrialLock:
    check_unlock(reason)
    take_key()
    if not trial_is_locked():
        raise Refusal(_("The trial is not locked."))
    with because(reason):
        made = TrialLock.objects.create(
            locked=False, reason=reason.strip(), open_queries=0, at=ClinicalNow(), by_id=by.user_id
        )
        sign_lock(made, by)
    return made
