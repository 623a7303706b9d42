"""The transaction of a request: opened with its first statement, on a connection that lives."""

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from psycopg.pq import TransactionStatus

from reminet_site.context import ONE_MOMENT, Actor, acting, because, one_trip
from reminet_site.errors import NotAllowed
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


def test_within_another_that_has_sent_nothing_the_inner_one_acts(clone):
    with acting(EVERYONE, with_first=True), acting(Actor.system("inner"), with_first=True):
        assert actor_now() == "inner"


def test_where_it_cannot_be_said_who_acts_nobody_does(clone, monkeypatch):
    """What fails before the transaction leaves nobody behind for the next one."""
    with monkeypatch.context() as broken:
        broken.setattr(Actor, "settings", lambda actor: 1 / 0)
        with pytest.raises(ZeroDivisionError), acting(EVERYONE):
            pass
    with pytest.raises(NotAllowed), because("nobody acts"):
        pass


def setting(name: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_setting(%s)", [name])
        return cursor.fetchone()[0]


@pytest.mark.parametrize("logged", [False, True])
def test_what_is_said_of_a_transaction_is_true_of_its_first_statement(clone, logged):
    connection.force_debug_cursor = logged
    try:
        patient = "SET LOCAL lock_timeout TO '7s'"
        with acting(EVERYONE, with_first=True, such=(*ONE_MOMENT, patient)):
            assert setting("transaction_isolation") == "repeatable read"
            assert setting("lock_timeout") == "7s"
        with acting(EVERYONE, with_first=True):
            assert setting("transaction_isolation") == "read committed"
            assert setting("lock_timeout") != "7s"
    finally:
        connection.force_debug_cursor = False


def test_statements_that_travel_together_are_of_one_transaction(clone):
    with acting(EVERYONE, with_first=True):
        with one_trip(), connection.cursor() as one, connection.cursor() as other:
            one.execute("SELECT pg_current_xact_id()")
            other.execute("SELECT pg_current_xact_id(), current_setting('reminet.actor')")
            number, actor = other.fetchone()
            assert one.fetchone() == (number,)
        assert actor == "tests"
        assert actor_now() == "tests"
        # psycopg knows that it is in a transaction: a cursor of the server ends with it
        assert connection.connection.autocommit is False
    with transaction.atomic():
        with one_trip(), connection.cursor() as cursor:
            cursor.execute("SELECT pg_current_xact_id()")
        assert connection.connection.info.transaction_status == TransactionStatus.INTRANS
    with one_trip():
        assert actor_now() == ""  # each by itself, where there is no transaction
    assert connection.connection.info.transaction_status == TransactionStatus.IDLE


def rename_and_fail() -> None:
    with acting(EVERYONE, with_first=True), one_trip(), connection.cursor() as cursor:
        cursor.execute("UPDATE reminet_site_centre SET name = 'Elsewhere'")
        cursor.execute("SELECT 1 FROM no_such_table")


def test_the_one_that_fails_of_those_together_undoes_all(clone):
    people.centre()
    with pytest.raises(DatabaseError, match="no_such_table"):
        rename_and_fail()
    with acting(EVERYONE, with_first=True):
        assert Centre.objects.get().name == "CHU Dijon"


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
