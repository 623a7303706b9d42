"""What a session of an hour ago may not do without the password."""

import getpass

import pytest
from django.core.management import CommandError, call_command
from django.test import Client
from django.urls import reverse

from reminet_site.models import SecurityEvent
from reminet_site.roles import Role
from tests import people

pytestmark = [pytest.mark.django_db, pytest.mark.promise("SE-05")]
DONE = {"reason": "why", "note": "why", "confirm": "yes", "act": "request"}


def stale(here):
    """(role, address) of what is grave: each asked in a session that is an hour old."""
    code, centre = here.ids["code"], here.centre.code
    return [
        (Role.INVESTIGATOR, reverse("randomisation:gate", args=[code])),
        (Role.INVESTIGATOR, reverse("randomisation:unblind", args=[code])),
        (Role.DATA_MANAGER, reverse("analysis:trial_lock")),
        (Role.DATA_MANAGER, reverse("analysis:trial_unlock")),
        (Role.TRIAL_STATISTICIAN, reverse("analysis:trial_opening")),
        (Role.TRIAL_STATISTICIAN, reverse("analysis:releases")),
        (Role.AUDITOR, reverse("trail")),
        (Role.DATA_MANAGER, reverse("analysis:token")),
        (Role.ADMINISTRATOR, reverse("people")),
        (Role.ADMINISTRATOR, reverse("access_requests")),
        (Role.ADMINISTRATOR, reverse("access_review")),
        (Role.SPONSOR_MANAGER, reverse("centres")),
        (Role.SPONSOR_MANAGER, reverse("centre_state", args=[centre])),
        (Role.PRINCIPAL_INVESTIGATOR, reverse("team", args=[centre])),
    ]


def test_a_stale_session_is_refused(here):
    for role, address in stale(here):
        client = people.sign_in(Client(), people.person(role, here.centre))
        answer = client.post(address, DONE)
        assert answer.status_code == 422, address
        assert b"password" in answer.content, address


@pytest.mark.parametrize("path", ["totp/activate/", "webauthn/add/", "recovery-codes/generate/"])
def test_a_change_of_the_second_step_asks_again(here, path):
    people.enrol(here.investigator)
    client = people.sign_in(Client(), here.investigator)
    answer = client.get(f"/account/second-step/{path}")
    assert (
        answer["Location"].startswith("/account/again/") or "reauthenticate" in answer["Location"]
    )


def test_a_new_password_takes_the_old_one(here):
    client = people.sign_in(Client(), here.investigator)
    form = {
        "oldpassword": "wrong",
        "password1": "new words quite long",
        "password2": "new words quite long",
    }
    client.post("/account/password/", form)
    here.investigator.refresh_from_db()
    assert here.investigator.check_password(people.PASSWORD)


def wrong_ones(user):
    """(failures on record, is it locked) of an account."""
    kinds = [one.kind for one in SecurityEvent.objects.filter(user=user)]
    return kinds.count("re-authentication failed"), "locked out" in kinds


@pytest.mark.promise("SE-03")
@pytest.mark.promise("ES-07")
@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("/account/password/", {"oldpassword": "wrong", "password1": "x", "password2": "x"}),
        ("/account/again/", {"password": "wrong"}),
        ("/account/token/", {"password": "wrong", "act": "make"}),
    ],
)
def test_wrong_ones_count_and_lock_at_every_prompt(here, path, form):
    client = people.sign_in(Client(), here.investigator)
    for _ in range(5):
        client.post(path, form)
    assert wrong_ones(here.investigator) == (5, True)
    right = {"login": here.investigator.email, "password": people.PASSWORD}
    assert Client().post("/sign-in/", right).status_code == 429


@pytest.mark.promise("SE-03")
def test_wrong_ones_count_and_lock_at_a_terminal(here, monkeypatch):
    custodian = people.person(Role.CUSTODIAN)
    monkeypatch.setattr(getpass, "getpass", lambda prompt: "wrong")
    for _ in range(5):
        with pytest.raises(CommandError, match="does not match"):
            call_command("reconcile", by=custodian.email)
    assert wrong_ones(custodian) == (5, True)
    monkeypatch.setattr(getpass, "getpass", lambda prompt: people.PASSWORD)
    with pytest.raises(CommandError, match="does not match"):
        call_command("reconcile", by=custodian.email)
