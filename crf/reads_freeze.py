"""What is saved in a casebook, and whether it is frozen."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Count, Max, Q

from crf import reads
from crf.models import DataQuery, Entry, Freeze, Participant


@dataclass(frozen=True, slots=True)
class Saved:
    """`since`: of the entries, those that no freeze holds; `mark` changes with every save."""

    entries: int
    since: int
    queries: int  # not closed
    frozen_at: datetime | None
    mark: str


def frozen_at(participant: Participant) -> datetime | None:
    """When the casebook was frozen; None where it is not, or not any more."""
    last = Freeze.objects.filter(participant=participant).order_by("-id").first()
    return last.at if last and last.frozen else None


def saved_of(participant: Participant) -> Saved:
    at = frozen_at(participant)
    open_ = Q(saved_at__gt=at) if at else Q()
    found = Entry.objects.filter(participant=participant).aggregate(
        entries=Count("pk"), since=Count("pk", filter=open_ or None), last=Max("saved_at")
    )
    queries = DataQuery.objects.filter(reads.NOT_CLOSED, participant=participant).count()
    mark = f"{found['entries']} {found['last'].isoformat()}" if found["last"] else ""
    return Saved(found["entries"], found["since"], queries, at, mark)


def history_of(participant: Participant) -> Sequence[Freeze]:
    """The newest first."""
    return Freeze.objects.filter(participant=participant).select_related("by").order_by("-id")
