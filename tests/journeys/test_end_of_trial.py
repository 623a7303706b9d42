"""The end of a trial in the browser: the lock, the blind opened by two, the final report."""

from types import SimpleNamespace

import pytest

from analysis import broker, tasks_unblinded
from analysis.models import Run
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


def test_lock_opening_by_two_and_the_final_report(study, visit):
    page = visit(study.of(Role.DATA_MANAGER), "/trial/")
    page.fill("#lock-password", PASSWORD)
    page.click("text=Lock the trial")
    page.wait_for_selector("#lock-reason-finding")
    assert "casebooks are not signed" in page.inner_text("#lock-reason-finding")
    page.fill("#lock-reason", "The casebooks were signed on paper.")
    page.fill("#lock-password", PASSWORD)
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
    page.wait_for_selector("text=Flow of participants", timeout=20_000)
    assert page.locator("text=The blind of the trial is open.").is_visible()
    axe(page)
