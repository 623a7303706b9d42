"""Pages, mails and refusals in French; what is stored and handed out in English all the same."""

import html
import re

import pytest
from django.core import mail
from django.db import DatabaseError, DataError, OperationalError, connection
from django.test import Client
from django.urls import reverse
from django.utils import translation
from rest_framework.authtoken.models import Token

from crf import actions_lock
from crf.actions_queries import NO_LONGER, close_query, raise_query
from crf.models import Participant
from randomisation import kit_checks, unblinding
from randomisation.signed import ELIGIBILITY, UNBLINDING
from reminet_site import mails, middleware
from reminet_site.access.models import AccountReview
from reminet_site.clock import now
from reminet_site.context import Actor, acting
from reminet_site.local import messages
from reminet_site.models import Signature, User
from reminet_site.roles import Role, Verb
from tests import allocations, people
from tests.integration.analysis import trial
from tests.people import PASSWORD

SYSTEM = Actor.system("tests")
CODE = "FR-05-001"


@pytest.fixture
def centre(database, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    mail.outbox = []
    return trial.centre_with_one_to_randomise()


def french(client: Client | None = None) -> Client:
    client = client or Client()
    client.cookies["django_language"] = "fr"
    return client


def client_of(role: Role, centre) -> Client:
    """Somebody who chose French, in the account and in the browser."""
    user = people.person(role, centre)
    with acting(SYSTEM):
        type(user).objects.filter(pk=user.pk).update(language="fr")
    return french(people.sign_in(Client(), user))


def shown(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    page = answer.content.decode()
    assert '<html lang="fr"' in page
    return re.sub(r"\s+", " ", page)


def test_the_sign_in_page(centre):
    page = shown(french(), reverse("account_login"))
    assert "Se connecter" in page
    assert "n’écrivez jamais un nom" in page
    assert "Sign in" not in page


@pytest.mark.parametrize(
    ("address", "words", "english"),
    [
        (("crf:centre_home", "FR-05"), ["Tâches", "Sélectionner un participant"], "Work list"),
        (("crf:participants", "FR-05"), ["Non randomisé", "Prochaine visite"], "Next visit"),
        (("crf:casebook", CODE), ["Cahier d’observation", "Visite"], "Casebook"),
        (
            ("crf:form", CODE, "SCR", "CONSENT", 1),
            ["Enregistrer et suivant", "Consentement", "jj/mm/aaaa"],
            "Save and next",
        ),
        (("crf:queries", "FR-05"), ["Aucune query ouverte"], "No open query"),
        (
            ("randomisation:gate", CODE),
            ["Avant de randomiser", "Signer et randomiser", "Strates, chacune confirmée"],
            "Before you randomise",
        ),
        (("randomisation:kits", "FR-05"), ["Disponible", "En quarantaine"], "In quarantine"),
    ],
)
def test_a_page_is_in_french(centre, address, words, english):
    name, *args = address
    page = shown(client_of(Role.INVESTIGATOR, centre), reverse(name, args=args))
    assert [word for word in words if word not in page] == []
    assert english not in page
    assert "Investigateur" in page  # the role, in the frame


def test_a_page_in_english_follows_one_in_french(centre):
    """What a process keeps of a page, it keeps for each language."""
    client = client_of(Role.INVESTIGATOR, centre)
    address = reverse("crf:form", args=[CODE, "SCR", "CONSENT", 1])
    assert "Enregistrer et suivant" in shown(client, address)
    client.cookies["django_language"] = "en"
    page = client.get(address).content.decode()
    assert '<html lang="en"' in page
    assert "Save and next" in page
    assert "Enregistrer" not in page


def gate(client: Client):
    with acting(SYSTEM):
        (participant,) = allocations.Participant.objects.filter(code=CODE)
    strata = {f"stratum.{n}": level for n, level in allocations.levels_of(participant).items()}
    with allocations.everybody_eligible():
        return client.post(
            reverse("randomisation:gate", args=[CODE]), strata | {"password": PASSWORD}
        )


@pytest.mark.clones
def test_what_is_signed_and_kept_is_in_english(centre):
    """Acts of somebody who reads French: signature, trail, note, file; and the mail to who reads
    English."""
    people.person(Role.DATA_MANAGER)  # is told of the unblinding
    investigator = client_of(Role.INVESTIGATOR, centre)
    assert gate(investigator).status_code == 302
    assert "J’ai vérifié les critères" in shown(
        investigator, reverse("randomisation:result", args=[CODE])
    )
    page = reverse("randomisation:unblind", args=[CODE])
    token = re.search(r'name="token" value="([^"]+)"', investigator.get(page).content.decode())[1]
    sent = {"reason": "Choc.", "confirm": "yes", "password": PASSWORD, "token": token}
    assert "Affiché une fois" in investigator.post(page, sent).content.decode()
    monitor = client_of(Role.MONITOR, centre)
    asked = {"code": CODE, "visit": "SCR", "form": "TUMOUR", "item": "grade", "text": "Grade?"}
    assert monitor.post(reverse("crf:raise_query"), asked).status_code == 302
    administrator = client_of(Role.ADMINISTRATOR, centre)
    review = {"period": "2026", "password": PASSWORD}
    assert administrator.post(reverse("access_review"), review).status_code == 302
    table = administrator.get(reverse("access_report"), {"file": "csv"}).content.decode()
    assert "Investigator" in table
    assert "Investigateur" not in table
    with acting(SYSTEM):
        meanings = list(Signature.objects.order_by("id").values_list("meaning", flat=True))
        kept = AccountReview.objects.get().rights
    assert meanings == [ELIGIBILITY, UNBLINDING]
    assert [one for one in mail.outbox if "Investigateur" in one.body] == []
    assert any("(Investigator)" in one.body for one in mail.outbox)
    assert "Investigateur" not in str(kept)
    assert french_in_the_trail() == []


@pytest.mark.clones
def test_a_mail_is_in_the_language_of_who_reads_it(centre):
    """Whatever its cause reads: the alarm of an unblinding, to an English and a French account."""
    client_of(Role.SPONSOR_MANAGER, centre)
    people.person(Role.DATA_MANAGER)
    with allocations.everybody_eligible():
        physician = Actor.of(people.person(Role.INVESTIGATOR, centre), Verb.UNBLIND)
        with acting(physician):
            participant = Participant.objects.select_related("centre").get(code=CODE)
        allocations.randomise(participant, by=physician)
        with acting(physician):
            participant.refresh_from_db()
        arm = unblinding.unblind(participant=participant, reason="Sepsis", by=physician)
    english, french = mail.outbox
    assert "(Investigator) unblinded" in english.body
    assert "(Investigateur) a levé l’aveugle" in french.body
    assert french.subject == f"{CODE}\u00a0: le bras a été demandé"
    assert arm not in french.subject + french.body


@pytest.mark.clones
def test_a_mail_about_an_account_is_in_its_language(centre):
    administrator = client_of(Role.ADMINISTRATOR, centre)
    assert administrator  # French; the person invited has chosen nothing yet
    user = people.person(Role.MONITOR)
    mails.invitation(user, "secret", now())
    mails.locked_out(user, user.email, "", mails.AT_SIGN_IN)
    with acting(SYSTEM):
        User.objects.filter(pk=user.pk).update(language="fr")
        user.refresh_from_db()
    for what in (mails.SET_UP, mails.REMOVED, mails.REMOVED_FOR_YOU):
        mails.second_step_changed(user, what)
    invited, told, told_you, *changed = mail.outbox
    assert invited.subject == "Your account of the trial"
    assert "une adresse inconnue, à la connexion" in told.body
    assert "an unknown address, at the sign-in" in told_you.body
    assert {one.subject for one in changed} == {"La seconde étape de votre connexion"}
    assert all("prévenez tout de suite" in one.body for one in changed)


def test_what_a_check_asked_is_told_in_french_and_kept_in_english(centre):
    """In the lists, in the thread and in the work list; step, trail and English page unchanged."""
    asked = "The participant keeps a copy of the signed consent. Give it, or say why not."
    told = "Le participant garde un exemplaire du consentement signé. Remettez-le"
    with acting(SYSTEM):
        participant = Participant.objects.select_related("centre").get(code=CODE)
        place = {"visit": "SCR", "form": "CONSENT", "number": 1, "item": "copy_given"}
        query = raise_query(
            participant=participant, **place, text=asked, check_name="copy_missing", by=None
        )
    french_reader = client_of(Role.INVESTIGATOR, centre)
    pages = ["/centres/FR-05/", "/centres/FR-05/queries/", f"/queries/{query.pk}/"]
    for page in pages:
        text = html.unescape(shown(french_reader, page))
        assert told in text, page
        assert asked not in text
    assert told in html.unescape(shown(client_of(Role.MONITOR, centre), "/queries/"))
    english = people.sign_in(Client(), people.person(Role.INVESTIGATOR, centre))
    assert asked in html.unescape(english.get(pages[2]).content.decode())
    with acting(SYSTEM):
        close_query(query=query, text=NO_LONGER, by=None)
        texts = list(query.steps.values_list("text", flat=True))
    assert texts == [asked, NO_LONGER]
    assert "Le contrôle ne se déclenche plus." in html.unescape(shown(french_reader, pages[2]))
    assert french_in_the_trail() == []


def test_a_wrong_kit_is_told_in_french(centre):
    said = kit_checks.sentence("013031", CODE, "INJ-29")
    with translation.override("fr"):
        assert kit_checks.told(said).startswith(f"Le kit 013031 n’a pas été pris pour {CODE}")
        assert kit_checks.told("Another sentence.") == "Another sentence."
    with translation.override("en"):
        assert kit_checks.told(said) == said


def test_the_gate_has_french_units(centre):
    page = html.unescape(
        shown(client_of(Role.INVESTIGATOR, centre), reverse("randomisation:gate", args=[CODE]))
    )
    assert re.search(r"\d+ ans\b", page)
    assert re.search(r"\d(,\d)? g/dL", page)
    assert not re.search(r"\d (years|months|days|beats/min)\b|\d\.\d+ g/dL", page)


def french_in_the_trail() -> list[str]:
    """Cells of the trail that are a sentence of the catalogue, or hold a long one."""
    (catalogue,) = (messages.read(path) for path in messages.catalogues())
    english = {one.id for one in catalogue if isinstance(one.id, str)}
    words = {one.string for one in catalogue if isinstance(one.string, str)} - english - {""}
    with acting(SYSTEM), connection.cursor() as cursor:
        cursor.execute("SELECT actor, role, act, reason, item, old, new, row_id FROM audit.trail")
        cells = {cell for row in cursor.fetchall() for cell in row if cell}
    assert cells
    long = [word for word in words if len(word) > 25 and "%" not in word]
    return [cell for cell in cells if cell in words or any(word in cell for word in long)]


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


def test_the_api_answers_in_english_whatever_is_asked_for(centre):
    """What a program reads and compares has one language."""
    user = people.person(Role.TRIAL_STATISTICIAN)
    with acting(SYSTEM):
        token = Token.objects.create(user=user).key
    asked = french(Client(headers={"Accept-Language": "fr", "Authorization": f"Token {token}"}))
    answer = asked.get(reverse("analysis:api_release", args=["none"]))
    assert answer.status_code == 404
    assert answer.json()["detail"] == "There is no such release."
    assert answer["Content-Language"] == "en"
    assert asked.get(reverse("analysis:releases"))["Content-Language"] == "fr"


def test_a_refused_draft_answers_its_script_in_french(centre):
    """The script shows the sentence to whoever types: JSON, and no program's."""
    client = client_of(Role.INVESTIGATOR, centre)
    address = reverse("crf:draft", args=CONSENT[1:])
    answer = client.post(address, {"signed": "yes"}, headers={"X-Requested-With": "fetch"})
    assert answer.status_code == 422
    assert answer.json()["detail"].startswith("Le formulaire a perdu son numéro de version.")


def test_the_language_goes_along_with_the_person(centre):
    """Chosen once, in one browser; the next browser, where the person signs in, speaks it."""
    user = people.person(Role.INVESTIGATOR, centre)
    here = people.sign_in(Client(), user)
    here.post(reverse("language"), {"language": "fr", "next": "/about/"})
    assert '<html lang="fr"' in here.get("/about/").content.decode()

    people.enrol(user)
    there = Client()
    assert '<html lang="en"' in there.get(reverse("account_login")).content.decode()
    there.post(reverse("account_login"), {"login": user.email, "password": people.PASSWORD})
    there.post(reverse("mfa_authenticate"), {"code": people.code_of(user)})
    assert there.cookies["django_language"].value == "fr"
    assert '<html lang="fr"' in there.get("/about/").content.decode()


@pytest.mark.parametrize("chosen", ["", "de", "fr'; --"])
def test_a_language_that_is_not_spoken_changes_nothing(centre, chosen):
    client = client_of(Role.INVESTIGATOR, centre)
    client.post(reverse("language"), {"language": chosen})
    assert '<html lang="fr"' in client.get("/about/").content.decode()
