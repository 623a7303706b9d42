"""The log of readings: who learnt what, through which door, why."""

from django.db.backends.utils import CursorWrapper

from reminet_site.context import Actor


def log(cursor: CursorWrapper, *, door: str, by: Actor, what: str, reason: str) -> None:
    """Append one reading, in the transaction of the reading itself."""
    cursor.execute(
        "INSERT INTO arms.reading (door, user_id, actor, role, what, reason)"
        " VALUES (%s, %s, %s, %s, %s, %s)",
        [door, by.user_id, by.name, by.role, what, reason],
    )
