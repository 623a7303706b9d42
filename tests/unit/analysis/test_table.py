"""The table's rows: who counts where."""

import json
from time import perf_counter

import numpy as np
import pytest

from analysis.derivation.participant import derive
from analysis.derivation.status import Status
from analysis.derivation.table import Outcome, outcome, question, to_json, trial_table
from analysis.stats.kaplan_meier import kaplan_meier
from analysis.stats.quantiles import median
from analysis.stats.report import answer
from tests.unit.analysis.records import record

SUCCESS, FAILURE, UNDECIDED = Status.SUCCESS, Status.FAILURE, Status.NOT_EVALUABLE


def test_a_member_without_a_status_stays_in_the_denominator() -> None:
    rows = [
        Outcome(True, SUCCESS, 200, False, 200, False),
        Outcome(True, FAILURE, 90, True, 120, True),
        Outcome(True, UNDECIDED, 91, False, 95, False),
        Outcome(False, UNDECIDED, 0, False, 300, False),
    ]
    arm = trial_table({"everyone": rows}).arms["everyone"]
    assert (arm.n, arm.evaluable, arm.success, arm.undetermined) == (4, 3, 1, 1)
    assert arm.rate.estimate == pytest.approx(1 / 3)
    assert (arm.pfs_events, arm.deaths) == (1, 1)


def test_who_has_not_reached_six_months_is_counted_apart_with_the_failures() -> None:
    rows = [
        Outcome(True, SUCCESS, 200, False, 200, False),
        Outcome(True, FAILURE, 90, True, 120, True),
        Outcome(True, FAILURE, 30, True, 40, False, reached=False),
        Outcome(True, Status.PENDING, 91, False, 95, False, reached=False),
        Outcome(False, Status.PENDING, 0, False, 10, False, reached=False),
    ]
    arm = trial_table({"everyone": rows}).arms["everyone"]
    assert (arm.n, arm.pending, arm.evaluable, arm.success) == (5, 3, 2, 1)
    assert arm.rate.estimate == 0.5
    assert arm.pfs_events == 2
    assert question({"everyone": rows}).proportions["everyone rate"] == (1, 2)


def test_an_outcome_is_read_from_the_derived_variables() -> None:
    found = outcome(derive(record([(91, "SD"), (182, "SD"), (260, "PD")], died=400)))
    assert found == Outcome(True, SUCCESS, 260, True, 400, True)


@pytest.mark.promise("IA-08")
def test_an_empty_arm_prints_null() -> None:
    printed = to_json(trial_table({"LAN": [], "PBO": []}))
    assert printed["arms"]["LAN"]["rate"] is None
    assert printed["arms"]["LAN"]["rate_ci90"] == [None, None]
    assert printed["followup"] == {"median": None, "ci95": [None, None]}
    assert "NaN" not in json.dumps(printed)


def test_the_keys_of_the_printed_table() -> None:
    printed = to_json(trial_table({"LAN": [Outcome(True, SUCCESS, 200, False, 200, False)]}))
    assert list(printed) == ["arms", "followup"]
    assert list(printed["arms"]["LAN"]) == [
        "n",
        "evaluable",
        "success",
        "rate",
        "rate_ci90",
        "median_pfs",
        "median_pfs_ci95",
        "median_os",
        "pfs_events",
        "deaths",
    ]


def invented(n: int) -> dict[str, list[Outcome]]:
    rng = np.random.default_rng(7)
    rows = [
        Outcome(True, SUCCESS, int(d), bool(e), int(d + 90), bool(f))
        for d, e, f in zip(
            rng.integers(1, 1000, n), rng.random(n) < 0.7, rng.random(n) < 0.3, strict=True
        )
    ]
    return {"LAN": rows[: n // 2], "PBO": rows[n // 2 :]}


def test_the_question_covers_both_arms_and_their_comparison() -> None:
    found = answer(question(invented(40), treated="LAN"))
    for name in ("LAN pfs median", "PBO os median", "follow-up median", "PBO rate lower"):
        assert name in found
    assert found["pfs hazard ratio"] is not None
    assert "pfs hazard ratio" not in answer(question({"everyone": invented(40)["LAN"]}))


def fastest(action, times: int) -> float:
    """Seconds of the fastest of several runs."""
    found = []
    for _ in range(times):
        start = perf_counter()
        action()
        found.append(perf_counter() - start)
    return min(found)


def test_the_headline_of_53_participants_takes_less_than_2_ms() -> None:
    rows = invented(53)
    assert fastest(lambda: trial_table(rows), 30) < 0.002


def test_a_curve_of_a_million_participants_takes_less_than_100_ms() -> None:
    rng = np.random.default_rng(3)
    days, events = rng.integers(0, 3000, 1_000_000), rng.random(1_000_000) < 0.6
    assert fastest(lambda: median(kaplan_meier(days, events)), 5) < 0.1
