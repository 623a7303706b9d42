"""Everything is killed at random while people save and randomise; is anything lost or doubled?

`python -m tests.faults [--saves 1000] [--allocations 100] [--kills 21] [--seed 31]`: the whole
service on servers of its own, PostgreSQL with fsync on. Ends with 1 where anything is wrong.
"""

import argparse
import os
import random
import subprocess
import sys
import time
from pathlib import Path
from typing import TYPE_CHECKING

from reminet_site.local.environment import ROOT
from reminet_site.local.programs import python_words
from tests.faults.service import TARGETS, Service, service

if TYPE_CHECKING:
    from tests.faults.clients import Allocator, Book, Saver
    from tests.faults.judge import Verdict

SAVERS, ALLOCATORS = 8, 3


def arguments(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make faults", description=__doc__)
    parser.add_argument("--saves", type=int, default=1000)
    parser.add_argument("--allocations", type=int, default=100)
    parser.add_argument("--kills", type=int, default=21)
    parser.add_argument("--seed", default="31", help="of the moments and the order of the kills")
    return parser.parse_args(words)


def prepare(here: Service) -> None:
    """Django knows these servers; the database is brought up to date by its owner."""
    os.environ.update(here.environment)
    words = [*python_words(ROOT), "manage.py", "prepare_database"]
    subprocess.run(words, cwd=ROOT, check=True)
    import django

    django.setup()


def plan_of_kills(chosen: argparse.Namespace, draw: random.Random) -> list[tuple[int, str]]:
    """(after how many acts, what): as often each, in an order by chance."""
    names = [list(TARGETS)[n % len(TARGETS)] for n in range(chosen.kills)]
    draw.shuffle(names)
    acts = chosen.saves + chosen.allocations
    moments = sorted(draw.sample(range(acts // 50 + 1, max(acts * 19 // 20, 2)), len(names)))
    return list(zip(moments, names, strict=True))


def clients(here: Service, chosen: argparse.Namespace, book: "Book") -> "list[Saver | Allocator]":
    from tests.faults.clients import Allocator, Browser, Saver
    from tests.faults.trial import build, first_day

    count = max(chosen.allocations, SAVERS)
    trial = build(count, SAVERS)
    savers = [
        Saver(
            Browser(here.port, trial.browser(trial.codes[n], n), book),
            trial.codes[n],
            [f"{n}.{turn}" for turn in range(n, chosen.saves, SAVERS)],
            first_day(trial.centres[0]),
            f"{chosen.seed} saver {n}",
        )
        for n in range(SAVERS)
    ]
    codes = trial.codes[: chosen.allocations]
    # each person randomises at one centre; some participants are saved at the same time
    mine = [[c for c in codes if c[:5] == trial.centres[n % 2].code] for n in range(2)]
    allocators = [
        Allocator(
            Browser(here.port, trial.browser(mine[n % 2][0], n + 1), book),
            mine[n % 2][n // 2 :: 1 + (n % 2 == 0)],
            f"{chosen.seed} allocator {n}",
        )
        for n in range(ALLOCATORS)
        if mine[n % 2]
    ]
    return [*savers, *allocators]


def storm(here: Service, chosen: argparse.Namespace, book: "Book", all_: list) -> None:
    """The clients run; at each drawn moment something is killed."""
    draw = random.Random(chosen.seed)
    plan = plan_of_kills(chosen, draw)
    for client in all_:
        client.start()
    for moment, what in plan:
        while book.done < moment and any(client.is_alive() for client in all_):
            time.sleep(0.002)
        time.sleep(draw.random() * 0.05)
        here.kill(what, draw)
    for client in all_:
        client.join()
    here.wait_for_all()


def judged(here: Service, book: "Book", all_: list) -> "Verdict":
    from django.db import connections

    from tests.faults import judge

    connections.close_all()
    verdict = judge.Verdict()
    killed = ", ".join(f"{name} {here.kills[name]}" for name in TARGETS)
    verdict.lines.append(f"{'killed':12} {here.kills.total()}: {killed}")
    verdict.lines.append(f"{'answers':12} {book.lost_answers} lost or failed, sent again or left")
    verdict.wrong("a client stopped", [one.trouble for one in all_ if one.trouble])
    judge.saves(book, verdict)
    judge.allocations(book, verdict)
    judge.trail(here.home, verdict)
    judge.analysis(verdict)
    return verdict


def main() -> int:
    chosen = arguments(sys.argv[1:])
    began = time.monotonic()
    with service() as here:
        prepare(here)
        from django.core.management import call_command

        from tests.faults.clients import Book

        book = Book()
        all_ = clients(here, chosen, book)
        call_command("anchor")
        here.serve()
        ready = time.monotonic()
        print(f"ready after {ready - began:.0f} s; {chosen.saves} saves, "
              f"{chosen.allocations} allocations, seed {chosen.seed}", flush=True)  # fmt: skip
        storm(here, chosen, book, all_)
        print(f"storm of {time.monotonic() - ready:.0f} s", flush=True)
        verdict = judged(here, book, all_)
        if verdict.faults:
            kept = Path(here.home).parent / "log"
            print(f"the logs are in {kept.relative_to(ROOT)}")
            keep(here.home / "log", kept)
    print(*verdict.lines, *(f"WRONG: {one}" for one in verdict.faults), sep="\n")
    print(f"{time.monotonic() - began:.0f} s; {len(verdict.faults)} faults found.")
    return 1 if verdict.faults else 0


def keep(logs: Path, there: Path) -> None:
    import shutil

    shutil.rmtree(there, ignore_errors=True)
    shutil.copytree(logs, there)


if __name__ == "__main__":
    sys.exit(main())
