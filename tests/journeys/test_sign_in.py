"""Signing in: the page, a wrong password, the way home by role, signing out."""

import pytest

from reminet_site.roles import Role
from tests import people
from tests.journeys.conftest import axe

pytestmark = pytest.mark.journey


def test_the_administrator_signs_in_and_out(clone, visit):
    admin = people.person(Role.ADMINISTRATOR)
    page = visit(admin.email, typed=True)
    assert page.url.endswith("/people/")
    axe(page)
    page.click("summary:has-text('Administrator')")
    page.click("button:has-text('Sign out')")
    page.wait_for_url("**/sign-in/**")


def test_a_wrong_password_says_so_and_nothing_else(clone, service, chromium):
    people.person(Role.ADMINISTRATOR)
    texts = []
    for email in ("administrator@example.org", "nobody@example.org"):
        page = chromium.new_page(base_url=service)
        page.goto("/sign-in/")
        axe(page)
        page.fill("input[name=login]", email)
        page.fill("input[name=password]", "not the password")
        page.click("form[action='/sign-in/'] button.button-primary")
        texts.append(page.inner_text("[role=alert]"))
        page.close()
    assert texts[0] == texts[1] != ""
