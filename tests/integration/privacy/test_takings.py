"""Who has taken a participant's data: files of the trial, of the centre, of the participant."""

import csv
import hashlib

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from analysis import takings
from reminet_site.audit import note
from reminet_site.context import Actor, acting
from reminet_site.roles import Role, Verb
from reminet_site.trail import copies
from reminet_site.trail.search import Search
from tests import people, world

pytestmark = [pytest.mark.django_db, pytest.mark.promise("PR-07")]
READERS = (Role.DATA_MANAGER, Role.AUDITOR, Role.PRINCIPAL_INVESTIGATOR)


@pytest.fixture
def here():
    return world.small()


@pytest.fixture
def there(here):
    return world.small("FR-11", "Beaune")


def client_of(role, here):
    return people.sign_in(Client(), people.person(role, here.centre))


def page(client, here):
    return client.get(reverse("analysis:taken", args=[here.participant.code]))


def took(name, act="download", **scope):
    with acting(Actor.system("tests")):
        note(act, name, detail=f"hash of {name}", **scope)


def in_three_scopes(here):
    took("release.zip")
    took("centre.zip", centre_id=here.centre.pk)
    took("one.csv", centre_id=here.centre.pk, participant_id=here.participant.pk)


@pytest.mark.parametrize("role", READERS)
def test_all_three_scopes_are_told_with_who_and_hash(here, role):
    in_three_scopes(here)
    text = page(client_of(role, here), here).content.decode()
    for name in ("release.zip", "centre.zip", "one.csv"):
        assert name in text
        assert f"hash of {name}" in text
    assert "tests" in text
    for scope in ("this participant", "the centre", "the whole trial"):
        assert scope in text


def test_another_centre_and_another_participant_are_not_told(here, there):
    took("beaune.zip", centre_id=there.centre.pk)
    took("beaune.csv", centre_id=there.centre.pk, participant_id=there.participant.pk)
    text = page(client_of(Role.AUDITOR, here), here).content.decode()
    assert "beaune" not in text


def test_a_file_taken_before_the_participant_was_there_is_not_told(here):
    took("early.zip")
    late = world.small("FR-11", "Beaune")
    text = page(client_of(Role.AUDITOR, here), late).content.decode()
    assert "early.zip" not in text


def test_an_investigator_of_another_centre_learns_nothing(here, there):
    took("release.zip")
    assert page(client_of(Role.PRINCIPAL_INVESTIGATOR, there), here).status_code == 404
    by = Actor.of(people.person(Role.PRINCIPAL_INVESTIGATOR, there.centre), Verb.READ_TAKINGS)
    with acting(by):
        assert takings.takings(here.participant) == []


def test_a_file_of_the_trail_is_told_in_its_scope(here):
    person = people.person(Role.AUDITOR)
    by = Actor.of(person, Verb.READ_AUDIT)
    with acting(by):
        copies.ask(search=Search(participant=here.participant.code), by=by)
        copies.ask(search=Search(day="2016-01-12"), by=by)
    investigator = people.person(Role.PRINCIPAL_INVESTIGATOR, here.centre)
    own = Actor.of(investigator, Verb.READ_AUDIT)
    with acting(own):
        copies.ask(search=Search(day="2016-01-12"), by=own)
    with acting(by):
        found = [(one.scope, one.act, one.who) for one in takings.takings(here.participant)]
    assert found == [
        ("centre", "export", investigator.name),
        ("trial", "export", person.name),
        ("participant", "export", person.name),
    ]


def test_the_file_holds_every_row_and_is_itself_on_record(here):
    in_three_scopes(here)
    client = client_of(Role.DATA_MANAGER, here)
    response = client.get(reverse("analysis:taken_file", args=[here.participant.code]))
    rows = list(csv.DictReader(response.content.decode().splitlines()))
    assert [row["what"] for row in rows] == ["one.csv", "centre.zip", "release.zip"]
    sha256 = hashlib.sha256(response.content).hexdigest()
    assert response["X-Content-SHA256"] == sha256
    text = page(client, here).content.decode()
    assert f"{here.participant.code}-taken.csv" in text
    assert sha256 in text


def test_older_rows_come_by_key(here):
    for number in range(takings.PAGE + 5):
        took(f"file-{number:02d}.zip")
    client = client_of(Role.AUDITOR, here)
    first = page(client, here).content.decode()
    assert "file-54.zip" in first
    assert "file-04.zip" not in first
    older = first.split('href="?older=')[1].split('"')[0]
    second = client.get(reverse("analysis:taken", args=[here.participant.code]), {"older": older})
    assert "file-04.zip" in second.content.decode()


def test_the_answer_reads_an_index_and_not_the_trail(here):
    with acting(Actor.system("tests")), connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off")
        cursor.execute(
            "EXPLAIN SELECT id FROM audit.trail t WHERE t.relation = 'act' AND t.act IN "
            "('download', 'export') AND t.participant_id IS NULL AND t.centre_id IS NULL "
            "AND t.id > 5 ORDER BY t.id DESC LIMIT 51"
        )
        plan = " ".join(row[0] for row in cursor.fetchall())
    assert "trail_taken" in plan


def test_an_unblinding_is_told_without_the_arm(here):
    from randomisation.models import UnblindingRecord
    from reminet_site.clock import now

    with acting(Actor.system("tests")):
        UnblindingRecord.objects.create(
            participant=here.participant,
            centre=here.centre,
            reason="A fall in blood sugar.",
            token="6d0f2f2c-53a4-4f2b-9d58-1c7f5f3a2b11",
            role="investigator",
            by=here.investigator,
            at=now(),
            clinical_at=now(),
        )
    text = page(client_of(Role.DATA_MANAGER, here), here).content.decode()
    assert "A fall in blood sugar." in text
    assert here.investigator.name in text


@pytest.mark.parametrize("role", sorted(set(Role) - set(READERS)))
def test_nobody_else_reads_it(here, role):
    assert page(client_of(role, here), here).status_code == 403
