"""The whole service on servers of its own, killed at will and started again by a watcher."""

import contextlib
import os
import random
import secrets
import shutil
import signal
import threading
import time
from base64 import b64encode
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path

from reminet_site.local.broker import Broker
from reminet_site.local.child import Child
from reminet_site.local.environment import ROOT, folder
from reminet_site.local.postgres import Cluster
from reminet_site.local.processes import alive, free_port
from reminet_site.local.programs import programs, python_words
from reminet_site.local.supervisor import answers
from reminet_site.local.throwaway import sweep, variables
from reminet_site.local.trouble import Trouble

HOME = folder(ROOT) / "faults"
DATABASE = "reminet"
SECONDS_TO_RECOVER = 120.0


class Service:
    """PostgreSQL (fsync on), broker, web, beat, both workers; each may be killed at any moment."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.cluster, self.broker = Cluster(home, durable=True), Broker(home)
        self.cluster.ensure(DATABASE)
        self.broker.ensure()
        self.environment = variables(home, self.cluster, self.broker, DATABASE)
        self.environment["ANCHOR_KEY"] = b64encode(secrets.token_bytes(32)).decode()
        self.port = free_port()
        self.children: dict[str, Child] = {}
        self.kills: Counter[str] = Counter()
        self._watching = threading.Event()
        self._watcher: threading.Thread | None = None

    # -- starting and watching -----------------------------------------------------------

    def serve(self) -> None:
        """Every program runs and the web answers; what ends by itself is started again."""
        everything = dict(os.environ) | self.environment
        (self.home / "beat").mkdir(exist_ok=True)
        for program in programs(self.port, ("127.0.0.1",), self.home / "beat"):
            log = self.home / "log" / f"{program.name}.log"
            child = Child(program, python_words(ROOT), everything, ROOT, log)
            self.children[program.name] = child
            child.start()
        self._watching.set()
        self._watcher = threading.Thread(target=self._watch, daemon=True)
        self._watcher.start()
        self.wait_for_answer()

    def _watch(self) -> None:
        while self._watching.is_set():
            with contextlib.suppress(Trouble):  # not up yet: asked again in a moment
                if not self.cluster.running:
                    self.cluster.ensure()
                if not self.broker.running:
                    self.broker.ensure()
            for child in self.children.values():
                if not child.running:
                    child.kill()  # what it started must not outlive it
                    child.start()
            time.sleep(0.1)

    def wait_for_answer(self) -> None:
        deadline = time.monotonic() + SECONDS_TO_RECOVER
        while not answers(f"http://127.0.0.1:{self.port}/health"):
            if time.monotonic() > deadline:
                raise SystemExit(f"The web does not come back:\n{self.children['web'].tail(30)}")
            time.sleep(0.2)

    def wait_for_all(self) -> None:
        """After the last kill: servers, web and workers are there again."""
        deadline = time.monotonic() + SECONDS_TO_RECOVER
        self.wait_for_answer()
        while not (self.cluster.running and self.broker.running and self._ready()):
            if time.monotonic() > deadline:
                raise SystemExit("The workers do not come back.")
            time.sleep(0.2)

    def _ready(self) -> bool:
        return all(
            child.running and child.program.says_when_ready in child.said()
            for child in self.children.values()
        )

    def end(self) -> None:
        self._watching.clear()
        if self._watcher:
            self._watcher.join(SECONDS_TO_RECOVER)
        for child in self.children.values():
            child.ask_to_end()
        for child in self.children.values():
            child.ended_by(time.monotonic() + 5)
            child.kill()
        self.broker.stop()
        self.cluster.remove()

    # -- killing -------------------------------------------------------------------------

    def kill(self, what: str, draw: random.Random) -> None:
        """SIGKILL, counted where it met a living process."""
        pids = TARGETS[what](self)
        if not pids:
            return
        pid = draw.choice(pids)
        with contextlib.suppress(ProcessLookupError):
            if what in WHOLE_GROUPS:
                os.killpg(pid, signal.SIGKILL)
            else:
                os.kill(pid, signal.SIGKILL)
            self.kills[what] += 1

    def pid_of(self, name: str) -> list[int]:
        child = self.children[name]
        return [child.pid] if child.running and child.pid else []

    def postmaster(self) -> list[int]:
        with contextlib.suppress(OSError, ValueError, IndexError):
            pid = int((self.cluster.data / "postmaster.pid").read_text().splitlines()[0])
            return [pid] if alive(pid) else []
        return []


def children_of(pids: list[int]) -> list[int]:
    found = []
    for pid in pids:
        with contextlib.suppress(OSError):
            text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
            found += [int(one) for one in text.split()]
    return found


# What is killed. The first three with everything they started; of the others one process.
TARGETS: dict[str, Callable[[Service], list[int]]] = {
    "web": lambda it: it.pid_of("web"),
    "worker": lambda it: it.pid_of("worker"),
    "worker-unblinded": lambda it: it.pid_of("worker-unblinded"),
    "web, one process": lambda it: children_of(it.pid_of("web")),
    "broker": lambda it: [it.broker.pid] if it.broker.pid else [],
    "PostgreSQL": lambda it: it.postmaster(),
    "PostgreSQL, one backend": lambda it: children_of(it.postmaster()),
}
WHOLE_GROUPS = ("web", "worker", "worker-unblinded")


@contextlib.contextmanager
def service() -> Iterator[Service]:
    HOME.mkdir(parents=True, exist_ok=True, mode=0o700)
    sweep(HOME)
    home = HOME / str(os.getpid())
    made = Service(home)
    try:
        yield made
    finally:
        made.end()
        shutil.rmtree(home, ignore_errors=True)
