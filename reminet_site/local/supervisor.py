"""Starts the whole service on this machine, watches it, and ends it in order.

PostgreSQL, broker, database brought up to date by its owner, then web, beat and the two workers.
Ctrl-C or SIGTERM ends them all; a second Ctrl-C does not wait. A supervisor that is killed takes
its programs with it, and the next start finds PostgreSQL and the broker and uses them.
"""

import contextlib
import fcntl
import json
import os
import shutil
import signal
import time
import urllib.error
import urllib.request
from collections.abc import Mapping
from pathlib import Path
from types import FrameType
from typing import IO

from .broker import Broker
from .child import Child, run_to_end
from .environment import (
    DEMO,
    DEMO_BUILDING,
    EMPTY,
    ROOT,
    ensure_services,
    environment,
    folder,
    own_database,
)
from .postgres import Cluster
from .processes import addresses_of_localhost, first_free_port
from .programs import has_command, programs, python_words, restart_delay
from .trouble import Trouble

FIRST_PORT = 8000
SECONDS_TO_ANSWER = 240


class Ended(Exception):
    """Ctrl-C or SIGTERM came; everything is to be ended in order."""


def say(text: str) -> None:
    print(text, flush=True)


class Supervisor:
    """`demo=True` serves the demonstration, built on first use; else an empty trial."""

    def __init__(self, *, demo: bool, root: Path = ROOT, port: int | None = None) -> None:
        self.demo = demo
        self.root = root
        self.home = folder(root)
        self.database = DEMO if demo else EMPTY
        self.port = port
        self.children: list[Child] = []
        self.asked_to_end = 0
        self._lock: IO[str] | None = None

    def run(self) -> int:
        """From nothing to served and, when asked to end, to nothing. The exit status."""
        self._hold_lock()
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._asked)
        status = 0
        try:
            self._prepare()
            self._serve()
        except Ended:
            pass
        except Trouble:
            status = 1
            raise
        finally:
            self._end()
        return status

    # -- one at a time -----------------------------------------------------------------

    def _hold_lock(self) -> None:
        self.home.mkdir(parents=True, exist_ok=True, mode=0o700)
        handle = open(self.home / "supervisor.lock", "a+")  # noqa: SIM115 (held until the end)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Trouble(already_running(self.home)) from None
        self._lock = handle
        self._note({"pid": os.getpid(), "what": self.database})

    def _note(self, facts: Mapping[str, object]) -> None:
        assert self._lock
        self._lock.seek(0)
        self._lock.truncate()
        json.dump(facts, self._lock)
        self._lock.flush()

    # -- before serving ----------------------------------------------------------------

    def _prepare(self) -> None:
        say("Starting PostgreSQL and the broker ...")
        ensure_services(self.root)
        self._check_end()
        if self.demo and not has_command(self.root, "demonstration"):
            say("This build has no demonstration yet; an empty trial is served.")
            self.database = EMPTY
        elif self.demo and self._demonstration_is_missing():
            self._build_demonstration()
        ensure_services(self.root, self.database)
        say("Bringing the database up to date ...")
        self._manage("prepare_database", quiet=True)
        if not self.demo:
            self._manage("first_administrator", "--if-none", asks=True)

    def _demonstration_is_missing(self) -> bool:
        if own_database(os.environ):
            return True  # the command looks for itself
        return DEMO not in Cluster(self.home).psql("SELECT datname FROM pg_database").split()

    def _build_demonstration(self) -> None:
        """Built under another name and renamed when whole, so that an interrupted one is no one."""
        if own_database(os.environ):
            self._manage("prepare_database", quiet=True)
            self._manage("demonstration", "--if-absent")
            return
        cluster = Cluster(self.home)
        say("Building the demonstration trial, once ...")
        cluster.psql(f'DROP DATABASE IF EXISTS "{DEMO_BUILDING}" WITH (FORCE)')
        cluster.ensure(DEMO_BUILDING)
        shutil.rmtree(self.home / "files" / DEMO, ignore_errors=True)
        self._manage("prepare_database", database=DEMO_BUILDING, quiet=True)
        self._manage("demonstration", database=DEMO_BUILDING)
        cluster.psql(f'ALTER DATABASE "{DEMO_BUILDING}" RENAME TO "{DEMO}"')

    def everything(self, database: str | None = None) -> dict[str, str]:
        """The environment of a program that may know all."""
        merged = dict(os.environ) | environment(database or self.database, self.root)
        if self.port:
            merged.setdefault("SITE_URL", f"http://localhost:{self.port}")
        Path(merged["DATA_DIR"]).mkdir(parents=True, exist_ok=True, mode=0o700)
        return merged

    def _manage(
        self, *words: str, database: str | None = None, quiet: bool = False, asks: bool = False
    ) -> None:
        """Run one of Django's commands to its end, in the terminal or, quiet, into a log."""
        log = self.home / "log" / f"{words[0]}.log"
        with open(log, "w") as file:
            status = run_to_end(
                [*python_words(self.root), "manage.py", *words],
                self.root,
                self.everything(database),
                log=file if quiet else None,
                asks=asks,
                ended=lambda: self.asked_to_end,
            )
        self._check_end()
        if status:
            said = "\n".join(log.read_text().splitlines()[-15:]) if quiet else ""
            raise Trouble(f"`manage.py {words[0]}` failed. {said or 'What it says is above.'}")

    # -- serving -----------------------------------------------------------------------

    def _serve(self) -> None:
        addresses = addresses_of_localhost()
        wished = self.port or FIRST_PORT
        self.port = first_free_port(wished, addresses)
        if self.port != wished:
            say(f"Port {wished} is in use by another program; this is served on {self.port}.")
        scratch = self.home / "beat"
        scratch.mkdir(exist_ok=True)
        (self.home / "static").mkdir(exist_ok=True)
        for program in programs(self.port, addresses, scratch):
            log = self.home / "log" / f"{program.name}.log"
            python = python_words(self.root)
            child = Child(program, python, self.everything(), self.root, log)
            self.children.append(child)
            child.start()
        self._wait_until_ready()
        self._watch()

    def _wait_until_ready(self) -> None:
        deadline = time.monotonic() + SECONDS_TO_ANSWER
        waiting = list(self.children)
        while waiting:
            self._look_after()
            waiting = [child for child in waiting if not self._is_ready(child)]
            if time.monotonic() > deadline:
                late = [child for child in waiting if child.program.essential]
                if late:
                    raise Trouble(
                        f"The service does not answer. {late[0].log} ends:\n{late[0].tail()}"
                    )
                say(f"Not ready yet: {', '.join(child.program.name for child in waiting)}.")
                break
            time.sleep(0.1)
        self._note({"pid": os.getpid(), "what": self.database, "url": self.url})
        say(f"\nREMINET is ready: {self.url}")
        say(f"Ctrl-C ends it. Logs are in {self.home / 'log'}.\n")

    @property
    def url(self) -> str:
        return f"http://localhost:{self.port}/"

    def _is_ready(self, child: Child) -> bool:
        if child.given_up:
            return True
        if child.program.says_when_ready:
            return child.program.says_when_ready in child.said()
        return child.running and answers(f"http://127.0.0.1:{self.port}/health")

    def _watch(self) -> None:
        while True:
            self._look_after()
            time.sleep(0.25)

    def _look_after(self) -> None:
        """Start again what died, a bounded number of times, and say so."""
        self._check_end()
        now = time.monotonic()
        for child in self.children:
            if child.given_up or child.running:
                continue
            if child.again_at is None:
                self._report_death(child, now)
            elif now >= child.again_at:
                self._look_after_servers()
                child.start()
        if now - getattr(self, "_servers_seen", 0.0) > 2:
            self._servers_seen = now
            self._look_after_servers()

    def _report_death(self, child: Child, now: float) -> None:
        child.kill()  # what it started must not outlive it
        child.deaths.append(now)
        delay = restart_delay(child.deaths, now)
        say(f"{child.program.name} ended by itself (status {child.exit_status}). It said:")
        say(child.tail())
        if delay is not None:
            child.again_at = now + delay
            say(f"It is started again in {delay:g} s.")
            return
        child.given_up = True
        if child.program.essential:
            raise Trouble(
                f"{child.program.name} ended five times in five minutes: see {child.log}."
            )
        say(f"It ended five times in five minutes and stays down: see {child.log}. Entries go on;")
        say("what this program computes waits until the service is started again.")

    def _look_after_servers(self) -> None:
        cluster, broker = Cluster(self.home), Broker(self.home)
        if not own_database(os.environ) and not cluster.running:
            say("PostgreSQL ended by itself; it is started again.")
            cluster.ensure()
        if not os.environ.get("BROKER_URL") and not broker.running:
            say("The broker ended by itself; it is started again.")
            broker.ensure()

    # -- ending ------------------------------------------------------------------------

    def _asked(self, number: int, frame: FrameType | None) -> None:
        self.asked_to_end += 1
        if self.asked_to_end == 1:
            say("\nEnding ... (Ctrl-C again does not wait)")

    def _check_end(self) -> None:
        if self.asked_to_end:
            raise Ended

    def _end(self) -> None:
        """Programs first, all asked at once; then the broker and PostgreSQL."""
        for child in self.children:
            child.ask_to_end()
        for child in self.children:
            deadline = time.monotonic() + child.program.patience
            while child.running and time.monotonic() < deadline and self.asked_to_end < 2:
                time.sleep(0.05)
            if child.started:
                child.kill()
        if not os.environ.get("BROKER_URL"):
            Broker(self.home).stop()
        if not own_database(os.environ):
            Cluster(self.home).stop()
        self._note({})
        say("Ended.")


def answers(address: str) -> bool:
    """Whether the service answers there, with anything but a failure of its own."""
    try:
        with urllib.request.urlopen(address, timeout=5) as answer:
            return bool(answer.status < 500)
    except urllib.error.HTTPError as error:
        return error.code < 500
    except OSError:
        return False


def already_running(home: Path) -> str:
    """The sentence for a second start in the same folder."""
    facts = running_supervisor(home)
    where = f" at {facts['url']}" if facts.get("url") else " (it is still starting)"
    return (
        f"The service is running already{where}, process {facts.get('pid', '?')}. "
        "End it with Ctrl-C where it was started, or with `make down`."
    )


def running_supervisor(home: Path) -> dict[str, object]:
    """What the running supervisor noted; empty where none runs: its lock ends with it."""
    try:
        with open(home / "supervisor.lock") as lock:
            with contextlib.suppress(BlockingIOError):
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
                return {}
            facts = json.loads(lock.read() or "{}")
    except (OSError, ValueError):
        return {}
    return facts if isinstance(facts, dict) else {}
