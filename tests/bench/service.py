"""The service that the bench runs against: servers of its own, the real web server, gone after."""

import contextlib
import os
import shutil
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from reminet_site.local.broker import Broker
from reminet_site.local.environment import ROOT, folder
from reminet_site.local.postgres import Cluster
from reminet_site.local.processes import free_port
from reminet_site.local.programs import WEB_THREADS, WEB_WORKERS, python_words
from reminet_site.local.throwaway import sweep, variables
from tests.bench.forms import write_definition

HOME = folder(ROOT) / "bench"
DATABASE, READY = "reminet", "ready"


@dataclass
class Servers:
    """PostgreSQL (durable: fsync on) and the broker, and the environment that leads to them."""

    cluster: Cluster
    broker: Broker
    environment: dict[str, str]

    def superuser(self, sql: str) -> str:
        return self.cluster.psql(sql, DATABASE)

    @property
    def log(self) -> Path:
        return self.cluster.log

    def clone(self, name: str) -> dict[str, str]:
        """A copy of the database as it was made ready, and the environment that leads to it."""
        self.cluster.psql(f'CREATE DATABASE "{name}" TEMPLATE "{READY}" OWNER owner')
        self.cluster.psql(f'GRANT CONNECT ON DATABASE "{name}" TO app')
        self.cluster.psql(f"ALTER DATABASE \"{name}\" SET timezone = 'UTC'")
        return {
            "DATABASE_URL": self.cluster.url("app", name),
            "OWNER_DATABASE_URL": self.cluster.url("owner", name),
            "ALLOCATION_LOG": str(self.cluster.folder / "allocations" / f"{name}.jsonl"),
        }

    def keep_ready(self) -> None:
        """The database as it is now is what clones are made of; nobody may be connected."""
        self.cluster.psql(f'CREATE DATABASE "{READY}" TEMPLATE "{DATABASE}" OWNER owner')


@contextlib.contextmanager
def servers() -> Iterator[Servers]:
    HOME.mkdir(parents=True, exist_ok=True, mode=0o700)
    sweep(HOME)
    home = HOME / str(os.getpid())
    cluster, broker = Cluster(home, durable=True), Broker(home)
    try:
        cluster.ensure(DATABASE)
        broker.ensure()
        values = variables(home, cluster, broker, DATABASE)
        write_definition(ROOT / "crf" / "definitions" / "reminet", home / "definition")
        values |= {
            "DJANGO_SETTINGS_MODULE": "tests.bench.settings",
            "DEFINITION_DIR": str(home / "definition"),
        }
        yield Servers(cluster, broker, values)
    finally:
        broker.stop()
        cluster.remove()
        shutil.rmtree(home, ignore_errors=True)


@contextlib.contextmanager
def web(log: Path) -> Iterator[int]:
    """The web server as the service starts it; its port, when it answers."""
    port = free_port()
    words = [
        *python_words(ROOT), "-m", "gunicorn", "reminet_site.wsgi:application",
        "--worker-class", "gthread", "--workers", str(WEB_WORKERS), "--threads", str(WEB_THREADS),
        "--no-control-socket", "--keep-alive", "60", "--bind", f"127.0.0.1:{port}",
    ]  # fmt: skip
    environment = {k: v for k, v in os.environ.items() if k != "OWNER_DATABASE_URL"}
    with open(log, "w") as said:
        process = subprocess.Popen(words, cwd=ROOT, env=environment, stdout=said, stderr=said)
    try:
        wait_for(port, process, log)
        yield port
    finally:
        process.terminate()
        process.wait(20)


def wait_for(port: int, process: subprocess.Popen, log: Path) -> None:
    for _ in range(300):
        with contextlib.suppress(OSError):
            urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=2).read()
            return
        if process.poll() is not None:
            break
        time.sleep(0.1)
    raise SystemExit(f"The web server did not start:\n{log.read_text()[-2000:]}")
