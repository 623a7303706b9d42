"""All rows, one after the other: `python -m tests.bench [--only save,render] [--seconds 10]`."""

import argparse
import json
import os
import platform
import subprocess
import sys
import time
from collections.abc import Iterator

from reminet_site.local.environment import ROOT
from reminet_site.local.programs import python_words
from tests.bench.rows import Row, verdict
from tests.bench.service import HOME, Servers, servers, web

GROUPS = ("save", "render", "statistics", "allocation", "pages", "growth", "trail")


def arguments(words: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--only", default=",".join(GROUPS[:-1]), help=f"of {', '.join(GROUPS)}")
    parser.add_argument("--seconds", type=float, default=10.0, help="of each measured load")
    parser.add_argument("--allocations", type=int, default=4000, help="100000: the full number")
    parser.add_argument("--audit-rows", type=int, default=1_000_000, help="of the grown trail")
    return parser.parse_args(words)


def prepare(here: Servers) -> None:
    """Django knows the bench's servers; the database is brought up to date by its owner."""
    os.environ.update(here.environment)
    words = [*python_words(ROOT), "manage.py", "prepare_database"]
    subprocess.run(words, cwd=ROOT, check=True)
    here.keep_ready()
    import django

    django.setup()


def measure(here: Servers, chosen: argparse.Namespace) -> Iterator[Row]:
    from tests.bench import allocation, analyses, growth, pages, render, save, trail, trial

    wanted = set(chosen.only.split(","))
    if "statistics" in wanted:
        yield from analyses.rows(here)
    if "allocation" in wanted:
        yield from allocation.rows(here, chosen.allocations)
    centres = trial.build()
    if "trail" in wanted:
        yield from trail.rows(here, chosen.audit_rows)
    if not wanted & {"save", "render", "pages", "growth"}:
        return
    centre = centres[4]
    browsers = trial.investigators(centre)
    save.make_plain()
    with web(HOME / "web.log") as port:
        if "save" in wanted:
            row, savers, plain = save.throughput(port, centre, browsers, chosen.seconds)
            yield row
            yield save.ceiling(port, browsers, chosen.seconds)
            yield save.trust(port, here, savers, chosen.seconds)
            yield save.statements(port, here, savers)
            yield save.draft(port, savers, chosen.seconds)
            yield save.correction(port, centre, savers, plain, chosen.seconds)
        if "pages" in wanted:
            yield from pages.rows(port, centres, chosen.seconds)
        if "growth" in wanted:
            savers = trial.savers(centre, browsers) if "save" not in wanted else savers
            yield from growth.rows(port, here, centre, savers, chosen.audit_rows)
    if "render" in wanted:
        yield from render.rows()


def main() -> int:
    chosen = arguments(sys.argv[1:])
    rows: list[Row] = []
    began = time.monotonic()
    with servers() as here:
        prepare(here)
        for row in measure(here, chosen):
            rows.append(row)
            print(row.line(), flush=True)
    print(verdict(rows))
    seconds = round(time.monotonic() - began, 1)
    result = {
        "rows": [row.to_json() for row in rows],
        "machine": {"cpus": os.cpu_count(), "platform": platform.platform()},
        "seconds": seconds,
    }
    (HOME / "result.json").write_text(json.dumps(result, indent=1) + "\n")
    print(f"{seconds} s; {HOME.relative_to(ROOT) / 'result.json'} is written.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
