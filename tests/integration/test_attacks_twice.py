"""The same form sent again, and from several browsers at once: done once."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.urls import reverse

from reminet_site.context import Actor, acting
from reminet_site.roles import Role, Verb
from tests import people, world
from tests.integration.attack_routes import SYSTEM, rows

pytestmark = pytest.mark.campaign


@pytest.fixture
def dijon(clone, settings):
    from tests import allocations

    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    cache.clear()
    made = world.small()
    allocations.scheme()
    allocations.deliver(12)
    with allocations.everybody_eligible():
        allocations.supply(made.centre, 6)
        yield made


def signed(here, kind):
    """(who, where, what, the table that must hold one row more) of an act that is done once."""
    from tests import allocations

    if kind == "randomise":
        levels = allocations.levels_of(here.participant)
        form = {f"stratum.{name}": level for name, level in levels.items()}
        path = reverse("randomisation:gate", args=[here.ids["code"]])
        return [(here.investigator, path, form)], "randomisation_allocation"
    if kind == "lock":
        form = {"reason": "the end"}
        manager = people.person(Role.DATA_MANAGER)
        return [(manager, reverse("analysis:trial_lock"), form)], "crf_triallock"
    if kind == "opening":
        lock(here)
        asks = people.person(Role.TRIAL_STATISTICIAN)
        return [
            (asks, reverse("analysis:trial_opening"), {"reason": "end"})
        ], "analysis_blindopening"
    if kind == "dispense":
        allocations.randomise(here.participant)
        path = reverse("randomisation:dispense", args=[here.ids["code"], "INJ-02"])
        return [(here.investigator, path, {"early": "yes"})], "randomisation_dispensing"
    user = people.person(Role.MONITOR)
    path = reverse("person", args=[user.pk])
    form = {"act": "give", "role": "auditor", "centre": "", "reason": "audits the trial"}
    return [(people.person(Role.ADMINISTRATOR), path, form)], "reminet_site_grant"


def lock(here):
    from crf import actions_lock

    with acting(SYSTEM):
        actions_lock.lock_trial(reason="the end", by=SYSTEM)


KINDS = ("randomise", "lock", "opening", "dispense", "grant")


def counted(table):
    return len(rows(table)[0])


@pytest.mark.attack("twice")
@pytest.mark.promise("RN-02")
@pytest.mark.parametrize("kind", KINDS)
def test_the_same_form_sent_again_is_done_once(dijon, tried, kind):
    """The same session, token and password, three times."""
    acts, table = signed(dijon, kind)
    before = counted(table)
    for user, path, form in acts:
        client = people.sign_in(Client(raise_request_exception=False), user)
        answers = [
            client.post(path, form | {"password": people.PASSWORD}).status_code for _ in range(3)
        ]
        [tried(path) for _ in answers]
    assert answers[0] == 302
    assert all(code in (302, 409, 422) for code in answers)
    assert counted(table) == before + 1


@pytest.mark.attack("races")
@pytest.mark.promise("RN-02")
@pytest.mark.parametrize("kind", KINDS)
def test_the_same_form_from_six_browsers_at_once_is_done_once(dijon, tried, kind):
    acts, table = signed(dijon, kind)
    before = counted(table)
    user, path, form = acts[0]
    browsers = [people.sign_in(Client(raise_request_exception=False), user) for _ in range(6)]
    start = threading.Barrier(6)

    def send(client):
        start.wait()
        try:
            return client.post(path, form | {"password": people.PASSWORD}).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(send, browsers))
    [tried(path) for _ in answers]
    assert 302 in answers
    assert all(code in (302, 409, 422) for code in answers), answers
    assert counted(table) == before + 1


@pytest.mark.attack("races")
@pytest.mark.promise("AT-10")
def test_a_redaction_confirmed_by_two_at_once_is_done_once(dijon, tried):
    from crf import actions as crf_actions
    from reminet_site.trail import actions

    here = dijon
    consent = {"signed": ["yes"], "consent_date": ["2016-01-12"], "copy_given": ["yes"]}
    by = Actor.of(here.investigator, Verb.ENTER_DATA)
    for version, text in enumerate(("a canary of nine", "2.1")):
        with acting(by):
            crf_actions.save_entry(
                participant=here.participant, visit="SCR", form="CONSENT", version=version,
                raw=consent | {"information_version": [text]}, reason="typed wrongly", by=by,
            )  # fmt: skip
    with acting(SYSTEM), connection.cursor() as cursor:
        cursor.execute("SELECT id FROM audit.trail WHERE new LIKE '%canary%'")
        row = cursor.fetchone()[0]
    asks = Actor.of(people.person(Role.DATA_MANAGER), Verb.REDACT)
    with acting(asks):
        made = actions.request_redaction(row=row, side="new", reason="Identifies a person", by=asks)
    user = people.person(Role.PRINCIPAL_INVESTIGATOR, here.centre)
    path = reverse("redaction", args=[made.pk])
    start = threading.Barrier(4)

    def confirm(_n):
        client = people.sign_in(Client(raise_request_exception=False), user)
        start.wait()
        try:
            return client.post(path, {"password": people.PASSWORD}).status_code
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(confirm, range(4)))
    [tried(path) for _ in answers]
    assert answers.count(302) == 1, answers
    with acting(SYSTEM), connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM audit.trail WHERE act = 'redact'")
        assert cursor.fetchone()[0] == 2  # the row that set it, and the row that changed it
