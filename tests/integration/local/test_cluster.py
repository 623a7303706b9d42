"""A real cluster in a temporary folder: made, bootstrapped, killed, started again."""

import os
import signal
import time
from pathlib import Path

import psycopg
import pytest

from reminet_site.local.postgres import Cluster
from reminet_site.local.processes import working_in
from reminet_site.local.trouble import Trouble


@pytest.fixture(scope="module")
def cluster(tmp_path_factory):
    made = Cluster(tmp_path_factory.mktemp("local"), durable=False).ensure("trial")
    yield made
    made.remove()


@pytest.fixture
def short(tmp_path: Path):
    """For one test."""
    made = Cluster(tmp_path, durable=False).ensure()
    yield made
    made.remove()


def test_ensure_a_second_time_changes_nothing(cluster):
    before = cluster.pid
    assert cluster.ensure("trial").pid == before


def test_owner_and_app_are_no_superusers_and_obey_row_level_security(cluster):
    answer = cluster.psql(
        "SELECT rolname, rolsuper, rolbypassrls, rolcanlogin FROM pg_roles"
        " WHERE rolname IN ('owner', 'app', 'vault') ORDER BY 1"
    )
    assert answer.split() == ["app|f|f|t", "owner|f|f|t", "vault|f|f|f"]


def test_app_takes_the_vault_role_but_does_not_inherit_it(cluster):
    with psycopg.connect(cluster.url("owner", "trial")) as owner:
        owner.execute("CREATE TABLE IF NOT EXISTS secret (x int)")
        owner.execute("GRANT SELECT ON secret TO vault")
    with psycopg.connect(cluster.url("app", "trial")) as app:
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            app.execute("SELECT * FROM secret")
        app.rollback()
        app.execute("SET LOCAL ROLE vault")
        assert app.execute("SELECT * FROM secret").fetchall() == []
        app.rollback()
        assert app.execute("SELECT current_user").fetchone() == ("app",)


def test_app_can_neither_create_a_table_nor_a_database(cluster):
    with psycopg.connect(cluster.url("app", "trial"), autocommit=True) as app:
        for statement in (
            "CREATE TABLE mine (x int)",
            "CREATE DATABASE mine",
            "CREATE TEMP TABLE mine (x int)",
        ):
            with pytest.raises(psycopg.errors.InsufficientPrivilege):
                app.execute(statement)


def test_a_wrong_password_is_refused(cluster):
    address = cluster.url("app", "trial").replace(cluster.secrets["app"], "wrong")
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(address)


def test_a_killed_server_starts_again_with_its_data(cluster):
    with psycopg.connect(cluster.url("owner", "trial")) as owner:
        owner.execute("CREATE TABLE kept AS SELECT 1 AS x")
    cluster.psql("CHECKPOINT")
    os.kill(cluster.pid, signal.SIGKILL)
    deadline = time.monotonic() + 5
    while cluster.running and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not cluster.running
    assert (cluster.data / "postmaster.pid").exists()
    cluster.ensure("trial")
    with psycopg.connect(cluster.url("app", "trial")) as app:
        assert app.execute("SELECT to_regclass('kept') IS NOT NULL").fetchone() == (True,)


def test_a_stale_lock_file_naming_another_program_is_no_obstacle(cluster):
    cluster.stop()
    (cluster.data / "postmaster.pid").write_text(
        f"{os.getpid()}\n{cluster.data}\n1\n5432\n\n127.0.0.1\n"
    )
    assert not cluster.running
    assert cluster.ensure("trial").running


def test_a_busy_port_gives_another(cluster):
    import socket

    old = cluster.port
    cluster.stop()
    with socket.socket() as squatter:
        squatter.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        squatter.bind(("127.0.0.1", old))
        squatter.listen()
        assert cluster.ensure().port != old


def test_data_of_another_version_get_a_sentence(tmp_path: Path):
    other = Cluster(tmp_path)
    other.data.mkdir(parents=True)
    (other.data / "PG_VERSION").write_text("16\n")
    with pytest.raises(Trouble, match="written by PostgreSQL 16, and this is PostgreSQL 18"):
        other.ensure()


def test_stop_leaves_no_process(short):
    short.stop()
    short.stop()
    assert working_in(short.data) == []


def test_a_throw_away_service_leaves_nothing(tmp_path: Path):
    from reminet_site.local.throwaway import throwaway

    with throwaway(tmp_path, durable=False) as values:
        with psycopg.connect(values["DATABASE_URL"]) as app:
            assert app.execute("SELECT current_user").fetchone() == ("app",)
        (home,) = (tmp_path / ".local" / "throwaway").iterdir()
        data = Cluster(home, durable=False).data
        assert working_in(data)
    assert working_in(data) == []
    assert not home.exists()


def test_lost_passwords_get_a_sentence_and_the_data_are_left_alone(short):
    short.stop()
    (short.folder / "secrets.json").unlink()
    with pytest.raises(Trouble, match="the file with their passwords"):
        short.ensure()
    assert (short.data / "PG_VERSION").exists()
