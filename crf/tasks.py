"""What the clock asks for."""

import logging
from collections.abc import Callable, Sequence
from typing import Any

from celery import shared_task

from crf import authority, safety
from reminet_site import mails
from reminet_site.context import Actor, acting

log = logging.getLogger("reminet.safety")
ACTOR = Actor.system("clock of serious events")
# Somebody who saves the event comes first: less than PostgreSQL waits before it looks for a circle.
YIELDS = ("SET LOCAL lock_timeout TO '500ms'",)


@shared_task
def escalate_overdue_reports() -> None:
    tell_each(safety.overdue_reports, safety.escalation, safety.mark_escalated)


@shared_task
def remind_of_authority_reports() -> None:
    tell_each(authority.reminders, authority.letters, authority.mark_reminded)


def tell_each(
    waiting: Callable[[], Sequence[Any]],
    letters: Callable[[Any], list[mails.Mail]],
    mark: Callable[[Any], None],
) -> None:
    """Each by itself: what could not be told, or not be kept as told, is tried again next time."""
    with acting(ACTOR):
        found = waiting()
    for one in found:
        try:
            with acting(ACTOR):
                written = letters(one)
            if mails.send_now(written):
                with acting(ACTOR, such=YIELDS):
                    mark(one)
        except Exception:
            log.exception("what is due of a serious event was not told: %r", one)
