"""Take a delivery of kits into the depot: manage.py kits register file.csv (number,arm,expires_on).

`manage.py kits generate 100 2021-08-31 > file.csv` writes numbers by chance, 100 kits of each arm.
The file says what the kits hold: it belongs to the supply manager and is deleted afterwards.
"""

import getpass
import secrets
from datetime import date
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from crf import study
from randomisation import actions
from randomisation.methods.kit_file import LARGEST, KitDefect, read
from randomisation.models import Kit
from randomisation.scheme import scheme_in_use
from reminet_site.context import Actor, acting
from reminet_site.errors import Refusal

DIGITS = 6


class Command(BaseCommand):
    help = __doc__

    def add_arguments(self, parser: CommandParser) -> None:
        acts = parser.add_subparsers(dest="act", required=True)
        register = acts.add_parser("register", help="seal a delivery")
        register.add_argument("file", type=Path)
        generate = acts.add_parser("generate", help="number kits by chance")
        generate.add_argument("each", type=int)
        generate.add_argument("expires_on", type=date.fromisoformat)

    def handle(self, *args: Any, act: str, **options: Any) -> None:
        by = Actor.system(f"supply manager {getpass.getuser()}")
        try:
            with acting(by):
                scheme = scheme_in_use(study.current().definition, by)
                if act == "generate":
                    self.generate(scheme.plan["arms"], **options)
                    return
                with options["file"].open("rb") as file:
                    kits = read(file.read(LARGEST + 1))
                done = actions.register_kits(kits=kits, scheme=scheme, by=by)
        except (Refusal, KitDefect) as said:
            raise CommandError(str(said)) from None
        self.stdout.write(f"{done} kits in the depot. Delete the file: it says what they hold.")

    def generate(self, arms: list[str], each: int, expires_on: date, **options: Any) -> None:
        taken = set(Kit.objects.values_list("number", flat=True))
        numbers: set[str] = set()
        while len(numbers) < each * len(arms):
            number = f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"
            if number not in taken:
                numbers.add(number)
        contents = [arm for arm in arms for _ in range(each)]
        secrets.SystemRandom().shuffle(contents)
        self.stdout.write("number,arm,expires_on")
        for number, arm in zip(sorted(numbers), contents, strict=True):
            self.stdout.write(f"{number},{arm},{expires_on}")
