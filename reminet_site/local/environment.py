"""The variables that the settings read, filled from `.local/` wherever the person set none.

A variable that is set always wins. The two database addresses go together: where one is set,
neither is filled, so that the service never reads one server and migrates another.
"""

import os
from collections.abc import Mapping
from pathlib import Path

from . import secret_store
from .broker import Broker
from .postgres import Cluster
from .trouble import Trouble

ROOT = Path(__file__).resolve().parents[2]
EMPTY = "reminet"
DEMO = "reminet_demo"
DEMO_BUILDING = "reminet_demo_building"
BROKER_NUMBERS = {EMPTY: 0, DEMO: 1, DEMO_BUILDING: 1}


def folder(root: Path = ROOT) -> Path:
    """Everything that the local services keep: data, passwords, logs, files. Not in git."""
    return root / ".local"


def own_database(environ: Mapping[str, str]) -> bool:
    """Whether the person names a PostgreSQL server; both addresses or none."""
    given = [name for name in ("DATABASE_URL", "OWNER_DATABASE_URL") if environ.get(name)]
    if given == ["OWNER_DATABASE_URL"]:
        raise Trouble(
            "OWNER_DATABASE_URL is set and DATABASE_URL is not. Set both: the first is the role "
            "owner's, the second the role app's (reminet_site/local/roles.sql makes the roles)."
        )
    return bool(given)


def ensure_services(root: Path = ROOT, *databases: str) -> None:
    """PostgreSQL with its roles and these databases runs, and the broker, unless named."""
    if not own_database(os.environ):
        Cluster(folder(root)).ensure(*databases)
    if not os.environ.get("BROKER_URL"):
        Broker(folder(root)).ensure()


def environment(
    database: str = EMPTY, root: Path = ROOT, environ: Mapping[str, str] | None = None
) -> dict[str, str]:
    """What is to be added to the environment; the servers that it names must be running."""
    environ = os.environ if environ is None else environ
    home = folder(root)
    secrets = secret_store.load(home / "secrets.json")
    values = {
        "DJANGO_SETTINGS_MODULE": "reminet_site.settings",
        "LOCAL": "1",
        "SECRET_KEY": secrets["SECRET_KEY"],
        "VAULT_KEY": secrets["VAULT_KEY"],
        "ANCHOR_KEY": secrets["ANCHOR_KEY"],
        "BACKUP_KEY": secrets["BACKUP_KEY"],
        "DATA_DIR": str(home / "files" / files_of(database)),
        "LOG_DIR": str(home / "log"),
    }
    if not own_database(environ):
        cluster = Cluster(home)
        values["DATABASE_URL"] = cluster.url("app", database)
        values["OWNER_DATABASE_URL"] = cluster.url("owner", database)
    if not environ.get("BROKER_URL"):
        values["BROKER_URL"] = Broker(home).url(BROKER_NUMBERS.get(database, 2))
    return {name: value for name, value in values.items() if not environ.get(name)}


def files_of(database: str) -> str:
    """The folder of releases and mails: a demonstration being built already writes its own."""
    return DEMO if database == DEMO_BUILDING else database


def apply(database: str | None = None, root: Path = ROOT) -> None:
    """The servers run and this process knows them. REMINET_DATABASE chooses another database."""
    database = database or os.environ.get("REMINET_DATABASE") or EMPTY
    ensure_services(root, database)
    os.environ.update(environment(database, root))
    Path(os.environ["DATA_DIR"]).mkdir(parents=True, exist_ok=True, mode=0o700)
