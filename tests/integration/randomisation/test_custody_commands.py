"""What the custodian does at a terminal: a list that grows, envelopes for when nothing runs."""

import hashlib
import json

import pytest
from django.core import mail
from django.core.management import CommandError, call_command
from django.db import connection
from django.db.utils import ProgrammingError

from randomisation import envelopes
from randomisation.arms.doors import table
from randomisation.arms.role import vault
from randomisation.models import UnblindingRecord
from reminet_site.context import acting
from reminet_site.roles import Role
from tests import allocations, people
from tests.allocations import SYSTEM, participants, randomise

FIRST, MORE = "number,arm\n1,PBO\n2,LAN\n", "number,arm\n3,LAN\n4,PBO\n"
WORDS = "eleven grey herons at the weir"


def written(tmp_path, name, text):
    path = tmp_path / name
    path.write_text(text)
    return str(path), hashlib.sha256(path.read_bytes()).hexdigest()


@pytest.fixture
def listed(database, tmp_path, monkeypatch):
    """A trial by an imported list of two places, with its custodian and its sponsor's manager."""
    monkeypatch.setattr("getpass.getpass", lambda *_: people.PASSWORD)
    allocations.scheme(method="list", stratified_by=[])
    path, sha = written(tmp_path, "list.csv", FIRST)
    call_command("custody", "import-list", path, sha256=sha)
    dijon = people.centre()
    return {role: people.person(role, dijon).email for role in Role}


def append(tmp_path, text, by, second):
    path, sha = written(tmp_path, "more.csv", text)
    call_command("custody", "append-list", path, sha256=sha, by=by, second=second)


@pytest.mark.promise("RN-08")
def test_two_persons_add_places_and_the_trail_has_both(listed, tmp_path):
    append(tmp_path, MORE, listed[Role.CUSTODIAN], listed[Role.SPONSOR_MANAGER])
    with acting(SYSTEM):
        with vault() as cursor:
            cursor.execute("SELECT number, position FROM arms.imported_list ORDER BY position")
            assert cursor.fetchall() == [("1", 1), ("2", 2), ("3", 3), ("4", 4)]
            cursor.execute("SELECT reason FROM arms.reading ORDER BY id DESC LIMIT 1")
            assert cursor.fetchone() == ("append, Sponsor manager",)
        with connection.cursor() as cursor:
            cursor.execute("SELECT t.actor, t.new FROM audit.trail t WHERE act = 'append_list'")
            [(actor, detail)] = cursor.fetchall()
    assert actor == "Custodian of the lists"
    assert detail.startswith("2 places, SHA-256 ")
    assert detail.endswith("agreed by Sponsor manager")
    with allocations.everybody_eligible():
        dijon = people.centre()
        allocations.deliver(10)
        allocations.supply(dijon, 8)
        for one in participants(dijon, 4):
            randomise(one)
    with acting(SYSTEM):
        arms = list(table.table(by=SYSTEM, reason="test").values())
    assert arms == ["PBO", "LAN", "LAN", "PBO"]
    call_command("custody", "check")


@pytest.mark.promise("RN-08")
@pytest.mark.parametrize(
    ("text", "by", "second", "says"),
    [
        (MORE, Role.CUSTODIAN, Role.CUSTODIAN, "somebody else"),
        (MORE, Role.CUSTODIAN, Role.INVESTIGATOR, "roles do not include"),
        (MORE, Role.ADMINISTRATOR, Role.SPONSOR_MANAGER, "roles do not include"),
        ("number,arm\n2,LAN\n5,PBO\n", Role.CUSTODIAN, Role.SPONSOR_MANAGER, "Number 2 stands"),
        ("number,arm\n5,LAN\n6,LAN\n", Role.CUSTODIAN, Role.SPONSOR_MANAGER, "keep the ratio"),
    ],
)
def test_anything_less_adds_nothing(listed, tmp_path, text, by, second, says):
    with pytest.raises(CommandError, match=says):
        append(tmp_path, text, listed[by], listed[second])
    with acting(SYSTEM), vault() as cursor:
        cursor.execute("SELECT count(*) FROM arms.imported_list")
        assert cursor.fetchone() == (2,)


@pytest.mark.promise("RN-08")
@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE arms.imported_list SET sealed = ''",
        "DELETE FROM arms.imported_list",
        "TRUNCATE arms.imported_list",
        "UPDATE public.randomisation_scheme SET plan = '{}'",
    ],
)
def test_nobody_edits_or_erases_the_list_or_the_plan(listed, statement):
    with pytest.raises(ProgrammingError, match="denied"), acting(SYSTEM), vault() as cursor:
        cursor.execute(statement)


@pytest.mark.promise("BL-08")
@pytest.mark.clones
def test_an_envelope_opened_while_the_service_was_down_is_recorded_when_it_is_back(
    dijon, tmp_path, monkeypatch, capsys
):
    allocations.deliver(6)
    allocations.supply(dijon, 5)
    people.person(Role.SAFETY_PHYSICIAN)
    for one in participants(dijon, 2):
        randomise(one)
    monkeypatch.setattr("getpass.getpass", lambda *_: WORDS)
    path = tmp_path / "envelopes.json"
    call_command("custody", "sealed-envelopes", str(path))
    with acting(SYSTEM):
        arms = table.table(by=SYSTEM, reason="test")

    # no service, no database: the file and the script
    monkeypatch.setattr("builtins.input", lambda asked: "Dr Roy" if "Who" in asked else "bleeding")
    capsys.readouterr()
    envelopes.main([str(path), "R-0002"])
    assert capsys.readouterr().out == f"R-0002: {arms['R-0002']}\n"

    opened = str(path) + ".opened"
    at = json.loads((tmp_path / "envelopes.json.opened").read_text())["at"]
    for _ in "ab":  # the second time finds it recorded
        call_command("custody", "opened", opened)
    with acting(SYSTEM):
        record = UnblindingRecord.objects.select_related("participant").get()
        with vault() as cursor:
            cursor.execute("SELECT what, reason FROM arms.reading WHERE door = 'envelope'")
            assert cursor.fetchall() == [("R-0002", "opened by Dr Roy")]
    assert record.participant.randomisation_number == "R-0002"
    assert record.at.isoformat() == at
    assert record.reason == "Envelope opened by Dr Roy while the service was down: bleeding"
    [alarm] = mail.outbox
    assert "Dr Roy" in alarm.body
    assert arms["R-0002"] not in alarm.subject + alarm.body
