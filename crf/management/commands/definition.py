"""The trial as text: check it, show it, compare two versions, list its checks, publish it."""

import csv
from dataclasses import astuple, fields
from difflib import unified_diff
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from crf import study
from crf.definition import DefinitionError, load
from crf.definition.checks import EditCheck, edit_checks
from crf.definition.describe import check, describe
from reminet_site.spreadsheet import neutral

ACTS = ("check", "show", "compare", "checks", "publish")


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("act", choices=ACTS)
        parser.add_argument("folder", nargs="?", type=Path, default=settings.DEFINITION_DIR)
        parser.add_argument("other", nargs="?", type=Path, help="compare with this folder")

    def handle(self, *args: Any, act: str, folder: Path, **options: Any) -> None:
        if act == "check":
            self.check_it(folder)
        elif act == "show":
            self.stdout.write(describe(load(folder)))
        elif act == "compare":
            self.compare(folder, options["other"] or settings.DEFINITION_DIR)
        elif act == "checks":
            writer = csv.writer(self.stdout, lineterminator="\n")
            writer.writerow([one.name for one in fields(EditCheck)])
            for one in edit_checks(load(folder)):
                writer.writerow(["" if c is None else neutral(str(c)) for c in astuple(one)])
        else:
            self.publish(folder, options["verbosity"])

    def check_it(self, folder: Path) -> None:
        problems = check(folder)
        for problem in problems:
            self.stderr.write(problem)
        if problems:
            raise SystemExit(1)
        self.stdout.write(f"{folder.name}: nothing to correct.")

    def compare(self, folder: Path, other: Path) -> None:
        """What changed from the first to the second; exit status 1 where something did."""
        was, now = (describe(load(one)).splitlines() for one in (folder, other))
        changes = list(unified_diff(was, now, "first", "second", lineterm="", n=1))
        for line in changes:
            self.stdout.write(line)
        if changes:
            raise SystemExit(1)
        self.stdout.write("The same.")

    def publish(self, folder: Path, verbosity: int) -> None:
        try:
            version, new = study.publish(folder)
        except DefinitionError as found:
            raise SystemExit(f"Not published. {found}") from None
        if verbosity:
            word = "published" if new else "was published already"
            self.stdout.write(f"Version {version.version} ({version.sha256[:12]}) {word}.")
