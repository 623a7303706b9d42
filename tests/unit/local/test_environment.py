"""A set variable wins; the two database addresses go together."""

import json
import stat

import pytest

from reminet_site.local import environment, secret_store
from reminet_site.local.processes import addresses_of_localhost, first_free_port
from reminet_site.local.supervisor import already_running, running_supervisor
from reminet_site.local.trouble import Trouble

OWN = {
    "DATABASE_URL": "postgresql://app@elsewhere/trial",
    "OWNER_DATABASE_URL": "postgresql://owner@elsewhere/trial",
    "BROKER_URL": "redis://elsewhere/0",
}


def test_named_servers_are_not_replaced(tmp_path):
    filled = environment.environment("reminet", tmp_path, OWN)
    assert not set(filled) & set(OWN)
    assert {"SECRET_KEY", "VAULT_KEY", "LOCAL", "DATA_DIR"} <= set(filled)


def test_a_set_key_is_kept(tmp_path):
    assert "VAULT_KEY" not in environment.environment(
        "reminet", tmp_path, OWN | {"VAULT_KEY": "mine"}
    )


def test_one_database_address_alone_fills_no_other(tmp_path):
    only_app = {name: value for name, value in OWN.items() if name != "OWNER_DATABASE_URL"}
    assert "OWNER_DATABASE_URL" not in environment.environment("reminet", tmp_path, only_app)


def test_the_owners_address_alone_is_refused(tmp_path):
    with pytest.raises(Trouble, match="Set both"):
        environment.own_database({"OWNER_DATABASE_URL": "x"})


def test_the_demonstration_keeps_its_files_apart():
    assert environment.files_of("reminet") != environment.files_of("reminet_demo")
    assert environment.files_of("reminet_demo_building") == environment.files_of("reminet_demo")
    assert environment.BROKER_NUMBERS["reminet"] != environment.BROKER_NUMBERS["reminet_demo"]


def test_secrets_are_made_once_and_only_for_their_owner(tmp_path):
    path = tmp_path / "secrets.json"
    first = secret_store.load(path)
    assert secret_store.load(path) == first
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert len(set(first.values())) == len(first)


def test_a_secret_of_a_later_version_is_added_and_the_others_kept(tmp_path):
    path = tmp_path / "secrets.json"
    first = secret_store.load(path)
    path.write_text(json.dumps({name: first[name] for name in first if name != "broker"}))
    second = secret_store.load(path)
    assert second["owner"] == first["owner"]
    assert second["broker"]


def test_damaged_secrets_get_a_sentence_and_are_not_overwritten(tmp_path):
    path = tmp_path / "secrets.json"
    path.write_text("{")
    with pytest.raises(Trouble, match="cannot be read"):
        secret_store.load(path)
    assert path.read_text() == "{"


def test_a_busy_port_gives_the_next(tmp_path):
    import socket

    addresses = addresses_of_localhost()
    free = first_free_port(20_000, addresses)
    with socket.socket() as squatter:
        squatter.bind(("127.0.0.1", free))
        squatter.listen()
        assert first_free_port(free, addresses) > free
        with pytest.raises(Trouble, match="PORT=9000"):
            first_free_port(free, addresses, tries=1)


def test_a_second_start_is_told_where_the_first_is(tmp_path):
    import fcntl

    assert running_supervisor(tmp_path) == {}
    note = tmp_path / "supervisor.lock"
    note.write_text('{"pid": 12, "url": "http://localhost:8000/"}')
    assert running_supervisor(tmp_path) == {}  # nobody holds the lock: it was killed
    with open(note) as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert "already at http://localhost:8000/, process 12" in already_running(tmp_path)
