"""Attacks on the lock and on the opening of the blind: by the actions, and by the tables under
them."""

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest
from django.db import connection

from crf import actions_lock, study
from crf.actions import screen_participant
from crf.models import Entry, NormalRange, TrialLock
from reminet_site.clock import clinical_today, now
from reminet_site.context import Actor, acting
from reminet_site.roles import Role, Verb
from tests import allocations, people
from tests.allocations import SYSTEM

pytestmark = [pytest.mark.attack("vault")]


@pytest.fixture
def dijon(database):
    with allocations.supplied_centre(15) as here:
        yield here


@pytest.fixture
def treated(dijon):
    """Three participants, randomised."""
    return allocations.treated(dijon, 3)


def lock():
    by = Actor.system("tests")
    with acting(by):
        actions_lock.lock_trial(reason="tests", by=by)


def entry(participant, form):
    """An entry as the table takes it, past the actions."""
    Entry.objects.create(
        participant=participant,
        centre=participant.centre,
        visit="SCR",
        form=form,
        number=1,
        definition_id=study.current().pk,
        data={},
        derived=[],
        comments={},
        filled=0,
        expected=0,
        saved_at=now(),
    )


@pytest.mark.clones
@pytest.mark.promise("DI-07")
def test_a_lock_waits_for_the_save_that_began_before_it(treated, dijon):
    """Else the entry would come to stand after the lock."""
    done = []

    def locker():
        try:
            lock()
            done.append("locked")
        finally:
            connection.close()

    thread = threading.Thread(target=locker)
    with acting(SYSTEM):
        entry(treated[0], "CONSENT")
        thread.start()
        thread.join(1.5)
        assert not done
    thread.join(20)
    assert done


@pytest.mark.promise("DI-07")
def test_no_way_past_the_lock(treated, dijon):
    """By the actions, and by the tables under them."""
    from randomisation import actions

    lock()
    ways = {
        "screen": lambda: screen_participant(
            centre=dijon, screened_on=clinical_today(dijon), by=SYSTEM
        ),
        "participant": lambda: allocations.participants(dijon, 1, first=50),
        "kit": lambda: actions.dispense(participant=treated[0], visit="INJ-02", by=SYSTEM),
        "strata": lambda: actions.correct_strata(
            participant=treated[0], factor="grade", corrected="G1", reason="was wrong", by=SYSTEM
        ),
        "limits": lambda: NormalRange.objects.create(
            centre=dijon, item="LAB.x", low=1, high=2, since=clinical_today(dijon), at=now()
        ),
        "entry": lambda: entry(treated[0], "DEMOG"),
    }
    went = [name for name, way in ways.items() if not refused_as_locked(way)]
    assert not went


def refused_as_locked(way):
    try:
        with acting(SYSTEM):
            way()
    except Exception as error:
        return "locked" in str(error)
    return False


@pytest.mark.promise("DI-07")
def test_an_open_blind_keeps_the_lock(treated, dijon):
    from analysis import actions

    lock()
    first = Actor.of(people.person(Role.TRIAL_STATISTICIAN), Verb.OPEN_BLIND)
    second = Actor.of(people.person(Role.SPONSOR_MANAGER), Verb.OPEN_BLIND)
    with acting(first):
        actions.request_opening(reason="the end", by=first)
    with acting(second):
        actions.confirm_opening(by=second)
    with pytest.raises(Exception, match="stay locked"), acting(SYSTEM):
        TrialLock.objects.create(locked=False, reason="x", open_queries=0, at=now())


@pytest.mark.clones
@pytest.mark.promise("AC-05")
def test_one_person_with_two_roles_opens_nothing(treated, dijon):
    """Both roles in one account; ten confirmations at once; the columns set by hand."""
    from analysis import actions
    from reminet_site.models import Grant

    lock()
    user = people.person(Role.TRIAL_STATISTICIAN)
    with acting(SYSTEM):
        Grant.objects.create(user=user, role=Role.SPONSOR_MANAGER, granted_at=now())
    asks = Actor(user.pk, user.name, Role.TRIAL_STATISTICIAN, None)
    agrees = Actor(user.pk, user.name, Role.SPONSOR_MANAGER, None)
    with acting(asks):
        actions.request_opening(reason="the end", by=asks)
    start = threading.Barrier(5)

    def confirm(_n):
        start.wait()
        try:
            with acting(agrees):
                actions.confirm_opening(by=agrees)
            return True
        except Exception:
            return False
        finally:
            connection.close()

    with ThreadPoolExecutor(5) as pool:
        assert not any(pool.map(confirm, range(5)))
    with pytest.raises(Exception, match="two_persons"), acting(SYSTEM):
        connection.cursor().execute(
            "UPDATE analysis_blindopening SET confirmed_at = now(), "
            f"confirmed_by_id = {user.pk}, confirmed_role = 'sponsor_manager'"
        )
