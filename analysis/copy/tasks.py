"""What the blind worker that signs does for certified copies. Messages carry ids; each may be
delivered twice."""

from datetime import timedelta

from celery import shared_task
from django.db.models import Q

from analysis.copy import make
from reminet_site.clock import clinical_now, now
from reminet_site.context import acting
from reminet_site.models import CertifiedCopy, CertifiedCopyState

LATE = timedelta(minutes=2)


@shared_task
def make_copy(pk: int) -> None:
    make.make(pk)


@shared_task
def look_for_copies() -> None:
    """Copies that a broker which was away did not hand over, or a worker that died left."""
    left = Q(state=CertifiedCopyState.RUNNING, started_at__lt=now() - make.STALE)
    with acting(make.MAKER):
        waits = Q(state=CertifiedCopyState.WAITING, asked_at__lt=clinical_now() - LATE)
        waiting = list(CertifiedCopy.objects.filter(waits | left).values_list("pk", flat=True))
    for pk in waiting:
        make.make(pk)


@shared_task
def remove_old() -> None:
    make.remove_old()
