"""What the clock asks for."""

import logging

from celery import shared_task

from crf import safety
from reminet_site import mails
from reminet_site.context import Actor, acting

log = logging.getLogger("reminet.safety")
ACTOR = Actor.system("clock of serious events")
# Somebody who saves the event comes first: less than PostgreSQL waits before it looks for a circle.
YIELDS = ("SET LOCAL lock_timeout TO '500ms'",)


@shared_task
def escalate_overdue_reports() -> None:
    """Each by itself: what could not be told, or not be kept as told, is tried again next time."""
    with acting(ACTOR):
        waiting = safety.overdue_reports()
    for report in waiting:
        try:
            with acting(ACTOR):
                letters = safety.escalation(report)
            if mails.send_now(letters):
                with acting(ACTOR, such=YIELDS):
                    safety.mark_escalated(report)
        except Exception:
            log.exception("the overdue report %s was not escalated", report.pk)
