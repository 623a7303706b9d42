"""One process of allocating clients: `python -m tests.bench.allocate ACT ARGUMENTS`.

prepare METHOD PLACES CENTRES    scheme, kits, the list where there is one
pure SECONDS THREADS MOST    turn and vault alone, one in twenty rolled back, up to MOST in all
check METHOD    faults found by replay, by recount and in the order of places, as JSON
supply EACH COUNT    EACH more kits of each arm at every centre, COUNT more participants among them
full FIRST COUNT THREADS    the whole action for those participants: one by each thread first, the
    others from a line on standard input; says when the last one was done
commit SECONDS THREADS    single rows, each committed
"""

import contextlib
import hashlib
import json
import os
import random
import sys
import threading
import time
from collections import Counter
from collections.abc import Callable

import django
import psycopg
from django.db import connections

GRADES, RESPONSES = ("G1", "G2"), ("SD", "CR-PR")
CENTRES = 24


def some_levels() -> dict[str, str]:
    """The strata of a newcomer."""
    return {
        "centre": f"FR-{random.randrange(CENTRES) + 1:02d}",
        "grade": random.choice(GRADES),
        "response": random.choice(RESPONSES),
    }


STRATA = "CREATE TABLE bench_strata (number text PRIMARY KEY, levels jsonb NOT NULL)"


def plan(method: str):
    from crf import study
    from randomisation.methods.plan import Plan
    from randomisation.scheme import plan_of

    known = plan_of(study.current().definition)
    if method == "minimisation":
        return known
    changed = {"method": "list", "stratified_by": ["grade"]}
    return Plan.from_json(known.to_json() | changed)


def prepare(method: str, places: str, centres: str) -> None:
    from randomisation.arms.doors import custody
    from randomisation.methods.imported_list import parse
    from randomisation.scheme import NAME, open_scheme
    from reminet_site.context import acting
    from tests import people
    from tests.allocations import SYSTEM, deliver

    for n in range(1, int(centres) + 1):
        people.centre(f"FR-{n:02d}", f"Centre {n}")
    chosen = plan(method)
    with acting(SYSTEM):
        open_scheme(plan=chosen, by=SYSTEM)
    deliver(10)
    with psycopg.connect(os.environ["OWNER_DATABASE_URL"]) as owner:
        owner.execute(STRATA)
        owner.execute("GRANT SELECT, INSERT ON bench_strata TO app")
    if method == "minimisation":
        return
    draw = random.Random(31)
    lines = ["number,grade,arm"]
    for grade in GRADES:
        arms = [chosen.arms[n % 2] for n in range(int(places))]
        draw.shuffle(arms)
        lines += [f"L-{grade}-{n:06d},{grade},{arm}" for n, arm in enumerate(arms, 1)]
    data = "\n".join(lines).encode()
    made = parse(data, plan=chosen, ratio=[1, 1], sha256=hashlib.sha256(data).hexdigest())
    with acting(SYSTEM):
        custody.import_list(NAME, made, by=SYSTEM)


def in_threads(count: int, act: Callable[[], None]) -> None:
    """`act` in so many threads; the first failure ends the process."""
    failed: list[str] = []

    def guarded() -> None:
        try:
            act()
        except Exception as error:
            failed.append(repr(error))

    connections.close_all()  # this thread's own goes back to the pool
    threads = [threading.Thread(target=guarded) for _ in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if failed:
        raise SystemExit(failed[0])


def pure(seconds: str, threads: str, most: str) -> None:
    from django.db import connection, transaction

    from randomisation.arms.doors.allocate import allocate
    from randomisation.models import Kit
    from randomisation.scheme import opened
    from reminet_site.context import acting
    from tests.allocations import SYSTEM

    with acting(SYSTEM):
        kits = list(Kit.objects.values_list("number", flat=True))
        scheme = opened()
    print("ready", flush=True)
    end, full = time.monotonic() + float(seconds), threading.Event()

    def client() -> None:
        while time.monotonic() < end and not full.is_set():
            levels = some_levels()
            with acting(SYSTEM):
                turn, _ = allocate(scheme=scheme, levels=levels, kits=kits, code="bench")
                with connection.cursor() as cursor:
                    cursor.execute(
                        "INSERT INTO bench_strata VALUES (%s, %s)",
                        [turn.number, json.dumps(levels)],
                    )
                if turn.place > int(most):
                    full.set()
                if full.is_set() or random.random() < 0.05:
                    transaction.set_rollback(True)

    in_threads(int(threads), client)


def check(method: str) -> None:
    """Faults: places with gaps, arms that do not follow, marginals that a recount denies."""
    from django.db import connection

    from randomisation.arms import key
    from randomisation.arms.doors import custody
    from randomisation.arms.role import vault
    from randomisation.scheme import NAME
    from reminet_site.context import acting
    from tests.allocations import SYSTEM

    chosen = plan(method)
    with acting(SYSTEM):
        with connection.cursor() as cursor:
            cursor.execute("SELECT issued FROM randomisation_scheme")
            issued = cursor.fetchone()[0]
            cursor.execute("SELECT number, levels::text FROM bench_strata")
            strata = {number: json.loads(levels) for number, levels in cursor.fetchall()}
        verdict = custody.check(NAME, chosen, strata, by=SYSTEM)
        arms = custody.envelopes(NAME, by=SYSTEM)
        with vault() as cursor:
            cursor.execute("SELECT part, version, sealed FROM arms.marginals")
            held = {
                part: key.sealer().open(sealed, f"marginals.sealed.{NAME}/{part}/{version}")
                for part, version, sealed in cursor.fetchall()
            }
    gaps = abs(issued - len(arms)) + abs(issued - len(strata))
    marginals = recounted(chosen, strata, arms)
    wrong = sum(marginals[part] != counts for part, counts in opened(method, held).items())
    found = {"allocations": len(arms), "faults": gaps + len(verdict.differ) + wrong}
    print(json.dumps(found))


def recounted(chosen, strata: dict, arms: dict[str, str]) -> Counter:
    """How many of each arm at each level; for a list, how many places of each stratum are gone."""
    counts: Counter = Counter()
    for number, arm in arms.items():
        if chosen.method == "list":
            counts[strata[number]["grade"]] += 1
            continue
        for factor, level in strata[number].items():
            counts[(factor, level, arm)] += 1
    return counts


def opened(method: str, held: dict) -> dict:
    """The sealed marginals in the same shape."""
    from randomisation.methods.plan import stratum_of

    if method == "list":
        chosen = plan(method)
        names = {
            stratum_of(chosen, {"grade": g, "centre": "", "response": "SD"}): g for g in GRADES
        }
        return {names[part]: int(state["given"]) for part, state in held.items()}
    arms = plan(method).arms
    return {
        (factor, level, arm): int(count)
        for factor, by_level in held["totals"].items()
        for level, counts in by_level.items()
        for arm, count in zip(arms, counts, strict=True)
    }


def supply(each: str, count: str) -> None:
    from crf.models import Participant
    from randomisation import actions
    from randomisation.models import Shipment
    from reminet_site.context import acting
    from reminet_site.models import Centre
    from tests.allocations import SYSTEM, deliver, participants

    with acting(SYSTEM):
        centres = list(Centre.objects.order_by("code"))
        begun = Participant.objects.count() // len(centres)
        times = Shipment.objects.count() // len(centres)
    deliver(int(each) * len(centres), start=1 + times)
    for centre in centres:
        with acting(SYSTEM):
            shipment = actions.ship_kits(centre=centre, each=int(each), by=SYSTEM)
            actions.receive_kits(shipment=shipment, by=SYSTEM)
        participants(centre, int(count) // len(centres), first=begun + 1)


def full(first: str, count: str, threads: str) -> None:
    from crf import study
    from crf.models import Participant
    from reminet_site.context import acting
    from tests.allocations import SYSTEM, everybody_eligible, randomise

    study.current()  # read once a process
    with acting(SYSTEM):
        order = sorted(Participant.objects.select_related("centre"), key=lambda p: p.number)
    waiting = order[int(first) : int(first) + int(count)]
    warm = threading.Barrier(int(threads) + 1, timeout=60)

    def client() -> None:
        try:
            randomise(waiting.pop())
        except Exception:
            warm.abort()
            raise
        warm.wait()
        warm.wait()
        while waiting:
            with contextlib.suppress(IndexError):
                randomise(waiting.pop())

    def begin() -> None:
        with contextlib.suppress(threading.BrokenBarrierError):  # a client failed, and says why
            warm.wait()
            print("ready", flush=True)
            sys.stdin.readline()
            warm.wait()

    with everybody_eligible():
        starter = threading.Thread(target=begin)
        starter.start()
        in_threads(int(threads), client)
        starter.join()
    print(time.monotonic(), flush=True)  # one clock for all processes of the machine


def commit(seconds: str, threads: str) -> None:
    done = []
    print("ready", flush=True)
    sys.stdin.readline()
    end = time.monotonic() + float(seconds)

    def client() -> None:
        with psycopg.connect(os.environ["OWNER_DATABASE_URL"]) as connection:
            count = 0
            while time.monotonic() < end:
                connection.execute("INSERT INTO bench_commit (x) VALUES (%s)", [count])
                connection.commit()
                count += 1
            done.append(count)

    in_threads(int(threads), client)
    print(sum(done), flush=True)


if __name__ == "__main__":
    django.setup()
    acts = (prepare, pure, check, supply, full, commit)
    {act.__name__: act for act in acts}[sys.argv[1]](*sys.argv[2:])
