"""Small facts about processes and ports of this machine."""

import functools
import os
import shutil
import socket
import subprocess
from pathlib import Path

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
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


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
