"""Adverse events under treatment: who counts, which events, and each participant once."""

from dataclasses import dataclass, field
from datetime import date

import pytest

from analysis.course import Course
from analysis.harms import Event, harms, under_treatment

FIRST, LAST = date(2019, 3, 10), date(2019, 5, 5)


@dataclass(frozen=True)
class One:
    events: tuple[Event, ...] = ()
    course: Course = field(default_factory=lambda: Course(2, FIRST, LAST))


@pytest.mark.parametrize(
    ("began", "counts"),
    [
        ("2019-03-09", False),
        ("2019-03-10", True),
        ("2019-06-04", True),  # 30 days after the last injection
        ("2019-06-05", False),
        ("2019-02", False),
        ("2019-03", True),  # some days of it are under treatment
        ("2019-06", True),
        ("2019-07", False),
        ("2018", False),
        ("2019", True),
        ("", True),  # no day is known: it is not left out
    ],
)
def test_an_event_counts_where_it_may_have_begun_under_treatment(began, counts):
    assert bool(list(under_treatment(One((Event("Nausea", 1, began),))))) is counts


def test_where_no_day_of_an_injection_is_known_no_event_is_left_out():
    assert list(under_treatment(One((Event("Nausea", 1, "2019-03-09"),), Course(1))))


def test_participants_count_once_and_only_who_was_treated():
    events = (
        Event("Diarrhoea", 1, "2019-04-01", related=True),
        Event(" diarrhoea ", 3, "2019-04-20"),
        Event("Gallstones", 4, "2019-05-01", serious=True, related=True, stopped=True),
    )
    never = One(events, Course())
    found = harms([One(events), One((Event("diarrhoea", 2),)), One(), never], terms=True)
    assert found["treated"] == 3
    assert found["injections"] == {"total": 6, "median": 2, "least": 2, "greatest": 2}
    assert found["events"] == 4
    assert found["participants"] == {
        "any": 2,
        "related": 1,
        "severe": 1,
        "severe_related": 1,
        "serious": 1,
        "serious_related": 1,
        "stopped": 1,
        "fatal": 0,
    }
    assert found["terms"] == [
        {"term": "diarrhoea", "any": 2, "severe": 1, "serious": 0},
        {"term": "Gallstones", "any": 1, "severe": 1, "serious": 1},
    ]


def test_a_related_mild_event_and_a_severe_one_that_is_not_are_no_severe_related_one():
    one = One((Event("a", 1, related=True), Event("b", 4)))
    found = harms([one], terms=False)["participants"]
    assert (found["related"], found["severe"], found["severe_related"]) == (1, 1, 0)


def test_a_fatal_event_is_severe_and_no_grade_is_none_of_it():
    found = harms([One((Event("a", 5),)), One((Event("b"),))], terms=False)["participants"]
    assert (found["any"], found["severe"], found["fatal"]) == (2, 1, 1)


def test_nobody_and_no_terms_where_they_are_not_asked_for():
    found = harms([], terms=False)
    assert found["treated"] == found["events"] == 0
    assert found["injections"] == {"total": 0, "median": None, "least": None, "greatest": None}
    assert "terms" not in found
