"""The pages in French; what is stored, sent and handed out in English all the same."""

import re

import pytest
from django.core import mail
from django.db import connection
from django.test import Client
from django.urls import reverse

from randomisation.signed import ELIGIBILITY, UNBLINDING
from reminet_site.access.models import AccountReview
from reminet_site.context import Actor, acting
from reminet_site.local import messages
from reminet_site.models import Signature
from reminet_site.roles import Role
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
            ["Avant de randomiser", "Signer et randomiser", "Strates confirmées"],
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
    """Acts of somebody who reads French: signature, trail, note, mail, file."""
    client_of(Role.SPONSOR_MANAGER, centre)  # is told of the unblinding
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
