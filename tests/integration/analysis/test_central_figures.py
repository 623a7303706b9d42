"""The central review in figures: cuts, the committee's report, releases."""

import csv
import io

import pytest
from django.test import Client
from django.urls import reverse

from analysis import cuts, extraction
from crf.models import Entry
from reminet_site.context import acting
from reminet_site.roles import Role
from tests import people
from tests.integration.analysis import trial
from tests.integration.analysis.reports import looked_at, released
from tests.integration.analysis.test_central_review import images, moved_by_a_day, read, text

pytestmark = pytest.mark.django_db


def read_all(**responses: str) -> None:
    """Every image as the centre saw it, but where said otherwise: {"005 ASM-03": "PD"}."""
    with acting(trial.TESTS):
        found = list(Entry.objects.filter(form="RECIST").select_related("participant"))
    for entry in found:
        at = f"{entry.participant.code[-3:]} {entry.visit}"
        read(entry, response=responses.get(at, entry.data["response"]))


def test_the_review_counts_in_place_of_the_centre(built):
    read_all(**{"002 ASM-06": "PD"})
    with acting(trial.TESTS):
        snapshot = cuts.take(by=trial.TESTS)
    cases = {case.code: case for case in extraction.of_snapshot(snapshot).cases}
    one, other = cases["FR-05-001"], cases["FR-05-002"]
    on_days = [(a.on, a.response) for a in one.record.assessments]
    assert [(a.on, a.response) for a in one.central.assessments] == on_days
    assert one.central.death == one.record.death
    assert [str(a.response) for a in other.central.assessments] == ["SD", "PD", "SD"]
    assert cases["FR-05-005"].central.assessments == ()
    assert snapshot.counts["central_readings"] == 12


def test_a_reading_of_another_day_counts_no_more(built):
    read_all()
    moved_by_a_day(images("FR-05-001"))
    with acting(trial.TESTS):
        snapshot = cuts.take(by=trial.TESTS)
    assert snapshot.counts["central_readings"] == 11
    case = next(c for c in extraction.of_snapshot(snapshot).cases if c.code == "FR-05-001")
    assert [str(a.response) for a in case.central.assessments] == ["SD", "PD"]
    assert case.unread == (92,)


def test_a_look_waits_for_images_that_are_not_read(arms, sent):
    """Or the rate by the review would be worse than it is for as long as reading takes."""
    with acting(trial.TESTS):
        early = list(Entry.objects.filter(form="RECIST", visit="ASM-03"))
    for entry in early:
        read(entry, response=entry.data["response"])
    result = looked_at(sent)
    review = {arm: one["central"] for arm, one in result["arms"].items()}
    assert {arm: (one["success"], one["evaluable"], one["pending"])
            for arm, one in review.items()} == {"LAN": (0, 1, 2), "PBO": (0, 1, 2)}  # fmt: skip


def test_a_trial_without_readings_is_cut_as_before(built):
    with acting(trial.TESTS):
        snapshot = cuts.take(by=trial.TESTS)
    assert "central_readings" not in snapshot.counts
    assert {kind for kind, _ in cuts.read(snapshot)} == {"participant", "entry"}
    assert all(case.central is None for case in extraction.of_snapshot(snapshot).cases)


def test_a_trial_without_anybody_is_cut_too(db):
    with acting(trial.TESTS):
        assert cuts.take(by=trial.TESTS).counts == {"participants": 0}


def test_a_look_gives_the_rate_by_the_review_beside_the_primary(arms, sent):
    read_all(**{"002 ASM-06": "PD"})
    result = looked_at(sent)
    local = {arm: one["primary"] for arm, one in result["arms"].items()}
    review = {arm: one["central"] for arm, one in result["arms"].items()}
    assert [(arm, one["success"], one["evaluable"]) for arm, one in local.items()] == [
        ("LAN", 2, 3), ("PBO", 2, 3),
    ]  # fmt: skip
    assert [(arm, one["success"], one["evaluable"]) for arm, one in review.items()] == [
        ("LAN", 1, 3), ("PBO", 2, 3),
    ]  # fmt: skip
    assert result["agreement"]["agrees"]
    client = Client()
    people.sign_in(client, people.person(Role.DMC_MEMBER))
    page = text(client, reverse("analysis:dmc"))
    assert "Alive without progression at 6 months, central review" in page
    assert "1 of 3, 33.3" in page


def test_a_release_holds_readings_and_endpoints_by_the_review(built, sent):
    read_all(**{"002 ASM-06": "PD"})
    files = released()
    readings = list(csv.DictReader(io.StringIO(files["central_readings.csv"])))
    assert len(readings) == 12
    assert "comment" not in readings[0]  # free text stays out of a blind release
    assert {one["centre"] for one in readings} == {"FR-05"}
    of = {one["participant"]: one for one in csv.DictReader(io.StringIO(files["participants.csv"]))}
    second = of["FR-05-002"]
    assert (second["six_months"], second["six_months_central"]) == ("success", "failure")
    assert (second["pfs_central_days"], second["pfs_central_event"]) == ("180", "1")
    assert "central reading" in second["pfs_central_sources"]
    book = list(csv.DictReader(io.StringIO(files["codebook.csv"])))
    named = {one["column"] for one in book if one["file"] == "central_readings.csv"}
    assert named == set(readings[0])
    codes = {one["column"]: one["codes"] for one in book if one["file"] == "central_readings.csv"}
    assert {one["response"] for one in readings} <= {
        one.partition("=")[0] for one in codes["response"].split("|")
    }
    assert codes["new_lesions"] == "1=Yes|0=No"


def test_a_release_without_a_review_has_the_columns_empty(built, sent):
    files = released()
    assert files["central_readings.csv"].count("\n") == 1
    rows = list(csv.DictReader(io.StringIO(files["participants.csv"])))
    assert {one["six_months_central"] for one in rows} == {""}
