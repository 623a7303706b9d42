"""The shortcut of a demonstration: its listed accounts sign in by password alone."""

import pytest
from django.db import connections

from reminet_site.context import Actor, acting
from reminet_site.models import User
from reminet_site.roles import Role
from tests import people
from tests.integration.access.test_second_step import INDEX, by_password


@pytest.mark.promise("SE-01")
def test_only_the_listed_accounts_of_a_demonstration_go_without(clone):
    with acting(Actor.system("tests"), using="owner"), connections["owner"].cursor() as cursor:
        cursor.execute(
            "INSERT INTO reminet_site_deployment (id, demonstration, seed, created_at) "
            "VALUES (1, true, 'seed', now()) "
            "ON CONFLICT (id) DO UPDATE SET demonstration = true"
        )
    with acting(Actor.system("tests")):
        listed = User(email="monitor@demonstration.invalid", name="Monitor")
        listed.password = people.hashed()
        listed.save()
    client, _ = by_password(listed)
    assert not client.get("/").headers.get("Location", "").startswith(INDEX)
    client, _ = by_password(people.person(Role.MONITOR))
    assert client.get("/")["Location"].startswith(INDEX)
