"""deviations.csv: a row a protocol deviation, from schedule and entries at the cut."""

from collections import defaultdict
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from django.utils.translation import gettext_noop

from crf import calendar, checks_beside, deviations, study
from crf.calendar import Summary
from crf.definition import Definition
from crf.definition.deviations import AWAY, MISSED, TOLD, Deviation, of_answers, of_comments
from crf.models import Participant
from reminet_site.spreadsheet import neutral

FILE = "deviations.csv"
WORDS = {
    "participant": gettext_noop("Code of the participant"),
    "centre": gettext_noop("Centre"),
    "kind": gettext_noop(
        "away: held too far from its day; missed: not held; told: confirmed against a check that "
        "tells a deviation"
    ),
    "visit": gettext_noop("Visit"),
    "form": gettext_noop("Form"),
    "number": gettext_noop("Number of the entry within visit and form"),
    "planned_on": gettext_noop("Day on which the visit was planned"),
    "held_on": gettext_noop("Day on which it was held"),
    "days": gettext_noop("Days after the planned one; negative before it"),
    "what": gettext_noop("What was done"),
}
KINDS = (AWAY, MISSED, TOLD)
WHAT = {AWAY: "Held too far from its day", MISSED: "Not held"}


def rows(
    people: list[dict[str, Any]], entries: Iterator[dict[str, Any]], today: date
) -> Iterator[list[str]]:
    """Of randomised participants, in the order of `people`."""
    definition = study.current().definition
    mine: dict[str, list[Summary]] = defaultdict(list)
    told: dict[str, list[Deviation]] = defaultdict(list)
    for one in entries:
        mine[one["participant"]].append(summary(one, definition))
        told[one["participant"]] += told_by(one)
    for person in people:
        if person["randomised_on"]:
            code = person["code"]
            who = participant_at(person, mine[code], definition)
            for found in deviations.of_participant(who, mine[code], told[code], today):
                yield row(person, found)


def row(person: Mapping[str, Any], one: Deviation) -> list[str]:
    away = str(one.days) if one.kind == AWAY else ""
    planned, held = (str(day or "") for day in (one.planned_on, one.held_on))
    what = one.what.en if one.kind == TOLD else WHAT[one.kind]
    place = [one.visit, one.form, str(one.number)]
    return [person["code"], person["centre"], one.kind, *place, planned, held, away, neutral(what)]


def summary(one: Mapping[str, Any], definition: Definition) -> Summary:
    """The entry of a cut as the schedule sees it."""
    answer = one["data"].get(calendar.telling(definition).get(one["form"], ""))
    return Summary(
        id=one["id"],
        participant_id=0,
        visit=one["visit"],
        form=one["form"],
        number=one["number"],
        version=one["version"],
        visit_date=date.fromisoformat(one["date"]) if one["date"] else None,
        filled=0,
        expected=0,
        landmark=answer if isinstance(answer, str) else None,
    )


def told_by(one: Mapping[str, Any]) -> Iterator[Deviation]:
    """A cut that was taken before entries told what was confirmed names none."""
    kept = {key: {"comment": ""} for key in one.get("confirmed") or ()}
    definition = study.study_of(one["definition"]).definition
    on = date.fromisoformat(one["date"]) if one["date"] else None
    where = (one["visit"], one["form"], one["number"])
    yield from of_answers(definition, *where, one["data"], on)
    yield from of_comments(definition, *where, kept, on, checks_beside.deviations())


def participant_at(
    person: Mapping[str, Any], entries: list[Summary], definition: Definition
) -> Participant:
    """The participant as the cut knows him or her; the row of today may know more."""
    left = definition.trial.landmarks.withdrawn
    days = [
        one.visit_date
        for one in entries
        if left and one.form == left.form and one.visit_date and one.landmark == left.value
    ]
    return Participant(
        screened_on=date.fromisoformat(person["screened_on"]),
        randomised_on=date.fromisoformat(person["randomised_on"]),
        withdrawn_on=min(days, default=None),
    )
