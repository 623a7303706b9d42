"""The role table as text; with --write, into docs/roles.md."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from reminet_site.access import table


class Command(BaseCommand):
    help = __doc__
    requires_system_checks: list[str] = []

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--write", action="store_true", help="into docs/roles.md")

    def handle(self, *args: Any, **options: Any) -> None:
        if options["write"]:
            (settings.BASE_DIR / "docs" / "roles.md").write_text(table.markdown())
        else:
            self.stdout.write(table.markdown())
