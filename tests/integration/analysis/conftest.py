import pytest

from analysis import actions, broker
from analysis.models import BlindOpening
from crf import actions_lock
from crf.models import Participant
from randomisation.arms.doors import table
from reminet_site.context import Actor, acting
from reminet_site.roles import Role, Verb
from tests import people
from tests.integration.analysis import trial


@pytest.fixture
def built(db):
    return trial.build()


@pytest.fixture
def arms(built, monkeypatch):
    """Arms for the small trial, as if the vault had them: the first three LAN, the others PBO."""
    with acting(trial.TESTS):
        numbers = list(Participant.objects.order_by("number").values_list("randomisation_number"))
    of = {number: "LAN" if i < 3 else "PBO" for i, (number,) in enumerate(numbers)}
    monkeypatch.setattr(table, "table", lambda *, by, reason: dict(of))
    return of


def actor(role: Role, verb: Verb) -> Actor:
    return Actor.of(people.person(role), verb)


@pytest.fixture
def opened(built) -> BlindOpening:
    """The trial is locked and two persons have opened the blind."""
    manager = actor(Role.DATA_MANAGER, Verb.LOCK_TRIAL)
    with acting(manager):
        actions_lock.lock_trial(reason="end", by=manager)
    sponsor = actor(Role.SPONSOR_MANAGER, Verb.OPEN_BLIND)
    with acting(sponsor):
        actions.request_opening(reason="primary analysis", by=sponsor)
    statistician = actor(Role.TRIAL_STATISTICIAN, Verb.OPEN_BLIND)
    with acting(statistician):
        return actions.confirm_opening(by=statistician)


@pytest.fixture
def sent(monkeypatch):
    """What would go to the broker: (task, ids)."""
    found = []
    monkeypatch.setattr(broker, "after_commit", lambda task, *ids, **_: found.append((task, ids)))
    return found


@pytest.fixture
def signed(client):
    """client_of(role): the test client signed in as that persona."""

    def as_role(role: Role):
        people.sign_in(client, people.person(role, people.centre()))
        return client

    return as_role
