"""Serious events over every centre where the reader holds the right: the last saved first, by key.

Row-level security leaves the centres of the actor; one statement, however many events there are.
"""

from django.db.models import Q, Subquery
from django.db.models.fields.json import KeyTextTransform

from crf.definition.plan import SeriousEvents
from crf.models import Entry, SeriousReport
from reminet_site.models import Centre

PAGE = 50


def serious(mark: SeriousEvents, *, after: int = 0) -> list[Entry]:
    """Those that come after the entry with this number, all for 0; one more than a page."""
    found = Entry.objects.filter(form=mark.form)
    found = found.annotate(told=KeyTextTransform(mark.item, "data")).filter(told=mark.value)
    if after:
        last = Subquery(Entry.objects.filter(pk=after).values("saved_at")[:1])
        found = found.filter(Q(saved_at__lt=last) | Q(saved_at=last, pk__lt=after))
    found = found.select_related("participant", "centre", "report")
    return list(found.order_by("-saved_at", "-pk")[: PAGE + 1])


def reports_waiting(centre: Centre) -> list[SeriousReport]:
    """Those of a centre whose report is not complete, the first due first."""
    waits = SeriousReport.objects.filter(centre=centre, serious=True, told_at=None)
    return list(waits.select_related("entry", "participant").order_by("aware_at", "id"))
