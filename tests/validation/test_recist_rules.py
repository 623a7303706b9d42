"""Time-point responses, lesion cases and best overall response against the reference tables."""

import re
from datetime import date
from decimal import Decimal

import pytest

from analysis.derivation.recist import (
    Measured,
    overall_response,
    selection_problems,
    target_response,
    total,
)
from analysis.derivation.response import best_of, best_response
from analysis.derivation.sources import Assessment, ParticipantRecord, Response, Source
from tests.validation.reference import reference, table

pytestmark = pytest.mark.promise("IA-05")

UNCONFIRMED = "bor_unconfirmed_sd_window28"


def response(text: str) -> Response | None:
    return None if text == "NONE" else Response(text)


def test_time_points_with_target_lesions() -> None:
    for row in table(reference("recist_11_rules/timepoint_target_nontarget_new.csv")):
        found = overall_response(
            response(row["target"]), response(row["non_target"]), row["new_lesion"] == "Y"
        )
        assert found == row["overall"], row


def test_time_points_without_target_lesions() -> None:
    for row in table(reference("recist_11_rules/timepoint_nontarget_only.csv")):
        found = overall_response(None, response(row["non_target"]), row["new_lesion"] == "Y")
        assert found == row["overall"], row


def lesions(text: str) -> list[Measured]:
    """As `liver LD 20; node SA 18`, `liver 0 (absent)`, `lung not evaluated`, `too small`."""
    found = []
    for part in text.split(";"):
        organ = part.split()[0]
        size = re.search(r"(\d+(?:\.\d+)?)", part)
        value = Decimal(size[1]) if size else None
        found.append(Measured(organ, value, organ == "node", "too small" in part, organ))
    return found


def test_lesion_cases() -> None:
    for row in table(reference("recist_11_rules/lesion_cases.csv")):
        if row["expected"].startswith("REJECT"):
            assert selection_problems(rejected(row["baseline"])), row
            continue
        at_baseline = total(lesions(row["baseline"]))
        assert at_baseline is not None
        found = target_response(lesions(row["follow_up"]), at_baseline, at_baseline)
        assert found.response == row["expected"], row


def rejected(text: str) -> list[Measured]:
    """The baseline of a case to refuse: "6 targets entered", "3 liver targets entered"."""
    counted = re.match(r"(\d) (\w+ )?targets entered", text)
    if counted is None:
        return lesions(text)
    organ = (counted[2] or "").strip()
    return [
        Measured(f"T{i}", Decimal(30), organ=organ or f"organ {i}") for i in range(int(counted[1]))
    ]


def test_best_response_with_confirmation_where_stable_disease_lasted_long_enough() -> None:
    for row in table(reference("recist_11_rules/bor_confirmation_required.csv")):
        points = [(60, Response(row["first"])), (120, Response(row["subsequent"]))]
        found = best_of(points, stable_from=42, confirmed=True)
        assert found is not None
        assert found[0] == row["bor_if_min_SD_duration_met"].split()[0], row


def test_best_response_with_confirmation_where_it_did_not() -> None:
    """The rows where no later stable disease makes up for it; a CR followed by PR or SD, which
    RECIST reads as progression, is kept as entered."""
    for row in table(reference("recist_11_rules/bor_confirmation_required.csv")):
        if row["subsequent"] not in ("PD", "NE") and row["bor_otherwise"] not in ("CR", "PR"):
            continue
        points = [(20, Response(row["first"])), (60, Response(row["subsequent"]))]
        found = best_of(points, stable_from=42, confirmed=True)
        assert found is not None
        assert found[0] == row["bor_otherwise"], row


@pytest.mark.parametrize("confirmed", [False, True])
def test_best_response_of_the_admiralonco_subjects(confirmed: bool) -> None:
    rows = table(reference("recist_bor_admiralonco/overall_responses.csv"))
    key, day = ("bor_confirmed_28d", "cbor_date") if confirmed else (UNCONFIRMED, "bor_date")
    for expected in table(reference("recist_bor_admiralonco/expected_bor.csv")):
        if not expected[key]:
            continue
        mine = [row for row in rows if row["subject"] == expected["subject"]]
        found = best_response(subject(mine), stable_from=28, confirmed=confirmed)
        assert (found.value or "MISSING") == expected[key], expected
        if expected[day] != mine[0]["treatment_start"]:  # here day 0 is baseline, there it counts
            assert [one.item for one in found.sources] == [expected[day]] * len(found.sources)


def subject(rows: list[dict[str, str]]) -> ParticipantRecord:
    """A subject's assessments; the date of each is the item of its source."""
    assessments = tuple(
        Assessment(
            date.fromisoformat(row["assessment_date"]),
            Response(row["overall_response"]),
            (Source("RS", "", 1, 1, row["assessment_date"]),),
        )
        for row in rows
        if row["overall_response"]
    )
    start = date.fromisoformat(rows[0]["treatment_start"])
    return ParticipantRecord(rows[0]["subject"], start, assessments)
