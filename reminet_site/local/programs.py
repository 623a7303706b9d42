"""Which programs make up the service, and what each of them may know. Decisions only."""

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

# Secrets that a program gets only when its line below names them.
GUARDED = frozenset({"VAULT_KEY", "ANCHOR_KEY", "BACKUP_KEY", "OWNER_DATABASE_URL"})
WEB_WORKERS, WEB_THREADS = 2, 8


@dataclass(frozen=True)
class Program:
    """One process: its words after `python`, the guarded secrets it may hold, a sign of life."""

    name: str
    words: tuple[str, ...]
    holds: frozenset[str] = frozenset()
    says_when_ready: str = ""
    essential: bool = False
    patience: float = 20.0  # seconds given to end in order before it is killed

    def environment(self, everything: Mapping[str, str]) -> dict[str, str]:
        """Its environment: all but the guarded secrets that it does not hold."""
        hidden = GUARDED - self.holds
        values = {name: value for name, value in everything.items() if name not in hidden}
        return values | {"PYTHONUNBUFFERED": "1"}


def worker(name: str, queues: str, holds: frozenset[str] = frozenset()) -> Program:
    words = ("celery", "-A", "reminet_site.celery", "worker", "-Q", queues, "-n", f"{name}@local")
    plain = ("--concurrency", "1", "--without-gossip", "--without-mingle", "-l", "INFO")
    return Program(name, ("-m", *words, *plain), holds, " ready.")


def programs(port: int, addresses: tuple[str, ...], scratch: Path) -> tuple[Program, ...]:
    """In the order of their start; they end in the reverse order of patience: web first."""
    binds = [word for address in addresses for word in ("--bind", f"{address}:{port}")]
    web = (
        "-m", "gunicorn", "reminet_site.wsgi:application", "--worker-class", "gthread",
        "--workers", str(WEB_WORKERS), "--threads", str(WEB_THREADS), "--timeout", "60",
        "--graceful-timeout", "10", "--no-control-socket", *binds,
    )  # fmt: skip
    beat = (
        "-m", "celery", "-A", "reminet_site.celery", "beat", "-l", "INFO",
        "--schedule", str(scratch / "beat"), "--pidfile", "",
    )  # fmt: skip
    key = frozenset({"VAULT_KEY"})
    return (
        Program("web", web, key, essential=True),
        Program("beat", beat, says_when_ready="beat: Starting..."),
        worker("worker", "default,analysis", frozenset({"ANCHOR_KEY"})),
        worker("worker-unblinded", "unblinded", key),
    )


def restart_delay(deaths: list[float], now: float) -> float | None:
    """Seconds to wait before the next start; None after the fifth death within five minutes."""
    recent = [moment for moment in deaths if now - moment < 300]
    return None if len(recent) >= 5 else float(2 ** (len(recent) - 1))


def python_words(root: Path) -> list[str]:
    """The interpreter of this environment, whatever else is on PATH."""
    inside = root / ".venv" / "bin" / "python"
    return [str(inside) if os.access(inside, os.X_OK) else sys.executable]


def has_command(root: Path, name: str) -> bool:
    """Whether this build has that command of manage.py."""
    return any(root.glob(f"*/management/commands/{name}.py"))
