"""Two engines, one report: they agree, and a disagreement is seen."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from analysis.stats.agreement import agreement
from analysis.stats.report import Question, Sample, TwoGroups, answer
from analysis.stats.second_engine import answer_by_lifelines

pytestmark = [
    pytest.mark.promise("IA-06"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning"),
    pytest.mark.filterwarnings("ignore::RuntimeWarning"),
    pytest.mark.filterwarnings("ignore::FutureWarning"),
]

ROWS = st.lists(
    st.tuples(st.integers(0, 30), st.booleans(), st.booleans()), min_size=1, max_size=30
)


def asked(rows, successes: int = 3, n: int = 7) -> Question:
    days, events, treated = (np.array(column) for column in zip(*rows, strict=True))
    sample = Sample(days.astype(np.int64), events.astype(bool))
    groups = TwoGroups(sample, treated.astype(bool))
    return Question({"pfs": sample}, {"pfs": groups}, {"rate": (successes, n)})


@pytest.mark.slow
@settings(deadline=None, max_examples=40)
@given(ROWS)
def test_engines_agree_on_anything(rows) -> None:
    question = asked(rows)
    found = agreement(answer(question), answer_by_lifelines(question))
    assert found.agrees, found.disagreements


STRATIFIED = st.lists(
    st.tuples(st.integers(0, 20), st.booleans(), st.booleans(), st.integers(0, 3)),
    min_size=2,
    max_size=30,
)


@pytest.mark.slow
@pytest.mark.promise("RN-10")
@settings(deadline=None, max_examples=40)
@given(STRATIFIED)
def test_engines_agree_within_strata(rows) -> None:
    plain = asked([row[:3] for row in rows])
    groups = plain.comparisons["pfs"]
    strata = np.array([row[3] for row in rows])
    question = Question({}, {"pfs": TwoGroups(groups.sample, groups.treated, strata)})
    found = agreement(answer(question), answer_by_lifelines(question))
    assert found.agrees, found.disagreements


@pytest.mark.parametrize(
    ("days", "events", "median"),
    [
        ([1, 2, 2, 3, 4, 4, 5, 6, 7, 8, 9, 9, 9, 9], [1] * 14, 5.5),
        ([10, 20, 20, 25, 30, 44], [1, 1, 1, 0, 0, 0], 32.0),
        ([10, 20, 30], [1, 0, 0], None),
        ([5, 5], [1, 1], 5.0),
    ],
)
def test_engines_agree_where_lifelines_alone_would_not(days, events, median) -> None:
    question = Question({"os": Sample(np.array(days), np.array(events, dtype=bool))})
    ours, theirs = answer(question), answer_by_lifelines(question)
    assert ours["os median"] == theirs["os median"] == median
    assert agreement(ours, theirs).agrees


@pytest.mark.promise("IA-08")
def test_engines_agree_with_one_participant_in_an_arm() -> None:
    """Newton's full step overshoots there: the second engine then takes smaller ones."""
    days = [39, 31, 28, 20, 13, 55, 35, 6, 2, 13, 10, 20, 44, 51, 5, 6, 56, 55]
    events = [1, 1, 0, 1, 1, 1, 1, 1, 1, 1, 0, 0, 0, 1, 0, 1, 0, 1]
    treated = [day == 6 and n == 15 for n, day in enumerate(days)]
    question = asked(list(zip(days, events, treated, strict=True)))
    found = agreement(answer(question), answer_by_lifelines(question))
    assert found.agrees, found.disagreements
    assert answer(question)["pfs hazard ratio"] == pytest.approx(9.602185)


def test_engines_agree_on_what_is_not_estimable() -> None:
    question = asked(
        [(3, True, True), (5, False, True), (8, False, False), (9, False, False)], 0, 0
    )
    ours, theirs = answer(question), answer_by_lifelines(question)
    assert ours["pfs hazard ratio"] is None
    assert ours["rate estimate"] is None
    assert agreement(ours, theirs).agrees


def test_nobody_yet() -> None:
    nobody = Sample(np.zeros(0, dtype=np.int64), np.zeros(0, dtype=bool))
    question = Question({"pfs": nobody}, {"pfs": TwoGroups(nobody, nobody.events)})
    assert agreement(answer(question), answer_by_lifelines(question)).agrees


@pytest.mark.parametrize(
    ("ours", "theirs", "difference"),
    [
        ({"a": 1.0}, {"a": 1.0 + 2e-6}, 2e-6),
        ({"a": 1000.0}, {"a": 1000.01}, 1e-5),
        ({"a": None}, {"a": 1.0}, None),
        ({"a": 1.0}, {"a": None}, None),
        ({"a": 1.0, "b": None}, {"a": 1.0}, None),
    ],
)
def test_a_disagreement_is_seen_and_named_first(ours, theirs, difference) -> None:
    found = agreement({**ours, "z": 5.0}, {**theirs, "z": 5.0})
    assert not found.agrees
    worst = found.disagreements[0]
    assert found.lines[0] is worst
    assert worst.difference == (None if difference is None else pytest.approx(difference, rel=1e-3))


def test_agreement_within_tolerance_keeps_the_largest_difference() -> None:
    found = agreement({"a": 1.0, "b": None}, {"a": 1.0 + 1e-8, "b": None})
    assert found.agrees
    assert found.largest_difference == pytest.approx(1e-8, rel=1e-3)
    assert found.disagreements == ()
