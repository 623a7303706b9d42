"""The trial as text: check it, show it, publish it."""

from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandParser

from crf import study
from crf.definition import DefinitionError, load
from crf.definition.describe import check, describe


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("act", choices=["check", "show", "publish"])
        parser.add_argument("folder", nargs="?", type=Path, default=settings.DEFINITION_DIR)

    def handle(self, *args: Any, act: str, folder: Path, **options: Any) -> None:
        if act == "check":
            problems = check(folder)
            for problem in problems:
                self.stderr.write(problem)
            if problems:
                raise SystemExit(1)
            self.stdout.write(f"{folder.name}: nothing to correct.")
        elif act == "show":
            self.stdout.write(describe(load(folder)))
        else:
            self.publish(folder, options["verbosity"])

    def publish(self, folder: Path, verbosity: int) -> None:
        try:
            version, new = study.publish(folder)
        except DefinitionError as found:
            raise SystemExit(f"Not published. {found}") from None
        if verbosity:
            word = "published" if new else "was published already"
            self.stdout.write(f"Version {version.version} ({version.sha256[:12]}) {word}.")
