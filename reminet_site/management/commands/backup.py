"""Make an encrypted backup, read it back and log it: manage.py backup --to /mnt/backups

Needs BACKUP_KEY and OWNER_DATABASE_URL in the environment. docs/backup.md says how to plan it.
`--check FILE` reads a backup to its end instead and says whether it can be trusted.
"""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from reminet_site.backup import make, restore
from reminet_site.errors import Refusal


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        what = parser.add_mutually_exclusive_group(required=True)
        what.add_argument("--to", type=Path, help="a mounted folder of another machine")
        what.add_argument("--check", type=Path, metavar="FILE")
        parser.add_argument(
            "--same-host", action="store_true", help="the folder may lie on this machine's disk"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if options["check"]:
                self.check_file(options["check"])
                return
            made = make.make(folder=options["to"], same_host=options["same_host"])
        except Refusal as said:
            raise CommandError(said.sentence) from None
        self.stdout.write(
            f"{made.path}: {made.size:,} bytes, {made.rows:,} rows in {made.tables} tables, "
            f"read back, {made.seconds:.1f} s.\nSHA-256 {made.sha256}\nLog     {made.log}"
        )

    def check_file(self, path: Path) -> None:
        manifest, sha256 = restore.read(path)
        last = manifest["trail"]["last"]
        self.stdout.write(
            f"{path.name} is whole: made {manifest['made_at']}, last row of the trail "
            f"{last['id']} of {last['at']}.\nSHA-256 {sha256}"
        )
