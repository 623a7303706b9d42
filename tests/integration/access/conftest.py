"""Two administrators, a sponsor manager, a small trial; passwords that cost nothing to check."""

import pytest
from django.core.cache import cache
from django.test import Client

from reminet_site.roles import Role
from tests import people, world


@pytest.fixture
def cheap(db):
    cache.clear()  # allauth counts there


@pytest.fixture
def here(cheap):
    return world.small()


@pytest.fixture
def first(cheap):
    """An administrator's browser."""
    return people.sign_in(Client(), people.person(Role.ADMINISTRATOR))


@pytest.fixture
def second(cheap):
    """Another administrator's."""
    other = people.person(Role.ADMINISTRATOR, name="second.administrator")
    return people.sign_in(Client(), other)


@pytest.fixture
def sponsor(cheap):
    return people.sign_in(Client(), people.person(Role.SPONSOR_MANAGER))
