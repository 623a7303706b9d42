"""One running program of the service: started apart from the terminal, ended with its children."""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import IO

from .programs import Program

PR_SET_PDEATHSIG = 1
LOG_LIMIT = 10_000_000  # bytes; a longer log is put aside at the next start


def end_with_parent() -> None:
    """In the child, on Linux: a supervisor that is killed takes its programs with it."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


class Child:
    """A program with its process, its log file, and the moments at which it died."""

    def __init__(
        self,
        program: Program,
        python: list[str],
        everything: Mapping[str, str],
        root: Path,
        log: Path,
    ) -> None:
        self.program = program
        self.log = log
        self.deaths: list[float] = []
        self.given_up = False
        self.again_at: float | None = None
        self._command = [*python, *program.words]
        self._environment = program.environment(everything)
        self._root = root
        self._log_from = 0
        self._process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self.log.parent.mkdir(parents=True, exist_ok=True)
        if self.log.exists() and self.log.stat().st_size > LOG_LIMIT:
            self.log.replace(self.log.with_suffix(".log.1"))
        with open(self.log, "ab") as log:
            self._log_from = log.tell()
            self._process = subprocess.Popen(
                self._command,
                cwd=self._root,
                env=self._environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                preexec_fn=end_with_parent,
            )
        self.again_at = None

    @property
    def running(self) -> bool:
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int | None:
        return self._process.pid if self._process else None

    @property
    def exit_status(self) -> int | None:
        return self._process.returncode if self._process else None

    @property
    def started(self) -> bool:
        return self._process is not None

    def said(self) -> str:
        """What it wrote since its last start."""
        try:
            with open(self.log, errors="replace") as log:
                log.seek(self._log_from)
                return log.read()
        except OSError:
            return ""

    def tail(self, lines: int = 12) -> str:
        kept = self.said().splitlines()[-lines:]
        return "\n".join(f"    {line[:300]}" for line in kept) or "    (it said nothing)"

    def ask_to_end(self) -> None:
        if self.running and self._process:
            self._process.terminate()

    def kill(self) -> None:
        """It and everything that it started."""
        if self._process is None:
            return
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()

    def ended_by(self, deadline: float) -> bool:
        """Wait until then; whether it has ended."""
        while self.running and time.monotonic() < deadline:
            time.sleep(0.05)
        return not self.running


def run_to_end(
    words: list[str],
    root: Path,
    environment: Mapping[str, str],
    *,
    log: IO[str] | None = None,
    asks: bool = False,
    ended: Callable[[], object] = lambda: False,
) -> int:
    """Run a command to its end, in the terminal or into a log; its exit status.

    Unless it `asks` the person something, Ctrl-C reaches the caller alone. Where the caller is
    `ended`, or is left by an exception, the command is ended with all that it started.
    """
    process = subprocess.Popen(
        words,
        cwd=root,
        env={**environment, "PYTHONUNBUFFERED": "1"},
        stdin=None if asks else subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        start_new_session=not asks,
        preexec_fn=end_with_parent,
    )
    try:
        while process.poll() is None and not ended():
            time.sleep(0.02)
    finally:
        end(process, group=not asks)
    return process.returncode


def end(process: "subprocess.Popen[bytes]", *, group: bool) -> None:
    """It has ended, in order within ten seconds or killed; with its group nothing of it is left."""
    process.terminate()
    with contextlib.suppress(subprocess.TimeoutExpired):
        process.wait(10)
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(process.pid, signal.SIGKILL) if group else process.kill()
    process.wait()
