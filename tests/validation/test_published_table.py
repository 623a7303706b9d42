"""The published table from the calibrated outcomes, figure by figure.

../shared/reference/calibrated_outcomes.csv holds times, no assessments: they are read once as
times (`status_from_times`) and once as dated assessments, through every derivation.
"""

from datetime import date, timedelta

import pytest

from analysis.derivation.participant import derive
from analysis.derivation.sources import (
    Assessment,
    Death,
    NewsOfLife,
    ParticipantRecord,
    Response,
    Source,
)
from analysis.derivation.status import status_from_times
from analysis.derivation.table import Outcome, outcome, to_json, trial_table
from tests.validation.reference import reference, table

PUBLISHED = {
    "arms": {
        "LAN": {
            "n": 27,
            "evaluable": 26,
            "success": 19,
            "rate": 73.1,
            "rate_ci90": [55.3, 86.6],
            "median_pfs": 19.4,
            "median_pfs_ci95": [7.6, 32.6],
            "median_os": None,
            "pfs_events": 17,
            "deaths": 3,
        },
        "PBO": {
            "n": 26,
            "evaluable": 24,
            "success": 13,
            "rate": 54.2,
            "rate_ci90": [35.8, 71.8],
            "median_pfs": 7.6,
            "median_pfs_ci95": [3.0, 9.0],
            "median_os": 41.9,
            "pfs_events": 19,
            "deaths": 9,
        },
    },
    "followup": {"median": 27.0, "ci95": [19.5, 31.2]},
}
RANDOMISED = date(2017, 5, 3)

Row = dict[str, str]


def rows() -> list[Row]:
    return table(reference("calibrated_outcomes.csv"))


def from_times(row: Row) -> Outcome:
    pfs_days, event = int(row["pfs_days"]), row["pfs_event"] == "1"
    return Outcome(
        evaluable=row["mitt"] == "1",
        six_months=status_from_times(pfs_days, event),
        pfs_days=pfs_days,
        pfs_event=event,
        os_days=int(row["os_days"]),
        os_event=row["os_event"] == "1",
    )


def as_record(row: Row) -> ParticipantRecord:
    """Imaging every 91 days before the PFS day and on it; death or a contact on the OS day."""
    pfs_days, os_on = int(row["pfs_days"]), RANDOMISED + timedelta(int(row["os_days"]))
    last = Response.PD if row["pfs_event"] == "1" else Response.SD
    seen = [(day, Response.SD) for day in range(91, pfs_days, 91)]
    seen += [(pfs_days, last)] if pfs_days else []
    died = row["os_event"] == "1"
    return ParticipantRecord(
        code="FR-01-001",
        randomised_on=RANDOMISED,
        assessments=tuple(
            Assessment(
                RANDOMISED + timedelta(day),
                response,
                (Source("RECIST", f"ASM-{day}", 1, day, "overall"),),
            )
            for day, response in seen
        ),
        death=Death(os_on) if died else None,
        alive=() if died else (NewsOfLife(os_on),),
    )


def by_arm(outcomes: list[tuple[str, Outcome]]) -> dict[str, list[Outcome]]:
    return {arm: [row for name, row in outcomes if name == arm] for arm in ("LAN", "PBO")}


@pytest.mark.promise("IA-06")
def test_times_give_the_published_table() -> None:
    outcomes = by_arm([(row["arm"], from_times(row)) for row in rows()])
    assert to_json(trial_table(outcomes)) == PUBLISHED


@pytest.mark.promise("IA-05")
def test_dated_assessments_give_the_published_table() -> None:
    outcomes = by_arm([(row["arm"], outcome(derive(as_record(row)))) for row in rows()])
    assert to_json(trial_table(outcomes)) == PUBLISHED


@pytest.mark.promise("IA-05")
def test_dated_assessments_give_back_each_row() -> None:
    for row in rows():
        assert outcome(derive(as_record(row))) == from_times(row)


@pytest.mark.promise("IA-06")
def test_log_limits_are_another_convention() -> None:
    """R's default interval on the same rows: LAN 19.4 (12.0; NE), PBO 7.6 (4.0; 12.2)."""
    outcomes = by_arm([(row["arm"], from_times(row)) for row in rows()])
    printed = to_json(trial_table(outcomes, transformation="log"))["arms"]
    assert (printed["LAN"]["median_pfs"], printed["LAN"]["median_pfs_ci95"]) == (19.4, [12.0, None])
    assert (printed["PBO"]["median_pfs"], printed["PBO"]["median_pfs_ci95"]) == (7.6, [4.0, 12.2])
