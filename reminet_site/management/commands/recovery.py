"""Point-in-time recovery: a sealed copy of the cluster and PostgreSQL's log since (docs/backup.md).

manage.py recovery base --to /mnt/backups            a copy, every night (KEEPER_DATABASE_URL)
manage.py recovery seal --from /wal --to /mnt/backups [--every 30]    finished segments, always
manage.py recovery prepare COPY --wal /mnt/backups --into FOLDER [--until 2026-11-26T03:00+00:00]
manage.py recovery finish                            once PostgreSQL has come up on FOLDER
"""

import os
import time
from datetime import datetime
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connections

from reminet_site.backup import facts, make, restore
from reminet_site.backup import wal as log
from reminet_site.errors import Refusal


class Command(BaseCommand):
    help = __doc__
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True)
        base = acts.add_parser("base", help="a sealed copy of the cluster")
        base.add_argument("--to", type=Path, required=True)
        seal = acts.add_parser("seal", help="seal what PostgreSQL has archived")
        seal.add_argument("--from", dest="spool", type=Path, required=True)
        seal.add_argument("--to", type=Path, required=True)
        seal.add_argument("--every", type=float, help="seconds; without it, once")
        prepare = acts.add_parser("prepare", help="a data folder that goes to a moment")
        prepare.add_argument("copy", type=Path)
        prepare.add_argument("--wal", type=Path, required=True)
        prepare.add_argument("--into", type=Path, required=True)
        prepare.add_argument("--until", type=moment)
        acts.add_parser("finish", help="close randomisation until two persons reconcile")

    def handle(self, *args: Any, act: str, **options: Any) -> None:
        try:
            getattr(self, act)(**options)
        except Refusal as said:
            raise CommandError(said.sentence) from None

    def base(self, to: Path, **options: Any) -> None:
        address = os.environ.get("KEEPER_DATABASE_URL", "")
        if not address:
            raise Refusal("KEEPER_DATABASE_URL is not set: a role that may replicate.")
        made = log.base(folder=to, address=address)
        self.stdout.write(f"{made.path}: {made.size:,} bytes, read back. SHA-256 {made.sha256}")

    def seal(self, spool: Path, to: Path, every: float | None, **options: Any) -> None:
        while True:
            done = log.seal(spool=spool, folder=to)
            if done:
                self.stdout.write(f"{done} segments sealed.")
            if every is None:
                return
            time.sleep(every)

    def prepare(
        self, copy: Path, wal: Path, into: Path, until: datetime | None, **options: Any
    ) -> None:
        began = time.monotonic()
        segments = log.prepare(copy=copy, folder=wal, data=into, until=until)
        self.stdout.write(
            f"{into}: the copy and {segments} segments, {time.monotonic() - began:.1f} s. Start "
            "PostgreSQL on it, wait until it no longer is in recovery, then: recovery finish."
        )

    def finish(self, **options: Any) -> None:
        """The recovered database waits for a reconciliation; what it lacks is said."""
        with connections["owner"].cursor() as cursor:
            if facts.lines(cursor, "SELECT pg_is_in_recovery()::text") == ["true"]:
                raise Refusal("PostgreSQL is still in recovery. Wait, then say this again.")
            cursor.execute(facts.TRAIL)
            *_, last_at = cursor.fetchone()
        restore.note("point-in-time recovery", "", last_at)
        self.stdout.write(
            f"Recovery point: the last change is of {last_at}, {make.age(last_at):.0f} s ago.\n"
            "Randomisation is closed until `manage.py reconcile`."
        )


def moment(text: str) -> datetime:
    found = datetime.fromisoformat(text)
    if found.tzinfo is None:
        raise ValueError("Say the time zone too: 2026-11-26T03:00+00:00.")
    return found
