"""The second step: set up at the first sign-in, asked for from then on; a passkey added."""

import time

import pytest

from reminet_site.roles import Role
from tests import people
from tests.journeys.conftest import PASSWORD, axe

pytestmark = pytest.mark.journey
CODE_LASTS, TO_TYPE_IT = 30, 10  # seconds


def confirm(page):
    """The password again, where the account asks for it."""
    if "/again/" in page.url:
        axe(page)
        page.fill("input[name=password]", PASSWORD)
        page.click("button.button-primary")


def code_of(secret: str) -> str:
    """What an authenticator shows; a code that is about to change is left to pass."""
    from allauth.mfa.totp.internal import auth

    left = CODE_LASTS - time.time() % CODE_LASTS
    if left < TO_TYPE_IT:
        time.sleep(left)
    counter = next(auth.yield_hotp_counters_from_time())
    return auth.format_hotp_value(auth.hotp_value(secret, counter))


def password(page, email):
    page.goto("/sign-in/")
    page.fill("input[name=login]", email)
    page.fill("input[name=password]", PASSWORD)
    page.click("form[action='/sign-in/'] button.button-primary")


@pytest.mark.promise("SE-01")
def test_the_first_sign_in_leads_to_an_authenticator_and_the_next_asks_for_it(
    clone, service, chromium
):
    admin = people.person(Role.ADMINISTRATOR)
    page = chromium.new_page(base_url=service)
    password(page, admin.email)
    page.wait_for_url("**/second-step/**")
    axe(page)
    page.goto("/people/")
    assert "/second-step/" in page.url
    page.click("a:has-text('Set up an authenticator')")
    axe(page)
    page.fill("input[name=code]", code_of(page.inner_text("main code")))
    page.click("button.button-primary")
    page.wait_for_url(lambda address: "/activate/" not in address)
    confirm(page)
    page.wait_for_selector("h1:has-text('Recovery codes')")
    axe(page)
    recovery = page.locator(".codes code").first.inner_text()
    page.goto("/people/")
    assert page.url.endswith("/people/")
    page.close()

    again = chromium.new_page(base_url=service)
    password(again, admin.email)
    again.wait_for_url("**/authenticate/**")
    again.goto("/people/")
    assert again.url.endswith("/account/second-step/authenticate/")
    axe(again)
    again.fill("input[name=code]", recovery)
    again.click("button.button-primary")
    again.wait_for_url("**/people/")
    again.close()


def test_a_passkey_is_added(clone, visit):
    monitor = people.person(Role.MONITOR)
    page = visit(monitor.email, "/account/second-step/")
    devtools = page.context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    devtools.send(
        "WebAuthn.addVirtualAuthenticator",
        {
            "options": {
                "protocol": "ctap2",
                "transport": "internal",
                "hasResidentKey": True,
                "hasUserVerification": True,
                "isUserVerified": True,
                "automaticPresenceSimulation": True,
            }
        },
    )
    page.click("a:has-text('Add a passkey')")
    confirm(page)
    axe(page)
    page.click("#mfa_webauthn_add")
    page.wait_for_url(lambda address: "/add/" not in address)
    page.goto("/account/second-step/webauthn/")
    axe(page)
    assert page.locator("tbody tr").count() == 1
