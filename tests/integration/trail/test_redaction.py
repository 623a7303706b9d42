"""Two persons take a value out of the trail: it is gone, the tombstone stays, `verify` is green."""

import pytest
from django.db import DatabaseError, connection, transaction
from django.test import Client
from django.urls import reverse

from reminet_site.context import Actor, acting
from reminet_site.errors import NotThere, Refusal
from reminet_site.models import Redaction
from reminet_site.roles import Role, Verb
from reminet_site.trail import actions, anchor
from tests import people
from tests.conftest import superuser
from tests.integration.trail.conftest import rename

pytestmark = pytest.mark.promise("AT-10")
SECRET = "CH Jeanne Martin 0612345678"
WHY = "a person is named in it"


@pytest.fixture
def typed(trail):
    """The value was typed as the centre's name, and corrected: two rows hold it."""
    centre = people.centre("FR-11")
    rename(centre, SECRET)
    rename(centre, "CH de Beaune")
    anchor.make()
    return trail


def by(role: Role, name: str = "") -> Actor:
    return Actor.of(people.person(role, people.centre("FR-11"), name), Verb.REDACT)


def rows(trail) -> list[int]:
    found = trail.ask(
        f"SELECT id FROM audit.trail WHERE old = '{SECRET}' OR new = '{SECRET}' ORDER BY 1"
    )
    return [pk for (pk,) in found]


def requested(row: int, side: str = "new", reason: str = WHY) -> Redaction:
    first = by(Role.DATA_MANAGER)
    with acting(first):
        return actions.request_redaction(row=row, side=side, reason=reason, by=first)


def confirmed(asked: Redaction, second: Actor) -> int:
    with acting(second):
        return actions.confirm_redaction(pk=asked.pk, by=second)


def test_two_persons_take_the_value_and_leave_a_tombstone(typed):
    written, corrected = rows(typed)
    asked = requested(written)
    assert rows(typed) == [written, corrected]
    assert confirmed(asked, by(Role.PRINCIPAL_INVESTIGATOR)) == 2
    assert rows(typed) == []
    assert SECRET not in typed.export().read_text()
    tombstones = typed.ask(
        "SELECT t.actor, t.reason, t.new FROM audit.trail t WHERE t.act = 'redact' ORDER BY t.id"
    )
    assert tombstones == [
        ("Principal investigator FR-11", WHY, "new value of row 8, asked for by Data manager"),
        ("Principal investigator FR-11", WHY, "old value of row 9, asked for by Data manager"),
    ]
    said = typed.verify("--key", anchor.public_key())
    assert said.status == 0, said.text
    assert "2 rows redacted" in said.text


@pytest.mark.promise("AT-03")
def test_a_false_tombstone_is_an_edit_like_any_other(typed):
    typed.tamper(f"UPDATE audit.trail SET new = NULL, new_salt = NULL WHERE new = '{SECRET}'")
    said = typed.verify()
    assert said.status == 1
    assert f"{typed.chain} row 8: a value is gone and no redaction says why" in said.text
    with pytest.raises(DatabaseError), acting(Actor.system("x")), connection.cursor() as cursor:
        cursor.execute("SELECT audit.act('redact', '8', NULL, NULL, 'x')")


def test_nobody_confirms_himself(typed):
    asked = requested(rows(typed)[0])
    with pytest.raises(Refusal, match="second person"):
        confirmed(asked, by(Role.DATA_MANAGER))
    assert len(rows(typed)) == 2


def test_the_value_must_be_corrected_first(typed):
    rename(people.centre("FR-11"), SECRET)
    asked = requested(rows(typed)[0])
    with pytest.raises(Refusal, match="still stands"):
        confirmed(asked, by(Role.PRINCIPAL_INVESTIGATOR))
    assert len(rows(typed)) == 3


@pytest.mark.parametrize("reason", ["", "short", f"it says {SECRET}"])
def test_a_reason_is_needed_and_does_not_repeat_the_value(typed, reason):
    with pytest.raises(Refusal):
        requested(rows(typed)[0], reason=reason)


def test_what_the_service_wrote_itself_is_not_redacted(typed):
    """The columns of a signature: without them it would prove nothing."""
    requested(rows(typed)[0])  # which is signed
    (row,) = typed.ask(
        "SELECT id FROM audit.trail WHERE relation = 'reminet_site_signature' AND item = '#sha256'"
    )
    with pytest.raises(Refusal, match="nothing that somebody typed"):
        requested(row[0])


def test_another_centre_asks_and_confirms_nothing(typed):
    stranger = Actor.of(people.person(Role.PRINCIPAL_INVESTIGATOR, people.centre()), Verb.REDACT)
    written = rows(typed)[0]
    with pytest.raises(NotThere), acting(stranger):
        actions.request_redaction(row=written, side="new", reason=WHY, by=stranger)
    asked = requested(written)
    with pytest.raises(NotThere):
        confirmed(asked, stranger)


@pytest.mark.promise("AT-02")
@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE reminet_site_redaction SET confirmed_by_id = requested_by_id + 1",
        "UPDATE reminet_site_redaction SET done_at = now()",
        "DELETE FROM reminet_site_redaction",
        "INSERT INTO reminet_site_redaction (trail_id, side, reason, requested_by_id, requested_at,"
        " confirmed_by_id) SELECT id, 'new', 'x', 1, now(), 2 FROM audit.trail LIMIT 1",
        "INSERT INTO reminet_site_redaction (trail_id, side, reason, requested_by_id, requested_at)"
        " SELECT id, 'new', 'x', 1, now() FROM audit.trail LIMIT 1",
        "UPDATE audit.trail SET new = NULL, new_salt = NULL",
        "SELECT audit.redact(max(id)) FROM reminet_site_redaction",
    ],
)
def test_the_application_cannot_do_it_by_itself(typed, sql):
    requested(rows(typed)[0])
    first = by(Role.DATA_MANAGER)
    with pytest.raises(DatabaseError), acting(first), transaction.atomic():
        connection.cursor().execute(sql)
    assert len(rows(typed)) == 2


@pytest.mark.promise("AT-02")
@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE audit.trail SET new = NULL, new_salt = NULL",
        "UPDATE audit.trail SET new = 'x' WHERE new IS NOT NULL",
        "DELETE FROM audit.trail",
        "TRUNCATE audit.trail",
    ],
)
def test_not_even_a_superuser_while_the_triggers_stand(typed, sql):
    import psycopg

    requested(rows(typed)[0])
    with pytest.raises(psycopg.Error, match="append-only"):
        superuser(sql, typed.database)


@pytest.mark.promise("AT-02")
@pytest.mark.parametrize(
    "more", ["actor = 'x'", "hash = previous", "item = '#code'", "new_commitment = NULL"]
)
def test_a_redaction_that_is_carried_out_empties_a_value_and_nothing_else(typed, more):
    import psycopg

    written, _ = rows(typed)
    requested(written)
    second = people.person(Role.PRINCIPAL_INVESTIGATOR, people.centre("FR-11"))
    both = (
        "SET reminet.actor = 'tests'; UPDATE reminet_site_redaction"
        f" SET confirmed_by_id = {second.pk}"
    )
    emptied = "UPDATE audit.trail SET new = NULL, new_salt = NULL"
    with pytest.raises(psycopg.Error, match="append-only"):
        superuser(f"{both}; {emptied}, {more} WHERE id = {written}", typed.database)
    with pytest.raises(psycopg.Error, match="append-only"):  # of another item
        superuser(f"{both}; {emptied} WHERE item <> '#name'", typed.database)
    assert len(rows(typed)) == 2
    superuser(f"{both}; {emptied} WHERE id = {written}", typed.database)
    assert len(rows(typed)) == 1


def test_by_the_pages(typed):
    manager = people.sign_in(Client(), people.person(Role.DATA_MANAGER))
    local = people.sign_in(
        Client(), people.person(Role.PRINCIPAL_INVESTIGATOR, people.centre("FR-11"))
    )
    written, _corrected = rows(typed)
    address = reverse("redactions")
    assert SECRET in manager.get(address, {"row": written}).content.decode()
    again = {"password": people.PASSWORD}
    manager.post(address, {"row": written, "side": "new", "reason": WHY})
    assert not Redaction.objects.exists()
    manager.post(address, {"row": written, "side": "new", "reason": WHY} | again)
    with acting(Actor.system("tests")):
        asked = Redaction.objects.latest("pk")
    assert "waits for a second person" in manager.get(address).content.decode()
    one = reverse("redaction", args=[asked.pk])
    assert manager.post(one, again).status_code == 422
    assert local.post(one).status_code == 422
    assert one in local.get(address).content.decode()
    assert local.post(one, again).status_code == 302
    text = local.get(reverse("trail")).content.decode()
    assert "redacted" in text
    assert SECRET not in text
