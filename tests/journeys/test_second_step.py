"""The pages of the second step: an authenticator set up, used, and removed; a passkey added."""

import pytest

from reminet_site.roles import Role
from tests import people
from tests.journeys.conftest import PASSWORD, axe

pytestmark = pytest.mark.journey


def confirm(page):
    """The password again, where the account asks for it."""
    if "/again/" in page.url:
        axe(page)
        page.fill("input[name=password]", PASSWORD)
        page.click("button.button-primary")


def code_of(secret: str) -> str:
    from allauth.mfa.totp.internal import auth

    counter = next(auth.yield_hotp_counters_from_time())
    return auth.format_hotp_value(auth.hotp_value(secret, counter))


def test_an_authenticator_is_set_up_and_asked_for(clone, visit):
    admin = people.person(Role.ADMINISTRATOR)
    page = visit(admin.email, "/account/")
    axe(page)
    page.click("text=Passkeys and codes")
    axe(page)
    page.click("text=Set up an authenticator")
    confirm(page)
    axe(page)
    page.fill("input[name=code]", code_of(page.inner_text("code")))
    page.click("button.button-primary")
    page.wait_for_selector("text=Recovery codes")
    axe(page)


def test_a_passkey_is_added(clone, visit):
    admin = people.person(Role.ADMINISTRATOR)
    page = visit(admin.email, "/account/second-step/")
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
    page.click("text=Add a passkey")
    confirm(page)
    axe(page)
    page.click("#mfa_webauthn_add")
    page.wait_for_url(lambda address: "/add/" not in address)
    page.goto("/account/second-step/webauthn/")
    axe(page)
    assert page.locator("tbody tr").count() == 1
