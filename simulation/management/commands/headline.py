"""The published table from nothing: a whole trial entered, allocated, locked, opened, analysed.

Without --outcomes the figures stand beside the published ones, and a difference in the last
printed digit ends with status 1. Needs an empty database and the owner's connection.
"""

import json
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from reminet_site.errors import Refusal
from simulation import building, final, outcomes, published, table
from simulation.bar import Bar


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--outcomes", type=Path, help="profiles to use instead of the own ones")
        parser.add_argument("--json", type=Path, help="also write the table there")

    def handle(self, *args: Any, **options: Any) -> None:
        check_folder(options["json"])
        try:
            rows = outcomes.read(options["outcomes"] or outcomes.OWN_FILE)
            with building.quietly():
                report = self.report(rows)
        except (Refusal, outcomes.BadOutcomes) as said:
            raise CommandError(str(said)) from None
        if options["json"]:
            options["json"].write_text(json.dumps(table.as_json(report), indent=2) + "\n")
        found = table.printed(report)
        if options["outcomes"]:
            self.stdout.write(table.alone(found))
            return
        lines = published.beside(found)
        self.stdout.write(table.side_by_side(lines))
        wrong = sum(not one.agrees for one in lines)
        if wrong:
            raise CommandError(f"{wrong} of {len(lines)} figures differ from the published ones.")
        self.stdout.write(f"All {len(lines)} figures are the published ones.")

    def report(self, rows: tuple[outcomes.Outcome, ...]) -> dict[str, Any]:
        bar = Bar()
        made = building.begin(rows, bar)
        made.trial.run()
        made.clock.move(building.morning(made.script.closing))
        final.settle(made.courses.values())
        final.lock(made.staff)
        final.open_blind(made.staff)
        report = final.analyse(made.staff)
        bar.end(f"{made.trial.entered} forms entered")
        return report


def check_folder(path: Path | None) -> None:
    """Said before the trial is entered, not after."""
    if path is not None and not path.absolute().parent.is_dir():
        raise CommandError(f"The folder of {path} does not exist.")
