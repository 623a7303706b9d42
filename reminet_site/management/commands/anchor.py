"""Anchor the audit trail now: the heads of all chains, signed, into a file and to the sponsor."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from reminet_site.errors import Refusal
from reminet_site.trail import anchor


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--key", action="store_true", help="print the public key only")

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if options["key"]:
                self.stdout.write(anchor.public_key())
                return
            made = anchor.make()
        except Refusal as said:
            raise CommandError(said.sentence) from None
        self.stdout.write(f"{made.path}: {made.chains} chains, SHA-256 {made.sha256}")
