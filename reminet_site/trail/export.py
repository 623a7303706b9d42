"""The whole trail as a file: one JSON object a row, as the stand-alone verifier reads it."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.db import connection, transaction

from reminet_site import build
from reminet_site.audit import note
from reminet_site.clock import now
from reminet_site.context import Actor, acting
from reminet_site.errors import Refusal

BATCH = 5000
# Times as they are hashed. Ordered by id, which grows along each chain. A restored database may be
# of a build that kept the values in a table of their own (`beside`).
ROWS = """
SELECT t.id, row_to_json(r)::text
  FROM (SELECT * FROM audit.trail
         WHERE id > %(last)s AND (%(here)s::bigint[] IS NULL OR centre_id = ANY (%(here)s))
         ORDER BY id LIMIT %(batch)s) t {beside}
 CROSS JOIN LATERAL (SELECT t.id, t.chain, t.seq,
        to_char(t.at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS at,
        to_char(t.clinical_at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"') AS clinical_at,
        t.user_id, t.actor, t.role, t.reason, t.query_id, t.act, t.relation, t.row_id,
        t.centre_id, t.participant_id, t.visit, t.form, t.item, t.old_commitment,
        t.new_commitment, t.previous, t.hash,
        {values}.old_salt, {values}.old, {values}.new_salt, {values}.new) r
 ORDER BY t.id
"""
HEADS = """
SELECT DISTINCT ON (chain) chain, seq, hash FROM audit.trail WHERE centre_id = ANY (%s)
 ORDER BY chain, seq DESC
"""


@dataclass(frozen=True)
class Written:
    path: Path
    rows: int
    sha256: str


@contextmanager
def one_moment(actor: Actor) -> Iterator[None]:
    """A transaction in which every statement sees the same committed rows."""
    if connection.in_atomic_block:
        with acting(actor):
            yield
        return
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        with acting(actor):
            yield


def heads() -> dict[str, tuple[int, str]]:
    """chain -> (number, hash) of its last row, of every chain."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT chain, seq, hash FROM audit.head ORDER BY chain")
        return {chain: (seq, found) for chain, seq, found in cursor.fetchall()}


def heads_of(centres: Sequence[int]) -> dict[str, tuple[int, str]]:
    """The same of the chains of some centres and their participants, for whoever may read these."""
    with connection.cursor() as cursor:
        cursor.execute(HEADS, [list(centres)])
        return {chain: (seq, found) for chain, seq, found in cursor.fetchall()}


def lines(centres: Sequence[int] | None = None) -> Iterator[str]:
    """A first line that says what this is, every row, a last line with the heads.

    With `centres` (ids), the chains of these alone.
    """
    yield json.dumps(
        {
            "format": "reminet trail 1",
            "service": settings.SITE_URL,
            "made_at": now().isoformat(timespec="microseconds"),
            "build": build.identity().as_json(),
        }
    )
    yield from rows(centres)
    yield json.dumps({"heads": heads() if centres is None else heads_of(centres)})


def rows(centres: Sequence[int] | None) -> Iterator[str]:
    """Read in batches, in the order of their ids."""
    last, here, sql = 0, None if centres is None else list(centres), rows_sql()
    while True:
        with connection.cursor() as cursor:
            cursor.execute(sql, {"here": here, "last": last, "batch": BATCH})
            found = cursor.fetchall()
        for _, text in found:
            yield text
        if len(found) < BATCH:
            return
        last = found[-1][0]


def rows_sql() -> str:
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('audit.value') IS NULL")
        if cursor.fetchone()[0]:
            return ROWS.format(beside="", values="t")
    return ROWS.format(beside="LEFT JOIN audit.value v ON v.trail_id = t.id", values="v")


def write(*, path: Path, by: Actor) -> Written:
    """The trail is in the file, and that it was taken is in the trail."""
    if by.centres is not None:
        raise Refusal("The whole trail is for those who see every centre.")
    found, rows = hashlib.sha256(), -2  # the first and the last line are no rows
    with one_moment(by), path.open("xb") as file:
        for line in lines():
            data = f"{line}\n".encode()
            found.update(data)
            file.write(data)
            rows += 1
    written = Written(path, rows, found.hexdigest())
    with acting(by):
        note("export", "audit trail", detail=f"{rows} rows, SHA-256 {written.sha256}")
    return written
