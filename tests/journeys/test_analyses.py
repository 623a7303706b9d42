"""What the statisticians do: pooled figures, a release, a look, the final report."""

from types import SimpleNamespace

import pytest

from analysis import broker, tasks, tasks_unblinded
from analysis.models import Look, Release, Run
from crf.models import Participant
from randomisation.arms.doors import table
from reminet_site.context import acting
from reminet_site.roles import Role
from tests import people
from tests.integration.analysis import trial
from tests.journeys.conftest import PASSWORD, axe

pytestmark = pytest.mark.journey


@pytest.fixture(scope="module")
def arms(service):
    """A small trial, once for the file; the arms as if they had been allocated."""
    centre = people.centre()
    trial.build(trial.COURSES * 3, centre)
    people.everybody(centre)
    with acting(trial.TESTS):
        found = Participant.objects.order_by("code")
        numbers = list(found.values_list("randomisation_number", flat=True))
    return {number: ("LAN", "PBO")[i % 2] for i, number in enumerate(numbers)}


@pytest.fixture
def study(arms, settings, tmp_path_factory, monkeypatch):
    """Messages stay here: the tests are the workers, with the folder of the service."""
    folders = tmp_path_factory.getbasetemp().glob("service*")
    settings.DATA_DIR = max(folders, key=lambda one: one.stat().st_mtime) / "files"
    monkeypatch.setattr(broker, "send", lambda *_, **__: True)
    monkeypatch.setattr(table, "table", lambda *, by, reason: dict(arms))
    return SimpleNamespace(of=lambda role: people.person(role, people.centre()).email)


@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_the_trial_statistician_reads_the_interim_and_takes_a_release(study, visit, size):
    tasks.blinded_interim()
    page = visit(study.of(Role.TRIAL_STATISTICIAN), "/interim/", size)
    assert page.locator("svg.chart").count() == 4
    assert page.locator("text=Blinded: no figure on this page depends on the arm").is_visible()
    axe(page)
    page.click("nav >> text=Releases") if size == "desktop" else page.goto("/releases/")
    page.fill("#new-reason", "Interim data set")
    page.click("text=Make the release")
    page.wait_for_url("**/releases/*/")
    axe(page)
    made = Release.objects.order_by("-id")[0]
    tasks.make_release(made.pk)
    page.wait_for_selector("text=all reconciled", timeout=20_000)
    axe(page)
    with page.expect_download() as taken:
        page.click("text=Download the zip")
    assert taken.value.suggested_filename == made.file_name
    page.reload()
    assert page.locator("text=browser").is_visible()


@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_the_committees_statistician_looks(study, visit, size):
    page = visit(study.of(Role.DMC_STATISTICIAN), "/committee/", size)
    assert page.locator("body.unblinded").count() == 1
    axe(page)
    page.fill("#look-reason", "First planned look")
    page.click("text=Cut the data and look")
    page.wait_for_selector("text=Being made")
    tasks_unblinded.dmc_look(Look.objects.order_by("-number")[0].run_id)
    page.wait_for_selector("text=Primary endpoint", timeout=20_000)
    assert page.locator("text=Beside it: Kaplan-Meier").count() == 1
    axe(page)


def test_lock_opening_by_two_and_the_final_report(study, visit):
    page = visit(study.of(Role.DATA_MANAGER), "/trial/")
    page.click("text=Lock the trial")
    page.wait_for_selector("text=The trial is locked.")
    axe(page)
    page = visit(study.of(Role.SPONSOR_MANAGER), "/trial/")
    page.fill("#open-reason", "All data are in")
    page.fill("#open-password", "a wrong password")
    page.click("text=Ask to open the blind")
    page.wait_for_selector("#open-password-finding")
    assert page.input_value("#open-reason") == "All data are in"
    axe(page)
    page.fill("#open-password", PASSWORD)
    page.click("text=Ask to open the blind")
    page.wait_for_selector("text=The second person confirms it.")
    page = visit(study.of(Role.TRIAL_STATISTICIAN), "/trial/")
    page.fill("#open-password", PASSWORD)
    page.click("text=Confirm: open the blind")
    page.wait_for_selector("text=The blind is open.")
    page.click("a >> text=Final analysis")
    page.click("button >> text=Make the final analysis")
    page.wait_for_selector("text=Being made")
    tasks_unblinded.final_analysis(Run.objects.get(kind="final").pk)
    page.wait_for_selector("text=Who was randomised", timeout=20_000)
    assert page.locator("text=The blind of the trial is open.").is_visible()
    axe(page)
