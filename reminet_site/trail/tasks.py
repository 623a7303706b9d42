"""What the blind worker does for the trail. Messages carry ids; each may be delivered twice."""

from datetime import timedelta

from celery import shared_task

from reminet_site.clock import now
from reminet_site.context import Actor, acting
from reminet_site.trail import anchor, copies
from reminet_site.trail.models import CopyState, TrailCopy


@shared_task
def daily_anchor() -> None:
    anchor.make_daily()


@shared_task
def make_copy(pk: int) -> None:
    copies.make(pk)


@shared_task
def look_for_copies() -> None:
    """Files that a broker which was away did not hand over."""
    with acting(Actor.system("looking for work")):
        late = TrailCopy.objects.filter(
            state=CopyState.WAITING, asked_at__lt=now() - timedelta(minutes=2)
        )
        waiting = list(late.values_list("pk", flat=True))
    for pk in waiting:
        copies.make(pk)
