"""The baseline of a group, counted by hand and by numpy."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from analysis.baseline import LINES, MEASURES, UNKNOWN, baseline_figures, characteristics
from analysis.extraction import Case
from analysis.facts import Facts, Row
from tests.unit.analysis.records import RANDOMISED, record


def case(**baseline: str | None) -> Case:
    return Case("BE-02-004", "BE-02", "R-1", record(), baseline)


def test_numbers_and_answers_by_hand():
    found = characteristics(
        [
            case(age="70", sex="F", l1_months="4.6", grade="G1"),
            case(age="61", sex="M", l1_months="4.7", grade=None),
            case(age="52", sex="M", l1_months="", ki67="<1"),
        ]
    )
    assert found["n"] == 3
    age, months = found["lines"]["age"], found["lines"]["l1_months"]
    assert age == {"n": 3, "median": 61, "least": 52, "greatest": 70, "mean": 61, "sd": 9}
    assert (months["n"], months["median"], months["mean"]) == (2, 4.65, 4.65)
    assert found["lines"]["sex"] == {"F": 1, "M": 2}
    assert found["lines"]["grade"] == {"G1": 1, UNKNOWN: 2}
    assert found["lines"]["ki67"]["n"] == 0


def test_nobody_and_one():
    nobody = characteristics([])
    assert list(nobody["lines"]) == list(LINES)
    assert nobody["lines"]["age"] == {"n": 0} | dict.fromkeys(
        ("median", "least", "greatest", "mean", "sd")
    )
    assert nobody["lines"]["sex"] == {}
    assert characteristics([case(age="70")])["lines"]["age"]["sd"] is None


tenths = st.integers(0, 600).map(lambda n: f"{n // 10}.{n % 10}")


@given(st.lists(tenths, min_size=2, max_size=40))
def test_numbers_as_numpy_has_them(drawn):
    found = characteristics([case(l1_months=one) for one in drawn])["lines"]["l1_months"]
    values = np.array(drawn, dtype=float)
    assert found["median"] == pytest.approx(np.median(values))
    assert found["mean"] == pytest.approx(values.mean())
    assert found["sd"] == pytest.approx(values.std(ddof=1), abs=1e-6)
    assert (found["least"], found["greatest"]) == (values.min(), values.max())


@given(st.lists(st.tuples(st.sampled_from(["LAN", "PBO"]), st.sampled_from(["F", "M", None]))))
def test_answers_of_the_arms_add_up_to_everyone(drawn):
    def counted(*arms: str) -> dict[str, int]:
        mine = [case(sex=sex) for arm, sex in drawn if arm in arms]
        found = characteristics(mine)["lines"]["sex"]
        assert sum(found.values()) == len(mine)
        return found

    lan, pbo = counted("LAN"), counted("PBO")
    for code, n in counted("LAN", "PBO").items():
        assert n == lan.get(code, 0) + pbo.get(code, 0)


def test_the_published_marginals_are_the_same_counts():
    cases = [case(grade="G2", l1_months="4.6"), case(grade="G2"), case(l1_months="11.0")]
    found, lines = baseline_figures(cases), characteristics(cases)["lines"]
    assert found["grade"] == lines["grade"] == {UNKNOWN: 1, "G2": 2}
    assert found["duration"] == [7.8, 4.6, 11]
    assert baseline_figures([])["duration"] is None


def test_only_screening_is_read():
    facts = Facts()
    place = ("BE-02-004", "VITALS")
    facts.take(Row(*place, "SCR", 1, 7, RANDOMISED, ("1",)))
    facts.take(Row(*place, "ASM-03", 1, 8, RANDOMISED, ("2",)))
    facts.take(Row(*place, "UNS-01", 1, 9, RANDOMISED, ()))  # as live rows have it
    assert facts.baseline == {"ps": "1"}
    assert [one.sources[0].entry_id for one in facts.alive] == [7, 8, 9]


def test_measures_are_lines():
    assert set(MEASURES) < set(LINES)
