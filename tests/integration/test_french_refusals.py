"""Refusals in French, by pages, guards of the database and a database that is away."""

import html
import re

import pytest
from django.db import DatabaseError, DataError, OperationalError
from django.test import Client
from django.urls import reverse
from django.utils import translation

from crf import actions_lock
from reminet_site import middleware
from reminet_site.context import acting
from reminet_site.roles import Role
from tests import people
from tests.integration.analysis import trial
from tests.integration.test_french import (
    CODE,
    SYSTEM,
    client_of,
    french,
    french_in_the_trail,
    gate,
)
from tests.people import PASSWORD


@pytest.fixture
def centre(database):
    return trial.centre_with_one_to_randomise()


def said(client: Client, language: str, address: str, sent: dict[str, str] | None) -> str:
    """The page of a refusal, as somebody reads it who chose that language."""
    client.cookies["django_language"] = language
    answer = client.get(address) if sent is None else client.post(address, sent)
    assert 400 <= answer.status_code < 500
    page = answer.content.decode()
    assert f'<html lang="{language}"' in page
    return re.sub(r"[ \n]+", " ", html.unescape(page))


CONSENT = ("crf:form", CODE, "SCR", "CONSENT", 1)
REFUSED = {
    "the password again": (
        Role.INVESTIGATOR,
        ("randomisation:unblind", CODE),
        {"reason": "Choc.", "confirm": "yes", "password": "another one"},
        "Le mot de passe ne correspond pas. Tapez-le à nouveau\u202f; après 5 mots de passe "
        "erronés, le compte est bloqué 15 minutes.",
        "The password does not match. Type it again; after 5 wrong ones the account waits 15 "
        "minutes.",
    ),
    "screened too early": (
        Role.INVESTIGATOR,
        ("crf:screen", "FR-05"),
        {"screened_on": "29/01/2015"},
        "Le centre CHU Dijon est actif depuis le 30/01/2015\xa0: personne n’y a été sélectionné "
        "auparavant. Tapez à nouveau le jour.",
        "CHU Dijon is active since 30/01/2015: nobody was screened there before. Type the day "
        "again.",
    ),
    "a form without its version": (
        Role.INVESTIGATOR,
        CONSENT,
        {"signed": "yes"},
        "Le formulaire a perdu son numéro de version. Rechargez la page.",
        "The form lost its version number. Load the page again.",
    ),
    "a participant that is not there": (
        Role.INVESTIGATOR,
        ("crf:casebook", "FR-05-999"),
        None,
        "Aucun participant FR-05-999.",
        "No participant FR-05-999.",
    ),
    "a right that is missing": (
        Role.MONITOR,
        ("crf:screen", "FR-05"),
        None,
        "Votre rôle ne comprend pas cette page.",
        "Your role does not include this page.",
    ),
    "a role, named as the pages name it": (
        Role.ADMINISTRATOR,
        ("person", "ANOTHER"),
        {"act": "give", "role": "site_coordinator", "reason": "new", "password": PASSWORD},
        "Ce rôle est tenu dans un centre\xa0: Coordinateur d’étude (TEC). Choisissez le centre.",
        "Trial coordinator is a role at a centre. Choose the centre.",
    ),
    "a kind of identity in a reason": (
        Role.INVESTIGATOR,
        ("randomisation:correct", CODE),
        {"reason": "Ring 0161 496 0000 for it."},
        "Le motif semble contenir un numéro de téléphone. L’essai ne garde rien qui dise qui est "
        "un participant\xa0: reformulez, ou confirmez que cela ne désigne aucun participant.",
        "The reason seems to hold a telephone number. The trial keeps nothing that says who a "
        "participant is: reword it, or confirm that it names nobody who takes part.",
    ),
    "no reason to look": (
        Role.DMC_STATISTICIAN,
        ("analysis:dmc",),
        {"reason": " "},
        "Écrivez pourquoi le comité examine maintenant.",
        "Write why the committee looks now.",
    ),
}


@pytest.mark.parametrize("what", REFUSED)
def test_a_refusal_is_said_in_the_language_of_who_works(centre, what):
    role, (name, *args), sent, french_words, english = REFUSED[what]
    client = client_of(role, centre)
    other = people.person(Role.AUDITOR).pk
    address = reverse(name, args=[other if one == "ANOTHER" else one for one in args])
    if name == "randomisation:unblind":
        assert gate(client_of(Role.PRINCIPAL_INVESTIGATOR, centre)).status_code == 302
    page = said(client, "fr", address, sent)
    assert french_words in page
    assert english not in page
    page = said(client, "en", address, sent)
    assert english in page
    assert french_words not in page
    assert french_in_the_trail() == []


def test_a_locked_trial_says_so_in_french(centre):
    with acting(SYSTEM):
        actions_lock.lock_trial(reason="the end", by=SYSTEM)
    client, address = client_of(Role.INVESTIGATOR, centre), reverse(CONSENT[0], args=CONSENT[1:])
    sent = {"version": "0", "signed": "yes"}
    locked = "L’essai est gelé\xa0: les données se lisent et ne changent plus."
    assert locked in said(client, "fr", address, sent)
    assert "The trial is locked: data can be read" in said(client, "en", address, sent)


@pytest.mark.parametrize("code", middleware.GUARDS)
def test_each_guard_of_the_database_speaks_french(code):
    error = DatabaseError()
    error.__cause__ = type("Raised", (Exception,), {"sqlstate": code})()
    assert middleware.guard_sentence(error) == middleware.GUARDS[code]
    with translation.override("fr"):
        assert middleware.guard_sentence(error) not in ("", middleware.GUARDS[code])
        assert middleware.guard_sentence(DataError()).startswith("Une valeur est plus longue")
        assert middleware.guard_sentence(DatabaseError()) == ""


def test_a_database_that_is_away_is_told_in_french(monkeypatch, settings):
    """Before anything of the request is known but its language."""

    def away():
        raise OperationalError

    monkeypatch.setattr(middleware, "said_goodbye", away)
    page = french().get(reverse("account_login"))
    assert page.status_code == 503
    assert "La base de données ne répond pas." in page.content.decode()
    assert '<html lang="fr"' in page.content.decode()
    page = Client().get(reverse("account_login")).content.decode()
    assert "The database does not answer." in page
    assert '<html lang="en"' in page
    told = french().get(reverse("analysis:api_releases")).json()["detail"]
    assert told.startswith("The database does not answer.")
