"""Protocol deviations of a centre, as schedule and entries tell them; nobody writes them down."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from django.db.models import Q

from crf import calendar, checks_beside, study
from crf.definition.deviations import Deviation, of_answers, of_comments, of_schedule
from crf.models import Entry, Participant
from reminet_site.models import Centre

Told = Mapping[int, Sequence[Deviation]]


def of_centre(centre: Centre, today: date) -> Iterator[tuple[Participant, Deviation]]:
    """By participant, then by day of what was planned or held; four statements."""
    entries = calendar.by_participant(calendar.summaries(centre=centre))
    told = told_of(centre)
    randomised = Participant.objects.filter(centre=centre, randomised_on__isnull=False)
    for participant in randomised.order_by("number"):
        mine = entries.get(participant.pk, [])
        for one in of_participant(participant, mine, told.get(participant.pk, ()), today):
            yield participant, one


def of_participant(
    participant: Participant,
    entries: Sequence[calendar.Summary],
    told: Sequence[Deviation],
    today: date,
) -> list[Deviation]:
    """By day."""
    definition = study.current().definition
    facts = calendar.facts_of(definition, participant, entries)
    due = calendar.kept_visits_of(definition, facts, entries, today)
    found = [*of_schedule(definition, facts, due), *dict.fromkeys(told)]  # what is told twice, once
    return sorted(found, key=lambda one: one.held_on or one.planned_on or date.max)


def told_of(centre: Centre) -> Told:
    """What was answered with codes, or confirmed against checks, that the definition calls
    deviations, by participant."""
    found: dict[int, list[Deviation]] = defaultdict(list)
    beside = checks_beside.deviations()
    confirmed = Entry.objects.filter(centre=centre).exclude(comments={})
    names = ("participant_id", "definition_id", "visit", "form", "number", "comments", "visit_date")
    for pk, version, visit, form, number, comments, on in confirmed.values_list(*names):
        definition = study.study_of(version).definition
        found[pk] += of_comments(definition, visit, form, number, comments, on, beside)
    for pk, version, visit, form, number, answers, on in answered(centre):
        definition = study.study_of(version).definition
        found[pk] += of_answers(definition, visit, form, number, answers, on)
    return found


def answered(centre: Centre) -> Iterable[tuple[Any, ...]]:
    """Entries with such a code, as the definition has them today."""
    such = Q()
    for form, items in study.current().definition.deviating.items():
        for item, codes in items.items():
            such |= Q(form=form, **{f"data__{item}__in": list(codes)})
    names = ("participant_id", "definition_id", "visit", "form", "number", "data", "visit_date")
    return Entry.objects.filter(such, centre=centre).values_list(*names) if such else ()
