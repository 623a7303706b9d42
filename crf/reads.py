"""Questions to the database about participants and their casebooks."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from functools import cached_property
from typing import Any

from django.db.models import (
    Count,
    Exists,
    F,
    Max,
    OuterRef,
    Q,
    Subquery,
)
from django.utils.translation import gettext as _

from crf import study
from crf.definition import Bounds, CompiledForm, Context
from crf.definition.schedule import number_of
from crf.models import (
    DataQuery,
    Draft,
    Entry,
    NormalRange,
    Participant,
    QueryState,
    TrialLock,
)
from reminet_site.clock import ClinicalNow, day_at
from reminet_site.errors import NotThere
from reminet_site.models import Centre

NOT_CLOSED = ~Q(state=QueryState.CLOSED)


def centre_for(code: str, actor: Any) -> Centre:
    """A centre where the actor holds the right of this page, and whether the trial is locked;
    another's answers like none."""
    lock = TrialLock.objects.order_by("-id").values("locked")[:1]
    centre = Centre.objects.filter(code=code).annotate(trial_locked=Subquery(lock)).first()
    if centre is None or (actor.centres is not None and centre.pk not in actor.centres):
        raise NotThere(_("No centre %(code)s.") % {"code": code})
    return centre


def participant_for(code: str) -> Participant:
    """The wall is row-level security: another centre's code answers like one that never was."""
    lock = TrialLock.objects.order_by("-id").values("locked")[:1]
    asked = DataQuery.objects.filter(NOT_CLOSED, participant=OuterRef("pk"))
    found = (
        Participant.objects.select_related("centre")
        .filter(code=code)
        .annotate(
            trial_locked=Subquery(lock),
            has_queries=Exists(asked),
            clinical_now=ClinicalNow(),
        )
        .first()
    )
    if found is None:
        raise NotThere(_("No participant %(code)s.") % {"code": code})
    return found


@dataclass(frozen=True, slots=True)
class Held:
    """A freeze in force, and the entries that it holds."""

    at: datetime
    entries: frozenset[int]


@dataclass(frozen=True)
class Place:
    """One page of a casebook: where it is, what is saved there, what its checks look at.

    `entries` are those that the page reads, in order. `entered` tells of every entry its visit,
    its form and, where it has one, its day as an ISO date.
    """

    participant: Participant
    visit: str
    form: str
    number: int
    study: study.Study
    entries: tuple[Entry, ...]
    entered: tuple[tuple[str, ...], ...]

    @cached_property
    def compiled(self) -> CompiledForm:
        return self.study.form(self.form)

    @cached_property
    def entry(self) -> Entry | None:
        here = (self.visit, self.form, self.number)
        return next((e for e in self.entries if (e.visit, e.form, e.number) == here), None)

    @property
    def locked(self) -> bool:
        return bool(self.participant.trial_locked)  # type: ignore[attr-defined]

    @property
    def frozen_on(self) -> date | None:
        """Since when this entry is changed no more; None where it may be."""
        at, held = self.participant.frozen_at, self.participant.held  # type: ignore[attr-defined]
        if at is None or self.entry is None or self.entry.pk not in json.loads(held):
            return None
        return day_at(at, self.participant.centre)

    @property
    def closed(self) -> bool:
        """Nothing that is saved here can be changed now."""
        return self.locked or self.frozen_on is not None

    @cached_property
    def forms_entered(self) -> frozenset[str]:
        return frozenset(one[1] for one in self.entered)

    @property
    def forms_of_visit(self) -> frozenset[str]:
        """Forms entered at this visit."""
        return frozenset(one[1] for one in self.entered if one[0] == self.visit)

    @property
    def days_of_visit(self) -> list[date]:
        """The days of the entries of this visit."""
        days = (one[2:] for one in self.entered if one[0] == self.visit)
        return [date.fromisoformat(day[0]) for day in days if day]

    def context(self, day: date | None = None) -> Context:
        """What the form's checks look at, `day` being the one that the form is of."""
        return context_of(self, day or (self.entry.visit_date if self.entry else None))

    def at(self, entry: Entry) -> "Place":
        """The page of another entry of the same casebook, as things stand here."""
        of = study.study_of(entry.definition_id)
        return replace(self, visit=entry.visit, form=entry.form, number=entry.number, study=of)

    @cached_property
    def queries(self) -> list[DataQuery]:
        """Queries on this page that are not closed; asked for only where there can be some."""
        return queries_at(self) if self.participant.has_queries else []  # type: ignore[attr-defined]

    def query_about(self, changes: Sequence[tuple[str, str, Any, Any]]) -> int | None:
        """The oldest open query about an item that changes: the change answers it."""
        changed = {(item, row) for item, row, _old, _new in changes}
        about = [query.pk for query in self.queries if (query.item, query.row) in changed]
        return min(about, default=None)


def entries_of(participant: Participant) -> Sequence[Entry]:
    return Entry.objects.filter(participant=participant).order_by("visit", "form", "number")


def context_of(place: Place, day: date | None) -> Context:
    """What the form reads of the casebook, no more: an answer that is not needed is not fetched."""
    needs = place.compiled.needs
    wanted = needs.entries(place.visit)
    visits: dict[str, dict[str, dict[str, Any]]] = {}
    for entry in place.entries:
        if entry.number == 1 and (entry.visit, entry.form) in wanted:
            visits.setdefault(entry.visit, {})[entry.form] = entry.data
    before = earlier(place, day) if needs.previous or needs.earlier else []
    repeating = {form: others(place, form) for form in needs.repeating}
    participant = place.participant
    now = participant.clinical_now  # type: ignore[attr-defined]
    limits = reads_limits(place.compiled)
    return Context(
        normal=normal_ranges(participant.centre_id, day) if limits else {},
        forms=visits.get(place.visit, {}),
        previous={place.form: before[-1].data} if before else {},
        neighbours=neighbours(place) if needs.neighbours else {},
        visits=visits,
        earlier=[entry.data for entry in before],
        entries=repeating,
        today=day_at(now, participant.centre),
        randomised_on=participant.randomised_on,
        screened_on=participant.screened_on,
    )


def normal_ranges(centre_id: int, day: date | None) -> dict[str, Bounds]:
    """The centre's own limits by "FORM.item" on a day: the last row that began by then."""
    rows = NormalRange.objects.filter(centre_id=centre_id).order_by("since", "id")
    if day is not None:
        rows = rows.filter(since__lte=day)
    return {
        item: Bounds(None if low is None else float(low), None if high is None else float(high))
        for item, low, high in rows.values_list("item", "low", "high")
    }


def reads_limits(compiled: CompiledForm) -> bool:
    """Whether the form's findings or computed items depend on normal limits."""
    named = any(reader.ref.aspect in ("uln", "lln") for reader in compiled.outside)
    return compiled.needs.normal or named


def earlier(place: Place, day: date | None) -> list[Entry]:
    """This form at other visits before `day` (at all of them where it has none), oldest first."""
    found = [
        (entry.visit_date, entry.id, entry)
        for entry in place.entries
        if entry.form == place.form and entry.visit != place.visit and entry.visit_date
    ]
    return [entry for on, _id, entry in sorted(found) if day is None or on < day]


def neighbours(place: Place) -> dict[str, dict[str, Any]]:
    """This form at the visits of the same kind whose numbers come before and after."""
    kind, here = place.visit.partition("-")[0], number_of(place.visit)
    found = {
        number_of(entry.visit): entry.data
        for entry in place.entries
        if entry.form == place.form and entry.visit.partition("-")[0] == kind
    }
    lower, higher = [n for n in found if n < here], [n for n in found if n > here]
    made = {"before": found[max(lower)]} if lower else {}
    return made | ({"after": found[min(higher)]} if higher else {})


def next_number(place: Place, user_id: int | None) -> int:
    """The number of a form that repeats that neither an entry nor a draft of this person has."""
    here = {"participant": place.participant, "visit": place.visit, "form": place.form}
    there = Entry.objects.filter(**here).aggregate(last=Max("number"))["last"] or 0
    typed = Draft.objects.filter(**here, user_id=user_id).aggregate(last=Max("number"))["last"] or 0
    return max(there, typed) + 1


def entry_now(place: Place) -> Entry | None:
    """The entry of this page as it is now, whatever the page was read with."""
    here = {"visit": place.visit, "form": place.form, "number": place.number}
    return Entry.objects.filter(participant=place.participant, **here).first()


def others(place: Place, form: str) -> list[dict[str, Any]]:
    """Answers of every entry of a form that repeats, but the one of this place."""
    here = (place.visit, place.form, place.number)
    found = (e for e in place.entries if e.form == form and (e.visit, e.form, e.number) != here)
    return [{"id": str(entry.number), **entry.data} for entry in found]


def accepts_registers(place: Place) -> bool:
    """Who withdrew consent said that public registers may still tell of a death."""
    mark = place.study.definition.trial.landmarks.registers
    if mark is None:
        return False
    said = Entry.objects.filter(participant=place.participant, form=mark.form)
    return said.filter(**{f"data__{mark.item}": mark.value}).exists()


def participants_of(centre: Centre) -> Sequence[Participant]:
    """Participants of a centre with what the lists show, in one statement."""
    asked = Count("queries", filter=Q(queries__state=QueryState.OPEN))
    return Participant.objects.filter(centre=centre).annotate(open_queries=asked).order_by("number")


def ending_in(typed: str, at_most: int) -> Sequence[Participant]:
    """Participants whose code ends so, or who have this randomisation number; those of the
    actor's centres alone."""
    named = Q(code__endswith=typed) | Q(randomisation_number=typed)
    found = Participant.objects.filter(named).select_related("centre")
    return found.order_by("code")[:at_most]


def queries_at(place: Place) -> list[DataQuery]:
    """Queries on this page that are not closed."""
    here = {"visit": place.visit, "form": place.form, "number": place.number}
    return list(DataQuery.objects.filter(NOT_CLOSED, participant=place.participant, **here))


def asked_by_checks(participant: Participant) -> list[DataQuery]:
    """Every query by a check of a participant that is not closed; none is looked for where the
    page knows that there are none."""
    if not getattr(participant, "has_queries", True):
        return []
    found = DataQuery.objects.filter(NOT_CLOSED, participant=participant)
    return list(found.exclude(check_name=""))


def is_at(query: DataQuery, entry: Entry) -> bool:
    """The query is about an item of this entry."""
    return (query.visit, query.form, query.number) == (entry.visit, entry.form, entry.number)


def queries_of(
    centre: Centre | None = None, participant: Participant | None = None
) -> Sequence[DataQuery]:
    """Queries that are not closed, oldest first, with the first question of each."""
    from crf.models import QueryStep

    question = QueryStep.objects.filter(query=OuterRef("pk")).order_by("id").values("text")[:1]
    found = DataQuery.objects.filter(NOT_CLOSED).select_related("participant", "raised_by")
    if centre:
        found = found.filter(centre=centre)
    if participant:
        found = found.filter(participant=participant)
    return found.annotate(question=Subquery(question), code=F("participant__code")).order_by("id")


def query_for(pk: int) -> DataQuery:
    found = DataQuery.objects.select_related("participant__centre").filter(pk=pk).first()
    if found is None:
        raise NotThere(_("No query %(number)s.") % {"number": pk})
    return found


def draft_of(place: Place, user_id: int | None) -> Draft | None:
    return Draft.objects.filter(
        participant=place.participant,
        visit=place.visit,
        form=place.form,
        number=place.number,
        user_id=user_id,
    ).first()


def drafts_of(user_id: int | None, centre: Centre) -> Sequence[Draft]:
    return Draft.objects.filter(user_id=user_id, centre=centre).select_related("participant")
