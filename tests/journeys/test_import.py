"""A coordinator gives a file of entries: corrects it, confirms what checks ask, finds it again."""

import pytest

from reminet_site.roles import Role
from tests import people, world
from tests.integration.crf.casebooks import save
from tests.integration.crf.test_form import CONSENT
from tests.journeys.conftest import axe
from tests.journeys.steps import shows

pytestmark = pytest.mark.journey
HEADER = "participant,visit,visit_date,ps,weight,height,sbp,dbp,heart_rate"


@pytest.fixture(scope="module")
def here(clone):
    made = world.small()
    save(made.participant, "SCR", "CONSENT", CONSENT)
    return made


def checks(page, weight):
    text = f"{HEADER}\nFR-05-001,SCR,2016-01-12,0,{weight},172,120,80,70\n"
    file = {"name": "visits.csv", "mimeType": "text/csv", "buffer": text.encode()}
    page.set_input_files("#file", file)
    with page.expect_navigation():
        page.click("button:has-text('Check the file')")


@pytest.mark.promise("DI-05")
def test_a_file_is_corrected_confirmed_and_taken_in(here, visit):
    page = visit(people.person(Role.SITE_COORDINATOR, here.centre).email, "/centres/FR-05/")
    page.click("a:has-text('Imports of files')")
    axe(page)
    page.click("main a:has-text('Examination')")
    axe(page)
    checks(page, "heavy")
    shows(page, "“heavy” is not a number", "Nothing was changed.")
    axe(page)
    checks(page, "151")
    shows(page, "1 entry new", "151 kg is above 150", "Nothing is changed yet.")
    axe(page)
    page.fill("#comment", "As the scales say")
    with page.expect_navigation():
        page.click("button:has-text('Import visits.csv')")
    shows(page, "visits.csv: 1 entry new", "SHA-256")
    axe(page)
    page.go_back()
    checks(page, "151")
    shows(page, "every line says what is saved already")
