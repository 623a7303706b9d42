"""The server's clock stepped back: rows of a chain whose time is before that of the row before.

Their order stays that of their numbers. The nightly anchor names them, and tells.
"""

from dataclasses import dataclass

from django.db import connection

ACT = "clock stepped back"
NAMED = 20
# Rows since the last anchor, each beside the one before it in its chain.
STEPS = """
SELECT t.chain, t.seq, before.at - t.at, count(*) OVER ()
  FROM audit.trail t JOIN audit.trail before ON before.chain = t.chain AND before.seq = t.seq - 1
 WHERE t.id > %s AND t.at < before.at ORDER BY t.id LIMIT %s
"""


@dataclass(frozen=True, slots=True)
class StepsBack:
    count: int
    named: tuple[str, ...]  # the first of them, in words
    last_row: int  # of the trail, up to which was looked

    @property
    def sentence(self) -> str:
        return f"The clock stepped back {self.count} times: {'; '.join(self.named)}"


def steps_back(since: int) -> StepsBack:
    """Of the rows after `since`, an id of the trail."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(max(id), 0) FROM audit.trail")
        last = cursor.fetchone()[0]
        cursor.execute(STEPS, [since, NAMED])
        found = cursor.fetchall()
    named = tuple(
        f"{chain} row {seq}, by {by.total_seconds():.3f} s" for chain, seq, by, _ in found
    )
    return StepsBack(found[0][3] if found else 0, named, last)
