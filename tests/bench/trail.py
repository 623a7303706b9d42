"""The trail's page when the trail is long: one participant's rows, one item's, one user's day."""

import statistics
import time
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta

from psycopg import connect

from crf.models import Participant
from reminet_site.context import Actor, acting
from reminet_site.roles import Role, Verb
from reminet_site.trail import reads
from reminet_site.trail.search import Search
from tests import people
from tests.bench.growth import BATCH, counted
from tests.bench.rows import Row, milliseconds
from tests.bench.service import DATABASE, Servers

GOAL = 0.2  # seconds
FIRST, DAYS, USERS, FIELDS = date(2024, 1, 1), 500, 100, 40
# Everybody in the trial by number, to be joined row by row.
WHOM = """
CREATE UNLOGGED TABLE bench_whom AS
    SELECT row_number() OVER (ORDER BY id) - 1 AS p, id, centre_id FROM crf_participant;
CREATE UNIQUE INDEX ON bench_whom (p); ANALYZE bench_whom;
"""
# Saves of FIELDS rows each, day after day, by USERS people, over all participants by turns.
LOAD = """
INSERT INTO audit.trail (chain, seq, at, clinical_at, user_id, actor, role, reason, query_id,
    act, relation, row_id, centre_id, participant_id, visit, form, item, new_salt, new,
    new_commitment, previous, hash)
SELECT 'participant:' || w.id, i + 1000000, moment, moment,
       %s::bigint + i / {fields} %% {users}, 'Monitor', 'investigator', '', NULL, 'create',
       'crf_entry', (i / {fields} %% 200000)::text, w.centre_id, w.id, 'ASM-06', 'BENCH40',
       'item_' || i %% {fields}, repeat('s', 32), '61.5', md5(i::text) || md5(i::text),
       repeat('p', 64), repeat('h', 64)
  FROM generate_series(%s::bigint, %s::bigint) i
  JOIN bench_whom w ON w.p = i / {fields} * 7919 %% {people}
 CROSS JOIN LATERAL (SELECT timestamptz '{first} UTC'
                          + interval '{days} days' * (i::float8 / %s) AS moment) m
 ORDER BY i
"""
# Indexes that are built after the load; keys and constraints stand.
INDEXES = """
SELECT indexname, indexdef FROM pg_indexes i WHERE schemaname = 'audit' AND tablename = 'trail'
   AND NOT EXISTS (SELECT FROM pg_constraint c WHERE c.conname = i.indexname)
"""


def rows(servers: Servers, size: int) -> Iterator[Row]:
    """`size` rows are loaded; then each question is asked as an auditor asks it, by the page's
    own reads, behind row-level security."""
    monitor = people.person(Role.MONITOR)
    load(servers, size, monitor.pk)
    total = counted(servers)
    by = Actor.of(people.person(Role.AUDITOR), Verb.READ_AUDIT)
    with acting(by):
        code = Participant.objects.order_by("id")[1000].code
    day = (datetime(FIRST.year, FIRST.month, FIRST.day, tzinfo=UTC) + timedelta(DAYS // 2)).date()
    for name, search in {
        "participant": Search(participant=code),
        "item": Search(participant=code, item="item_17"),
        "user's day": Search(person=monitor.email, day=day.isoformat()),
        "everybody's day": Search(day=day.isoformat()),
    }.items():
        first, took = asked(search, by)
        yield Row(
            f"trail: one {name} of {total:,} rows".replace("one everybody", "everybody"),
            milliseconds(took),
            f"first time {milliseconds(first)}; goal {milliseconds(GOAL)}",
            GOAL / took,
            1.0 if name != "everybody's day" else None,
        )


def load(servers: Servers, size: int, user: int) -> None:
    with connect(servers.cluster.superuser_url(DATABASE), autocommit=True) as connection:
        connection.execute("SET synchronous_commit = off; SET maintenance_work_mem = '1GB'")
        connection.execute(WHOM)
        (people_there,) = connection.execute("SELECT count(*) FROM bench_whom").fetchone()
        sql = LOAD.format(fields=FIELDS, users=USERS, first=FIRST, days=DAYS, people=people_there)
        indexes = connection.execute(INDEXES).fetchall()
        for name, _ in indexes:
            connection.execute(f"DROP INDEX audit.{name}")
        for start in range(1, size + 1, BATCH):
            end = min(start + BATCH - 1, size)
            connection.execute(sql, [user, start, end, size])
        for _, definition in indexes:
            connection.execute(definition)
        connection.execute("VACUUM ANALYZE audit.trail")
        connection.execute("CHECKPOINT")


def asked(search: Search, by: Actor) -> tuple[float, float]:
    """(seconds of the first time, median of the next nine)."""
    found = []
    for _ in range(10):
        began = time.perf_counter()
        with acting(by):
            answer = reads.rows(search)
        found.append(time.perf_counter() - began)
        assert answer, search
    return found[0], statistics.median(found[1:])
