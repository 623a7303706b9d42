"""What is due, for a participant or a whole centre: schedule and entries, in a few statements."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache

from django.db.models import Case, When
from django.db.models.fields.json import KeyTextTransform

from crf import study
from crf.definition import Definition, DueVisit, Facts, due_visits
from crf.definition.plan import Landmark
from crf.models import Entry, Participant


@dataclass(frozen=True, slots=True)
class Summary:
    """An entry without its answers, but for the one that a landmark reads."""

    id: int
    participant_id: int
    visit: str
    form: str
    number: int
    version: int
    visit_date: date | None
    filled: int
    expected: int
    landmark: str | None  # the answer that tells a landmark (RECIST.response), where there is one


def summaries(**where: object) -> list[Summary]:
    """Entries of one participant or of one centre, in one statement."""
    told = telling(study.current().definition)
    answer = Case(*(When(form=f, then=KeyTextTransform(item, "data")) for f, item in told.items()))
    rows = Entry.objects.filter(**where).annotate(landmark=answer).order_by("visit", "number")
    return [Summary(*row) for row in rows.values_list(*Summary.__slots__)]


def telling(definition: Definition) -> dict[str, str]:
    """Form -> the item whose answer tells a landmark."""
    marks = definition.trial.landmarks.all.values()
    return {mark.form: mark.item for some in marks for mark in some if mark.value}


def by_participant(entries: Iterable[Summary]) -> dict[int, list[Summary]]:
    found: dict[int, list[Summary]] = defaultdict(list)
    for entry in entries:
        found[entry.participant_id].append(entry)
    return found


def facts_of(definition: Definition, participant: Participant, entries: Sequence[Summary]) -> Facts:
    """The landmarks of a participant, each dated by the entry that the definition names."""
    marks = definition.trial.landmarks

    def days(mark: Landmark) -> list[date]:
        form, value = mark.form, mark.value
        return [
            e.visit_date
            for e in entries
            if e.form == form and e.visit_date and (not value or e.landmark == value)
        ]

    def first(mark: Landmark) -> date | None:
        return min(days(mark), default=None)

    lost = max((day for mark in marks.lost for day in days(mark)), default=None)
    if lost and any(e.visit_date and e.visit_date > lost for e in entries):
        lost = None  # seen again

    return Facts(
        screened_on=participant.screened_on,
        consented_on=first(marks.consented),
        randomised_on=participant.randomised_on,
        end_of_treatment_on=first(marks.end_of_treatment),
        progressed_on=first(marks.progressed),
        died_on=first(marks.died),
        screen_failed=participant.randomised_on is None and first(marks.screen_failed) is not None,
        lost_on=lost,
        withdrawn_on=participant.withdrawn_on,
        treatment_left_on=first(marks.treatment_left) if marks.treatment_left else None,
    )


Seen = tuple[tuple[str, str], date | None]


def visits_of(
    definition: Definition, facts: Facts, entries: Iterable[Summary], today: date
) -> tuple[DueVisit, ...]:
    """Every visit entered, due or planned soon, in order of day."""
    return tuple(due_visits(definition, facts, dict(_seen(entries)), today))


def kept_visits_of(
    definition: Definition, facts: Facts, entries: Iterable[Summary], today: date
) -> tuple[DueVisit, ...]:
    """The same, kept by value: for the page of a centre, which asks for each participant's; most
    have not changed since it was last opened."""
    return _kept(definition, facts, frozenset(_seen(entries)), today)


def _seen(entries: Iterable[Summary]) -> Iterator[Seen]:
    return (((e.visit, e.form), e.visit_date) for e in entries if e.number == 1)


@lru_cache(maxsize=2048)
def _kept(
    definition: Definition, facts: Facts, seen: frozenset[Seen], today: date
) -> tuple[DueVisit, ...]:
    return tuple(due_visits(definition, facts, dict(seen), today))
