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
            f"SELECT t.*, audit.canonical(t) AS text FROM audit.trail t WHERE {where} ORDER BY t.id"
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
        "UPDATE audit.trail SET new = 'x'",
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


def entry_of(data: dict):
    from crf import study
    from crf.models import Entry
    from reminet_site.clock import now
    from tests import world

    here = world.small()
    with acting(EVERYONE):
        return Entry.objects.create(
            participant=here.participant,
            centre=here.centre,
            visit="SCR",
            form="RECIST_BASE",
            definition_id=study.current().pk,
            data=data,
            saved_at=now(),
        )


def changes(entry, data: dict) -> dict[str, tuple]:
    """What the trail says of a change to these answers: item -> (act, old, new)."""
    with acting(EVERYONE), because("typed wrongly"):
        entry.data = data
        entry.save(update_fields=["data"])
    rows = trail(f"relation = 'crf_entry' AND row_id = '{entry.pk}' AND reason <> ''")
    return {row["item"]: (row["act"], row["old"], row["new"]) for row in rows}


def test_rows_of_a_group_are_named_by_their_ids():
    first = [{"id": "r1", "organ": "liver", "mm": "20.0"}, {"id": "r2", "organ": "bone"}]
    entry = entry_of({"targets": first, "sites": ["a", "b"], "n": 1, "same": [{"id": "r1"}]})
    then = [{"id": "r1", "organ": "liver", "mm": "21.0"}, {"id": "r3", "organ": "node"}]
    found = changes(entry, {"targets": then, "sites": ["a"], "n": "1", "same": [{"id": "r1"}]})
    assert found == {
        "targets[r1].mm": ("change", "20.0", "21.0"),
        "targets[r2]": ("clear", "row", None),
        "targets[r2].organ": ("clear", "bone", None),
        "targets[r3]": ("create", None, "row"),
        "targets[r3].organ": ("create", None, "node"),
        "sites": ("change", '["a", "b"]', '["a"]'),
    }


def test_a_list_that_becomes_rows_or_empty():
    entry = entry_of({"a": [], "b": ["x"], "c": [{"id": "r1"}], "d": {"missing": "not_done"}})
    found = changes(entry, {"a": ["y"], "b": [], "c": [], "d": "5"})
    assert found == {
        "a": ("create", None, '["y"]'),
        "b": ("clear", '["x"]', None),
        "c[r1]": ("clear", "row", None),
        "d": ("change", '{"missing": "not_done"}', "5"),
    }


def test_each_value_has_a_salt_of_its_own():
    entry = entry_of({f"item_{n}": "x" for n in range(20)})
    changes(entry, {f"item_{n}": "y" for n in range(20)})
    rows = trail(f"row_id = '{entry.pk}' AND relation = 'crf_entry' AND item LIKE 'item%'")
    salts = [row[side] for row in rows for side in ("old_salt", "new_salt") if row[side]]
    assert len(salts) == len(set(salts)) == 60
    assert all(len(salt) == 32 for salt in salts)
    for row in rows:
        for side in ("old", "new"):
            value, salt = row[side], row[f"{side}_salt"]
            text = None if value is None else hashlib.sha256(f"{salt}\x1f{value}".encode())
            assert row[f"{side}_commitment"] == (text.hexdigest() if text else None)


def test_the_capture_of_entries_knows_every_column():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT column_name FROM information_schema.columns WHERE table_name = 'crf_entry'"
        )
        known = (
            "id visit form number data derived comments version visit_date filled expected "
            "saved_at centre_id definition_id participant_id saved_by_id"
        )
        assert {name for (name,) in cursor.fetchall()} == set(known.split())
