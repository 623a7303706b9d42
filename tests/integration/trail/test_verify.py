"""`verify` is red on each kind of tampering by a superuser, with the row named; else green."""

import json

import pytest

from reminet_site.trail import anchor
from tests.integration.trail.conftest import edited, rehash, rename, run
from tests.people import centre

pytestmark = [pytest.mark.promise("AT-03")]
FORGED_KEY = bytes(range(1, 33))


def test_an_untouched_trail_is_good(trail):
    said = trail.verify("--key", anchor.public_key())
    assert said.status == 0, said.text
    assert said.text.startswith("good: ")
    assert anchor.public_key() in said.text


@pytest.mark.parametrize(
    "column",
    ["actor", "role", "reason", "act", "relation", "row_id", "visit", "form", "item", "chain"],
)
def test_one_changed_byte_is_found(trail, column):
    """Row 7 of the chain: its last, the second renaming."""
    value = f"{column} || 'x'" if column != "chain" else "CHAIN || '1'"
    trail.tamper(f"UPDATE audit.trail SET {column} = {value} WHERE chain = CHAIN AND seq = 7")
    said = trail.verify()
    assert said.status == 1
    place = f"{trail.chain}1 row 7" if column == "chain" else f"{trail.chain} row 7"
    assert place in said.text


@pytest.mark.parametrize(
    "sql",
    [
        "UPDATE audit.trail SET at = at + interval '1 microsecond' WHERE chain = CHAIN AND seq = 7",
        "UPDATE audit.trail SET clinical_at = now() WHERE chain = CHAIN AND seq = 7",
        "UPDATE audit.trail SET user_id = 7 WHERE chain = CHAIN AND seq = 7",
        "UPDATE audit.trail SET centre_id = NULL WHERE chain = CHAIN AND seq = 7",
        "UPDATE audit.trail SET new_commitment = old_commitment WHERE chain = CHAIN AND seq = 7",
        "UPDATE audit.trail SET previous = hash WHERE chain = CHAIN AND seq = 7",
        "UPDATE audit.trail SET hash = previous WHERE chain = CHAIN AND seq = 7",
        "UPDATE audit.trail SET new = 'CH de Beaunx' WHERE new = 'CH de Beaune'",
        "UPDATE audit.trail SET new_salt = repeat('0', 32) WHERE new = 'CH de Beaune'",
        "UPDATE audit.trail SET new = NULL, new_salt = NULL WHERE new = 'CH de Beaune'",
        "UPDATE audit.trail SET new = NULL WHERE new = 'CH de Beaune'",
        "DELETE FROM audit.trail WHERE new = 'CH de Beaune'",
    ],
)
def test_any_other_edit_is_found(trail, sql):
    trail.tamper(sql)
    said = trail.verify()
    assert said.status == 1
    assert f"{trail.chain} row 7" in said.text


def test_an_added_value_is_found(trail):
    """Row 1 is the first entry of a field: it has no old value."""
    trail.tamper(
        "UPDATE audit.trail SET old = 'x', old_salt = repeat('0', 32) "
        "WHERE chain = CHAIN AND seq = 1"
    )
    said = trail.verify()
    assert said.status == 1
    assert f"{trail.chain} row 1" in said.text


GONE = "DELETE FROM audit.trail WHERE {0}"


def test_a_deleted_row_is_found(trail):
    trail.tamper(GONE.format("chain = CHAIN AND seq = 3"))
    said = trail.verify()
    assert said.status == 1
    assert f"{trail.chain} row 4" in said.text
    assert "where row 3 should" in said.text


def test_a_deleted_last_row_is_found(trail):
    """By its anchor, though the head is set back with it."""
    trail.tamper(
        GONE.format("chain = CHAIN AND seq = 7")
        + "; UPDATE audit.head SET (seq, hash) = (SELECT seq, hash FROM audit.trail "
        "WHERE chain = CHAIN AND seq = 6) WHERE chain = CHAIN"
    )
    assert trail.verify(anchors=False).status == 0
    said = trail.verify()
    assert said.status == 1
    assert f"{trail.chain} row 7: missing, and anchored in" in said.text


def test_a_deleted_last_row_is_found_by_its_head_before_the_next_anchor(trail):
    rename(centre("FR-11"), "Hospices de Beaune")
    trail.tamper(GONE.format("chain = CHAIN AND seq = 8"))
    said = trail.verify()
    assert said.status == 1
    assert f"{trail.chain} row 8: missing" in said.text


def test_a_deleted_chain_is_found(trail):
    trail.tamper(GONE.format("chain = CHAIN") + "; DELETE FROM audit.head WHERE chain = CHAIN")
    said = trail.verify()
    assert said.status == 1
    assert f"{trail.chain} row 7: missing" in said.text


SWAP = """
    UPDATE audit.trail t SET {columns} FROM audit.trail o
     WHERE t.chain = CHAIN AND o.chain = CHAIN AND (t.seq, o.seq) IN ((6, 7), (7, 6))
"""


def test_two_swapped_rows_are_found(trail):
    """All that the two rows say changes place; their numbers and hashes stay."""
    columns = ["at", "item", "actor", "reason", "old_commitment", "new_commitment", "hash"]
    trail.tamper(SWAP.format(columns=", ".join(f"{name} = o.{name}" for name in columns)))
    said = trail.verify()
    assert said.status == 1
    assert f"{trail.chain} row 6" in said.text


def test_two_renumbered_rows_are_found(trail):
    trail.tamper(
        "UPDATE audit.trail SET seq = -seq WHERE chain = CHAIN AND seq IN (6, 7); "
        "UPDATE audit.trail SET seq = 13 + seq WHERE chain = CHAIN AND seq < 0"
    )
    said = trail.verify()
    assert said.status == 1
    assert f"{trail.chain} row 7" in said.text
    assert "out of order" in said.text


def test_a_chain_written_anew_is_found_by_its_anchor_alone(trail):
    trail.tamper("UPDATE audit.trail SET reason = 'a better one' WHERE chain = CHAIN AND seq = 6")
    rehash(trail)
    assert trail.verify(anchors=False).status == 0
    said = trail.verify()
    assert said.status == 1
    assert f"{trail.chain} row 7" in said.text
    assert "the chain was written anew" in said.text


def test_a_separator_moved_between_fields_is_found(trail):
    """The hashed text is the same; the row says something else."""
    rename(centre("FR-11"), "Beaune")
    trail.tamper(
        "UPDATE audit.trail SET role = role || E'\\x1f' || reason, reason = act, act = 'x' "
        "WHERE chain = CHAIN AND seq = 8"
    )
    said = trail.verify()
    assert said.status == 1
    assert f"{trail.chain} row 8" in said.text


def test_a_forged_anchor_is_found(trail):
    (path,) = anchor.folder().glob("*.json")
    edited(path, lambda it: it | {"heads": it["heads"] | {trail.chain: [7, "0" * 64]}})
    said = trail.verify()
    assert said.status == 1
    assert f"anchor {path.name}: its signature is wrong" in said.text


def test_an_anchor_of_another_key_is_found(trail, settings):
    known = anchor.public_key()
    settings.ANCHOR_KEY = FORGED_KEY
    (path,) = anchor.folder().glob("*.json")
    content = json.loads(path.read_text())
    del content["signature"]
    path.chmod(0o600)
    path.write_bytes(anchor.signed(content | {"public_key": anchor.public_key()}))
    said = trail.verify("--key", known)
    assert said.status == 1
    assert "another key" in said.text


def test_an_anchor_taken_out_of_the_middle_is_found(trail):
    second = anchor.make()
    third = anchor.make()
    assert trail.verify().status == 0
    second.path.unlink()
    said = trail.verify()
    assert said.status == 1
    assert third.path.name in said.text


def test_a_cut_file_is_found(trail):
    path = trail.export()
    lines = path.read_text().splitlines(keepends=True)
    path.write_text("".join(lines[:-1]))
    assert "the file was cut" in run(path).text
    path.write_text("".join([*lines, lines[1]]))
    assert run(path).status == 1


def test_later_rows_and_anchors_stay_good(trail):
    for name in ("Beaune", "CH Beaune"):
        rename(centre("FR-11"), name)
        anchor.make()
    said = trail.verify()
    assert said.status == 0, said.text
    assert ", 3 anchors to " in said.text
