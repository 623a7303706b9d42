"""Small facts about processes and ports of this machine."""

import functools
import os
import shutil
import socket
import subprocess
from pathlib import Path

from .trouble import Trouble

NOBODY = 65534


def alive(pid: int) -> bool:
    """Whether a process of this number exists; one that is dead but not yet awaited does not."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (OSError, IndexError):
        return True


def working_in(folder: Path) -> list[int]:
    """Processes whose working folder is this one (PostgreSQL's are in its data folder)."""
    target = os.path.realpath(folder)
    found = []
    for entry in Path("/proc").glob("[0-9]*"):
        try:
            if os.readlink(entry / "cwd") == target:
                found.append(int(entry.name))
        except OSError:
            continue
    return found


def port_is_free(port: int) -> bool:
    return port_is_free_on("127.0.0.1", port)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def addresses_of_localhost() -> tuple[str, ...]:
    """Where `localhost` may lead a browser: IPv4, and IPv6 where this machine has it."""
    try:
        with socket.socket(socket.AF_INET6) as probe:
            probe.bind(("::1", 0))
    except OSError:
        return ("127.0.0.1",)
    return ("127.0.0.1", "[::1]")


def port_is_free_on(address: str, port: int) -> bool:
    family = socket.AF_INET6 if address.startswith("[") else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((address.strip("[]"), port))
        except OSError:
            return False
        return True


def first_free_port(wished: int, addresses: tuple[str, ...], tries: int = 50) -> int:
    """The wished port or the next one that is free on every address."""
    for port in range(wished, wished + tries):
        if all(port_is_free_on(address, port) for address in addresses):
            return port
    raise Trouble(
        f"No port from {wished} to {wished + tries - 1} is free; name one: PORT=9000 make demo"
    )


@functools.cache
def user_namespaces_work() -> bool:
    unshare = shutil.which("unshare")
    if not unshare:
        return False
    tried = subprocess.run([*as_nobody_inside(unshare), "true"], capture_output=True, check=False)
    return tried.returncode == 0


def as_nobody_inside(unshare: str = "unshare") -> list[str]:
    """Words before a command: it sees itself as nobody, the machine sees who started it."""
    return [unshare, "--user", f"--map-user={NOBODY}", f"--map-group={NOBODY}", "--"]
