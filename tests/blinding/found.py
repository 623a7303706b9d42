"""What was found in a world, and how what leaves it by other ways than pages is collected."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from unittest import mock

from django.core import mail

from analysis import broker, changes
from reminet_site.trail import copies
from tests.blinding.stillness import superuser


@dataclass
class World:
    """What was collected, and, for the test alone, who was in which arm."""

    seen: dict[str, bytes] = field(default_factory=dict)
    arms: dict[str, str] = field(default_factory=dict)
    unblinded: list[bytes] = field(default_factory=list)

    def keep(self, name: str, data: bytes | str) -> None:
        assert name not in self.seen, f"{name} is collected twice"
        self.seen[name] = data.encode() if isinstance(data, str) else data


def collect_mail(found: World) -> None:
    for number, message in enumerate(mail.outbox):
        found.keep(f"mail {number}", message.message().as_bytes())


def collect_tables(found: World) -> None:
    """Every row of every table but the vault's; of the vault, the length of every value."""
    with superuser() as db:
        tables = db.execute(
            "SELECT format('%I.%I', schemaname, tablename), schemaname FROM pg_tables "
            "WHERE schemaname NOT IN ('pg_catalog', 'information_schema', 'still') ORDER BY 1"
        ).fetchall()
        for name, schema in tables:
            if schema == "arms":
                rows = db.execute(
                    f"SELECT (SELECT string_agg(key || ' ' || length(value), ', ' ORDER BY key) "
                    f"FROM jsonb_each_text(to_jsonb(t))) FROM {name} t ORDER BY 1"
                ).fetchall()
            else:
                rows = db.execute(f"SELECT t::text FROM {name} t ORDER BY 1").fetchall()
            found.keep(f"table {name}", "\n".join(row[0] for row in rows))


@contextmanager
def logs_of(found: World) -> Iterator[None]:
    """What the application writes to its log, formatted as in production."""
    lines: list[str] = []

    class Keeper(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            lines.append(self.format(record))

    root, keeper = logging.getLogger(), Keeper()
    if root.handlers:
        keeper.setFormatter(root.handlers[0].formatter)
    root.addHandler(keeper)
    try:
        yield
    finally:
        root.removeHandler(keeper)
        found.keep("log", "\n".join(lines))


@contextmanager
def messages_of(found: World) -> Iterator[None]:
    """What goes to the broker, instead of sending it; as in a process that has just begun."""
    sent: list[str] = []

    def send(task: str, *ids: int, countdown: float = 0) -> bool:
        sent.append(f"{task} {ids} {countdown}")
        return True

    with (
        mock.patch.object(changes, "_due", 0.0),
        mock.patch.object(changes, "monotonic", return_value=100.0),
        mock.patch.object(broker, "send", send),
        mock.patch.object(broker, "send_aside", send),
        mock.patch.object(copies, "send", lambda pk: send("copy of the trail", pk)),
    ):
        yield
    found.keep("messages", "\n".join(sent))
