"""Backup, restore to an empty machine, compare; and everything that is refused."""

import contextlib
import json
import shutil
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import connections
from django.test import override_settings

from randomisation.models import Allocation
from reminet_site.backup import facts, make, restore, sealed
from reminet_site.context import acting
from reminet_site.errors import Refusal
from reminet_site.models import Restoration
from tests.allocations import SYSTEM
from tests.conftest import pointed_at
from tests.integration.backup.conftest import asked, empty_machine

TABLES = (
    "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables"
    " WHERE schemaname !~ '^pg_' AND schemaname <> 'information_schema' ORDER BY 1"
)
# What the restore itself adds or ends
ADDED = {"public.reminet_site_restoration", "public.reminet_site_session", "audit.head"}
AUDITED = {"audit.trail": "id"}


@pytest.fixture(scope="module")
def restored(trial, backup, tmp_path_factory, django_db_blocker):
    """(database, files, what the restore told) of the backup, brought back elsewhere."""
    files = tmp_path_factory.mktemp("machine") / "files"
    with django_db_blocker.unblock(), empty_machine(files) as name:
        told = []
        done = restore.restore(backup.path, told.append)
        yield name, files, done


@pytest.mark.slow
@pytest.mark.promise("BK-01")
def test_every_row_of_every_table_is_the_same(trial, backup, restored):
    before, after = trial[0], restored[0]
    tables = [row[0] for row in asked(before, TABLES)]
    assert tables == [row[0] for row in asked(after, TABLES)]
    assert len(tables) > 40
    held = 0
    for table in tables:
        if table in ADDED:
            continue
        # the trail went on, with the acts of the backup here and of the restore there
        only = f"WHERE {AUDITED[table]} <= {backup_ends(backup)}" if table in AUDITED else ""
        rows = f"SELECT t::text FROM {table} t {only} ORDER BY 1"
        was, now = asked(before, rows), asked(after, rows)
        assert was == now, table
        held += len(was)
    assert held > 700


def backup_ends(backup):
    """The last row of the trail that the backup holds."""
    return json.loads(backup.log.read_text())["trail"]["last"]["id"]


@pytest.mark.slow
@pytest.mark.promise("BK-01")
def test_files_hashes_signatures_walls_and_rights_are_the_same(trial, restored):
    files, again, done = trial[1], restored[1], restored[2]
    names = [path.relative_to(files) for path in sorted(files.rglob("*")) if path.is_file()]
    assert len(names) >= 2
    for name in names:
        assert (files / name).read_bytes() == (again / name).read_bytes()
    assert "1 anchors" in done.trail
    with pointed_at(restored[0]), contextlib.closing(connections["owner"]) as owner:
        owner.set_autocommit(False)
        found = facts.of_database()
        owner.rollback()
    assert found["guards"] == done.manifest["database"]["guards"]
    assert len(found["guards"]["lines"]) > 1000


@pytest.mark.slow
@pytest.mark.promise("BK-01")
def test_the_restored_service_works_under_its_own_role(restored):
    with pointed_at(restored[0]):
        with acting(SYSTEM):
            assert Allocation.objects.count() == 3
            assert Restoration.objects.get().reconciled_at is None
        with connections["default"].cursor() as cursor:
            cursor.execute("SELECT count(*) FROM randomisation_allocation")
            assert cursor.fetchone() == (0,)  # the wall stands
        connections["default"].close()


@pytest.mark.slow
@pytest.mark.promise("BK-03")
def test_the_backup_is_sealed_and_holds_neither_key_nor_a_word(trial, backup, settings):
    raw = backup.path.read_bytes()
    for word in (b"FR-05", b"Dijon", b"INJ-01", b"PGDMP", b"crf_entry", settings.BACKUP_KEY):
        assert word not in raw
    assert backup.path.stat().st_mode & 0o077 == 0
    texts = [
        row[0]
        for table in asked(trial[0], TABLES)
        for row in asked(trial[0], f"SELECT t::text FROM {table[0]} t")
    ]
    assert not [text for text in texts if settings.BACKUP_KEY.hex() in text]


@pytest.mark.slow
@pytest.mark.promise("BK-03")
def test_the_log_tells_the_scope_of_a_loss(trial, backup):
    log = json.loads(backup.log.read_text())
    [(count, first, last)] = asked(
        trial[0], "SELECT count(*), min(id), max(id) FROM audit.trail WHERE act <> 'backup'"
    )
    assert (log["trail"]["rows"], log["trail"]["first"]["id"]) == (count, first)
    assert log["trail"]["last"]["id"] == last
    assert log["database"]["lsn"]
    assert log["database"]["tables"]["public.randomisation_allocation"] == 3
    assert log["anchors"]["count"] == 1
    assert log["sha256"] == restore.read(backup.path)[1]
    assert "FR-05" not in backup.log.read_text()
    acts = asked(
        trial[0],
        "SELECT t.row_id, t.new FROM audit.trail t WHERE act = 'backup'",
    )
    assert acts == [(backup.path.name, f"SHA-256 {backup.sha256}")]


@pytest.mark.slow
@pytest.mark.promise("BK-02")
def test_a_damaged_cut_or_reordered_backup_is_refused_before_anything_is_written(
    backup, tmp_path, trial
):
    raw = backup.path.read_bytes()
    step, head = sealed.CHUNK + sealed.TAG, sealed.HEADER
    assert len(raw) > head + 3 * step
    first, second = raw[head : head + step], raw[head + step : head + 2 * step]
    bad = [
        raw[:at] + bytes([raw[at] ^ 1]) + raw[at + 1 :] for at in range(0, len(raw), len(raw) // 12)
    ]
    bad += [raw[:-1], raw[: head + 2 * step], raw[: len(raw) // 2], raw[:10], b"", raw + b"x"]
    bad += [raw[:head] + second + first + raw[head + 2 * step :], b"x" * 4096]
    path = tmp_path / "bad.backup"
    call_command("backup", check=backup.path)
    with empty_machine(tmp_path / "files") as name:
        for data in bad:
            path.write_bytes(data)
            with pytest.raises(CommandError):
                call_command("backup", check=path)
            with pytest.raises(Refusal, match=r"^Nothing was restored\. "):
                restore.restore(path)
        assert asked(name, TABLES) == []
        assert not list((tmp_path / "files").iterdir())


@pytest.mark.slow
@pytest.mark.promise("BK-02")
def test_another_key_a_full_database_other_files_and_a_newer_build_are_refused(
    backup, tmp_path, trial, monkeypatch
):
    with override_settings(BACKUP_KEY=bytes(32)), pytest.raises(Refusal, match="another key"):
        restore.restore(backup.path)
    with override_settings(BACKUP_KEY=b""), pytest.raises(Refusal, match="BACKUP_KEY is not set"):
        restore.restore(backup.path)
    with pytest.raises(Refusal, match="is not empty"):
        restore.restore(backup.path)
    with empty_machine(tmp_path / "files") as name:
        other = tmp_path / "files" / "releases" / "release.zip"
        other.parent.mkdir()
        other.write_text("another trial's")
        with pytest.raises(Refusal, match="is not the backup's"):
            restore.restore(backup.path)
        shutil.rmtree(other.parent)
        monkeypatch.setattr(
            restore, "MigrationLoader", lambda _: type("L", (), {"disk_migrations": {}})
        )
        with pytest.raises(Refusal, match="newer build"):
            restore.restore(backup.path)
        assert asked(name, TABLES) == []


@pytest.mark.slow
@pytest.mark.promise("BK-03")
def test_the_own_disk_is_refused_and_a_failure_leaves_nothing(trial, tmp_path, monkeypatch):
    with pytest.raises(CommandError, match="same file system"):
        call_command("backup", "--to", str(tmp_path))
    with pytest.raises(CommandError, match="is not there"):
        call_command("backup", "--to", str(tmp_path / "unmounted"))
    monkeypatch.setattr(make, "rows_in", lambda dump: {})
    with pytest.raises(CommandError, match="does not hold the rows"):
        call_command("backup", "--to", str(tmp_path), "--same-host")
    assert list(Path(tmp_path).iterdir()) == []
