"""The trail's page and its file: who sees what, found by which words, older by key."""

import csv
import html
import re
from datetime import UTC, datetime

import pytest
from django.test import Client
from django.urls import reverse

from randomisation import unblinding
from reminet_site.context import Actor, acting, because
from reminet_site.roles import Role, Verb
from reminet_site.trail import copies, reads, tasks
from reminet_site.trail.models import CopyState, TrailCopy
from reminet_site.trail.search import COLUMNS, WHOLE, Search
from tests import allocations, people, world

pytestmark = pytest.mark.django_db


def today() -> str:
    """Asked for when it is wanted: a run may begin before midnight and end after it."""
    return f"{datetime.now(UTC):%Y-%m-%d}"


@pytest.fixture
def here():
    return world.small()


def client_of(role: Role, here: world.Small) -> Client:
    return people.sign_in(Client(), people.person(role, here.centre))


def ask(client: Client, **search: str) -> str:
    response = client.post(reverse("trail"), search | {"find": "yes"}, follow=True)
    assert response.status_code == 200
    return response.content.decode()


@pytest.mark.promise("AT-07")
def test_a_change_is_found_by_participant_item_person_day_and_act(here):
    client = client_of(Role.AUDITOR, here)
    code = here.participant.code
    for search in (
        {"participant": code, "item": "screened_on"},
        {"participant": code, "act": "create"},
        {"day": today(), "person": here.investigator.email},
        {"day": today(), "person": "investigator fr-05"},
    ):
        text = ask(client, **search)
        assert "screened on" in text
        assert code in text
    assert "Nothing found" in ask(client, participant=code, act="clear")
    assert "Nothing found" in ask(client, day="2001-01-01")


@pytest.mark.parametrize(
    ("search", "sentence"),
    [
        ({"item": "weight"}, "give a participant or a day too"),
        ({"act": "create"}, "give a participant or a day too"),
        ({"day": "yesterday"}, "Give a day of the calendar"),
        ({"participant": "FR-99-001"}, "No participant FR-99-001."),
        ({"day": "2026-11-23", "act": "'; DROP"}, "No act is called"),
    ],
)
def test_a_search_that_cannot_be_answered_gets_a_sentence(here, search, sentence):
    assert sentence in ask(client_of(Role.AUDITOR, here), **search)


@pytest.mark.promise("AC-02")
def test_an_investigator_sees_his_own_centre(here):
    there = world.small("FR-11", "Beaune")
    client = client_of(Role.PRINCIPAL_INVESTIGATOR, here)
    text = ask(client, day=today())
    assert here.participant.code in text
    assert there.participant.code not in text
    assert f"No participant {there.participant.code}." in ask(
        client, participant=there.participant.code
    )


def test_the_rows_of_one_act_say_once_who_when_where_and_why(here):
    with acting(Actor.system("tests")), because("the ministry renamed it"):
        here.centre.name, here.centre.country = "CHU", "BE"
        here.centre.save()
    with acting(Actor.system("tests")), because("and moved it"):
        here.centre.name = "CHU BE"
        here.centre.save()
    text = ask(client_of(Role.AUDITOR, here), act="change", day=today())
    acts = [one for one in text.split("<tbody")[1:] if "the ministry" in one or "moved" in one]
    assert [one.count("<tr ") for one in acts] == [1, 2]
    assert [one.count('rowspan="2"') - one.count('aria-rowspan="2"') for one in acts] == [0, 4]
    assert [one.count("the ministry renamed it") for one in acts] == [0, 1]
    assert all(item in acts[1] for item in (">name<", ">country<"))


def test_older_rows_follow_by_key(here):
    for n in range(reads.PAGE + 7):
        with acting(Actor.system("tests")), because(f"renaming {n}"):
            here.centre.name = f"CHU {n}"
            here.centre.save()
    client = client_of(Role.AUDITOR, here)
    first = ask(client, act="change", day=today())
    assert f"renaming {reads.PAGE + 6}" in first
    assert "renaming 6<" not in first
    [further] = re.findall(r'href="(\?[^"]*older=[^"]*)"', first)
    second = client.get(reverse("trail") + html.unescape(further)).content.decode()
    assert "renaming 6<" in second
    assert f"renaming {reads.PAGE + 6}<" not in second


@pytest.mark.promise("BL-02")
@pytest.mark.parametrize("role", [Role.DATA_MANAGER, Role.MONITOR, Role.PRINCIPAL_INVESTIGATOR])
def test_no_arm_and_nothing_pooled_reaches_a_blinded_reader(here, role, settings):
    """Allocation and unblinding are rows; the arm, the kit and the token are not among them."""
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    allocations.scheme()
    allocations.deliver(6)
    allocations.supply(here.centre, 3)
    physician = Actor.of(here.investigator, Verb.RANDOMISE)
    with allocations.everybody_eligible():
        made = allocations.randomise(here.participant, physician)
    with acting(physician):
        here.participant.refresh_from_db()
        kit = made.kit.number
    arm = unblinding.unblind(participant=here.participant, reason="anaphylaxis", by=physician)
    text = ask(client_of(role, here), participant=here.participant.code)
    assert "allocation" in text
    assert "unblinding" in text
    assert arm not in text
    assert kit not in text
    assert "#token" not in text
    assert ">token<" not in text


def test_columns_that_are_not_named_are_not_shown(here):
    with acting(Actor.system("tests")):
        found = reads.rows(Search(day=today()), limit=1000)
    shown = {row.relation for row in found}
    assert shown <= {*WHOLE, *COLUMNS, "act"}
    assert not shown & {
        "analysis_run",
        "analysis_snapshot",
        "analysis_look",
        "randomisation_scheme",
    }
    assert {r.item for r in found if r.relation == "reminet_site_user"} <= {
        "#name",
        "#email",
        "#is_active",
    }


def copy_of(client: Client, **search: str) -> TrailCopy:
    again = search | {"password": people.PASSWORD}
    assert client.post(reverse("trail"), again).status_code == 302
    return TrailCopy.objects.latest("pk")


@pytest.mark.promise("AT-07")
def test_a_file_is_made_by_a_worker_and_taken_by_its_asker_alone(here):
    client = client_of(Role.AUDITOR, here)
    copy = copy_of(client, participant=here.participant.code)
    address = reverse("trail_copy", args=[copy.pk])
    assert client.get(address).status_code == 404
    tasks.make_copy(copy.pk)
    tasks.make_copy(copy.pk)
    response = client.get(address)
    found = list(csv.reader(b"".join(response.streaming_content).decode().splitlines()))
    copy.refresh_from_db()
    assert copy.state == CopyState.DONE
    assert tuple(found[0]) == copies.HEADER
    assert len(found) - 1 == copy.rows > 3
    assert response["X-Content-SHA256"] == copy.sha256
    assert client_of(Role.DATA_MANAGER, here).get(address).status_code == 404
    with acting(Actor.system("tests")):
        said = [
            (row.act, row.row_id)
            for row in reads.rows(Search(day=today()))
            if row.relation == "act"
        ]
    assert said == [("download", copy.file_name), ("export", copy.file_name)]


@pytest.mark.promise("AC-02")
def test_the_file_stays_behind_the_wall(here):
    there = world.small("FR-11", "Beaune")
    copy = copy_of(client_of(Role.PRINCIPAL_INVESTIGATOR, here), day=today())
    tasks.make_copy(copy.pk)
    copy.refresh_from_db()
    text = copies.path_of(copy).read_text()
    assert here.participant.code in text
    assert there.participant.code not in text


@pytest.mark.promise("AC-07")
def test_a_right_that_ended_makes_no_file(here):
    copy = copy_of(client_of(Role.AUDITOR, here), day=today())
    with acting(Actor.system("tests")):
        people.person(Role.AUDITOR).grants.update(revoked_at=datetime.now(UTC))
    tasks.make_copy(copy.pk)
    copy.refresh_from_db()
    assert copy.state == CopyState.FAILED
    assert not copies.path_of(copy).exists()


def test_a_file_in_batches_has_every_row_once(here, monkeypatch):
    with acting(Actor.system("tests")):
        whole = [row.id for row in reads.every_row(Search(day=today()))]
        monkeypatch.setattr(reads, "BATCH", 3)
        parts = [row.id for row in reads.every_row(Search(day=today()))]
    assert parts == whole
    assert len(set(whole)) == len(whole)


@pytest.mark.promise("SE-09")
@pytest.mark.parametrize("text", ["=1+1", "+cmd", "@SUM(A1)", "-cmd|' /C calc'!A0", "\t=1", " =1"])
def test_no_cell_is_a_formula(text):
    assert copies.neutral(text) == f"'{text}"


def test_numbers_stay_numbers():
    assert [copies.neutral(one) for one in ("-5", "+1.5", "12")] == ["-5", "+1.5", "12"]
