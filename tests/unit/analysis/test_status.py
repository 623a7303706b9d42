"""The 6- and 12-month status and the evaluable set, sentence by sentence of the protocol."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.derivation.conventions import SIX_MONTHS, Conventions, Landmark
from analysis.derivation.cutoff import cut
from analysis.derivation.participant import derive
from analysis.derivation.sources import ParticipantRecord, Response
from analysis.derivation.status import (
    TWELVE_MONTHS,
    Status,
    evaluable,
    reached,
    response_at,
    status,
    status_from_times,
)
from analysis.derivation.survival import pfs
from tests.unit.analysis.records import on, record, records, source

pytestmark = pytest.mark.promise("IA-05")

SUCCESS, FAILURE, NOT_EVALUABLE = Status.SUCCESS, Status.FAILURE, Status.NOT_EVALUABLE


@pytest.mark.parametrize(
    ("seen", "treatments", "died", "expected"),
    [
        # An assessment at day 168-196.
        ([(168, "SD")], [], None, SUCCESS),
        ([(196, "PR")], [], None, SUCCESS),
        ([(182, "PD")], [], None, FAILURE),
        ([(196, "PD")], [], None, FAILURE),
        ([(182, "SD"), (190, "PD")], [], None, FAILURE),
        ([(91, "PD"), (182, "SD")], [], None, FAILURE),
        ([(182, "SD"), (197, "PD")], [], None, SUCCESS),
        ([(182, "SD")], [], 182, FAILURE),
        ([(182, "SD")], [], 183, SUCCESS),
        ([(175, "SD")], [], 180, SUCCESS),
        ([(182, "SD")], [100], None, SUCCESS),
        ([(182, "NE"), (190, "SD")], [], None, SUCCESS),
        # None there: progression or death on or before day 182.625.
        ([(91, "SD"), (160, "PD")], [], None, FAILURE),
        ([(167, "PD")], [], None, FAILURE),
        ([(91, "SD")], [], 182, FAILURE),
        ([(91, "SD")], [], 183, NOT_EVALUABLE),
        ([], [], 100, FAILURE),
        # A later evaluable assessment.
        ([(91, "SD"), (197, "SD")], [], None, SUCCESS),
        ([(91, "SD"), (230, "SD"), (280, "PD")], [], None, SUCCESS),
        ([(91, "SD"), (230, "PD")], [], None, NOT_EVALUABLE),
        ([(91, "SD"), (230, "NE")], [], None, NOT_EVALUABLE),
        ([(230, "SD")], [], 260, SUCCESS),
        # Nothing later.
        ([(167, "SD")], [], None, NOT_EVALUABLE),
        ([], [], None, NOT_EVALUABLE),
        ([], [], 400, NOT_EVALUABLE),
        # A new anti-tumour treatment first.
        ([(91, "SD"), (160, "PD")], [120], None, NOT_EVALUABLE),
        ([(91, "SD"), (160, "PD")], [160], None, FAILURE),
        ([(91, "SD")], [120], 150, NOT_EVALUABLE),
        ([(91, "SD"), (230, "SD")], [120], None, NOT_EVALUABLE),
        ([(91, "SD"), (230, "SD")], [240], None, SUCCESS),
    ],
)
def test_six_months(seen, treatments, died, expected: Status) -> None:
    assert status(record(seen, treatments, died)).value is expected


@pytest.mark.parametrize(
    ("seen", "died", "expected"),
    [
        ([(351, "SD")], None, SUCCESS),
        ([(379, "PD")], None, FAILURE),
        ([(350, "SD")], None, NOT_EVALUABLE),
        ([(380, "SD")], None, SUCCESS),
        ([(273, "SD")], 365, FAILURE),
        ([(273, "SD")], 366, NOT_EVALUABLE),
        ([(182, "SD"), (300, "PD")], None, FAILURE),
    ],
)
def test_twelve_months_by_the_same_rule(seen, died, expected: Status) -> None:
    assert status(record(seen, died=died), TWELVE_MONTHS).value is expected


def test_the_windows_are_parameters() -> None:
    wider = Conventions(six_months=Landmark("6 months", 150, 200, 182.625))
    one = record([(160, "SD")])
    assert derive(one).six_months.value is NOT_EVALUABLE
    assert derive(one, wider).six_months.value is SUCCESS


def test_status_names_its_entries() -> None:
    assert status(record([(182, "SD")])).sources == (source("RECIST", 182),)
    assert status(record([(91, "PD"), (182, "SD")])).sources == (
        source("RECIST", 91),
        source("RECIST", 182),
    )
    assert status(record([(91, "SD"), (160, "PD")], [120])).sources == (source("NEXT", 120),)


@pytest.mark.parametrize(
    ("seen", "treatments", "died", "member"),
    [
        ([(91, "SD")], [], None, True),
        ([(91, "NE")], [], None, False),
        ([(0, "SD")], [], None, False),
        ([], [], None, False),
        ([], [], 90, True),
        ([], [30], 90, False),
        ([(91, "PD")], [30], None, True),
    ],
)
def test_evaluable_set(seen, treatments, died, member: bool) -> None:
    assert evaluable(record(seen, treatments, died)).value is member


def test_response_at_six_months() -> None:
    found = response_at(record([(91, "SD"), (182, "PR")]))
    assert (found.value, found.sources) == (Response.PR, (source("RECIST", 182),))
    assert response_at(record([(91, "SD")])).value is None


@given(records())
def test_members_without_a_status_are_the_only_undecided_ones(one: ParticipantRecord) -> None:
    """Success and failure imply membership, save a death that a new treatment preceded."""
    decided = status(one).value is not Status.NOT_EVALUABLE
    assert not decided or evaluable(one).value


@given(st.integers(1, 900), st.booleans(), st.booleans())
def test_times_alone_give_the_status_of_regular_imaging(day: int, event: bool, died: bool) -> None:
    seen = [(at, "SD") for at in range(91, day, 91)]
    if not (event and died):
        seen.append((day, "PD" if event else "SD"))
    one = record(seen, died=day if event and died else None)
    assert pfs(one).value.days == day
    assert pfs(one).value.event is event
    assert status_from_times(day, event, event and died) is status(one).value


# -- before the landmark ------------------------------------------------------------------------


def known_on(day: int, whole: ParticipantRecord) -> ParticipantRecord:
    found = cut(whole, on(day))
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("whole", "day", "expected"),
    [
        (record([(91, "SD")]), 100, Status.PENDING),
        (record([(91, "SD")]), 195, Status.PENDING),
        (record([(91, "SD")]), 196, NOT_EVALUABLE),
        (record([(91, "SD")], treatments=[95]), 100, Status.PENDING),  # day 182 may still decide
        (record([(91, "SD")], treatments=[95]), 196, NOT_EVALUABLE),
        (record([(91, "PD")]), 100, FAILURE),
        (record(died=30), 40, FAILURE),
        (record([(91, "SD"), (170, "SD")]), 171, SUCCESS),
        (record(), 0, Status.PENDING),
    ],
)
def test_while_the_window_is_open_nothing_is_decided_by_absence(whole, day, expected) -> None:
    assert status(known_on(day, whole)).value is expected


@pytest.mark.parametrize(("day", "expected"), [(0, False), (195, False), (196, True), (400, True)])
def test_six_months_are_reached_when_the_window_is_closed(day, expected) -> None:
    found = reached(known_on(day, record([(91, "PD")])))
    assert found.value is expected
    assert "196" in found.rule


def test_without_a_cut_off_everything_is_reached() -> None:
    assert reached(record()).value


@given(records(), st.integers(min_value=SIX_MONTHS.last, max_value=800))
def test_once_reached_nobody_is_pending(whole: ParticipantRecord, day: int) -> None:
    found = cut(whole, on(day))
    if found is not None and found.randomised_on == on(0):
        assert status(found).value is not Status.PENDING
