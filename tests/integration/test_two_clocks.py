"""A demonstration has two clocks: pages show the trial's, the trail both, each by its name."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connections
from django.test import Client
from django.urls import reverse

from analysis import actions, cuts, runs, tasks
from analysis.copy import actions as copies
from analysis.copy import tasks as copy_tasks
from analysis.models import BlindOpening, RunKind, RunState
from crf.actions_lock import lock_trial
from randomisation import actions as allocation
from randomisation import unblinding
from reminet_site.clock import apart
from reminet_site.context import Actor, acting
from reminet_site.roles import Role, Verb
from reminet_site.trail import reads
from reminet_site.trail.search import Search
from tests import allocations, people

SYSTEM = Actor.system("tests")
TRIAL = datetime(2018, 9, 17, 8, 0, tzinfo=UTC)
DAY = "17 Sep 2018"
SERVER = f"{datetime.now(UTC):%Y}"


@pytest.fixture(autouse=True)
def nothing_is_sent(monkeypatch, settings):
    monkeypatch.setattr("analysis.broker.send", lambda *_, **__: None)
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"


@pytest.fixture
def demonstration(clone):
    """The trial's clock shows 2018 and goes on from there."""
    show(TRIAL)
    return people.centre()


def show(moment):
    with acting(SYSTEM, using="owner"), connections["owner"].cursor() as cursor:
        cursor.execute(
            "INSERT INTO reminet_site_deployment "
            "(id, demonstration, seed, clinical_at, clinical_set_at, created_at) "
            "VALUES (1, true, 'seed', %(at)s, now(), now()) ON CONFLICT (id) DO UPDATE "
            "SET demonstration = true, seed = 'seed', clinical_at = %(at)s, "
            "clinical_set_at = now()",
            {"at": moment},
        )


@pytest.fixture
def randomised(demonstration):
    """Somebody who was randomised by an investigator, with signature and corrected stratum."""
    allocations.scheme()
    allocations.deliver(10)
    allocations.supply(demonstration, 6)
    by = Actor.of(people.person(Role.INVESTIGATOR, demonstration), Verb.RANDOMISE)
    with allocations.everybody_eligible():
        (one,) = allocations.participants(demonstration, 1)
        allocations.randomise(one, by=by)
    return one, by


def client_of(role, centre=None):
    return people.sign_in(Client(), people.person(role, centre))


def text(client, name, *args):
    response = client.get(reverse(name, args=args))
    assert response.status_code == 200
    return response.content.decode().split("<main", 1)[1]


def near(at):
    return abs(at - TRIAL) < timedelta(hours=1)


def test_what_is_asked_for_has_the_trials_time(demonstration):
    by = Actor.of(people.person(Role.TRIAL_STATISTICIAN), Verb.MAKE_RELEASE)
    with acting(by):
        release = actions.ask_release(note="for the report", by=by)
    cut = cuts.take(by=SYSTEM)
    lead = people.person(Role.PRINCIPAL_INVESTIGATOR, demonstration)
    mine = Actor.of(lead, Verb.TAKE_COPY)
    with acting(mine):
        copy = copies.ask(centre=demonstration, by=mine)
    assert near(release.asked_at)
    assert near(cut.data_at)
    assert near(copy.asked_at)
    assert not near(cut.taken_at)  # when the machine did it
    shown = text(client_of(Role.TRIAL_STATISTICIAN), "analysis:releases")
    assert DAY in shown
    assert SERVER not in shown
    shown = text(people.sign_in(Client(), lead), "analysis:copies", demonstration.code)
    assert DAY in shown
    assert f" {SERVER}, " not in shown


def test_the_opening_of_the_blind_has_the_trials_time(demonstration):
    manager = Actor.of(people.person(Role.DATA_MANAGER), Verb.LOCK_TRIAL)
    sponsor = Actor.of(people.person(Role.SPONSOR_MANAGER), Verb.OPEN_BLIND)
    statistician = Actor.of(people.person(Role.TRIAL_STATISTICIAN), Verb.OPEN_BLIND)
    with acting(manager):
        lock_trial(reason="", by=manager)
    with acting(sponsor):
        actions.request_opening(reason="primary analysis", by=sponsor)
    with acting(statistician):
        actions.confirm_opening(by=statistician)
        opening = BlindOpening.objects.get()
    assert near(opening.requested_at)
    assert near(opening.confirmed_at)


def test_a_run_ends_at_the_trials_time(demonstration):
    with acting(SYSTEM):
        run = runs.ask(kind=RunKind.DMC, plan="p", definition="d", why="test", user_id=None)
        assert near(runs.end(run, RunState.FAILED).finished_at)


def test_what_waits_for_a_worker_is_late_by_the_clock_it_was_asked_at(demonstration, monkeypatch):
    sent = []
    monkeypatch.setattr("analysis.broker.send", lambda task, pk=0, **_: sent.append(pk))
    monkeypatch.setattr("analysis.copy.make.make", sent.append)
    by = Actor.of(people.person(Role.TRIAL_STATISTICIAN), Verb.MAKE_RELEASE)
    lead = Actor.of(people.person(Role.PRINCIPAL_INVESTIGATOR, demonstration), Verb.TAKE_COPY)
    with acting(by):
        actions.ask_release(note="for the report", by=by)
    with acting(lead):
        copies.ask(centre=demonstration, by=lead)
    sent.clear()
    tasks.look_for_work()
    copy_tasks.look_for_copies()
    assert sent == []
    show(TRIAL + timedelta(minutes=5))
    tasks.look_for_work()
    copy_tasks.look_for_copies()
    assert len(sent) == 2


def test_a_receipt_shows_no_day_of_the_server(randomised):
    one, by = randomised
    with acting(by):
        mine = type(one).objects.select_related("centre").get(pk=one.pk)
        factor, other = "grade", "G1"
        allocation.correct_strata(
            participant=mine, factor=factor, corrected=other, reason="Read again", by=by
        )
    shown = text(client_of(Role.INVESTIGATOR, one.centre), "randomisation:result", one.code)
    assert "Read again" in shown
    assert "Signed by" in shown
    assert f"{DAY}, 1" in shown
    assert SERVER not in shown


def test_signatures_and_takings_show_both_by_name(randomised):
    one, by = randomised
    with acting(by):
        mine = type(one).objects.select_related("centre").get(pk=one.pk)
    unblinding.unblind(participant=mine, reason="Anaphylaxis", by=by)
    auditor = client_of(Role.AUDITOR)
    for shown in (text(auditor, "signatures"), text(auditor, "analysis:taken", one.code)):
        assert DAY in shown
        assert "server’s clock" in shown


def test_a_day_of_the_trail_is_the_trials(demonstration):
    client = client_of(Role.AUDITOR)
    found = client.post(reverse("trail"), {"day": "17/09/2018", "find": "yes"}, follow=True)
    shown = found.content.decode().split("<main", 1)[1]
    assert "times and days are the trial’s, UTC, with the server’s beneath" in shown
    assert f"{DAY}, " in shown
    assert f'<span class="sub">server’s clock {datetime.now(UTC).day} ' in shown
    with acting(SYSTEM):
        assert reads.rows(Search(day="2018-09-17"))
        today = reads.rows(Search(day=f"{datetime.now(UTC):%Y-%m-%d}"))
        assert not [row for row in today if near(row.clinical_at)]  # but what was there before


def test_in_a_trial_both_are_one(clone):
    people.centre()
    client = client_of(Role.AUDITOR)
    found = client.post(
        reverse("trail"), {"day": f"{datetime.now(UTC):%d/%m/%Y}", "find": "yes"}, follow=True
    )
    shown = found.content.decode()
    assert "times are the server’s, UTC" in shown
    assert "server’s clock" not in shown
    assert not apart(TRIAL, TRIAL + timedelta(seconds=2))
