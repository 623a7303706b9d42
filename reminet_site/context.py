"""Who acts: set for row-level security and the audit trail in every transaction.

Only `SET LOCAL` (set_config with is_local): a session setting would leak across the pool.
"""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import Any

from django.db import connections, transaction
from psycopg.pq import TransactionStatus

from reminet_site.errors import NotAllowed
from reminet_site.roles import RIGHTS, Role, Verb
from reminet_site.statements import prepared

KEYS = ("user", "actor", "role", "centres", "every_centre", "reason", "query")
SET = "SELECT " + ", ".join(f"set_config('reminet.{key}', %s::text, true)" for key in KEYS)


@dataclass(frozen=True, slots=True)
class Actor:
    """A person (or a named part of the system) in the role that grants what is being done.

    `centres` are the ids of the centres where that right is held; None means every centre.
    """

    user_id: int | None
    name: str
    role: str
    centres: tuple[int, ...] | None
    reason: str = ""
    query_id: int | None = None

    @classmethod
    def system(cls, name: str) -> "Actor":
        return cls(None, name, "system", None)

    @classmethod
    def of(cls, user: object, verb: Verb) -> "Actor":
        """The actor for a signed-in user and a verb; NotAllowed where no grant gives it."""
        actor = actor_for(user, live_grants(user), verb)
        if actor is None:
            raise NotAllowed(f"Your roles do not include this act ({verb.value}).")
        return actor

    def because(self, reason: str) -> "Actor":
        return replace(self, reason=reason)

    def settings(self) -> list[str]:
        centres = ",".join(map(str, self.centres or ()))
        return [
            str(self.user_id or ""),
            self.name,
            self.role,
            f"{{{centres}}}",
            "on" if self.centres is None else "off",
            self.reason,
            str(self.query_id or ""),
        ]


NOBODY = ["", "", "", "{}", "off", "", ""]
_current: ContextVar[Actor | None] = ContextVar("actor", default=None)


def live_grants(user: object) -> tuple[tuple[str, int | None], ...]:
    """(role, centre id or None) of every grant that counts now: see sql/access.sql."""
    with connections["default"].cursor() as cursor:
        cursor.execute(
            "SELECT role, centre_id FROM reminet_site_heldrole "
            "WHERE user_id = %s AND role IS NOT NULL ORDER BY id",
            [user.pk],  # type: ignore[attr-defined]
        )
        return tuple(cursor.fetchall())


def actor_for(user: object, grants: tuple[tuple[str, int | None], ...], verb: Verb) -> Actor | None:
    """Which role gives this verb, and where; the first grant names the role in the trail."""
    if verb is Verb.SIGNED_IN:
        return Actor(user.pk, user.name, "", ())  # type: ignore[attr-defined]
    held = [(role, centre) for role, centre in grants if verb in RIGHTS[Role(role)]]
    if not held:
        return None
    everywhere = any(centre is None for _, centre in held)
    centres = None if everywhere else tuple(sorted({c for _, c in held if c is not None}))
    return Actor(user.pk, user.name, held[0][0], centres)  # type: ignore[attr-defined]


@contextlib.contextmanager
def acting(
    actor: Actor,
    *,
    using: str = "default",
    with_first: bool = False,
    such: Sequence[str] = (),
    savepoint: bool = True,
) -> Iterator[Actor]:
    """One transaction in which the database knows who acts; what was set before comes back.

    Nested, it is part of the same transaction: what fails inside undoes the whole. `with_first`
    tells the database on the way of the first statement, which spares two trips; `such` is what
    else is said of the transaction then (ONE_MOMENT, NOT_ON_DISK). Where nobody acts yet in a
    transaction that is open, what fails undoes what was done here; `savepoint=False` for one that
    ends with this.
    """
    before = _current.get()
    token = _current.set(actor)
    try:
        opening = Opening(actor.settings(), tuple(such), using)
        with (
            transaction.atomic(using=using, savepoint=savepoint and before is None),
            opening.with_first() if with_first else opening.at_once(),
        ):
            try:
                yield actor
            finally:
                restore(before, using)
    finally:
        _current.reset(token)


# Of a transaction: every statement sees the same committed data; its end is answered before it is
# on the disk, where a later one's will be waited for or nothing is lost.
ONE_MOMENT = ("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ",)
NOT_ON_DISK = ("SET LOCAL synchronous_commit TO off",)


@dataclass(frozen=True, eq=False)
class Opening:
    """How a transaction begins: what it is like and who acts in it."""

    actor: list[str]
    such: tuple[str, ...]
    using: str

    @contextlib.contextmanager
    def at_once(self) -> Iterator[None]:
        self.say()
        yield

    @contextlib.contextmanager
    def with_first(self) -> Iterator[None]:
        """BEGIN, who acts and the first statement travel together. A statement that found another
        way to the server would see no row and write none."""
        waiting = connections[self.using].execute_wrappers
        try:
            waiting.append(self)
            yield
        finally:
            if self in waiting:
                waiting.remove(self)

    def __call__(self, execute: Callable[..., Any], *statement: Any) -> Any:
        """The first statement is here."""
        with one_trip(self.using):
            return execute(*statement)

    def say(self) -> None:
        for sentence in self.such:
            with connections[self.using].cursor() as cursor:
                cursor.execute(sentence)
        tell(self.actor, self.using)


@contextlib.contextmanager
def one_trip(using: str = "default") -> Iterator[None]:
    """The statements inside travel in one trip, with what opens their transaction where they are
    its first; each is waited for when its rows are asked for, all of them at the end."""
    connection = connections[using]
    connection.ensure_connection()
    waiting = connection.execute_wrappers
    openings = [one for one in waiting if isinstance(one, Opening)]  # the innermost last
    for opening in openings:
        waiting.remove(opening)
    if connection.queries_logged:  # a log has each statement's text when it has run
        for opening in openings:
            opening.say()
        yield
        return
    driver = connection.connection
    begins = driver.info.transaction_status == TransactionStatus.IDLE and not driver.autocommit
    with connection.wrap_database_errors, driver.pipeline():
        try:
            if begins:  # psycopg's own BEGIN is waited for
                driver._autocommit = True
                driver.execute("BEGIN")
            for opening in openings:
                opening.say()
            yield
        finally:
            if begins:
                driver._autocommit = False


def tell(values: list[str], using: str = "default") -> None:
    with prepared(using) as cursor:
        cursor.execute(SET, values)


def restore(before: Actor | None, using: str) -> None:
    """Needed only where an outer transaction goes on; a commit forgets local settings anyway."""
    connection = connections[using]
    if connection.needs_rollback or not connection.in_atomic_block:
        return
    if connection.connection.info.transaction_status != TransactionStatus.INTRANS:
        return  # a statement failed: the rollback brings back what was set
    if len(connection.atomic_blocks) > 1:
        tell(before.settings() if before else NOBODY, using)


@contextlib.contextmanager
def because(reason: str, query_id: int | None = None) -> Iterator[None]:
    """The reason (and the data query) of what follows, in the trail of this transaction."""
    actor = _current.get()
    if actor is None:
        raise NotAllowed("Nothing is written without an actor.")
    if (actor.reason, actor.query_id) == (reason, query_id):  # told when the transaction began
        yield
        return
    tell(replace(actor, reason=reason, query_id=query_id).settings())
    yield
    tell(actor.settings())
