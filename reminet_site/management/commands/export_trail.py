"""Write the whole audit trail to a file, for an auditor. The export is recorded in the trail."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from reminet_site.context import Actor
from reminet_site.errors import Refusal
from reminet_site.models import User
from reminet_site.roles import Verb
from reminet_site.trail import export


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--by", required=True, help="e-mail of who takes it")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(email__iexact=options["by"], is_active=True).first()
        if user is None:
            raise CommandError("No such account.")
        try:
            by = Actor.of(user, Verb.READ_AUDIT)
            made = export.write(path=options["file"], by=by)
        except Refusal as said:
            raise CommandError(said.sentence) from None
        except FileExistsError:
            raise CommandError(f"{options['file']} is there already; name a new file.") from None
        self.stdout.write(f"{made.path}: {made.rows} rows, SHA-256 {made.sha256}")
