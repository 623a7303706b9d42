"""A program of the service: its log, its death, and that nothing of it outlives it."""

import os
import sys
import time
from pathlib import Path

import pytest

from reminet_site.local.child import Child
from reminet_site.local.processes import alive
from reminet_site.local.programs import Program


def child(tmp_path: Path, script: str, **facts: object) -> Child:
    program = Program("fake", ("-c", script), **facts)  # type: ignore[arg-type]
    return Child(program, [sys.executable], dict(os.environ), tmp_path, tmp_path / "fake.log")


def test_what_it_says_goes_to_its_log_and_only_the_last_start_counts(tmp_path):
    fake = child(tmp_path, "print('hello')")
    for _ in range(2):
        fake.start()
        assert fake.ended_by(time.monotonic() + 10)
    assert (tmp_path / "fake.log").read_text() == "hello\nhello\n"
    assert fake.said() == "hello\n"


def test_the_tail_of_a_silent_program_says_so(tmp_path):
    assert "said nothing" in child(tmp_path, "").tail()


def test_killing_it_kills_what_it_started(tmp_path):
    script = (
        "import subprocess, sys, time; p = subprocess.Popen([sys.executable, '-c',"
        " 'import time; time.sleep(60)']); print(p.pid, flush=True); time.sleep(60)"
    )
    fake = child(tmp_path, script)
    fake.start()
    deadline = time.monotonic() + 10
    while not fake.said() and time.monotonic() < deadline:
        time.sleep(0.02)
    grandchild = int(fake.said())
    fake.kill()
    while alive(grandchild) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert not fake.running
    assert not alive(grandchild)


@pytest.mark.parametrize("status", [0, 3])
def test_its_exit_status_is_told(tmp_path, status):
    fake = child(tmp_path, f"raise SystemExit({status})")
    fake.start()
    assert fake.ended_by(time.monotonic() + 10)
    assert fake.exit_status == status
