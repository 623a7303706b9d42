"""Serious events over every centre where the reader holds the right: the last saved first, by key.

Row-level security leaves the centres of the actor; three statements, however many events there are.
"""

from dataclasses import dataclass

from django.db.models import Prefetch, Q, Subquery
from django.db.models.fields.json import KeyTextTransform
from django.utils.translation import gettext as _

from crf import study
from crf.definition.plan import SeriousEvents
from crf.models import AuthorityReport, Entry, SeriousReport, SponsorOpinion
from crf.susar import Duty, Sent, duties, is_reportable
from reminet_site.clock import day_at
from reminet_site.errors import NotThere
from reminet_site.models import Centre

PAGE = 50
# What the sponsor thought of an event and reported of it, with who did.
BESIDE = (
    Prefetch("opinions", SponsorOpinion.objects.select_related("by")),
    Prefetch("authority_reports", AuthorityReport.objects.select_related("by")),
)


def serious(mark: SeriousEvents, *, after: int = 0) -> list[Entry]:
    """Those that come after the entry with this number, all for 0; one more than a page."""
    found = Entry.objects.filter(form=mark.form)
    found = found.annotate(told=KeyTextTransform(mark.item, "data")).filter(told=mark.value)
    if after:
        last = Subquery(Entry.objects.filter(pk=after).values("saved_at")[:1])
        found = found.filter(Q(saved_at__lt=last) | Q(saved_at=last, pk__lt=after))
    found = found.select_related("participant", "centre", "report").prefetch_related(*BESIDE)
    return list(found.order_by("-saved_at", "-pk")[: PAGE + 1])


def reports_waiting(centre: Centre) -> list[SeriousReport]:
    """Those of a centre whose report is not complete, the first due first."""
    waits = SeriousReport.objects.filter(centre=centre, serious=True, told_at=None)
    return list(waits.select_related("entry", "participant").order_by("aware_at", "id"))


@dataclass(frozen=True)
class Event:
    """A serious event with what the sponsor thinks of it and what was reported."""

    entry: Entry
    clock: SeriousReport | None
    opinions: tuple[SponsorOpinion, ...]
    sent: tuple[AuthorityReport, ...]
    investigator: bool | None  # whether the investigator thinks it related; None: not said yet

    @property
    def opinion(self) -> SponsorOpinion | None:
        """The newest counts."""
        return self.opinions[-1] if self.opinions else None

    @property
    def reportable(self) -> bool:
        said = self.opinion
        return said is not None and is_reportable(
            investigator=self.investigator is not False,  # what is not said is suspected
            sponsor=said.related,
            expected=said.expected,
        )

    @property
    def duties(self) -> list[Duty]:
        """What is or was owed to the authority; nothing where the event is not reportable."""
        return self._owed() if self.reportable else []

    @property
    def may_be_owed(self) -> list[Duty]:
        """The same, and of an event that nobody judged yet: what is owed where it is reportable."""
        return self._owed() if self.reportable or not self.opinions else []

    def _owed(self) -> list[Duty]:
        if self.clock is None or self.clock.known_at is None:
            return []
        grave = self.clock.grave_at
        sent = [Sent(one.sent_on, one.complete) for one in self.sent]
        known_on = day_at(self.clock.known_at, None)
        return duties(known_on, day_at(grave, None) if grave else None, sent)


def event_of(entry: Entry) -> Event:
    mark = study.current().definition.trial.landmarks.serious
    related = None
    if mark and mark.related and isinstance(entry.data.get(mark.related.item), str):
        related = mark.related.by(entry.data)
    return Event(
        entry=entry,
        clock=getattr(entry, "report", None),
        opinions=tuple(entry.opinions.all()),
        sent=tuple(entry.authority_reports.all()),
        investigator=related,
    )


def running() -> list[Event]:
    """Every event that is serious now, the first known first."""
    found = Entry.objects.filter(report__serious=True, report__known_at__isnull=False)
    found = found.select_related("participant__centre", "centre", "report")
    return [event_of(one) for one in found.prefetch_related(*BESIDE).order_by("report__known_at")]


def event_for(pk: int) -> Event:
    """The event with this number, that is or was serious; of the actor's centres alone."""
    found = (
        Entry.objects.filter(pk=pk, report__isnull=False)
        .select_related("participant__centre", "centre", "report")
        .prefetch_related(*BESIDE)
        .first()
    )
    if found is None:
        raise NotThere(_("No serious event %(number)s.") % {"number": pk})
    return event_of(found)
