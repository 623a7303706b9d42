"""After a restore: compare the database with the allocation log, then enter what it lost again.

manage.py reconcile --by custodian@trial.example              says what is missing, and asks
manage.py reconcile --confirm --by another@trial.example      another person carries it out

Both give their passwords; wrong ones count, as at the sign-in. Until then nobody is randomised and
no kit is given. What can't be entered again (its participant or its kit is not in the database) is
burnt: number and kit are never given again. Run it again once the participant or the kit was
entered.

Where the log itself is lost for ever, both say what the centres have on paper:
  --log-lost --through 45 --kits 12345,23456
"""

import getpass
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import transaction

from randomisation import reconciliation
from randomisation.models import LostOutcome
from reminet_site.adapters import WRONG_PASSWORD, check_password_at_terminal
from reminet_site.context import Actor, acting, live_grants
from reminet_site.errors import NotAllowed, Refusal
from reminet_site.models import User
from reminet_site.roles import Role, Verb


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--by", required=True, help="e-mail of who does this")
        parser.add_argument("--confirm", action="store_true")
        parser.add_argument("--log-lost", action="store_true")
        parser.add_argument("--through", type=int, default=0, help="the last number given")
        parser.add_argument("--kits", default="", help="kits given since the backup, by comma")

    def handle(self, *args: Any, **options: Any) -> None:
        kits = tuple(kit.strip() for kit in options["kits"].split(",") if kit.strip())
        lost = reconciliation.Lost(options["through"], kits) if options["log_lost"] else None
        try:
            user = person(options["by"])
            by = acts_as(user, confirms=options["confirm"])
            with transaction.atomic(), acting(by):
                act = self.confirm if options["confirm"] else self.ask
                act(lost, by)
        except Refusal as said:
            raise CommandError(said.sentence) from None

    def ask(self, lost: reconciliation.Lost | None, by: Actor) -> None:
        restoration, missing = reconciliation.ask(lost=lost, by=by)
        self.stdout.write(f"{restoration.source}: {len(missing)} lines of the log are missing.")
        for one in missing:
            end = f"is burnt: {one.why_not}" if one.why_not else "is entered again"
            self.stdout.write(f"  {one.what}: {end}")
        self.stdout.write("Another person now runs this with --confirm.")

    def confirm(self, lost: reconciliation.Lost | None, by: Actor) -> None:
        restoration, done = reconciliation.confirm(lost=lost, by=by)
        for one in done:
            what = f"{one.randomisation_number} kit {one.kit_number}".strip()
            self.stdout.write(f"  {what} {one.participant_code} {one.visit}: {one.outcome}")
        burnt = sum(one.outcome == LostOutcome.BURNT for one in done)
        self.stdout.write(
            f"{restoration.source}: {len(done) - burnt} entered again, {burnt} burnt. "
            "Randomisation is open."
        )


def person(email: str) -> User:
    """Who stands before the terminal."""
    user = User.objects.filter(email__iexact=email, is_active=True).first()
    typed = getpass.getpass(f"Password of {email}: ")
    if user is None:
        raise Refusal(WRONG_PASSWORD, item="password")
    check_password_at_terminal(user, typed)
    return user


def acts_as(user: User, *, confirms: bool) -> Actor:
    """A custodian asks; a custodian or the sponsor's manager confirms."""
    try:
        return Actor.of(user, Verb.CUSTODY)
    except NotAllowed:
        held = {role for role, _ in live_grants(user)}
        if not confirms or Role.SPONSOR_MANAGER not in held:
            raise
        return Actor(user.pk, user.name, Role.SPONSOR_MANAGER.value, None)
