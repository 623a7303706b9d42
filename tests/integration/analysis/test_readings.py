"""Who read unblinded information stands on a page, for unblinded people and nobody else."""

import csv

import pytest
from django.db import connection
from django.db.utils import ProgrammingError
from django.test import Client
from django.urls import reverse

from analysis import actions, tasks_unblinded
from analysis.models import Look
from randomisation import readings
from randomisation.arms import reading
from randomisation.arms.role import vault
from reminet_site.context import Actor, acting
from reminet_site.roles import BLINDED_ROLES, RIGHTS, Role, Verb
from tests import people
from tests.integration.analysis import trial
from tests.integration.analysis.conftest import actor

pytestmark = [pytest.mark.django_db, pytest.mark.promise("BL-09")]
PAGE, FILE = (reverse(f"randomisation:{name}") for name in ("readings", "readings_file"))
READERS = (Role.CUSTODIAN, Role.SUPPLY_MANAGER)


def client_of(role: Role) -> Client:
    return people.sign_in(Client(), people.person(role, people.centre()))


def logged(n: int, name: str = "Ada Roy") -> None:
    by = Actor(7, name, "dmc_member", None)
    with acting(by), vault() as cursor:
        for number in range(n):
            reading.log(cursor, door="results", by=by, what=f"run-{number:02d}", reason="look 1")


@pytest.fixture
def look(arms, sent) -> Look:
    """A look of the committee is made; nobody has read it yet."""
    by = actor(Role.DMC_STATISTICIAN, Verb.RUN_LOOK)
    with acting(by):
        made = actions.ask_look(reason="first planned look", by=by)
    tasks_unblinded.dmc_look(made.run_id)
    return Look.objects.get(pk=made.pk)


def test_what_the_unblinded_statistician_reads_appears(look):
    custodian, statistician = client_of(Role.CUSTODIAN), client_of(Role.DMC_STATISTICIAN)
    before = custodian.get(PAGE).content.decode()
    assert look.run.name not in before
    shown = statistician.get(reverse("analysis:dmc")).content.decode()
    assert "LAN" in shown, "the statistician has read results by arm"
    after = custodian.get(PAGE).content.decode()
    for told in ("DMC statistician, unblinded", "results by arm", look.run.name, "look 1"):
        assert told in after, told
    [row] = csv.DictReader(custodian.get(FILE).content.decode().splitlines())
    assert (row["who"], row["role"], row["door"], row["what"], row["reason"]) == (
        "DMC statistician, unblinded",
        "dmc_statistician",
        "results",
        look.run.name,
        "look 1",
    )
    assert row["at"]


def test_it_says_no_arm_itself(look):
    client_of(Role.DMC_STATISTICIAN).get(reverse("analysis:dmc"))
    for address in (PAGE, FILE):
        answer = client_of(Role.CUSTODIAN).get(address)
        assert not {"LAN", "PBO", "lanreotide", "placebo"} & set(answer.content.decode().split())
        assert b'class="unblinded"' not in answer.content


@pytest.mark.parametrize("role", sorted(BLINDED_ROLES))
def test_nobody_blinded_reads_it(role):
    logged(1)
    for address in (PAGE, FILE):
        answer = client_of(role).get(address)
        assert answer.status_code == 403
        assert b"Ada Roy" not in answer.content
        assert b"run-00" not in answer.content


def test_the_right_is_of_unblinded_roles_alone():
    holders = {role for role in Role if Verb.READ_READINGS in RIGHTS[role]}
    assert holders == set(READERS)
    assert not holders & BLINDED_ROLES


@pytest.mark.parametrize("role", READERS)
def test_older_rows_come_by_key_and_the_file_has_all(role):
    logged(readings.PAGE + 5)
    client = client_of(role)
    first = client.get(PAGE).content.decode()
    assert "run-54" in first
    assert "run-04" not in first
    older = first.split('href="?older=')[1].split('"')[0]
    assert "run-04" in client.get(PAGE, {"older": older}).content.decode()
    assert len(client.get(FILE).content.decode().splitlines()) == readings.PAGE + 6


def test_taking_the_file_is_in_the_trail_and_looking_is_not_a_reading():
    logged(1)
    client = client_of(Role.CUSTODIAN)
    client.get(PAGE)
    client.get(FILE)
    with acting(trial.TESTS), connection.cursor() as cursor:
        cursor.execute("SELECT actor FROM audit.trail WHERE act = 'export'")
        assert cursor.fetchall() == [("Custodian of the lists",)]
    with acting(trial.TESTS):
        assert len(list(readings.every_reading())) == 1


def test_a_formula_in_a_name_is_none_in_the_file():
    logged(1, name="=1+1")
    assert ",'=1+1," in client_of(Role.CUSTODIAN).get(FILE).content.decode()


@pytest.mark.parametrize("statement", ["DELETE FROM", "TRUNCATE", "UPDATE"])
def test_the_log_is_kept(statement):
    sets = " SET actor = ''" if statement == "UPDATE" else ""
    with pytest.raises(ProgrammingError, match="denied"), acting(trial.TESTS), vault() as cursor:
        cursor.execute(f"{statement} arms.reading{sets}")
