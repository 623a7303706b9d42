"""List what is due at the end of its retention on a day. Nothing is deleted."""

from datetime import date
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from analysis import retention
from reminet_site.context import Actor, acting


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--on", default="", help="a day as 2026-11-23; today where none")

    def handle(self, *args: Any, **options: Any) -> None:
        with acting(Actor.system("retention report")):
            try:
                on = date.fromisoformat(options["on"]) if options["on"] else retention.today()
            except ValueError:
                raise CommandError("Give the day as 2026-11-23.") from None
            found = retention.due(on)
            for one in found:
                self.stdout.write(f"{one.due}  {one.kind:18} {one.name} (since {one.since})")
            years = retention.periods().archive_years
        self.stdout.write(f"{len(found)} due on {on}. The trial: {years} years after its end.")
