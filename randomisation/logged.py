"""What is given is logged outside the database; nothing is given that the log has given before.

The line is written before the commit, and it and the commit's own line are on the disk before
anybody is answered. A line without a row is harmless: its transaction was rolled back. A row
without a line is copied into the log by the next allocation.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from datetime import datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connection, transaction
from django.utils.translation import gettext as _

from crf.models import Participant
from randomisation import rules
from randomisation.allocation_log import AllocationLog, BrokenLogError, Line, State
from randomisation.models import Allocation, Dispensing
from reminet_site.context import Actor, acting
from reminet_site.errors import Refusal
from reminet_site.statements import prepared

SYSTEM = Actor.system("allocation log")
# Which database this is: a copy, or the same one after a recovery, is another. And who is asking.
HERE = """
SELECT (SELECT system_identifier FROM pg_control_system()) || '.'
    || (SELECT timeline_id FROM pg_control_checkpoint()) || '.'
    || (SELECT oid FROM pg_database WHERE datname = current_database()),
    pg_current_xact_id()::text,
    EXISTS (SELECT FROM reminet_site_restoration WHERE reconciled_at IS NULL)
"""


def path() -> Path:
    """ALLOCATION_LOG where it is set: best on another volume than the database's."""
    chosen = settings.ALLOCATION_LOG
    return Path(chosen) if chosen else Path(settings.DATA_DIR) / "allocations" / "log.jsonl"


def log() -> AllocationLog:
    return _log(path(), settings.ALLOCATION_LOG_SYNC)


@lru_cache(maxsize=4)
def _log(where: Path, sync: bool) -> AllocationLog:
    return AllocationLog(where, sync=sync)


def give(
    *,
    participant: Participant,
    visit: str,
    kit: str,
    available: Collection[str],
    at: datetime,
    clinical_at: datetime,
    replaces: str = "",
    position: int = 0,
    number: str = "",
    strata: Mapping[str, str] | None = None,
) -> None:
    """The log has this, in the transaction that gives it; refused where it has it already.

    `available` are the numbers of all kits that could have been given: one that the log has
    given shows that the database is older than the log. `replaces` is the kit in whose place this
    one is given. Call it once all locks are held.
    """
    database, transaction_id, restored = _here()
    rules.check_no_restoration_waits(restored)
    fact = {
        "kind": "intent",
        "participant": participant.code,
        "visit": visit,
        "kit": kit,
        "at": at.isoformat(),
        "clinical_at": clinical_at.isoformat(),
        "database": database,
        "transaction": transaction_id,
    }
    if replaces:
        fact["replaces"] = replaces
    if position:
        fact |= {"position": position, "number": number, "strata": dict(strata or {})}
    try:
        if position and log().state().last_position < position - 1:
            copy_missing()
        state = log().state()
        said = set_against(state, position, (participant.code, visit, replaces), available)
        void = [line["n"] for line in said if is_void(state, line, database)]
        rules.check_not_given_before([line for line in said if line["n"] not in void])
        facts = [{"kind": "void", "of": void}] if void else []
        lines = log().append([*facts, fact])[-1:]
    except (OSError, BrokenLogError) as error:
        raise Refusal(
            _(
                "Nothing was given: the allocation log can't be used (%(error)s). Tell the "
                "administrator of the service."
            )
            % {"error": error}
        ) from None
    transaction.on_commit(lambda: keep(lines))


def keep(lines: list[int]) -> None:
    """The transaction was committed; all of it is on the disk before anybody is answered."""
    log().append([{"kind": "kept", "of": lines}])
    log().flush()


def set_against(
    state: State, position: int, visit: tuple[str, str, str], kits: Collection[str]
) -> list[Line]:
    """Lines that have given this position or a later one, this visit (in the place of the same
    kit), or one of these kits."""
    found = []
    if position and state.last_position >= position:
        found = [line for place, line in state.positions.items() if place >= position]
    if visit in state.visits:
        found.append(state.visits[visit])
    found += [state.kits[kit] for kit in kits if kit in state.kits]
    return list({line["n"]: line for line in found}.values())


def is_void(state: State, line: Line, database: str) -> bool:
    """True where this very database knows that the line's transaction was rolled back."""
    if state.is_certain(line) or line["database"] != database:
        return False
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_xact_status(%s::xid8)", [line["transaction"]])
        return bool(cursor.fetchone()[0] == "aborted")


def _here() -> tuple[str, str, bool]:
    with prepared() as cursor:
        cursor.execute(HERE)
        row: Any = cursor.fetchone()
    return row


def here() -> str:
    """Which database this is."""
    return _here()[0]


def copy_missing() -> int:
    """What the database has given and the log has not goes into the log; how many lines."""
    state = log().state()
    with acting(SYSTEM):
        firsts = {
            one.kit_id: one for one in Allocation.objects.select_related("participant").iterator()
        }
        given = list(
            Dispensing.objects.select_related("participant", "kit", "replaces__kit").order_by(
                "dispensed_at", "id"
            )
        )
    facts = [
        _copied(one, firsts.get(one.kit_id)) for one in given if one.kit.number not in state.kits
    ]
    if facts:
        log().append(facts)
        log().flush()
    return len(facts)


def _copied(one: Dispensing, first: Allocation | None) -> Line:
    fact = {
        "kind": "copied",
        "participant": one.participant.code,
        "visit": one.visit,
        "kit": one.kit.number,
        "at": one.dispensed_at.isoformat(),
        "clinical_at": one.dispensed_at.isoformat(),
    }
    if one.replaces:
        fact["replaces"] = one.replaces.kit.number
    if first is None:
        return fact
    number = first.randomisation_number
    return fact | {
        "clinical_at": first.clinical_at.isoformat(),
        "position": int(number.removeprefix("R-")),
        "number": number,
        "strata": first.strata,
    }
