"""Quality of life: baseline, definitive deterioration, means, and time without chemotherapy."""

import statistics
from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.derivation.conventions import REMINET
from analysis.derivation.cutoff import cut
from analysis.derivation.quality import BASELINE, baseline, deterioration, scores, turn
from analysis.derivation.sources import Death, NewTreatment, ParticipantRecord, Questionnaire
from analysis.derivation.survival import Why, chemotherapy_free
from analysis.derivation.timeline import contradictions
from analysis.stats.moments import moments
from tests.unit.analysis.records import on, record, source

pytestmark = pytest.mark.promise("IA-05")

Scored = list[tuple[int, int]]


def filled(*scored: tuple[int, int]) -> ParticipantRecord:
    """A record with these (day, points)."""
    return replace(
        record(),
        questionnaires=tuple(
            Questionnaire(on(day), f"DAY{day}", 100 * points, (source("QOL", day),))
            for day, points in scored
        ),
    )


def ended(*scored: tuple[int, int]) -> tuple[int, bool] | None:
    value = deterioration(filled(*scored)).value
    return None if value is None else (value.days, value.event)


@pytest.mark.parametrize(
    ("scored", "expected"),
    [
        ([(-3, 60), (91, 60), (182, 55), (273, 50)], (182, True)),
        ([(-3, 60), (91, 50), (182, 58), (273, 50)], (273, True)),  # better in between
        ([(-3, 60), (91, 50), (182, 58)], (182, False)),
        ([(-3, 60), (91, 56)], (91, False)),  # four points do not count
        ([(-3, 60), (91, 55)], (91, True)),
        ([(-20, 80), (0, 60), (91, 60)], (91, False)),  # the last before randomisation is compared
        ([(-3, 4), (91, 0)], (91, False)),  # nobody can be five points below four
        ([(91, 50), (182, 20)], None),
        ([(-3, 50)], None),
        ([], None),
    ],
)
def test_deterioration_is_definitive(scored: Scored, expected: tuple[int, bool] | None) -> None:
    assert ended(*scored) == expected


@given(
    st.integers(0, 100),
    st.lists(
        st.tuples(st.integers(1, 900), st.integers(0, 100)), min_size=1, unique_by=lambda x: x[0]
    ),
)
def test_deterioration_read_backwards(first: int, after: Scored) -> None:
    """From the last questionnaire back to the one that is still good enough."""
    worse_since = None
    for day, points in sorted(after, reverse=True):
        if first - points < 5:
            break
        worse_since = day
    last = max(day for day, _ in after)
    assert ended((0, first), *after) == (
        (last, False) if worse_since is None else (worse_since, True)
    )


def test_it_names_the_questionnaires_and_what_counts_is_a_number_of_the_plan() -> None:
    person = filled((-3, 60), (91, 55))
    found = deterioration(person)
    assert found.value is not None
    assert found.value.why is Why.WORSE
    assert found.sources == (source("QOL", -3), source("QOL", 91))
    strict = deterioration(person, replace(REMINET, worse_by=600))
    assert strict.value is not None
    assert not strict.value.event


def test_what_comes_after_the_cut_off_is_not_known() -> None:
    known = cut(filled((-3, 60), (91, 60), (182, 50)), on(100))
    assert known is not None
    value = deterioration(known).value
    assert value is not None
    assert (value.days, value.event) == (91, False)


def test_scores_by_visit_and_the_baseline() -> None:
    person = filled((-3, 60), (91, 55), (182, 50))
    assert scores(person) == {BASELINE: 6000, "DAY91": 5500, "DAY182": 5000}
    first = baseline(person)
    assert first is not None
    assert first.on == on(-3)
    assert scores(filled((91, 55))) == {"DAY91": 5500}


@pytest.mark.parametrize(
    ("given_on", "died", "expected"),
    [
        ([(300, True)], None, (300, True)),
        ([(200, False), (300, True)], None, (300, True)),  # another treatment is none
        ([(400, True), (300, True)], 500, (300, True)),
        ([(200, False)], 350, (350, True)),
        ([], None, (600, False)),
        ([(-10, True)], None, (600, False)),  # before randomisation: the first line
        ([(300, True)], 250, (250, True)),  # impossible, and reported elsewhere
    ],
)
def test_time_without_chemotherapy(
    given_on: list[tuple[int, bool]], died: int | None, expected: tuple[int, bool]
) -> None:
    person = replace(
        record(alive=[600] if died is None else []),
        new_treatments=tuple(NewTreatment(on(day), (), chemo) for day, chemo in given_on),
        death=None if died is None else Death(on(died)),
    )
    value = chemotherapy_free(person).value
    assert (value.days, value.event) == expected


@given(st.lists(st.integers(-10_000, 10_000), min_size=2, max_size=60))
def test_moments_against_exact_fractions(values: list[int]) -> None:
    found = moments(values)
    assert found.mean == pytest.approx(statistics.fmean(values), rel=1e-12, abs=1e-9)
    assert found.sd == pytest.approx(statistics.stdev(values), rel=1e-12, abs=1e-9)


def test_moments_of_one_and_of_none() -> None:
    assert moments([7]) == (1, 7.0, None)
    assert moments([]) == (0, None, None)


def test_two_on_one_day_are_taken_in_the_order_of_their_visits() -> None:
    """Of two visits on one day that of the higher number is later: ASM-102, not ASM-99."""
    day = date(2019, 5, 2)
    twice = (Questionnaire(day, visit, score) for visit, score in (("ASM-102", 1), ("ASM-99", 2)))
    person = replace(record(), questionnaires=tuple(twice), randomised_on=day)
    assert scores(person) == {BASELINE: 1}
    assert sorted(["UNS-01", "ASM-102", "ASM-12", "SCR"], key=turn) == [
        "ASM-12", "ASM-102", "SCR", "UNS-01",
    ]  # fmt: skip


def test_a_questionnaire_after_the_death_is_told() -> None:
    person = replace(filled((-3, 60), (182, 50)), death=Death(on(100)))
    [found] = contradictions(person)
    assert str(on(182)) in found.sentence
