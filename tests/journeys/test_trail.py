"""The audit trail in a browser: search, older rows, a request for redaction, on both screens."""

import re

import pytest

from reminet_site.roles import Role
from tests import people, world
from tests.journeys.conftest import PASSWORD, SCREENS, axe

pytestmark = pytest.mark.journey


@pytest.mark.parametrize("screen", SCREENS)
def test_the_data_manager_searches_and_asks_for_a_redaction(clone, visit, screen):
    here = world.small()
    page = visit(people.person(Role.DATA_MANAGER).email, "/trail/", size=screen)
    axe(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.fill("#find-participant", here.participant.code)
    page.fill("#find-item", "screened")
    page.click("button:has-text('Search')")
    page.wait_for_selector("table.trail tbody tr")
    assert re.search(r"/trail/\?search=\d+$", page.url)
    assert page.locator("table.trail tbody tr").count() == 1
    page.click("a.trail-redact")
    page.wait_for_url("**row=**")
    page.go_back()
    page.wait_for_selector("table.trail tbody tr")
    assert page.input_value("#find-item") == "screened"
    page.click("a.trail-redact")
    page.wait_for_url("**row=**")
    axe(page)
    page.check("input[name=side]")
    page.fill("#ask-reason", "the date names a relative")
    page.fill("#ask-password", PASSWORD)
    page.click("button:has-text('Ask for the redaction')")
    page.wait_for_selector("text=waits for a second person")
    axe(page)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
