"""The transaction of a request: opened with its first statement, on a connection that lives."""

import pytest
from django.db import DatabaseError, connection
from django.test import Client

from reminet_site.context import Actor, acting
from reminet_site.models import Centre
from reminet_site.roles import Role
from tests import people
from tests.conftest import superuser

EVERYONE = Actor.system("tests")
SETTING = "SELECT current_setting('reminet.actor', true)"


def actor_now() -> str:
    with connection.cursor() as cursor:
        cursor.execute(SETTING)
        return cursor.fetchone()[0] or ""


@pytest.mark.django_db
def test_the_first_statement_is_run_by_the_actor():
    people.centre()
    with acting(EVERYONE, with_first=True):
        assert actor_now() == "tests"
        assert Centre.objects.get().name == "CHU Dijon"
    assert actor_now() == ""


@pytest.mark.django_db
def test_nothing_is_left_behind_where_nothing_was_asked():
    with acting(EVERYONE, with_first=True):
        pass
    assert connection.execute_wrappers == []


def test_a_first_statement_that_fails_says_what_and_leaves_nothing(clone):
    with (
        pytest.raises(DatabaseError, match="no_such_table"),
        acting(EVERYONE, with_first=True),
        connection.cursor() as cursor,
    ):
        cursor.execute("SELECT 1 FROM no_such_table")
    assert connection.execute_wrappers == []
    assert actor_now() == ""


@pytest.mark.promise("AC-02")
def test_the_next_transaction_knows_nothing_of_the_one_before(clone):
    with acting(EVERYONE, with_first=True):
        actor_now()
    assert actor_now() == ""


def test_a_request_after_a_restart_of_the_database_is_answered(clone):
    client = people.sign_in(Client(), people.person(Role.ADMINISTRATOR))
    assert client.get("/people/").status_code == 200
    connection.ensure_connection()
    connection.settings_dict["CONN_HEALTH_CHECKS"] = False
    superuser(  # and wait until they are gone
        "SELECT pg_terminate_backend(pid, 20000) FROM pg_stat_activity "
        f"WHERE datname = '{clone}' AND pid <> pg_backend_pid()"
    )
    assert client.get("/people/").status_code == 200
