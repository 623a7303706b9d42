"""The production shape in docker-compose.yml: which process may know what. Not run, only read."""

import re
from pathlib import Path

import pytest
import yaml

from reminet_site.local.postgres import INITDB

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "docker-compose.yml").read_text()
COMPOSE = yaml.safe_load(TEXT)
SERVICES = COMPOSE["services"]
OURS = ("migrate", "web", "worker", "worker-unblinded", "beat", "backup")


def holders(variable: str) -> set[str]:
    return {name for name, it in SERVICES.items() if variable in it.get("environment", {})}


def test_only_web_and_the_unblinded_worker_hold_the_vault_key():
    assert holders("VAULT_KEY") == {"web", "worker-unblinded"}


def test_only_the_worker_that_anchors_holds_the_key_of_anchors():
    assert holders("ANCHOR_KEY") == {"worker"}


def test_only_the_one_shot_services_are_the_owner():
    assert holders("OWNER_DATABASE_URL") == {"migrate", "backup"}
    assert holders("OWNER_PASSWORD") == {"roles"}
    assert SERVICES["migrate"]["restart"] == SERVICES["roles"]["restart"] == "no"


def test_only_the_database_and_its_roles_know_the_superuser():
    assert holders("POSTGRES_PASSWORD") | holders("PGPASSWORD") == {"db", "roles"}


def test_no_service_is_given_the_whole_env_file():
    assert not [name for name, it in SERVICES.items() if "env_file" in it]


@pytest.mark.parametrize("name", ["web", "worker", "worker-unblinded", "beat"])
def test_the_service_runs_as_app_from_one_image_after_the_migration(name):
    service = SERVICES[name]
    assert "//app:" in service["environment"]["DATABASE_URL"]
    assert service["image"] == SERVICES["migrate"]["image"]
    assert service["depends_on"]["migrate"]["condition"] == "service_completed_successfully"


def test_the_migration_waits_for_the_roles():
    assert SERVICES["migrate"]["depends_on"] == {
        "roles": {"condition": "service_completed_successfully"}
    }
    assert SERVICES["roles"]["volumes"] == ["./reminet_site/local/roles.sql:/roles.sql:ro"]
    assert (ROOT / "reminet_site" / "local" / "roles.sql").exists()


def test_the_cluster_is_made_with_the_same_locale_as_the_local_one():
    given = SERVICES["db"]["environment"]["POSTGRES_INITDB_ARGS"].split()
    assert set(given) == {word for word in INITDB if not word.startswith(("--username", "--no-in"))}


def test_postgresql_18_keeps_its_data_in_the_volume_of_that_version():
    assert SERVICES["db"]["image"] == SERVICES["roles"]["image"] == "postgres:18"
    assert SERVICES["db"]["volumes"] == ["database:/var/lib/postgresql"]


def test_the_broker_keeps_what_it_is_given():
    assert "appendonly yes" in SERVICES["broker"]["command"][-1]
    assert SERVICES["broker"]["volumes"] == ["broker:/data"]


def test_queues_are_read_by_the_worker_that_may():
    queues = {n: SERVICES[n]["command"][SERVICES[n]["command"].index("-Q") + 1] for n in OURS[2:4]}
    assert queues == {"worker": "default,analysis", "worker-unblinded": "unblinded"}


def test_there_is_exactly_one_beat():
    beats = [name for name, it in SERVICES.items() if "beat" in it.get("command", [])]
    assert beats == ["beat"]
    assert SERVICES["beat"]["container_name"]  # a fixed name cannot be scaled


def test_database_and_broker_are_not_reachable_from_outside():
    assert COMPOSE["networks"]["inside"]["internal"] is True
    for name in ("db", "broker", "roles"):
        assert SERVICES[name]["networks"] == ["inside"]
        assert "ports" not in SERVICES[name]
    assert all(port.startswith("127.0.0.1:") for port in SERVICES["web"]["ports"])


@pytest.mark.parametrize("name", OURS)
def test_our_containers_are_read_only_and_unprivileged(name):
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]


def test_every_secret_is_named_in_the_example_and_has_no_default():
    wanted = set(re.findall(r"\$\{([A-Z_]+):\?", TEXT))
    example = dict(re.findall(r"^([A-Z_]+)=(.*)$", (ROOT / ".env.example").read_text(), re.M))
    assert wanted <= set(example)
    assert not [name for name in wanted if example[name]]
    defaults = set(re.findall(r"\$\{([A-Z_]+):-", TEXT))
    assert not [name for name in defaults if re.search("PASSWORD|KEY", name)]


def test_the_image_installs_by_hash_and_does_not_run_as_root():
    dockerfile = (ROOT / "Dockerfile").read_text()
    assert "--require-hashes -r requirements/base.txt" in dockerfile
    assert re.findall(r"^USER (\w+)$", dockerfile, re.M)[::2] == ["reminet", "reminet"]
    assert dockerfile.rstrip().endswith("FROM service")  # the image of the service is the default
    assert ".env" in (ROOT / ".dockerignore").read_text().split()
    assert ".env" in (ROOT / ".gitignore").read_text().split()


@pytest.mark.promise("BK-03")
def test_backups_leave_the_host_sealed_by_a_key_that_no_running_service_holds():
    assert holders("BACKUP_KEY") == {"backup"}
    service = SERVICES["backup"]
    assert service["profiles"] == ["backup"]
    assert service["restart"] == "no"
    assert any(volume.startswith("${BACKUP_DIR:?") for volume in service["volumes"])
    # a restore needs the database empty: no migration before it
    assert set(service["depends_on"]) == {"roles"}


@pytest.mark.promise("BK-05")
def test_the_allocation_log_is_apart_from_files_and_database_and_no_restore_writes_it():
    assert holders("ALLOCATION_LOG") == {"web", "backup"}
    assert "${ALLOCATIONS:-allocations}:/allocations" in SERVICES["web"]["volumes"]
    assert "${ALLOCATIONS:-allocations}:/allocations:ro" in SERVICES["backup"]["volumes"]


def test_the_file_says_that_it_was_not_run():
    assert "has not been run" in TEXT


RECOVERY = yaml.safe_load((ROOT / "docker-compose.recovery.yml").read_text())["services"]


@pytest.mark.promise("BK-04")
def test_with_the_addition_postgresqls_log_leaves_the_host_every_minute_sealed():
    command = RECOVERY["db"]["command"]
    plain = SERVICES["db"]["command"]
    assert command[: len(plain)] == plain  # a list in an addition replaces the one before
    assert "archive_mode=on" in command
    assert "archive_timeout=60" in command
    assert RECOVERY["wal"]["restart"] == "unless-stopped"
    assert RECOVERY["wal"]["command"][2:4] == ["recovery", "seal"]
    assert RECOVERY["base"]["command"][2:4] == ["recovery", "base"]
    for name in ("wal", "base"):  # the key, the place and the network of the backups
        assert RECOVERY[name]["extends"] == {"file": "docker-compose.yml", "service": "backup"}


@pytest.mark.promise("BK-04")
def test_what_postgresql_archives_the_sealing_service_may_take_away():
    folder = RECOVERY["wal-folder"]["command"]
    assert folder[-2:] == ["2770", "/wal"]
    assert RECOVERY["wal"]["user"] == "10001:10001"
    assert "--uid 10001 --gid 10001" in (ROOT / "Dockerfile").read_text()
    assert "KEEPER_PASSWORD=\n" in (ROOT / ".env.example").read_text()
