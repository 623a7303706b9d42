"""SAE clock: 24 hours, absolute, in each zone and through the changes of the clock."""

from datetime import UTC, datetime, timedelta

import pytest

from crf.definition.plan import Aware, SeriousEvents
from crf.safety_clock import ReportClock, aware_at, blanks

pytestmark = pytest.mark.promise("SF-01")
MARK = SeriousEvents(
    "AE", "serious", "yes", aware=Aware("aware_on", "aware_at"), report=("term", "seriousness")
)
SECOND = timedelta(seconds=1)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("day", "at", "zone", "known"),
    [
        ("2019-01-15", "10:30", "Europe/Paris", "2019-01-15T09:30"),
        ("2019-07-15", "10:30", "Europe/Paris", "2019-07-15T08:30"),
        ("2019-07-15", "10:30", "Indian/Reunion", "2019-07-15T06:30"),
        ("2019-07-15", "10:30", "America/Cayenne", "2019-07-15T13:30"),
        # no time of day: the day counts from its beginning
        ("2019-01-15", None, "Europe/Paris", "2019-01-14T23:00"),
        ("2019-01-15", {"missing": "unknown"}, "Europe/Paris", "2019-01-14T23:00"),
        # the night in which an hour is left out: 02:30 is 03:30
        ("2019-03-31", "02:30", "Europe/Paris", "2019-03-31T01:30"),
        # the night in which an hour comes twice: the first
        ("2019-10-27", "02:30", "Europe/Paris", "2019-10-27T00:30"),
        ("2019-10-27", "03:30", "Europe/Paris", "2019-10-27T02:30"),
    ],
)
def test_when_the_centre_knew(day, at, zone, known):
    assert aware_at({"aware_on": day, "aware_at": at}, MARK, zone) == utc(known)


@pytest.mark.parametrize("day", [None, {"missing": "unknown"}])
def test_no_day_is_no_moment(day):
    assert aware_at({"aware_on": day, "aware_at": "10:30"}, MARK, "Europe/Paris") is None


@pytest.mark.parametrize(
    ("day", "zone", "due"),
    [
        ("2019-03-30", "Europe/Paris", "2019-03-31T11:30"),  # 13:30 there: an hour was left out
        ("2019-10-26", "Europe/Paris", "2019-10-27T10:30"),  # 11:30 there: an hour came twice
        ("2019-10-26", "Indian/Reunion", "2019-10-27T08:30"),  # no such night
        ("2019-12-24", "Europe/Paris", "2019-12-25T11:30"),  # no working day is waited for
    ],
)
def test_hours_are_absolute(day, zone, due):
    known = aware_at({"aware_on": day, "aware_at": "12:30"}, MARK, zone)
    assert known is not None
    assert ReportClock(known).due_at == utc(due)


@pytest.mark.parametrize(
    ("after", "late"),
    [
        (timedelta(0), False),
        (timedelta(hours=23, minutes=59, seconds=59), False),
        (timedelta(hours=24), False),
        (timedelta(hours=24) + SECOND, True),
    ],
)
def test_late_begins_after_24_hours(after, late):
    known = utc("2019-03-30T11:30")
    assert ReportClock(known).late(known + after) is late
    told = ReportClock(known, told_at=known + after)
    assert told.late(known + timedelta(days=9)) is late
    assert told.taken(known + timedelta(days=9)) == after


def test_a_report_that_precedes_the_hour_given_took_no_time():
    clock = ReportClock(utc("2019-03-30T11:30"), told_at=utc("2019-03-30T11:00"))
    assert clock.taken(clock.aware_at) == timedelta()
    assert not clock.late(clock.aware_at + timedelta(days=2))


def test_a_reason_why_there_is_no_answer_answers():
    known = {"aware_on": "2019-03-30"}
    assert blanks({"term": "Ileus", "seriousness": []} | known, MARK) == ["seriousness"]
    unknown = {"missing": "unknown"}
    told = {"term": unknown, "seriousness": ["life"], "aware_on": unknown}
    assert blanks(told, MARK) == []


def test_the_day_of_knowledge_is_a_part_of_the_report():
    assert blanks({"term": "Ileus", "seriousness": ["life"]}, MARK) == ["aware_on"]
