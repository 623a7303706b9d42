"""A page that stood open: its session ended, and nothing typed is lost."""

import pytest

from reminet_site.roles import Role
from tests import people, world
from tests.journeys.conftest import PASSWORD, axe

pytestmark = pytest.mark.journey


@pytest.fixture(scope="module")
def administrator(clone: str) -> str:
    world.small()
    return people.person(Role.ADMINISTRATOR).email


def test_the_session_ends_behind_a_form(visit, administrator):
    """Given a form filled in and a session that ended meanwhile, when it is sent, then a sentence
    says so over it; after signing in elsewhere the same form is sent."""
    page = visit(administrator)
    page.clock.install()
    page.goto("/people/")
    page.fill("#invite-name", "Ann Martin")
    page.fill("#invite-email", "ann")
    session = page.context.cookies()
    page.context.clear_cookies()
    page.clock.fast_forward(120_000)
    sends(page)
    page.wait_for_selector("#session-ended:focus")
    axe(page)
    assert page.input_value("#invite-name") == "Ann Martin"

    page.context.add_cookies(session)
    if page.locator("#invite-password").count():
        page.fill("#invite-password", PASSWORD)
    sends(page)
    page.wait_for_selector("#form-summary:focus")
    assert not page.locator("#session-ended").count()
    assert page.input_value("#invite-name") == "Ann Martin"
    page.click("#form-summary a")
    page.wait_for_selector("#invite-email:focus")


def sends(page) -> None:
    page.click("button:has-text('Send the invitation')")
