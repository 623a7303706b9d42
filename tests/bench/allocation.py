"""Allocations that are right whatever happens, and how many a second."""

import json
import os
import random
import subprocess
import time
from collections.abc import Iterator

from reminet_site.local.environment import ROOT
from reminet_site.local.programs import python_words
from tests.bench.rows import Row, rate
from tests.bench.service import Servers

PROCESSES, KILLS = 2, 3
CENTRES = 60
EACH = 8  # kits of each arm that each centre gets before each load; a centre holds a dozen or two
COUNTS = {1: 120, 8: 300, 32: 240}  # allocations; at most 8 new ones at a centre can be assured
FULL_NUMBER = 100_000


def start(values: dict[str, str], *words: object) -> subprocess.Popen:
    line = [*python_words(ROOT), "-m", "tests.bench.allocate", *map(str, words)]
    pipe = subprocess.PIPE
    return subprocess.Popen(
        line, cwd=ROOT, env=values, stdin=pipe, stdout=pipe, stderr=pipe, text=True
    )


def ended(process: subprocess.Popen) -> str:
    said, error = process.communicate()
    if process.returncode:
        raise SystemExit(f"The allocation did not run: {error[-2000:]}")
    return said


def begun(process: subprocess.Popen) -> subprocess.Popen:
    """The process has read its code and works."""
    assert process.stdout is not None
    if not process.stdout.readline():
        ended(process)
    return process


def run(values: dict[str, str], *words: object) -> str:
    return ended(start(values, *words))


def correct(servers: Servers, method: str, most: int, seconds: float) -> Row:
    """Two processes of 16 clients; KILLS times one of them is killed and another started."""
    values = dict(os.environ) | servers.clone(f"allocate_{method}")
    run(values, "prepare", method, most + most % 2, 24)
    draw, kills = random.Random(31), 0

    def another() -> subprocess.Popen:
        return begun(start(values, "pure", seconds, 16, most))

    processes = [another() for _ in range(PROCESSES)]
    for _ in range(KILLS):
        time.sleep(2 + 2 * draw.random())
        victim = draw.randrange(PROCESSES)
        if processes[victim].poll() is None:
            processes[victim].kill()
            processes[victim].communicate()
            kills += 1
            processes[victim] = another()
    for process in processes:
        ended(process)
    found = json.loads(run(values, "check", method))
    made, faults = found["allocations"], found["faults"]
    return Row(
        f"allocation correct, {method}",
        f"{faults} faults in {made:,}",
        f"32 clients, 5 % rolled back, {kills} killed",
        1.0 if made and not faults else 0.0,
        1.0 if faults or made >= FULL_NUMBER else None,  # fewer do not meet the goal
        note="" if made >= FULL_NUMBER else f"the goal asks for {FULL_NUMBER:,}: --allocations",
    )


def together(values: dict[str, str], jobs: list[tuple[object, ...]]) -> tuple[float, list[str]]:
    """Start the processes, let them begin at one moment; when that was, and what each said."""
    processes = [begun(process) for process in [start(values, *job) for job in jobs]]
    began = time.monotonic()
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("\n")
        process.stdin.flush()
    return began, [ended(process) for process in processes]


def shares(clients: int) -> list[int]:
    """Threads of each process."""
    return [clients] if clients == 1 else [clients // PROCESSES] * PROCESSES


def rates(servers: Servers) -> Iterator[Row]:
    """The whole action (gate passed, kit, audit) beside single rows committed by as many."""
    name = "allocate_rate"
    values = dict(os.environ) | servers.clone(name)
    servers.cluster.psql("CREATE TABLE bench_commit (id bigserial, x int)", name)
    servers.cluster.psql(
        "GRANT ALL ON bench_commit TO owner; GRANT ALL ON SEQUENCE bench_commit_id_seq TO owner",
        name,
    )
    run(values, "prepare", "minimisation", 0, CENTRES)
    first = 0
    for clients, whole in COUNTS.items():
        run(values, "supply", EACH, whole)
        threads, count = shares(clients), whole // len(shares(clients))
        jobs = [("full", first + place * count, count, n) for place, n in enumerate(threads)]
        began, ends = together(values, jobs)
        mine = (whole - clients) / (max(map(float, ends)) - began)
        first += whole
        _, said = together(values, [("commit", 2, n) for n in threads])
        single = sum(map(int, said)) / 2
        goals = (0.05, 0.10) if clients == 8 else (None, None)
        yield Row(
            f"allocation rate, {clients} client{'s' if clients > 1 else ''}",
            rate(mine),
            f"single-row commits {rate(single)}",
            mine / single,
            *goals,
        )


def rows(servers: Servers, most: int) -> Iterator[Row]:
    for method in ("minimisation", "list"):
        yield correct(servers, method, most, max(40.0, most / 20))
    yield from rates(servers)
