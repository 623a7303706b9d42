"""Acts of the workflow are in the trail beside the data: one test a verb."""

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from analysis import actions as analysis_actions
from analysis.models import Release, ReleaseState
from crf import actions_lock, actions_queries
from crf.models import DataQuery
from randomisation import unblinding
from reminet_site import actions
from reminet_site.context import Actor, acting
from reminet_site.roles import Role, Verb
from tests import allocations, people, world
from tests.people import PASSWORD

pytestmark = [pytest.mark.django_db, pytest.mark.promise("AT-08")]
ARMS = ("LAN", "PBO", "lanreotide", "placebo")


def acts(where: str, *values: object) -> list[dict]:
    """Rows of the trail with their values, oldest first, whoever is acting."""
    with acting(Actor.system("tests")), connection.cursor() as cursor:
        cursor.execute(
            "SELECT t.chain, t.act, t.relation, t.row_id AS subject, t.actor, t.role, t.reason, "
            "t.item, t.old, t.new FROM audit.trail t "
            f"WHERE {where} ORDER BY t.id",
            values,
        )
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row)) for row in cursor.fetchall()]


def sign_in(email: str, password: str = PASSWORD) -> Client:
    client = Client()
    client.post(reverse("account_login"), {"login": email, "password": password})
    return client


@pytest.fixture
def monitor():
    return people.person(Role.MONITOR)


def test_a_sign_in(monitor):
    sign_in(monitor.email)
    (act,) = acts("act = 'sign-in'")
    assert (act["chain"], act["actor"], act["subject"]) == ("deployment", "Monitor", monitor.email)
    assert act["new"] == "127.0.0.1"


def test_a_failed_sign_in_of_an_account(monitor):
    sign_in(monitor.email, "not the password")
    (act,) = acts("act = 'sign-in failed'")
    assert (act["actor"], act["subject"]) == ("not signed in", monitor.email)
    assert acts("act = 'sign-in'") == []


def test_a_failed_sign_in_of_nobody_keeps_nothing_typed(monitor):
    sign_in("my password in the wrong box", "x")
    sign_in("nobody@example.org", "x")
    found = acts("act = 'sign-in failed'")
    assert {act["subject"] for act in found} == {"no known account"}
    assert "nobody@example.org" not in str(found)


def test_a_lock_out(monitor):
    for _ in range(6):
        sign_in(monitor.email, "not the password")
    assert acts("act = 'locked out'")


def test_a_sign_out(monitor):
    client = sign_in(monitor.email)
    client.post(reverse("account_logout"))
    (act,) = acts("act = 'sign-out'")
    assert act["actor"] == "Monitor"


def test_a_failure_outlives_the_refusal():
    """The wrong password rolls the request back, and stays in the trail."""
    manager = people.person(Role.SPONSOR_MANAGER)
    client = people.sign_in(Client(), manager)
    client.post(reverse("analysis:token"), {"act": "make", "password": "wrong"})
    (act,) = acts("act = 're-authentication failed'")
    assert (act["actor"], act["subject"]) == ("Sponsor manager", manager.email)


def test_a_role_granted_and_revoked(monitor):
    grant = monitor.grants.get()
    administrator = people.person(Role.ADMINISTRATOR)
    by = Actor.of(administrator, Verb.MANAGE_ACCOUNTS)
    with acting(by):
        actions.revoke(grant=grant, reason="left the sponsor", by=by)
    given = acts(
        "relation = 'reminet_site_grant' AND row_id = %s AND item = '#role'", str(grant.pk)
    )
    assert [(row["act"], row["new"]) for row in given] == [("create", "monitor")]
    (ended,) = acts(
        "relation = 'reminet_site_grant' AND row_id = %s AND item = '#revoked_at'", str(grant.pk)
    )
    assert (ended["actor"], ended["reason"]) == ("Administrator", "left the sponsor")


def test_a_download_of_a_release():
    statistician = people.person(Role.TRIAL_STATISTICIAN)
    by = Actor.of(statistician, Verb.READ_RELEASES)
    with acting(by):
        release = Release.objects.create(
            name="REMINET-1",
            note="test",
            blind=True,
            asked_at=statistician.created_at,
            asked_by=statistician,
            state=ReleaseState.DONE,
            sha256="ab" * 32,
        )
        analysis_actions.record_download(release=release, way="browser", by=by)
    (act,) = acts("act = 'download'")
    assert (act["actor"], act["subject"]) == ("Trial statistician", "REMINET-1")
    assert act["new"] == f"{'ab' * 32} by browser"


def test_the_steps_of_a_query():
    here = world.small()
    coordinator = Actor.of(people.person(Role.SITE_COORDINATOR, here.centre), Verb.ANSWER_QUERY)
    monitor = Actor.of(people.person(Role.MONITOR), Verb.CLOSE_QUERY)
    with acting(coordinator):
        query = DataQuery.objects.get(pk=here.ids["pk"])
        actions_queries.answer_query(query=query, text="Yes, it is.", by=coordinator)
    with acting(monitor):
        actions_queries.reopen_query(query=query, text="Which one?", by=monitor)
        actions_queries.close_query(query=query, text="Seen at the centre.", by=monitor)
    steps = acts("relation = 'crf_querystep' AND item = '#kind'")
    assert [(step["new"], step["actor"]) for step in steps] == [
        ("raised", "Monitor"),
        ("answered", "Trial coordinator FR-05"),
        ("reopened", "Monitor"),
        ("closed", "Monitor"),
    ]
    assert {step["chain"] for step in steps} == {f"participant:{here.participant.pk}"}


def lock() -> None:
    manager = Actor.of(people.person(Role.DATA_MANAGER), Verb.LOCK_TRIAL)
    with acting(manager):
        actions_lock.lock_trial(reason="last visit done", by=manager)


def test_a_lock_and_an_unlock():
    lock()
    manager = Actor.of(people.person(Role.DATA_MANAGER), Verb.LOCK_TRIAL)
    with acting(manager):
        actions_lock.unlock_trial(reason="one late scan", by=manager)
    rows = acts("relation = 'crf_triallock' AND item = '#locked'")
    assert [(row["new"], row["actor"], row["reason"]) for row in rows] == [
        ("true", "Data manager", "last visit done"),
        ("false", "Data manager", "one late scan"),
    ]


def test_the_opening_of_the_blind():
    lock()
    sponsor = Actor.of(people.person(Role.SPONSOR_MANAGER), Verb.OPEN_BLIND)
    with acting(sponsor):
        analysis_actions.request_opening(reason="primary analysis", by=sponsor)
    statistician = Actor.of(people.person(Role.TRIAL_STATISTICIAN), Verb.OPEN_BLIND)
    with acting(statistician):
        analysis_actions.confirm_opening(by=statistician)
    rows = acts("relation = 'analysis_blindopening' AND item IN ('#requested_at', '#confirmed_at')")
    assert [(row["item"], row["actor"]) for row in rows] == [
        ("#requested_at", "Sponsor manager"),
        ("#confirmed_at", "Trial statistician"),
    ]


@pytest.fixture
def randomised(settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    centre = people.centre()
    allocations.scheme()
    allocations.deliver(6)
    allocations.supply(centre, 3)
    (participant,) = allocations.participants(centre, 1)
    with allocations.everybody_eligible():
        by = Actor.of(people.person(Role.INVESTIGATOR, centre), Verb.RANDOMISE)
        allocations.randomise(participant, by)
    with acting(by):
        participant.refresh_from_db()
    return participant


def holds_no_arm(rows: list[dict]) -> bool:
    words = " ".join(str(value) for row in rows for value in row.values()).lower().split()
    return not any(arm.lower() in words for arm in ARMS)


def test_an_allocation_without_the_arm(randomised):
    rows = acts("relation = 'randomisation_allocation' AND participant_id = %s", randomised.pk)
    said = {row["item"]: row["new"] for row in rows}
    assert said["#randomisation_number"]
    assert {row["actor"] for row in rows} == {"Investigator FR-05"}
    assert holds_no_arm(acts("participant_id = %s", randomised.pk))


def test_an_unblinding_without_the_arm(randomised):
    physician = Actor.of(people.person(Role.INVESTIGATOR, people.centre()), Verb.UNBLIND)
    arm = unblinding.unblind(participant=randomised, reason="anaphylaxis", by=physician)
    assert arm in ARMS
    rows = acts("relation = 'randomisation_unblindingrecord'")
    assert {row["reason"] for row in rows if row["item"] == "#reason"} == {"anaphylaxis"}
    assert holds_no_arm(acts("participant_id = %s", randomised.pk))
