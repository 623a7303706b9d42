"""Make the first administrator of an empty service, and the second one.

At the terminal of whoever runs the service: no administrator makes another one alone. It asks for
the name, address and password of the first, and for the name and address of the second, who gets
an invitation by mail. Where there are two, they make all other accounts (docs/adr/0028).
"""

import getpass
import sys
from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from reminet_site import actions
from reminet_site.access.actions import send_invitation
from reminet_site.access.reads import administrators
from reminet_site.context import Actor, acting
from reminet_site.errors import Refusal
from reminet_site.models import User
from reminet_site.roles import Role

BY = Actor.system("first administrator")
FIRST = """The first administrator manages accounts, and sees no clinical data.
The first sign-in asks for a second step: a passkey or an authenticator."""
SECOND = """The second administrator is another person: roles that lead to arms take both.
An invitation goes by mail. Leave the name empty to do this later: run this command again."""


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--if-none", action="store_true", help="do nothing where there is one")

    def handle(self, *args: Any, **options: Any) -> None:
        there = len(administrators())
        if there and options["if_none"]:
            return
        if there > 1:
            raise SystemExit("There are two administrators already; they make the other accounts.")
        if not sys.stdin.isatty():
            raise SystemExit("Run this in a terminal: it asks for a name, an address, a password.")
        try:
            while not there and not self.asked():
                pass
            while not self.asked_second():
                pass
        except (KeyboardInterrupt, EOFError):
            raise SystemExit("\nNobody else was made an administrator.") from None

    def asked(self) -> bool:
        self.stdout.write(FIRST)
        name, email = input("Name: "), input("E-mail: ")
        password = getpass.getpass("Password, 12 signs or more: ")
        if getpass.getpass("Again: ") != password:
            self.stderr.write("The two passwords differ. Nothing was made; type everything again.")
            return False
        return self.made(name, email, password)

    def asked_second(self) -> bool:
        self.stdout.write(SECOND)
        name = input("Name: ")
        return not name.strip() or self.made(name, input("E-mail: "), None)

    def made(self, name: str, email: str, password: str | None) -> bool:
        """True once the account is there; else the sentence that says why it is not."""
        try:
            with acting(BY):
                administrator(name=name, email=email, password=password, by=BY)
        except Refusal as said:
            self.stderr.write(said.sentence)
            return False
        return True


def administrator(*, name: str, email: str, password: str | None, by: Actor) -> User:
    """An account with the role, made by the system; without a password it is invited."""
    user = actions.add_person(name=name, email=email, password=password, by=by)
    actions.grant(user=user, role=Role.ADMINISTRATOR, centre=None, by=by)
    if password is None:
        send_invitation(user=user, by=by)
    return user
