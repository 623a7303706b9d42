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
from tests.bench.load import Compared, drive, in_turn, per_second
from tests.bench.plain.models import Plain40, Plain60
from tests.bench.rows import Row, milliseconds, rate
from tests.bench.service import Servers

# Statements of one save in the nearest open relative, clinicedc; counted once, not in this run.
CLINICEDC = 64
CORRECTED = 3
ROUND = 1.0  # seconds of each load before the other's turn


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
    port: int, centre: Centre, browsers: list[trial.Person], seconds: float
) -> tuple[Row, list[dict[str, Any]], list[dict[str, Any]]]:
    """Ours beside the reference, every value changed."""
    ours, plain = trial.savers(centre, browsers), plain_savers(browsers)
    for clients in (ours, plain):
        drive(port, clients, min(2.0, seconds))  # warm
    found = beside(port, ours, plain, seconds)
    p95 = [milliseconds(sorted(all_)[int(len(all_) * 0.95)]) for all_ in found.latencies]
    row = Row(
        "save vs plain Django",
        rate(found.ours),
        f"plain {rate(found.reference)}",
        found.ratio,
        1.5,
        3.0,
        f"p95 {p95[0]} against {p95[1]}; {found.spread()}",
    )
    return row, ours, plain


def beside(
    port: int, ours: list[dict[str, Any]], plain: list[dict[str, Any]], seconds: float
) -> Compared:
    return in_turn(
        lambda: drive(port, ours, ROUND),
        lambda: drive(port, plain, ROUND),
        rounds(seconds),
        per_second,
    )


def rounds(seconds: float) -> int:
    return max(1, round(seconds / ROUND))


def ceiling(port: int, browsers: list[trial.Person], seconds: float) -> Row:
    """What a save that costs nothing would reach: the same posts, answered by a redirect alone."""
    nothing, plain = plain_savers(browsers, "nothing"), plain_savers(browsers)
    found = beside(port, nothing, plain, seconds / 2)
    return Row(
        "a view that does nothing vs plain",
        rate(found.ours),
        f"plain {rate(found.reference)}",
        found.ratio,
        note=found.spread(),
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


def trust(port: int, servers: Servers, savers: list[dict[str, Any]], seconds: float) -> Row:
    """The same save with triggers and walls, and without."""

    def without() -> dict[str, Any]:
        with without_trust(servers):
            return drive(port, savers, ROUND)

    found = in_turn(lambda: drive(port, savers, ROUND), without, rounds(seconds), per_second)
    return Row(
        "trust layer, a save with it vs without",
        rate(found.ours),
        f"no triggers, no walls {rate(found.reference)}",
        found.ratio,
        1 / 1.25,
        None,
        f"costs {1 / found.ratio - 1:.0%}; at most 25 % is the goal; {found.spread()}",
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
    port: int,
    centre: Centre,
    savers: list[dict[str, Any]],
    plain: list[dict[str, Any]],
    seconds: float,
) -> Row:
    """The save of a correction: three of the 40 values change, as a correction does."""
    for saver in savers:
        saver["bodies"] = [trial.body(40, side, CORRECTED, version="@@") for side in (1, 0)]
    drive(port, savers, 1.0)
    found = beside(port, savers, plain, seconds / 2)
    return Row(
        f"save vs plain Django, {CORRECTED} values changed",
        rate(found.ours),
        f"plain {rate(found.reference)}",
        found.ratio,
        note=found.spread(),
    )


def draft(port: int, savers: list[dict[str, Any]], seconds: float) -> Row:
    """One client alone, saves (all values change) beside drafts (three typed); latencies."""
    saver = savers[:1]
    typist = [
        saver[0]
        | {
            "path": saver[0]["path"] + "draft/",
            "extra": "X-Requested-With: fetch\r\n",
            "status": "200",
            "counts": False,
        }
    ]

    def drafts() -> dict[str, Any]:
        version = saver[0]["version"]
        saved = version % 2  # the side that the last save left, see trial.savers
        typed = trial.body(40, 1 - saved, CORRECTED, saved, version="@@")
        typist[0] |= {"version": version, "bodies": [typed]}
        return drive(port, typist, ROUND)

    found = in_turn(
        lambda: drive(port, saver, ROUND),
        drafts,
        rounds(seconds / 2),
        lambda said: statistics.median(said["latencies"]),
    )
    return Row(
        "draft vs save",
        milliseconds(found.reference),
        f"save {milliseconds(found.ours)}",
        found.ratio,
        1 / 0.6,
        1 / 0.4,
        f"{1 / found.ratio:.2f} of it, at most 0.6 is the goal; {found.spread()}",
    )
