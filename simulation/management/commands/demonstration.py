"""A demonstration trial in an empty database, up to a day in the middle of it.

One account a role, ROLE@demonstration.invalid, with the password printed on the sign-in page.
Where the demonstration is there already nothing is done.
"""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from analysis.models import Look
from reminet_site.context import Actor, acting
from reminet_site.errors import Refusal
from reminet_site.page import DEMONSTRATION_PASSWORD
from simulation import building, outcomes, served
from simulation.bar import Bar
from simulation.clinical_clock import is_marked


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument(
            "--if-absent", action="store_true", help="say nothing where it is there already"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        try:
            if is_marked():
                self.there(quiet=options["if_absent"])
            else:
                with building.quietly():
                    self.build()
        except (Refusal, outcomes.BadOutcomes) as said:
            raise CommandError(str(said)) from None

    def there(self, *, quiet: bool) -> None:
        """The committee's look is the last thing made: without it the building was cut short."""
        with acting(Actor.system("demonstration")):
            whole = Look.objects.exists()
        if not whole:
            raise CommandError(
                "A demonstration was begun in this database and not finished. "
                "Build it again in an empty one (`make forget`, then `make demo`)."
            )
        if not quiet:
            self.stdout.write("The demonstration is there already; nothing was changed.")

    def build(self) -> None:
        bar = Bar()
        rows = outcomes.read(outcomes.OWN_FILE)
        made = building.begin(rows, bar, until=served.DAY, edit=served.without_last_visits)
        served.plan_newcomers(made)
        made.trial.run(served.moment())
        made.clock.move(served.moment())
        served.leave_work(made, lambda what: bar(what, 1.0))
        bar.end(f"{made.trial.entered} forms entered up to {served.DAY:%-d %B %Y}")
        self.stdout.write(
            f"Sign in as ROLE@demonstration.invalid with the password: {DEMONSTRATION_PASSWORD}"
        )
