"""As which user PostgreSQL runs, and where its files lie."""

from pathlib import Path

import pytest

from reminet_site.local import pg_user


@pytest.fixture
def root_without_namespaces(monkeypatch):
    monkeypatch.setattr(pg_user.os, "geteuid", lambda: 0)
    monkeypatch.setattr(pg_user, "user_namespaces_work", lambda: False)


def test_a_plain_user_runs_it_directly(monkeypatch):
    monkeypatch.setattr(pg_user.os, "geteuid", lambda: 1000)
    line, options = pg_user.command("initdb", ["-D", Path("/x")])
    assert line[1:] == ["-D", "/x"]
    assert options == {}


def test_root_runs_it_inside_a_namespace(monkeypatch):
    monkeypatch.setattr(pg_user.os, "geteuid", lambda: 0)
    monkeypatch.setattr(pg_user, "user_namespaces_work", lambda: True)
    line, options = pg_user.command("initdb", [])
    assert line[:3] == ["unshare", "--user", "--map-user=65534"]
    assert options == {}


def test_root_without_namespaces_runs_it_as_nobody(root_without_namespaces, monkeypatch):
    monkeypatch.setattr(pg_user, "programs", lambda: Path("/bin"))
    _, options = pg_user.command("initdb", [])
    assert options == {"user": 65534, "group": 65534, "extra_groups": []}


def test_a_folder_that_nobody_may_not_enter_keeps_its_data_apart(root_without_namespaces, tmp_path):
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    home = pg_user.home_of(closed / ".local")
    assert home.parent == pg_user.APART
    assert pg_user.home_of(closed / ".local") == home
    assert pg_user.home_of(closed / "a") != pg_user.home_of(closed / "b")


def test_otherwise_data_lie_in_the_repositorys_own_folder(tmp_path):
    assert pg_user.home_of(tmp_path) == tmp_path / "postgres"


@pytest.fixture
def memory(monkeypatch, tmp_path):
    """A place in memory with room, for as long as the test says so."""
    monkeypatch.setattr(pg_user, "MEMORY", tmp_path / "memory")
    monkeypatch.setattr(pg_user, "memory_has_room", lambda: True)
    return tmp_path / "memory"


def test_what_may_be_lost_lies_in_memory_and_stays_where_it_is(memory, monkeypatch, tmp_path):
    folder = tmp_path / "test"
    home = pg_user.home_of(folder, durable=False)
    assert home.parent == memory
    monkeypatch.setattr(pg_user, "memory_has_room", lambda: False)
    assert pg_user.home_of(folder, durable=False) == home
    pg_user.noted(folder).unlink()
    assert pg_user.home_of(folder, durable=False) == folder / "postgres"


def test_what_must_last_and_what_lies_on_the_disk_already_stays_there(memory, tmp_path):
    assert pg_user.home_of(tmp_path / "kept") == tmp_path / "kept" / "postgres"
    (tmp_path / "test" / "postgres").mkdir(parents=True)
    assert pg_user.home_of(tmp_path / "test", durable=False) == tmp_path / "test" / "postgres"


def test_no_memory_is_no_room(monkeypatch, tmp_path):
    monkeypatch.setattr(pg_user, "MEMORY", tmp_path / "none")
    assert pg_user.memory_has_room() is False
    monkeypatch.setattr(pg_user, "MEMORY", tmp_path)
    monkeypatch.setattr(pg_user, "ROOM", 2**60)
    assert pg_user.memory_has_room() is False
    monkeypatch.setattr(pg_user, "ROOM", 0)
    assert pg_user.memory_has_room() is True
