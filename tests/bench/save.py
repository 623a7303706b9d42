"""A save over HTTP beside a plain ModelForm view; statements; a draft request beside the save."""

import contextlib
import re
import statistics
import time
from collections.abc import Iterator
from typing import Any

from django.db import connections

from reminet_site.models import Centre
from tests.bench import trial
from tests.bench.forms import typed
from tests.bench.load import drive
from tests.bench.plain.models import Plain40, Plain60
from tests.bench.rows import Row, milliseconds, rate
from tests.bench.service import Servers

# Statements of one save in the nearest open relative, clinicedc; counted once, not in this run.
CLINICEDC = 64
CORRECTED = 3


def make_plain(count: int = trial.CLIENTS) -> None:
    """The reference's tables and rows; its statements run as the role app, like ours."""
    owner = connections["owner"]
    with owner.schema_editor() as editor:
        editor.create_model(Plain40)
        editor.create_model(Plain60)
    from tests.bench.plain.views import Form40, Form60

    for _ in range(count):
        form = Form40(typed(40, 0))
        assert form.is_valid(), form.errors
        form.save()
    assert Form60(typed(60, 0)).is_valid()


def plain_savers(browsers: list[trial.Person], view: str = "plain") -> list[dict[str, Any]]:
    return [
        {
            "path": f"/{view}/{pk}/",
            "cookie": browser.cookie,
            "bodies": [trial.body(40, side) for side in (1, 0)],
            "version": 1,
        }
        for pk, browser in enumerate(browsers, 1)
    ]


def throughput(
    port: int, centre: Centre, browsers: list[trial.Person], seconds: float, rounds: int = 5
) -> tuple[Row, list[dict[str, Any]], float]:
    """Ours and the reference in alternating rounds; the medians of their rates."""
    ours, plain = trial.savers(centre, browsers), plain_savers(browsers)
    for clients in (ours, plain):
        drive(port, clients, min(2.0, seconds))  # warm
    rates: dict[str, list[float]] = {"ours": [], "plain": []}
    late: dict[str, list[float]] = {"ours": [], "plain": []}
    for _ in range(rounds):
        for name, clients in (("ours", ours), ("plain", plain)):
            found = drive(port, clients, seconds / rounds)
            rates[name].append(len(found["latencies"]) / found["seconds"])
            late[name] += found["latencies"]
    mine, reference = (statistics.median(rates[name]) for name in ("ours", "plain"))
    p95 = {name: sorted(all_)[int(len(all_) * 0.95)] for name, all_ in late.items()}
    row = Row(
        "save vs plain Django",
        rate(mine),
        f"plain {rate(reference)}",
        mine / reference,
        1.5,
        3.0,
        f"p95 {milliseconds(p95['ours'])} against {milliseconds(p95['plain'])}",
    )
    return row, ours, reference


def ceiling(port: int, browsers: list[trial.Person], seconds: float, rounds: int = 3) -> Row:
    """What a save that costs nothing would reach: the same posts, answered by a redirect alone."""
    clients = {name: plain_savers(browsers, name) for name in ("nothing", "plain")}
    rates: dict[str, list[float]] = {"nothing": [], "plain": []}
    for _ in range(rounds):
        for name, savers in clients.items():
            found = drive(port, savers, seconds / rounds)
            rates[name].append(len(found["latencies"]) / found["seconds"])
    nothing, plain = (statistics.median(rates[name]) for name in ("nothing", "plain"))
    return Row(
        "a view that does nothing vs plain", rate(nothing), f"plain {rate(plain)}", nothing / plain
    )


WALLED = "SELECT oid::regclass FROM pg_class WHERE relrowsecurity AND relkind = 'r'"
GUARDED = "SELECT tgname FROM pg_trigger WHERE tgrelid = 'crf_entry'::regclass AND NOT tgisinternal"


@contextlib.contextmanager
def without_trust(servers: Servers) -> Iterator[None]:
    """No trigger on entries and no wall anywhere. The superuser of the bench's own server does
    it; the service has no such switch."""
    tables = servers.superuser(WALLED).split()
    triggers = servers.superuser(GUARDED).split()

    def all_of(verb: str) -> str:
        return "; ".join(f"ALTER TABLE {table} {verb} ROW LEVEL SECURITY" for table in tables)

    try:
        servers.superuser("ALTER TABLE crf_entry DISABLE TRIGGER USER; " + all_of("DISABLE"))
        yield
    finally:
        for name in triggers:
            servers.superuser(f"ALTER TABLE crf_entry ENABLE ALWAYS TRIGGER {name}")
        servers.superuser(all_of("ENABLE"))


def trust(
    port: int, servers: Servers, savers: list[dict[str, Any]], seconds: float, rounds: int = 5
) -> Row:
    """The same save with and without triggers and walls, in alternating rounds; median rates."""
    rates: dict[str, list[float]] = {"with": [], "without": []}
    for _ in range(rounds):
        found = drive(port, savers, seconds / rounds)
        rates["with"].append(len(found["latencies"]) / found["seconds"])
        with without_trust(servers):
            found = drive(port, savers, seconds / rounds)
        rates["without"].append(len(found["latencies"]) / found["seconds"])
    ours, bare = (statistics.median(rates[name]) for name in ("with", "without"))
    return Row(
        "trust layer, a save with it vs without",
        rate(ours),
        f"no triggers, no walls {rate(bare)}",
        ours / bare,
        1 / 1.25,
        None,
        f"costs {bare / ours - 1:.0%}; at most 25 % is the goal",
    )


def statements(port: int, servers: Servers, savers: list[dict[str, Any]]) -> Row:
    """Counted in the server's own log: everything the role app sent for one save."""
    clients = savers[:1]
    drive(port, clients, 0.3)
    servers.superuser("ALTER ROLE app SET log_statement = 'all'")
    servers.superuser("ALTER SYSTEM SET log_statement = 'all'")
    servers.superuser("SELECT pg_reload_conf()")
    time.sleep(0.5)
    began, version = servers.log.stat().st_size, clients[0]["version"]
    drive(port, clients, 0.3)
    with open(servers.log, errors="replace") as log:
        log.seek(began)
        said = log.read()
    servers.superuser("ALTER SYSTEM RESET log_statement")
    servers.superuser("SELECT pg_reload_conf()")
    sent = re.findall(r"LOG:\s+(?:statement|execute [^:]*): (.*)", said)
    sent = [text for text in sent if "log_statement" not in text and "pg_reload" not in text]
    saves = clients[0]["version"] - version
    count = len(sent) / saves
    return Row(
        "statements per save",
        f"{count:.1f}",
        f"clinicedc {CLINICEDC}",
        CLINICEDC / count,
        CLINICEDC / 8,
        CLINICEDC / 4,
        "transaction included; at most 8 is the goal",
    )


def correction(
    port: int, centre: Centre, savers: list[dict[str, Any]], plain: float, seconds: float
) -> Row:
    """The save of a correction: three of the 40 values change, as a correction does."""
    for saver in savers:
        saver["bodies"] = [trial.body(40, side, CORRECTED, version="@@") for side in (1, 0)]
    drive(port, savers, 1.0)
    found = drive(port, savers, seconds / 2)
    mine = len(found["latencies"]) / found["seconds"]
    return Row(
        f"save vs plain Django, {CORRECTED} values changed",
        rate(mine),
        f"plain {rate(plain)}",
        mine / plain,
    )


def draft(port: int, savers: list[dict[str, Any]], seconds: float, rounds: int = 5) -> Row:
    """One client alone, saves (all values change) and drafts (three typed) in turn; medians."""
    save, times = savers[:1], {"save": [], "draft": []}
    drafts = [
        save[0]
        | {
            "path": save[0]["path"] + "draft/",
            "extra": "X-Requested-With: fetch\r\n",
            "status": "200",
            "counts": False,
            "bodies": [trial.body(40, side, CORRECTED, version="@@") for side in (1, 0)],
        }
    ]
    for _ in range(rounds):
        times["save"] += drive(port, save, seconds / rounds / 2)["latencies"]
        drafts[0]["version"] = save[0]["version"]
        times["draft"] += drive(port, drafts, seconds / rounds / 2)["latencies"]
    mine, reference = (statistics.median(times[name]) for name in ("draft", "save"))
    return Row(
        "draft vs save",
        milliseconds(mine),
        f"save {milliseconds(reference)}",
        reference / mine,
        1 / 0.6,
        1 / 0.4,
    )
