"""Cursors whose statements keep their plan: for the few that nearly every request runs.

Planning the statement that reads a page of a casebook takes five times as long as running it.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from django.db import connections
from django.db.backends.postgresql.base import ServerBindingCursor
from django.db.backends.utils import CursorWrapper


class _Prepared(ServerBindingCursor):
    """Prepares each statement on its connection at first use; psycopg keeps the last hundred."""

    def execute(self, query: Any, params: Any = None, **options: Any) -> Any:
        return super().execute(query, params, prepare=True, **options)


@contextmanager
def prepared(using: str = "default") -> Iterator[CursorWrapper]:
    """A cursor as Django's own, counted and logged like it. Values travel beside the statement,
    so the statement's text must be the same each time and give its parameters their types."""
    connection = connections[using]
    connection.ensure_connection()
    cursor = _Prepared(connection.connection)
    wrap = connection.make_debug_cursor if connection.queries_logged else connection.make_cursor
    with wrap(cursor) as wrapped:
        yield wrapped
