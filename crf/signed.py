"""What signatures of the lock are about."""

from collections.abc import Sequence
from typing import Any

from django.utils.translation import gettext_noop

from crf.models import TrialLock
from reminet_site.context import Actor
from reminet_site.signatures.actions import sign
from reminet_site.signatures.models import Signature

LOCKED = gettext_noop("I declare the data of the trial complete and lock them.")
UNLOCKED = gettext_noop("I unlock the data of the trial, for the reason given.")


def sign_lock(lock: TrialLock, by: Actor) -> None:
    meaning = LOCKED if lock.locked else UNLOCKED
    sign(kind=gettext_noop("lock"), record=str(lock.pk), meaning=meaning, by=by)


def lock(signatures: Sequence[Signature]) -> list[Any]:
    """Of each: the row of the lock, as it stands."""
    ids = [int(one.record) for one in signatures]
    columns = ("locked", "reason", "open_queries", "by_id", "at")
    rows = {row["pk"]: row for row in TrialLock.objects.filter(pk__in=ids).values("pk", *columns)}
    return [rows.get(pk) for pk in ids]
