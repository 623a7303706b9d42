"""A service that lives for one command: its own PostgreSQL and broker, gone afterwards."""

import contextlib
import os
import shutil
import signal
from collections.abc import Iterator
from pathlib import Path
from types import FrameType

from . import secret_store
from .broker import Broker
from .child import run_to_end
from .environment import ROOT, folder
from .postgres import Cluster
from .processes import alive
from .programs import has_command, python_words


def sweep(parent: Path) -> None:
    """What killed runs left behind: each folder is named after the process that made it."""
    for left in parent.glob("[0-9]*"):
        if left.name.isdigit() and not alive(int(left.name)):
            Broker(left).stop()
            for durable in (False, True):  # in memory, or on the disk
                Cluster(left, durable=durable).remove()
            shutil.rmtree(left, ignore_errors=True)


def interrupted(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


@contextlib.contextmanager
def throwaway(
    root: Path = ROOT, *, durable: bool, database: str = "reminet"
) -> Iterator[dict[str, str]]:
    """The environment of a fresh empty service; servers and data are gone after the block."""
    parent = folder(root) / "throwaway"
    sweep(parent)
    home = parent / str(os.getpid())
    before = signal.signal(signal.SIGTERM, interrupted)
    cluster, broker = Cluster(home, durable=durable), Broker(home)
    try:
        cluster.ensure(database)
        broker.ensure()
        sync = {} if durable else {"ALLOCATION_LOG_SYNC": "off"}
        yield variables(home, cluster, broker, database) | sync
    finally:
        signal.signal(signal.SIGTERM, before)
        broker.stop()
        cluster.remove()
        shutil.rmtree(home, ignore_errors=True)


def variables(home: Path, cluster: Cluster, broker: Broker, database: str) -> dict[str, str]:
    secrets = secret_store.load(home / "secrets.json")
    files = home / "files"
    files.mkdir(mode=0o700)
    return {
        "DJANGO_SETTINGS_MODULE": "reminet_site.settings",
        "LOCAL": "1",
        "SECRET_KEY": secrets["SECRET_KEY"],
        "VAULT_KEY": secrets["VAULT_KEY"],
        "DATA_DIR": str(files),
        "DATABASE_URL": cluster.url("app", database),
        "OWNER_DATABASE_URL": cluster.url("owner", database),
        "BROKER_URL": broker.url(),
    }


def run_command(root: Path, name: str, words: list[str], *, durable: bool) -> int:
    """`manage.py NAME` on a fresh database brought up to date; its exit status."""
    if not has_command(root, name):
        print(f"{name}: this build does not have it yet; skipped.", flush=True)
        return 0
    return run_all(root, [["prepare_database"], [name, *words]], durable=durable)


def run_all(root: Path, commands: list[list[str]], *, durable: bool = False) -> int:
    """Django's commands one after the other on one fresh database, up to the first that fails."""
    with throwaway(root, durable=durable) as values:
        environment = dict(os.environ) | values
        for command in commands:
            words = [*python_words(root), "manage.py", *command]
            status = run_to_end(words, root, environment)
            if status:
                return status
    return 0
