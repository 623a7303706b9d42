"""From the work list to a participant's casebook and back, with a query on the way."""

import os
from pathlib import Path
from typing import Any

import pytest

from reminet_site.roles import Role
from tests import people, world
from tests.journeys.conftest import axe

pytestmark = pytest.mark.journey
PICTURES = os.environ.get("PICTURES", "")


@pytest.fixture
def small(clone: str) -> world.Small:
    return world.small()


def look(page: Any, name: str) -> None:
    """No finding of axe, nothing wider than the window; a picture where PICTURES names a folder."""
    axe(page)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth"), name
    if PICTURES:
        width = page.viewport_size["width"]
        page.screenshot(path=Path(PICTURES) / f"{name}-{width}.png", full_page=True)


@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_a_participant_is_screened_and_consent_is_entered(small, visit, size):
    page = visit(small.investigator.email, size=size)
    look(page, "home")
    page.click("text=Screen a participant")
    look(page, "screen")
    page.click("form.panel button.button-primary")
    page.wait_for_selector("h1:has-text('Consent')")
    look(page, "consent")
    page.click("text=Work list >> nth=0") if size == "desktop" else page.goto("/")
    page.goto(f"/participants/{small.participant.code}/")
    look(page, "casebook")
    page.keyboard.press("n")
    assert "cell" in page.evaluate("document.activeElement.className")
    page.goto(f"/centres/{small.centre.code}/participants/")
    look(page, "participants")


@pytest.mark.parametrize("size", ["desktop", "phone"])
def test_a_query_is_answered_beside_its_form(small, visit, size):
    page = visit(small.investigator.email, f"/centres/{small.centre.code}/queries/", size=size)
    look(page, "queries")
    page.click("a.task-do")
    look(page, "query")
    page.click("text=Open the form")
    page.wait_for_load_state()  # until its scripts run, the link below leads to a page of its own
    page.click("a.tool-on[data-history]")
    page.wait_for_selector("#form-side .thread textarea")
    look(page, "form-with-query")
    page.fill("#form-side .thread textarea", f"Yes, as on the consent form, by {size}.")
    page.click("#form-side .thread button.button-primary")
    page.wait_for_selector(".banner-done")
    look(page, "answered")


def test_keys_lead_to_the_find_box_and_the_list_of_keys(small, visit):
    page = visit(small.investigator.email)
    page.keyboard.press("/")
    assert page.evaluate("document.activeElement.id") == "find-box"
    page.keyboard.type(small.participant.code[-3:])
    page.keyboard.press("Enter")
    page.wait_for_url(f"**/participants/{small.participant.code}/")
    page.keyboard.press("?")
    page.wait_for_selector("#key-list[open]")
    axe(page)


def test_a_monitor_asks_about_an_item(small, visit):
    monitor = people.person(Role.MONITOR, small.centre)
    page = visit(monitor.email, f"/participants/{small.participant.code}/SCR/CONSENT/1/")
    look(page, "form-of-monitor")
