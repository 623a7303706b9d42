"""A save and an item's history when the trail has grown: what they cost against before."""

import statistics
import time
from collections.abc import Iterator
from typing import Any

from django.test import Client
from psycopg import connect

from reminet_site.models import Centre
from reminet_site.roles import Role
from tests import people
from tests.bench.load import drive
from tests.bench.rows import Row, milliseconds
from tests.bench.service import DATABASE, Servers

# Rows of other participants' entries, spread over the chains of a trial a hundred times larger.
GROW = """
WITH n AS MATERIALIZED (
    SELECT i, i %% 20000 + 100000 AS participant FROM generate_series(%s::int, %s::int) i)
INSERT INTO audit.trail (chain, seq, at, clinical_at, user_id, actor, role, reason, query_id,
    act, relation, row_id, centre_id, participant_id, visit, form, item, new_salt, new,
    new_commitment, previous, hash)
SELECT 'participant:' || participant, i, now(), now(), 1, 'Investigator', 'investigator', '',
       NULL, 'create', 'crf_entry', (participant * 12 + i %% 12)::text, i %% 24 + 1, participant,
       'ASM-06', 'BENCH40', 'item_' || i %% 40, repeat('s', 32), '61.5', repeat('c', 64),
       repeat('p', 64), repeat('h', 64) FROM n
"""
BATCH = 250_000


def rows(
    port: int, servers: Servers, centre: Centre, savers: list[dict[str, Any]], size: int
) -> Iterator[Row]:
    """`savers` have a history already; it is the same before and after."""
    client = people.sign_in(Client(), people.person(Role.INVESTIGATOR, centre))
    path = savers[7]["path"] + "history/item_01/"
    before = {"save": save(port, savers), "item history": history(client, path)}
    began = counted(servers)
    trail = grow(servers, size)
    after = {"save": save(port, savers), "item history": history(client, path)}
    for name, took in after.items():
        yield Row(
            f"{name} at {trail:,} audit rows",
            milliseconds(took),
            f"at {began:,}: {milliseconds(before[name])}",
            before[name] / took,
            1 / 1.2,
            1 / 1.1,
        )


def save(port: int, savers: list[dict[str, Any]]) -> float:
    drive(port, savers[:1], 1.0)
    return statistics.median(drive(port, savers[:1], 4.0)["latencies"])


def history(client: Client, path: str) -> float:
    found = []
    for _ in range(60):
        began = time.perf_counter()
        answer = client.get(path, headers={"X-Requested-With": "fetch"})
        found.append(time.perf_counter() - began)
        assert answer.status_code == 200, answer
    return statistics.median(found)


def grow(servers: Servers, size: int) -> int:
    """Rows of the trail afterwards, counted."""
    with connect(servers.cluster.superuser_url(DATABASE), autocommit=True) as connection:
        for start in range(1, size + 1, BATCH):
            connection.execute(GROW, [start, min(start + BATCH - 1, size)])
        connection.execute("VACUUM ANALYZE audit.trail")
        connection.execute("CHECKPOINT")
    return counted(servers)


def counted(servers: Servers) -> int:
    return int(servers.superuser("SELECT count(*) FROM audit.trail"))
