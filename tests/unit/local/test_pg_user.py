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
    for cut_off in ("", "relative", "/"):
        (closed / ".local" / "data-apart").write_text(cut_off)
        assert pg_user.home_of(closed / ".local").parent == pg_user.APART


def test_otherwise_data_lie_in_the_repositorys_own_folder(tmp_path):
    assert pg_user.home_of(tmp_path) == tmp_path / "postgres"
