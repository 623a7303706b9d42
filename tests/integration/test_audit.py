"""The trail: a row a field, by trigger; append-only; chained; refused without an actor."""

import hashlib

import pytest
from django.db import DatabaseError, connection, transaction

from reminet_site.context import Actor, acting, because
from reminet_site.models import Centre
from tests import people

pytestmark = pytest.mark.django_db
EVERYONE = Actor.system("tests")


def trail(where: str = "true") -> list[dict]:
    with acting(EVERYONE), connection.cursor() as cursor:
        cursor.execute(
            "SELECT t.*, v.old, v.new, v.old_salt, v.new_salt, audit.canonical(t) AS text "
            f"FROM audit.trail t JOIN audit.value v ON v.trail_id = t.id WHERE {where} "
            "ORDER BY t.id"
        )
        names = [column.name for column in cursor.description]
        return [dict(zip(names, row)) for row in cursor.fetchall()]


@pytest.mark.promise("AT-01")
def test_a_changed_column_is_one_row_with_old_and_new():
    centre = people.centre()
    with acting(EVERYONE), because("renamed by the ministry"):
        centre.name = "CHU Dijon-Bourgogne"
        centre.save()
    (row,) = trail("relation = 'reminet_site_centre' AND act = 'change'")
    assert (row["item"], row["old"], row["new"]) == ("#name", "CHU Dijon", "CHU Dijon-Bourgogne")
    assert (row["actor"], row["role"], row["reason"]) == (
        "tests",
        "system",
        "renamed by the ministry",
    )


def test_a_write_without_an_actor_is_refused():
    with pytest.raises(DatabaseError, match="without an actor"), transaction.atomic():
        Centre.objects.create(code="XX-01", name="x", country="XX")


def test_deleting_is_refused():
    centre = people.centre()
    with pytest.raises(DatabaseError), acting(EVERYONE), transaction.atomic():
        Centre.objects.filter(pk=centre.pk).delete()


@pytest.mark.promise("AT-02")
@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE audit.trail SET actor = 'somebody else'",
        "DELETE FROM audit.trail",
        "TRUNCATE audit.trail",
        "UPDATE audit.value SET new = 'x'",
        "DELETE FROM audit.value",
        "ALTER TABLE audit.trail DISABLE TRIGGER append_only",
        "ALTER TABLE reminet_site_centre DISABLE TRIGGER audit_capture",
        "INSERT INTO audit.trail SELECT * FROM audit.trail",
        "SELECT audit.append('x','x','x','x',1,1,'','',ARRAY['x'],ARRAY['x'],ARRAY['x'])",
        "SET session_replication_role = replica",
        "UPDATE audit.head SET hash = ''",
    ],
)
def test_the_application_cannot_touch_the_trail(sql):
    people.centre()
    with pytest.raises(DatabaseError), acting(EVERYONE), connection.cursor() as cursor:
        cursor.execute(sql)


@pytest.mark.promise("AT-03")
def test_each_row_is_chained_over_its_canonical_text():
    people.centre()
    people.centre("FR-11", "Beaune")
    rows = trail("chain LIKE 'centre:%%'".replace("%%", "%"))
    assert rows
    last: dict[str, str] = {}
    for row in rows:
        assert row["previous"] == last.get(row["chain"], "0" * 64)
        assert hashlib.sha256(row["text"].encode()).hexdigest() == row["hash"]
        commitment = hashlib.sha256(f"{row['new_salt']}\x1f{row['new']}".encode()).hexdigest()
        assert commitment == row["new_commitment"]
        last[row["chain"]] = row["hash"]
