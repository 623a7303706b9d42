"""Data queries over every centre where the reader holds the right: filtered, by key, never counted.

Row-level security leaves the centres of the actor; two statements, however many queries there are.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from django.db.models import F, OuterRef, Q, Subquery

from crf.models import DataQuery, QueryState, QueryStep
from reminet_site.clock import clinical_now
from reminet_site.models import Centre
from reminet_site.typed import whole

PAGE = 50
STATES = ("", "open", "answered", "closed")  # "": not closed
AGES = (7, 30, 90)
CHECK = "check"


@dataclass(frozen=True, slots=True)
class Wanted:
    """As chosen; empty where nothing is."""

    state: str = ""
    age: str = ""
    centre: str = ""
    who: str = ""

    @classmethod
    def of(cls, raw: Mapping[str, str]) -> "Wanted":
        return cls(**{name: (raw.get(name) or "").strip()[:80] for name in cls.__slots__})

    def chosen(self) -> dict[str, str]:
        return {name: getattr(self, name) for name in self.__slots__ if getattr(self, name)}

    def where(self) -> Q:
        found = Q()
        if self.state in (QueryState.OPEN, QueryState.ANSWERED, QueryState.CLOSED):
            found &= Q(state=self.state)
        else:
            found &= ~Q(state=QueryState.CLOSED)
        days = whole(self.age)
        if days:
            found &= Q(raised_at__lt=clinical_now() - timedelta(days=days))
        if self.centre:
            found &= Q(centre__code=self.centre)
        if self.who == CHECK:
            found &= Q(raised_by__isnull=True)
        elif self.who:
            found &= Q(raised_by__name__icontains=self.who)
        return found


def queries(wanted: Wanted, *, after: int = 0) -> list[DataQuery]:
    """The oldest first, those with a number above `after`; one more than a page."""
    question = QueryStep.objects.filter(query=OuterRef("pk")).order_by("id").values("text")[:1]
    found = DataQuery.objects.filter(wanted.where(), pk__gt=after)
    found = found.select_related("centre", "raised_by")
    return list(
        found.annotate(question=Subquery(question), code=F("participant__code")).order_by("id")[
            : PAGE + 1
        ]
    )


def centres(ids: tuple[int, ...] | None) -> list[Centre]:
    """The centres of the reader, for the choice over the list."""
    found = Centre.objects.all() if ids is None else Centre.objects.filter(pk__in=ids)
    return list(found)
