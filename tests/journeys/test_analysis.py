"""Statisticians and the sponsor: interim, release, a look by arm; each sees its own and no more.

The trial is a small one on a simulated clock; the work is done by a real worker at a real broker.
"""

import hashlib
import io
import json
import re
import subprocess
import sys
import urllib.request
import zipfile
from datetime import UTC, datetime

import pytest

from analysis.models import Look, ReleaseDownload, Run, RunState
from reminet_site.context import Actor, acting
from reminet_site.local.broker import Broker
from reminet_site.roles import Role
from simulation.clinical_clock import ClinicalClock
from tests import allocations, people
from tests.integration.analysis import trial
from tests.journeys.conftest import PASSWORD, ROOT, axe
from tests.journeys.steps import shows

pytestmark = pytest.mark.journey
START, END = datetime(2019, 1, 14, 8, tzinfo=UTC), datetime(2021, 6, 1, 8, tzinfo=UTC)
ARMS = ("LAN", "PBO", "series-a", "series-b", "ribbon-unblinded")


@pytest.fixture(scope="module")
def broker(tmp_path_factory):
    made = Broker(tmp_path_factory.mktemp("broker")).ensure()
    yield made.url()
    made.stop()


@pytest.fixture(scope="module")
def small_trial(clone):
    """Six participants randomised by the vault, two years followed; no arm is known here."""
    clock = ClinicalClock("journeys", START)
    centre = people.centre()
    allocations.scheme()
    allocations.deliver(8)
    allocations.supply(centre, 8)
    with allocations.everybody_eligible():
        for number, course in enumerate(trial.COURSES, 1):
            entered(centre, number, course)
    clock.move(END)
    return centre


def entered(centre, number, course):
    """One participant with what happened to him or her, as the analyses' own tests enter it."""
    (person,) = allocations.participants(centre, 1, number)
    allocations.randomise(person)
    with acting(trial.TESTS):
        person.refresh_from_db()
        trial.records(person, number, course)


@pytest.fixture(scope="module")
def worker(small_trial, server):
    """A worker of all queues; its log is at hand where something is not done."""
    log = server.folder / "worker.log"
    command = [sys.executable, "-m", "celery", "-A", "reminet_site.celery", "worker"]
    command += ["-Q", "default,analysis,unblinded", "-P", "solo", "-l", "warning"]
    command += ["--without-gossip", "--without-mingle", "--without-heartbeat"]
    with log.open("w") as out:
        process = subprocess.Popen(
            command, cwd=ROOT, env=server.environment, stdout=out, stderr=out
        )
        yield log
        process.terminate()
        process.wait(20)


def as_system(question):
    with acting(Actor.system("tests")):
        return question()


def sees_nothing_by_arm(page):
    text = page.content()
    for word in ARMS:
        assert word not in text, word


def test_the_interim_is_recomputed_and_pooled(worker, visit):
    statistician = people.person(Role.TRIAL_STATISTICIAN)
    page = visit(statistician.email)
    assert page.url.endswith("/interim/")
    axe(page)
    page.click("button:has-text('again')") if not as_system(Run.objects.count) else None
    page.locator("main", has_text="Engines agree").wait_for(timeout=60_000)
    shows(page, "exact 90 % interval", "At risk")
    a_curve_says_where_it_is_wider_than_its_place(page)
    axe(page)
    sees_nothing_by_arm(page)
    assert page.goto("/committee/").status == 403
    assert page.goto("/trial/final/").status in (403, 404, 422)


def a_curve_says_where_it_is_wider_than_its_place(page):
    hint = page.locator("figure:has(.chart-frame) .chart-more").first
    desktop = page.viewport_size
    assert hint.is_hidden()
    page.set_viewport_size({"width": 390, "height": 844})
    assert hint.is_visible()
    page.set_viewport_size(desktop)


def test_the_sponsor_manager_sees_pooled_figures_alone(worker, visit):
    manager = people.person(Role.SPONSOR_MANAGER)
    page = visit(manager.email, "/interim/")
    sees_nothing_by_arm(page)
    assert page.goto("/committee/").status == 403
    assert page.goto("/releases/").status == 403
    assert page.goto("/accrual/").status == 200
    axe(page)
    sees_nothing_by_arm(page)


def test_a_release_is_made_taken_and_checked(worker, visit, service):
    statistician = people.person(Role.TRIAL_STATISTICIAN)
    page = visit(statistician.email, "/releases/")
    axe(page)
    page.fill("#new-password", PASSWORD)
    page.click("button:has-text('Make the release')")
    page.wait_for_selector("#new-note[aria-invalid]")
    page.fill("#new-note", "Description of the population")
    page.click("button:has-text('Make the release')")
    page.wait_for_url(re.compile(r"/releases/\d+/$"))
    axe(page)
    page.locator("main", has_text="all reconciled").wait_for(timeout=60_000)
    axe(page)
    with page.expect_download() as taken:
        page.click("a:has-text('Download the zip')")
    content = taken.value.path().read_bytes()
    checks_the_manifest(content)
    assert hashlib.sha256(content).hexdigest() in page.inner_text("main")
    page.reload()
    shows(page, statistician.name)
    sees_nothing_by_arm(page)
    assert takes_it_by_api(page, service) == content
    ways = as_system(lambda: sorted(ReleaseDownload.objects.values_list("way", flat=True)))
    assert ways == ["api", "browser"]


def checks_the_manifest(content):
    with zipfile.ZipFile(io.BytesIO(content)) as packed:
        files = {name.split("/", 1)[1]: packed.read(name) for name in packed.namelist()}
    manifest = json.loads(files["manifest.json"])
    assert manifest["blind"] is True
    for one in manifest["files"]:
        assert hashlib.sha256(files[one["name"]]).hexdigest() == one["sha256"], one["name"]
    assert b"LAN" not in files["participants.csv"]


def takes_it_by_api(page, service):
    """A token of one's own, made in the browser, shown once."""
    name = page.inner_text("h1")
    page.goto("/account/token/")
    axe(page)
    page.fill("#token-password", PASSWORD)
    page.click("button:has-text('Make a token')")
    token = page.inner_text(".banner-done code")
    page.goto("/account/token/")
    assert token not in page.content()
    asked = urllib.request.Request(
        f"{service}/api/releases/{name}/file/", headers={"Authorization": f"Token {token}"}
    )
    with urllib.request.urlopen(asked) as answer:
        return answer.read()


def test_the_committee_looks_by_arm_in_a_marked_area(worker, visit):
    statistician = people.person(Role.DMC_STATISTICIAN)
    page = visit(statistician.email)
    assert page.url.endswith("/committee/")
    assert page.locator("body.unblinded").count() == 1
    shows_the_ribbon(page)
    axe(page)
    page.click("button:has-text('Cut the data and look')")
    page.wait_for_selector("#look-reason[aria-invalid]")
    page.fill("#look-reason", "Planned safety review")
    page.click("button:has-text('Cut the data and look')")
    page.locator("h1", has_text="look 1").wait_for(timeout=60_000)
    page.locator("main figure, main svg.chart").first.wait_for(timeout=60_000)
    axe(page)
    shows_the_ribbon(page)
    shows(page, "exact", "Planned safety review", statistician.name)
    look = as_system(lambda: Look.objects.select_related("run").get())
    assert look.run.state == RunState.DONE
    assert page.goto("/interim/").status == 403
    assert page.goto("/participants/FR-05-001/").status in (403, 404)
    assert not page.locator("body.unblinded").count()


def shows_the_ribbon(page):
    ribbon = page.locator(".ribbon-unblinded")
    assert "Unblinded area" in ribbon.inner_text()
    colour = ribbon.evaluate("e => getComputedStyle(e).backgroundColor")
    other = page.evaluate("getComputedStyle(document.querySelector('main')).backgroundColor")
    assert colour != other


def test_the_administrator_and_the_supply_manager_see_no_figure(small_trial, visit):
    for role in (Role.ADMINISTRATOR, Role.SUPPLY_MANAGER, Role.INVESTIGATOR):
        page = visit(people.person(role, small_trial).email)
        for path in ("/interim/", "/committee/", "/releases/", "/trial/final/"):
            assert page.goto(path).status in (403, 404), (role, path)
