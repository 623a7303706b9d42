"""In an emergency: from the sign-in page to one participant's arm, alone, at any hour, at once."""

import re
import time

import pytest
from django.apps import apps
from django.core import mail
from django.db import connection
from django.test import Client
from django.urls import reverse

from randomisation.arms.doors import custody, table
from randomisation.methods.imported_list import ImportedList, Place
from randomisation.models import UnblindingRecord
from reminet_site.context import acting
from reminet_site.roles import RIGHTS, Role, Verb
from tests import allocations, people
from tests.allocations import SYSTEM

pytestmark = [pytest.mark.django_db, pytest.mark.promise("BL-06")]
MINE, OTHERS = "QUOKKA", "AXOLOTL"
CODE, STEPS, SECONDS = "FR-05-002", 6, 60


@pytest.fixture
def treated(settings):
    """Five participants: the second has one arm, everybody else the other one."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    mail.outbox = []
    allocations.scheme(method="list", arms=[MINE, OTHERS], stratified_by=[])
    here = people.centre()
    arms = [OTHERS, MINE, OTHERS, OTHERS, OTHERS]
    places = tuple(Place(str(n), "", n, arm) for n, arm in enumerate(arms, start=1))
    with acting(SYSTEM):
        custody.import_list("main", ImportedList(places, "0" * 64), by=SYSTEM)
    allocations.deliver(12)
    allocations.supply(here, 8)
    with allocations.everybody_eligible():
        for one in allocations.participants(here, 5):
            allocations.randomise(one)
    with acting(SYSTEM):
        assert list(table.table(by=SYSTEM, reason="test").values()) == arms
    return here


class Walk:
    """What a person does at the keyboard, and every byte that came back, headers included."""

    def __init__(self) -> None:
        self.client, self.steps, self.seen = Client(), 0, []

    def keep(self, answer):
        for one, status in getattr(answer, "redirect_chain", []):
            assert status == 302, one
        assert answer.status_code == 200, answer.content[:500]
        self.seen.append(str(dict(answer.items())) + answer.content.decode())
        return answer.content.decode()

    def open(self, address, **data):
        self.steps += 1
        return self.keep(self.client.get(address, data, follow=True))

    def send(self, address, **data):
        self.steps += 1
        return self.keep(self.client.post(address, data, follow=True))


def test_from_the_sign_in_to_the_arm_in_a_minute(treated):
    """Nobody else is asked, and no other participant's arm is in anything that came back."""
    physician = people.person(Role.INVESTIGATOR, treated)
    code = people.code_of(physician)
    walk, began = Walk(), time.perf_counter()
    walk.send("/sign-in/", login=physician.email, password=people.PASSWORD)
    walk.send(reverse("mfa_authenticate"), code=code)
    found = walk.send(reverse("crf:find"), code=CODE)
    address = reverse("randomisation:unblind", args=[CODE])
    assert f'href="{address}"' in found, "the casebook leads to it"
    page = walk.open(address)
    token = re.search(r'name="token" value="([^"]+)"', page).group(1)
    shown = walk.send(
        address, reason="Anaphylaxis", password=people.PASSWORD, confirm="yes", token=token
    )
    took = time.perf_counter() - began
    assert walk.steps <= STEPS
    assert took < SECONDS
    assert shown.count(MINE) == 1
    assert not any(MINE in one for one in walk.seen[:-1]), "the arm is in the last answer alone"
    assert not any(OTHERS in one for one in walk.seen), "others stay blinded"
    for after in (
        reverse("crf:casebook", args=[CODE]),
        address,
        reverse("crf:centre_home", args=["FR-05"]),
    ):
        assert MINE not in walk.open(after)
    assert not any(OTHERS in one for one in walk.seen)
    with acting(SYSTEM):
        record = UnblindingRecord.objects.select_related("participant").get()
    assert (record.by_id, record.participant.code) == (physician.pk, CODE)


def test_there_is_no_state_in_which_an_unblinding_waits_for_somebody():
    """No column, table, trigger or right speaks of asking, approving or confirming one."""
    fields = {field.name for field in UnblindingRecord._meta.get_fields()}
    assert fields == {
        "id", "participant", "centre", "token", "reason", "at", "clinical_at", "by", "role",
        "shown_at",
    }  # fmt: skip
    waits = re.compile("approv|confirm|pending|request|second|countersign")
    assert not [name for name in fields if waits.search(name)]
    related = {
        model._meta.label
        for model in apps.get_models()
        if any(field.related_model is UnblindingRecord for field in model._meta.fields)
    }
    assert related == set()
    verbs = {verb for verb in Verb if "unblind" in verb.value}
    assert verbs == {Verb.UNBLIND}
    holders = {role for role in Role if Verb.UNBLIND in RIGHTS[role]}
    assert holders == {Role.PRINCIPAL_INVESTIGATOR, Role.INVESTIGATOR, Role.SAFETY_PHYSICIAN}


def test_the_database_asks_nobody_either():
    """A record needs neither a second person nor an hour of the day."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT pg_get_constraintdef(c.oid) FROM pg_constraint c"
            " WHERE c.conrelid = 'randomisation_unblindingrecord'::regclass AND c.contype = 'c'"
        )
        checks = [row[0] for row in cursor.fetchall()]
    assert checks == []
