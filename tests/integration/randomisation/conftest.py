import pytest
from django.core import mail
from django.test import Client

from reminet_site.context import acting
from reminet_site.roles import Role
from tests import allocations
from tests.allocations import SYSTEM
from tests.integration.analysis import trial
from tests.people import centre, person, sign_in


@pytest.fixture
def dijon(database):
    """An open centre, a scheme, and a gate open to all."""
    allocations.scheme()
    with allocations.everybody_eligible():
        yield centre()


@pytest.fixture
def treated(dijon):
    """Two participants who are randomised, and whose consent is entered."""
    allocations.deliver(10)
    allocations.supply(dijon, 6)
    found = allocations.treated(dijon, 2)
    with acting(SYSTEM):
        for one in found:
            trial.entry(one, "CONSENT", "SCR", {"signed": "yes", "consent_date": "2020-01-02"}, -9)
    return found


@pytest.fixture
def stocked(dijon, settings):
    settings.EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
    mail.outbox = []
    allocations.deliver(10)
    allocations.supply(dijon, 4)
    return dijon


@pytest.fixture
def investigator(stocked):
    return sign_in(Client(), person(Role.INVESTIGATOR, stocked))
