"""What the custodian of the lists does: import, check by replay, envelopes, key rotation.

Permitted importer: `randomisation.management.commands`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

from django.db import connections
from django.db.backends.utils import CursorWrapper

from randomisation.arms import contents, key
from randomisation.arms.reading import log
from randomisation.arms.role import vault
from randomisation.arms.sealing import OVERHEAD, Sealer
from randomisation.methods import reentry
from randomisation.methods.imported_list import ImportedList, Place
from randomisation.methods.plan import Decision, Plan
from randomisation.methods.randomness import RecordedSource
from reminet_site.context import Actor
from reminet_site.errors import Refusal

ARM = 32


def import_list(scheme: str, made: ImportedList, *, by: Actor) -> int:
    """Seal a list that was read without a defect; how many places it has.

    Refused where the scheme has a list already: a list in use is neither replaced nor changed.
    """
    opener = key.sealer()
    with vault() as cursor:
        cursor.execute("SELECT 1 FROM arms.imported_list WHERE scheme = %s LIMIT 1", [scheme])
        if cursor.fetchone():
            raise Refusal("The scheme has a list already. A list in use is never replaced.")
        _store(cursor, opener, scheme, made.places)
        log(cursor, door="custody", by=by, what=f"list {made.sha256}", reason="import")
    return len(made.places)


def append_list(scheme: str, made: ImportedList, *, by: Actor, second: str) -> int:
    """The places follow those that each stratum has already; how many. Nothing else changes."""
    opener = key.sealer()
    with vault() as cursor:
        cursor.execute(
            "SELECT stratum, max(position) FROM arms.imported_list WHERE scheme = %s GROUP BY 1",
            [scheme],
        )
        last = dict(cursor.fetchall())
        if not last:
            raise Refusal("The scheme has no list yet: import it first.")
        cursor.execute(
            "SELECT number FROM arms.imported_list WHERE scheme = %s AND number = ANY(%s) LIMIT 1",
            [scheme, [place.number for place in made.places]],
        )
        if twice := cursor.fetchone():
            raise Refusal(f"Number {twice[0]} stands in the list already. Nothing was added.")
        places = [
            replace(place, position=place.position + last.get(place.stratum, 0))
            for place in made.places
        ]
        _store(cursor, opener, scheme, places)
        log(cursor, door="custody", by=by, what=f"list {made.sha256}", reason=f"append, {second}")
    return len(places)


def _store(cursor: CursorWrapper, opener: Sealer, scheme: str, places: Sequence[Place]) -> None:
    cursor.executemany(
        "INSERT INTO arms.imported_list (scheme, stratum, position, number, sealed)"
        " VALUES (%s, %s, %s, %s, %s)",
        [
            (scheme, p.stratum, p.position, p.number, opener.seal(p.arm, _at(scheme, p), ARM))
            for p in places
        ],
    )


def note_opened(number: str, *, by: Actor, reason: str) -> None:
    """An envelope was opened outside the service: the log of readings has it too."""
    with vault() as cursor:
        log(cursor, door="envelope", by=by, what=number, reason=reason)


def note_made(sha256: str, *, by: Actor, reason: str) -> None:
    """A list was made, or made again to check it: whoever did so has its arms before them."""
    with vault() as cursor:
        log(cursor, door="custody", by=by, what=f"list {sha256}", reason=reason)


def note_key(name: str, *, by: Actor, reason: str) -> None:
    """The key was split or joined: whoever did so can read every arm."""
    with vault() as cursor:
        log(cursor, door="custody", by=by, what=f"key {name}", reason=reason)


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a replay found: how many allocations, and the numbers that do not follow."""

    allocations: int
    differ: tuple[str, ...]


def check(scheme: str, plan: Plan, levels: dict[str, dict[str, str]], *, by: Actor) -> Verdict:
    """Run every decision again from its recorded bytes and compare it with what is sealed.

    `levels` gives the strata as entered, by randomisation number.
    """
    opener = key.sealer()
    with vault() as cursor:
        records = dict(sorted(_records(cursor, scheme), key=_turn))
        places = _places(cursor, scheme)
        log(cursor, door="custody", by=by, what=f"{len(records)} allocations", reason="replay")
    ranked = dict(enumerate(records.values(), start=1))
    bytes_of = {n: bytes.fromhex(record.get("randomness", "")) for n, record in ranked.items()}
    entered = {n: record["arm"] for n, record in ranked.items() if "entered_again" in record}
    strata = [levels.get(number, {}) for number in records]
    again = reentry.replay(plan, strata, RecordedSource(bytes_of), places, entered)
    differ = [
        number
        for (number, record), decision in zip(records.items(), again, strict=True)
        if not _follows(record, decision)
        or record["levels"] != levels.get(number)
        or record["plan"] != plan.sha256()
    ]
    del opener
    return Verdict(len(records), tuple(differ))


def _turn(item: tuple[str, dict[str, Any]]) -> tuple[int, bool, str]:
    """When the allocation entered the balance: at its number, or after a restore."""
    number, record = item
    after = record.get("entered_again")
    at = int(number.removeprefix("R-")) if after is None else after
    return at, after is not None, number


def _follows(record: dict[str, Any], decision: Decision | None) -> bool:
    """An allocation that was entered again after a restore has no draw that could be repeated."""
    if decision is None:
        return True
    found = decision.to_record()
    return found == {name: record.get(name) for name in found}


def envelopes(scheme: str, *, by: Actor) -> dict[str, str]:
    """randomisation number -> arm, to be printed, sealed and kept for when the service is down."""
    with vault() as cursor:
        arms = {number: record["arm"] for number, record in _records(cursor, scheme)}
        log(cursor, door="custody", by=by, what=f"{len(arms)} envelopes", reason="envelopes")
    return arms


# table, the sealed column's row name as SQL
SEALED = (
    ("allocation", "randomisation_number"),
    ("kit_content", "kit_number"),
    ("marginals", "scheme || '/' || part || '/' || version"),
    ("imported_list", "scheme || '/' || stratum || '/' || position"),
    ("results", "run"),
)


def rotate() -> int:
    """Seal again, with the current key, what a retired key sealed; how many rows.

    Runs as owner: the role vault cannot change an allocation. One transaction, all or nothing.
    """
    opener = key.sealer()
    done = 0
    with connections["owner"].cursor() as cursor:
        for name, row in SEALED:
            cursor.execute(f"SELECT ctid::text, {row}, sealed FROM arms.{name} FOR UPDATE")
            for at, row_name, sealed in cursor.fetchall():
                if opener.is_current(sealed):
                    continue
                place = f"{name}.sealed.{row_name}"
                again = opener.seal(opener.open(sealed, place), place, len(sealed) - OVERHEAD - 4)
                cursor.execute(
                    f"UPDATE arms.{name} SET sealed = %s WHERE ctid = %s::tid", [again, at]
                )
                done += 1
    return done


def kit_contents(numbers: Sequence[str], *, by: Actor) -> dict[str, str]:
    """kit number -> arm, for a reconciliation by the custodian."""
    opener = key.sealer()
    with vault() as cursor:
        log(cursor, door="custody", by=by, what=f"{len(numbers)} kits", reason="reconciliation")
    return contents.read(opener, numbers)


def _records(cursor: CursorWrapper, scheme: str) -> Iterator[tuple[str, dict[str, Any]]]:
    opener = key.sealer()
    cursor.execute(
        "SELECT randomisation_number, sealed FROM arms.allocation WHERE scheme = %s ORDER BY place",
        [scheme],
    )
    for number, sealed in cursor.fetchall():
        yield number, opener.open(sealed, f"allocation.sealed.{number}")


def _places(cursor: CursorWrapper, scheme: str) -> list[Place]:
    opener = key.sealer()
    cursor.execute(
        "SELECT number, stratum, position, sealed FROM arms.imported_list WHERE scheme = %s",
        [scheme],
    )
    return [
        Place(
            number,
            stratum,
            position,
            opener.open(sealed, f"imported_list.sealed.{scheme}/{stratum}/{position}"),
        )
        for number, stratum, position, sealed in cursor.fetchall()
    ]


def _at(scheme: str, place: Place) -> str:
    return f"imported_list.sealed.{scheme}/{place.stratum}/{place.position}"
