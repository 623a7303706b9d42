"""From an empty database to the table, for files of any kind; each in a database of its own."""

import io
import json
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from analysis.models import BlindOpening, Run
from crf.models import DataQuery, Entry, Participant, QueryState, TrialLock
from randomisation.models import Allocation, Scheme
from reminet_site.context import Actor, acting
from simulation import outcomes

HEADING = "arm,mitt,pfs_days,pfs_event,os_days,os_event\n"
SMALL = (
    "LAN,1,1,1,1,1\n"  # dies on day 1
    "LAN,1,1,1,60,0\n"  # progresses on day 1
    "LAN,0,0,0,40,1\n"  # no assessment, and another treatment before the death
    "LAN,1,100,0,200,1\n"  # the same after an assessment
    "LAN,1,190,1,190,1\n"  # dies inside the landmark's window
    "LAN,0,0,0,0,0\n"  # nothing at all after randomisation
    "LAN,1,190,1,200,0\n"  # progresses inside the landmark's window
    "LAN,1,175,0,175,0\n"
    "PBO,1,130,1,150,0\n"
)
pytestmark = [pytest.mark.slow, pytest.mark.clones]


def headline(folder: Path, text: str) -> dict[str, Any]:
    (folder / "outcomes.csv").write_text(HEADING + text)
    call_command(
        "headline",
        outcomes=folder / "outcomes.csv",
        json=folder / "table.json",
        stdout=io.StringIO(),
    )
    found: dict[str, Any] = json.loads((folder / "table.json").read_text())
    return found


@pytest.fixture
def small(clone: str, tmp_path: Path) -> dict[str, Any]:
    return headline(tmp_path, SMALL)


@pytest.mark.promise("IA-05")
def test_unequal_arms_and_hard_cases(small: dict[str, Any]) -> None:
    lan, pbo = small["arms"]["LAN"], small["arms"]["PBO"]
    assert (lan["n"], lan["evaluable"], lan["success"]) == (8, 6, 2)
    assert (lan["pfs_events"], lan["deaths"]) == (4, 4)
    assert pbo == {
        "n": 1,
        "evaluable": 1,
        "success": 0,
        "rate": 0.0,
        "rate_ci90": [0.0, 95.0],
        "median_pfs": 4.3,
        "median_pfs_ci95": [None, None],
        "median_os": None,
        "pfs_events": 1,
        "deaths": 0,
    }
    assert set(small) == {"arms", "followup"}
    assert set(small["followup"]) == {"median", "ci95"}
    with acting(Actor.system("tests")):
        check_what_was_done()


def check_what_was_done() -> None:
    """By the right acts: a list for the split, a lock without open queries, two openers."""
    assert Scheme.objects.get().method == "list"
    assert Allocation.objects.count() == 9
    assert Participant.objects.filter(randomised_on__isnull=False).count() == 9
    assert not DataQuery.objects.exclude(state=QueryState.CLOSED).exists()
    assert TrialLock.objects.first().locked
    opening = BlindOpening.objects.get()
    assert opening.requested_by_id != opening.confirmed_by_id
    assert Run.objects.get(kind="final").state == "done"
    # entered by people, on clinical days, never before what is stated happened
    entries = Entry.objects.select_related("saved_by")
    assert all(entry.saved_by is not None for entry in entries)


def test_one_arm_alone_and_nobody_with_an_event(clone: str, tmp_path: Path) -> None:
    found = headline(tmp_path, "LAN,1,95,0,120,0\n" * 4)
    assert found["arms"]["LAN"]["median_pfs"] is None
    assert found["arms"]["LAN"]["pfs_events"] == 0
    assert found["arms"]["PBO"]["n"] == 0
    assert found["arms"]["PBO"]["rate"] is None


def test_a_single_participant(clone: str, tmp_path: Path) -> None:
    found = headline(tmp_path, "PBO,1,200,1,900,1\n")
    assert found["arms"]["PBO"]["success"] == 1
    assert found["arms"]["PBO"]["median_os"] == 29.6
    assert found["followup"]["median"] is None


def test_bad_file_is_refused_before_anything_is_written(clone: str, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="Line 2: arm is 'XXX'"):
        headline(tmp_path, "XXX,1,95,0,120,0\n")
    with acting(Actor.system("tests")):
        assert not Participant.objects.exists()


def test_a_database_that_is_not_empty_is_refused(clone: str, tmp_path: Path) -> None:
    from tests import people

    people.centre()
    with pytest.raises(CommandError, match="not empty"):
        headline(tmp_path, SMALL)


def test_own_file_is_the_default() -> None:
    assert outcomes.OWN_FILE.is_file()
