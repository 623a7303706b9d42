"""Make the archive of the trial: manage.py archive --to /mnt/archive (docs/backup.md)

Needs OWNER_DATABASE_URL, BACKUP_KEY and ANCHOR_KEY; after the opening of the blind VAULT_KEY too.
"""

import getpass
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from analysis.archive import make
from reminet_site.context import Actor
from reminet_site.errors import Refusal


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--to", type=Path, required=True)
        parser.add_argument("--same-host", action="store_true")

    def handle(self, *args: Any, **options: Any) -> None:
        by = Actor.system(f"archive {getpass.getuser()}")
        tell = self.stdout.write if options["verbosity"] > 1 else lambda text: None
        try:
            made = make.make(into=options["to"], same_host=options["same_host"], by=by, tell=tell)
        except Refusal as said:
            raise CommandError(said.sentence) from None
        self.stdout.write(
            f"{made.folder}: {made.files} files, {made.size:,} bytes.\n"
            f"SHA-256 of its manifest {made.sha256}"
        )
