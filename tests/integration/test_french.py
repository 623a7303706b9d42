"""Pages, mails and refusals in French; what is stored and handed out in English all the same."""

import html
import re

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.urls import reverse
from django.utils import translation
from rest_framework.authtoken.models import Token

from crf.actions_queries import NO_LONGER, close_query, raise_query
from crf.models import Participant
from randomisation import kit_checks, unblinding
from randomisation.signed import ELIGIBILITY, UNBLINDING
from reminet_site import mails
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
    address = reverse("crf:draft", args=[CODE, "SCR", "CONSENT", 1])
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
