"""Rows at known moments, kill -9, and the database as it was at a moment between."""

import os
import shutil
import signal
import time
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from django.core.management import CommandError, call_command

from reminet_site.backup import wal
from reminet_site.errors import Refusal
from reminet_site.local import pg_user
from reminet_site.local.postgres import Cluster
from reminet_site.models import Restoration
from tests.conftest import pointed_at

ARCHIVE = "test ! -f {spool}/%f && cp %p {spool}/.%f && mv {spool}/.%f {spool}/%f"


def archiving(cluster: Cluster, spool) -> None:
    """As docker-compose.recovery.yml sets PostgreSQL up, with a second in place of a minute."""
    spool.mkdir()
    pg_user.hand_over(spool)
    for name, value in (
        ("wal_level", "replica"),
        ("max_wal_senders", "4"),
        ("archive_mode", "on"),
        ("archive_timeout", "1s"),
        ("archive_command", ARCHIVE.format(spool=spool)),
    ):
        cluster.psql(f"ALTER SYSTEM SET {name} = '{value}'")
    cluster.stop()
    cluster.ensure()


@pytest.fixture
def cluster(tmp_path):
    made = Cluster(tmp_path / "home", durable=False).ensure("trial")
    yield made
    made.remove()


def write_rows(cluster: Cluster, seconds: float) -> list[tuple[int, datetime, datetime]]:
    """(row, before, after) of rows committed one by one: its commit lies between the two."""
    made, end = [], time.monotonic() + seconds
    with psycopg.connect(cluster.url("owner", "trial"), autocommit=True) as connection:
        while time.monotonic() < end:
            before = datetime.now(UTC)
            connection.execute("INSERT INTO moments VALUES (%s)", [len(made)])
            made.append((len(made), before, datetime.now(UTC)))
            time.sleep(0.05)
    return made


def recovered(folder, copy, sealed, until) -> tuple[list[int], float]:
    """The rows of another server, brought to that moment; how long it took."""
    began = time.monotonic()
    there = Cluster(folder / "home", durable=False)
    there.folder.mkdir(parents=True, exist_ok=True)
    shutil.copy(folder.parent / "home" / "secrets.json", there.folder / "secrets.json")
    wal.prepare(copy=copy, folder=sealed, data=there.data, until=until)
    try:
        there.ensure()
        deadline = time.monotonic() + 60
        while there.psql("SELECT pg_is_in_recovery()") == "t\n" and time.monotonic() < deadline:
            time.sleep(0.1)
        took = time.monotonic() - began
        rows = there.psql("SELECT n FROM moments ORDER BY n", "trial").split()
        there.psql("INSERT INTO moments VALUES (-1)", "trial")  # it is open again
        return [int(row) for row in rows], took
    finally:
        there.remove()


@pytest.mark.slow
@pytest.mark.promise("BK-04")
def test_killed_at_t_and_brought_back_to_a_moment_before(tmp_path, cluster, capsys):
    spool, sealed = tmp_path / "spool", tmp_path / "sealed"
    sealed.mkdir()
    try:
        archiving(cluster, spool)
        with psycopg.connect(cluster.url("owner", "trial")) as connection:
            connection.execute("CREATE TABLE moments (n int)")
        copy = wal.base(folder=sealed, address=cluster.superuser_url())
        rows = write_rows(cluster, 5)
        killed = datetime.now(UTC)
        os.kill(cluster.pid, signal.SIGKILL)
    finally:
        while cluster.running:
            time.sleep(0.05)
    assert wal.seal(spool=spool, folder=sealed) >= 2
    assert b"moments" not in b"".join(path.read_bytes() for path in sealed.glob("*.wal"))
    # to two seconds before the end: what was committed by then, and nothing after
    until = rows[-1][1] - timedelta(seconds=2)
    found, took = recovered(tmp_path / "moment", copy.path, sealed, until)
    certain = [n for n, _, after in rows if after <= until]
    possible = [n for n, before, _ in rows if before <= until]
    assert certain == found[: len(certain)]
    assert found == possible[: len(found)]
    assert len(certain) > 10
    # to the end of what was archived: how much is lost
    found, took = recovered(tmp_path / "latest", copy.path, sealed, None)
    assert found == [n for n, _, _ in rows][: len(found)]
    lost = (killed - rows[len(found) - 1][2]).total_seconds()
    assert lost < 60
    with capsys.disabled():
        print(f"\nrecovery point {lost:.1f} s (archive_timeout 1 s), recovery time {took:.1f} s")


@pytest.mark.slow
@pytest.mark.promise("BK-02")
def test_a_damaged_segment_or_a_full_folder_is_refused_before_anything_is_written(
    tmp_path, cluster
):
    spool, sealed = tmp_path / "spool", tmp_path / "sealed"
    sealed.mkdir()
    try:
        archiving(cluster, spool)
        copy = wal.base(folder=sealed, address=cluster.superuser_url())
        cluster.psql("SELECT pg_switch_wal()")
        deadline = time.monotonic() + 20
        while not wal.seal(spool=spool, folder=sealed) and time.monotonic() < deadline:
            time.sleep(0.1)
    finally:
        cluster.stop()
    early = datetime(2020, 1, 1, tzinfo=UTC)
    with pytest.raises(Refusal, match="earlier"):
        wal.prepare(copy=copy.path, folder=sealed, data=tmp_path / "data", until=early)
    segment = max(sealed.glob("*.wal"), key=lambda path: path.stat().st_size)
    raw = bytearray(segment.read_bytes())
    raw[len(raw) // 2] ^= 1
    segment.write_bytes(raw)
    with pytest.raises(Refusal, match="damaged"):
        wal.prepare(copy=copy.path, folder=sealed, data=tmp_path / "data", until=None)
    assert not (tmp_path / "data").exists()
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "PG_VERSION").write_text("18")
    with pytest.raises(Refusal, match="is not empty"):
        wal.prepare(copy=copy.path, folder=sealed, data=tmp_path / "data", until=None)


@pytest.mark.promise("BK-05")
def test_a_recovered_database_waits_for_the_custodian(clone, capsys):
    call_command("recovery", "finish")
    assert "the last change is of" in capsys.readouterr().out
    with pointed_at(clone):
        assert Restoration.objects.get().source == "point-in-time recovery"


def test_what_is_missing_is_said(monkeypatch):
    monkeypatch.delenv("KEEPER_DATABASE_URL", raising=False)
    with pytest.raises(CommandError, match="KEEPER_DATABASE_URL"):
        call_command("recovery", "base", "--to", "anywhere")
