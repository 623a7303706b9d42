"""What the clock asks for."""

from celery import shared_task

from crf import safety
from reminet_site.context import Actor, acting


@shared_task
def escalate_overdue_reports() -> None:
    with acting(Actor.system("clock of serious events")):
        safety.escalate()
