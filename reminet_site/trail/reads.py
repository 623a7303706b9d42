"""The trail as people see it: newest first, by key and never by offset, never counted.

Row-level security leaves the rows of the actor's centres; `search.WHOLE` and `search.PARTS` leave
what this view shows. A participant is found by code in his table, which stands behind the wall too.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta

from django.db import connection
from django.utils.translation import gettext as _

from reminet_site.errors import NotThere
from reminet_site.trail.search import ACTS, PARTS, WHOLE, Search

PAGE = 50
BATCH = 5000
COLUMNS = """t.id, t.at, t.clinical_at, t.actor, t.role, t.reason, t.query_id, t.act, t.relation,
       t.row_id, t.visit, t.form, t.item, t.old_commitment IS NOT NULL AS had_old,
       t.new_commitment IS NOT NULL AS had_new, t.centre_id, t.participant_id, t.old, t.new"""
SHOWN = (
    "(t.relation = ANY(%(whole)s) OR t.relation || t.item = ANY(%(parts)s)"
    " OR (t.relation = 'act' AND t.act = ANY(%(acts)s)))"
)
# A day is collected first, by its own index, and then put in order; without one, the rows come in
# order from the participant's chain, whose numbers grow as the ids do, or from the index of all.
ASK = """
WITH found AS {materialized} (
    SELECT {columns} FROM audit.trail t WHERE {where} {order})
SELECT f.id, f.at, f.clinical_at, f.actor, f.role, f.reason, f.query_id, f.act, f.relation,
       f.row_id, f.visit, f.form, f.item, f.had_old, f.had_new,
       coalesce(c.code, ''), coalesce(p.code, ''), f.old, f.new
  FROM (SELECT * FROM found ORDER BY id DESC LIMIT %(limit)s) f
  LEFT JOIN reminet_site_centre c ON c.id = f.centre_id
  LEFT JOIN crf_participant p ON p.id = f.participant_id
 ORDER BY f.id DESC
"""


@dataclass(frozen=True, slots=True)
class Row:
    """One row of the trail; a value that is None although it was there is redacted."""

    id: int
    at: datetime
    clinical_at: datetime
    actor: str
    role: str
    reason: str
    query_id: int | None
    act: str
    relation: str
    row_id: str
    visit: str
    form: str
    item: str
    had_old: bool
    had_new: bool
    centre: str
    participant: str
    old: str | None
    new: str | None


def rows(search: Search, *, before: int | None = None, limit: int = PAGE + 1) -> list[Row]:
    """The newest rows that the search finds, those with an id under `before`."""
    where, values = conditions(search)
    if before is not None:
        where.append("t.id < %(before)s")
    sql = ASK.format(
        columns=COLUMNS,
        where=" AND ".join(where),
        materialized="MATERIALIZED" if search.day else "NOT MATERIALIZED",
        order=order_of(search),
    )
    with connection.cursor() as cursor:
        cursor.execute(sql, values | {"before": before, "limit": limit})
        return [Row(*row) for row in cursor.fetchall()]


def order_of(search: Search) -> str:
    if search.day:
        return ""
    return f"ORDER BY t.{'seq' if search.participant else 'id'} DESC LIMIT %(limit)s"


def conditions(search: Search) -> tuple[list[str], dict[str, object]]:
    day = search.check()
    where, values = [SHOWN], {"whole": list(WHOLE), "parts": list(PARTS), "acts": list(ACTS)}
    if search.participant:
        where.append("t.chain = %(chain)s")
        values["chain"] = f"participant:{participant_id(search.participant)}"
    if day:
        start = datetime.combine(day, time(), UTC)
        where.append("t.clinical_at >= %(start)s AND t.clinical_at < %(end)s")
        values |= {"start": start, "end": start + timedelta(days=1)}
    if search.person:
        where.append("t.user_id = ANY(%(users)s)")
        values["users"] = user_ids(search.person)
    if search.item:
        where.append("strpos(lower(t.item), lower(%(item)s)) > 0")
        values["item"] = search.item
    if search.act:
        where.append("t.act = %(act)s")
        values["act"] = search.act
    return where, values


def every_row(search: Search) -> Iterator[Row]:
    """All rows of the search, newest first, read in batches."""
    before: int | None = None
    while True:
        found = rows(search, before=before, limit=BATCH)
        yield from found
        if len(found) < BATCH:
            return
        before = found[-1].id


def row(pk: int) -> Row:
    """One row that this view shows; NotThere behind the wall as where there is none."""
    where = f"{SHOWN} AND t.id = %(id)s"
    sql = ASK.format(columns=COLUMNS, where=where, materialized="MATERIALIZED", order="")
    values = {"whole": list(WHOLE), "parts": list(PARTS), "acts": list(ACTS), "id": pk, "limit": 1}
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        found = cursor.fetchone()
    if found is None:
        raise NotThere(_("No such row in the audit trail."))
    return Row(*found)


def participant_id(code: str) -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM crf_participant WHERE code = %s", [code.upper()])
        found = cursor.fetchone()
    if found is None:
        raise NotThere(_("No participant %(code)s.") % {"code": code})
    return int(found[0])


def user_ids(words: str) -> list[int]:
    """Whoever has this address, or these words in the name."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM reminet_site_user "
            "WHERE lower(email) = lower(%s) OR strpos(lower(name), lower(%s)) > 0 LIMIT 50",
            [words, words],
        )
        return [pk for (pk,) in cursor.fetchall()]
