"""Bring a backup back into an empty database: manage.py restore FILE

The database is OWNER_DATABASE_URL's, the files go to DATA_DIR. The backup is read to its end
before anything is written; afterwards every table is compared with it and the audit trail is
verified. Randomisation stays closed until `manage.py reconcile`.
"""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from reminet_site.backup import make, restore
from reminet_site.errors import Refusal


class Command(BaseCommand):
    help = __doc__
    requires_system_checks = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            done = restore.restore(options["file"], self.stdout.write)
        except Refusal as said:
            raise CommandError(said.sentence) from None
        lost = make.age(done.manifest["made_at"])
        took = ", ".join(f"{name} {seconds} s" for name, seconds in done.seconds.items())
        self.stdout.write(
            f"Recovery point: what was saved in the last {span(lost)} is not in it.\n"
            f"Recovery time:  {sum(done.seconds.values()):.1f} s ({took})."
        )
        if done.waiting:
            self.stdout.write(
                f"{len(done.waiting)} migrations of this build are newer: run prepare_database."
            )
        keys = ", ".join(done.manifest["vault_keys"])
        if keys:
            self.stdout.write(f"The vault needs the key {keys} (VAULT_KEY).")
        self.stdout.write("Randomisation is closed until `manage.py reconcile`.")


def span(seconds: float) -> str:
    return f"{seconds / 3600:.1f} hours" if seconds > 5400 else f"{seconds / 60:.1f} minutes"
