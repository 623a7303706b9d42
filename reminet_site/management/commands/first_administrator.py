"""Make the first administrator of an empty service; asks for name, address and password."""

import getpass
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from reminet_site import actions
from reminet_site.context import Actor, acting
from reminet_site.errors import Refusal
from reminet_site.models import Grant
from reminet_site.roles import Role


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--if-none", action="store_true", help="do nothing where there is one")

    def handle(self, *args: Any, **options: Any) -> None:
        there = Grant.objects.filter(role=Role.ADMINISTRATOR, revoked_at__isnull=True).exists()
        if there:
            if options["if_none"]:
                return
            raise SystemExit("There is an administrator already; he makes the other accounts.")
        if not sys.stdin.isatty():
            raise SystemExit("Run this in a terminal: it asks for a name, an address, a password.")
        try:
            while not self.asked():
                pass
        except (KeyboardInterrupt, EOFError):
            raise SystemExit("\nNo administrator was made.") from None

    def asked(self) -> bool:
        by = Actor.system("first administrator")
        self.stdout.write("The first administrator manages accounts, and sees no clinical data.")
        self.stdout.write(
            "The first sign-in asks for a second step: a passkey or an authenticator."
        )
        name, email = input("Name: "), input("E-mail: ")
        password = getpass.getpass("Password, 12 signs or more: ")
        try:
            with acting(by):
                user = actions.add_person(name=name, email=email, password=password, by=by)
                actions.grant(user=user, role=Role.ADMINISTRATOR, centre=None, by=by)
        except Refusal as said:
            self.stderr.write(said.sentence)
            return False
        return True
